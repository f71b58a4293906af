// Nested spaces of a fixed size: the parts of tuples and dictionaries, in order, as one list of leaves. An
// element has one buffer for each leaf; so has a batch of elements, with the leaves of one element after
// the leaves of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "flatten.hpp"
#include "leaves.hpp"

namespace plyo::spaces {

// Leaves that own their parameters.
struct Box {
  ElementType type;
  std::vector<std::byte> low, high;  // numbers of `type`
  std::vector<Bool> bounded_below, bounded_above;

  BoxView view() const;
};

struct MultiDiscrete {
  ElementType type;
  std::vector<std::byte> start, counts;  // numbers of `type`

  MultiDiscreteView view() const;
};

struct MultiBinary {
  std::size_t size;
};

using Discrete = DiscreteView;
using Leaf = std::variant<Box, Discrete, MultiDiscrete, MultiBinary>;

// A box of `size` times the same interval; an infinite end is unbounded.
Box box(ElementType type, std::size_t size, double low, double high);

// The buffers of one element or of a batch, one for each leaf.
using Buffers = std::span<void* const>;
using ConstBuffers = std::span<const void* const>;

class Layout {
 public:
  explicit Layout(std::vector<Leaf> leaves);

  std::size_t num_leaves() const { return leaves_.size(); }
  const Leaf& leaf(std::size_t i) const { return leaves_[i]; }

  // The type and the bytes of a leaf in one element.
  ElementType type(std::size_t i) const;
  std::size_t bytes(std::size_t i) const { return bytes_[i]; }

  // The length of a flat vector, where the piece of a leaf begins in it, and the type that holds all leaves.
  std::size_t flat_size() const { return offsets_.back(); }
  std::size_t flat_offset(std::size_t i) const { return offsets_[i]; }
  ElementType flat_type() const { return flat_type_; }

  // Draws each leaf from its own stream.
  void sample(std::span<const Stream> streams, Buffers element) const;

  // Throws std::invalid_argument if a leaf cannot be drawn: an empty or infinite range, or one that needs
  // distributions that the streams lack.
  void check_can_sample(const Distributions& distributions) const;

  bool contains(ConstBuffers element) const;

  // Copies an element to place `index` of a batch, and back.
  void put(ConstBuffers element, std::size_t index, Buffers batch) const;
  void get(ConstBuffers batch, std::size_t index, Buffers element) const;

  // An element, which must lie in the space, as a vector of flat_size() numbers of flat_type(), and back.
  // False if a one-hot code has only zeros.
  void flatten(ConstBuffers element, void* flat) const;
  bool unflatten(const void* flat, Buffers element) const;

 private:
  std::vector<Leaf> leaves_;
  std::vector<std::size_t> bytes_;
  std::vector<std::size_t> offsets_{0};
  ElementType flat_type_ = ElementType::kBool;
};

}  // namespace plyo::spaces
