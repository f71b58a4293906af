// Guessing a number by how hot the guesses are. Reference: gym 0.18.3 HotterColder-v0. Differences: the info
// of a reset has the keys of a step's.
#pragma once

#include "../../core/environment.hpp"
#include "shared/guess.hpp"

namespace PLYO_ENVS {

struct HotterColder {
  using State = Guess::State;
  using Params = NoParams;
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
      .infos = Guess::kInfos};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    Guess::reset(s, rng);
  }

  static constexpr Step step(State& s, const Action& action, const Params&) {
    Guess::take(s, action[0]);
    // in float32, as NumPy computes with an array of it
    const float guess = action[0] + static_cast<float>(kBounds);
    const auto number = static_cast<float>(s.number + kBounds);
    const float below = s.hint == 3 ? number : guess;
    const float above = s.hint == 1 ? number : guess;
    const float ratio = below / above;
    return {static_cast<double>(ratio * ratio), s.guesses >= Guess::kMostGuesses};
  }

  static constexpr bool is_state(const State& s, const Params&) { return Guess::is_state(s); }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.hint; }
  static constexpr void inform(const State& s, const Params&, Info& out) { out = {s.number, s.guesses}; }
  static constexpr AttributeList attributes() { return Guess::attributes(); }
};

}  // namespace PLYO_ENVS
