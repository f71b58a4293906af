// Copying a tape of symbols backwards.
// Reference: gym 0.18.3 Reverse-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct ReverseParams {
  std::int64_t base = 2;
  double MIN_REWARD_SHORTFALL_FOR_PROMOTION = -0.1;
  std::int64_t last = 50;  // episodes
};

struct Reverse : algorithmic::Task<Reverse, algorithmic::Episode<1>, ReverseParams> {
  static constexpr std::int32_t kMinLength = 1;

  static constexpr EnvInfo info{.summary = "Copy the symbols of a tape from its end to its start.",
                                .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 Reverse",
                                .variants = variants(Variant{"Reverse-v0", 200, 25.0}),
                                .observation = algorithmic::observation_space(Params{}.base),
                                .action = algorithmic::action_space<false>(Params{}.base),
                                .params = fields(field<&Params::base>("base", "number of symbols, 1 to 16")),
                                .constants = algorithmic::curriculum_fields<Params>(),
                                .python = {.render_mode_last = true, .constants_of_class = true},
                                .render_fps = 4};

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    algorithmic::draw_tape(s, rng, params.base, length);
    s.target_length = length;
  }
  static constexpr std::int32_t target(const State& s, const Params&, std::int32_t i) {
    return s.input[0][s.length - 1 - i];
  }
};

}  // namespace PLYO_ENVS
