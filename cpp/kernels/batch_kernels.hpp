// Turns the functions of one environment into loops over lanes. The templates are inlined into entry points
// that are compiled per instruction set (make_ops.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/environment.hpp"
#include "env_ops.hpp"
#include "layout.hpp"

namespace plyo {

template <class Env>
struct BatchKernels {
  using State = typename Env::State;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Action = typename Env::Action;
  using Observation = typename Env::Observation;
  using StateLayout = Layout<State>;
  using Word = typename StateLayout::Word;

  static constexpr std::size_t kActionSize = detail::ArrayTraits<Action>::kSize;
  static constexpr std::size_t kObservationSize = detail::ArrayTraits<Observation>::kSize;

  static Word* planes(const LaneView& view) { return reinterpret_cast<Word*>(view.words); }

  // Steps one lane of `words`. A discrete action comes as int64, a Box action as kActionSize floats.
  static Step step_lane(Word* words, std::size_t stride, Rng* rngs, const Params& params, const void* actions,
                        std::size_t lane) {
    State state = StateLayout::load(words, stride, lane);
    const Step result = step_state(state, load_action(actions, lane).value, rngs, params, lane);
    StateLayout::store(words, stride, lane, state);
    return result;
  }

  struct LoadedAction {
    Action value;
  };
  static LoadedAction load_action(const void* actions, std::size_t lane) {
    LoadedAction action;
    if constexpr (kActionSize == 0) {
      action.value = static_cast<Action>(static_cast<const std::int64_t*>(actions)[lane]);
    } else {
      for (std::size_t k = 0; k < kActionSize; ++k) {
        action.value[k] = static_cast<const float*>(actions)[lane * kActionSize + k];
      }
    }
    return action;
  }

  static Step step_state(State& state, const Action& action, Rng* rngs, const Params& params,
                         std::size_t lane) {
    if constexpr (StepsWithDraws<Env>) {
      return Env::step(state, action, rngs[lane], params);
    } else {
      return Env::step(state, action, params);
    }
  }

  // Lanes whose flags are narrowed together: bytes stored in the loop of doubles would make GCC unroll it
  // eight times over (CartPole with AVX-512: 3.7 ns a lane against 2.7).
  static constexpr std::size_t kBlock = 64;

  static void step_block(Word* words, std::size_t stride, Rng* rngs, const Params& params,
                         const void* actions, std::size_t count, double* rewards, std::uint8_t* terminated) {
    double flags[kBlock];
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) {
      const Step result = step_lane(words, stride, rngs, params, actions, i);
      rewards[i] = result.reward;
      flags[i] = result.terminated;
    }
    for (std::size_t i = 0; i < count; ++i)
      terminated[i] = static_cast<std::uint8_t>(static_cast<int>(flags[i]));
  }

  static void step(const LaneView& view, std::size_t count, const void* actions, double* rewards,
                   std::uint8_t* terminated) {
    // a copy: the compiler need not reload it after each store
    const Params params = *static_cast<const Params*>(view.params);
    constexpr std::size_t kActionBytes =
        kActionSize == 0 ? sizeof(std::int64_t) : kActionSize * sizeof(float);
    const auto* const action_bytes = static_cast<const std::byte*>(actions);
    std::size_t first = 0;
    for (; first + kBlock <= count; first += kBlock) {
      step_block(planes(view) + first, view.stride, view.rngs + first, params,
                 action_bytes + first * kActionBytes, kBlock, rewards + first, terminated + first);
    }
    if (first < count) {
      step_block(planes(view) + first, view.stride, view.rngs + first, params,
                 action_bytes + first * kActionBytes, count - first, rewards + first, terminated + first);
    }
  }

  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* actions,
                         double* rewards, std::uint8_t* terminated) {
    const Params params = *static_cast<const Params*>(view.params);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes[i];
      const Step result = step_lane(planes(view), view.stride, view.rngs, params, actions, lane);
      rewards[lane] = result.reward;
      terminated[lane] = result.terminated != 0 ? 1 : 0;
    }
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options) {
    const Params params = *static_cast<const Params*>(view.params);
    const Options reset_options = *static_cast<const Options*>(options);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes[i];
      State state{};
      Env::reset(state, view.rngs[lane], params, reset_options);
      StateLayout::store(planes(view), view.stride, lane, state);
    }
  }

  static void observe_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                           float* row) {
    const State state = StateLayout::load(words, stride, lane);
    Observation observation;
    Env::observe(state, params, observation);
    for (std::size_t k = 0; k < kObservationSize; ++k) row[k] = observation[k];
  }

  static void observe(const LaneView& view, std::size_t count, void* observations) {
    const Params params = *static_cast<const Params*>(view.params);
    const Word* const words = planes(view);
    const std::size_t stride = view.stride;
    float* const rows = static_cast<float*>(observations);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) {
      observe_lane(words, stride, params, i, rows + i * kObservationSize);
    }
  }

  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            void* observations) {
    const Params params = *static_cast<const Params*>(view.params);
    float* const rows = static_cast<float*>(observations);
    for (std::size_t i = 0; i < count; ++i) {
      observe_lane(planes(view), view.stride, params, lanes[i], rows + i * kObservationSize);
    }
  }
};

}  // namespace plyo
