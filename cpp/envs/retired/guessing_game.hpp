// Guessing a number to within one percent of its range. Reference: gym 0.18.3 GuessingGame-v0. Differences:
// the info of a reset has the keys of a step's.
#pragma once

#include "../../core/environment.hpp"
#include "shared/guess.hpp"

namespace PLYO_ENVS {

struct GuessingGame {
  using State = Guess::State;
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = float[1];
  using Observation = std::int64_t;
  using Info = Guess::Info;

  static constexpr double kBounds = 10000;
  static constexpr double kClose = Guess::kRange * 0.01;

  static constexpr EnvInfo info{.summary = "Guess a number to within one percent of its range.",
                                .source = "OpenAI Gym 0.18.3 GuessingGame",
                                .variants = variants(Variant{"GuessingGame-v0", 200}),
                                .observation = named("what the last guess was", Guess::kHints),
                                .action = box({{"guess", "", -kBounds, kBounds}}),
                                .reward_type = RewardType::kInt,
                                .infos = Guess::kInfos};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    Guess::reset(s, rng);
  }

  static constexpr Step step(State& s, const Action& action, const Params&) {
    Guess::take(s, action[0]);
    const bool right = (static_cast<float>(s.number - kClose) < action[0]) &
                       (action[0] < static_cast<float>(s.number + kClose));
    const bool over = right | (s.guesses >= Guess::kMostGuesses);
    return {right ? 1.0 : 0.0, over};
  }

  static constexpr bool is_state(const State& s, const Params&) { return Guess::is_state(s); }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.hint; }
  static constexpr void inform(const State& s, const Params&, Info& out) { out = {s.number, s.guesses}; }
  static constexpr AttributeList attributes() { return Guess::attributes(); }
};

}  // namespace PLYO_ENVS
