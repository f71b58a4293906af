// Makes the EnvOps tables of an environment, one per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "../core/environment.hpp"
#include "../core/isa.hpp"
#include "batch_kernels.hpp"
#include "env_ops.hpp"

namespace plyo {

namespace detail {

// The table of the default Params at compile time; nothing for a task without one.
template <class Env>
struct DefaultTable {
  constexpr explicit DefaultTable(typename Env::Params&) {}
};
template <class Env>
  requires HasTable<Env>
struct DefaultTable<Env> {
  static constexpr std::size_t kSize = Env::table_size(typename Env::Params{});
  typename Env::Cell cells[kSize == 0 ? 1 : kSize]{};

  constexpr explicit DefaultTable(typename Env::Params& params) {
    Env::fill_table(params, cells);
    params.table = {cells, kSize};
  }
};

}  // namespace detail

// Runs the environment at compile time: code that touches anything but its arguments, reads out of bounds or
// uses an uninitialised value on the way is a compile error here.
template <class Env>
constexpr bool compile_time_rollout() {
  constexpr int kSteps = 200;
  constexpr const SpaceInfo& kSeen = Env::info.observation;
  constexpr const SpaceInfo& kDone = Env::info.action;
  Rng rng = seeded_rng(2024);
  typename Env::Params params{};
  [[maybe_unused]] detail::DefaultTable<Env> table(params);
  const typename Env::ResetOptions options{};
  typename Env::State state{};
  typename Env::Observation observation{};
  double total = 0;
  // a picture is looked at now and then: every look costs thousands of the operations that compilers allow
  constexpr std::size_t kLookEvery = 1 + sizeof(typename Env::Observation) / 128;
  std::size_t looks = 0;
  const auto look = [&] {
    if (looks++ % kLookEvery != 0) return;
    Env::observe(state, params, observation);
    detail::visit_leaves<kSeen.is_tuple, kSeen.num_leaves>(observation, [&](auto, const auto& member) {
      detail::visit_numbers(member, [&](const auto& value) { total += static_cast<double>(value); });
    });
    if constexpr (Informs<Env>) {
      typename Env::Info info{};
      Env::inform(state, params, info);
      detail::visit_members<Env::info.infos.size()>(info, [&](auto, const auto& member) {
        detail::visit_numbers(member, [&](const auto& value) { total += static_cast<double>(value); });
      });
    }
  };
  const auto reset = [&](bool is_first) {
    if constexpr (ResetsFromPrevious<Env>) {
      const typename Env::State previous = state;
      state = {};
      Env::reset(state, is_first ? nullptr : &previous, rng, params, options);
    } else {
      state = {};
      Env::reset(state, rng, params, options);
    }
    look();
  };
  if constexpr (KnowsStates<Env>) {
    if (!Env::is_state(state, params)) return false;
  }
  look();
  reset(true);
  for (int t = 0; t < kSteps; ++t) {
    typename Env::Action action{};
    detail::visit_leaves<kDone.is_tuple, kDone.num_leaves>(action, [&](auto index, auto& member) {
      using T = std::remove_reference_t<decltype(member)>;
      constexpr const LeafInfo& kLeaf = kDone.leaves[decltype(index)::value];
      if constexpr (std::is_array_v<T>) {
        detail::visit_numbers(member, [&](auto& value) {
          value = static_cast<std::remove_reference_t<decltype(value)>>(rng.uniform(-1.0, 1.0));
        });
      } else {
        member = static_cast<T>(kLeaf.start + rng.integers(0, static_cast<std::int64_t>(kLeaf.size)));
      }
    });
    Step result{};
    if constexpr (StepsWithDraws<Env>) {
      result = Env::step(state, action, rng, params);
    } else {
      result = Env::step(state, action, params);
    }
    look();
    total += result.reward;
    if (result.terminated != 0) reset(false);
  }
  return total == total;
}

namespace detail {

template <class Env, class Checked>
std::string_view check_values(const void* values) {
  if constexpr (Checks<Env, Checked>) {
    return Env::check(*static_cast<const Checked*>(values));
  } else {
    return {};
  }
}

template <class Env>
double reward_past_end(double reward, bool terminated, const void* params) {
  return Env::reward_past_end(Step{reward, terminated}, *static_cast<const typename Env::Params*>(params));
}

template <class Env>
void complete(void* state) {
  Env::complete(*static_cast<typename Env::State*>(state));
}

template <class Env>
const typename Env::Params& params_of(const void* params) {
  return *static_cast<const typename Env::Params*>(params);
}

// The spaces, which may depend on the Params.
template <class Env>
constexpr void add_spaces(EnvOps& ops) {
  ops.observation_space = [](const void* params) -> SpaceInfo {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::observation_space(p); }) {
      return Env::observation_space(params_of<Env>(params));
    } else {
      return Env::info.observation;
    }
  };
  ops.action_space = [](const void* params) -> SpaceInfo {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::action_space(p); }) {
      return Env::action_space(params_of<Env>(params));
    } else {
      return Env::info.action;
    }
  };
  ops.reward_type = [](const void* params) -> RewardType {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::reward_type(p); }) {
      return Env::reward_type(params_of<Env>(params));
    } else {
      return Env::info.reward_type;
    }
  };
}

template <class Env>
constexpr void add_table(EnvOps& ops) {
  if constexpr (HasTable<Env>) {
    static_assert(std::is_trivially_copyable_v<typename Env::Cell>, "Cell must be trivially copyable");
    ops.table_bytes = [](const void* params) {
      return Env::table_size(params_of<Env>(params)) * sizeof(typename Env::Cell);
    };
    ops.make_table = [](void* params, void* memory) {
      auto& own = *static_cast<typename Env::Params*>(params);
      const std::size_t size = Env::table_size(own);
      auto* const cells = new (memory) typename Env::Cell[size]{};
      Env::fill_table(own, cells);
      own.table = {cells, size};
    };
  }
}

// The model, the text, attributes and methods.
template <class Env>
constexpr void add_extras(EnvOps& ops) {
  if constexpr (HasModel<Env>) {
    ops.num_states = [](const void* params) { return Env::num_states(params_of<Env>(params)); };
    ops.transitions = [](const void* params, std::int64_t state, std::int64_t action, Transition* out) {
      return Env::transitions(params_of<Env>(params), state, action, out);
    };
    ops.max_transitions = Env::kMaxTransitions;
  }
  if constexpr (KnowsStates<Env>) {
    ops.is_state = [](const void* params, const void* state) {
      return Env::is_state(*static_cast<const typename Env::State*>(state), params_of<Env>(params));
    };
  }
  if constexpr (WritesText<Env>) {
    ops.write_text = [](const void* params, const void* state, TextWriter out) {
      Env::write_text(*static_cast<const typename Env::State*>(state), params_of<Env>(params), out);
    };
  }
  if constexpr (requires { Env::attributes(); }) ops.attributes = Env::attributes();
  if constexpr (requires { Env::methods(); }) ops.methods = Env::methods();
}

// The parts of the table that no instruction set matters to.
template <class Env>
constexpr EnvOps common_ops() {
  EnvOps ops{};
  ops.word_bytes = sizeof(typename BatchKernels<Env>::Word);
  ops.num_words = BatchKernels<Env>::StateLayout::kNumWords;
  ops.params_bytes = sizeof(typename Env::Params);
  ops.reset_options_bytes = sizeof(typename Env::ResetOptions);
  ops.draws_in_step = StepsWithDraws<Env>;
  ops.init_params = [](void* params) { new (params) typename Env::Params{}; };
  ops.init_reset_options = [](void* options) { new (options) typename Env::ResetOptions{}; };
  ops.check_params = &check_values<Env, typename Env::Params>;
  ops.check_reset_options = &check_values<Env, typename Env::ResetOptions>;
  if constexpr (HasRewardPastEnd<Env>) ops.reward_past_end = &reward_past_end<Env>;
  if constexpr (CompletesState<Env>) ops.complete = &complete<Env>;
  ops.looks_at_previous = ResetsFromPrevious<Env>;
  add_spaces<Env>(ops);
  add_table<Env>(ops);
  add_extras<Env>(ops);
  return ops;
}

}  // namespace detail

// Defines `Name<Env>::ops`, whose batch functions are compiled with the attribute PLYO_TARGET.
#define PLYO_DEFINE_OPS(Name, PLYO_TARGET)                                                                   \
  template <class Env>                                                                                       \
  struct Name {                                                                                              \
    using Kernels = BatchKernels<Env>;                                                                       \
    PLYO_TARGET PLYO_FLATTEN static void reset(const LaneView& view, const LaneIndex* lanes,                 \
                                               std::size_t count, const void* options, bool is_first) {      \
      Kernels::reset(view, lanes, count, options, is_first);                                                 \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void step(const LaneView& view, std::size_t count,                       \
                                              ConstLeafArrays actions, double* rewards,                      \
                                              std::uint8_t* terminated) {                                    \
      Kernels::step(view, count, actions, rewards, terminated);                                              \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void step_lanes(const LaneView& view, const LaneIndex* lanes,            \
                                                    std::size_t count, ConstLeafArrays actions,              \
                                                    double* rewards, std::uint8_t* terminated) {             \
      Kernels::step_lanes(view, lanes, count, actions, rewards, terminated);                                 \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void observe(const LaneView& view, std::size_t count,                    \
                                                 LeafArrays observations) {                                  \
      Kernels::observe(view, count, observations);                                                           \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void observe_lanes(const LaneView& view, const LaneIndex* lanes,         \
                                                       std::size_t count, LeafArrays observations) {         \
      Kernels::observe_lanes(view, lanes, count, observations);                                              \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void inform(const LaneView& view, std::size_t count, LeafArrays infos) { \
      if constexpr (Informs<Env>) Kernels::inform(view, count, infos);                                       \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void inform_lanes(const LaneView& view, const LaneIndex* lanes,          \
                                                      std::size_t count, LeafArrays infos) {                 \
      if constexpr (Informs<Env>) Kernels::inform_lanes(view, lanes, count, infos);                          \
    }                                                                                                        \
    static constexpr EnvOps make() {                                                                         \
      EnvOps ops = detail::common_ops<Env>();                                                                \
      ops.reset = &reset;                                                                                    \
      ops.step = &step;                                                                                      \
      ops.step_lanes = &step_lanes;                                                                          \
      ops.observe = &observe;                                                                                \
      ops.observe_lanes = &observe_lanes;                                                                    \
      if constexpr (Informs<Env>) {                                                                          \
        ops.inform = &inform;                                                                                \
        ops.inform_lanes = &inform_lanes;                                                                    \
      }                                                                                                      \
      return ops;                                                                                            \
    }                                                                                                        \
  };

PLYO_DEFINE_OPS(BaselineOps, )
#if PLYO_HAS_X86_VARIANTS
PLYO_DEFINE_OPS(Avx2Ops, PLYO_TARGET_AVX2)
PLYO_DEFINE_OPS(Avx512Ops, PLYO_TARGET_AVX512)
#endif

#undef PLYO_DEFINE_OPS

// The tables of one environment; an instruction set that the build does not know gets the baseline's.
struct OpsByIsa {
  EnvOps ops[kIsaCount];
};

// Every instruction set: for the deterministic maths of core/math.hpp.
template <class Env>
constexpr OpsByIsa make_ops() {
  static_assert(check_environment<Env>());
  static_assert(compile_time_rollout<Env>());
#if PLYO_HAS_X86_VARIANTS
  return {{BaselineOps<Env>::make(), Avx2Ops<Env>::make(), Avx512Ops<Env>::make()}};
#else
  return {{BaselineOps<Env>::make(), BaselineOps<Env>::make(), BaselineOps<Env>::make()}};
#endif
}

// One scalar build under every name: for the platform's libm.
template <class Env>
constexpr OpsByIsa make_reference_ops() {
  static_assert(check_environment<Env>());
  return {{BaselineOps<Env>::make(), BaselineOps<Env>::make(), BaselineOps<Env>::make()}};
}

}  // namespace plyo
