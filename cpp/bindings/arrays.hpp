// NumPy arrays: fresh arrays on recycled memory, and checks of the caller's arrays.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../core/space.hpp"
#include "../engine/buffer_pool.hpp"

namespace plyo::bindings {

namespace py = pybind11;

using Shape = std::vector<py::ssize_t>;

// A shape in Python's form: "(3,)" or "(2, 3)".
std::string shape_text(const Shape& shape);

// The dtype of NumPy type number kNumber, made once.
py::handle float32_dtype();
py::handle float64_dtype();
py::handle int64_dtype();
py::handle bool_dtype();
py::handle dtype_of(DType dtype);

// An uninitialised array on memory from the pool, which gets it back with the array's last reference.
py::array make_array(BufferPool& pool, py::handle dtype, const Shape& shape);

// A NumPy scalar of a type.
py::object numpy_scalar(py::handle dtype, const void* value);

// A small array that owns its memory, filled from `data`.
py::object copy_to_array(py::handle dtype, const LeafShape& shape, const void* data);

// Checks an array for results: throws TypeError or ValueError, which names `name` and the expected array.
py::array check_output(const py::handle& array, py::handle dtype, const Shape& shape, const char* name);

// Whether every element is at a multiple of its size, as the kernels need.
inline bool is_aligned(const py::array& array) {
  return (array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0;
}

// Throws ValueError if two of these contiguous arrays share memory: inputs and outputs of a call must not
// overlap.
void check_disjoint(const std::vector<std::pair<const char*, py::array>>& arrays);

// The writable address of an array that make_array or check_output returned.
inline void* data_of(const py::array& array) { return py::detail::array_proxy(array.ptr())->data; }

}  // namespace plyo::bindings
