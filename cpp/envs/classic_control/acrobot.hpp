// Swinging up a chain of two links by a torque at the joint between them (Sutton 1996).
// Reference: gymnasium 1.4.0 Acrobot-v1, the equations of the book. Differences: a negative action is an
// error, not an index from the end.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct Acrobot {
  struct State {
    double theta1, theta2;          // rad from hanging down, rad from the first link's direction
    double omega1, omega2;          // rad/s
    double sin1, cos1, sin2, cos2;  // of the angles, also for the next step
  };
  using Params = NoParams;
  struct ResetOptions {
    double low = -0.1, high = 0.1;  // rad, rad/s
  };
  using Action = std::int32_t;
  using Observation = float[6];

  static constexpr double kGravity = 9.8;                    // m/s^2
  static constexpr double kLength1 = 1.0;                    // m
  static constexpr double kMass1 = 1.0, kMass2 = 1.0;        // kg
  static constexpr double kCenter1 = 0.5, kCenter2 = 0.5;    // m, from a link's joint to its centre of mass
  static constexpr double kInertia1 = 1.0, kInertia2 = 1.0;  // kg m^2
  static constexpr double kMaxOmega1 = 4 * math::kPi;        // rad/s
  static constexpr double kMaxOmega2 = 9 * math::kPi;        // rad/s
  static constexpr double kTimeStep = 0.2;                   // s
  static constexpr double kGoalHeight = 1.0;                 // m, of the free end above the fixed one

  static constexpr EnvInfo info{
      .summary = "Swing the free end of a two-link chain above a line by a torque between the links.",
      .source = "Sutton (1996), Sutton & Barto (2018); gymnasium 1.4.0 Acrobot",
      .variants = variants(Variant{"Acrobot-v1", 500, -100.0}),
      .observation = box({{"cosine of the first angle", "", -1.0, 1.0},
                          {"sine of the first angle", "", -1.0, 1.0},
                          {"cosine of the second angle", "", -1.0, 1.0},
                          {"sine of the second angle", "", -1.0, 1.0},
                          {"first angular velocity", "rad/s", -kMaxOmega1, kMaxOmega1},
                          {"second angular velocity", "rad/s", -kMaxOmega2, kMaxOmega2}}),
      .action = discrete({"torque of -1 N m", "no torque", "torque of 1 N m"}),
      .reset_options =
          fields(field<&ResetOptions::low>("low", "lower bound of every initial state variable"),
                 field<&ResetOptions::high>("high", "upper bound of every initial state variable")),
      .num_variables = 4,
      .render_fps = 15};

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    for (double* const value : {&s.theta1, &s.theta2, &s.omega1, &s.omega2}) {
      *value = static_cast<double>(static_cast<float>(rng.uniform(options.low, options.high)));
    }
    keep_sines(s);
    if constexpr (kReferenceMath) {
      // before the first step the state is an array of float32, and so are its sines
      s.sin1 = static_cast<double>(math::sin(static_cast<float>(s.theta1)));
      s.cos1 = static_cast<double>(math::cos(static_cast<float>(s.theta1)));
      s.sin2 = static_cast<double>(math::sin(static_cast<float>(s.theta2)));
      s.cos2 = static_cast<double>(math::cos(static_cast<float>(s.theta2)));
    }
  }

  static constexpr void complete(State& s) { keep_sines(s); }

  static constexpr Step step(State& s, const Action& action, const Params&) {
    // one step of the classical Runge-Kutta method
    const double torque = action - 1;  // N m
    const Motion y{s.theta1, s.theta2, s.omega1, s.omega2};
    const Motion k1 =
        kReferenceMath ? rates(y, torque) : rates(y, {s.sin1, s.cos1}, {s.sin2, s.cos2}, torque);
    const Motion k2 = rates(moved(y, kTimeStep / 2, k1), torque);
    const Motion k3 = rates(moved(y, kTimeStep / 2, k2), torque);
    const Motion k4 = rates(moved(y, kTimeStep, k3), torque);
    const auto after = [&](double Motion::* m) {
      return y.*m + kTimeStep / 6 * (k1.*m + 2 * k2.*m + 2 * k3.*m + k4.*m);
    };
    s.theta1 = wrapped(after(&Motion::theta1));
    s.theta2 = wrapped(after(&Motion::theta2));
    s.omega1 = math::clip(after(&Motion::omega1), -kMaxOmega1, kMaxOmega1);
    s.omega2 = math::clip(after(&Motion::omega2), -kMaxOmega2, kMaxOmega2);
    keep_sines(s);

    const double cos12 = kReferenceMath ? math::cos(s.theta2 + s.theta1) : s.cos1 * s.cos2 - s.sin1 * s.sin2;
    const bool up = -s.cos1 - cos12 > kGoalHeight;
    return {up ? 0.0 : -1.0, up};
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.cos1);
    out[1] = static_cast<float>(s.sin1);
    out[2] = static_cast<float>(s.cos2);
    out[3] = static_cast<float>(s.sin2);
    out[4] = static_cast<float>(s.omega1);
    out[5] = static_cast<float>(s.omega2);
  }

 private:
  // Angles and angular velocities, or their rates of change.
  struct Motion {
    double theta1, theta2, omega1, omega2;
  };

  // The joints' accelerations solve d1 a1 + d2 a2 = t1 and d2 a1 + d3 a2 = t2; d1 = kD1 + 2 bend and
  // d2 = kD3 + bend, where bend = kBend cos(theta2).
  static constexpr double kBend = kMass2 * kLength1 * kCenter2;                         // kg m^2
  static constexpr double kD3 = kMass2 * (kCenter2 * kCenter2) + kInertia2;             // kg m^2
  static constexpr double kLink1 = kMass1 * (kCenter1 * kCenter1) + kInertia1;          // kg m^2
  static constexpr double kD1 = kLink1 + kMass2 * (kLength1 * kLength1) + kD3;          // kg m^2
  static constexpr double kPull1 = (kMass1 * kCenter1 + kMass2 * kLength1) * kGravity;  // N m
  static constexpr double kPull2 = kMass2 * kCenter2 * kGravity;                        // N m

  static constexpr Motion rates(const Motion& y, double torque) {
    return rates(y, math::sincos(y.theta1), math::sincos(y.theta2), torque);
  }

  static constexpr Motion rates(const Motion& y, const math::SinCos& first, const math::SinCos& second,
                                double torque) {
    const double w1 = y.omega1;
    const double w2 = y.omega2;
    if constexpr (kReferenceMath) {
      const double d1 =
          kMass1 * (kCenter1 * kCenter1) +
          kMass2 * (kLength1 * kLength1 + kCenter2 * kCenter2 + 2 * kLength1 * kCenter2 * second.cos) +
          kInertia1 + kInertia2;
      const double d2 = kMass2 * (kCenter2 * kCenter2 + kLength1 * kCenter2 * second.cos) + kInertia2;
      const double pull2 = kPull2 * math::cos(y.theta1 + y.theta2 - math::kHalfPi);
      const double phi1 = -kBend * math::square(w2) * second.sin - 2 * kBend * w2 * w1 * second.sin +
                          kPull1 * math::cos(y.theta1 - math::kHalfPi) + pull2;
      const double a2 = (torque + d2 / d1 * phi1 - kBend * math::square(w1) * second.sin - pull2) /
                        (kD3 - math::square(d2) / d1);
      return {w1, w2, -(d2 * a2 + phi1) / d1, a2};
    } else {
      // Cramer's rule: one division in place of four, of a determinant that is known early
      const double bend = kBend * second.cos;
      const double inverse = 1.0 / (kD3 * (kD1 - kD3) - bend * bend);
      const double swing = kBend * second.sin;
      const double pull2 = kPull2 * (first.sin * second.cos + first.cos * second.sin);
      const double t1 = swing * (w2 * (w2 + (w1 + w1))) - (kPull1 * first.sin + pull2);
      const double t2 = (torque - pull2) - swing * (w1 * w1);
      const double d1 = kD1 + 2 * kBend * second.cos;
      const double d2 = kD3 + bend;
      return {w1, w2, (kD3 * t1 - d2 * t2) * inverse, (d1 * t2 - d2 * t1) * inverse};
    }
  }

  static constexpr Motion moved(const Motion& y, double time, const Motion& rate) {
    return {y.theta1 + time * rate.theta1, y.theta2 + time * rate.theta2, y.omega1 + time * rate.omega1,
            y.omega2 + time * rate.omega2};
  }

  // The angle less whole turns, in [-pi, pi].
  static constexpr double wrapped(double angle) {
    if (kReferenceMath && math::abs(angle) < 0x1p20) {
      while (angle > math::kPi) angle -= math::kTwoPi;
      while (angle < -math::kPi) angle += math::kTwoPi;
      return angle;
    }
    // The same up to eight turns, where all these differences are exact: the factor is a little small,
    // so that never a turn too many is taken off, and the selects find the one too few.
    constexpr double kTurnsPerRadian = (1 - 0x1p-50) / math::kTwoPi;
    const double rest = angle - math::round_even(angle * kTurnsPerRadian) * math::kTwoPi;
    const double lowered = rest > math::kPi ? rest - math::kTwoPi : rest;
    return lowered < -math::kPi ? lowered + math::kTwoPi : lowered;
  }

  static constexpr void keep_sines(State& s) {
    const math::SinCos first = math::sincos(s.theta1);
    const math::SinCos second = math::sincos(s.theta2);
    s.sin1 = first.sin;
    s.cos1 = first.cos;
    s.sin2 = second.sin;
    s.cos2 = second.cos;
  }
};

}  // namespace PLYO_ENVS
