// Float functions of network policies, in the manner of core/math.hpp: + - * / compare and select in a fixed
// order, so that a loop over lanes vectorises and every instruction set gives the same bits. They are less exact
// than core/math.hpp where nobody can tell from a policy, and take half of the time.
#pragma once

#include <cmath>

#include "../core/isa.hpp"
#include "../core/math.hpp"

namespace plyo::nn {

// The hyperbolic tangent as m / (m + 2) with m = exp(2 |x|) - 1: math::tanh without its corrections. At most 2.6
// ulp (glibc: 2.2), never above 1; NaN stays NaN.
PLYO_INLINE float tanh(float x) {
  const float half = math::min(math::abs(x), 9.02F);  // the result is 1 from there on
  const float y = half + half;
  const float shifted = y * 0x1.715476p+0F + math::detail::kRoundF;
  const float n = shifted - math::detail::kRoundF;
  const float r = (y - n * 0x1.62e4p-1F) - n * 0x1.7f7d1cp-20F;
  const float rr = r * r;
  const float p = r + rr * math::detail::exp_tail(r, rr);
  const float power = math::detail::from_bits((math::detail::bits(shifted) + 127U) << 23);
  const float m = power * p + (power - 1.0F);
  return math::copysign(m / (m + 2.0F), x);
}

// e to the power x for a softmax or a sigmoid: x is limited to [-87, 87], where no result is denormal; at most 1
// ulp.
PLYO_INLINE float exp(float x) {
  const float limited = math::clip(x, -87.0F, 87.0F);
  const float shifted = limited * 0x1.715476p+0F + math::detail::kRoundF;
  const float n = shifted - math::detail::kRoundF;
  const float r = (limited - n * 0x1.62e4p-1F) - n * 0x1.7f7d1cp-20F;
  const float rr = r * r;
  const float e = 1.0F + (r + rr * math::detail::exp_tail(r, rr));
  return e * math::detail::from_bits((math::detail::bits(shifted) + 127U) << 23);
}

// A NaN stays NaN.
PLYO_INLINE float relu(float x) { return x < 0.0F ? 0.0F : x; }

// x / (1 + e^-x)
PLYO_INLINE float silu(float x) { return x / (1.0F + exp(-x)); }

PLYO_INLINE float sigmoid(float x) { return 1.0F / (1.0F + exp(-x)); }

// The correctly rounded square root.
PLYO_ALWAYS_INLINE float sqrt(float x) {
#if defined(_MSC_VER) && !defined(__clang__)
  return std::sqrt(x);
#else
  return __builtin_sqrtf(x);
#endif
}

}  // namespace plyo::nn
