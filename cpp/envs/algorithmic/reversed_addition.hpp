// Adding numbers that are written below each other, their lowest digits first.
// Reference: gym 0.18.3 ReversedAddition-v0 and ReversedAddition3-v0. Differences: those of
// common/algorithmic.hpp; four rows at most.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct ReversedAdditionParams {
  std::int64_t rows = 2;
  std::int64_t base = 3;
  double MIN_REWARD_SHORTFALL_FOR_PROMOTION = -1.0;
  std::int64_t last = 10;  // episodes
};

inline constexpr std::int64_t kMostAddends = 4;

// Some numbers, and their sum.
struct AdditionState : algorithmic::Episode<kMostAddends> {
  algorithmic::Symbols<algorithmic::kLongestInput + 1> sum;
};

struct ReversedAddition : algorithmic::Task<ReversedAddition, AdditionState, ReversedAdditionParams> {
  static constexpr std::int32_t kMinLength = 2;

  static constexpr EnvInfo info{
      .summary = "Add numbers that stand below each other with their lowest digits first.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 ReversedAddition",
      .variants =
          variants(Variant{"ReversedAddition-v0", 200, 25.0, presets(preset("rows", std::int64_t{2}))},
                   Variant{"ReversedAddition3-v0", 200, 25.0, presets(preset("rows", std::int64_t{3}))}),
      .observation = algorithmic::observation_space(Params{}.base),
      .action = algorithmic::action_space<true>(Params{}.base),
      .params = fields(live(field<&Params::rows>("rows", "how many numbers, 1 to 4")),
                       field<&Params::base>("base", "number of digits, from rows to 16")),
      .constants = algorithmic::curriculum_fields<Params>(),
      .python = {.render_mode_last = true, .constants_of_class = true},
      .render_fps = 4};

  static constexpr Text check(const Params& params) {
    if (params.rows < 1 || params.rows > kMostAddends) return "rows ({rows}) must be from 1 to 4";
    // with fewer digits than rows the last carry may be none of them
    const bool legal = params.base >= params.rows && params.base <= algorithmic::kLargestBase;
    return legal ? Task::check(params) : "base ({base}) must be from rows ({rows}) to 16";
  }

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    std::int64_t carry = 0;
    for (std::int32_t x = 0; x < length; ++x) {
      std::int64_t total = carry;
      for (std::int64_t row = 0; row < params.rows; ++row) {
        const std::int64_t digit = rng.integers(0, params.base);
        s.input[row].fill(x, digit);
        total += digit;
      }
      s.sum.fill(x, total % params.base);
      carry = total / params.base;
    }
    s.sum.fill(length, carry);
    s.length = length;
    s.target_length = length + (carry > 0 ? 1 : 0);
  }
  static constexpr std::int32_t target(const State& s, const Params&, std::int32_t i) {
    const bool is_place = i < decltype(s.sum)::kWords * 8;  // an odd State may have a longer target
    return s.sum.at(is_place ? i : 0) & -static_cast<std::int32_t>(is_place);
  }
  // For three rows too, where it is too short to look at all digits of a long input.
  static constexpr std::int32_t time_limit(const State& s) { return 2 * s.length + 4; }
  static constexpr bool has_letters(const Params&) { return false; }
};

}  // namespace PLYO_ENVS
