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
  static constexpr double kXThreshold = 2.4;                           // m
  static constexpr double kThetaThreshold = 12 * 2 * math::kPi / 360;  // rad
  static constexpr Text kEuler = "euler";

  struct Params {
    Flag sutton_barto_reward = false;
    double gravity = 9.8;                              // m/s^2
    double masscart = 1.0;                             // kg
    double masspole = 0.1;                             // kg
    double total_mass = 1.1;                           // kg, cart and pole
    double length = 0.5;                               // m, half the pole
    double polemass_length = 0.1 * 0.5;                // kg m
    double force_mag = 10.0;                           // N
    double tau = 0.02;                                 // s
    double theta_threshold_radians = kThetaThreshold;  // rad
    double x_threshold = kXThreshold;                  // m
    Text kinematics_integrator = kEuler;
    Flag is_semi_implicit = false;  // follows from the integrator
  };
  struct ResetOptions {
    double low = -0.05, high = 0.05;
  };
  using Action = std::int32_t;
  using Observation = float[4];

  // 4.3 ns a lane-step with AVX-512, 4.7 without
  static constexpr bool folds_constants = true;

  static constexpr EnvInfo info{
      .summary = "Balance a pole on a cart by pushing the cart left or right.",
      .source = "Barto, Sutton & Anderson (1983); gymnasium 1.4.0 CartPole",
      .variants = variants(Variant{"CartPole-v0", 200, 195.0}, Variant{"CartPole-v1", 500, 475.0}),
      .observation = box({{"cart position", "m", -2 * kXThreshold, 2 * kXThreshold},
                          {"cart velocity", "m/s"},
                          {"pole angle", "rad", -2 * kThetaThreshold, 2 * kThetaThreshold},
                          {"pole angular velocity", "rad/s"}}),
      .action = discrete({"push left", "push right"}),
      .params =
          fields(live(field<&Params::sutton_barto_reward>(
                          "sutton_barto_reward", "reward 0 a step and -1 at the fall, in place of 1 a step"),
                      "_sutton_barto_reward")),
      .reset_options =
          fields(field<&ResetOptions::low>("low", "lower bound of every initial state variable"),
                 field<&ResetOptions::high>("high", "upper bound of every initial state variable")),
      .constants = fields(
          field<&Params::gravity>("gravity", "m/s^2, downwards"),
          field<&Params::masscart>("masscart", "kg; counts in total_mass, which stays when this is changed"),
          field<&Params::masspole>("masspole", "kg; counts in total_mass and polemass_length, which stay"),
          positive(field<&Params::total_mass>("total_mass", "kg, of cart and pole")),
          positive(field<&Params::length>("length", "m, half of the pole's")),
          field<&Params::polemass_length>("polemass_length", "kg m, mass of the pole times its half length"),
          field<&Params::force_mag>("force_mag", "N, of a push"), field<&Params::tau>("tau", "s, of a step"),
          limit(field<&Params::theta_threshold_radians>("theta_threshold_radians",
                                                        "rad, the angle beyond which the pole has fallen")),
          limit(field<&Params::x_threshold>("x_threshold", "m, the position beyond which the cart is lost")),
          choice_field<&Params::kinematics_integrator, &Params::is_semi_implicit, kEuler>(
              "kinematics_integrator", "'euler', or any other text for its semi-implicit form")),
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

  using Ahead = math::SinCos;  // of theta
  static constexpr bool is_near(const State& s) { return math::near_zero(s.theta); }
  template <bool kNear>
  static constexpr Ahead look_ahead(const State& s) {
    return kNear ? math::sincos_near_zero(s.theta) : math::sincos(s.theta);
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    return step(s, action, params, look_ahead<false>(s));
  }

  static constexpr Step step(State& s, const Action& action, const Params& params, const Ahead& ahead) {
    const double force = action == 1 ? params.force_mag : -params.force_mag;
    const auto [sin_theta, cos_theta] = ahead;

    // accelerations of cart and pole
    const double temp =
        (force + params.polemass_length * (s.theta_dot * s.theta_dot) * sin_theta) / params.total_mass;
    const double theta_acc =
        (params.gravity * sin_theta - cos_theta * temp) /
        (params.length * (4.0 / 3.0 - params.masspole * (cos_theta * cos_theta) / params.total_mass));
    const double x_acc = temp - params.polemass_length * theta_acc * cos_theta / params.total_mass;

    // Euler's method: positions move with the old velocities, in its semi-implicit form with the new ones
    const double x_dot = s.x_dot, theta_dot = s.theta_dot;
    s.x_dot = x_dot + params.tau * x_acc;
    s.theta_dot = theta_dot + params.tau * theta_acc;
    s.x = s.x + params.tau * (params.is_semi_implicit ? s.x_dot : x_dot);
    s.theta = s.theta + params.tau * (params.is_semi_implicit ? s.theta_dot : theta_dot);

    const bool fallen =
        (math::abs(s.x) > params.x_threshold) | (math::abs(s.theta) > params.theta_threshold_radians);
    // chosen before the lanes' own condition: the same for all, so not part of the vector loop
    const double reward_upright = params.sutton_barto_reward ? 0.0 : 1.0;
    const double reward_fallen = params.sutton_barto_reward ? -1.0 : 1.0;
    return {fallen ? reward_fallen : reward_upright, fallen};
  }

  // A step after the fall has no reward.
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
