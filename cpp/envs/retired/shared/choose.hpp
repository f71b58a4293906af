// Choices by arithmetic on bits, for steps that draw.
#pragma once

#include <bit>
#include <cstdint>

namespace plyo {

// `a` if the condition holds, else `b`; both are evaluated. The loop over steps that draw is not vectorised, and there
// GCC makes branches of ?:, which a random condition sends the wrong way every other time.
constexpr std::int32_t choose(bool condition, std::int32_t a, std::int32_t b) {
  const std::int32_t mask = -static_cast<std::int32_t>(condition);
  return (a & mask) | (b & ~mask);
}
constexpr double choose(bool condition, double a, double b) {
  const std::uint64_t mask = 0 - static_cast<std::uint64_t>(condition);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}

}  // namespace plyo
