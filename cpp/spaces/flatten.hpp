// Elements of spaces as flat vectors of numbers, and back.
#pragma once

#include <cstddef>

#include "leaves.hpp"

namespace plyo::spaces {

// Copies `size` numbers from one type to another, each as NumPy casts it.
void copy_as(ElementType from, const void* in, std::size_t size, ElementType to, void* out);

// The length of the one-hot vector of a space.
std::size_t one_hot_size(const DiscreteView& discrete);
std::size_t one_hot_size(const MultiDiscreteView& multi);

// One-hot vectors of elements, which must lie in their space; `out` has `one_hot_size` numbers of type `to`.
void one_hot(const DiscreteView& discrete, std::int64_t x, ElementType to, void* out);
void one_hot(const MultiDiscreteView& multi, const void* x, ElementType to, void* out);

// The element whose one-hot vector `in` is, of numbers of type `from`: the first that is not zero counts.
// False if a vector has only zeros.
bool from_one_hot(const DiscreteView& discrete, ElementType from, const void* in, std::int64_t& x);
bool from_one_hot(const MultiDiscreteView& multi, ElementType from, const void* in, void* x);

}  // namespace plyo::spaces
