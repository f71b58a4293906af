// Where the time of a batch goes: counters that are off until somebody asks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plyo {

// What a thread does for a batch.
enum class Phase : std::uint8_t {
  kActions,       // actions are copied and checked
  kKernel,        // the task's steps
  kEpisodes,      // time limits, returns, the ends of episodes
  kResets,        // resets within steps, and those that the caller asks for
  kObservations,  // observations are written
  kInfos,         // infos are written, and what the caller gets beside them
  kWrappers,      // native wrappers of a rollout
  kPolicy,        // a native policy chooses actions
  kRecords,       // a rollout records them
  kWaiting,       // a thread has nothing to do, although the call goes on
};
inline constexpr std::size_t kNumPhases = 10;

// The counters of one batch. What is short is not measured every time: one call of many, one tile, one step of a
// rollout counts for the others as well, so that looking at the clock stays cheap.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  // What rare calls say that they take.
  static constexpr double kAlways = 1e9;

  // Of how many pieces of work one is measured. Primes, so that no pattern of tiles falls into step with them.
  static constexpr std::uint32_t stride_of(double nanoseconds) {
    if (nanoseconds > 20000) return 1;
    return nanoseconds > 1000 ? 17 : 127;
  }

  struct Reading {
    std::array<double, kNumPhases> seconds{};  // of all threads together, a phase each
    double elapsed = 0;                        // s of wall clock since the start
    double native = 0;                         // s of wall clock in calls
    std::uint64_t num_calls = 0;
    std::uint64_t num_steps = 0;  // of single environments
  };

  // A call of the batch, while it lives.
  class Call {
   public:
    // `profile` may be null. `threads` share the work of `nanoseconds`, which is `num_steps` steps of lanes.
    Call(Profile* profile, int threads, double nanoseconds, std::uint64_t num_steps)
        : weight_(stride_of(nanoseconds)),
          profile_(profile != nullptr && profile->begin(stride_of(nanoseconds), num_steps) ? profile
                                                                                           : nullptr),
          threads_(threads) {
      if (profile_ != nullptr) start_ = Clock::now();
    }
    ~Call() {
      if (profile_ != nullptr) profile_->end(Clock::now() - start_, threads_, weight_);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Null where this call is not measured.
    Profile* measured() const { return profile_; }
    // The calls that this one counts for.
    double weight() const { return weight_; }

   private:
    double weight_;
    Profile* profile_;
    int threads_;
    Clock::time_point start_;
  };

  // Sets all counters to zero and counts from now on; stop() keeps them.
  void start();
  void stop();
  bool is_on() const { return is_on_.load(std::memory_order_relaxed); }
  Reading read() const;

 private:
  friend class PhaseClock;

  // Counts a call; whether it is measured.
  bool begin(std::uint32_t stride, std::uint64_t num_steps);
  void end(Clock::duration duration, int threads, double weight);

  std::atomic<bool> is_on_{false};
  std::atomic<std::int64_t> start_{0}, stop_{0};  // of Clock, ns
  std::atomic<std::int64_t> look_{0};             // what looking at the clock takes, ns
  std::array<std::atomic<std::int64_t>, kNumPhases> nanoseconds_{};
  std::atomic<std::int64_t> native_{0};
  std::atomic<std::int64_t> threads_{0};  // the time of all threads of calls that have several
  std::atomic<std::uint64_t> num_calls_{0}, num_steps_{0};
};

// The stopwatch of one thread: tells its times to the profile when it goes.
class PhaseClock {
 public:
  // `profile` may be null. Times count `weight` times; of pieces of work, one in `stride` is measured.
  PhaseClock(Profile* profile, double weight, std::uint32_t stride = 1)
      : PhaseClock(profile, weight * stride, stride,
                   stride == 1 || profile == nullptr ? 0 : turn() % stride) {}
  // For the steps of a rollout, each of which takes `nanoseconds`.
  static PhaseClock of_steps(Profile* profile, double weight, double nanoseconds, std::size_t num_steps) {
    const std::uint32_t stride = Profile::stride_of(nanoseconds);
    if (num_steps == 0) return {profile, weight, stride, 0};
    // not the first one, whose memory is new
    const std::size_t offset = std::min<std::size_t>(stride / 2, num_steps - 1);
    const std::size_t measured = (num_steps - offset + stride - 1) / stride;
    return {profile, weight * static_cast<double>(num_steps) / static_cast<double>(measured), stride, offset};
  }
  ~PhaseClock();
  PhaseClock(const PhaseClock&) = delete;
  PhaseClock& operator=(const PhaseClock&) = delete;

  // From now on the thread is in this phase.
  void enter(Phase phase) {
    if (profile_ == nullptr) return;
    const Profile::Clock::time_point now = Profile::Clock::now();
    close(now);
    phase_ = phase;
    since_ = now;
    is_running_ = true;
  }
  // From now on the time is nobody's.
  void pause() {
    if (profile_ == nullptr || !is_running_) return;
    close(Profile::Clock::now());
    is_running_ = false;
  }

  // Called before every piece of work: this clock if the piece is measured, else null.
  PhaseClock* next() {
    if (profile_ == nullptr) return nullptr;
    pause();
    if (--left_ > 0) return nullptr;
    left_ = stride_;
    return this;
  }

 private:
  PhaseClock(Profile* profile, double weight, std::uint32_t stride, std::size_t offset)
      : profile_(profile), weight_(weight), stride_(stride), left_(offset + 1) {
    if (profile_ == nullptr) return;
    spent_.fill(0);
    looks_.fill(0);
  }

  // Another number each time: where a clock begins among its pieces.
  static std::uint32_t turn() {
    static thread_local std::uint32_t next = 0;
    return next++;
  }

  void close(Profile::Clock::time_point now) {
    if (!is_running_) return;
    const auto index = static_cast<std::size_t>(phase_);
    spent_[index] += std::chrono::duration_cast<std::chrono::nanoseconds>(now - since_).count();
    ++looks_[index];
  }

  Profile* profile_;
  double weight_;
  std::uint32_t stride_;
  std::size_t left_;  // pieces up to the next one that is measured, itself included
  Phase phase_ = Phase::kKernel;
  bool is_running_ = false;
  Profile::Clock::time_point since_;
  std::array<std::int64_t, kNumPhases> spent_, looks_;  // nothing without a profile
};

// The same where there may be no clock.
inline void enter(PhaseClock* clock, Phase phase) {
  if (clock != nullptr) clock->enter(phase);
}

}  // namespace plyo
