// Turns the functions of one environment into loops over lanes. The templates are inlined into entry points
// that are compiled per instruction set (make_task.hpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

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

  // The Params of lanes: the same for all of them, in a copy that the compiler need not reload after each
  // store, or those of each lane, which are kept as planes of words like the States.
  struct SharedParams {
    Params params;
    const Params& at(std::size_t) const { return params; }
    SharedParams from(std::size_t) const { return *this; }
  };
  // The same where the constants are the defaults, which the compiler knows.
  struct DefaultConstants {
    Params params;
    explicit DefaultConstants(const Params& given) {
      take(given, std::make_index_sequence<Env::info.params.size()>{});
    }
    template <std::size_t... kIndex>
    void take([[maybe_unused]] const Params& given, std::index_sequence<kIndex...>) {
      (take_one<kIndex>(given), ...);
    }
    template <std::size_t kIndex>
    void take_one(const Params& given) {
      constexpr auto kGet = Env::info.params[kIndex].get;
      constexpr auto kSet = Env::info.params[kIndex].set;
      kSet(&params, kGet(&given));
    }
    const Params& at(std::size_t) const { return params; }
    DefaultConstants from(std::size_t) const { return *this; }
  };
  struct OwnParams {
    static constexpr std::size_t kNumWords =
        (sizeof(Params) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    struct Words {
      std::uint64_t at[kNumWords];
    };
    const std::uint64_t* planes;
    std::size_t stride;

    Params at(std::size_t lane) const {
      // not by a loop, of which GCC unrolls sixteen rounds at most
      const Words words = load(lane, std::make_index_sequence<kNumWords>{});
      if constexpr (sizeof(Params) == sizeof(Words)) {
        return std::bit_cast<Params>(words);
      } else {
        Params params;
        std::memcpy(static_cast<void*>(&params), &words, sizeof(params));
        return params;
      }
    }
    template <std::size_t... kIndex>
    Words load(std::size_t lane, std::index_sequence<kIndex...>) const {
      return {{planes[kIndex * stride + lane]...}};
    }
    OwnParams from(std::size_t lane) const { return {planes + lane, stride}; }
  };

  // Calls `visit` with the Params of the view's lanes.
  template <class Visit>
  static void with_params(const LaneView& view, Visit visit) {
    if (view.lane_params != nullptr) {
      visit(OwnParams{view.lane_params, view.params_stride});
    } else {
      visit(SharedParams{*static_cast<const Params*>(view.params)});
    }
  }

  // The same for a step, whose constants are best known when it is compiled.
  template <class Visit>
  static void with_step_params(const LaneView& view, Visit visit) {
    if constexpr (Env::info.constants.size() > 0) {
      if (view.has_default_constants) {
        return visit(DefaultConstants(*static_cast<const Params*>(view.params)));
      }
    }
    with_params(view, visit);
  }

  static Word* planes(const LaneView& view) { return reinterpret_cast<Word*>(view.words); }

  // Steps one lane of `words`. A discrete action is an int64, a Box action its values.
  template <bool kDraws>
  static Step step_lane(Word* words, std::size_t stride, Rng* rngs, const Params& params,
                        const ActionRows& actions, std::size_t lane) {
    if constexpr (kInPlace) {
      return step_state<kDraws>(words[lane], load_action(actions, lane).value, rngs, params, lane);
    } else {
      State state = StateLayout::load(words, stride, lane);
      const Step result = step_state<kDraws>(state, load_action(actions, lane).value, rngs, params, lane);
      StateLayout::store(words, stride, lane, state);
      return result;
    }
  }

  template <bool kDraws>
  static Step step_state(State& state, const Action& action, Rng* rngs, const Params& params,
                         std::size_t lane) {
    if constexpr (kDraws) {
      Rng rng = rngs[lane];  // a copy stays in registers (Blackjack: 45 ns a step, 34 with it)
      const Step result = Env::step(state, action, rng, params);
      rngs[lane] = rng;
      return result;
    } else {
      return Env::step(state, action, params);
    }
  }

  // Calls `visit(std::bool_constant)`: whether one of so many lanes draws in its step.
  template <class Source, class Visit>
  static void with_draws(const Source& params, const LaneIndex* lanes, std::size_t count, Visit visit) {
    if constexpr (MayDraw<Env>) {
      bool any = false;
      constexpr bool kShared = !std::is_same_v<Source, OwnParams>;
      for (std::size_t i = 0; i < (kShared ? 1 : count); ++i) {
        any |= Env::draws_in_step(params.at(lanes == nullptr ? i : lanes[i]));
      }
      if (any) return visit(std::true_type{});
      return visit(std::false_type{});
    } else {
      visit(std::bool_constant<StepsWithDraws<Env>>{});
    }
  }

  // Lanes whose flags are narrowed together: bytes stored in the loop of doubles would make GCC unroll it
  // eight times over (CartPole with AVX-512: 3.7 ns a lane against 2.7).
  static constexpr std::size_t kBlock = 64;

  template <bool kDraws, class Source>
  static void step_block(Word* words, std::size_t stride, Rng* rngs, const Source& params,
                         const ActionRows& actions, std::size_t count, double* rewards,
                         std::uint8_t* terminated) {
    double flags[kBlock];
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) {
      const Step result = step_lane<kDraws>(words, stride, rngs, params.at(i), actions, i);
      rewards[i] = result.reward;
      flags[i] = result.terminated;
    }
    for (std::size_t i = 0; i < count; ++i)
      terminated[i] = static_cast<std::uint8_t>(static_cast<int>(flags[i]));
  }

  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    with_step_params(view, [&](const auto& params) {
      with_draws(params, nullptr, count, [&](auto draws) {
        constexpr bool kDraws = decltype(draws)::value;
        std::size_t first = 0;
        for (; first + kBlock <= count; first += kBlock) {
          step_block<kDraws>(planes(view) + first, view.stride, view.rngs + first, params.from(first),
                             action_rows(actions, first), kBlock, rewards + first, terminated + first);
        }
        if (first < count) {
          step_block<kDraws>(planes(view) + first, view.stride, view.rngs + first, params.from(first),
                             action_rows(actions, first), count - first, rewards + first, terminated + first);
        }
      });
    });
  }

  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const ActionRows rows = action_rows(actions, 0);
    with_params(view, [&](const auto& params) {
      with_draws(params, lanes, count, [&](auto draws) {
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t lane = lanes[i];
          const Step result = step_lane<decltype(draws)::value>(planes(view), view.stride, view.rngs,
                                                                params.at(lane), rows, lane);
          rewards[lane] = result.reward;
          terminated[lane] = result.terminated != 0 ? 1 : 0;
        }
      });
    });
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                    [[maybe_unused]] bool is_first) {
    const Options reset_options = *static_cast<const Options*>(options);
    with_params(view, [&](const auto& params) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t lane = lanes[i];
        State state{};
        Rng rng = view.rngs[lane];  // a copy, as in step_state
        if constexpr (ResetsFromPrevious<Env>) {
          const State previous = StateLayout::load(planes(view), view.stride, lane);
          Env::reset(state, is_first ? nullptr : &previous, rng, params.at(lane), reset_options);
        } else {
          Env::reset(state, rng, params.at(lane), reset_options);
        }
        view.rngs[lane] = rng;
        StateLayout::store(planes(view), view.stride, lane, state);
      }
    });
  }

  static void observe_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                           const ObservationRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    Leaves::write_observation(rows, row, [&](auto& out) { Env::observe(state, params, out); });
  }

  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    const Word* const words = planes(view);
    const std::size_t stride = view.stride;
    const ObservationRows rows = observation_rows(observations);
    with_params(view, [&](const auto& params) {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
      for (std::size_t i = 0; i < count; ++i) observe_lane(words, stride, params.at(i), i, rows, i);
    });
  }

  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    const ObservationRows rows = observation_rows(observations);
    with_params(view, [&](const auto& params) {
      for (std::size_t i = 0; i < count; ++i) {
        observe_lane(planes(view), view.stride, params.at(lanes[i]), lanes[i], rows, i);
      }
    });
  }

  static void inform_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                          const InfoRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    Leaves::write_info(rows, row, [&](auto& out) { Env::inform(state, params, out); });
  }

  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    const InfoRows rows = info_rows(infos);
    with_params(view, [&](const auto& params) {
      for (std::size_t i = 0; i < count; ++i) {
        inform_lane(planes(view), view.stride, params.at(i), i, rows, i);
      }
    });
  }

  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    const InfoRows rows = info_rows(infos);
    with_params(view, [&](const auto& params) {
      for (std::size_t i = 0; i < count; ++i) {
        inform_lane(planes(view), view.stride, params.at(lanes[i]), lanes[i], rows, i);
      }
    });
  }
};

}  // namespace plyo
