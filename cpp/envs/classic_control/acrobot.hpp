// Swinging up a chain of two links by a torque at the joint between them (Sutton 1996).
// Reference: gymnasium 1.4.0 Acrobot-v1, the equations of the book. Differences: a negative action is an
// error, not an index from the end.
#pragma once

#include "../../core/environment.hpp"
#include "../../core/isa.hpp"

namespace PLYO_ENVS {

struct Acrobot {
  struct State {
    double theta1, theta2;          // rad from hanging down, rad from the first link's direction
    double omega1, omega2;          // rad/s
    double sin1, cos1, sin2, cos2;  // of the angles, also for the next step
  };
  static constexpr double kMaxVel1 = 4 * math::kPi, kMaxVel2 = 9 * math::kPi;  // rad/s
  static constexpr Text kBook = "book";

  // The constants of Gymnasium's class, under its names.
  struct Params {
    double dt = 0.2;                                    // s, of a step
    double LINK_LENGTH_1 = 1.0, LINK_LENGTH_2 = 1.0;    // m
    double LINK_MASS_1 = 1.0, LINK_MASS_2 = 1.0;        // kg
    double LINK_COM_POS_1 = 0.5, LINK_COM_POS_2 = 0.5;  // m, from a link's joint to its centre of mass
    double LINK_MOI = 1.0;                              // kg m^2, of either link
    double MAX_VEL_1 = kMaxVel1;                        // rad/s
    double MAX_VEL_2 = kMaxVel2;                        // rad/s
    double AVAIL_TORQUE[3] = {-1.0, 0.0, 1.0};          // N m, of each action
    double torque_noise_max = 0.0;                      // N m
    Text book_or_nips = kBook;
    Flag is_nips = false;  // follows from the text
  };
  struct ResetOptions {
    double low = -0.1, high = 0.1;  // rad, rad/s
  };
  using Action = std::int32_t;
  using Observation = float[6];

  static constexpr double kGravity = 9.8;     // m/s^2
  static constexpr double kGoalHeight = 1.0;  // m, of the free end above the fixed one

  static constexpr EnvInfo info{
      .summary = "Swing the free end of a two-link chain above a line by a torque between the links.",
      .source = "Sutton (1996), Sutton & Barto (2018); gymnasium 1.4.0 Acrobot",
      .variants = variants(Variant{"Acrobot-v1", 500, -100.0}),
      .observation = box({{"cosine of the first angle", "", -1.0, 1.0},
                          {"sine of the first angle", "", -1.0, 1.0},
                          {"cosine of the second angle", "", -1.0, 1.0},
                          {"sine of the second angle", "", -1.0, 1.0},
                          {"first angular velocity", "rad/s", -kMaxVel1, kMaxVel1},
                          {"second angular velocity", "rad/s", -kMaxVel2, kMaxVel2}}),
      .action = discrete({"torque of -1 N m", "no torque", "torque of 1 N m"}),
      .reset_options =
          fields(field<&ResetOptions::low>("low", "lower bound of every initial state variable"),
                 field<&ResetOptions::high>("high", "upper bound of every initial state variable")),
      .constants = fields(
          field<&Params::dt>("dt", "s, of a step"),
          field<&Params::LINK_LENGTH_1>("LINK_LENGTH_1", "m, of the first link"),
          field<&Params::LINK_LENGTH_2>("LINK_LENGTH_2", "m, of the second link, for pictures"),
          field<&Params::LINK_MASS_1>("LINK_MASS_1", "kg, of the first link"),
          field<&Params::LINK_MASS_2>("LINK_MASS_2", "kg, of the second link"),
          field<&Params::LINK_COM_POS_1>("LINK_COM_POS_1",
                                         "m, from the first joint to the first centre of mass"),
          field<&Params::LINK_COM_POS_2>("LINK_COM_POS_2",
                                         "m, from the second joint to the second centre of mass"),
          field<&Params::LINK_MOI>("LINK_MOI", "kg m^2, moment of inertia of either link"),
          limit(field<&Params::MAX_VEL_1>("MAX_VEL_1", "rad/s, beyond which the first velocity is clipped")),
          limit(field<&Params::MAX_VEL_2>("MAX_VEL_2", "rad/s, beyond which the second velocity is clipped")),
          field<&Params::AVAIL_TORQUE>("AVAIL_TORQUE", "N m, the torque of each action"),
          field<&Params::torque_noise_max>(
              "torque_noise_max", "N m, bound of what is added to a torque in each step; 0: nothing"),
          choice_field<&Params::book_or_nips, &Params::is_nips, kBook>(
              "book_or_nips", "'book' for the equations of the book, 'nips' for those of the paper")),
      .python = {.constants_of_class = true},
      .num_variables = 4,
      .render_fps = 15};

  static constexpr Text check(const ResetOptions& options) {
    return options.low > options.high ? "Lower bound ({low}) must be lower than higher bound ({high})." : "";
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions& options) {
    for (double* const value : {&s.theta1, &s.theta2, &s.omega1, &s.omega2}) {
      *value = static_cast<double>(static_cast<float>(rng.uniform(options.low, options.high)));
    }
    complete(s);
    if constexpr (kReferenceMath) {
      // before the first step the state is an array of float32, and so are its sines
      s.sin1 = static_cast<double>(math::sin(static_cast<float>(s.theta1)));
      s.cos1 = static_cast<double>(math::cos(static_cast<float>(s.theta1)));
      s.sin2 = static_cast<double>(math::sin(static_cast<float>(s.theta2)));
      s.cos2 = static_cast<double>(math::cos(static_cast<float>(s.theta2)));
    }
  }

  // Not inlined: a reset is too seldom for sines of its own to be compiled.
  PLYO_NOINLINE static constexpr void complete(State& s) { keep_sines(s); }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    return move(s, torque_of(action, params), params);
  }

  // The same with noise on the torque.
  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    double torque = torque_of(action, params);
    if (draws_in_step(params)) torque += rng.uniform(-params.torque_noise_max, params.torque_noise_max);
    return move(s, torque, params);
  }
  static constexpr bool draws_in_step(const Params& params) { return params.torque_noise_max > 0; }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.cos1);
    out[1] = static_cast<float>(s.sin1);
    out[2] = static_cast<float>(s.cos2);
    out[3] = static_cast<float>(s.sin2);
    out[4] = static_cast<float>(s.omega1);
    out[5] = static_cast<float>(s.omega2);
  }

 private:
  static constexpr double torque_of(const Action& action, const Params& params) {
    const double* const torques = params.AVAIL_TORQUE;
    return action == 0 ? torques[0] : (action == 1 ? torques[1] : torques[2]);
  }

  // One step of the classical Runge-Kutta method.
  static constexpr Step move(State& s, double torque, const Params& params) {
    const Links links(params);
    const double dt = params.dt;
    const Motion y{s.theta1, s.theta2, s.omega1, s.omega2};
    const Motion k1 =
        kReferenceMath ? links.rates(y, torque) : links.rates(y, {s.sin1, s.cos1}, {s.sin2, s.cos2}, torque);
    const Motion k2 = links.rates(moved(y, dt / 2, k1), torque);
    const Motion k3 = links.rates(moved(y, dt / 2, k2), torque);
    const Motion k4 = links.rates(moved(y, dt, k3), torque);
    const auto after = [&](double Motion::* m) {
      return y.*m + dt / 6 * (k1.*m + 2 * k2.*m + 2 * k3.*m + k4.*m);
    };
    s.theta1 = wrapped(after(&Motion::theta1));
    s.theta2 = wrapped(after(&Motion::theta2));
    s.omega1 = bounded(after(&Motion::omega1), params.MAX_VEL_1);
    s.omega2 = bounded(after(&Motion::omega2), params.MAX_VEL_2);
    keep_sines(s);

    const double cos12 = kReferenceMath ? math::cos(s.theta2 + s.theta1) : s.cos1 * s.cos2 - s.sin1 * s.sin2;
    const bool up = -s.cos1 - cos12 > kGoalHeight;
    return {up ? 0.0 : -1.0, up};
  }
  static constexpr double bounded(double value, double most) { return math::clip(value, -most, most); }

  // Angles and angular velocities, or their rates of change.
  struct Motion {
    double theta1, theta2, omega1, omega2;
  };

  // The coefficients of the equations of motion that follow from the constants, the same in a whole step.
  struct Links {
    // The joints' accelerations solve d1 a1 + d2 a2 = t1 and d2 a1 + d3 a2 = t2; d1 = one + 2 bend and
    // d2 = three + bend, where bend = bend_factor cos(theta2).
    double bend_factor;   // kg m^2
    double one, three;    // kg m^2
    double pull1, pull2;  // N m
    double book;          // 1, or 0 for the equations of the paper
    const Params& params;

    constexpr explicit Links(const Params& p)
        : bend_factor(p.LINK_MASS_2 * p.LINK_LENGTH_1 * p.LINK_COM_POS_2),
          three(p.LINK_MASS_2 * math::square(p.LINK_COM_POS_2) + p.LINK_MOI),
          pull1((p.LINK_MASS_1 * p.LINK_COM_POS_1 + p.LINK_MASS_2 * p.LINK_LENGTH_1) * kGravity),
          pull2(p.LINK_MASS_2 * p.LINK_COM_POS_2 * kGravity),
          book(p.is_nips ? 0.0 : 1.0),
          params(p) {
      const double first = p.LINK_MASS_1 * math::square(p.LINK_COM_POS_1) + p.LINK_MOI;
      one = first + p.LINK_MASS_2 * math::square(p.LINK_LENGTH_1) + three;
    }

    constexpr Motion rates(const Motion& y, double torque) const {
      return rates(y, math::sincos(y.theta1), math::sincos(y.theta2), torque);
    }

    constexpr Motion rates(const Motion& y, const math::SinCos& first, const math::SinCos& second,
                           double torque) const {
      const double w1 = y.omega1;
      const double w2 = y.omega2;
      if constexpr (kReferenceMath) {
        return reference_rates(y, second, torque);
      } else {
        // Cramer's rule: one division in place of four, by a determinant that is known early
        const double bend = bend_factor * second.cos;
        const double inverse = 1.0 / (three * (one - three) - bend * bend);
        const double swing = bend_factor * second.sin;
        const double pull = pull2 * (first.sin * second.cos + first.cos * second.sin);
        const double t1 = swing * (w2 * (w2 + (w1 + w1))) - (pull1 * first.sin + pull);
        const double t2 = (torque - pull) - book * (swing * (w1 * w1));
        const double d1 = one + 2 * bend_factor * second.cos;
        const double d2 = three + bend;
        return {w1, w2, (three * t1 - d2 * t2) * inverse, (d1 * t2 - d2 * t1) * inverse};
      }
    }

    // In the order of the reference's operations.
    constexpr Motion reference_rates(const Motion& y, const math::SinCos& second, double torque) const {
      const double m1 = params.LINK_MASS_1, m2 = params.LINK_MASS_2, inertia = params.LINK_MOI;
      const double l1 = params.LINK_LENGTH_1, c1 = params.LINK_COM_POS_1, c2 = params.LINK_COM_POS_2;
      const double w1 = y.omega1;
      const double w2 = y.omega2;
      const double d1 = m1 * math::square(c1) +
                        m2 * (math::square(l1) + math::square(c2) + 2 * l1 * c2 * second.cos) + inertia +
                        inertia;
      const double d2 = m2 * (math::square(c2) + l1 * c2 * second.cos) + inertia;
      const double phi2 = pull2 * math::cos(y.theta1 + y.theta2 - math::kHalfPi);
      const double phi1 = -m2 * l1 * c2 * math::square(w2) * second.sin -
                          2 * m2 * l1 * c2 * w2 * w1 * second.sin +
                          pull1 * math::cos(y.theta1 - math::kHalfPi) + phi2;
      const double drive = torque + d2 / d1 * phi1;
      const double rest = params.is_nips ? drive : drive - m2 * l1 * c2 * math::square(w1) * second.sin;
      const double a2 = (rest - phi2) / (m2 * math::square(c2) + inertia - math::square(d2) / d1);
      return {w1, w2, -(d2 * a2 + phi1) / d1, a2};
    }
  };

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
    // so that never a turn too many is subtracted, and the selects find the one too few.
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
