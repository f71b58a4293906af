// Cart-pole balancing (Barto, Sutton & Anderson 1983).
// Reference: gymnasium 1.4.0 CartPole-v1. Differences: none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct CartPole {
  struct State {
    double x, x_dot;          // m, m/s
    double theta, theta_dot;  // rad from upright, rad/s
  };
  struct Params {
    bool sutton_barto_reward = false;
  };
  struct ResetOptions {
    double low = -0.05, high = 0.05;
  };
  using Action = std::int32_t;
  using Observation = float[4];

  static constexpr double kGravity = 9.8;                             // m/s^2
  static constexpr double kMassPole = 0.1;                            // kg
  static constexpr double kTotalMass = 1.1;                           // kg, cart and pole
  static constexpr double kHalfLength = 0.5;                          // m, half the pole
  static constexpr double kPoleMassLength = kMassPole * kHalfLength;  // kg m
  static constexpr double kForce = 10.0;                              // N
  static constexpr double kTimeStep = 0.02;                           // s
  static constexpr double kXLimit = 2.4;                              // m
  static constexpr double kThetaLimit = 12 * 2 * math::kPi / 360;     // rad

  static constexpr EnvInfo info{
      .summary = "Balance a pole on a cart by pushing the cart left or right.",
      .source = "Barto, Sutton & Anderson (1983); gymnasium 1.4.0 CartPole",
      .variants = variants(Variant{"CartPole-v0", 200, 195.0}, Variant{"CartPole-v1", 500, 475.0}),
      .observation = box({{"cart position", "m", -2 * kXLimit, 2 * kXLimit},
                          {"cart velocity", "m/s"},
                          {"pole angle", "rad", -2 * kThetaLimit, 2 * kThetaLimit},
                          {"pole angular velocity", "rad/s"}}),
      .action = discrete({"push left", "push right"}),
      .params = fields(field<&Params::sutton_barto_reward>(
          "sutton_barto_reward", "reward 0 a step and -1 at the fall, in place of 1 a step")),
      .reset_options =
          fields(field<&ResetOptions::low>("low", "lower bound of every initial state variable"),
                 field<&ResetOptions::high>("high", "upper bound of every initial state variable")),
      .python = {.module = "cartpole", .render_mode_last = true},
      .num_variables = 4,
      .render_fps = 50};

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.x = rng.uniform(options.low, options.high);
    s.x_dot = rng.uniform(options.low, options.high);
    s.theta = rng.uniform(options.low, options.high);
    s.theta_dot = rng.uniform(options.low, options.high);
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    const double force = action == 1 ? kForce : -kForce;
    const auto [sin_theta, cos_theta] = math::sincos(s.theta);

    // accelerations of cart and pole
    const double temp = (force + kPoleMassLength * (s.theta_dot * s.theta_dot) * sin_theta) / kTotalMass;
    const double theta_acc = (kGravity * sin_theta - cos_theta * temp) /
                             (kHalfLength * (4.0 / 3.0 - kMassPole * (cos_theta * cos_theta) / kTotalMass));
    const double x_acc = temp - kPoleMassLength * theta_acc * cos_theta / kTotalMass;

    // explicit Euler: positions move with the old velocities
    s.x = s.x + kTimeStep * s.x_dot;
    s.x_dot = s.x_dot + kTimeStep * x_acc;
    s.theta = s.theta + kTimeStep * s.theta_dot;
    s.theta_dot = s.theta_dot + kTimeStep * theta_acc;

    const bool fallen = (math::abs(s.x) > kXLimit) | (math::abs(s.theta) > kThetaLimit);
    // chosen before the lanes' own condition: the same for all, so not part of the vector loop
    const double reward_upright = params.sutton_barto_reward ? 0.0 : 1.0;
    const double reward_fallen = params.sutton_barto_reward ? -1.0 : 1.0;
    return {fallen ? reward_fallen : reward_upright, fallen};
  }

  // A cart that goes on after its fall earns nothing for staying fallen.
  static constexpr double reward_past_end(const Step& step, const Params& params) {
    return step.terminated != 0 && !params.sutton_barto_reward ? 0.0 : step.reward;
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.x);
    out[1] = static_cast<float>(s.x_dot);
    out[2] = static_cast<float>(s.theta);
    out[3] = static_cast<float>(s.theta_dot);
  }
};

}  // namespace PLYO_ENVS
