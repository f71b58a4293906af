// A car in a valley, too weak to drive straight up the hill, with a force of any size (Moore 1990).
// Reference: gymnasium 1.4.0 MountainCarContinuous-v0. Differences: none. NumPy's promotion rules make the
// reference work in float64 in the first step of an episode and in float32 from then on; so does this file.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct MountainCarContinuous {
  struct State {
    double position;  // m
    double velocity;  // m/step
    double single;    // 0 before the first step, then 1: position and velocity are float32 values
  };
  struct Params {
    double goal_velocity = 0.0;  // m/step
  };
  struct ResetOptions {
    double low = -0.6, high = -0.4;  // m
  };
  using Action = float[1];
  using Observation = float[2];

  static constexpr double kMinPosition = -1.2;   // m, an inelastic wall
  static constexpr double kMaxPosition = 0.6;    // m
  static constexpr double kMaxSpeed = 0.07;      // m/step
  static constexpr double kGoalPosition = 0.45;  // m
  static constexpr double kMaxAction = 1.0;      // of the engine's power
  static constexpr double kPower = 0.0015;       // m/step^2
  static constexpr double kGravity = 0.0025;     // m/step^2
  static constexpr double kHillFrequency = 3;    // rad/m, the hill is sin(kHillFrequency * position)
  static constexpr double kGoalReward = 100.0;
  static constexpr double kEffortCost = 0.1;  // at full power

  static constexpr EnvInfo info{
      .summary = "Drive an underpowered car up a hill with as little force as possible.",
      .source = "Moore (1990); gymnasium 1.4.0 Continuous_MountainCar",
      .variants = variants(Variant{"MountainCarContinuous-v0", 999, 90.0}),
      .observation =
          box({{"position", "m", kMinPosition, kMaxPosition}, {"velocity", "m/step", -kMaxSpeed, kMaxSpeed}}),
      .action = box({{"force", "of the engine's power", -kMaxAction, kMaxAction}}),
      .params = fields(field<&Params::goal_velocity>(
          "goal_velocity", "m/step, the least velocity at which the goal counts as reached")),
      .reset_options = fields(field<&ResetOptions::low>("low", "m, lower bound of the initial position"),
                              field<&ResetOptions::high>("high", "m, upper bound of the initial position")),
      .python = {.module = "continuous_mountain_car", .class_name = "Continuous_MountainCarEnv"},
      .num_variables = 2,
      .render_fps = 30};

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.position = rng.uniform(options.low, options.high);
    s.velocity = 0.0;
    s.single = 0.0;
  }

  static constexpr void complete(State& s) { s.single = 0.0; }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    // One float32 operation is the double one rounded once more; a constant that meets a float32 becomes one.
    const bool single = s.single != 0.0;
    const auto rounded = [single](double x) {
      return single ? static_cast<double>(static_cast<float>(x)) : x;
    };

    // Within its bounds the action is a float32, and so is the acceleration; a clipped one is a Python float.
    const double wanted = static_cast<double>(action[0]);
    const double force = math::clip(wanted, -kMaxAction, kMaxAction);
    const double slope = kGravity * math::cos(rounded(kHillFrequency * s.position));
    const float change = action[0] * static_cast<float>(kPower) - static_cast<float>(slope);
    const double acceleration =
        force == wanted ? static_cast<double>(change) : rounded(force * kPower - slope);

    // A clipped velocity is a Python float too: the goal's comparison below sees all its bits.
    const double velocity = rounded(s.velocity + acceleration);
    const double limit = rounded(kMaxSpeed);
    const bool limited = math::abs(velocity) > limit;
    const double new_velocity = limited ? math::copysign(limit, velocity) : velocity;

    // the left wall stops the car
    const double left = rounded(kMinPosition);
    const double position = math::clip(rounded(s.position + new_velocity), left, rounded(kMaxPosition));
    const bool stopped = (position == left) & (new_velocity < 0.0);

    const double compared = limited ? math::copysign(kMaxSpeed, velocity) : velocity;
    const double goal = limited ? params.goal_velocity : rounded(params.goal_velocity);
    const bool arrived = (position >= rounded(kGoalPosition)) & (compared >= goal);

    s.position = static_cast<double>(static_cast<float>(position));
    s.velocity = stopped ? 0.0 : static_cast<double>(static_cast<float>(new_velocity));
    s.single = 1.0;
    // the cost is that of the action before clipping
    return {(arrived ? kGoalReward : 0.0) - math::square(wanted) * kEffortCost, arrived};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }
};

}  // namespace PLYO_ENVS
