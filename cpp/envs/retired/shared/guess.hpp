// The base of the tasks of guessing a number.
#pragma once

#include "../../../core/environment.hpp"

namespace PLYO_ENVS {

struct Guess {
  static constexpr double kFarthest = 1e30;  // no number is further from 0

  struct State {
    double number;
    std::int64_t guesses;
    std::int64_t hint;  // the hint for the last guess, a choice of kHints
  };
  struct Info {
    double number;
    std::int64_t guesses;
  };

  static constexpr SpaceInfo kHints =
      discrete({"no guess yet", "below the number", "equal to the number", "above the number"});
  static constexpr InfoList kInfos = report(reported<double>("number", "the number to be guessed"),
                                            reported<std::int64_t>("guesses", "guesses of this episode"));

  static constexpr void reset(State& s, Rng& rng, double range) { s = {rng.uniform(-range, range), 0, 0}; }

  // Takes a guess; numbers are compared as the action's type, as NumPy compares an array with a float.
  static constexpr void take(State& s, float guess) {
    const auto number = static_cast<float>(s.number);
    s.hint = guess < number ? 1 : (guess == number ? 2 : 3);
    s.guesses += 1;
  }

  static constexpr bool is_state(const State& s) {
    return (math::abs(s.number) <= kFarthest) & (s.guesses >= 0) & (s.hint >= 0) & (s.hint <= 3);
  }

  // The complaint about the constants that both tasks have.
  template <class Params>
  static constexpr Text check(const Params& params) {
    if (!(params.range >= 0 && params.range <= kFarthest)) return "range must be from 0 to 1e30, got {range}";
    return params.guess_max < 1 ? "guess_max must be at least 1, got {guess_max}" : "";
  }

  template <class Params>
  static constexpr AttributeList attributes() {
    return attribute_list(attribute<Params, State, [](const Params&, const State& s) { return s.number; }>(
                              "number", "the number to be guessed"),
                          attribute<Params, State, [](const Params&, const State& s) { return s.guesses; }>(
                              "guess_count", "guesses of this episode"));
  }
};

}  // namespace PLYO_ENVS
