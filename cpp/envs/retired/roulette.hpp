// A roulette wheel that pays for the zero and for the right parity. Reference: gym 0.18.3 Roulette-v0.
// Differences: none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct Roulette {
  struct State {
    std::int32_t unused;  // the task has no memory
  };
  struct Params {
    std::int64_t spots = 37;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;

  static constexpr std::int64_t kMostSpots = 0x7FFFFFFE;

  static constexpr EnvInfo info{
      .summary = "Bet on a number of a roulette wheel, or walk away with the last action.",
      .source = "OpenAI Gym 0.18.3 Roulette",
      .variants = variants(Variant{"Roulette-v0", 100}),
      .observation = named("always 0", discrete(1)),
      .action = named("number to bet on, or to walk away", discrete(38)),
      .params = fields(field<&Params::spots>("spots", "numbers of the wheel, the zero included"))};

  static constexpr Text check(const Params& params) {
    if (params.spots < 1 || params.spots > kMostSpots) {
      return "spots must be from 1 to 2147483646, got {spots}";
    }
    return "";
  }
  static constexpr SpaceInfo action_space(const Params& params) {
    return named(info.action.leaf().name, discrete(static_cast<std::size_t>(params.spots) + 1));
  }

  static constexpr void reset(State& s, Rng&, const Params&, const ResetOptions&) { s.unused = 0; }

  static constexpr Step step(State&, const Action& action, Rng& rng, const Params& params) {
    if (action == params.spots) return {0.0, true};
    const std::int64_t spun = rng.integers(0, params.spots);
    const bool zero = (spun == 0) & (action == 0);
    const bool same_parity = (spun != 0) & (action != 0) & (((spun ^ action) & 1) == 0);
    const double pays = static_cast<double>(params.spots - 1);
    return {zero ? pays : (same_parity ? 1.0 : -1.0), false};
  }

  static constexpr void observe(const State&, const Params&, Observation& out) { out = 0; }

  static constexpr AttributeList attributes() {
    return attribute_list(attribute<Params, State, [](const Params& p) { return p.spots + 1; }>(
        "n", "actions: the numbers of the wheel and walking away"));
  }
};

}  // namespace PLYO_ENVS
