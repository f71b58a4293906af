// Swinging up a pendulum with a torque too small to lift it at once.
// Reference: gymnasium 1.4.0 Pendulum-v1. Differences: none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct Pendulum {
  struct State {
    double theta, theta_dot;      // rad from upright, not wrapped, rad/s
    double sin_theta, cos_theta;  // of theta: one evaluation serves the observation and the next step
    double torque;                // N m, of the last step, for pictures; 0 before the first
  };
  static constexpr double kMaxSpeed = 8.0;   // rad/s
  static constexpr double kMaxTorque = 2.0;  // N m

  struct Params {
    double g = 10.0;                 // m/s^2
    double max_speed = kMaxSpeed;    // rad/s
    double max_torque = kMaxTorque;  // N m
    double dt = 0.05;                // s
    double m = 1.0;                  // kg
    double l = 1.0;                  // m

    // derived from those: this saves two divisions a step where every lane has its own
    double swing = 15.0;  // 1/s^2, of gravity
    double lever = 3.0;   // 1/(kg m^2), of the torque
    constexpr void derive() {
      swing = 3 * g / (2 * l);
      lever = static_cast<double>(static_cast<float>(3.0 / (m * math::square(l))));
    }
  };
  struct ResetOptions {
    double x_init = math::kPi;  // rad
    double y_init = 1.0;        // rad/s
  };
  using Action = float[1];
  using Observation = float[3];

  static constexpr double kSpeedCost = 0.1;
  static constexpr float kTorqueCost = 0.001F;

  static constexpr EnvInfo info{
      .summary = "Swing a pendulum up and keep it upright with little torque.",
      .source = "gymnasium 1.4.0 Pendulum",
      .variants = variants(Variant{"Pendulum-v1", 200}),
      .observation = box({{"cosine of the angle", "", -1.0, 1.0},
                          {"sine of the angle", "", -1.0, 1.0},
                          {"angular velocity", "rad/s", -kMaxSpeed, kMaxSpeed}}),
      .action = box({{"torque", "N m", -kMaxTorque, kMaxTorque}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = fields(live(field<&Params::g>("g", "m/s^2, acceleration of gravity"))),
      .reset_options =
          fields(field<&ResetOptions::x_init>("x_init", "rad, bound of the initial angle on either side"),
                 field<&ResetOptions::y_init>("y_init",
                                              "rad/s, bound of the initial angular velocity on either side")),
      .constants = fields(
          limit(field<&Params::max_speed>("max_speed", "rad/s, beyond which the velocity is clipped")),
          limit(field<&Params::max_torque>("max_torque", "N m, beyond which an action is clipped")),
          field<&Params::dt>("dt", "s, of a step"), positive(field<&Params::m>("m", "kg, mass of the rod")),
          positive(field<&Params::l>("l", "m, length of the rod"))),
      .num_variables = 2,
      .render_fps = 30};

  static constexpr Text check(const ResetOptions& options) {
    if (options.x_init < 0) return "x_init ({x_init}) must not be negative.";
    if (options.y_init < 0) return "y_init ({y_init}) must not be negative.";
    return "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    s.theta = rng.uniform(-options.x_init, options.x_init);
    s.theta_dot = rng.uniform(-options.y_init, options.y_init);
    s.torque = 0;
    keep_sine(s);
  }

  static constexpr void complete(State& s) { keep_sine(s); }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    // The torque is a float32 until it meets the gravity.
    const auto limit = static_cast<float>(params.max_torque);
    const float torque = math::clip(action[0], -limit, limit);
    const float effort = kTorqueCost * math::square(torque);
    const double angle = math::floor_mod(s.theta + math::kPi, math::kTwoPi) - math::kPi;
    const double cost =
        math::square(angle) + kSpeedCost * math::square(s.theta_dot) + static_cast<double>(effort);

    // Euler's method, the angle with the new velocity
    const double gravity = params.swing * s.sin_theta;
    const float push = static_cast<float>(params.lever) * torque;
    const double theta_dot = s.theta_dot + (gravity + static_cast<double>(push)) * params.dt;
    s.theta_dot = math::clip(theta_dot, -params.max_speed, params.max_speed);
    s.theta = s.theta + s.theta_dot * params.dt;
    s.torque = static_cast<double>(torque);
    keep_sine(s);
    return {-cost, false};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.cos_theta);
    out[1] = static_cast<float>(s.sin_theta);
    out[2] = static_cast<float>(s.theta_dot);
  }

 private:
  static constexpr void keep_sine(State& s) {
    const auto [sine, cosine] = math::sincos(s.theta);
    s.sin_theta = sine;
    s.cos_theta = cosine;
  }
};

}  // namespace PLYO_ENVS
