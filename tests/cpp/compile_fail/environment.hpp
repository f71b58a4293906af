// A correct environment in pieces, from which each file of this folder takes all but one.
#pragma once

#include "core/environment.hpp"
#include "kernels/make_task.hpp"

namespace PLYO_ENVS {

struct Correct {
  struct State {
    double position, velocity;
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = float[2];

  static constexpr EnvInfo info{.summary = "A point on a line.",
                                .source = "this file",
                                .variants = variants(Variant{"Point-v0"}),
                                .observation = box({{"position", "m"}, {"velocity", "m/s"}}),
                                .action = discrete({"left", "right"})};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s = {rng.uniform(-1.0, 1.0), 0.0};
  }

  static constexpr Step step(State& s, const Action& action, const Params&) {
    s.velocity += action == 1 ? 0.1 : -0.1;
    s.position += s.velocity;
    return {-s.position * s.position, s.position > 2.0};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }
};

}  // namespace PLYO_ENVS
