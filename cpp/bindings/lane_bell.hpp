// How an Atari batch and its worker processes tell each other to step, and that it is done.
#pragma once

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <atomic>
#include <cerrno>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "arrays.hpp"
#include "gil.hpp"

namespace plyo::bindings {

// Words in memory that all of them share. The batch wakes all workers by one system call, and only the last of them
// wakes it.
class LaneBell {
 public:
  explicit LaneBell(py::buffer memory) : memory_(std::move(memory)), view_(memory_.request(true)) {
    if (static_cast<std::size_t>(view_.size * view_.itemsize) < sizeof(Words)) {
      throw py::value_error("a bell needs more memory");
    }
    words_ = static_cast<Words*>(view_.ptr);
    if (reinterpret_cast<std::uintptr_t>(words_) % alignof(std::uint32_t) != 0) {
      throw py::value_error("a bell needs aligned memory");
    }
  }

  // The batch's side.

  bool ask(std::uint32_t workers, double seconds) {
    words_->failed.store(0, std::memory_order_relaxed);
    words_->left.store(workers, std::memory_order_relaxed);
    request(0);
    return wait(seconds);
  }

  bool wait(double seconds) {
    const GilRelease release;
    for (;;) {
      const std::uint32_t left = words_->left.load(std::memory_order_acquire);
      if (left == 0) return true;
      if (!sleep(words_->left, left, seconds)) return words_->left.load(std::memory_order_acquire) == 0;
    }
  }

  void call() { request(kHasMessage); }

  bool has_failed() const { return words_->failed.load(std::memory_order_relaxed) != 0; }

  // A worker's side.

  // Waits for a request; false if it is not one to step, or for now and then.
  bool wait_asked() {
    constexpr double kSeconds = 1;  // a batch that was killed makes no request
    const bool is_new = [&] {
      const GilRelease release;
      while (words_->asked.load(std::memory_order_acquire) == seen_) {
        if (!sleep(words_->asked, seen_, kSeconds)) return false;
      }
      return true;
    }();
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!is_new) return false;
    seen_ = words_->asked.load(std::memory_order_acquire);
    return (seen_ & kHasMessage) == 0;
  }

  void done(bool has_failed) {
    if (has_failed) words_->failed.store(1, std::memory_order_relaxed);
    if (words_->left.fetch_sub(1, std::memory_order_acq_rel) == 1) wake(words_->left, 1);
  }

 private:
  using Word = std::atomic<std::uint32_t>;
  static_assert(sizeof(Word) == sizeof(std::uint32_t) && Word::is_always_lock_free);
  static constexpr std::size_t kLine = 64;  // of the processor's cache
  static constexpr std::uint32_t kHasMessage = 1;

  struct Words {
    Word asked;  // changes with each request, of which it has the kind
    char apart[kLine - sizeof(Word)];
    Word left;  // the workers that have not answered
    Word failed;
  };

  void request(std::uint32_t kind) {
    constexpr std::uint32_t kStep = 2;
    const std::uint32_t asked = words_->asked.load(std::memory_order_relaxed);
    words_->asked.store(((asked & ~kHasMessage) + kStep) | kind, std::memory_order_release);
    wake(words_->asked, INT_MAX);
  }

#ifdef __linux__
  // Sleeps while a word has a value; false if that lasts longer.
  static bool sleep(Word& word, std::uint32_t value, double seconds) {
    timespec time{};
    time.tv_sec = static_cast<std::time_t>(seconds);
    time.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
    return syscall(SYS_futex, &word, FUTEX_WAIT, value, &time, nullptr, 0) == 0 || errno != ETIMEDOUT;
  }
  static void wake(Word& word, int sleepers) {
    syscall(SYS_futex, &word, FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
  }
#else
  static bool sleep(Word&, std::uint32_t, double) { throw std::runtime_error(kElsewhere); }
  static void wake(Word&, int) { throw std::runtime_error(kElsewhere); }
  static constexpr const char* kElsewhere = "the workers of Atari batches need Linux";
#endif

  const py::buffer memory_;
  const py::buffer_info view_;
  Words* words_ = nullptr;
  std::uint32_t seen_ = 0;
};

}  // namespace plyo::bindings
