// Copying a tape on which every symbol stands several times.
// Reference: gym 0.18.3 DuplicatedInput-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct DuplicatedInput {
  static constexpr std::int64_t kBase = 5;

  using State = algorithmic::Episode<1>;
  struct Params {
    std::int64_t duplication = 2;
    std::int64_t base = kBase;
  };
  using ResetOptions = NoResetOptions;
  using Action = algorithmic::Action;
  using Observation = std::int64_t;

  static constexpr algorithmic::Curriculum kCurriculum{.min_length = 2, .window = 10, .shortfall = -1.0};

  static constexpr EnvInfo info{
      .summary = "Copy a tape on which every symbol stands twice, writing each once.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 DuplicatedInput",
      .variants = variants(Variant{"DuplicatedInput-v0", 200, 9.0}),
      .observation = algorithmic::observation_space(kBase),
      .action = algorithmic::action_space<false>(kBase),
      .params = fields(
          field<&Params::duplication>("duplication", "how many times a symbol stands on the tape, 1 to 32"),
          field<&Params::base>("base", "number of symbols, 1 to 16")),
      .python = {.render_mode_last = true},
      .render_fps = 4};

  static constexpr std::string_view check(const Params& params) {
    if (params.duplication < 1 || params.duplication > algorithmic::kLongestInput) {
      return "duplication ({duplication}) must be from 1 to 32";
    }
    return algorithmic::is_legal_base(params.base) ? "" : "base ({base}) must be from 1 to 16";
  }
  static constexpr SpaceInfo observation_space(const Params& params) {
    return algorithmic::observation_space(params.base);
  }
  static constexpr SpaceInfo action_space(const Params& params) {
    return algorithmic::action_space<false>(params.base);
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
  static constexpr std::int32_t time_limit(const State& s) { return s.length + s.target_length + 4; }
  static constexpr bool has_letters(const Params&) { return true; }

  static constexpr bool is_state(const State& s, const Params& params) {
    return algorithmic::is_state<DuplicatedInput>(s, params);
  }
  static constexpr void reset(State& s, const State* previous, Rng& rng, const Params& params,
                              const ResetOptions&) {
    algorithmic::reset<DuplicatedInput>(s, previous, rng, params);
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    return algorithmic::step<DuplicatedInput>(s, action, params);
  }
  // no other than before the end, so that users are warned
  static constexpr double reward_past_end(const Step& step, const Params&) { return step.reward; }
  static constexpr void observe(const State& s, const Params& params, Observation& out) {
    algorithmic::observe(s, params, out);
  }
  static constexpr void write_text(const State& s, const Params& params, TextWriter out) {
    algorithmic::write_text<DuplicatedInput>(s, params, out);
  }
  static constexpr AttributeList attributes() { return algorithmic::attributes<DuplicatedInput>(); }
};

}  // namespace PLYO_ENVS
