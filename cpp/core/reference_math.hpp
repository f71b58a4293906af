// The names of math.hpp with the arithmetic of CPython and NumPy on Linux x86-64: the platform's libm, and
// NumPy's own float32 sine and cosine. For the scalar build of the kernels that math="reference" selects;
// nothing here vectorises.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "math.hpp"

namespace plyo::reference_math {

// Constants, and functions with one right answer, which libm gives too.
using math::kE;
using math::kHalfPi;
using math::kLn2;
using math::kPi;
using math::kSqrt2;
using math::kTwoPi;

using math::abs;
using math::clip;
using math::copysign;
using math::floor;
using math::max;
using math::min;
using math::near_zero;
using math::round_even;
using math::select;
using math::SinCos;
using math::sqrt;
using math::trunc;

namespace platform {

// libm, as Python's math module and NumPy's float64 functions call it.
inline double sin(double x) { return std::sin(x); }
inline double cos(double x) { return std::cos(x); }
inline SinCos sincos(double x) { return {std::sin(x), std::cos(x)}; }
inline double tan(double x) { return std::tan(x); }
inline double atan2(double y, double x) { return std::atan2(y, x); }
inline double exp(double x) { return std::exp(x); }
inline double log(double x) { return std::log(x); }
inline double tanh(double x) { return std::tanh(x); }
inline float exp(float x) { return std::exp(x); }
inline float log(float x) { return std::log(x); }
inline float tanh(float x) { return std::tanh(x); }

// x ** 2 on a NumPy scalar is pow(x, 2.0), which differs from x * x in 1 of 1500 values. The exponent is
// volatile because compilers turn pow(x, 2.0) into x * x.
inline double square(double x) {
  const volatile double two = 2.0;
  return std::pow(x, two);
}
inline float square(float x) {
  const volatile float two = 2.0f;
  return std::pow(x, two);
}

// Python's and NumPy's floored modulo: fmod, then the divisor's sign.
inline double floor_mod(double x, double y) {
  double remainder = std::fmod(x, y);
  if (y == 0.0) return remainder;
  if (remainder == 0.0) return std::copysign(0.0, y);
  if ((y < 0.0) != (remainder < 0.0)) remainder += y;
  return remainder;
}

// NumPy's float32 sine (quadrant_offset 0) and cosine (1) kernel: reduction by three fused multiply-adds,
// then a polynomial with one at each step.
inline float numpy_sine(float x, std::uint32_t quadrant_offset) {
  const float rounded = std::fma(x, 0x1.45f306p-1f, 0x1.8p23f);
  const float n = rounded - 0x1.8p23f;
  float r = std::fma(n, -0x1.921fb0p+0f, x);
  r = std::fma(n, -0x1.5110b4p-22f, r);
  r = std::fma(n, -0x1.846988p-48f, r);
  const float rr = r * r;
  float c = std::fma(0x1.98e616p-16f, rr, -0x1.6c06dcp-10f);
  c = std::fma(c, rr, 0x1.55553cp-5f);
  c = std::fma(c, rr, -0.5f);
  c = std::fma(c, rr, 1.0f);
  float s = std::fma(0x1.7d3bbcp-19f, rr, -0x1.a06bbap-13f);
  s = std::fma(s, rr, 0x1.11119ap-7f);
  s = std::fma(s, rr, -0x1.555556p-3f);
  s = std::fma(std::fma(s, rr, 0.0f), r, r);  // adding 0 keeps sin(-0) = -0
  // The lowest bits of `rounded` count quadrants.
  const std::uint32_t quadrant = std::bit_cast<std::uint32_t>(rounded) + quadrant_offset;
  const float value = (quadrant & 1u) != 0 ? c : s;
  return (quadrant & 2u) != 0 ? -value : value;
}

// NumPy's float32 sine and cosine; past a limit of their own they leave the work to libm.
inline float sin(float x) { return std::fabs(x) <= 117435.992f ? numpy_sine(x, 0) : std::sin(x); }
inline float cos(float x) { return std::fabs(x) <= 71476.0625f ? numpy_sine(x, 1) : std::cos(x); }

}  // namespace platform

// The functions that environments call. They may be called in constexpr functions, as those of an environment
// are; constant evaluation itself, which has no libm, gets the values of math.hpp.
constexpr double sin(double x) {
  if (std::is_constant_evaluated()) {
    return math::sin(x);
  } else {
    return platform::sin(x);
  }
}
constexpr double cos(double x) {
  if (std::is_constant_evaluated()) {
    return math::cos(x);
  } else {
    return platform::cos(x);
  }
}
constexpr SinCos sincos(double x) {
  if (std::is_constant_evaluated()) {
    return math::sincos(x);
  } else {
    return platform::sincos(x);
  }
}
constexpr SinCos sincos_near_zero(double x) { return sincos(x); }
constexpr double tan(double x) {
  if (std::is_constant_evaluated()) {
    return math::tan(x);
  } else {
    return platform::tan(x);
  }
}
constexpr double atan2(double y, double x) {
  if (std::is_constant_evaluated()) {
    return math::atan2(y, x);
  } else {
    return platform::atan2(y, x);
  }
}
constexpr double exp(double x) {
  if (std::is_constant_evaluated()) {
    return math::exp(x);
  } else {
    return platform::exp(x);
  }
}
constexpr double log(double x) {
  if (std::is_constant_evaluated()) {
    return math::log(x);
  } else {
    return platform::log(x);
  }
}
constexpr double tanh(double x) {
  if (std::is_constant_evaluated()) {
    return math::tanh(x);
  } else {
    return platform::tanh(x);
  }
}
constexpr float sin(float x) {
  if (std::is_constant_evaluated()) {
    return math::sin(x);
  } else {
    return platform::sin(x);
  }
}
constexpr float cos(float x) {
  if (std::is_constant_evaluated()) {
    return math::cos(x);
  } else {
    return platform::cos(x);
  }
}
constexpr float exp(float x) {
  if (std::is_constant_evaluated()) {
    return math::exp(x);
  } else {
    return platform::exp(x);
  }
}
constexpr float log(float x) {
  if (std::is_constant_evaluated()) {
    return math::log(x);
  } else {
    return platform::log(x);
  }
}
constexpr float tanh(float x) {
  if (std::is_constant_evaluated()) {
    return math::tanh(x);
  } else {
    return platform::tanh(x);
  }
}
constexpr double square(double x) {
  if (std::is_constant_evaluated()) {
    return math::square(x);
  } else {
    return platform::square(x);
  }
}
constexpr float square(float x) {
  if (std::is_constant_evaluated()) {
    return math::square(x);
  } else {
    return platform::square(x);
  }
}
constexpr double floor_mod(double x, double y) {
  if (std::is_constant_evaluated()) {
    return math::floor_mod(x, y);
  } else {
    return platform::floor_mod(x, y);
  }
}

}  // namespace plyo::reference_math
