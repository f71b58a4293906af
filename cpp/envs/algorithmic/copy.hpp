// Copying a tape of symbols.
// Reference: gym 0.18.3 Copy-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct CopyParams {
  std::int64_t base = 5;
  bool chars = true;
  double MIN_REWARD_SHORTFALL_FOR_PROMOTION = -1.0;
  std::int64_t last = 10;  // episodes
};

struct Copy : algorithmic::Task<Copy, algorithmic::Episode<1>, CopyParams> {
  static constexpr std::int32_t kMinLength = 2;

  static constexpr EnvInfo info{
      .summary = "Copy the symbols of a tape.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 Copy",
      .variants = variants(Variant{"Copy-v0", 200, 25.0}),
      .observation = algorithmic::observation_space(Params{}.base),
      .action = algorithmic::action_space<false>(Params{}.base),
      .params =
          fields(field<&Params::base>("base", "number of symbols, 1 to 16"),
                 field<&Params::chars>("chars", "whether symbols are shown as letters, not as numbers")),
      .constants = algorithmic::curriculum_fields<Params>(),
      .python = {.module = "copy_", .render_mode_last = true, .constants_of_class = true},
      .render_fps = 4};

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    algorithmic::draw_tape(s, rng, params.base, length);
    s.target_length = length;
  }
  static constexpr std::int32_t target(const State& s, const Params&, std::int32_t i) {
    return s.input[0][i];
  }
  static constexpr bool has_letters(const Params& params) { return params.chars; }
};

}  // namespace PLYO_ENVS
