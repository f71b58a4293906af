// What makes a struct an environment. The one header that an environment includes.
//
//   namespace PLYO_ENVS {
//   struct MyTask {
//     struct State { double position, velocity; };        // trivially copyable, members of one size
//     struct Params { double gravity = 9.8; };             // keyword arguments of make()
//     struct ResetOptions { double low = -1, high = 1; };  // keys of reset(options=...)
//     using Action = std::int32_t;                         // or float[k]
//     using Observation = float[2];
//     static constexpr EnvInfo info{...};
//     static constexpr void reset(State&, Rng&, const Params&, const ResetOptions&);
//     static constexpr Step step(State&, const Action&, const Params&);
//     static constexpr void observe(const State&, const Params&, Observation&);
//   };
//   }
//
// Optional members: `step(State&, const Action&, Rng&, const Params&)` in place of the above for a task that
// draws random numbers in its steps; `reward_past_end(const Step&, const Params&)`, the reward of a step
// taken although the episode had terminated; `check(const Params&)` and `check(const ResetOptions&)`, which
// return an empty text or what is wrong, with `{name}` where a value belongs; `complete(State&)`, which
// computes the rest of a State whose first EnvInfo::num_variables doubles were set from outside.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "env_info.hpp"
#include "math.hpp"
#include "rng.hpp"

// The namespace of environments. The build with the platform's libm compiles them a second time under another
// name, in which `math::` means reference_math.
#if defined(PLYO_REFERENCE_MATH)
#include "reference_math.hpp"
#define PLYO_ENVS plyo::envs::reference
namespace PLYO_ENVS {
namespace math = plyo::reference_math;
inline constexpr bool kReferenceMath = true;
}  // namespace PLYO_ENVS
#else
#define PLYO_ENVS plyo::envs::fast
namespace PLYO_ENVS {
namespace math = plyo::math;
inline constexpr bool kReferenceMath = false;
}  // namespace PLYO_ENVS
#endif

namespace plyo {

// What a step returns beside the new state: `return {reward, fallen};`.
struct Step {
  double reward;
  double
      terminated;  // 0 or 1: as wide as the doubles it is computed from, so that GCC 12 vectorises the loop

  constexpr Step() = default;
  constexpr Step(double step_reward, bool is_terminated)
      : reward(step_reward), terminated(is_terminated ? 1.0 : 0.0) {}
};

// For environments without keyword arguments or without reset options.
struct NoParams {};
struct NoResetOptions {};

namespace detail {

template <class T>
struct ArrayTraits {
  static constexpr std::size_t kSize = 0;
  using Value = T;
};
template <class T, std::size_t kCount>
struct ArrayTraits<T[kCount]> {
  static constexpr std::size_t kSize = kCount;
  using Value = T;
};

}  // namespace detail

template <class Env>
concept StepsWithoutDraws = requires(typename Env::State& state, const typename Env::Action& action,
                                     const typename Env::Params& params) {
  { Env::step(state, action, params) } -> std::same_as<Step>;
};

template <class Env>
concept StepsWithDraws = requires(typename Env::State& state, const typename Env::Action& action, Rng& rng,
                                  const typename Env::Params& params) {
  { Env::step(state, action, rng, params) } -> std::same_as<Step>;
};

template <class Env>
concept HasRewardPastEnd = requires(const Step& step, const typename Env::Params& params) {
  { Env::reward_past_end(step, params) } -> std::same_as<double>;
};

template <class Env>
concept CompletesState = requires(typename Env::State& state) { Env::complete(state); };

template <class Env, class Checked>
concept Checks = requires(const Checked& checked) {
  { Env::check(checked) } -> std::same_as<std::string_view>;
};

// Fails to compile, with a sentence, where Env is not an environment.
template <class Env>
constexpr bool check_environment() {
  using State = typename Env::State;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Observation = typename Env::Observation;
  static_assert(std::is_trivially_copyable_v<State> && std::is_default_constructible_v<State>,
                "State must be a plain value: trivially copyable and default constructible");
  static_assert(sizeof(State) % alignof(State) == 0 && (alignof(State) == 4 || alignof(State) == 8),
                "the members of State must all be 4 or all be 8 bytes wide");
  static_assert(std::is_trivially_copyable_v<Params>, "Params must be trivially copyable");
  static_assert(std::is_trivially_copyable_v<Options>, "ResetOptions must be trivially copyable");
  static_assert(detail::ArrayTraits<Observation>::kSize == Env::info.observation.size &&
                    std::is_same_v<typename detail::ArrayTraits<Observation>::Value, float>,
                "Observation must be float[k] with as many elements as info.observation describes");
  if constexpr (Env::info.action.kind == SpaceKind::kDiscrete) {
    static_assert(std::is_same_v<typename Env::Action, std::int32_t>,
                  "the Action of a task with a discrete action space must be std::int32_t");
  } else {
    static_assert(detail::ArrayTraits<typename Env::Action>::kSize == Env::info.action.size &&
                      std::is_same_v<typename detail::ArrayTraits<typename Env::Action>::Value, float>,
                  "Action must be float[k] with as many elements as info.action describes");
  }
  static_assert(
      requires(State& state, Rng& rng, const Params& params, const Options& options) {
        Env::reset(state, rng, params, options);
      },
      "an environment needs static constexpr void reset(State&, Rng&, const Params&, const ResetOptions&)");
  static_assert(StepsWithoutDraws<Env> || StepsWithDraws<Env>,
                "an environment needs static constexpr Step step(State&, const Action&, const Params&), "
                "or with an Rng& before the Params if it draws random numbers");
  static_assert(
      requires(const State& state, const Params& params, Observation& out) {
        Env::observe(state, params, out);
      }, "an environment needs static constexpr void observe(const State&, const Params&, Observation&)");
  static_assert(Env::info.variants.size() > 0, "info.variants must name at least one id");
  return true;
}

}  // namespace plyo
