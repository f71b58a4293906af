// Copying a tape of symbols.
// Reference: gym 0.18.3 Copy-v0. Differences: those of common/algorithmic.hpp.
#pragma once

#include "common/algorithmic.hpp"

namespace PLYO_ENVS {

struct Copy {
  static constexpr std::int64_t kBase = 5;

  using State = algorithmic::Episode<1>;
  struct Params {
    std::int64_t base = kBase;
    bool chars = true;
  };
  using ResetOptions = NoResetOptions;
  using Action = algorithmic::Action;
  using Observation = std::int64_t;

  static constexpr algorithmic::Curriculum kCurriculum{.min_length = 2, .window = 10, .shortfall = -1.0};

  static constexpr EnvInfo info{
      .summary = "Copy the symbols of a tape.",
      .source = "Zaremba et al. (2015), arXiv:1511.07275; gym 0.18.3 Copy",
      .variants = variants(Variant{"Copy-v0", 200, 25.0}),
      .observation = algorithmic::observation_space(kBase),
      .action = algorithmic::action_space<false>(kBase),
      .params =
          fields(field<&Params::base>("base", "number of symbols, 1 to 16"),
                 field<&Params::chars>("chars", "whether symbols are shown as letters, not as numbers")),
      .python = {.module = "copy_", .render_mode_last = true},
      .render_fps = 4};

  static constexpr std::string_view check(const Params& params) {
    return algorithmic::is_legal_base(params.base) ? "" : "base ({base}) must be from 1 to 16";
  }
  static constexpr SpaceInfo observation_space(const Params& params) {
    return algorithmic::observation_space(params.base);
  }
  static constexpr SpaceInfo action_space(const Params& params) {
    return algorithmic::action_space<false>(params.base);
  }

  static constexpr void generate(State& s, Rng& rng, const Params& params, std::int32_t length) {
    algorithmic::draw_tape(s, rng, params.base, length);
    s.target_length = length;
  }
  static constexpr std::int32_t target(const State& s, const Params&, std::int32_t i) {
    return s.input[0][i];
  }
  static constexpr std::int32_t time_limit(const State& s) { return s.length + s.target_length + 4; }
  static constexpr bool has_letters(const Params& params) { return params.chars; }

  static constexpr bool is_state(const State& s, const Params& params) {
    return algorithmic::is_state<Copy>(s, params);
  }
  static constexpr void reset(State& s, const State* previous, Rng& rng, const Params& params,
                              const ResetOptions&) {
    algorithmic::reset<Copy>(s, previous, rng, params);
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    return algorithmic::step<Copy>(s, action, params);
  }
  // no other than before the end, so that users are warned
  static constexpr double reward_past_end(const Step& step, const Params&) { return step.reward; }
  static constexpr void observe(const State& s, const Params& params, Observation& out) {
    algorithmic::observe(s, params, out);
  }
  static constexpr void write_text(const State& s, const Params& params, TextWriter out) {
    algorithmic::write_text<Copy>(s, params, out);
  }
  static constexpr AttributeList attributes() { return algorithmic::attributes<Copy>(); }
};

}  // namespace PLYO_ENVS
