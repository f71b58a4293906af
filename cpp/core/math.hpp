// The only mathematics that an environment may call. Every function is built from + - * / sqrt, compare,
// select and integer operations on the bits, in a fixed order, so it gives the same bits on every instruction
// set and compiler (with -ffp-contract=off), vectorises inside a loop, and runs in constant evaluation.
//
// NaN: machines differ in the sign of the NaN that an invalid operation makes, and Clang refuses constant evaluation
// that makes one. So sqrt, floor_mod and the transcendental functions return one value, detail::kNan or
// detail::kNanF, for every argument without a result, NaN of either sign included. The functions that move or choose
// bits (abs, copysign, min, max, clip, round_even, floor, trunc) pass a NaN argument on, and square multiplies it.
//
// Errors are in units in the last place (ulp) of the result, measured against 64-bit-mantissa libm by
// tests/cpp/test_math.cpp (and, when the coefficients were made, on ten million points a function).
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#if defined(_MSC_VER) && !defined(__clang__)
#include <cmath>
#define PLYO_INLINE __forceinline constexpr
#else
#define PLYO_INLINE [[gnu::always_inline]] constexpr
#endif

namespace plyo::math {

// Constants, each the double nearest to the exact number.
inline constexpr double kPi = 0x1.921fb54442d18p+1;
inline constexpr double kTwoPi = 0x1.921fb54442d18p+2;
inline constexpr double kHalfPi = 0x1.921fb54442d18p+0;
inline constexpr double kE = 0x1.5bf0a8b145769p+1;
inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;

// Building blocks: the bits of a number, and the numbers that round by being added (a double's lowest
// mantissa bit is worth 1 between 2^52 and 2^53, a float's between 2^23 and 2^24).
namespace detail {

inline constexpr std::uint64_t kSign = 0x8000000000000000u;
inline constexpr std::uint32_t kSignF = 0x80000000u;
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr float kInfinityF = std::numeric_limits<float>::infinity();
inline constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();
inline constexpr double kRound = 0x1.8p52;
inline constexpr float kRoundF = 0x1.8p23f;

PLYO_INLINE std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }
PLYO_INLINE std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }
PLYO_INLINE double from_bits(std::uint64_t u) { return std::bit_cast<double>(u); }
PLYO_INLINE float from_bits(std::uint32_t u) { return std::bit_cast<float>(u); }

}  // namespace detail

// `a` if the condition holds, else `b`; both are evaluated, so it becomes a blend and never a branch.
template <class T>
PLYO_INLINE T select(bool condition, T a, T b) {
  return condition ? a : b;
}

// The magnitude; exact, clears the sign of zero and NaN too.
PLYO_INLINE double abs(double x) { return detail::from_bits(detail::bits(x) & ~detail::kSign); }
PLYO_INLINE float abs(float x) { return detail::from_bits(detail::bits(x) & ~detail::kSignF); }

// The magnitude of `x` with the sign of `s`; exact.
PLYO_INLINE double copysign(double x, double s) {
  return detail::from_bits((detail::bits(x) & ~detail::kSign) | (detail::bits(s) & detail::kSign));
}
PLYO_INLINE float copysign(float x, float s) {
  return detail::from_bits((detail::bits(x) & ~detail::kSignF) | (detail::bits(s) & detail::kSignF));
}

// The smaller, the larger; `a` if they are equal or one is NaN (Python's min and max, and one machine
// instruction).
PLYO_INLINE double min(double a, double b) { return b < a ? b : a; }
PLYO_INLINE float min(float a, float b) { return b < a ? b : a; }
PLYO_INLINE double max(double a, double b) { return a < b ? b : a; }
PLYO_INLINE float max(float a, float b) { return a < b ? b : a; }

// `x` limited to [lo, hi] as numpy.clip does it: min(max(x, lo), hi), a NaN in `x` and the sign of a zero
// kept.
PLYO_INLINE double clip(double x, double lo, double hi) { return min(max(x, lo), hi); }
PLYO_INLINE float clip(float x, float lo, float hi) { return min(max(x, lo), hi); }

// x * x. (NumPy's `x ** 2` is libm's pow, which differs from it in 1 of 1500 values; see reference_math.hpp.)
PLYO_INLINE double square(double x) { return x * x; }
PLYO_INLINE float square(float x) { return x * x; }

// The nearest integer, ties to even; exact for every x, infinities and NaN included.
PLYO_INLINE double round_even(double x) {
  if (std::is_constant_evaluated() && x != x) return x;
  const double magnitude = abs(x);
  const double rounded = copysign((magnitude + 0x1p52) - 0x1p52, x);
  return magnitude < 0x1p52 ? rounded : x;
}

// The largest integer not above `x`, the integer part of `x`; exact for every x, infinities and NaN included.
PLYO_INLINE double floor(double x) {
  if (std::is_constant_evaluated() && x != x) return x;
  const double rounded = round_even(x);
  return rounded - (rounded > x ? 1.0 : 0.0);
}
PLYO_INLINE double trunc(double x) { return copysign(floor(abs(x)), x); }

// The correctly rounded square root; NaN below zero.
PLYO_INLINE double sqrt(double x) {
  if (std::is_constant_evaluated()) {
    if (!(x >= 0.0)) return detail::kNan;
    if (x == 0.0 || x == detail::kInfinity) return x;
    // Bring x to mantissa * 4^exponent with a mantissa in [2^52, 2^54), then take the root digit by digit.
    const bool tiny = x < 0x1p-1022;
    const std::uint64_t u = detail::bits(tiny ? x * 0x1p54 : x);
    int exponent = static_cast<int>(u >> 52) - 1075 - (tiny ? 54 : 0);
    std::uint64_t mantissa = (u & 0x000fffffffffffffu) | 0x0010000000000000u;
    if (exponent % 2 != 0) {
      mantissa *= 2;
      --exponent;
    }
    // 27 digits come from the mantissa's 54 bits and 27 from zeros below it: a root of 54 bits, one more than
    // kept.
    std::uint64_t root = 0;
    std::uint64_t rest = 0;
    for (int digit = 0; digit < 54; ++digit) {
      const std::uint64_t pair = digit < 27 ? (mantissa >> (52 - 2 * digit)) & 3u : 0u;
      rest = rest * 4 + pair;
      const bool one = rest >= root * 4 + 1;
      rest -= one ? root * 4 + 1 : 0u;
      root = root * 2 + (one ? 1u : 0u);
    }
    // A tie cannot occur: half-way points between doubles have no square that is a double.
    const std::uint64_t rounded = (root >> 1) + (root & 1u);
    const int scale = exponent / 2 - 26 + 1023;
    return static_cast<double>(rounded) * detail::from_bits(static_cast<std::uint64_t>(scale) << 52);
  }
#if defined(_MSC_VER) && !defined(__clang__)
  const double root = std::sqrt(x);
#else
  const double root = __builtin_sqrt(x);
#endif
  return x >= 0.0 ? root : detail::kNan;
}

// x modulo y with the sign of y: Python's and numpy.mod's floored modulo for floats. Bit for bit NumPy's
// while |x / y| < 2^25 and y is finite; beyond 2^25 inexact, beyond 2^51 possibly outside [0, y). NaN where x / y or
// y is not finite.
PLYO_INLINE double floor_mod(double x, double y) {
  // Work with y > 0: negating both negates the result.
  const std::uint64_t sign = detail::bits(y) & detail::kSign;
  const double a = detail::from_bits(detail::bits(x) ^ sign);
  const double b = detail::from_bits(detail::bits(y) ^ sign);
  if (std::is_constant_evaluated()) {
    if (!(abs(x) < detail::kInfinity && b > 0.0 && b < detail::kInfinity)) return detail::kNan;
  }
  // a - k * b is exact for the nearest integer k, in two steps with the upper 26 and the lower 27 bits of b.
  const double k = (a / b + detail::kRound) - detail::kRound;
  const bool defined = (abs(k) < detail::kInfinity) & (b < detail::kInfinity);
  if (std::is_constant_evaluated() && !defined) return detail::kNan;
  const double upper = detail::from_bits(detail::bits(b) & ~std::uint64_t{0x7ffffff});
  const double lower = b - upper;
  const double remainder = (a - k * upper) - k * lower;
  // Adding 0 turns -0 into the +0 that NumPy returns.
  const double result = remainder + (remainder < 0.0 ? b : 0.0);
  return defined ? detail::from_bits(detail::bits(result) ^ sign) : detail::kNan;
}

// The sine and the cosine of one angle.
struct SinCos {
  double sin;
  double cos;
};

namespace detail {

// The sine and the cosine of an angle less a whole number of right angles, the parts below their last bits,
// and that number, of which the lowest two bits count.
struct FirstQuadrant {
  double sine;
  double cosine;
  double sine_rest;
  double cosine_rest;
  std::uint64_t quadrant;
};

// Of the angle y - t, which is in [-pi/4, pi/4], with t the part of it below y's last bit.
PLYO_INLINE FirstQuadrant first_quadrant_at(double y, double t, std::uint64_t quadrant) {
  // Minimax polynomials on [-pi/4, pi/4], 2^-58 and 2^-64. Pairs joined by z^2 cost what Horner's rule costs
  // and have half its latency.
  const double z = y * y;
  const double zz = z * z;
  const double s = (0x1.5555555555549p-3 + z * -0x1.111111110f8a4p-7) +
                   zz * ((0x1.a01a019c15b25p-13 + z * -0x1.71de357aaa682p-19) +
                         zz * (0x1.ae5e6839989c7p-26 + z * -0x1.5d93848d5cd93p-33));
  const double c = (0x1.555555555554cp-5 + z * -0x1.6c16c16c1521dp-10) +
                   zz * ((0x1.a01a019cbf0b8p-16 + z * -0x1.27e4f812622b8p-22) +
                         zz * (0x1.1ee9f10d545b4p-29 + z * -0x1.8fb10804a0218p-37));
  // y^2 / 2 from the upper 26 bits of y, exact; the rest of it goes with t. Taking z / 2 instead is 5 %
  // faster and brings the values equal to glibc's down from 98.3 % to 96.8 %.
  const double upper = from_bits(bits(y) & ~std::uint64_t{0x7ffffff});
  const double half_upper = 0.5 * upper;
  const double half = half_upper * upper;
  const double head = 1.0 - half;
  const double rest = (t - (y - upper)) * (half_upper + 0.5 * y);
  // sin(y - t) = y - (t cos(y) + y^3 s) and cos(y - t) = 1 - y^2/2 + t y + y^4 c, small terms first.
  const double sine_small = t * head + (z * y) * s;
  const double cosine_small = ((1.0 - head) - half) + (zz * c + rest);
  const double sine = y - sine_small;
  const double cosine = head + cosine_small;
  return {sine, cosine, (y - sine) - sine_small, (head - cosine) + cosine_small, quadrant};
}

PLYO_INLINE FirstQuadrant first_quadrant(double x) {
  // pi/2 in parts of 27, 26, 27 and 53 bits: n times each of the first three is exact while |n| < 2^26.
  constexpr double kPart1 = 0x1.921fb54p+0;
  constexpr double kPart2 = 0x1.10b46p-30;
  constexpr double kPart3 = 0x1.1a6263p-54;
  constexpr double kPart4 = 0x1.8a2e03707344ap-81;
  // A magnitude without meaning would overflow the polynomials. Infinities and NaN are the caller's.
  const double angle = math::abs(x) <= 0x1p40 ? x : 0.0;
  const double shifted = angle * 0x1.45f306dc9c883p-1 + kRound;
  const double n = shifted - kRound;
  // angle = n * pi/2 + y - t as in first_quadrant_at. The first two differences are exact; the third
  // loses what t picks up.
  const double coarse = (angle - n * kPart1) - n * kPart2;
  const double fine = n * kPart3;
  const double y = coarse - fine;
  const double t = (fine - (coarse - y)) + n * kPart4;
  return first_quadrant_at(y, t, bits(shifted));
}

}  // namespace detail

// Both at once for an angle in radians. |x| <= 1e8: at most 0.8 ulp, equal to glibc in 98.2 % of values and
// one ulp off in the others. Up to 2^40 the argument counts as known to half an ulp of its own; beyond that
// it is taken as 0. Infinities and NaN give NaN.
PLYO_INLINE SinCos sincos(double x) {
  const detail::FirstQuadrant f = detail::first_quadrant(x);
  // Odd quadrants swap the two; bit 1 of the quadrant negates the sine, bit 1 of the next one the cosine.
  const std::uint64_t swap = (detail::bits(f.sine) ^ detail::bits(f.cosine)) & (0 - (f.quadrant & 1u));
  const double sine = detail::from_bits(detail::bits(f.sine) ^ swap ^ ((f.quadrant << 62) & detail::kSign));
  const double cosine =
      detail::from_bits(detail::bits(f.cosine) ^ swap ^ (((f.quadrant + 1u) << 62) & detail::kSign));
  const bool finite = abs(x) < detail::kInfinity;
  return {finite ? sine : detail::kNan, finite ? cosine : detail::kNan};
}

// The same bits for an angle of which near_zero is true, in three quarters of the time.
PLYO_INLINE bool near_zero(double x) { return abs(x) <= 0.75; }
PLYO_INLINE SinCos sincos_near_zero(double x) {
  const detail::FirstQuadrant f = detail::first_quadrant_at(x, 0.0, 0);
  return {f.sine, f.cosine};
}

// The sine, the cosine: the same bits as sincos.
PLYO_INLINE double sin(double x) { return sincos(x).sin; }
PLYO_INLINE double cos(double x) { return sincos(x).cos; }

// The tangent; range as sincos, at most 1.4 ulp.
PLYO_INLINE double tan(double x) {
  const detail::FirstQuadrant f = detail::first_quadrant(x);
  // -cosine / sine in odd quadrants. The quotient of the rounded values alone is up to 2.2 ulp off.
  const std::uint64_t odd = 0 - (f.quadrant & 1u);
  const std::uint64_t swap = (detail::bits(f.sine) ^ detail::bits(f.cosine)) & odd;
  const std::uint64_t swap_rest = (detail::bits(f.sine_rest) ^ detail::bits(f.cosine_rest)) & odd;
  const double p = detail::from_bits(detail::bits(f.sine) ^ swap);
  const double q = detail::from_bits(detail::bits(f.cosine) ^ swap);
  const double p_rest = detail::from_bits(detail::bits(f.sine_rest) ^ swap_rest);
  const double q_rest = detail::from_bits(detail::bits(f.cosine_rest) ^ swap_rest);
  const double ratio = p / q;
  const double value = ratio - (ratio * q_rest - p_rest) / q;
  // The correction can turn -0 into +0, so the sign comes from the quotient.
  const double signed_value = copysign(value, detail::from_bits(detail::bits(ratio) ^ odd));
  return abs(x) < detail::kInfinity ? signed_value : detail::kNan;
}

// The angle of the point (x, y) in [-pi, pi], with the zeros and infinities of C's atan2; at most 1.5 ulp.
// Coordinates whose magnitudes sum to more than 1.79e308 give a diagonal.
PLYO_INLINE double atan2(double y, double x) {
  const bool nan = (x != x) | (y != y);
  if (std::is_constant_evaluated() && nan) return detail::kNan;
  const double ax = abs(x);
  const double ay = abs(y);
  const bool steep = ay > ax;
  const double small = min(ax, ay);
  const double large = max(ax, ay);
  // Both infinite is the diagonal; both zero has the angle 0 and must not divide by 0.
  const bool diagonal = small == detail::kInfinity;
  const double p = diagonal ? 1.0 : small;
  const double q = diagonal ? 1.0 : (large == 0.0 ? 1.0 : large);
  // Above 1/2 turn by pi/4, where p - q is exact: |t| <= 1/2.
  const bool turn = p + p > q;
  const double t = (turn ? p - q : p) / (turn ? p + q : q);
  const double z = t * t;
  const double zz = z * z;
  const double a = (-0x1.5555555555552p-2 + z * 0x1.99999999990e5p-3) +
                   zz * ((-0x1.2492492453ea2p-3 + z * 0x1.c71c71ab2a6fdp-4) +
                         zz * ((-0x1.745d13963bc87p-4 + z * 0x1.3b13612bc8fe0p-4) +
                               zz * ((-0x1.110c766a24bf1p-4 + z * 0x1.e1831fbb33697p-5) +
                                     zz * ((-0x1.ac73dbade29e8p-5 + z * 0x1.77fec53d7a066p-5) +
                                           zz * ((-0x1.301ee4f7508e2p-5 + z * 0x1.83a04d1f5b979p-6) +
                                                 zz * -0x1.122208432a932p-7)))));
  // The angle is `eighths` times pi/4, exact in a head of 50 bits and a tail, plus or minus atan(t).
  const bool left = copysign(1.0, x) < 0.0;
  const std::uint64_t flip = (steep ? detail::kSign : 0u) ^ (detail::bits(x) & detail::kSign);
  const double first = turn ? 1.0 : 0.0;
  const double second = steep ? 2.0 - first : first;
  const double eighths = left ? 4.0 - second : second;
  const double head = detail::from_bits(detail::bits(t) ^ flip);
  const double tail = detail::from_bits(detail::bits((z * t) * a) ^ flip);
  const double angle = eighths * 0x1.921fb54442d18p-1 + (head + (tail + eighths * 0x1.1a62633145c07p-55));
  // min and max let a NaN in the second argument pass unseen.
  return nan ? detail::kNan : copysign(angle, y);
}

namespace detail {

// P(r) in expm1(r) = r + r^2 P(r) for |r| <= ln(2)/2, given r and rr = r^2; good to 2^-57.5 of the
// result, 2^-28 in float.
PLYO_INLINE double exp_tail(double r, double rr) {
  return (0x1.0000000000003p-1 + r * 0x1.555555555555ap-3) +
         rr * ((0x1.555555555238ap-5 + r * 0x1.111111110f139p-7) +
               rr * ((0x1.6c16c17f840b6p-10 + r * 0x1.a01a01b1fd9a5p-13) +
                     rr * ((0x1.a019a48585612p-16 + r * 0x1.71ddf34167c33p-19) +
                           rr * (0x1.28a51e6e1e7e1p-22 + r * 0x1.af673aadc92a4p-26))));
}
PLYO_INLINE float exp_tail(float r, float rr) {
  return (0x1.0p-1f + r * 0x1.55548cp-3f) +
         rr * ((0x1.5554e4p-5f + r * 0x1.123d06p-7f) + rr * 0x1.6d514ep-10f);
}

}  // namespace detail

// e to the power x, at most 0.9 ulp (float: 1.0). Overflows to infinity, underflows through the denormals to
// 0.
PLYO_INLINE double exp(double x) {
  // in this order of the arguments NaN becomes the lower limit
  const double limited = min(max(-746.0, x), 710.0);
  const double shifted = limited * 0x1.71547652b82fep+0 + detail::kRound;
  const double n = shifted - detail::kRound;
  // x = n ln(2) + r - t; n times the first part of ln(2), 33 bits, is exact.
  const double coarse = limited - n * 0x1.62e42fefp-1;
  const double fine = n * 0x1.473de6af278edp-34;
  const double r = coarse - fine;
  const double t = fine - (coarse - r);
  const double rr = r * r;
  const double e = 1.0 + (r + (rr * detail::exp_tail(r, rr) - t));
  // Multiply by 2^n in two halves, because 2^-1074 and 2^1024 are out of reach of one. The lowest 12 bits of
  // `shifted` hold n modulo 4096; 2200 makes it positive.
  const std::uint64_t biased = (detail::bits(shifted) + 2200u) & 0xfffu;
  const std::uint64_t first = biased >> 1;
  const std::uint64_t second = biased - first;
  const double value = e * detail::from_bits((first - 1100u + 1023u) << 52) *
                       detail::from_bits((second - 1100u + 1023u) << 52);
  return x == x ? value : detail::kNan;
}
PLYO_INLINE float exp(float x) {
  const float limited = min(max(-104.0f, x), 89.0f);
  const float shifted = limited * 0x1.715476p+0f + detail::kRoundF;
  const float n = shifted - detail::kRoundF;
  const float r = (limited - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  const float rr = r * r;
  const float e = 1.0f + (r + rr * detail::exp_tail(r, rr));
  const std::uint32_t biased = (detail::bits(shifted) + 300u) & 0x3ffu;
  const std::uint32_t first = biased >> 1;
  const std::uint32_t second = biased - first;
  const float value =
      e * detail::from_bits((first - 150u + 127u) << 23) * detail::from_bits((second - 150u + 127u) << 23);
  return x == x ? value : detail::kNanF;
}

// The natural logarithm, denormals included, at most 0.9 ulp in both types. log(0) is -infinity, of a
// negative number NaN.
PLYO_INLINE double log(double x) {
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcdu;  // bits of sqrt(1/2)
  const bool tiny = x < 0x1p-1022;
  const std::uint64_t u = detail::bits(tiny ? x * 0x1p54 : x) + (0x3ff0000000000000u - kRootHalf);
  // x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); the exponent becomes a double by its bits, below
  // 2^52.
  const double e =
      detail::from_bits((u >> 52) | 0x4330000000000000u) - (tiny ? 0x1p52 + 1077.0 : 0x1p52 + 1023.0);
  const double f = detail::from_bits((u & 0x000fffffffffffffu) + kRootHalf) - 1.0;
  // log(1 + f) = 2 atanh(s) with s = f / (2 + f), written as f - (f^2/2 - s (f^2/2 + z r(z))).
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double zz = z * z;
  const double r =
      (0x1.5555555555592p-1 + z * 0x1.999999997ff07p-2) +
      zz * ((0x1.24924941e3052p-2 + z * 0x1.c71c521277951p-3) +
            zz * ((0x1.74663d64ce428p-3 + z * 0x1.39a1dac0d23e6p-3) + zz * 0x1.2f0459ad41263p-3));
  const double half = 0.5 * f * f;
  const double value = e * 0x1.62e42fefp-1 + (f - (half - (s * (half + z * r) + e * 0x1.473de6af278edp-34)));
  const double special = x == 0.0 ? -detail::kInfinity : (x == detail::kInfinity ? x : detail::kNan);
  return ((x > 0.0) & (x < detail::kInfinity)) ? value : special;
}
PLYO_INLINE float log(float x) {
  constexpr std::uint32_t kRootHalf = 0x3f3504f3u;
  const bool tiny = x < 0x1p-126f;
  const std::uint32_t u = detail::bits(tiny ? x * 0x1p24f : x) + (0x3f800000u - kRootHalf);
  const float e = detail::from_bits((u >> 23) | 0x4b000000u) - (tiny ? 0x1p23f + 151.0f : 0x1p23f + 127.0f);
  const float f = detail::from_bits((u & 0x007fffffu) + kRootHalf) - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float r = 0x1.555554p-1f + z * (0x1.999c26p-2f + z * (0x1.23d3ep-2f + z * 0x1.f13c62p-3f));
  const float half = 0.5f * f * f;
  const float value = e * 0x1.62e4p-1f + (f - (half - (s * (half + z * r) + e * 0x1.7f7d1cp-20f)));
  const float special = x == 0.0f ? -detail::kInfinityF : (x == detail::kInfinityF ? x : detail::kNanF);
  return ((x > 0.0f) & (x < detail::kInfinityF)) ? value : special;
}

// The hyperbolic tangent, as m / (m + 2) with m = exp(2|x|) - 1; at most 1.4 ulp in both types
// (glibc's: 2.2).
PLYO_INLINE double tanh(double x) {
  // Beyond 20 the result is 1. In this order of the arguments NaN becomes the limit.
  const double y = 2.0 * min(20.0, abs(x));
  const double shifted = y * 0x1.71547652b82fep+0 + detail::kRound;
  const double n = shifted - detail::kRound;
  const double coarse = y - n * 0x1.62e42fefp-1;
  const double fine = n * 0x1.473de6af278edp-34;
  const double r = coarse - fine;
  const double t = fine - (coarse - r);
  // m = 2^n (1 + expm1(r)) - 1 and m + 2, each with the part that its rounding loses.
  const double rr = r * r;
  const double q = rr * detail::exp_tail(r, rr) - t;
  const double p = r + q;
  const double power = detail::from_bits((detail::bits(shifted) + 1023u) << 52);
  const double less = power - 1.0;
  const double m = power * p + less;
  const double m_rest = ((less - m) + power * p) + power * ((r - p) + q);
  const double d = m + 2.0;
  const double d_rest = (max(m, 2.0) - d) + min(m, 2.0) + m_rest;
  // One step of correction takes the error from 2.5 to 1.4 ulp; (1 - ratio) / 2 is the reciprocal of d.
  const double ratio = m / d;
  const double value = ratio + (m_rest - ratio * d_rest) * (0.5 - 0.5 * ratio);
  return x == x ? copysign(value, x) : detail::kNan;
}
PLYO_INLINE float tanh(float x) {
  const float y = 2.0f * min(10.0f, abs(x));
  const float shifted = y * 0x1.715476p+0f + detail::kRoundF;
  const float n = shifted - detail::kRoundF;
  const float coarse = y - n * 0x1.62e4p-1f;
  const float fine = n * 0x1.7f7d1cp-20f;
  const float r = coarse - fine;
  const float t = fine - (coarse - r);
  const float rr = r * r;
  const float q = rr * detail::exp_tail(r, rr) - t;
  const float p = r + q;
  const float power = detail::from_bits((detail::bits(shifted) + 127u) << 23);
  const float less = power - 1.0f;
  const float m = power * p + less;
  const float m_rest = ((less - m) + power * p) + power * ((r - p) + q);
  const float d = m + 2.0f;
  const float d_rest = (max(m, 2.0f) - d) + min(m, 2.0f) + m_rest;
  const float ratio = m / d;
  const float value = ratio + (m_rest - ratio * d_rest) * (0.5f - 0.5f * ratio);
  return x == x ? copysign(value, x) : detail::kNanF;
}

namespace detail {

// The remainder of an angle modulo pi/2 in [-pi/4, pi/4] and the quadrant it was in (its lowest two bits).
struct QuadrantF {
  float y;
  std::uint32_t quadrant;
};

// The reduction runs in double, where n times 31 bits of pi/2 is exact: as fast as four float steps, and good
// for |x| <= 1e6 instead of 6e3.
PLYO_INLINE QuadrantF reduce(float x) {
  const float angle = math::abs(x) <= 0x1p21f ? x : 0.0f;
  const float shifted = angle * 0x1.45f306p-1f + kRoundF;
  const double n = static_cast<double>(shifted - kRoundF);
  const double y = (static_cast<double>(angle) - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34;
  return {static_cast<float>(y), bits(shifted)};
}

// sin and cos of `quadrant` right angles plus y.
PLYO_INLINE float sine_of(float y, std::uint32_t quadrant) {
  const float z = y * y;
  const float s = -0x1.555542p-3f + z * (0x1.1105e8p-7f + z * -0x1.98cdc2p-13f);
  const float c = 0x1.555548p-5f + z * (-0x1.6c0ae2p-10f + z * 0x1.998868p-16f);
  const float sine = y + (z * y) * s;
  const float cosine = (1.0f - 0.5f * z) + (z * z) * c;
  const std::uint32_t swap = (bits(sine) ^ bits(cosine)) & (0 - (quadrant & 1u));
  return from_bits(bits(sine) ^ swap ^ ((quadrant << 30) & kSignF));
}

}  // namespace detail

// The sine, the cosine in float: |x| <= 1e6, at most 1.6 ulp; beyond 2^21 the argument is taken as 0. Infinities and
// NaN give NaN.
PLYO_INLINE float sin(float x) {
  const detail::QuadrantF reduced = detail::reduce(x);
  return abs(x) < detail::kInfinityF ? detail::sine_of(reduced.y, reduced.quadrant) : detail::kNanF;
}
PLYO_INLINE float cos(float x) {
  const detail::QuadrantF reduced = detail::reduce(x);
  return abs(x) < detail::kInfinityF ? detail::sine_of(reduced.y, reduced.quadrant + 1u) : detail::kNanF;
}

}  // namespace plyo::math
