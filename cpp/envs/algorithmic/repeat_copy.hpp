// Copying a tape of symbols forwards, backwards and forwards again.
// Reference: gym 0.18.3 RepeatCopy-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct RepeatCopyParams {
  std::int64_t base = 5;
};

struct RepeatCopy : algorithmic::Task<RepeatCopy, algorithmic::Episode<1>, RepeatCopyParams> {
  static constexpr algorithmic::Curriculum kCurriculum{.min_length = 2, .window = 50, .shortfall = -0.1};

  static constexpr EnvInfo info{
      .summary = "Copy the symbols of a tape three times, the second time backwards.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 RepeatCopy",
      .variants = variants(Variant{"RepeatCopy-v0", 200, 75.0}),
      .observation = algorithmic::observation_space(Params{}.base),
      .action = algorithmic::action_space<false>(Params{}.base),
      .params = fields(field<&Params::base>("base", "number of symbols, 1 to 16")),
      .python = {.render_mode_last = true},
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
