// A point that drifts over a line: a task for shared objects. PLYO_TEST_BIAS, which one of them sets,
// distinguishes two builds of the same struct.
#pragma once

#include "core/environment.hpp"

#if !defined(PLYO_TEST_BIAS)
#define PLYO_TEST_BIAS 0
#define PLYO_TEST_ID "Drifter-v0"
#endif

namespace PLYO_ENVS {

struct Drifter {
  struct State {
    double position, speed;
  };
  struct Params {
    double push = 0.25;
  };
  struct ResetOptions {
    double spread = 1.0;
  };
  using Action = std::int32_t;
  using Observation = float[2];

  static constexpr double kBias = PLYO_TEST_BIAS;

  static constexpr EnvInfo info{.summary = "Drift over a line.",
                                .source = "this file",
                                .variants = variants(Variant{PLYO_TEST_ID, 40}),
                                .observation = box({{"position"}, {"speed"}}),
                                .action = discrete({"left", "stay", "right"}),
                                .params = fields(field<&Params::push>("push", "m/s a step, positive")),
                                .reset_options = fields(field<&ResetOptions::spread>("spread", "m"))};

  static constexpr Text check(const Params& params) {
    return params.push > 0 ? "" : "push ({push}) must be positive";
  }
  static constexpr bool is_state(const State& s, const Params&) { return math::abs(s.position) <= 4; }
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.position = rng.uniform(-options.spread, options.spread);
    s.speed = kBias;
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    s.speed += (action - 1) * params.push;
    s.position = math::clip(s.position + s.speed, -4.0, 4.0);
    return {1.0 - math::abs(s.position), math::abs(s.position) >= 4.0};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.speed);
  }
};

}  // namespace PLYO_ENVS
