// Copying a tape of symbols forwards, backwards and forwards again.
// Reference: gym 0.18.3 RepeatCopy-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct RepeatCopyParams {
  std::int64_t base = 5;
  double MIN_REWARD_SHORTFALL_FOR_PROMOTION = -0.1;
  std::int64_t last = 50;  // episodes
};

struct RepeatCopy : algorithmic::Task<RepeatCopy, algorithmic::Episode<1>, RepeatCopyParams> {
  static constexpr std::int32_t kMinLength = 2;

  static constexpr EnvInfo info{
      .summary = "Copy the symbols of a tape three times, the second time backwards.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 RepeatCopy",
      .variants = variants(Variant{"RepeatCopy-v0", 200, 75.0}),
      .observation = algorithmic::observation_space(Params{}.base),
      .action = algorithmic::action_space<false>(Params{}.base),
      .params = fields(field<&Params::base>("base", "number of symbols, 1 to 16")),
      .constants = algorithmic::curriculum_fields<Params>(),
      .python = {.render_mode_last = true, .constants_of_class = true},
      .render_fps = 4};

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    algorithmic::draw_tape(s, rng, params.base, length);
    s.target_length = 3 * length;
  }
  static constexpr std::int32_t target(const State& s, const Params&, std::int32_t i) {
    // forwards, backwards, forwards
    const std::int32_t n = s.length;
    return s.input[0][i < n ? i : (i < 2 * n ? 2 * n - 1 - i : i - 2 * n)];
  }
};

}  // namespace PLYO_ENVS
