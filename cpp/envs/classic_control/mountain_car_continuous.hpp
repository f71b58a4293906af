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
  static constexpr double kMinPosition = -1.2, kMaxPosition = 0.6;  // m
  static constexpr double kMaxSpeed = 0.07;                         // m/step
  static constexpr double kMinAction = -1.0, kMaxAction = 1.0;      // of the engine's power

  struct Params {
    double goal_velocity = 0.0;          // m/step
    double min_action = kMinAction;      // of the engine's power
    double max_action = kMaxAction;      // of the engine's power
    double min_position = kMinPosition;  // m, an inelastic wall
    double max_position = kMaxPosition;  // m
    double max_speed = kMaxSpeed;        // m/step
    double goal_position = 0.45;         // m
    double power = 0.0015;               // m/step^2
  };
  struct ResetOptions {
    double low = -0.6, high = -0.4;  // m
  };
  using Action = float[1];
  using Observation = float[2];

  static constexpr double kGravity = 0.0025;   // m/step^2
  static constexpr double kHillFrequency = 3;  // rad/m, the hill is sin(kHillFrequency * position)
  static constexpr double kGoalReward = 100.0;
  static constexpr double kEffortCost = 0.1;  // at full power

  static constexpr EnvInfo info{
      .summary = "Drive an underpowered car up a hill with as little force as possible.",
      .source = "Moore (1990); gymnasium 1.4.0 Continuous_MountainCar",
      .variants = variants(Variant{"MountainCarContinuous-v0", 999, 90.0}),
      .observation =
          box({{"position", "m", kMinPosition, kMaxPosition}, {"velocity", "m/step", -kMaxSpeed, kMaxSpeed}}),
      .action = box({{"force", "of the engine's power", kMinAction, kMaxAction}}),
      .params = fields(limit(live(field<&Params::goal_velocity>(
          "goal_velocity", "m/step, the least velocity at which the goal counts as reached")))),
      .reset_options = fields(field<&ResetOptions::low>("low", "m, lower bound of the initial position"),
                              field<&ResetOptions::high>("high", "m, upper bound of the initial position")),
      .constants = fields(
          limit(field<&Params::min_action>("min_action",
                                           "of the engine's power, below which actions are clipped")),
          limit(field<&Params::max_action>("max_action",
                                           "of the engine's power, above which actions are clipped")),
          limit(field<&Params::min_position>("min_position", "m, where a wall stops the car")),
          limit(field<&Params::max_position>("max_position", "m, where the track ends")),
          limit(field<&Params::max_speed>("max_speed", "m/step, beyond which the velocity is clipped")),
          limit(field<&Params::goal_position>("goal_position", "m, from where on the goal is reached")),
          field<&Params::power>("power", "m/step^2, of the engine")),
      .python = {.module = "continuous_mountain_car", .class_name = "Continuous_MountainCarEnv"},
      .num_variables = 2,
      .render_fps = 30};

  static constexpr Text check(const Params& params) {
    if (params.min_position >= params.max_position) {
      return "min_position must be less than max_position ({max_position}), got {min_position}";
    }
    if (params.max_speed < 0) return "max_speed must not be negative, got {max_speed}";
    if (params.min_action > params.max_action) {
      return "min_action must be at most max_action ({max_action}), got {min_action}";
    }
    return "";
  }

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
    const auto rounded = [single](double x) { return single ? to_float(x) : x; };

    // Within its bounds the action is a float32, and so is the acceleration; a clipped one is a Python float.
    const double wanted = static_cast<double>(action[0]);
    const bool too_low = wanted < to_float(params.min_action);
    const bool too_high = wanted > to_float(params.max_action);
    const double force = too_low ? params.min_action : params.max_action;
    const double slope = kGravity * math::cos(rounded(kHillFrequency * s.position));
    const float change = action[0] * static_cast<float>(params.power) - static_cast<float>(slope);
    const double acceleration =
        (too_low | too_high) ? rounded(force * params.power - slope) : static_cast<double>(change);

    // A clipped velocity is a Python float too: the goal's comparison below sees all its bits.
    const double pushed = rounded(s.velocity + acceleration);
    const double limit = rounded(params.max_speed);
    const bool limited = math::abs(pushed) > limit;
    const double velocity = limited ? math::copysign(limit, pushed) : pushed;

    // the left wall stops the car
    const double moved = rounded(s.position + velocity);
    const double left = rounded(params.min_position), right = rounded(params.max_position);
    const bool stopped = (moved <= left) & (pushed < 0.0) & (params.max_speed > 0.0);
    const double new_velocity = stopped ? 0.0 : velocity;

    // a clipped position is a Python float as well
    const bool seen = (params.max_position >= params.goal_position) | (moved <= right);
    const bool there =
        ((moved >= rounded(params.goal_position)) & seen) | (params.min_position >= params.goal_position);
    const double exact = limited ? math::copysign(params.max_speed, pushed) : pushed;
    const double compared = stopped ? 0.0 : exact;
    const double least = (limited | stopped) ? params.goal_velocity : rounded(params.goal_velocity);
    const bool arrived = there & (compared >= least);

    s.position = to_float(math::clip(moved, left, right));
    s.velocity = to_float(new_velocity);
    s.single = 1.0;
    // the cost depends on the action before clipping
    return {(arrived ? kGoalReward : 0.0) - math::square(wanted) * kEffortCost, arrived};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }

 private:
  static constexpr double to_float(double x) { return static_cast<double>(static_cast<float>(x)); }
};

}  // namespace PLYO_ENVS
