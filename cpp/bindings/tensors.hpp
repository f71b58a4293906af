// Arrays of other libraries (torch, JAX), read and shown as NumPy arrays.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "arrays.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {

struct TensorView {
  // A NumPy array; null for an object that is no tensor, or one that only NumPy itself can read, by a copy.
  pybind11::object array;
  // Set for a tensor whose memory must not be used: what it is, and the remedy.
  std::string complaint;
};

// The memory of a tensor in the main memory of this machine. The array keeps the tensor alive, and can be
// written if the tensor can. Much quicker than NumPy's own way.
TensorView view_tensor(const pybind11::handle& object);

// A tensor's numbers as a new array of another type; null for anything that has not this shape, is no tensor
// that view_tensor() shows, or is not converted to this type. `takes_bools`: False and True are 0 and 1.
pybind11::object read_tensor(const pybind11::handle& object, const Shape& shape, ElementType type,
                             bool takes_bools);

}  // namespace plyo::bindings
