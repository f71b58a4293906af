// Copying a tape that repeats every symbol several times.
// Reference: gym 0.18.3 DuplicatedInput-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct DuplicatedInputParams {
  std::int64_t duplication = 2;
  std::int64_t base = 5;
  double MIN_REWARD_SHORTFALL_FOR_PROMOTION = -1.0;
  std::int64_t last = 10;  // episodes
};

struct DuplicatedInput : algorithmic::Task<DuplicatedInput, algorithmic::Episode<1>, DuplicatedInputParams> {
  static constexpr std::int32_t kMinLength = 2;

  static constexpr EnvInfo info{
      .summary = "Copy a tape on which every symbol stands twice, writing each once.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 DuplicatedInput",
      .variants = variants(Variant{"DuplicatedInput-v0", 200, 9.0}),
      .observation = algorithmic::observation_space(Params{}.base),
      .action = algorithmic::action_space<false>(Params{}.base),
      .params = fields(live(field<&Params::duplication>(
                           "duplication", "how many times a symbol stands on the tape, 1 to 32")),
                       field<&Params::base>("base", "number of symbols, 1 to 16")),
      .constants = algorithmic::curriculum_fields<Params>(),
      .python = {.render_mode_last = true, .constants_of_class = true},
      .render_fps = 4};

  static constexpr Text check(const Params& params) {
    if (params.duplication < 1 || params.duplication > algorithmic::kLongestInput) {
      return "duplication ({duplication}) must be from 1 to 32";
    }
    return Task::check(params);
  }

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    const auto times = static_cast<std::int32_t>(params.duplication);
    // one symbol at least
    s.target_length = (length < times ? times : length) / times;
    s.length = s.target_length * times;
    for (std::int32_t i = 0; i < s.target_length; ++i) {
      const std::int64_t symbol = rng.integers(0, params.base);
      for (std::int32_t k = 0; k < times; ++k) s.input[0].fill(i * times + k, symbol);
    }
  }
  static constexpr std::int32_t target(const State& s, const Params& params, std::int32_t i) {
    return s.input[0][i * static_cast<std::int32_t>(params.duplication)];
  }
};

}  // namespace PLYO_ENVS
