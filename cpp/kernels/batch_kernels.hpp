// Turns the functions of one environment into loops over lanes. The templates are inlined into entry points
// that are compiled per instruction set (make_task.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../core/environment.hpp"
#include "lane_view.hpp"
#include "layout.hpp"
#include "leaf_rows.hpp"

namespace plyo {

template <class Env>
struct BatchKernels : LeafRows<Env> {
  using Leaves = LeafRows<Env>;
  using State = typename Env::State;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Action = typename Env::Action;
  using StateLayout = LayoutOf<Env>;
  using Word = typename StateLayout::Word;

  static constexpr bool kInPlace = StateLayout::kNumWords == 1 && std::is_same_v<Word, State>;
  using Leaves::action_rows, Leaves::observation_rows, Leaves::info_rows, Leaves::load_action;
  using typename Leaves::ActionRows, typename Leaves::ObservationRows, typename Leaves::InfoRows;

  static Word* planes(const LaneView& view) { return reinterpret_cast<Word*>(view.words); }

  // Steps one lane of `words`. A discrete action comes as int64, a Box action as its values.
  static Step step_lane(Word* words, std::size_t stride, Rng* rngs, const Params& params,
                        const ActionRows& actions, std::size_t lane) {
    if constexpr (kInPlace) {
      return step_state(words[lane], load_action(actions, lane).value, rngs, params, lane);
    } else {
      State state = StateLayout::load(words, stride, lane);
      const Step result = step_state(state, load_action(actions, lane).value, rngs, params, lane);
      StateLayout::store(words, stride, lane, state);
      return result;
    }
  }

  static Step step_state(State& state, const Action& action, Rng* rngs, const Params& params,
                         std::size_t lane) {
    if constexpr (StepsWithDraws<Env>) {
      Rng rng = rngs[lane];  // a copy stays in registers (Blackjack: 45 ns a step, 34 with it)
      const Step result = Env::step(state, action, rng, params);
      rngs[lane] = rng;
      return result;
    } else {
      return Env::step(state, action, params);
    }
  }

  // Lanes whose flags are narrowed together: bytes stored in the loop of doubles would make GCC unroll it
  // eight times over (CartPole with AVX-512: 3.7 ns a lane against 2.7).
  static constexpr std::size_t kBlock = 64;

  static void step_block(Word* words, std::size_t stride, Rng* rngs, const Params& params,
                         const ActionRows& actions, std::size_t count, double* rewards,
                         std::uint8_t* terminated) {
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

  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    // a copy: the compiler need not reload it after each store
    const Params params = *static_cast<const Params*>(view.params);
    std::size_t first = 0;
    for (; first + kBlock <= count; first += kBlock) {
      step_block(planes(view) + first, view.stride, view.rngs + first, params, action_rows(actions, first),
                 kBlock, rewards + first, terminated + first);
    }
    if (first < count) {
      step_block(planes(view) + first, view.stride, view.rngs + first, params, action_rows(actions, first),
                 count - first, rewards + first, terminated + first);
    }
  }

  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const Params params = *static_cast<const Params*>(view.params);
    const ActionRows rows = action_rows(actions, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes[i];
      const Step result = step_lane(planes(view), view.stride, view.rngs, params, rows, lane);
      rewards[lane] = result.reward;
      terminated[lane] = result.terminated != 0 ? 1 : 0;
    }
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                    [[maybe_unused]] bool is_first) {
    const Params params = *static_cast<const Params*>(view.params);
    const Options reset_options = *static_cast<const Options*>(options);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes[i];
      State state{};
      Rng rng = view.rngs[lane];  // a copy, as in step_state
      if constexpr (ResetsFromPrevious<Env>) {
        const State previous = StateLayout::load(planes(view), view.stride, lane);
        Env::reset(state, is_first ? nullptr : &previous, rng, params, reset_options);
      } else {
        Env::reset(state, rng, params, reset_options);
      }
      view.rngs[lane] = rng;
      StateLayout::store(planes(view), view.stride, lane, state);
    }
  }

  static void observe_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                           const ObservationRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    Leaves::write_observation(rows, row, [&](auto& out) { Env::observe(state, params, out); });
  }

  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    const Params params = *static_cast<const Params*>(view.params);
    const Word* const words = planes(view);
    const std::size_t stride = view.stride;
    const ObservationRows rows = observation_rows(observations);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) observe_lane(words, stride, params, i, rows, i);
  }

  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    const Params params = *static_cast<const Params*>(view.params);
    const ObservationRows rows = observation_rows(observations);
    for (std::size_t i = 0; i < count; ++i) {
      observe_lane(planes(view), view.stride, params, lanes[i], rows, i);
    }
  }

  static void inform_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                          const InfoRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    Leaves::write_info(rows, row, [&](auto& out) { Env::inform(state, params, out); });
  }

  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    const Params params = *static_cast<const Params*>(view.params);
    const InfoRows rows = info_rows(infos);
    for (std::size_t i = 0; i < count; ++i) inform_lane(planes(view), view.stride, params, i, rows, i);
  }

  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    const Params params = *static_cast<const Params*>(view.params);
    const InfoRows rows = info_rows(infos);
    for (std::size_t i = 0; i < count; ++i) {
      inform_lane(planes(view), view.stride, params, lanes[i], rows, i);
    }
  }
};

}  // namespace plyo
