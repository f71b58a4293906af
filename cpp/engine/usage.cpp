#include "usage.hpp"

#include "errors.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace plyo {
namespace {

// How often this process is the child of a fork: a thread that was inside a call then does not exist any
// more.
std::atomic<std::uint32_t> forks{0};

bool count_forks() {
#if defined(__unix__) || defined(__APPLE__)
  return pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); }) == 0;
#else
  return true;
#endif
}

}  // namespace

Usage::Usage(const char* what) : what_(what) { [[maybe_unused]] static const bool counted = count_forks(); }

// The address of something that every thread has of its own; its lowest bit is 0.
std::uintptr_t Usage::token() {
#if defined(__GNUC__)
  // a byte at a fixed distance: without it every call asks the loader where the thread's storage is
  [[gnu::tls_model("initial-exec")]]
#endif
  alignas(2) static thread_local char mark = 0;
  return reinterpret_cast<std::uintptr_t>(&mark);
}

std::uint32_t Usage::num_forks() { return forks.load(std::memory_order_relaxed); }

void Usage::begin_second(Access access, std::uintptr_t found) {
  if (access == Access::kRead && found == kReserved && try_begin_reserved()) return;
  refuse(found);
}

bool Usage::try_begin_reserved() {
  std::uintptr_t reserved = kReserved;
  if (!word_.compare_exchange_strong(reserved, token() | kReserved, std::memory_order_acquire)) return false;
  forks_.store(num_forks(), std::memory_order_relaxed);
  return true;
}

void Usage::reserve() {
  std::uintptr_t free = 0;
  if (!word_.compare_exchange_strong(free, kReserved, std::memory_order_acquire)) refuse(free);
  forks_.store(num_forks(), std::memory_order_relaxed);
}

void Usage::refuse(std::uintptr_t found) const {
  const std::uintptr_t inside = found & ~kReserved;
  if (inside == token()) {
    throw InUse(text(what_,
                     " is in use by the call that this one interrupts, in a signal handler, a destructor or "
                     "another callback; wait for the end of that call"));
  }
  if (forks_.load(std::memory_order_relaxed) != num_forks()) {
    throw InUse(text(what_,
                     " was in use by another thread when this process was forked, and stands half-way; make "
                     "another one in this process"));
  }
  if (inside == 0) {
    throw InUse(
        text(what_,
             " is in the middle of a rollout, which calls a Python policy; a call that would change it "
             "has to wait for the end of the rollout"));
  }
  throw InUse(text(what_, " is in use by another thread; give each thread its own, or take turns"), true);
}

}  // namespace plyo
