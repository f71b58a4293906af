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

// Runs the environment at compile time: code that touches anything but its arguments, reads out of bounds or
// uses an uninitialised value on the way is a compile error here.
template <class Env>
constexpr bool compile_time_rollout() {
  constexpr int kSteps = 200;
  Rng rng = seeded_rng(2024);
  const typename Env::Params params{};
  const typename Env::ResetOptions options{};
  typename Env::State state{};
  typename Env::Observation observation{};
  Env::reset(state, rng, params, options);
  double total = 0;
  for (int t = 0; t < kSteps; ++t) {
    typename Env::Action action{};
    if constexpr (Env::info.action.kind == SpaceKind::kDiscrete) {
      action = static_cast<typename Env::Action>(rng.integers(0, Env::info.action.size));
    } else {
      for (auto& value : action) value = static_cast<float>(rng.uniform(-1.0, 1.0));
    }
    Step result{};
    if constexpr (StepsWithDraws<Env>) {
      result = Env::step(state, action, rng, params);
    } else {
      result = Env::step(state, action, params);
    }
    Env::observe(state, params, observation);
    for (const float value : observation) total += static_cast<double>(value);
    total += result.reward;
    if (result.terminated != 0) Env::reset(state, rng, params, options);
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
  return ops;
}

}  // namespace detail

// Defines `Name<Env>::ops`, whose batch functions are compiled with the attribute PLYO_TARGET.
#define PLYO_DEFINE_OPS(Name, PLYO_TARGET)                                                                   \
  template <class Env>                                                                                       \
  struct Name {                                                                                              \
    PLYO_TARGET PLYO_FLATTEN static void reset(const LaneView& view, const LaneIndex* lanes,                 \
                                               std::size_t count, const void* options) {                     \
      BatchKernels<Env>::reset(view, lanes, count, options);                                                 \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void step(const LaneView& view, std::size_t count, const void* actions,  \
                                              double* rewards, std::uint8_t* terminated) {                   \
      BatchKernels<Env>::step(view, count, actions, rewards, terminated);                                    \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void step_lanes(const LaneView& view, const LaneIndex* lanes,            \
                                                    std::size_t count, const void* actions, double* rewards, \
                                                    std::uint8_t* terminated) {                              \
      BatchKernels<Env>::step_lanes(view, lanes, count, actions, rewards, terminated);                       \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void observe(const LaneView& view, std::size_t count,                    \
                                                 void* observations) {                                       \
      BatchKernels<Env>::observe(view, count, observations);                                                 \
    }                                                                                                        \
    PLYO_TARGET PLYO_FLATTEN static void observe_lanes(const LaneView& view, const LaneIndex* lanes,         \
                                                       std::size_t count, void* observations) {              \
      BatchKernels<Env>::observe_lanes(view, lanes, count, observations);                                    \
    }                                                                                                        \
    static constexpr EnvOps make() {                                                                         \
      EnvOps ops = detail::common_ops<Env>();                                                                \
      ops.reset = &reset;                                                                                    \
      ops.step = &step;                                                                                      \
      ops.step_lanes = &step_lanes;                                                                          \
      ops.observe = &observe;                                                                                \
      ops.observe_lanes = &observe_lanes;                                                                    \
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
