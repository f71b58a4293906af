// Choices by arithmetic on bits, for steps that draw.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace plyo {

// `a` if the condition holds, else `b`; both are evaluated. GCC makes no vector code of the loop over steps that draw, but
// branches of their ?:, which a random condition sends the wrong way every other time.
constexpr std::int32_t choose(bool condition, std::int32_t a, std::int32_t b) {
  const std::int32_t mask = -static_cast<std::int32_t>(condition);
  return (a & mask) | (b & ~mask);
}
constexpr double choose(bool condition, double a, double b) {
  std::uint64_t mask = 0 - static_cast<std::uint64_t>(condition);
#if defined(__clang__)
  // else Clang finds the choice, and makes a branch of it (NChain, baseline: 12 ns a lane-step, 4.8 with this)
  if (!std::is_constant_evaluated()) asm("" : "+r"(mask));
#endif
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}

}  // namespace plyo
