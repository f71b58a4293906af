// The spaces whose elements are one array or one string: drawing and testing elements in raw buffers.
// Draws are those of gymnasium 1.4.0, in its order, from any NumPy stream.
//
// A space is given as a view of its parameters; arrays are contiguous, aligned, and have `size` elements. The
// functions `valid` tell whether a view can be drawn from: what they refuse would overflow or is no space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bit_source.hpp"
#include "element_type.hpp"

namespace plyo::spaces {

// Intervals, each of them closed, half-open to infinity or unbounded. `low` and `high` are arrays of `type`.
struct BoxView {
  ElementType type;
  std::size_t size;
  const void* low;
  const void* high;
  const Bool* bounded_below;
  const Bool* bounded_above;
};

// The integers start, ..., start + count - 1 of `type`, whose bits `start` and `count` hold.
struct DiscreteView {
  ElementType type;
  std::int64_t start;
  std::int64_t count;
};

// Element i is one of start[i], ..., start[i] + counts[i] - 1.
struct MultiDiscreteView {
  ElementType type;
  std::size_t size;
  const void* start;
  const void* counts;
};

// Strings of min_length to max_length of the characters 0, ..., num_characters - 1.
struct TextView {
  std::size_t min_length;
  std::size_t max_length;
  std::size_t num_characters;
};

// The obstacles to drawing from a space.
enum class Obstacle : std::uint8_t {
  kNone,
  kRange,          // a range is empty, not finite or not covered by a float64, or a draw could leave the type
  kDistributions,  // elements that are not bounded on both sides need distributions that the stream lacks
};

Obstacle obstacle(const BoxView& box, const Distributions& distributions);
Obstacle obstacle(const DiscreteView& discrete);
Obstacle obstacle(const MultiDiscreteView& multi);

// One element, written to `out`, an array of the space's type. The space must have no obstacle.
void sample(const BoxView& box, const Stream& stream, void* out);
std::int64_t sample(const DiscreteView& discrete, BitSource& bits);
void sample(const MultiDiscreteView& multi, BitSource& bits, void* out);
void sample_bits(std::size_t size, BitSource& bits, std::int8_t* out);

// A string: its length first, then that many characters, written to `out`, which has room for max_length.
std::size_t sample(const TextView& text, BitSource& bits, std::uint32_t* out);

// Whether an array of the space's type is an element.
bool contains(const BoxView& box, const void* x);
bool contains(const MultiDiscreteView& multi, const void* x);
bool contains(const DiscreteView& discrete, std::int64_t x);

// Whether an array has nothing but zeros and ones.
bool contains_bits(ElementType type, std::size_t size, const void* x);

// Whether every character of `x` is one of `characters`, which are sorted.
bool contains_text(std::span<const std::uint32_t> characters, std::span<const std::uint32_t> x);

}  // namespace plyo::spaces
