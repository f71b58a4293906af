// NumPy arrays, scalars and random generators, read where they lie.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../spaces/bit_source.hpp"
#include "../spaces/element_type.hpp"

namespace plyo::bindings {

using spaces::ElementType;

// A new reference, such as the C API returns, held.
inline pybind11::object steal(PyObject* object) {
  return pybind11::reinterpret_steal<pybind11::object>(object);
}

// An attribute of an object, null if it has none; `name` is an interned string.
inline pybind11::object get_attribute(PyObject* object, PyObject* name) {
  PyObject* const value = PyObject_GetAttr(object, name);
  if (value == nullptr) PyErr_Clear();
  return steal(value);
}

// Sets an entry of a dict.
inline void set_item(const pybind11::object& dict, PyObject* key, const pybind11::object& value) {
  if (PyDict_SetItem(dict.ptr(), key, value.ptr()) != 0) throw pybind11::error_already_set();
}

// The string for get_attribute, kept for ever.
PyObject* interned(const char* name);

// An attribute of a module, looked up once. Static variables with a guard would not do: a thread that waits
// for the guard keeps the GIL, which the import may have given away. Two threads at once look it up twice.
PyObject* attribute_of_module(std::atomic<PyObject*>& cache, const char* module, const char* name);

// Whether an object is a `numpy.dtype`, and its element type if that is one of ours in the order of this
// machine.
std::optional<ElementType> element_type_of(PyObject* dtype);

// The dtype of an element type; the reference is borrowed.
PyObject* dtype_of(ElementType type);

// A contiguous, aligned array of exactly the class `numpy.ndarray`.
class PlainArray {
 public:
  // Empty for any other object.
  static std::optional<PlainArray> from(PyObject* object);

  ElementType type() const { return type_; }
  int num_dimensions() const { return proxy_->nd; }
  const Py_ssize_t* dimensions() const { return reinterpret_cast<const Py_ssize_t*>(proxy_->dimensions); }
  std::size_t size() const;
  void* data() const { return proxy_->data; }
  bool is_writable() const;
  bool has_shape_of(const PlainArray& other) const;
  // Whether a tuple of integers is its shape.
  bool has_shape(PyObject* tuple) const;

 private:
  PlainArray(const pybind11::detail::PyArray_Proxy* proxy, ElementType type) : proxy_(proxy), type_(type) {}

  const pybind11::detail::PyArray_Proxy* proxy_;
  ElementType type_;
};

// A new array on memory of its own, uninitialised; null with an exception set without memory.
PyObject* new_array(PyObject* dtype, int num_dimensions, const Py_ssize_t* dimensions);
PyObject* new_array(ElementType type, Py_ssize_t size);

// A contiguous view of a PlainArray, with its dtype, on part of its memory; null with an exception set on
// failure.
PyObject* new_view(PyObject* array, int num_dimensions, const Py_ssize_t* dimensions, void* data);

// The memory of an array that was just made.
inline void* array_data(PyObject* array) { return pybind11::detail::array_proxy(array)->data; }

// The bits of a scalar of exactly the class that belongs to an integer dtype, sign- or zero-extended; empty
// for any other object.
std::optional<std::int64_t> integer_scalar(PyObject* object, PyObject* dtype);

// A new scalar of an integer dtype.
PyObject* new_integer_scalar(std::int64_t value, PyObject* dtype, ElementType type);

// An integer as Python code gives them: an `int` that fits, or a NumPy scalar or array of shape () of an
// integer type that casts safely to `type`.
struct Integer {
  enum class Kind : std::uint8_t { kValue, kTooLarge, kOther } kind;
  std::int64_t value = 0;
};
Integer read_integer(PyObject* object, ElementType type);

// The stream of a `numpy.random.Generator`, locked against other threads while this lives.
class GeneratorStream {
 public:
  GeneratorStream() = default;
  ~GeneratorStream();
  GeneratorStream(const GeneratorStream&) = delete;
  GeneratorStream& operator=(const GeneratorStream&) = delete;

  // False unless `generator` is NumPy's own class over one of NumPy's own bit generators, and nobody draws
  // from it.
  bool open(PyObject* generator);
  spaces::Stream stream() const;

 private:
  pybind11::object bit_generator_;
  pybind11::object lock_;
  spaces::BitSource* bits_ = nullptr;
};

// The distributions that this build has from NumPy.
spaces::Distributions numpy_distributions();

}  // namespace plyo::bindings
