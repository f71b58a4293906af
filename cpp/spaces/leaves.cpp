#include "leaves.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

namespace plyo::spaces {
namespace {

// How an element of a box is drawn.
bool bounded(const BoxView& box, std::size_t i) {
  return box.bounded_below[i] != Bool::kFalse && box.bounded_above[i] != Bool::kFalse;
}
bool unbounded(const BoxView& box, std::size_t i) {
  return box.bounded_below[i] == Bool::kFalse && box.bounded_above[i] == Bool::kFalse;
}
bool only_below(const BoxView& box, std::size_t i) {
  return box.bounded_below[i] != Bool::kFalse && box.bounded_above[i] == Bool::kFalse;
}
bool only_above(const BoxView& box, std::size_t i) {
  return box.bounded_below[i] == Bool::kFalse && box.bounded_above[i] != Bool::kFalse;
}

// The upper end of the interval that a float64 is drawn from; integers are rounded down afterwards.
template <class T>
double open_end(T high) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(high);
  } else {
    // the sum wraps at the end of int64, where nothing is drawn
    return static_cast<double>(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(convert<std::int64_t>(high)) + 1));
  }
}

// The float64 drawn, as an element of the box.
template <class T>
T to_element(double drawn, T low, T high) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(drawn);
  } else if constexpr (std::is_same_v<T, Bool>) {
    return std::floor(drawn) != 0 ? Bool::kTrue : Bool::kFalse;
  } else if constexpr (sizeof(T) < 8) {
    // rounds down without a call of the library
    constexpr double kFar = 0x1p40;
    const double near = std::clamp(drawn, -kFar, kFar);
    const auto towards_zero = static_cast<std::int64_t>(near);
    const std::int64_t floor = towards_zero - (near < static_cast<double>(towards_zero) ? 1 : 0);
    // a draw beside the upper end can be rounded onto it
    return static_cast<T>(std::min<std::int64_t>(std::max<std::int64_t>(floor, low), high));
  } else {
    // the largest 64-bit integers are no float64: they would round up to a value out of range
    constexpr double kLeast = static_cast<double>(std::numeric_limits<T>::min());
    constexpr double kMost = std::is_signed_v<T> ? 0x1.fffffffffffffp62 : 0x1.fffffffffffffp63;
    return std::min(std::max(static_cast<T>(std::clamp(std::floor(drawn), kLeast, kMost)), low), high);
  }
}

// Whether every byte is true.
bool all_true(const Bool* values, std::size_t size) {
  return size == 0 || std::memchr(values, 0, size) == nullptr;
}

bool all_bounded(const BoxView& box) {
  return all_true(box.bounded_below, box.size) && all_true(box.bounded_above, box.size);
}

// Whether every integer up to this one, and its negative, is a float64 of its own.
constexpr std::uint64_t kExactInDouble = std::uint64_t{1} << 53;

// Whether draws of a float64 reach `count` integers side by side evenly, the furthest of which has this
// distance from zero: the further away, the more such a draw is rounded.
constexpr bool reaches_evenly(std::uint64_t distance, std::uint64_t count) {
  return distance <= kExactInDouble && count <= kExactInDouble && distance >> 40U <= count;
}

// How far an integer is from zero.
template <class T>
constexpr std::uint64_t distance_from_zero(T value) {
  return std::is_signed_v<T> && value < T{0} ? std::uint64_t{0} - extend(value) : extend(value);
}

// Whether an element that is bounded on both sides has a range that it can be drawn from.
template <class T>
bool is_range(T low, T high) {
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    const std::uint64_t distance = std::max(distance_from_zero(low), distance_from_zero(high));
    const std::uint64_t steps = extend(high) - extend(low);
    return low <= high && steps < kExactInDouble && reaches_evenly(distance, steps + 1);
  } else if constexpr (std::is_floating_point_v<T>) {
    const double width = static_cast<double>(high) - static_cast<double>(low);
    return width >= 0 && width <= std::numeric_limits<double>::max();
  } else {
    return low <= high;
  }
}

template <class T>
Obstacle box_obstacle(const BoxView& box, const Distributions& distributions) {
  // one that an exponential draw does not take out of the range of the type
  constexpr double kSafe = std::is_same_v<T, float> ? 1e38 : 1e308;
  const T* low = static_cast<const T*>(box.low);
  const T* high = static_cast<const T*>(box.high);
  const bool bounded_everywhere = all_bounded(box);
  bool in_range = true;
  for (std::size_t i = 0; i < box.size; ++i) {
    if (bounded_everywhere || bounded(box, i)) {
      in_range &= is_range(low[i], high[i]);
    } else {
      in_range &= !only_below(box, i) || std::abs(convert<double>(low[i])) <= kSafe;
      in_range &= !only_above(box, i) || std::abs(open_end(high[i])) <= kSafe;
      if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
        in_range &= low[i] <= high[i];
        in_range &= !only_below(box, i) || reaches_evenly(distance_from_zero(low[i]), 1);
        in_range &= !only_above(box, i) || reaches_evenly(distance_from_zero(high[i]), 1);
      }
    }
  }
  if (!in_range) return Obstacle::kRange;
  const bool drawable =
      distributions.standard_normal != nullptr && distributions.standard_exponential != nullptr;
  return bounded_everywhere || drawable ? Obstacle::kNone : Obstacle::kDistributions;
}

// Draws what is not bounded on both sides. The order of the draws is part of the contract: same seed, same
// sample.
template <class T>
void sample_unbounded(const BoxView& box, const Stream& stream, T* out) {
  const T* low = static_cast<const T*>(box.low);
  const T* high = static_cast<const T*>(box.high);
  const auto normal = stream.distributions.standard_normal;
  const auto exponential = stream.distributions.standard_exponential;
  const auto put = [&](std::size_t i, double value) { out[i] = to_element(value, low[i], high[i]); };
  for (std::size_t i = 0; i < box.size; ++i) {
    if (unbounded(box, i)) put(i, 0.0 + 1.0 * normal(stream.bits));
  }
  for (std::size_t i = 0; i < box.size; ++i) {
    if (only_below(box, i)) put(i, exponential(stream.bits) + convert<double>(low[i]));
  }
  for (std::size_t i = 0; i < box.size; ++i) {
    if (only_above(box, i)) put(i, -exponential(stream.bits) + open_end(high[i]));
  }
}

template <class T>
void sample_box(const BoxView& box, const Stream& stream, T* out) {
  const T* low = static_cast<const T*>(box.low);
  const T* high = static_cast<const T*>(box.high);
  const bool bounded_everywhere = all_bounded(box);
  if (!bounded_everywhere) sample_unbounded(box, stream, out);
  for (std::size_t i = 0; i < box.size; ++i) {
    if (!bounded_everywhere && !bounded(box, i)) continue;
    const double least = convert<double>(low[i]);
    const double drawn = least + (open_end(high[i]) - least) * stream.bits->next_double();
    out[i] = to_element(drawn, low[i], high[i]);
  }
}

// Whether low[i] <= x[i] <= high[i] everywhere. The flags are as wide as the numbers, which compilers make
// vector code of, and the loop stops after a block that is not inside.
template <class T>
bool all_between(const T* low, const T* x, const T* high, std::size_t size) {
  using Flag = std::conditional_t<
      sizeof(T) == 1, std::uint8_t,
      std::conditional_t<sizeof(T) == 2, std::uint16_t,
                         std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
  constexpr std::size_t kBlock = 1024;
  for (std::size_t first = 0; first < size; first += kBlock) {
    const std::size_t end = std::min(size, first + kBlock);
    Flag inside = 1;
    for (std::size_t i = first; i < end; ++i) {
      inside &= static_cast<Flag>(static_cast<Flag>(x[i] >= low[i]) & static_cast<Flag>(x[i] <= high[i]));
    }
    if (inside == 0) return false;
  }
  return true;
}

// An integer of `type` in [0, count - 1], as `Generator.integers(count, dtype=type)` draws one.
std::uint64_t draw_count(ElementType type, std::uint64_t count, BitSource& bits) {
  switch (size_of(type)) {
    case 1:
      return NarrowIntegers<std::uint8_t>(bits).draw(static_cast<std::uint8_t>(count - 1));
    case 2:
      return NarrowIntegers<std::uint16_t>(bits).draw(static_cast<std::uint16_t>(count - 1));
    default:
      return bounded_integer(bits, count - 1);
  }
}

}  // namespace

Obstacle obstacle(const BoxView& box, const Distributions& distributions) {
  return visit_type(box.type, [&](auto value) { return box_obstacle<decltype(value)>(box, distributions); });
}

Obstacle obstacle(const DiscreteView& discrete) {
  return visit_integer_type(discrete.type, [&](auto value) {
    using T = decltype(value);
    const T start = static_cast<T>(discrete.start);
    const T count = static_cast<T>(discrete.count);
    const auto room = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) - extend(start);
    return count > 0 && extend(count) - 1 <= room ? Obstacle::kNone : Obstacle::kRange;
  });
}

Obstacle obstacle(const MultiDiscreteView& multi) {
  return visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* counts = static_cast<const T*>(multi.counts);
    // more than a float64 counts are left out
    const bool drawable = std::all_of(counts, counts + multi.size,
                                      [](T count) { return count > 0 && extend(count) <= kExactInDouble; });
    return drawable ? Obstacle::kNone : Obstacle::kRange;
  });
}

void sample(const BoxView& box, const Stream& stream, void* out) {
  visit_type(box.type, [&](auto value) { sample_box(box, stream, static_cast<decltype(value)*>(out)); });
}

std::int64_t sample(const DiscreteView& discrete, BitSource& bits) {
  return visit_integer_type(discrete.type, [&](auto value) {
    using T = decltype(value);
    const auto count = extend(static_cast<T>(discrete.count));
    const std::uint64_t drawn = draw_count(discrete.type, count, bits);
    return static_cast<std::int64_t>(static_cast<T>(static_cast<std::uint64_t>(discrete.start) + drawn));
  });
}

void sample(const MultiDiscreteView& multi, BitSource& bits, void* out) {
  visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* start = static_cast<const T*>(multi.start);
    const T* counts = static_cast<const T*>(multi.counts);
    for (std::size_t i = 0; i < multi.size; ++i) {
      const T drawn = static_cast<T>(bits.next_double() * static_cast<double>(counts[i]));
      // unsigned: the reference wraps too
      static_cast<T*>(out)[i] = static_cast<T>(extend(drawn) + extend(start[i]));
    }
  });
}

void sample_bits(std::size_t size, BitSource& bits, std::int8_t* out) {
  NarrowIntegers<std::uint8_t> integers(bits);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::int8_t>(integers.draw(1));
}

std::size_t sample(const TextView& text, BitSource& bits, std::uint32_t* out) {
  const std::size_t length = text.min_length + bounded_integer(bits, text.max_length - text.min_length);

  // `Generator.choice` looks each double up in the sums of the probabilities
  const double probability = 1.0 / static_cast<double>(text.num_characters);
  std::vector<double> sums(text.num_characters);
  double sum = 0;
  for (double& upto : sums) upto = sum += probability;
  for (double& upto : sums) upto /= sum;
  for (std::size_t i = 0; i < length; ++i) {
    const auto found = std::upper_bound(sums.begin(), sums.end(), bits.next_double());
    out[i] = static_cast<std::uint32_t>(found - sums.begin());
  }
  return length;
}

bool contains(const BoxView& box, const void* x) {
  return visit_type(box.type, [&](auto value) {
    using T = decltype(value);
    const T* elements = static_cast<const T*>(x);
    return all_between(static_cast<const T*>(box.low), elements, static_cast<const T*>(box.high), box.size);
  });
}

bool contains(const MultiDiscreteView& multi, const void* x) {
  return visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* start = static_cast<const T*>(multi.start);
    const T* counts = static_cast<const T*>(multi.counts);
    const T* elements = static_cast<const T*>(x);
    bool inside = true;
    for (std::size_t i = 0; i < multi.size; ++i) {
      const auto last = static_cast<T>(extend(start[i]) + extend(counts[i]) - 1);
      inside &= (start[i] <= elements[i]) & (elements[i] <= last);
    }
    return inside;
  });
}

bool contains(const DiscreteView& discrete, std::int64_t x) {
  return visit_integer_type(discrete.type, [&](auto value) {
    using T = decltype(value);
    if (std::is_unsigned_v<T> && x < 0) return false;
    if (static_cast<std::int64_t>(static_cast<T>(x)) != x) return false;
    const T start = static_cast<T>(discrete.start);
    const T element = static_cast<T>(x);
    const std::uint64_t distance = extend(element) - extend(start);
    return element >= start && distance < extend(static_cast<T>(discrete.count));
  });
}

bool contains_bits(ElementType type, std::size_t size, const void* x) {
  return visit_type(type, [&](auto value) {
    using T = decltype(value);
    const T* elements = static_cast<const T*>(x);
    return std::all_of(elements, elements + size,
                       [](T element) { return element == T{0} || element == T{1}; });
  });
}

bool contains_text(std::span<const std::uint32_t> characters, std::span<const std::uint32_t> x) {
  return std::all_of(x.begin(), x.end(), [&](std::uint32_t character) {
    return std::binary_search(characters.begin(), characters.end(), character);
  });
}

}  // namespace plyo::spaces
