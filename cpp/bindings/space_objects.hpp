// The parameters of Python's spaces, read in place. They are read at every call, because Python code may
// change them; parameters that have changed since the constructor are not valid here, and left to Python.
#pragma once

#include <optional>
#include <vector>

#include "../spaces/leaves.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {

inline PyObject* truth(bool value) { return Py_NewRef(value ? Py_True : Py_False); }

// Names of attributes.
struct Names {
  PyObject* dtype = interned("dtype");
  PyObject* np_random = interned("_np_random");
  PyObject* shape = interned("_shape");
  PyObject* shape_property = interned("shape");
  PyObject* low = interned("low");
  PyObject* high = interned("high");
  PyObject* bounded_below = interned("bounded_below");
  PyObject* bounded_above = interned("bounded_above");
  PyObject* n = interned("n");
  PyObject* start = interned("start");
  PyObject* nvec = interned("nvec");
  PyObject* min_length = interned("min_length");
  PyObject* max_length = interned("max_length");
  PyObject* char_list = interned("_char_list");
  PyObject* char_str = interned("_char_str");
  PyObject* spaces = interned("spaces");
  PyObject* is_np_flattenable = interned("is_np_flattenable");
  PyObject* sample = interned("sample");
  PyObject* contains = interned("contains");
};

inline const Names& names() {
  static const Names all;
  return all;
}

// Arrays of one shape that are attributes of a space; holds them while it lives.
class SpaceArrays {
 public:
  explicit SpaceArrays(PyObject* space) : space_(space), shape_(get_attribute(space, names().shape)) {}

  // The array called `name` if it has `type` and the shape of the space.
  const void* find(PyObject* name, ElementType type) {
    pybind11::object& held = held_[count_++];
    held = get_attribute(space_, name);
    if (!held || !shape_) return nullptr;
    const auto array = PlainArray::from(held.ptr());
    if (!array || array->type() != type || !array->has_shape(shape_.ptr())) return nullptr;
    first_ = array;
    return array->data();
  }

  // The shape of the last array.
  const PlainArray& array() const { return *first_; }

 private:
  PyObject* space_;
  pybind11::object shape_;
  pybind11::object held_[4];
  std::size_t count_ = 0;
  std::optional<PlainArray> first_;
};

// The stream of a space; false if native code must not use it.
inline bool open_stream(PyObject* space, GeneratorStream& stream) {
  const pybind11::object generator = get_attribute(space, names().np_random);
  return generator && stream.open(generator.ptr());
}

// The code points of a string.
inline std::vector<std::uint32_t> code_points(PyObject* string) {
  std::vector<std::uint32_t> points(static_cast<std::size_t>(PyUnicode_GET_LENGTH(string)));
  const int kind = PyUnicode_KIND(string);
  const void* const data = PyUnicode_DATA(string);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = PyUnicode_READ(kind, data, static_cast<Py_ssize_t>(i));
  }
  return points;
}

// A length of text; empty if it is missing or unusual.
inline std::optional<std::size_t> text_length(PyObject* space, PyObject* name) {
  constexpr Py_ssize_t kUsual = 1 << 20;
  const pybind11::object value = get_attribute(space, name);
  if (!value || !PyLong_CheckExact(value.ptr())) return std::nullopt;
  const Py_ssize_t length = PyLong_AsSsize_t(value.ptr());
  PyErr_Clear();
  if (length < 0 || length > kUsual) return std::nullopt;
  return static_cast<std::size_t>(length);
}

// The characters of a text space in its order; empty if it has none.
inline std::vector<std::uint32_t> text_characters(PyObject* space) {
  const pybind11::object characters = get_attribute(space, names().char_list);
  if (!characters || !PyTuple_CheckExact(characters.ptr())) return {};
  std::vector<std::uint32_t> points(static_cast<std::size_t>(PyTuple_GET_SIZE(characters.ptr())));
  for (std::size_t i = 0; i < points.size(); ++i) {
    PyObject* const character = PyTuple_GET_ITEM(characters.ptr(), static_cast<Py_ssize_t>(i));
    if (!PyUnicode_CheckExact(character) || PyUnicode_GET_LENGTH(character) != 1) return {};
    points[i] = PyUnicode_READ_CHAR(character, 0);
  }
  return points;
}

// The element type of a space.
struct SpaceType {
  explicit SpaceType(PyObject* space) : dtype(get_attribute(space, names().dtype)) {
    if (dtype) type = element_type_of(dtype.ptr());
  }
  bool is_integer() const { return type && spaces::is_integer(*type); }

  pybind11::object dtype;
  std::optional<ElementType> type;
};

struct BoxObject {
  explicit BoxObject(PyObject* space) : kind(space), arrays(space) {
    if (!kind.type) return;
    view.type = *kind.type;
    view.low = arrays.find(names().low, view.type);
    view.high = arrays.find(names().high, view.type);
    valid = view.low != nullptr && view.high != nullptr;
    if (valid) view.size = arrays.array().size();
  }

  bool find_bounded() {
    view.bounded_below =
        static_cast<const spaces::Bool*>(arrays.find(names().bounded_below, ElementType::kBool));
    view.bounded_above =
        static_cast<const spaces::Bool*>(arrays.find(names().bounded_above, ElementType::kBool));
    return view.bounded_below != nullptr && view.bounded_above != nullptr;
  }

  SpaceType kind;
  SpaceArrays arrays;
  spaces::BoxView view{};
  bool valid = false;
};

struct DiscreteObject {
  explicit DiscreteObject(PyObject* space) : kind(space) {
    if (!kind.is_integer()) return;
    const pybind11::object n = get_attribute(space, names().n);
    const pybind11::object start = get_attribute(space, names().start);
    if (!n || !start) return;
    const auto count = integer_scalar(n.ptr(), kind.dtype.ptr());
    const auto first = integer_scalar(start.ptr(), kind.dtype.ptr());
    if (!count || !first) return;
    view = {.type = *kind.type, .start = *first, .count = *count};
    valid = true;
  }

  SpaceType kind;
  spaces::DiscreteView view{};
  bool valid = false;
};

struct MultiDiscreteObject {
  explicit MultiDiscreteObject(PyObject* space) : kind(space), arrays(space) {
    if (!kind.is_integer()) return;
    view.type = *kind.type;
    view.counts = arrays.find(names().nvec, view.type);
    view.start = arrays.find(names().start, view.type);
    valid = view.counts != nullptr && view.start != nullptr;
    if (valid) view.size = arrays.array().size();
  }

  SpaceType kind;
  SpaceArrays arrays;
  spaces::MultiDiscreteView view{};
  bool valid = false;
};

}  // namespace plyo::bindings
