// Numbers in memory of any layout as a new array of another type.
#pragma once

#include <pybind11/numpy.h>

#include <cstddef>

#include "numpy_values.hpp"

namespace plyo::bindings {

// Numbers where they lie, in the order of this machine, at any address.
struct NumbersAt {
  ElementType type;
  int num_dimensions;
  const Py_ssize_t* shape;
  const Py_ssize_t* strides;  // in bytes
  const std::byte* data;
};

// A contiguous array of `type`, without NumPy's detours, which take longer than a step of many environments.
// Every number is read once, so that another thread may write them meanwhile. An integer beyond the type
// becomes its nearest, a number beyond float32 infinite. Null for types that the engine does not convert.
pybind11::object convert_numbers(const NumbersAt& numbers, ElementType type);

}  // namespace plyo::bindings
