#include "profile.hpp"

#include <algorithm>
#include <cmath>

namespace plyo {
namespace {

std::int64_t nanoseconds_of(Profile::Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

std::int64_t now() { return nanoseconds_of(Profile::Clock::now().time_since_epoch()); }

// What two looks at the clock are apart when nothing is between them.
std::int64_t time_of_a_look() {
  std::int64_t least = 1000;
  for (int i = 0; i < 100; ++i) {
    const Profile::Clock::time_point first = Profile::Clock::now();
    least = std::min(least, nanoseconds_of(Profile::Clock::now() - first));
  }
  return least;
}

}  // namespace

void Profile::start() {
  for (std::atomic<std::int64_t>& counter : nanoseconds_) counter.store(0);
  native_.store(0);
  threads_.store(0);
  num_calls_.store(0);
  num_steps_.store(0);
  look_.store(time_of_a_look());
  start_.store(now());
  is_on_.store(true);
}

void Profile::stop() {
  if (!is_on()) return;
  stop_.store(now());
  is_on_.store(false);
}

Profile::Reading Profile::read() const {
  Reading reading;
  std::int64_t busy = 0;
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const std::int64_t nanoseconds = nanoseconds_[i].load();
    reading.seconds[i] = 1e-9 * static_cast<double>(nanoseconds);
    busy += nanoseconds;
  }
  // what several threads had and none of them used
  const std::int64_t waiting = threads_.load() > 0 ? std::max<std::int64_t>(0, threads_.load() - busy) : 0;
  reading.seconds[static_cast<std::size_t>(Phase::kWaiting)] = 1e-9 * static_cast<double>(waiting);
  const std::int64_t until = is_on() ? now() : stop_.load();
  reading.elapsed = 1e-9 * static_cast<double>(until - start_.load());
  reading.native = 1e-9 * static_cast<double>(native_.load());
  reading.num_calls = num_calls_.load();
  reading.num_steps = num_steps_.load();
  return reading;
}

bool Profile::begin(std::uint32_t stride, std::uint64_t num_steps) {
  // one call at a time, so that nobody else writes these
  const std::uint64_t before = num_calls_.load(std::memory_order_relaxed);
  num_calls_.store(before + 1, std::memory_order_relaxed);
  num_steps_.store(num_steps_.load(std::memory_order_relaxed) + num_steps, std::memory_order_relaxed);
  return before % stride == stride / 2;
}

void Profile::end(Clock::duration duration, int threads, double weight) {
  const std::int64_t wall = std::llround(weight * static_cast<double>(nanoseconds_of(duration)));
  native_.fetch_add(wall, std::memory_order_relaxed);
  if (threads > 1) threads_.fetch_add(wall * threads, std::memory_order_relaxed);
}

PhaseClock::~PhaseClock() {
  if (profile_ == nullptr) return;
  pause();
  const std::int64_t look = profile_->look_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const std::int64_t spent = std::max<std::int64_t>(0, spent_[i] - look * looks_[i]);
    if (spent == 0) continue;
    profile_->nanoseconds_[i].fetch_add(std::llround(weight_ * static_cast<double>(spent)),
                                        std::memory_order_relaxed);
  }
}

}  // namespace plyo
