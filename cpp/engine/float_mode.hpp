// The floating-point mode of a thread: how results are rounded, and whether denormal numbers become zero.
#pragma once

#include <cfenv>
#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace plyo {

// Lets the calling thread compute in the default mode while it lives, so that the caller's mode enters no
// result. Reading the mode costs a few cycles; it is written only where it differs.
class DefaultFloatMode {
 public:
  DefaultFloatMode() : before_(read()) {
    if (differs(before_)) write(kDefault);
  }
  ~DefaultFloatMode() {
    if (differs(before_)) write(before_);
  }
  DefaultFloatMode(const DefaultFloatMode&) = delete;
  DefaultFloatMode& operator=(const DefaultFloatMode&) = delete;

  // Goes back to the default mode after a callback, which may have left another one.
  static void renew() {
    if (differs(read())) write(kDefault);
  }

 private:
#if defined(__x86_64__) || defined(_M_X64)
  using Mode = std::uint32_t;
  static constexpr Mode kDefault = 0x1F80;  // to nearest, no flushing, every exception masked
  static constexpr Mode kFlags = 0x3F;      // exceptions that have happened: no part of the mode
  static bool differs(Mode mode) { return (mode & ~kFlags) != kDefault; }
  static Mode read() { return _mm_getcsr(); }
  static void write(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode kDefault = 0;
  static bool differs(Mode mode) { return mode != kDefault; }
  static Mode read() {
    Mode mode = 0;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = int;
  static constexpr Mode kDefault = FE_TONEAREST;
  static bool differs(Mode mode) { return mode != kDefault; }
  static Mode read() { return std::fegetround(); }
  static void write(Mode mode) { std::fesetround(mode); }
#endif

  Mode before_;
};

}  // namespace plyo
