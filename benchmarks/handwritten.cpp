// The yardstick: classic control written by hand for speed, with no engine and no Python. Plain
// arrays, one loop over a tile of lanes for each operation, core/math.hpp's sines, PCG64 resets in the step
// after an episode's end (Gymnasium's next-step autoreset), time limits. It shares no kernel with Plyo and
// checks nothing: not the actions, not the order of calls. benchmarks/run.py compares its results with
// Plyo's, bit for bit.
//
// The same source makes a program that prints JSON and a shared library that benchmarks/handwritten.py loads.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "core/isa.hpp"
#include "core/math.hpp"
#include "core/rng.hpp"
#include "timing.hpp"

#if defined(_MSC_VER)
#define EXPORT __declspec(dllexport)
#define RESTRICT __restrict
#define INLINE __forceinline
#else
#define EXPORT __attribute__((visibility("default")))
#define RESTRICT __restrict__
#define INLINE inline __attribute__((always_inline))
#endif
#if defined(__GNUC__) && !defined(__clang__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

namespace {

namespace math = plyo::math;
using plyo::Isa;
using plyo::Rng;

// Lanes whose arrays stay in the first-level cache between the loops.
constexpr std::size_t kTile = 256;
constexpr std::size_t kMaxVariables = 8;

// A batch: one array a state variable, and the outputs.
struct Batch {
  std::size_t num_envs;
  std::vector<double> state[kMaxVariables];
  std::vector<std::int32_t> elapsed;  // steps
  std::vector<std::uint8_t> done;     // at the last step
  std::vector<Rng> rngs;
  std::vector<float> observations;  // one row a lane
  std::vector<double> rewards;
  std::vector<std::uint8_t> terminated, truncated;
};

// Each task: `step` moves `count` lanes and writes rewards and terminations, `reset` begins an episode in one
// lane, `observe` writes `count` rows. `s` are the state arrays from the first lane on.

struct CartPole {
  static constexpr const char* kId = "CartPole-v1";
  static constexpr int kLimit = 500;  // steps
  static constexpr std::size_t kVariables = 4, kObservation = 4;
  using Action = std::int64_t;

  static INLINE void step(double* const* s, std::size_t count, const Action* RESTRICT actions,
                          double* RESTRICT rewards, std::uint8_t* RESTRICT terminated) {
    double *const RESTRICT xs = s[0], *const RESTRICT x_dots = s[1];
    double *const RESTRICT thetas = s[2], *const RESTRICT theta_dots = s[3];
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const double force = actions[i] == 1 ? 10.0 : -10.0;  // N
      const double theta_dot = theta_dots[i];
      const math::SinCos angle = math::sincos(thetas[i]);
      const double temp = (force + 0.05 * (theta_dot * theta_dot) * angle.sin) / 1.1;
      const double theta_acc =
          (9.8 * angle.sin - angle.cos * temp) / (0.5 * (4.0 / 3.0 - 0.1 * (angle.cos * angle.cos) / 1.1));
      const double x_acc = temp - 0.05 * theta_acc * angle.cos / 1.1;
      const double x = xs[i] + 0.02 * x_dots[i];
      const double theta = thetas[i] + 0.02 * theta_dot;
      xs[i] = x;
      x_dots[i] = x_dots[i] + 0.02 * x_acc;
      thetas[i] = theta;
      theta_dots[i] = theta_dot + 0.02 * theta_acc;
      rewards[i] = 1.0;
      terminated[i] = (math::abs(x) > 2.4) | (math::abs(theta) > 12 * 2 * math::kPi / 360);
    }
  }

  static INLINE void reset(double* const* s, std::size_t i, Rng& rng) {
    for (std::size_t v = 0; v < 4; ++v) s[v][i] = rng.uniform(-0.05, 0.05);
  }

  static INLINE void observe(const double* const* s, std::size_t count, float* RESTRICT rows) {
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      rows[4 * i] = static_cast<float>(s[0][i]);
      rows[4 * i + 1] = static_cast<float>(s[1][i]);
      rows[4 * i + 2] = static_cast<float>(s[2][i]);
      rows[4 * i + 3] = static_cast<float>(s[3][i]);
    }
  }
};

struct MountainCar {
  static constexpr const char* kId = "MountainCar-v0";
  static constexpr int kLimit = 200;
  static constexpr std::size_t kVariables = 2, kObservation = 2;
  using Action = std::int64_t;

  static INLINE void step(double* const* s, std::size_t count, const Action* RESTRICT actions,
                          double* RESTRICT rewards, std::uint8_t* RESTRICT terminated) {
    double *const RESTRICT positions = s[0], *const RESTRICT velocities = s[1];
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const double push = static_cast<double>(static_cast<std::int32_t>(actions[i]) - 1) * 0.001;
      const double pushed = velocities[i] + (push + math::cos(3.0 * positions[i]) * -0.0025);
      const double velocity = math::clip(pushed, -0.07, 0.07);
      const double position = math::clip(positions[i] + velocity, -1.2, 0.6);
      positions[i] = position;
      // one comparison at a time: GCC 12 vectorises neither `&` between the two here nor in the goal's
      // condition
      velocities[i] = math::max(velocity, position == -1.2 ? 0.0 : -1.0);
      rewards[i] = -1.0;
      terminated[i] = (position >= 0.5 ? velocity : -1.0) >= 0.0;
    }
  }

  static INLINE void reset(double* const* s, std::size_t i, Rng& rng) {
    s[0][i] = rng.uniform(-0.6, -0.4);
    s[1][i] = 0.0;
  }

  static INLINE void observe(const double* const* s, std::size_t count, float* RESTRICT rows) {
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      rows[2 * i] = static_cast<float>(s[0][i]);
      rows[2 * i + 1] = static_cast<float>(s[1][i]);
    }
  }
};

// Gymnasium computes the first step of an episode in float64 and the others in float32, so the same results
// need both: the third variable distinguishes them.
struct MountainCarContinuous {
  static constexpr const char* kId = "MountainCarContinuous-v0";
  static constexpr int kLimit = 999;
  static constexpr std::size_t kVariables = 3, kObservation = 2;
  using Action = float;

  static INLINE double rounded(bool single, double x) {
    return single ? static_cast<double>(static_cast<float>(x)) : x;
  }

  static INLINE void step(double* const* s, std::size_t count, const Action* RESTRICT actions,
                          double* RESTRICT rewards, std::uint8_t* RESTRICT terminated) {
    constexpr double kLimitSingle = static_cast<double>(0.07F), kLeftSingle = static_cast<double>(-1.2F);
    constexpr double kRightSingle = static_cast<double>(0.6F), kGoalSingle = static_cast<double>(0.45F);
    double *const RESTRICT positions = s[0], *const RESTRICT velocities = s[1];
    double* const RESTRICT singles = s[2];
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const bool single = singles[i] != 0.0;
      const double wanted = static_cast<double>(actions[i]);
      const double force = math::clip(wanted, -1.0, 1.0);
      const double slope = 0.0025 * math::cos(rounded(single, 3.0 * positions[i]));
      const float change = actions[i] * 0.0015F - static_cast<float>(slope);
      const double acceleration = force == wanted ? static_cast<double>(change) : force * 0.0015 - slope;
      const double velocity = rounded(single, velocities[i] + rounded(single, acceleration));
      const double limit = single ? kLimitSingle : 0.07;
      const bool limited = math::abs(velocity) > limit;
      const double new_velocity = limited ? math::copysign(limit, velocity) : velocity;
      const double left = single ? kLeftSingle : -1.2;
      const double right = single ? kRightSingle : 0.6;
      const double position = math::clip(rounded(single, positions[i] + new_velocity), left, right);
      const double compared = limited ? math::copysign(0.07, velocity) : velocity;
      const bool arrived = (position >= (single ? kGoalSingle : 0.45)) & (compared >= 0.0);
      positions[i] = static_cast<double>(static_cast<float>(position));
      const bool stopped = (position == left) & (new_velocity < 0.0);
      velocities[i] = stopped ? 0.0 : static_cast<double>(static_cast<float>(new_velocity));
      singles[i] = 1.0;
      rewards[i] = (arrived ? 100.0 : 0.0) - wanted * wanted * 0.1;
      terminated[i] = arrived;
    }
  }

  static INLINE void reset(double* const* s, std::size_t i, Rng& rng) {
    s[0][i] = rng.uniform(-0.6, -0.4);
    s[1][i] = 0.0;
    s[2][i] = 0.0;
  }

  static INLINE void observe(const double* const* s, std::size_t count, float* RESTRICT rows) {
    MountainCar::observe(s, count, rows);
  }
};

struct Pendulum {
  static constexpr const char* kId = "Pendulum-v1";
  static constexpr int kLimit = 200;
  // angle, angular velocity, and the angle's sine and cosine, which the observation and the next step share
  static constexpr std::size_t kVariables = 4, kObservation = 3;
  using Action = float;

  static INLINE void step(double* const* s, std::size_t count, const Action* RESTRICT actions,
                          double* RESTRICT rewards, std::uint8_t* RESTRICT terminated) {
    double *const RESTRICT thetas = s[0], *const RESTRICT theta_dots = s[1];
    double *const RESTRICT sines = s[2], *const RESTRICT cosines = s[3];
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const float torque = math::clip(actions[i], -2.0F, 2.0F);  // N m
      const float effort = 0.001F * (torque * torque);
      const double angle = math::floor_mod(thetas[i] + math::kPi, math::kTwoPi) - math::kPi;
      const double theta_dot = theta_dots[i];
      rewards[i] = -(angle * angle + 0.1 * (theta_dot * theta_dot) + static_cast<double>(effort));
      const double faster = theta_dot + (15.0 * sines[i] + static_cast<double>(3.0F * torque)) * 0.05;
      const double new_theta_dot = math::clip(faster, -8.0, 8.0);
      const double theta = thetas[i] + new_theta_dot * 0.05;
      const math::SinCos turned = math::sincos(theta);
      thetas[i] = theta;
      theta_dots[i] = new_theta_dot;
      sines[i] = turned.sin;
      cosines[i] = turned.cos;
    }
    std::memset(terminated, 0, count);
  }

  static INLINE void reset(double* const* s, std::size_t i, Rng& rng) {
    s[0][i] = rng.uniform(-math::kPi, math::kPi);
    s[1][i] = rng.uniform(-1.0, 1.0);
    const math::SinCos angle = math::sincos(s[0][i]);
    s[2][i] = angle.sin;
    s[3][i] = angle.cos;
  }

  static INLINE void observe(const double* const* s, std::size_t count, float* RESTRICT rows) {
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      rows[3 * i] = static_cast<float>(s[3][i]);
      rows[3 * i + 1] = static_cast<float>(s[2][i]);
      rows[3 * i + 2] = static_cast<float>(s[1][i]);
    }
  }
};

struct Acrobot {
  static constexpr const char* kId = "Acrobot-v1";
  static constexpr int kLimit = 500;
  // two angles, two angular velocities, and the angles' sines and cosines as in Pendulum
  static constexpr std::size_t kVariables = 8, kObservation = 6;
  using Action = std::int64_t;

  struct Motion {
    double theta1, theta2, omega1, omega2;
  };

  // The equations of motion with all masses, lengths and inertias 1, solved by Cramer's rule.
  static INLINE Motion rates(const Motion& y, const math::SinCos& first, const math::SinCos& second,
                             double torque) {
    const double w1 = y.omega1, w2 = y.omega2;
    const double bend = 0.5 * second.cos;
    const double d1 = 3.5 + 2 * 0.5 * second.cos;
    const double d2 = 1.25 + bend;
    const double scale = 1.0 / (1.25 * (3.5 - 1.25) - bend * bend);
    const double h = 0.5 * second.sin;
    const double g2 = 0.5 * 9.8 * (first.sin * second.cos + first.cos * second.sin);
    const double t1 = h * (w2 * (w2 + (w1 + w1))) - (1.5 * 9.8 * first.sin + g2);
    const double t2 = (torque - g2) - h * (w1 * w1);
    return {w1, w2, (1.25 * t1 - d2 * t2) * scale, (d1 * t2 - d2 * t1) * scale};
  }

  static INLINE Motion rates(const Motion& y, double torque) {
    return rates(y, math::sincos(y.theta1), math::sincos(y.theta2), torque);
  }

  static INLINE Motion moved(const Motion& y, double time, const Motion& rate) {
    return {y.theta1 + time * rate.theta1, y.theta2 + time * rate.theta2, y.omega1 + time * rate.omega1,
            y.omega2 + time * rate.omega2};
  }

  // The angle in [-pi, pi].
  static INLINE double wrapped(double angle) {
    const double turns = math::round_even(angle * ((1 - 0x1p-50) / math::kTwoPi));
    const double rest = angle - turns * math::kTwoPi;
    const double lower = rest > math::kPi ? rest - math::kTwoPi : rest;
    return lower < -math::kPi ? lower + math::kTwoPi : lower;
  }

  static INLINE void step(double* const* s, std::size_t count, const Action* RESTRICT actions,
                          double* RESTRICT rewards, std::uint8_t* RESTRICT terminated) {
    double *const RESTRICT theta1 = s[0], *const RESTRICT theta2 = s[1];
    double *const RESTRICT omega1 = s[2], *const RESTRICT omega2 = s[3];
    double *const RESTRICT sin1 = s[4], *const RESTRICT cos1 = s[5];
    double *const RESTRICT sin2 = s[6], *const RESTRICT cos2 = s[7];
    // GCC takes as many lanes at once as there are bytes in a register if bytes are stored, and has no
    // registers left then: 38 ns with AVX2 in place of 28 ns
    std::uint64_t ended[kTile];
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const double torque = static_cast<std::int32_t>(actions[i]) - 1;  // N m
      const Motion y{theta1[i], theta2[i], omega1[i], omega2[i]};
      const Motion k1 = rates(y, {sin1[i], cos1[i]}, {sin2[i], cos2[i]}, torque);
      const Motion k2 = rates(moved(y, 0.2 / 2, k1), torque);
      const Motion k3 = rates(moved(y, 0.2 / 2, k2), torque);
      const Motion k4 = rates(moved(y, 0.2, k3), torque);
      const double new1 =
          wrapped(y.theta1 + 0.2 / 6 * (k1.theta1 + 2 * k2.theta1 + 2 * k3.theta1 + k4.theta1));
      const double new2 =
          wrapped(y.theta2 + 0.2 / 6 * (k1.theta2 + 2 * k2.theta2 + 2 * k3.theta2 + k4.theta2));
      const double sum1 = k1.omega1 + 2 * k2.omega1 + 2 * k3.omega1 + k4.omega1;
      const double sum2 = k1.omega2 + 2 * k2.omega2 + 2 * k3.omega2 + k4.omega2;
      const math::SinCos first = math::sincos(new1);
      const math::SinCos second = math::sincos(new2);
      theta1[i] = new1;
      theta2[i] = new2;
      omega1[i] = math::clip(y.omega1 + 0.2 / 6 * sum1, -4 * math::kPi, 4 * math::kPi);
      omega2[i] = math::clip(y.omega2 + 0.2 / 6 * sum2, -9 * math::kPi, 9 * math::kPi);
      sin1[i] = first.sin;
      cos1[i] = first.cos;
      sin2[i] = second.sin;
      cos2[i] = second.cos;
      const bool up = -first.cos - (first.cos * second.cos - first.sin * second.sin) > 1.0;
      rewards[i] = up ? 0.0 : -1.0;
      ended[i] = up ? 1 : 0;
    }
    for (std::size_t i = 0; i < count; ++i) terminated[i] = static_cast<std::uint8_t>(ended[i]);
  }

  static INLINE void reset(double* const* s, std::size_t i, Rng& rng) {
    for (std::size_t v = 0; v < 4; ++v) {
      s[v][i] = static_cast<double>(static_cast<float>(rng.uniform(-0.1, 0.1)));
    }
    const math::SinCos first = math::sincos(s[0][i]);
    const math::SinCos second = math::sincos(s[1][i]);
    s[4][i] = first.sin;
    s[5][i] = first.cos;
    s[6][i] = second.sin;
    s[7][i] = second.cos;
  }

  static INLINE void observe(const double* const* s, std::size_t count, float* RESTRICT rows) {
    INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      rows[6 * i] = static_cast<float>(s[5][i]);
      rows[6 * i + 1] = static_cast<float>(s[4][i]);
      rows[6 * i + 2] = static_cast<float>(s[7][i]);
      rows[6 * i + 3] = static_cast<float>(s[6][i]);
      rows[6 * i + 4] = static_cast<float>(s[2][i]);
      rows[6 * i + 5] = static_cast<float>(s[3][i]);
    }
  }
};

// Lists the lanes whose byte is set; reads eight bytes at a time.
INLINE std::size_t find_set(const std::uint8_t* bytes, std::size_t count, std::uint32_t* lanes) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; i += 8) {
    std::uint64_t word = 0;
    const std::size_t left = std::min<std::size_t>(8, count - i);
    std::memcpy(&word, bytes + i, left);
    if (word == 0) continue;
    for (std::size_t k = 0; k < left; ++k) {
      lanes[found] = static_cast<std::uint32_t>(i + k);
      found += bytes[i + k] != 0 ? 1 : 0;
    }
  }
  return found;
}

template <class Task>
INLINE void step_batch(Batch& batch, const void* actions) {
  for (std::size_t first = 0; first < batch.num_envs; first += kTile) {
    const std::size_t count = std::min(kTile, batch.num_envs - first);
    double* s[kMaxVariables] = {};
    for (std::size_t v = 0; v < Task::kVariables; ++v) s[v] = batch.state[v].data() + first;
    std::int32_t* const RESTRICT elapsed = batch.elapsed.data() + first;
    std::uint8_t* const RESTRICT done = batch.done.data() + first;
    double* const RESTRICT rewards = batch.rewards.data() + first;
    std::uint8_t* const RESTRICT terminated = batch.terminated.data() + first;
    std::uint8_t* const RESTRICT truncated = batch.truncated.data() + first;

    std::uint32_t ended[kTile + 1];
    const std::size_t num_ended = find_set(done, count, ended);
    Task::step(s, count, static_cast<const typename Task::Action*>(actions) + first, rewards, terminated);
    for (std::size_t i = 0; i < count; ++i) {
      elapsed[i] += 1;
      truncated[i] = elapsed[i] >= Task::kLimit;
    }
    for (std::size_t i = 0; i < count; ++i) done[i] = terminated[i] | truncated[i];
    // the step of a lane whose episode had ended is its reset
    for (std::size_t e = 0; e < num_ended; ++e) {
      const std::size_t i = ended[e];
      Task::reset(s, i, batch.rngs[first + i]);
      elapsed[i] = 0;
      rewards[i] = 0.0;
      terminated[i] = truncated[i] = done[i] = 0;
    }
    Task::observe(s, count, batch.observations.data() + first * Task::kObservation);
  }
}

template <class Task>
std::unique_ptr<Batch> make_batch(std::size_t num_envs) {
  auto batch = std::make_unique<Batch>();
  batch->num_envs = num_envs;
  double* s[kMaxVariables] = {};
  for (std::size_t v = 0; v < Task::kVariables; ++v) {
    batch->state[v].resize(num_envs);
    s[v] = batch->state[v].data();
  }
  batch->elapsed.resize(num_envs);
  batch->done.resize(num_envs);
  batch->observations.resize(num_envs * Task::kObservation);
  batch->rewards.resize(num_envs);
  batch->terminated.resize(num_envs);
  batch->truncated.resize(num_envs);
  for (std::size_t i = 0; i < num_envs; ++i) {
    batch->rngs.push_back(plyo::seeded_rng(i));
    Task::reset(s, i, batch->rngs[i]);
  }
  return batch;
}

#define DEFINE_STEP(Name, TARGET)                                    \
  template <class Task>                                              \
  TARGET PLYO_FLATTEN void Name(Batch& batch, const void* actions) { \
    step_batch<Task>(batch, actions);                                \
  }
DEFINE_STEP(step_baseline, )
#if PLYO_HAS_X86_VARIANTS
DEFINE_STEP(step_avx2, PLYO_TARGET_AVX2)
DEFINE_STEP(step_avx512, PLYO_TARGET_AVX512)
#endif
#undef DEFINE_STEP

// One task's loop for every instruction set, in the order of plyo::Isa.
struct Loop {
  const char* id;
  std::size_t observation_size;
  bool discrete;
  std::int64_t choices;
  float action_bound;
  std::unique_ptr<Batch> (*make)(std::size_t num_envs);
  void (*step[plyo::kIsaCount])(Batch& batch, const void* actions);
};

template <class Task>
constexpr Loop make_loop(std::int64_t choices, float action_bound) {
  return {Task::kId,
          Task::kObservation,
          choices != 0,
          choices,
          action_bound,
          &make_batch<Task>,
#if PLYO_HAS_X86_VARIANTS
          {&step_baseline<Task>, &step_avx2<Task>, &step_avx512<Task>}};
#else
          {&step_baseline<Task>, &step_baseline<Task>, &step_baseline<Task>}};
#endif
}

constexpr Loop kLoops[] = {make_loop<CartPole>(2, 0), make_loop<MountainCar>(3, 0),
                           make_loop<MountainCarContinuous>(0, 1), make_loop<Pendulum>(0, 2),
                           make_loop<Acrobot>(3, 0)};

constexpr const char* kIsaNames[plyo::kIsaCount] = {"baseline", "avx2", "avx512"};

bool has_isa(std::size_t isa) {
#if PLYO_HAS_X86_VARIANTS
  if (isa == static_cast<std::size_t>(Isa::kAvx2)) return __builtin_cpu_supports("avx2") != 0;
  if (isa == static_cast<std::size_t>(Isa::kAvx512)) {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  }
#endif
  return isa == static_cast<std::size_t>(Isa::kBaseline);
}

struct Handle {
  const Loop* loop;
  std::size_t isa;
  std::unique_ptr<Batch> batch;
};

}  // namespace

extern "C" {

// A batch whose lane i was reset with seed i, or null for an unknown task or instruction set.
EXPORT void* handwritten_make(const char* id, std::size_t num_envs, const char* isa) {
  for (const Loop& loop : kLoops) {
    for (std::size_t i = 0; i < plyo::kIsaCount; ++i) {
      if (std::string_view(loop.id) == id && std::string_view(kIsaNames[i]) == isa && has_isa(i)) {
        return new Handle{&loop, i, loop.make(num_envs)};
      }
    }
  }
  return nullptr;
}

EXPORT void handwritten_free(void* handle) { delete static_cast<Handle*>(handle); }

// Steps `calls` times, cycling through the `num_rows` rows of actions: int64 (N,) or float32 (N, 1) each.
EXPORT void handwritten_run(void* handle, const void* actions, std::size_t num_rows, std::size_t calls) {
  const Handle& h = *static_cast<Handle*>(handle);
  const std::size_t row_bytes = h.batch->num_envs * (h.loop->discrete ? sizeof(std::int64_t) : sizeof(float));
  for (std::size_t call = 0, row = 0; call < calls; ++call, row = row + 1 == num_rows ? 0 : row + 1) {
    h.loop->step[h.isa](*h.batch, static_cast<const std::byte*>(actions) + row * row_bytes);
  }
}

// Copies the results of the last step.
EXPORT void handwritten_read(void* handle, float* observations, double* rewards, std::uint8_t* terminated,
                             std::uint8_t* truncated) {
  const Batch& batch = *static_cast<Handle*>(handle)->batch;
  std::copy(batch.observations.begin(), batch.observations.end(), observations);
  std::copy(batch.rewards.begin(), batch.rewards.end(), rewards);
  std::copy(batch.terminated.begin(), batch.terminated.end(), terminated);
  std::copy(batch.truncated.begin(), batch.truncated.end(), truncated);
}

}  // extern "C"

// Prints the nanoseconds per lane-step of every task and instruction set as JSON.
// Usage: handwritten [seconds a measurement] [rounds] [lanes]
int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.05;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::size_t num_envs = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 4096;
  constexpr std::size_t kRows = 8;  // rows of actions
  std::printf("{\"compiler\": \"%s\", \"num_envs\": %zu, \"loops\": [", bench::compiler(), num_envs);
  const char* separator = "\n";
  for (const Loop& loop : kLoops) {
    Rng rng = plyo::seeded_rng(0);
    std::vector<std::int64_t> choices(kRows * num_envs);
    std::vector<float> forces(kRows * num_envs);
    for (std::int64_t& choice : choices) choice = loop.discrete ? rng.integers(0, loop.choices) : 0;
    for (float& force : forces) {
      force = static_cast<float>(rng.uniform(-1.0, 1.0)) * loop.action_bound;
    }
    const void* const actions =
        loop.discrete ? static_cast<const void*>(choices.data()) : static_cast<const void*>(forces.data());
    for (std::size_t isa = 0; isa < plyo::kIsaCount; ++isa) {
      if (!has_isa(isa)) continue;
      Handle handle{&loop, isa, loop.make(num_envs)};
      const double ns = bench::median_nanoseconds(seconds, rounds, [&] {
        return bench::timed([&] { handwritten_run(&handle, actions, kRows, kRows); });
      });
      std::printf("%s  {\"task\": \"%s\", \"isa\": \"%s\", \"ns\": %.4f}", separator, loop.id, kIsaNames[isa],
                  ns / static_cast<double>(kRows * num_envs));
      separator = ",\n";
      std::fflush(stdout);
    }
  }
  std::printf("\n]}\n");
  return 0;
}
