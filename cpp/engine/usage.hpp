// One call at a time: who is using a batch, a policy or a learner.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

#include "float_mode.hpp"

namespace plyo {

enum class Access : std::uint8_t { kRead, kWrite };

// Calls do not wait for each other: the second call is refused. A reservation is for longer work that
// sometimes calls outside code: during such a callback others may read, but not write.
class Usage {
 public:
  // `what` is the subject of the refusal: "this policy".
  explicit Usage(const char* what);
  Usage(const Usage&) = delete;
  Usage& operator=(const Usage&) = delete;

  // A call, while it lives. The calling thread computes in the default floating-point mode meanwhile.
  class Hold {
   public:
    // Throws InUse.
    Hold(Usage& usage, Access access) : usage_(usage), is_reserved_(!usage.begin(access)) {}
    ~Hold() {
      // without a reservation nobody else writes the word meanwhile
      if (is_reserved_) {
        usage_.word_.fetch_and(kReserved, std::memory_order_release);
      } else {
        usage_.word_.store(0, std::memory_order_release);
      }
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    friend class Usage;
    struct Adopt {};
    Hold(Usage& usage, Adopt) : usage_(usage), is_reserved_(true) {}  // the owner has begun

    Usage& usage_;
    bool is_reserved_;
    DefaultFloatMode mode_;
  };

  class Reservation {
   public:
    // Throws InUse.
    explicit Reservation(Usage& usage) : usage_(usage) { usage.reserve(); }
    ~Reservation() { usage_.word_.fetch_and(~kReserved, std::memory_order_release); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    // A call of the owner, who waits for a reader to finish: `pause()` is called until it has.
    template <class Pause>
    Hold enter(Pause pause) {
      while (!usage_.try_begin_reserved()) pause();
      return Hold(usage_, Hold::Adopt{});
    }

   private:
    Usage& usage_;
  };

 private:
  // The word is 0, or the token of the thread that is inside, and kReserved where there is a reservation.
  static constexpr std::uintptr_t kReserved = 1;

  // Whether the usage was free; else it is reserved, and this is a reader.
  bool begin(Access access) {
    std::uintptr_t free = 0;
    if (!word_.compare_exchange_strong(free, token(), std::memory_order_acquire)) {
      begin_reading(access, free);
      return false;
    }
    forks_.store(num_forks.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return true;
  }
  void begin_reading(Access access, std::uintptr_t found);
  bool try_begin_reserved();
  void reserve();
  [[noreturn]] void refuse(std::uintptr_t found) const;

  // A number that every living thread has of its own; its lowest bit is 0.
  static std::uintptr_t token() {
#if defined(__unix__) || defined(__APPLE__)
    return (std::uintptr_t)pthread_self() &
           ~kReserved;  // NOLINT: an integer or a pointer, as the system has it
#else
    alignas(2) static thread_local char mark = 0;
    return reinterpret_cast<std::uintptr_t>(&mark);
#endif
  }

  // How often this process is the child of a fork: a thread that was inside a call then does not exist any more.
  static inline std::atomic<std::uint32_t> num_forks{0};

  const char* what_;
  std::atomic<std::uintptr_t> word_{0};
  std::atomic<std::uint32_t> forks_{0};  // of the process before the present call began
};

}  // namespace plyo
