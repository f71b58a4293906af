// Guessing a number by how hot the guesses are. Reference: gym 0.18.3 HotterColder-v0. Differences: the info
// of a reset has the keys of a step's.
#pragma once

#include "../../core/environment.hpp"
#include "shared/guess.hpp"

namespace PLYO_ENVS {

struct HotterColder {
  using State = Guess::State;
  struct Params {
    double range = 1000;
    double bounds = 2000;
    std::int64_t guess_max = 200;
  };
  using ResetOptions = NoResetOptions;
  using Action = float[1];
  using Observation = std::int64_t;
  using Info = Guess::Info;

  static constexpr double kBounds = 2000;

  static constexpr EnvInfo info{
      .summary = "Guess a number; the reward is the higher the closer the guess is.",
      .source = "OpenAI Gym 0.18.3 HotterColder",
      .variants = variants(Variant{"HotterColder-v0", 200}),
      .observation = named("what the last guess was", Guess::kHints),
      .action = box({{"guess", "", -kBounds, kBounds}}),
      .constants = fields(
          field<&Params::range>("range", "the number is within it on either side of 0"),
          field<&Params::bounds>(
              "bounds", "the reward is relative to the distance from the number that is so far below 0"),
          field<&Params::guess_max>("guess_max", "guesses that end an episode")),
      .infos = Guess::kInfos};

  // The divisor of the reward is positive where the number is above minus the bounds.
  static constexpr Text check(const Params& params) {
    if (!(params.bounds > params.range && params.bounds <= Guess::kFarthest)) {
      return "bounds must be above range ({range}) and at most 1e30, got {bounds}";
    }
    return Guess::check(params);
  }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
    Guess::reset(s, rng, params.range);
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    Guess::take(s, action[0]);
    // in float32, as NumPy computes with an array of it
    const float guess = action[0] + static_cast<float>(params.bounds);
    const auto number = static_cast<float>(s.number + params.bounds);
    const float below = s.hint == 3 ? number : guess;
    const float above = s.hint == 1 ? number : guess;
    const float ratio = below / above;
    return {static_cast<double>(ratio * ratio), s.guesses >= params.guess_max};
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    return Guess::is_state(s) & (math::abs(s.number) <= params.bounds);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.hint; }
  static constexpr void inform(const State& s, const Params&, Info& out) { out = {s.number, s.guesses}; }
  static constexpr AttributeList attributes() { return Guess::attributes<Params>(); }
};

}  // namespace PLYO_ENVS
