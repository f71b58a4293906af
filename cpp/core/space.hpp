// Descriptions of observation and action spaces, as constants of an environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace plyo {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class SpaceKind : std::uint8_t { kBox, kDiscrete };

// The element type of an array that crosses the engine's boundary.
enum class DType : std::uint8_t { kFloat32, kInt64 };

constexpr std::size_t size_of(DType dtype) { return dtype == DType::kFloat32 ? 4 : 8; }

// One number of an observation or action, or one choice of a discrete action.
struct Element {
  std::string_view name;
  std::string_view unit{};
  double low = -kInfinity;
  double high = kInfinity;
};

// A Box of one dimension with named, bounded elements, or a Discrete with named choices.
struct SpaceInfo {
  static constexpr std::size_t kMaxElements = 32;

  SpaceKind kind{};
  DType dtype{};
  std::size_t size = 0;  // elements of a Box, choices of a Discrete
  Element elements[kMaxElements]{};

  // Values in the array of one lane: a Discrete is one integer.
  constexpr std::size_t values_per_lane() const { return kind == SpaceKind::kBox ? size : 1; }
  constexpr std::size_t bytes_per_lane() const { return values_per_lane() * size_of(dtype); }
};

// A float32 Box: `box({{"cart position", "m", -4.8, 4.8}, {"cart velocity", "m/s"}})`.
template <std::size_t kSize>
constexpr SpaceInfo box(const Element (&elements)[kSize]) {
  static_assert(kSize <= SpaceInfo::kMaxElements, "a Box has at most SpaceInfo::kMaxElements elements");
  SpaceInfo space{.kind = SpaceKind::kBox, .dtype = DType::kFloat32, .size = kSize};
  for (std::size_t i = 0; i < kSize; ++i) space.elements[i] = elements[i];
  return space;
}

// An int64 Discrete of one choice a name: `discrete({"push left", "push right"})`.
template <std::size_t kSize>
constexpr SpaceInfo discrete(const std::string_view (&choices)[kSize]) {
  static_assert(kSize <= SpaceInfo::kMaxElements, "a Discrete has at most SpaceInfo::kMaxElements choices");
  SpaceInfo space{.kind = SpaceKind::kDiscrete, .dtype = DType::kInt64, .size = kSize};
  for (std::size_t i = 0; i < kSize; ++i) space.elements[i] = {.name = choices[i]};
  return space;
}

}  // namespace plyo
