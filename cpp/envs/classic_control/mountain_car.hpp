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
  static constexpr double kMinPosition = -1.2, kMaxPosition = 0.6;  // m
  static constexpr double kMaxSpeed = 0.07;                         // m/step

  struct Params {
    double goal_velocity = 0.0;          // m/step
    double min_position = kMinPosition;  // m, an inelastic wall
    double max_position = kMaxPosition;  // m
    double max_speed = kMaxSpeed;        // m/step
    double goal_position = 0.5;          // m
    double force = 0.001;                // m/step^2
    double gravity = 0.0025;             // m/step^2
  };
  struct ResetOptions {
    double low = -0.6, high = -0.4;  // m
  };
  using Action = std::int32_t;
  using Observation = float[2];

  static constexpr double kHillFrequency = 3;  // rad/m, the hill is sin(kHillFrequency * position)

  static constexpr EnvInfo info{
      .summary = "Drive an underpowered car up a hill by swinging back and forth in the valley.",
      .source = "Moore (1990), Sutton (1996); gymnasium 1.4.0 MountainCar",
      .variants = variants(Variant{"MountainCar-v0", 200, -110.0}),
      .observation =
          box({{"position", "m", kMinPosition, kMaxPosition}, {"velocity", "m/step", -kMaxSpeed, kMaxSpeed}}),
      .action = discrete({"accelerate to the left", "do not accelerate", "accelerate to the right"}),
      .params = fields(limit(live(field<&Params::goal_velocity>(
          "goal_velocity", "m/step, the least velocity at which the goal counts as reached")))),
      .reset_options = fields(field<&ResetOptions::low>("low", "m, lower bound of the initial position"),
                              field<&ResetOptions::high>("high", "m, upper bound of the initial position")),
      .constants = fields(
          limit(field<&Params::min_position>("min_position", "m, where a wall stops the car")),
          limit(field<&Params::max_position>("max_position", "m, where the track ends")),
          limit(field<&Params::max_speed>("max_speed", "m/step, beyond which the velocity is clipped")),
          limit(field<&Params::goal_position>("goal_position", "m, from where on the goal is reached")),
          field<&Params::force>("force", "m/step^2, of the engine"),
          field<&Params::gravity>("gravity", "m/step^2, along the steepest slope")),
      .num_variables = 2,
      .render_fps = 30};

  static constexpr Text check(const Params& params) {
    if (params.min_position >= params.max_position) {
      return "min_position must be less than max_position ({max_position}), got {min_position}";
    }
    if (params.max_speed < 0) return "max_speed must not be negative, got {max_speed}";
    return "";
  }

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.position = rng.uniform(options.low, options.high);
    s.velocity = 0.0;
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    // the engine and the slope change the velocity
    const double push = (action - 1) * params.force;
    const double pushed = s.velocity + (push + math::cos(kHillFrequency * s.position) * -params.gravity);
    const double velocity = math::clip(pushed, -params.max_speed, params.max_speed);
    const double moved = s.position + velocity;

    // the left wall stops the car; in terms of numbers that were not clipped, as GCC makes no vector code of
    // comparisons with a selected constant
    const bool stopped = (moved <= params.min_position) & (pushed < 0.0) & (params.max_speed > 0.0);
    const bool there = ((moved >= params.goal_position) & (params.max_position >= params.goal_position)) |
                       (params.min_position >= params.goal_position);
    s.position = math::clip(moved, params.min_position, params.max_position);
    s.velocity = stopped ? 0.0 : velocity;
    const bool arrived = there & (s.velocity >= params.goal_velocity);
    return {-1.0, arrived};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
    out[1] = static_cast<float>(s.velocity);
  }
};

}  // namespace PLYO_ENVS
