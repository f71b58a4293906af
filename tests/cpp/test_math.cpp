// core/math.hpp: accuracy against long double libm, special values, constant evaluation, and the same bits
// from every instruction set; core/reference_math.hpp: that it is libm.
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "core/math.hpp"
#include "core/reference_math.hpp"

namespace {

namespace math = plyo::math;
namespace reference = plyo::reference_math;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr float kInfF = std::numeric_limits<float>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();

// Whether the platform's long double functions can judge: their results have more bits than a double, and MinGW's are
// the processor's own, whose sine is far off.
#if LDBL_MANT_DIG >= 64 && !defined(__MINGW32__)
#define PLYO_HAS_ORACLE 1
#else
#define PLYO_HAS_ORACLE 0
#endif

#if PLYO_HAS_ORACLE
// The distance of `got` from the exact value in units of the last place of the exact value.
template <class T>
double ulp_error(T got, long double exact) {
  const T nearest = std::fabs(static_cast<T>(exact));
  const T unit = std::nextafter(nearest, std::numeric_limits<T>::infinity()) - nearest;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) /
                             static_cast<long double>(unit));
}

struct Accuracy {
  double worst = 0.0;           // ulp
  double equal_fraction = 0.0;  // of values equal to the platform's libm
};

// Compares over uniform values of [low, high], or over powers of two with uniform exponents.
template <class T, class Function, class Exact, class Platform>
Accuracy measure(double low, double high, bool exponents, Function function, Exact exact, Platform platform) {
  constexpr int kSamples = 200'000;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(low, high);
  Accuracy accuracy;
  int equal = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double drawn = uniform(random);
    const T x = static_cast<T>(exponents ? std::exp2(drawn) : drawn);
    const T got = function(x);
    accuracy.worst = std::fmax(accuracy.worst, ulp_error(got, exact(static_cast<long double>(x))));
    equal += got == platform(x) ? 1 : 0;
  }
  accuracy.equal_fraction = static_cast<double>(equal) / kSamples;
  return accuracy;
}

#define MEASURE(T, f, low, high)                                                                 \
  measure<T>(                                                                                    \
      low, high, false, [](T x) { return math::f(x); }, [](long double x) { return std::f(x); }, \
      [](T x) { return std::f(x); })
#define MEASURE_EXPONENTS(T, f, low, high)                                                      \
  measure<T>(                                                                                   \
      low, high, true, [](T x) { return math::f(x); }, [](long double x) { return std::f(x); }, \
      [](T x) { return std::f(x); })
#endif

constexpr bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Whether all are the one NaN, positive and without a payload.
template <class... T>
constexpr bool one_nan(T... values) {
  const auto is_the_nan = [](auto value) {
    if constexpr (sizeof(value) == sizeof(float)) {
      return std::bit_cast<std::uint32_t>(value) == 0x7FC00000U;
    } else {
      return std::bit_cast<std::uint64_t>(value) == 0x7FF8000000000000U;
    }
  };
  return (is_the_nan(values) && ...);
}

// The results of arguments that have none, in one order at run time and in constant evaluation.
constexpr bool nan_is_one_value(double inf, double nan, double one, float inf_f, float nan_f) {
  bool same =
      one_nan(math::sin(inf), math::cos(inf), math::tan(inf), math::sincos(inf).sin, math::sincos(inf).cos,
              math::sqrt(-one), math::sqrt(-inf), math::log(-one), math::log(-inf));
  same = same && one_nan(math::sin(inf_f), math::cos(inf_f), math::log(-inf_f));
  for (const double x : {one, -one, inf, -inf, nan, -nan}) {
    for (const double y : {0.0, -0.0, inf, -inf, nan, -nan}) same = same && one_nan(math::floor_mod(x, y));
    same =
        same && one_nan(math::atan2(x, nan), math::atan2(nan, x), math::atan2(x, -nan), math::atan2(-nan, x));
    same = same && one_nan(math::floor_mod(inf, x), math::floor_mod(-inf, x), math::floor_mod(nan, x));
  }
  for (const double x : {nan, -nan}) {
    same = same && one_nan(math::sin(x), math::cos(x), math::tan(x), math::sqrt(x), math::exp(x),
                           math::log(x), math::tanh(x));
    same = same && same_bits(math::floor(x), x) && same_bits(math::trunc(x), x) &&
           same_bits(math::round_even(x), x);
  }
  for (const float x : {nan_f, -nan_f}) {
    same = same && one_nan(math::sin(x), math::cos(x), math::exp(x), math::log(x), math::tanh(x));
  }
  return same;
}

// One loop a function and instruction set, vectorised for the attribute's target.
#define PLYO_LOOP(name, T, expression, suffix, attribute)          \
  attribute void name##_##suffix(const T* x, const T* y, T* out) { \
    for (int i = 0; i < kLanes; ++i) out[i] = expression;          \
  }
#if defined(__x86_64__) && defined(__GNUC__)
#define PLYO_LOOPS(name, T, expression)                                              \
  PLYO_LOOP(name, T, expression, baseline, [[gnu::noinline]])                        \
  PLYO_LOOP(name, T, expression, avx2, [[gnu::noinline]] [[gnu::target("avx2")]])    \
  PLYO_LOOP(name, T, expression, avx512,                                             \
            [[gnu::noinline]] [[gnu::target("avx512f,avx512dq,avx512vl,avx512bw")]]) \
  constexpr Loop<T> name{#name, name##_baseline, name##_avx2, name##_avx512};
#else
#define PLYO_LOOPS(name, T, expression)      \
  PLYO_LOOP(name, T, expression, baseline, ) \
  constexpr Loop<T> name{#name, name##_baseline, nullptr, nullptr};
#endif

constexpr int kLanes = 1021;  // a prime, so that every vector width leaves a rest

template <class T>
struct Loop {
  using Function = void (*)(const T* x, const T* y, T* out);
  const char* name;
  Function baseline;
  Function avx2;
  Function avx512;
};

PLYO_LOOPS(loop_sin, double, math::sin(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_cos, double, math::cos(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_tan, double, math::tan(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_sincos, double, math::sincos(x[i]).sin + y[i] * math::sincos(x[i]).cos)
PLYO_LOOPS(loop_atan2, double, math::atan2(x[i], y[i]))
PLYO_LOOPS(loop_exp, double, math::exp(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_log, double, math::log(math::abs(x[i])) + 0.0 * y[i])
PLYO_LOOPS(loop_tanh, double, math::tanh(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_sqrt, double, math::sqrt(math::abs(x[i])) + 0.0 * y[i])
PLYO_LOOPS(loop_floor_mod, double, math::floor_mod(x[i], y[i]))
PLYO_LOOPS(loop_floor, double, math::floor(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_trunc, double, math::trunc(x[i]) + 0.0 * y[i])
PLYO_LOOPS(loop_clip, double, math::clip(x[i], -1.0, y[i]))
PLYO_LOOPS(loop_sin_f, float, math::sin(x[i]) + 0.0f * y[i])
PLYO_LOOPS(loop_cos_f, float, math::cos(x[i]) + 0.0f * y[i])
PLYO_LOOPS(loop_exp_f, float, math::exp(x[i]) + 0.0f * y[i])
PLYO_LOOPS(loop_log_f, float, math::log(math::abs(x[i])) + 0.0f * y[i])
PLYO_LOOPS(loop_tanh_f, float, math::tanh(x[i]) + 0.0f * y[i])
PLYO_LOOPS(loop_clip_f, float, math::clip(x[i], -1.0f, y[i]))

// Runs every version of a loop that this processor has, and compares bytes with the baseline's.
template <class T>
void check_one_result(const Loop<T>& loop, double range) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(-range, range);
  std::vector<T> x(kLanes);
  std::vector<T> y(kLanes);
  for (auto& value : x) value = static_cast<T>(uniform(random));
  for (auto& value : y) value = static_cast<T>(1.0 + std::fabs(uniform(random)));
  std::vector<T> expected(kLanes);
  loop.baseline(x.data(), y.data(), expected.data());
  const auto compare = [&](typename Loop<T>::Function function) {
    std::vector<T> got(kLanes);
    function(x.data(), y.data(), got.data());
    if (std::memcmp(got.data(), expected.data(), sizeof(T) * kLanes) != 0) {
      plyo::testing::fail(__FILE__, __LINE__, std::string(loop.name) + " differs from the baseline");
    }
  };
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx2")) compare(loop.avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
    compare(loop.avx512);
  }
#else
  compare(loop.baseline);
#endif
}

// Constant evaluation: each function, and a rollout of some length.
static_assert(math::sin(0.0) == 0.0 && math::cos(0.0) == 1.0);
static_assert(math::sin(math::kHalfPi) == 1.0 && math::cos(math::kPi) == -1.0);
static_assert(math::sqrt(2.0) == math::kSqrt2 && math::sqrt(0x1p-1074) == 0x1p-537);
static_assert(math::sqrt(0.1) == 0x1.43d136248490fp-2 && math::sqrt(3.0) == 0x1.bb67ae8584caap+0);
static_assert(math::exp(0.0) == 1.0 && math::log(1.0) == 0.0 && math::tanh(0.0) == 0.0);
static_assert(math::exp(0.0f) == 1.0f && math::log(1.0f) == 0.0f && math::tanh(30.0f) == 1.0f);
static_assert(math::sin(0.0f) == 0.0f && math::cos(0.0f) == 1.0f);
static_assert(math::atan2(0.0, -1.0) == math::kPi && math::tan(0.0) == 0.0);
static_assert(math::floor_mod(-1.0, 3.0) == 2.0 && math::floor_mod(7.0, -3.0) == -2.0);
static_assert(math::floor(-1.5) == -2.0 && math::trunc(-1.5) == -1.0);
static_assert(math::round_even(2.5) == 2.0 && math::round_even(-3.5) == -4.0);
static_assert(math::clip(2.0, -1.0, 1.0) == 1.0 && math::square(-3.0f) == 9.0f);
static_assert(nan_is_one_value(kInf, kNan, 1.0, kInfF, kNanF));
static_assert([] {
  double angle = 0.1;
  double speed = 0.0;
  for (int step = 0; step < 200; ++step) {
    speed = math::clip(speed + 0.05 * math::sin(angle), -8.0, 8.0);
    angle = math::floor_mod(angle + 0.05 * speed + math::kPi, math::kTwoPi) - math::kPi;
  }
  return angle >= -math::kPi && angle <= math::kPi;
}());

}  // namespace

#if PLYO_HAS_ORACLE
PLYO_TEST(math_sine_and_cosine_are_within_one_ulp_and_mostly_equal_libm) {
  for (const double range : {0.785, 3.2, 100.0, 1e5, 1e8}) {
    const Accuracy sine = MEASURE(double, sin, -range, range);
    const Accuracy cosine = MEASURE(double, cos, -range, range);
    CHECK(sine.worst < 0.85);
    CHECK(cosine.worst < 0.85);
    CHECK(sine.equal_fraction > 0.97);
    CHECK(cosine.equal_fraction > 0.97);
  }
  CHECK(MEASURE_EXPONENTS(double, sin, -1000.0, 26.0).worst < 0.85);
}

PLYO_TEST(math_sine_keeps_its_accuracy_beside_multiples_of_half_pi) {
  for (int n = 1; n < 60'000; n += 7) {
    double x = n * math::kHalfPi;
    for (int step = 0; step < 3; ++step, x = std::nextafter(x, kInf)) {
      CHECK(ulp_error(math::sin(x), std::sin(static_cast<long double>(x))) < 0.85);
      CHECK(ulp_error(math::cos(x), std::cos(static_cast<long double>(x))) < 0.85);
    }
  }
}

#endif

PLYO_TEST(math_sincos_shares_its_bits_with_sin_and_cos) {
  for (double x = -30.0; x < 30.0; x += 0.00137) {
    CHECK(same_bits(math::sincos(x).sin, math::sin(x)));
    CHECK(same_bits(math::sincos(x).cos, math::cos(x)));
  }
}

PLYO_TEST(math_sincos_near_zero_shares_its_bits_with_sincos) {
  const auto check = [](double x) {
    CHECK(math::near_zero(x));
    CHECK(same_bits(math::sincos_near_zero(x).sin, math::sincos(x).sin));
    CHECK(same_bits(math::sincos_near_zero(x).cos, math::sincos(x).cos));
  };
  for (double x = -0.75; x <= 0.75; x += 0.0000137) check(x);
  for (const double x : {0.0, -0.0, 0x1p-1074, -0x1p-1030, 1e-300, -1e-17, 1e-9, 0.75, -0.75}) check(x);
  for (const double x :
       {std::nextafter(0.75, 1.0), 1.0, -1e9, static_cast<double>(INFINITY), -std::nan("")}) {
    CHECK(!math::near_zero(x));
  }
}

#if PLYO_HAS_ORACLE
PLYO_TEST(math_other_functions_keep_their_error_bounds) {
  CHECK(MEASURE(double, tan, -1e5, 1e5).worst < 1.4);
  CHECK(MEASURE(double, exp, -1.0, 1.0).worst < 0.9);
  CHECK(MEASURE(double, exp, -745.0, 709.7).worst < 0.9);
  CHECK(MEASURE(double, log, 0.5, 2.0).worst < 0.9);
  CHECK(MEASURE_EXPONENTS(double, log, -1074.0, 1023.9).worst < 0.9);
  CHECK(MEASURE(double, tanh, -20.0, 20.0).worst < 1.4);
  CHECK(MEASURE_EXPONENTS(double, tanh, -300.0, 5.0).worst < 1.4);
  CHECK(MEASURE(float, sin, -1e6, 1e6).worst < 1.6);
  CHECK(MEASURE(float, cos, -1e6, 1e6).worst < 1.6);
  CHECK(MEASURE(float, exp, -103.0, 88.7).worst < 1.0);
  CHECK(MEASURE_EXPONENTS(float, log, -149.0, 127.9).worst < 0.9);
  CHECK(MEASURE(float, log, 0.5, 2.0).worst < 0.9);
  CHECK(MEASURE(float, tanh, -10.0, 10.0).worst < 1.4);
  CHECK(MEASURE_EXPONENTS(float, tanh, -60.0, 4.0).worst < 1.4);
}

PLYO_TEST(math_atan2_keeps_its_error_bound) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  double worst = 0.0;
  for (int i = 0; i < 200'000; ++i) {
    const double y = normal(random);
    const double x = normal(random);
    const auto exact = std::atan2(static_cast<long double>(y), static_cast<long double>(x));
    worst = std::fmax(worst, ulp_error(math::atan2(y, x), exact));
  }
  CHECK(worst < 1.6);
}
#endif

PLYO_TEST(math_atan2_covers_all_quadrants) {
  const double values[] = {0.0, -0.0, 1.0, -1.0, kInf, -kInf};
  for (const double y : values) {
    for (const double x : values) CHECK(same_bits(math::atan2(y, x), std::atan2(y, x)));
    CHECK(std::isnan(math::atan2(y, kNan)) && std::isnan(math::atan2(kNan, y)));
  }
}

PLYO_TEST(math_special_values) {
  CHECK(same_bits(math::sin(-0.0), -0.0) && same_bits(math::tan(-0.0), -0.0));
  CHECK(same_bits(math::tanh(-0.0), -0.0) && same_bits(math::trunc(-0.5), -0.0));
  CHECK(std::isnan(math::sin(kInf)) && std::isnan(math::cos(-kInf)) && std::isnan(math::tan(kInf)));
  CHECK_EQ(math::cos(1e300), 1.0);
  CHECK_EQ(math::exp(710.0), kInf);
  CHECK_EQ(math::exp(kInf), kInf);
  CHECK_EQ(math::exp(-kInf), 0.0);
  CHECK_EQ(math::exp(-745.0), 0x1p-1074);
  CHECK_EQ(math::log(0.0), -kInf);
  CHECK_EQ(math::log(-0.0), -kInf);
  CHECK_EQ(math::log(kInf), kInf);
  CHECK(std::isnan(math::log(-1.0)));
  CHECK_EQ(math::tanh(kInf), 1.0);
  CHECK_EQ(math::tanh(-kInf), -1.0);
  for (const double nan : {kNan, -kNan}) {
    CHECK(std::isnan(math::sin(nan)) && std::isnan(math::cos(nan)) && std::isnan(math::tan(nan)));
    CHECK(std::isnan(math::exp(nan)) && std::isnan(math::log(nan)) && std::isnan(math::tanh(nan)));
    CHECK(std::isnan(math::floor(nan)) && std::isnan(math::trunc(nan)) && std::isnan(math::sqrt(nan)));
    CHECK(std::isnan(math::clip(nan, -1.0, 1.0)) && std::isnan(math::floor_mod(nan, 1.0)));
  }
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(math::sin(infinity)) && std::isnan(math::cos(nan)) && std::isnan(math::log(-1.0f)));
  CHECK(std::isnan(math::exp(nan)) && std::isnan(math::log(nan)) && std::isnan(math::tanh(nan)));
  CHECK_EQ(math::exp(89.0f), infinity);
  CHECK_EQ(math::exp(-infinity), 0.0f);
  CHECK_EQ(math::log(0.0f), -infinity);
  CHECK_EQ(math::log(infinity), infinity);
  CHECK_EQ(math::tanh(-infinity), -1.0f);
}

PLYO_TEST(math_has_one_nan) {
  volatile double inf = kInf, nan = kNan, one = 1.0;
  volatile float inf_f = kInfF, nan_f = kNanF;
  CHECK(nan_is_one_value(inf, nan, one, inf_f, nan_f));
}

PLYO_TEST(math_rounding_is_exact) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::bit_cast<double>(random());
    if (std::isnan(x)) continue;
    CHECK(same_bits(math::floor(x), std::floor(x)));
    CHECK(same_bits(math::trunc(x), std::trunc(x)));
    CHECK(same_bits(math::round_even(x), std::nearbyint(x)));
  }
  for (double x = -5.0; x <= 5.0; x += 0.125) {
    CHECK(same_bits(math::floor(x), std::floor(x)));
    CHECK(same_bits(math::trunc(x), std::trunc(x)));
    CHECK(same_bits(math::round_even(x), std::nearbyint(x)));
  }
}

PLYO_TEST(math_floor_mod_is_numpys_bit_for_bit) {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<double> wide(-1e4, 1e4);
  std::uniform_real_distribution<double> narrow(-10.0, 10.0);
  std::uniform_int_distribution<int> quotient(-(1 << 25) + 1, (1 << 25) - 1);
  for (int i = 0; i < 200'000; ++i) {
    const double y = narrow(random);
    const double x = wide(random);
    CHECK(same_bits(math::floor_mod(x, math::kTwoPi), reference::floor_mod(x, math::kTwoPi)));
    if (std::fabs(x / y) < 0x1p25) CHECK(same_bits(math::floor_mod(x, y), reference::floor_mod(x, y)));
    // Beside multiples and half multiples of y, where the quotient rounds to the wrong side.
    const double at = 0.5 * quotient(random) * y;
    for (const double near : {std::nextafter(at, -kInf), at, std::nextafter(at, kInf)}) {
      CHECK(same_bits(math::floor_mod(near, y), reference::floor_mod(near, y)));
    }
  }
  CHECK(std::isnan(math::floor_mod(1.0, 0.0)) && std::isnan(math::floor_mod(kInf, 1.0)));
  CHECK(same_bits(math::floor_mod(-0.0, 1.0), 0.0) && same_bits(math::floor_mod(6.0, -3.0), -0.0));
}

PLYO_TEST(math_gives_one_result_on_every_instruction_set) {
  for (const auto& loop : {loop_sin, loop_cos, loop_tan, loop_sincos, loop_atan2, loop_exp, loop_log,
                           loop_tanh, loop_sqrt, loop_floor_mod, loop_floor, loop_trunc, loop_clip}) {
    for (const double range : {1.0, 20.0, 1e5}) check_one_result(loop, range);
  }
  for (const auto& loop : {loop_sin_f, loop_cos_f, loop_exp_f, loop_log_f, loop_tanh_f, loop_clip_f}) {
    for (const double range : {1.0, 20.0, 1e5}) check_one_result(loop, range);
  }
}

PLYO_TEST(reference_math_is_libm) {
  int pow_differs = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = -50.0 + 0.001 * i;
    CHECK_EQ(reference::sin(x), std::sin(x));
    CHECK_EQ(reference::sincos(x).cos, std::cos(x));
    pow_differs += reference::square(x) != math::square(x) ? 1 : 0;
    CHECK_NEAR(reference::square(x), math::square(x), 1e-12);
  }
#if defined(__GLIBC__) && defined(__x86_64__)
  CHECK(pow_differs > 0);  // or the compiler has folded pow(x, 2) to x * x
#endif
  // numpy.sin and numpy.cos of numpy.float32, from NumPy 2.4.6.
  CHECK_EQ(reference::sin(0x1.204bf80000000p+3f), 0x1.9d56d00000000p-2f);
  CHECK_EQ(reference::sin(0x1.fbd6e00000000p-1f), 0x1.ac922a0000000p-1f);
  CHECK_EQ(reference::sin(0x1.1170800000000p+16f), -0x1.cd7a740000000p-2f);
  CHECK_EQ(reference::sin(0x1.86a0000000000p+17f), -0x1.24aabe0000000p-4f);
  CHECK_EQ(reference::cos(0x1.ff5a0a0000000p+1f), -0x1.509fae0000000p-1f);
  CHECK_EQ(reference::cos(-0x1.e2d2400000000p+0f), -0x1.3d78700000000p-2f);
  CHECK_EQ(reference::cos(0x1.1170800000000p+16f), 0x1.c90f3e0000000p-1f);
  CHECK_EQ(reference::cos(0x1.86a0000000000p+17f), 0x1.feb0fc0000000p-1f);
}
