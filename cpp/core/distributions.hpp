// Draws from distributions by inversion of uniform numbers: their random streams are not those of NumPy's
// samplers, whose tables a build without Python does not have, but their bits are the same everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "math.hpp"
#include "rng.hpp"

namespace plyo {

namespace detail {

// numerator(x) / denominator(x), coefficients in rising order.
constexpr double rational(const double (&numerator)[8], const double (&denominator)[8], double x) {
  double above = numerator[7], below = denominator[7];
  for (std::size_t i = 7; i-- > 0;) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

}  // namespace detail

// The quantile of the standard normal distribution, for p in (0, 1): Wichura's PPND16 (1988, algorithm AS
// 241), good to 1e-15.
constexpr double normal_quantile(double p) {
  constexpr double kMiddleAbove[8] = {
      3.3871328727963666080,    1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
      4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double kMiddleBelow[8] = {1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
  constexpr double kTailAbove[8] = {1.42343711074968357734,    4.63033784615654529590,
                                    5.76949722146069140550,    3.64784832476320460504,
                                    1.27045825245236838258,    2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double kTailBelow[8] = {1.0,
                                    2.05319162663775882187,
                                    1.67638483018380384940,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
  constexpr double kFarAbove[8] = {6.65790464350110377720,    5.46378491116411436990,
                                   1.78482653991729133580,    2.96560571828504891230e-1,
                                   2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double kFarBelow[8] = {1.0,
                                   5.99832206555887937690e-1,
                                   1.36929880922735805310e-1,
                                   1.48753612908506148525e-2,
                                   7.86869131145613259100e-4,
                                   1.84631831751005468180e-5,
                                   1.42151175831644588870e-7,
                                   2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (math::abs(q) <= 0.425) return q * detail::rational(kMiddleAbove, kMiddleBelow, 0.180625 - q * q);
  const double r = math::sqrt(-math::log(q < 0 ? p : 1.0 - p));
  const double size = r <= 5.0 ? detail::rational(kTailAbove, kTailBelow, r - 1.6)
                               : detail::rational(kFarAbove, kFarBelow, r - 5.0);
  return q < 0 ? -size : size;
}

// A normal number, from one double.
constexpr double draw_normal(double mean, double deviation, Rng& rng) {
  // a drawn 0 counts as the middle of its interval
  return mean + deviation * normal_quantile(math::max(rng.next_double(), 0x1p-54));
}

// The quantile of the generalised Pareto distribution of scale 1, for a positive shape and p in [0, 1).
constexpr double pareto_quantile(double p, double shape, double location) {
  return location + (math::exp(-shape * math::log(1.0 - p)) - 1.0) / shape;
}

inline constexpr std::int64_t kMostBetaDraws = 64;

// A number of the Beta distribution of two positive integers with a sum of at most kMostBetaDraws + 1: of
// alpha + beta - 1 doubles the alpha-th in rising order.
constexpr double draw_beta(std::int64_t alpha, std::int64_t beta, Rng& rng) {
  double sorted[kMostBetaDraws]{};
  const auto count = static_cast<std::size_t>(alpha + beta - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double drawn = rng.next_double();
    std::size_t at = i;
    for (; at > 0 && sorted[at - 1] > drawn; --at) sorted[at] = sorted[at - 1];
    sorted[at] = drawn;
  }
  return sorted[static_cast<std::size_t>(alpha - 1)];
}

}  // namespace plyo
