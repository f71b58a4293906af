// Guessing a number to within one percent of its range. Reference: gym 0.18.3 GuessingGame-v0. Differences:
// the info of a reset has the keys of a step's.
#pragma once

#include "../../core/environment.hpp"
#include "shared/guess.hpp"

namespace PLYO_ENVS {

struct GuessingGame {
  using State = Guess::State;
  struct Params {
    double range = 1000;
    std::int64_t guess_max = 200;
  };
  using ResetOptions = NoResetOptions;
  using Action = float[1];
  using Observation = std::int64_t;
  using Info = Guess::Info;

  static constexpr double kBounds = 10000;
  static constexpr double kClose = 0.01;  // of the range

  static constexpr EnvInfo info{
      .summary = "Guess a number to within one percent of its range.",
      .source = "OpenAI Gym 0.18.3 GuessingGame",
      .variants = variants(Variant{"GuessingGame-v0", 200}),
      .observation = named("what the last guess was", Guess::kHints),
      .action = box({{"guess", "", -kBounds, kBounds}}),
      .reward_type = RewardType::kInt,
      .constants = fields(field<&Params::range>("range", "the number is within it on either side of 0"),
                          field<&Params::guess_max>("guess_max", "guesses that end an episode")),
      .infos = Guess::kInfos};

  static constexpr Text check(const Params& params) { return Guess::check(params); }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
    Guess::reset(s, rng, params.range);
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    Guess::take(s, action[0]);
    const double close = params.range * kClose;
    const bool right = (static_cast<float>(s.number - close) < action[0]) &
                       (action[0] < static_cast<float>(s.number + close));
    const bool over = right | (s.guesses >= params.guess_max);
    return {right ? 1.0 : 0.0, over};
  }

  static constexpr bool is_state(const State& s, const Params&) { return Guess::is_state(s); }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.hint; }
  static constexpr void inform(const State& s, const Params&, Info& out) { out = {s.number, s.guesses}; }
  static constexpr AttributeList attributes() { return Guess::attributes<Params>(); }
};

}  // namespace PLYO_ENVS
