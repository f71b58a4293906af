#include "usage.hpp"

#include "errors.hpp"

namespace plyo {
Usage::Usage(const char* what) : what_(what) {
#if defined(__unix__) || defined(__APPLE__)
  [[maybe_unused]] static const int counted =
      pthread_atfork(nullptr, nullptr, [] { num_forks.fetch_add(1, std::memory_order_relaxed); });
#endif
}

void Usage::begin_reading(Access access, std::uintptr_t found) {
  if (access == Access::kRead && found == kReserved && try_begin_reserved()) return;
  refuse(found);
}

bool Usage::try_begin_reserved() {
  std::uintptr_t reserved = kReserved;
  if (!word_.compare_exchange_strong(reserved, token() | kReserved, std::memory_order_acquire)) return false;
  forks_.store(num_forks.load(std::memory_order_relaxed), std::memory_order_relaxed);
  return true;
}

void Usage::reserve() {
  std::uintptr_t free = 0;
  if (!word_.compare_exchange_strong(free, kReserved, std::memory_order_acquire)) refuse(free);
  forks_.store(num_forks.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void Usage::refuse(std::uintptr_t found) const {
  const std::uintptr_t inside = found & ~kReserved;
  if (inside == token()) {
    throw InUse(text(what_,
                     " is in use by the call that this one interrupts, in a signal handler, a destructor or "
                     "another callback; wait for the end of that call"));
  }
  if (forks_.load(std::memory_order_relaxed) != num_forks.load(std::memory_order_relaxed)) {
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
