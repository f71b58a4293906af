// The process-wide worker threads, shared by all engines.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "function_ref.hpp"

namespace plyo {

// The processors that this process may use: its affinity mask, and the quota of its control group.
int available_threads();

// The threads of a batch that is not told: the same, but at most PLYO_NUM_THREADS if that is set, else at most
// OMP_NUM_THREADS. Throws std::invalid_argument for a value of the first that is no number from 1 on; of the
// second, as OpenMP does, it ignores such a value.
int default_threads();

// Workers start at the first call that needs them and park when idle. A child process made by fork() finds
// the pool empty and starts workers of its own.
class ThreadPool {
 public:
  // Called now and then by the thread that waits; returning true asks to skip the chunks not yet begun.
  using Poll = FunctionRef<bool()>;
  // The time between two calls.
  static constexpr std::chrono::milliseconds kPollInterval{10};

  static constexpr int kMaxThreads = 256;

  static ThreadPool& shared();

  // Calls work(chunk) once for every chunk in [0, num_chunks), on the calling thread and up to
  // max_threads - 1 workers, and returns when all have returned. If calls throw, the exception of the lowest
  // chunk is rethrown after every other chunk has been completed. Several threads may call this at once.
  void run(std::size_t num_chunks, int max_threads, FunctionRef<void(std::size_t)> work,
           const Poll* poll = nullptr);

  // Threads started so far, the caller not counted.
  int num_workers();

 private:
  struct Job;

  ThreadPool() = default;

  static void install_fork_handler();
  void worker_loop(std::size_t worker);
  static void drain(Job& job, std::size_t share, const Poll* poll);
  void post(Job& job, int helpers);
  void finish(Job& job, const Poll* poll);

  std::mutex mutex_;
  std::condition_variable work_posted_;
  std::condition_variable helper_left_;
  std::deque<Job*> jobs_;  // those that still want helpers
  std::atomic<std::uint64_t> num_posted_{0};
  int num_workers_ = 0;
};

}  // namespace plyo
