// A chain of states on which patience pays (Strens 2000, section 6.1). Reference: gym 0.18.3 NChain-v0.
// Differences: none.
#pragma once

#include "../../core/choose.hpp"
#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct NChain {
  struct State {
    std::int32_t s;
  };
  struct Params {
    std::int64_t n = 5;
    double slip = 0.2;
    double small = 2;
    double large = 10;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;

  static constexpr std::int64_t kLongest = 0x7FFFFFFF;
  static constexpr double kLargestReward = 0x1p53;

  static constexpr EnvInfo info{
      .summary = "Walk to the end of a slippery chain for a large reward, or go back for a small one.",
      .source =
          "Strens (2000), \"A Bayesian framework for reinforcement learning\"; OpenAI Gym 0.18.3 NChain",
      .variants = variants(Variant{"NChain-v0", 1000}),
      .observation = named("place on the chain", discrete(5)),
      .action = discrete({"forward", "back"}),
      .reward_type = RewardType::kInt,
      .params = fields(field<&Params::n>("n", "states of the chain"),
                       live(field<&Params::slip>("slip", "probability that the other action is taken")),
                       live(field<&Params::small>("small", "reward of going back")),
                       live(field<&Params::large>("large", "reward of going forward at the end"))),
      .python = {.module = "nchain", .class_name = "NChainEnv"}};

  static constexpr Text check(const Params& params) {
    if (params.n < 1 || params.n > kLongest) return "n must be from 1 to 2147483647, got {n}";
    if (!(params.slip >= 0 && params.slip <= 1)) return "slip must be from 0 to 1, got {slip}";
    if (!(math::abs(params.small) <= kLargestReward)) return "small must be within 2**53 of 0, got {small}";
    if (!(math::abs(params.large) <= kLargestReward)) return "large must be within 2**53 of 0, got {large}";
    return "";
  }

  static constexpr SpaceInfo observation_space(const Params& params) {
    return named(info.observation.leaf().name, discrete(static_cast<std::size_t>(params.n)));
  }
  static constexpr RewardType reward_type(const Params& params) {
    const bool whole = math::floor(params.small) == params.small && math::floor(params.large) == params.large;
    return whole ? RewardType::kInt : RewardType::kFloat;
  }

  static constexpr void reset(State& s, Rng&, const Params&, const ResetOptions&) { s.s = 0; }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const bool slips = rng.next_double() < params.slip;
    const bool back = (action != 0) != slips;
    const bool at_end = s.s >= static_cast<std::int32_t>(params.n) - 1;
    s.s = choose(back, 0, s.s + (at_end ? 0 : 1));
    return {choose(back, params.small, choose(at_end, params.large, 0.0)), false};
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    return (s.s >= 0) & (s.s < params.n);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.s; }

  static constexpr std::size_t kMaxTransitions = 2;
  static constexpr std::int64_t num_states(const Params& params) { return params.n; }
  static constexpr std::size_t transitions(const Params& params, std::int64_t state, std::int64_t action,
                                           Transition* out) {
    const bool at_end = state >= params.n - 1;
    const Transition forward{action == 0 ? 1.0 - params.slip : params.slip, at_end ? state : state + 1,
                             at_end ? params.large : 0.0, false};
    const Transition back{1.0 - forward.probability, 0, params.small, false};
    out[0] = action == 0 ? forward : back;
    out[1] = action == 0 ? back : forward;
    return 2;
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        settable(
            attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.s}; }>(
                "s", "the place on the chain, 0 to n - 1"),
            [](void* state, std::int64_t value) {
              static_cast<State*>(state)->s = static_cast<std::int32_t>(value);
            },
            [](const void* params, std::int64_t value) {
              return value >= 0 && value < static_cast<const Params*>(params)->n;
            }),
        attribute<Params, State, [](const Params& p) { return p.n; }>("n", "states of the chain"));
  }
};

}  // namespace PLYO_ENVS
