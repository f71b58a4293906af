#include "leaves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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
    // the sum wraps at the end of int64, as the reference's does
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
  } else {
    // the largest 64-bit integers are no float64: they would round up to a value out of range
    constexpr double kLeast = static_cast<double>(std::numeric_limits<T>::min());
    constexpr double kMost = std::is_same_v<T, std::int64_t> ? 0x1.fffffffffffffp62
                             : std::is_same_v<T, std::uint64_t>
                                 ? 0x1.fffffffffffffp63
                                 : static_cast<double>(std::numeric_limits<T>::max());
    const T element = static_cast<T>(std::clamp(std::floor(drawn), kLeast, kMost));
    // near the ends of int64 a float64 is coarser than an integer and can miss the bounds
    return std::is_same_v<T, std::int64_t> ? std::clamp(element, low, high) : element;
  }
}

template <class T>
Obstacle box_obstacle(const BoxView& box, const Distributions& distributions) {
  // one that an exponential draw does not take out of the range of the type
  constexpr double kSafe = std::is_same_v<T, float> ? 1e38 : 1e308;
  const T* low = static_cast<const T*>(box.low);
  const T* high = static_cast<const T*>(box.high);
  bool in_range = true;
  bool all_bounded = true;
  for (std::size_t i = 0; i < box.size; ++i) {
    const double least = convert<double>(low[i]);
    const double most = open_end(high[i]);
    const double width = most - least;
    if (bounded(box, i)) {
      in_range &= width >= 0 && width <= std::numeric_limits<double>::max();
    } else {
      all_bounded = false;
      in_range &= !only_below(box, i) || std::abs(least) <= kSafe;
      in_range &= !only_above(box, i) || std::abs(most) <= kSafe;
    }
    if constexpr (std::is_same_v<T, std::int64_t>) in_range &= low[i] <= high[i];
    if constexpr (std::is_same_v<T, std::uint64_t>) in_range &= high[i] < (std::uint64_t{1} << 63) - 1;
  }
  if (!in_range) return Obstacle::kRange;
  const bool drawable =
      distributions.standard_normal != nullptr && distributions.standard_exponential != nullptr;
  return all_bounded || drawable ? Obstacle::kNone : Obstacle::kDistributions;
}

template <class T>
void sample_box(const BoxView& box, const Stream& stream, T* out) {
  const T* low = static_cast<const T*>(box.low);
  const T* high = static_cast<const T*>(box.high);
  BitSource& bits = *stream.bits;
  const auto draw = [&](std::size_t i, double value) { out[i] = to_element(value, low[i], high[i]); };

  // the order of the draws is part of the contract: same seed, same sample
  std::size_t num_bounded = 0;
  for (std::size_t i = 0; i < box.size; ++i) num_bounded += bounded(box, i) ? 1 : 0;
  if (num_bounded < box.size) {
    const auto normal = stream.distributions.standard_normal;
    const auto exponential = stream.distributions.standard_exponential;
    for (std::size_t i = 0; i < box.size; ++i) {
      if (unbounded(box, i)) draw(i, 0.0 + 1.0 * normal(&bits));
    }
    for (std::size_t i = 0; i < box.size; ++i) {
      if (only_below(box, i)) draw(i, exponential(&bits) + convert<double>(low[i]));
    }
    for (std::size_t i = 0; i < box.size; ++i) {
      if (only_above(box, i)) draw(i, -exponential(&bits) + open_end(high[i]));
    }
  }
  if (num_bounded == 0) return;
  for (std::size_t i = 0; i < box.size; ++i) {
    if (!bounded(box, i)) continue;
    const double least = convert<double>(low[i]);
    draw(i, least + (open_end(high[i]) - least) * bits.next_double());
  }
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
    const auto room =
        static_cast<std::uint64_t>(std::numeric_limits<T>::max()) - static_cast<std::uint64_t>(start);
    return count > 0 && static_cast<std::uint64_t>(count) - 1 <= room ? Obstacle::kNone : Obstacle::kRange;
  });
}

Obstacle obstacle(const MultiDiscreteView& multi) {
  return visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* counts = static_cast<const T*>(multi.counts);
    const bool positive = std::all_of(counts, counts + multi.size, [](T count) { return count > 0; });
    return positive ? Obstacle::kNone : Obstacle::kRange;
  });
}

void sample(const BoxView& box, const Stream& stream, void* out) {
  visit_type(box.type, [&](auto value) { sample_box(box, stream, static_cast<decltype(value)*>(out)); });
}

std::int64_t sample(const DiscreteView& discrete, BitSource& bits) {
  return visit_integer_type(discrete.type, [&](auto value) {
    using T = decltype(value);
    const auto count = static_cast<std::uint64_t>(static_cast<T>(discrete.count));
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
      static_cast<T*>(out)[i] =
          static_cast<T>(static_cast<std::uint64_t>(drawn) + static_cast<std::uint64_t>(start[i]));
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
    const T* low = static_cast<const T*>(box.low);
    const T* high = static_cast<const T*>(box.high);
    const T* elements = static_cast<const T*>(x);
    bool inside = true;
    for (std::size_t i = 0; i < box.size; ++i) inside &= (elements[i] >= low[i]) & (elements[i] <= high[i]);
    return inside;
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
      const auto last =
          static_cast<T>(static_cast<std::uint64_t>(start[i]) + static_cast<std::uint64_t>(counts[i]) - 1);
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
    const std::uint64_t distance = static_cast<std::uint64_t>(element) - static_cast<std::uint64_t>(start);
    return element >= start && distance < static_cast<std::uint64_t>(static_cast<T>(discrete.count));
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
