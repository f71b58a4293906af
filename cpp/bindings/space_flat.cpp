// Flattening elements of spaces to vectors, and back.
#include <algorithm>
#include <atomic>
#include <vector>

#include "../spaces/flatten.hpp"
#include "space_kernels.hpp"
#include "space_objects.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

// Box; arrays of another type or shape are left to Python.
PyObject* flatten_array(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x) return nullptr;
  const SpaceType kind(arguments[0]);
  const py::object shape = get_attribute(arguments[0], names().shape);
  if (kind.type != x->type() || !shape || !PyTuple_CheckExact(shape.ptr()) || !x->has_shape(shape.ptr()))
    return nullptr;
  const auto size = static_cast<Py_ssize_t>(x->size());
  PyObject* const out = new_array(kind.dtype.ptr(), 1, &size);
  if (out != nullptr) spaces::copy_as(x->type(), x->data(), x->size(), x->type(), array_data(out));
  return out;
}

// MultiBinary: nothing but zeros and ones
PyObject* flatten_bits(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x || !spaces::contains_bits(x->type(), x->size(), x->data())) return nullptr;
  return flatten_array(arguments);
}

// The dimensions in a tuple of integers; empty if the object is not such a tuple, or has no entries.
std::vector<Py_ssize_t> dimensions_of(PyObject* tuple) {
  if (!PyTuple_CheckExact(tuple)) return {};
  std::vector<Py_ssize_t> dimensions;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
    PyObject* const length = PyTuple_GET_ITEM(tuple, i);
    if (!PyLong_CheckExact(length)) return {};
    dimensions.push_back(PyLong_AsSsize_t(length));
  }
  if (PyErr_Occurred() != nullptr) dimensions.clear();
  PyErr_Clear();
  return dimensions;
}

// Box and MultiBinary: a view
PyObject* unflatten_array(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x || x->num_dimensions() != 1) return nullptr;
  const SpaceType kind(arguments[0]);
  const py::object shape = get_attribute(arguments[0], names().shape_property);
  if (kind.type != x->type() || !shape) return nullptr;
  const std::vector<Py_ssize_t> dimensions = dimensions_of(shape.ptr());
  std::size_t size = dimensions.empty() ? 0 : 1;
  for (const Py_ssize_t length : dimensions)
    size *= static_cast<std::size_t>(std::max<Py_ssize_t>(length, 0));
  if (size == 0 || size != x->size()) return nullptr;
  return new_view(arguments[1], static_cast<int>(dimensions.size()), dimensions.data(), x->data());
}

PyObject* flatten_discrete(PyObject* const* arguments) {
  const DiscreteObject discrete(arguments[0]);
  if (!discrete.valid || spaces::obstacle(discrete.view) != spaces::Obstacle::kNone) return nullptr;
  const Integer x = read_integer(arguments[1], discrete.view.type);
  // NumPy counts from the end where the index is negative, and raises where it is too large
  if (x.kind != Integer::Kind::kValue || !spaces::contains(discrete.view, x.value)) return nullptr;
  const auto size = static_cast<Py_ssize_t>(spaces::one_hot_size(discrete.view));
  PyObject* const out = new_array(discrete.kind.dtype.ptr(), 1, &size);
  if (out != nullptr) spaces::one_hot(discrete.view, x.value, discrete.view.type, array_data(out));
  return out;
}

PyObject* unflatten_discrete(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x || x->num_dimensions() != 1) return nullptr;
  const DiscreteObject discrete(arguments[0]);
  if (!discrete.valid || spaces::obstacle(discrete.view) != spaces::Obstacle::kNone) return nullptr;
  std::int64_t element = 0;
  if (x->size() != spaces::one_hot_size(discrete.view)) return nullptr;
  if (!spaces::from_one_hot(discrete.view, x->type(), x->data(), element)) return nullptr;
  return new_integer_scalar(element, discrete.kind.dtype.ptr(), discrete.view.type);
}

// A MultiDiscrete space for one-hot codes; NumPy makes float64 of sums of uint64, which cannot be indices.
bool has_code(const MultiDiscreteObject& multi) {
  return multi.valid && multi.view.type != ElementType::kUInt64 &&
         multi.arrays.array().num_dimensions() != 0 &&
         spaces::obstacle(multi.view) == spaces::Obstacle::kNone;
}

PyObject* flatten_multi_discrete(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x) return nullptr;
  const MultiDiscreteObject multi(arguments[0]);
  if (!has_code(multi) || x->type() != multi.view.type || !x->has_shape_of(multi.arrays.array()))
    return nullptr;
  if (!spaces::contains(multi.view, x->data())) return nullptr;
  const auto size = static_cast<Py_ssize_t>(spaces::one_hot_size(multi.view));
  PyObject* const out = new_array(multi.kind.dtype.ptr(), 1, &size);
  if (out != nullptr) spaces::one_hot(multi.view, x->data(), multi.view.type, array_data(out));
  return out;
}

PyObject* unflatten_multi_discrete(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x || x->num_dimensions() != 1) return nullptr;
  const MultiDiscreteObject multi(arguments[0]);
  if (!has_code(multi) || x->size() != spaces::one_hot_size(multi.view)) return nullptr;
  const PlainArray& array = multi.arrays.array();
  py::object out = steal(new_array(multi.kind.dtype.ptr(), array.num_dimensions(), array.dimensions()));
  if (!out || !spaces::from_one_hot(multi.view, x->type(), x->data(), array_data(out.ptr()))) return nullptr;
  return out.release().ptr();
}

// The place of each character, and after the last one the number of characters.
PyObject* flatten_text(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  const auto min_length = text_length(arguments[0], names().min_length);
  const auto max_length = text_length(arguments[0], names().max_length);
  const std::vector<std::uint32_t> characters = text_characters(arguments[0]);
  if (!PyUnicode_CheckExact(x) || !max_length || characters.empty()) return nullptr;
  const std::vector<std::uint32_t> text = code_points(x);
  if (text.size() > *max_length || text.size() < min_length.value_or(text.size() + 1)) return nullptr;
  const py::object out = steal(new_array(ElementType::kInt32, static_cast<Py_ssize_t>(*max_length)));
  if (!out) return nullptr;
  auto* const places = static_cast<std::int32_t*>(array_data(out.ptr()));
  std::fill_n(places, *max_length, static_cast<std::int32_t>(characters.size()));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto found = std::find(characters.begin(), characters.end(), text[i]);
    if (found == characters.end()) return nullptr;
    places[i] = static_cast<std::int32_t>(found - characters.begin());
  }
  return Py_NewRef(out.ptr());
}

// Python's function `flatten`, with all registered implementations.
PyObject* python_flatten() {
  static std::atomic<PyObject*> function{};
  return attribute_of_module(function, "plyo.spaces.utils", "flatten");
}

// Whether elements of all parts become arrays; empty with an exception set.
std::optional<bool> is_flattenable(const std::vector<py::object>& parts) {
  for (const py::object& part : parts) {
    const py::object answer = steal(PyObject_GetAttr(part.ptr(), names().is_np_flattenable));
    const int is_true = answer ? PyObject_IsTrue(answer.ptr()) : -1;
    if (is_true < 0) return std::nullopt;
    if (is_true == 0) return false;
  }
  return true;
}

// The type of `numpy.concatenate`: starting from the widest, as NumPy does where the order would matter.
ElementType common_type(const std::vector<PlainArray>& pieces) {
  ElementType type = pieces.front().type();
  for (const PlainArray& piece : pieces) type = std::max(type, piece.type());
  for (const PlainArray& piece : pieces) type = spaces::promote(type, piece.type());
  return type;
}

// Joins vectors; other arrays are left to NumPy.
PyObject* join(const std::vector<py::object>& vectors) {
  std::vector<PlainArray> pieces;
  std::size_t size = 0;
  for (const py::object& vector : vectors) {
    const auto piece = PlainArray::from(vector.ptr());
    if (!piece || piece->num_dimensions() != 1) break;
    size += piece->size();
    pieces.push_back(*piece);
  }
  if (pieces.size() != vectors.size()) {
    py::list list;
    for (const py::object& vector : vectors) list.append(vector);
    return py::object(py::module_::import("numpy").attr("concatenate")(list)).release().ptr();
  }
  const ElementType type = common_type(pieces);
  PyObject* const out = new_array(type, static_cast<Py_ssize_t>(size));
  if (out == nullptr) return nullptr;
  char* place = static_cast<char*>(array_data(out));
  for (const PlainArray& piece : pieces) {
    spaces::copy_as(piece.type(), piece.data(), piece.size(), type, place);
    place += piece.size() * spaces::size_of(type);
  }
  return out;
}

// Flattens each item with its part and joins the results. Elements that do not become arrays are left to
// Python.
PyObject* flatten_parts(const std::vector<py::object>& parts, const std::vector<py::object>& items) {
  if (parts.empty() || is_flattenable(parts) != true) return nullptr;
  std::vector<py::object> vectors;
  vectors.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    PyObject* const call[] = {parts[i].ptr(), items[i].ptr()};
    py::object vector = steal(PyObject_Vectorcall(python_flatten(), call, 2, nullptr));
    if (!vector) return nullptr;
    vectors.push_back(std::move(vector));
  }
  return join(vectors);
}

PyObject* flatten_dict(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyDict_CheckExact(spaces.ptr()) || !PyDict_CheckExact(x)) return nullptr;
  if (PyDict_GET_SIZE(spaces.ptr()) != PyDict_GET_SIZE(x)) return nullptr;
  std::vector<py::object> parts, items;
  PyObject* key = nullptr;
  PyObject* part = nullptr;
  for (Py_ssize_t position = 0; PyDict_Next(spaces.ptr(), &position, &key, &part) != 0;) {
    PyObject* const item = PyDict_GetItemWithError(x, key);
    if (item == nullptr) return nullptr;
    parts.push_back(py::reinterpret_borrow<py::object>(part));
    items.push_back(py::reinterpret_borrow<py::object>(item));
  }
  return flatten_parts(parts, items);
}

PyObject* flatten_tuple(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyTuple_CheckExact(spaces.ptr()) || !PyTuple_CheckExact(x)) return nullptr;
  if (PyTuple_GET_SIZE(x) != PyTuple_GET_SIZE(spaces.ptr())) return nullptr;
  std::vector<py::object> parts, items;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i) {
    parts.push_back(py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(spaces.ptr(), i)));
    items.push_back(py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(x, i)));
  }
  return flatten_parts(parts, items);
}

constexpr SpaceKernel kFlatKernels[] = {
    {"flatten_array", &flatten_array, 2},
    {"flatten_bits", &flatten_bits, 2},
    {"flatten_discrete", &flatten_discrete, 2},
    {"flatten_multi_discrete", &flatten_multi_discrete, 2},
    {"flatten_text", &flatten_text, 2},
    {"flatten_dict", &flatten_dict, 2},
    {"flatten_tuple", &flatten_tuple, 2},
    {"unflatten_array", &unflatten_array, 2},
    {"unflatten_multi_discrete", &unflatten_multi_discrete, 2},
    {"unflatten_discrete", &unflatten_discrete, 2},
};

}  // namespace

std::span<const SpaceKernel> flat_kernels() { return kFlatKernels; }

}  // namespace plyo::bindings
