// A car in a valley, too weak to drive straight up the hill (Moore 1990).
// Reference: gymnasium 1.4.0 MountainCar-v0. Differences: none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct MountainCar {
  struct State {
    double position;  // m
    double velocity;  // m/step
  };
  struct Params {
    double goal_velocity = 0.0;  // m/step
  };
  struct ResetOptions {
    double low = -0.6, high = -0.4;  // m
  };
  using Action = std::int32_t;
  using Observation = float[2];

  static constexpr double kMinPosition = -1.2;  // m, an inelastic wall
  static constexpr double kMaxPosition = 0.6;   // m
  static constexpr double kMaxSpeed = 0.07;     // m/step
  static constexpr double kGoalPosition = 0.5;  // m
  static constexpr double kForce = 0.001;       // m/step^2
  static constexpr double kGravity = 0.0025;    // m/step^2
  static constexpr double kHillFrequency = 3;   // rad/m, the hill is sin(kHillFrequency * position)

  static constexpr EnvInfo info{
      .summary = "Drive an underpowered car up a hill by swinging back and forth in the valley.",
      .source = "Moore (1990), Sutton (1996); gymnasium 1.4.0 MountainCar",
      .variants = variants(Variant{"MountainCar-v0", 200, -110.0}),
      .observation =
          box({{"position", "m", kMinPosition, kMaxPosition}, {"velocity", "m/step", -kMaxSpeed, kMaxSpeed}}),
      .action = discrete({"accelerate to the left", "do not accelerate", "accelerate to the right"}),
      .params = fields(field<&Params::goal_velocity>(
          "goal_velocity", "m/step, the least velocity at which the goal counts as reached")),
      .reset_options = fields(field<&ResetOptions::low>("low", "m, lower bound of the initial position"),
                              field<&ResetOptions::high>("high", "m, upper bound of the initial position")),
      .num_variables = 2,
      .render_fps = 30};

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.position = rng.uniform(options.low, options.high);
    s.velocity = 0.0;
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    // the engine and the slope change the velocity
    const double push = (action - 1) * kForce;
    const double pushed = s.velocity + (push + math::cos(kHillFrequency * s.position) * -kGravity);
    const double velocity = math::clip(pushed, -kMaxSpeed, kMaxSpeed);
    const double moved = s.position + velocity;
    s.position = math::clip(moved, kMinPosition, kMaxPosition);
    const bool stopped = (moved <= kMinPosition) & (pushed < 0.0);
    s.velocity = stopped ? 0.0 : velocity;
    const bool arrived = (moved >= kGoalPosition) & (velocity >= params.goal_velocity);
    return {-1.0, arrived};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }
};

}  // namespace PLYO_ENVS
