#include "thread_pool.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

#include "float_mode.hpp"

namespace plyo {
namespace {

using Clock = std::chrono::steady_clock;

// An idle worker looks for work this long before it parks: steps of one training loop follow closely.
constexpr std::chrono::microseconds kSpin{50};

// So many jobs in a row that are over before it comes do not make it park: short ones often precede a long one.
constexpr int kMostMissed = 2;

void pause_processor() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits up to kSpin for the condition without giving the processor away.
template <class Condition>
bool spin_until(Condition condition) {
  const Clock::time_point end = Clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (condition()) return true;
      pause_processor();
    }
  } while (Clock::now() < end);
  return condition();
}

// The processors that the control group's quota pays for, or a large number.
double cgroup_processors() {
  double processors = 1e9;
#if defined(__linux__)
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) {
    processors = std::min(processors, std::stod(quota) / period);
  }
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double microseconds = 0;
  if (v1_quota >> microseconds && v1_period >> period && microseconds > 0 && period > 0) {
    processors = std::min(processors, microseconds / period);
  }
#endif
  return processors;
}

std::atomic<ThreadPool*> shared_pool{nullptr};

}  // namespace

int available_threads() {
  int processors = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) processors = std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, std::min(processors, static_cast<int>(std::ceil(cgroup_processors()))));
}

namespace {

// The number from 1 on that a text begins with, and all of the text but what `end` stands before; 0 for others.
int leading_number(const char* text, char end) {
  while (*text == ' ' || *text == '\t') ++text;
  int number = 0;
  const char* const last = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, last, number);
  if (error == std::errc::result_out_of_range) number = std::numeric_limits<int>::max();
  const char* after = rest;
  while (*after == ' ' || *after == '\t') ++after;
  const bool is_whole = rest != text && (*after == '\0' || *after == end);
  return is_whole && *text != '-' && number > 0 ? number : 0;
}

}  // namespace

int default_threads() {
  const int processors = available_threads();
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): only read here
    return value == nullptr ? "" : value;
  };
  const char* const own = variable("PLYO_NUM_THREADS");
  if (*own != '\0') {
    const int limit = leading_number(own, '\0');
    if (limit > 0) return std::min(processors, limit);
    throw std::invalid_argument("PLYO_NUM_THREADS must be a number of threads from 1 on, got '" +
                                std::string(own) + "'");
  }
  const int shared = leading_number(variable("OMP_NUM_THREADS"), ',');
  return shared > 0 ? std::min(processors, shared) : processors;
}

// One call of run(): lives on the caller's stack until the last helper has left.
struct ThreadPool::Job {
  // Each of `threads` has a share of the chunks: the same in every call of the same size, so that what a chunk works on
  // stays in the cache of one processor. Who has finished takes from the shares of the others.
  Job(std::size_t num_chunks, std::size_t threads, FunctionRef<void(std::size_t)> function)
      : num_shares(std::clamp<std::size_t>(threads, 1, kMostShares)), work(function) {
    for (std::size_t i = 0; i < num_shares; ++i) {
      shares[i].next.store(num_chunks / num_shares * i + std::min(i, num_chunks % num_shares),
                           std::memory_order_relaxed);
      if (i > 0) shares[i - 1].end = shares[i].next.load(std::memory_order_relaxed);
    }
    shares[num_shares - 1].end = num_chunks;
  }

  // Takes the next chunk, of the own share if that has one left; false if none is left.
  bool take(std::size_t own_share, std::size_t& chunk) {
    for (std::size_t i = 0; i < num_shares; ++i) {
      Share& share = shares[(own_share + i) % num_shares];
      if (share.next.load(std::memory_order_relaxed) >= share.end) continue;
      chunk = share.next.fetch_add(1, std::memory_order_relaxed);
      if (chunk < share.end) return true;
    }
    return false;
  }
  // Leaves the chunks that nobody has begun.
  void skip_rest() {
    for (std::size_t i = 0; i < num_shares; ++i)
      shares[i].next.store(shares[i].end, std::memory_order_relaxed);
  }

  // More threads than that share shares.
  static constexpr std::size_t kMostShares = 16;
  // On a cache line of its own, as only one thread writes it for most of the time.
  struct alignas(64) Share {
    std::atomic<std::size_t> next;
    std::size_t end;
  };

  const std::size_t num_shares;
  Share shares[kMostShares];
  const FunctionRef<void(std::size_t)> work;
  std::atomic<int> helpers{0};
  int wanted = 0;  // helpers that may still join; guarded by the pool's mutex

  std::mutex error_mutex;
  std::size_t error_chunk = 0;
  std::exception_ptr error;
};

ThreadPool& ThreadPool::shared() {
  ThreadPool* pool = shared_pool.load(std::memory_order_acquire);
  if (pool != nullptr) return *pool;
  static std::once_flag once;
  std::call_once(once, install_fork_handler);
  // never destroyed: workers may outlive static destructors
  auto* fresh = new ThreadPool();
  if (shared_pool.compare_exchange_strong(pool, fresh)) return *fresh;
  delete fresh;
  return *pool;
}

void ThreadPool::install_fork_handler() {
#if defined(__unix__) || defined(__APPLE__)
  // the child has no threads of the parent, and one of those may hold a mutex: abandon the parent's pool
  pthread_atfork(nullptr, nullptr, [] { shared_pool.store(nullptr); });
#endif
}

int ThreadPool::num_workers() {
  const std::lock_guard lock(mutex_);
  return num_workers_;
}

void ThreadPool::run(std::size_t num_chunks, int max_threads, FunctionRef<void(std::size_t)> work,
                     const Poll* poll) {
  const auto limit = static_cast<std::size_t>(std::clamp(max_threads, 1, kMaxThreads));
  const int helpers = num_chunks == 0 ? 0 : static_cast<int>(std::min(num_chunks, limit)) - 1;
  Job job(num_chunks, static_cast<std::size_t>(helpers) + 1, work);
  if (helpers > 0) post(job, helpers);
  drain(job, 0, poll);
  if (helpers > 0) finish(job, poll);
  if (job.error) std::rethrow_exception(job.error);
}

void ThreadPool::post(Job& job, int helpers) {
  {
    const std::lock_guard lock(mutex_);
    while (num_workers_ < helpers) {
      try {
        std::thread([this, worker = static_cast<std::size_t>(num_workers_)] {
          worker_loop(worker);
        }).detach();
      } catch (const std::system_error&) {
        break;  // the system gives no more threads: the existing threads do the work
      }
      ++num_workers_;
    }
    job.wanted = helpers;
    jobs_.push_back(&job);
    num_posted_.fetch_add(1, std::memory_order_release);
  }
  if (helpers == 1) {
    work_posted_.notify_one();
  } else {
    work_posted_.notify_all();
  }
}

void ThreadPool::drain(Job& job, std::size_t share, const Poll* poll) {
  Clock::time_point next_poll = poll != nullptr ? Clock::now() + kPollInterval : Clock::time_point{};
  for (std::size_t chunk = 0; job.take(share, chunk);) {
    try {
      job.work(chunk);
    } catch (...) {
      const std::lock_guard lock(job.error_mutex);
      if (!job.error || chunk < job.error_chunk) {
        job.error = std::current_exception();
        job.error_chunk = chunk;
      }
    }
    if (poll != nullptr && Clock::now() >= next_poll) {
      if ((*poll)()) job.skip_rest();
      next_poll = Clock::now() + kPollInterval;
    }
  }
}

void ThreadPool::finish(Job& job, const Poll* poll) {
  {
    // no helper may join any more
    const std::lock_guard lock(mutex_);
    const auto position = std::find(jobs_.begin(), jobs_.end(), &job);
    if (position != jobs_.end()) jobs_.erase(position);
  }
  const auto alone = [&job] { return job.helpers.load(std::memory_order_acquire) == 0; };
  if (spin_until(alone)) return;
  std::unique_lock lock(mutex_);
  while (!alone()) {
    helper_left_.wait_for(lock, kPollInterval);
    if (poll == nullptr || alone()) continue;
    lock.unlock();
    if ((*poll)()) job.skip_rest();
    lock.lock();
  }
}

void ThreadPool::worker_loop(std::size_t worker) {
  // a new thread inherits the mode of the one that starts it
  const DefaultFloatMode mode;
  std::uint64_t seen = 0;
  int missed = 0;
  for (;;) {
    const bool is_posted = spin_until([&] { return num_posted_.load(std::memory_order_acquire) != seen; });
    Job* job = nullptr;
    std::size_t share = 0;
    {
      std::unique_lock lock(mutex_);
      if (is_posted && jobs_.empty() && ++missed <= kMostMissed) {
        seen = num_posted_.load(std::memory_order_relaxed);
        continue;
      }
      missed = 0;
      work_posted_.wait(lock, [this] { return !jobs_.empty(); });
      seen = num_posted_.load(std::memory_order_relaxed);
      job = jobs_.front();
      share = 1 + worker % (job->num_shares - 1);
      job->helpers.fetch_add(1, std::memory_order_relaxed);
      if (--job->wanted == 0) jobs_.pop_front();
    }
    drain(*job, share, nullptr);
    // the job is gone as soon as its caller sees the last helper leave, so this is the last use of it;
    // the caller that sleeps does so under the mutex
    if (job->helpers.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::lock_guard lock(mutex_);
      helper_left_.notify_all();
    }
  }
}

}  // namespace plyo
