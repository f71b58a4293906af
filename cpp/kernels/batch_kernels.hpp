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

namespace plyo {

template <class Env>
struct BatchKernels {
  using State = typename Env::State;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Action = typename Env::Action;
  using Observation = typename Env::Observation;
  using StateLayout = LayoutOf<Env>;
  using Word = typename StateLayout::Word;

  static constexpr bool kInPlace = StateLayout::kNumWords == 1 && std::is_same_v<Word, State>;
  static constexpr const SpaceInfo& kSeen = Env::info.observation;
  static constexpr const SpaceInfo& kDone = Env::info.action;

  // The leaves' arrays from some lane on.
  template <std::size_t kCount>
  struct Rows {
    std::byte* at[kCount];
  };
  template <std::size_t kCount>
  struct ConstRows {
    const std::byte* at[kCount];
  };
  using ActionRows = ConstRows<kDone.num_leaves>;

  static ActionRows action_rows(ConstLeafArrays actions, std::size_t first) {
    ActionRows rows;
    for (std::size_t k = 0; k < kDone.num_leaves; ++k) {
      rows.at[k] = static_cast<const std::byte*>(actions[k]) + first * kDone.leaves[k].bytes_per_lane();
    }
    return rows;
  }
  template <std::size_t kCount>
  static Rows<kCount> leaf_rows(LeafArrays arrays) {
    Rows<kCount> rows;
    for (std::size_t k = 0; k < kCount; ++k) rows.at[k] = static_cast<std::byte*>(arrays[k]);
    return rows;
  }

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

  struct LoadedAction {
    Action value;
  };
  static LoadedAction load_action(const ActionRows& actions, std::size_t lane) {
    LoadedAction action;
    detail::visit_leaves<kDone.is_tuple, kDone.num_leaves>(action.value, [&](auto index, auto& member) {
      using T = std::remove_reference_t<decltype(member)>;
      constexpr std::size_t kLeaf = decltype(index)::value;
      if constexpr (std::is_array_v<T>) {
        load_array(member, actions.at[kLeaf], lane);
      } else {
        member = static_cast<T>(reinterpret_cast<const std::int64_t*>(actions.at[kLeaf])[lane]);
      }
    });
    return action;
  }

  template <class T>
  static void load_array(T& array, const std::byte* rows, std::size_t lane) {
    using Number = std::remove_all_extents_t<T>;
    constexpr std::size_t kSize = sizeof(T) / sizeof(Number);
    const auto* const values = reinterpret_cast<const Number*>(rows) + lane * kSize;
    if constexpr (std::rank_v<T> == 1) {
      for (std::size_t k = 0; k < kSize; ++k) array[k] = values[k];
    } else {
      std::memcpy(&array, values, sizeof(T));
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

  using ObservationRows = Rows<kSeen.num_leaves>;

  static void observe_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                           const ObservationRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    if constexpr (kWritesInPlace) {
      Env::observe(state, params, reinterpret_cast<Observation*>(rows.at[0])[row]);
    } else {
      Observation observation;
      Env::observe(state, params, observation);
      detail::visit_leaves<kSeen.is_tuple, kSeen.num_leaves>(
          observation, [&](auto index, const auto& member) { store_leaf(member, rows.at[index], row); });
    }
  }

  // A picture is written where it belongs: copying it would cost more than drawing it.
  static constexpr bool kWritesInPlace = std::rank_v<Observation> > 1;

  template <class T>
  static void store_leaf(const T& member, std::byte* rows, std::size_t row) {
    if constexpr (std::rank_v<T> == 1) {
      using Number = std::remove_extent_t<T>;
      auto* const values = reinterpret_cast<Number*>(rows) + row * std::extent_v<T>;
      for (std::size_t k = 0; k < std::extent_v<T>; ++k) values[k] = member[k];
    } else if constexpr (std::is_array_v<T>) {
      std::memcpy(rows + row * sizeof(T), &member, sizeof(T));
    } else {
      reinterpret_cast<T*>(rows)[row] = member;
    }
  }

  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    const Params params = *static_cast<const Params*>(view.params);
    const Word* const words = planes(view);
    const std::size_t stride = view.stride;
    const ObservationRows rows = leaf_rows<kSeen.num_leaves>(observations);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) observe_lane(words, stride, params, i, rows, i);
  }

  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    const Params params = *static_cast<const Params*>(view.params);
    const ObservationRows rows = leaf_rows<kSeen.num_leaves>(observations);
    for (std::size_t i = 0; i < count; ++i) {
      observe_lane(planes(view), view.stride, params, lanes[i], rows, i);
    }
  }

  using InfoRows = Rows<Env::info.infos.size() == 0 ? 1 : Env::info.infos.size()>;

  static void inform_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                          const InfoRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    typename Env::Info info{};
    Env::inform(state, params, info);
    detail::visit_members<Env::info.infos.size()>(
        info, [&](auto index, const auto& member) { store_leaf(member, rows.at[index], row); });
  }

  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    const Params params = *static_cast<const Params*>(view.params);
    const InfoRows rows = leaf_rows<Env::info.infos.size()>(infos);
    for (std::size_t i = 0; i < count; ++i) inform_lane(planes(view), view.stride, params, i, rows, i);
  }

  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    const Params params = *static_cast<const Params*>(view.params);
    const InfoRows rows = leaf_rows<Env::info.infos.size()>(infos);
    for (std::size_t i = 0; i < count; ++i) {
      inform_lane(planes(view), view.stride, params, lanes[i], rows, i);
    }
  }
};

}  // namespace plyo
