// A rocket that lands upright on its tail, by its thrust and the angle of its engine. Rigid body in a plane; the model
// of Blackmore 2016, "Autonomous precision landing of space rockets", without air and with a constant mass.
#pragma once

#include <plyo/environment.hpp>

struct RocketLanding {
  struct State {
    double x, y;                // m, of the tail, from the middle of the pad
    double speed_x, speed_y;    // m/s
    double angle, turn_rate;    // rad from upright to the left, rad/s
    double fuel;                // m/s, the speed that is left in the tank
    double throttle, steering;  // the last action, for the picture
  };
  struct Params {
    double gravity = 9.81;  // m/s^2
    double thrust = 25.0;   // m/s^2, the engine at full throttle
    double fuel = 120.0;    // m/s
  };
  struct ResetOptions {
    double height = 80.0;  // m
    double spread = 20.0;  // m, to either side of the pad
  };
  using Action = float[2];
  using Observation = float[7];

  static constexpr double kTimeStep = 0.05;    // s
  static constexpr double kMaxSteering = 0.2;  // rad
  static constexpr double kLever = 0.35;  // rad/s^2 a m/s^2: the engine's lever over the moment of inertia
  static constexpr double kWidth = 60.0, kHeight = 120.0;            // m, outside is lost
  static constexpr double kPad = 5.0, kSoft = 3.0, kUpright = 0.15;  // m, m/s, rad

  static constexpr EnvInfo info{
      .summary = "Land a rocket upright on a pad.",
      .source = "the planar model of powered descent (Blackmore, 2016)",
      .variants = variants(Variant{"RocketLanding-v0", 400, 50.0}),
      .observation = box({{"x", "m"},
                          {"y", "m"},
                          {"speed to the right", "m/s"},
                          {"speed upwards", "m/s"},
                          {"angle", "rad"},
                          {"turn rate", "rad/s"},
                          {"fuel", "m/s"}}),
      .action = box({{"throttle", "", -1, 1}, {"steering", "", -1, 1}}),
      .params = fields(field<&Params::gravity>("gravity", "m/s^2"),
                       field<&Params::thrust>("thrust", "m/s^2, more than gravity"),
                       field<&Params::fuel>("fuel", "m/s, the speed that the tank is good for")),
      .reset_options = fields(field<&ResetOptions::height>("height", "m, where it begins to fall"),
                              field<&ResetOptions::spread>("spread", "m, how far from the pad at most")),
      .render_fps = 20};

  static constexpr Text check(const Params& params) {
    if (params.thrust <= params.gravity) return "thrust ({thrust}) must be more than gravity ({gravity}).";
    return params.fuel > 0 ? "" : "fuel ({fuel}) must be positive.";
  }
  static constexpr Text check(const ResetOptions& options) {
    const bool fits =
        options.height > 0 && options.height < kHeight && options.spread >= 0 && options.spread < kWidth;
    return fits ? "" : "height ({height}) must be between 0 and 120, and spread ({spread}) between 0 and 60.";
  }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions& options) {
    s.x = rng.uniform(-options.spread, options.spread);
    s.y = options.height;
    s.speed_x = rng.uniform(-3.0, 3.0);
    s.speed_y = rng.uniform(-12.0, -6.0);
    s.angle = rng.uniform(-0.2, 0.2);
    s.turn_rate = 0.0;
    s.fuel = params.fuel;
    s.throttle = s.steering = 0.0;
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    const double asked = 0.5 + 0.5 * math::clip(static_cast<double>(action[0]), -1.0, 1.0);
    s.throttle = s.fuel > 0 ? asked : 0.0;
    s.steering = kMaxSteering * math::clip(static_cast<double>(action[1]), -1.0, 1.0);
    const double push = s.throttle * params.thrust;
    const math::SinCos direction = math::sincos(s.angle + s.steering);
    const double before = distance(s);

    // semi-implicit Euler
    s.speed_x -= kTimeStep * push * direction.sin;
    s.speed_y += kTimeStep * (push * direction.cos - params.gravity);
    s.turn_rate -= kTimeStep * kLever * push * math::sin(s.steering);
    s.x += kTimeStep * s.speed_x;
    s.y = math::max(s.y + kTimeStep * s.speed_y, 0.0);
    s.angle += kTimeStep * s.turn_rate;
    s.fuel = math::max(s.fuel - kTimeStep * push, 0.0);

    const bool down = s.y <= 0.0;
    const bool lost = (math::abs(s.x) > kWidth) | (s.y > kHeight) | (math::abs(s.angle) > 1.5);
    const bool soft = (math::abs(s.x) < kPad) & (math::abs(s.speed_x) < kSoft) & (s.speed_y > -kSoft) &
                      (math::abs(s.angle) < kUpright);
    // a crash costs as much as is missing to a landing
    const double missed = math::min(20.0 + 2.0 * distance(s), 100.0);
    const double end = lost ? -100.0 : down & soft ? 100.0 : down ? -missed : 0.0;
    return {before - distance(s) - 0.02 * s.throttle + end, down | lost};
  }

  // How far it is from standing on the pad; what a step takes off it is the step's reward.
  static constexpr double distance(const State& s) {
    return 0.5 * (math::abs(s.x) + s.y) + math::abs(s.speed_x) + math::abs(s.speed_y) +
           10.0 * (math::abs(s.angle) + math::abs(s.turn_rate));
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.x);
    out[1] = static_cast<float>(s.y);
    out[2] = static_cast<float>(s.speed_x);
    out[3] = static_cast<float>(s.speed_y);
    out[4] = static_cast<float>(s.angle);
    out[5] = static_cast<float>(s.turn_rate);
    out[6] = static_cast<float>(s.fuel);
  }
};
