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
#include "../core/isa.hpp"
#include "lane_view.hpp"
#include "layout.hpp"
#include "leaf_rows.hpp"

// Stands before a loop of which no round reads or writes what another one writes. Clang takes it as an order to make
// vector code of that many vectors a round, a constant expression.
#define PLYO_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define PLYO_ROUNDS_ARE_APART(vectors) \
  PLYO_PRAGMA(clang loop vectorize(assume_safety) interleave_count(vectors))
#elif defined(__GNUC__)
#define PLYO_ROUNDS_ARE_APART(vectors) PLYO_PRAGMA(GCC ivdep)
#else
#define PLYO_ROUNDS_ARE_APART(vectors)
#endif

namespace plyo {

// Whether there are only the loops of most batches: for lanes that share their Params, with the default constants where
// those are folded, and that draw in no step where that depends on the Params. They compile in a sixth to a third less.
#if defined(PLYO_USUAL_PARAMS)
inline constexpr bool kOnlyUsualParams = true;
#else
inline constexpr bool kOnlyUsualParams = false;
#endif

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
  using Leaves::kNumActionLeaves, Leaves::kWritesInPlace;
  using typename Leaves::ActionRows, typename Leaves::ObservationRows, typename Leaves::InfoRows;

  // Whether lanes can have Params of their own, and whether it depends on the Params if they draw in steps.
  static constexpr bool kHasOwnParams = !kOnlyUsualParams && !std::is_empty_v<Params>;
  static constexpr bool kMayDraw = !kOnlyUsualParams && MayDraw<Env>;
  static bool has_own_params([[maybe_unused]] const LaneView& view) {
    if constexpr (kHasOwnParams) return view.lane_params != nullptr;
    return false;
  }

  // The Params of lanes: the same for all of them, in a copy that the compiler need not reload after each
  // store, or those of each lane, which are kept as planes of words like the States.
  struct SharedParams {
    Params params;
    explicit SharedParams(const LaneView& view) : params(*static_cast<const Params*>(view.params)) {}
    const Params& at(std::size_t) const { return params; }
  };
  // The same where the constants are the defaults, which the compiler knows.
  struct DefaultConstants {
    Params params;
    explicit DefaultConstants(const LaneView& view) {
      take(*static_cast<const Params*>(view.params), std::make_index_sequence<Env::info.params.size()>{});
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
  };
  struct OwnParams {
    static constexpr std::size_t kNumWords =
        (sizeof(Params) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    struct Words {
      std::uint64_t at[kNumWords];
    };
    const std::uint64_t* planes;
    std::size_t stride;

    explicit OwnParams(const LaneView& view) : planes(view.lane_params), stride(view.params_stride) {}
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
  };
  // Either of them, for loops over one lane after another.
  struct AnyParams {
    SharedParams shared;
    OwnParams own;
    explicit AnyParams(const LaneView& view) : shared(view), own(view) {}
    // The Params of a lane, in their place or copied to `room`.
    const Params& at(std::size_t lane, Params& room) const {
      if constexpr (kHasOwnParams) {
        if (own.planes == nullptr) return shared.params;
        room = own.at(lane);
        return room;
      }
      return shared.params;
    }
  };

  // Calls `visit` with the Params of the view's lanes.
  template <class Visit>
  static void with_params(const LaneView& view, Visit visit) {
    if constexpr (kHasOwnParams) {
      if (view.lane_params != nullptr) return visit(OwnParams(view));
    }
    visit(SharedParams(view));
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

  // Whether one of the first `count` lanes draws in its step, in a task where that depends on the Params.
  static bool may_draw([[maybe_unused]] const LaneView& view, [[maybe_unused]] std::size_t count) {
    if constexpr (kMayDraw) {
      const AnyParams params(view);
      Params room{};
      const std::size_t looks = has_own_params(view) ? count : 1;
      for (std::size_t i = 0; i < looks; ++i) {
        if (Env::draws_in_step(params.at(i, room))) return true;
      }
    }
    return false;
  }

  // Steps lanes one after another: those of a list, or `count` of them from `first` on.
  static void step_each(const LaneView& view, const LaneIndex* list, std::size_t first, std::size_t count,
                        ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const ActionRows rows = action_rows(actions, 0);
    const AnyParams params(view);
    Params room{};
    // copies, which need not be loaded again after each byte that is stored
    Word* const words = planes(view);
    const std::size_t stride = view.stride;
    Rng* const rngs = view.rngs;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = list == nullptr ? first + i : list[i];
      const Step result =
          step_lane<StepsWithDraws<Env>>(words, stride, rngs, params.at(lane, room), rows, lane);
      rewards[lane] = result.reward;
      terminated[lane] = static_cast<std::uint8_t>(static_cast<int>(result.terminated));
    }
  }

  // The same for lanes [first, end).
  static void step_run(const LaneView& view, std::size_t first, std::size_t end, ConstLeafArrays actions,
                       double* rewards, std::uint8_t* terminated) {
    step_each(view, nullptr, first, end - first, actions, rewards, terminated);
  }
  // The same for lanes of a list by its runs of neighbours.
  template <Isa kIsa>
  static void step_runs(const LaneView& view, const LaneIndex* list, std::size_t first, std::size_t count,
                        ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const auto step_them = compiled_for<kIsa, &step_run>();
    if (list == nullptr) return step_them(view, first, first + count, actions, rewards, terminated);
    for (std::size_t i = 0; i < count;) {
      const std::size_t begin = list[i];
      std::size_t end = begin;
      for (; i < count && list[i] == end; ++i) ++end;
      step_them(view, begin, end, actions, rewards, terminated);
    }
  }

  // Whether the loop over lanes becomes vector code: a State in one piece and draws are not for vectors.
  static constexpr bool kIsForVectors = StepsWithoutDraws<Env> && !kInPlace;
  static constexpr bool kLooksAhead = LooksAhead<Env> && kIsForVectors;

  // Whether what goes through all lanes one after another has a loop of its own beside the one for lists, which only
  // costs time to compile: where the latter is slower by more than a few percent, in tasks with a model, whose steps
  // are short, lists are stepped by runs.
  static constexpr bool kHasOwnLoops = !kOnlyUsualParams;
  static constexpr bool kObservesByList = kWritesInPlace && !kHasOwnLoops;

  // Lanes whose flags are narrowed together: bytes stored in the loop of doubles would make GCC unroll it
  // eight times over (CartPole with AVX-512: 3.7 ns a lane against 2.7).
  static constexpr std::size_t kBlock = 64;

  // The lanes that this loop takes together: a vector of float or int32, the narrowest numbers of most tasks, or a
  // block. So it has no further loops for what is left over, which would be most of the work of compiling a step.
  template <Isa kIsa>
  static constexpr std::size_t kLanesTogether =
      kIsForVectors ? std::size_t{4} << static_cast<std::size_t>(kIsa) : kBlock;

  // The vectors that one round takes in code of Clang, which loads constants again for each round (MountainCar with AVX2:
  // 6.8 ns a lane with one, 4.8 with two). More words than there are registers are better taken one vector at a time.
  static constexpr int kVectorsTogether = StateLayout::kNumWords <= 8 ? 2 : 1;

  // What the steps of a block's lanes compute ahead, as planes.
  struct NoneAhead {};
  template <class Task>
  struct AheadOf {
    using Layout = PlaneLayout<typename Task::Ahead>;
    typename Layout::Word words[Layout::kNumWords * kBlock];
  };

  template <bool kNear>
  static void look_ahead(const Word* words, std::size_t stride, std::size_t count, AheadOf<Env>& ahead) {
    PLYO_ROUNDS_ARE_APART(kVectorsTogether)
    for (std::size_t i = 0; i < count; ++i) {
      AheadOf<Env>::Layout::store(ahead.words, kBlock, i,
                                  Env::template look_ahead<kNear>(StateLayout::load(words, stride, i)));
    }
  }

  static void look_ahead(const Word* words, std::size_t stride, std::size_t count, AheadOf<Env>& ahead) {
    std::uint64_t far = 0;
    for (std::size_t i = 0; i < count; ++i) {
      far |= Env::is_near(StateLayout::load(words, stride, i)) ? std::uint64_t{0} : std::uint64_t{1};
    }
    far == 0 ? look_ahead<true>(words, stride, count, ahead) : look_ahead<false>(words, stride, count, ahead);
  }

  template <class Source, class Count>
  static void step_block(Word* words, std::size_t stride, Rng* rngs, const Source& params, std::size_t first,
                         const ActionRows& actions, Count num_lanes, double* rewards,
                         std::uint8_t* terminated) {
    const std::size_t count = num_lanes;
    double flags[kBlock];
    [[maybe_unused]] std::conditional_t<kLooksAhead, AheadOf<Env>, NoneAhead> ahead;
    if constexpr (kLooksAhead) look_ahead(words, stride, count, ahead);
    PLYO_ROUNDS_ARE_APART(kVectorsTogether)
    for (std::size_t i = 0; i < count; ++i) {
      Step result{};
      if constexpr (kLooksAhead) {
        State state = StateLayout::load(words, stride, i);
        result = Env::step(state, load_action(actions, i).value, params.at(first + i),
                           AheadOf<Env>::Layout::load(ahead.words, kBlock, i));
        StateLayout::store(words, stride, i, state);
      } else {
        result = step_lane<!StepsWithoutDraws<Env>>(words, stride, rngs, params.at(first + i), actions, i);
      }
      rewards[i] = result.reward;
      flags[i] = result.terminated;
    }
    for (std::size_t i = 0; i < count; ++i)
      terminated[i] = static_cast<std::uint8_t>(static_cast<int>(flags[i]));
  }

  // Steps lanes [first, end), a multiple of kLanesTogether, of a task that does not draw under the view's Params or
  // always draws.
  template <Isa kIsa, class Source>
  static void step_blocks(const LaneView& view, std::size_t first, std::size_t end, ConstLeafArrays actions,
                          double* rewards, std::uint8_t* terminated) {
    const Source params(view);
    for (; first < end; first += kBlock) {
      const auto step_some = [&](auto count) {
        step_block(planes(view) + first, view.stride, view.rngs + first, params, first,
                   action_rows(actions, first), count, rewards + first, terminated + first);
      };
      if constexpr (kIsForVectors) {
        const std::size_t rest = end - first;
        step_some((rest < kBlock ? rest : kBlock) & ~(kLanesTogether<kIsa> - 1));
      } else {
        step_some(std::integral_constant<std::size_t, kBlock>{});
      }
    }
  }

  // The same with Params that all lanes share, by the loop for Params of their own: constants that are not the
  // defaults are too rare for a loop of their own.
  template <Isa kIsa>
  static void step_with_constants(const LaneView& view, std::size_t first, std::size_t end,
                                  ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    std::uint64_t words[OwnParams::kNumWords]{};
    std::memcpy(words, view.params, sizeof(Params));
    std::uint64_t own[OwnParams::kNumWords * kBlock];
    for (std::size_t k = 0; k < OwnParams::kNumWords * kBlock; ++k) own[k] = words[k / kBlock];
    for (; first < end; first += kBlock) {
      const ActionRows rows = action_rows(actions, first);
      const void* rows_of_block[kNumActionLeaves];
      for (std::size_t k = 0; k < kNumActionLeaves; ++k) rows_of_block[k] = rows.at[k];
      const LaneView block{.words = reinterpret_cast<std::byte*>(planes(view) + first),
                           .stride = view.stride,
                           .rngs = view.rngs + first,
                           .params = view.params,
                           .lane_params = own,
                           .params_stride = kBlock};
      compiled_for<kIsa, &step_blocks<kIsa, OwnParams>>()(block, 0,
                                                          end - first < kBlock ? end - first : kBlock,
                                                          rows_of_block, rewards + first, terminated + first);
    }
  }

  // step_blocks for the view's Params.
  template <Isa kIsa>
  static auto block_step(const LaneView& view) {
    if constexpr (kIsForVectors && kHasOwnParams) {
      if (view.lane_params != nullptr) return compiled_for<kIsa, &step_blocks<kIsa, OwnParams>>();
    }
    if constexpr (FoldsConstants<Env> && kIsForVectors && kOnlyUsualParams) {
      return compiled_for<kIsa, &step_blocks<kIsa, DefaultConstants>>();
    } else if constexpr (FoldsConstants<Env> && kIsForVectors) {
      return view.has_default_constants ? compiled_for<kIsa, &step_blocks<kIsa, DefaultConstants>>()
                                        : &step_with_constants<kIsa>;
    } else {
      return compiled_for<kIsa, &step_blocks<kIsa, SharedParams>>();
    }
  }

  // Steps lanes [first, count) in blocks, those that do not fill a vector by narrower ones, down to those of
  // kNarrowest. Returns the first lane that it has not stepped.
  template <Isa kIsa, Isa kNarrowest>
  static std::size_t step_in_blocks(const LaneView& view, std::size_t first, std::size_t count,
                                    ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const std::size_t end = count - (count - first) % kLanesTogether<kIsa>;
    if (first < end) block_step<kIsa>(view)(view, first, end, actions, rewards, terminated);
    if constexpr (kIsa != kNarrowest && kIsForVectors) {
      return step_in_blocks<next_narrower(kIsa), kNarrowest>(view, end, count, actions, rewards, terminated);
    }
    return end;
  }

  // The lanes of a list, or all from `first` on.
  struct Lanes {
    const LaneIndex* list;
    std::size_t first;
    std::size_t at(std::size_t i) const { return list == nullptr ? first + i : list[i]; }
  };

  // Steps lanes of a task that does not draw under the view's Params in copies which fill whole vectors.
  template <Isa kIsa>
  static void step_copies(const LaneView& view, const LaneIndex* list, std::size_t first, std::size_t count,
                          ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    for (std::size_t i = 0; i < count; i += kLanesTogether<kIsa>) {
      const std::size_t rest = count - i;
      step_copied<kIsa>(view, list == nullptr ? Lanes{nullptr, first + i} : Lanes{list + i, 0},
                        rest < kLanesTogether<kIsa> ? rest : kLanesTogether<kIsa>, actions, rewards,
                        terminated);
    }
  }
  // The same for as many as a vector has, or fewer: the others are copies of the last one.
  template <Isa kIsa>
  PLYO_COLD static void step_copied(const LaneView& view, const Lanes& lanes, std::size_t count,
                                    ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    constexpr std::size_t kCopies = kLanesTogether<kIsa>;
    std::size_t from[kCopies];
    for (std::size_t i = 0; i < kCopies; ++i) from[i] = lanes.at(i < count ? i : count - 1);
    Word words[StateLayout::kNumWords * kCopies];
    for (std::size_t k = 0; k < StateLayout::kNumWords * kCopies; ++k)
      words[k] = planes(view)[k / kCopies * view.stride + from[k % kCopies]];
    std::uint64_t own[OwnParams::kNumWords * kCopies];
    if (has_own_params(view)) {
      for (std::size_t k = 0; k < OwnParams::kNumWords * kCopies; ++k)
        own[k] = view.lane_params[k / kCopies * view.params_stride + from[k % kCopies]];
    }
    const LaneView copies{.words = reinterpret_cast<std::byte*>(words),
                          .stride = kCopies,
                          .rngs = view.rngs,
                          .params = view.params,
                          .has_default_constants = view.has_default_constants,
                          .lane_params = has_own_params(view) ? own : nullptr,
                          .params_stride = kCopies};
    const typename Leaves::template CopiedActions<kCopies> copied(actions, from);
    double some_rewards[kCopies];
    std::uint8_t some_terminated[kCopies];
    block_step<kIsa>(view)(copies, 0, kCopies, copied.leaves, some_rewards, some_terminated);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t w = 0; w < StateLayout::kNumWords; ++w)
        planes(view)[w * view.stride + from[i]] = words[w * kCopies + i];
      rewards[from[i]] = some_rewards[i];
      terminated[from[i]] = some_terminated[i];
    }
  }

  // What steps lanes that fill no blocks, those of a list, or `count` of them from `first` on. They are few in a task
  // with vectors: such lanes are stepped in copies where no narrower sets are compiled, else by a loop that does not
  // inline all that it calls.
  template <Isa kIsa, Isa kNarrowest>
  static auto few_step([[maybe_unused]] const LaneView& view, [[maybe_unused]] std::size_t count) {
    if constexpr (!kIsForVectors && !kHasOwnLoops) {
      if constexpr (HasModel<Env>) {
        return &step_runs<kIsa>;
      } else {
        return compiled_for<kIsa, &step_each>();
      }
    } else if constexpr (!kIsForVectors || ResetsFromPrevious<Env>) {
      return compiled_for<Isa::kBaseline, &step_each>();
    } else if constexpr (kIsa != kNarrowest || kIsa == Isa::kBaseline) {
      return &step_each;
    } else if constexpr (kMayDraw) {
      return may_draw(view, count) ? &step_each : &step_copies<kIsa>;
    } else {
      return &step_copies<kIsa>;
    }
  }

  template <Isa kIsa, Isa kNarrowest>
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    std::size_t done = 0;
    if constexpr (kIsForVectors || kHasOwnLoops) {
      if (!may_draw(view, count) && (kIsForVectors || !has_own_params(view))) {
        done = step_in_blocks<kIsa, kNarrowest>(view, 0, count, actions, rewards, terminated);
      }
    }
    if (done < count) {
      few_step<kIsa, kNarrowest>(view, count)(view, nullptr, done, count - done, actions, rewards,
                                              terminated);
    }
  }

  template <Isa kIsa, Isa kNarrowest>
  static void step_lanes(const LaneView& view, const LaneIndex* list, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    few_step<kIsa, kNarrowest>(view, count)(view, list, 0, count, actions, rewards, terminated);
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                    [[maybe_unused]] bool is_first) {
    const Options reset_options = *static_cast<const Options*>(options);
    const AnyParams params(view);
    Params room{};
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes[i];
      State state{};
      Rng rng = view.rngs[lane];  // a copy, as in step_state
      if constexpr (ResetsFromPrevious<Env>) {
        const State previous = StateLayout::load(planes(view), view.stride, lane);
        Env::reset(state, is_first ? nullptr : &previous, rng, params.at(lane, room), reset_options);
      } else {
        Env::reset(state, rng, params.at(lane, room), reset_options);
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
    const Word* const words = planes(view);
    const std::size_t stride = view.stride;
    const ObservationRows rows = observation_rows(observations);
    with_params(view, [&](const auto& params) {
      if constexpr (kWritesInPlace) {
        for (std::size_t i = 0; i < count; ++i) observe_lane(words, stride, params.at(i), i, rows, i);
      } else {
        PLYO_ROUNDS_ARE_APART(kVectorsTogether)
        for (std::size_t i = 0; i < count; ++i) observe_lane(words, stride, params.at(i), i, rows, i);
      }
    });
  }

  // Observes lanes one after another: those of a list, or the first `count` of them.
  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    const ObservationRows rows = observation_rows(observations);
    const AnyParams params(view);
    Params room{};
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = kObservesByList && lanes == nullptr ? i : lanes[i];
      observe_lane(planes(view), view.stride, params.at(lane, room), lane, rows, i);
    }
  }

  // What goes through all lanes by a loop for lists.
  template <auto kLoop>
  static void without_list(const LaneView& view, std::size_t count, LeafArrays rows) {
    kLoop(view, nullptr, count, rows);
  }

  // The functions of the table that write rows of all lanes, and the instruction set of those for lists.
  template <Isa kIsa>
  static constexpr Isa kIsaOfLists = kInPlace || kObservesByList ? kIsa : Isa::kBaseline;
  template <Isa kIsa>
  static constexpr auto observe_for() {
    if constexpr (kObservesByList) {
      return &without_list<compiled_for<kIsaOfLists<kIsa>, &observe_lanes>()>;
    } else {
      return compiled_for<kIsa, &observe>();
    }
  }
  template <Isa kIsa>
  static constexpr auto inform_for() {
    if constexpr (!kHasOwnLoops) {
      return &without_list<compiled_for<Isa::kBaseline, &inform_lanes>()>;
    } else {
      return compiled_for<kIsa, &inform>();
    }
  }

  static void inform_lane(const Word* words, std::size_t stride, const Params& params, std::size_t lane,
                          const InfoRows& rows, std::size_t row) {
    const auto& state = StateLayout::load(words, stride, lane);
    Leaves::write_info(rows, row, [&](auto& out) { Env::inform(state, params, out); });
  }

  // Informs about lanes one after another: those of a list, or the first `count` of them.
  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    const InfoRows rows = info_rows(infos);
    const AnyParams params(view);
    Params room{};
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t lane = lanes == nullptr ? i : lanes[i];
      inform_lane(planes(view), view.stride, params.at(lane, room), lane, rows, i);
    }
  }

  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    if (has_own_params(view)) {
      return compiled_for<Isa::kBaseline, &inform_lanes>()(view, nullptr, count, infos);
    }
    const InfoRows rows = info_rows(infos);
    const SharedParams params(view);
    for (std::size_t i = 0; i < count; ++i) {
      inform_lane(planes(view), view.stride, params.at(i), i, rows, i);
    }
  }
};

}  // namespace plyo

#undef PLYO_ROUNDS_ARE_APART
#undef PLYO_PRAGMA
