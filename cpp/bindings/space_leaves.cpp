// Box, Discrete, MultiDiscrete, MultiBinary and Text: drawing and testing elements.
// The attributes of a space are read at every call, because Python code may change them. Unusual attributes,
// and those that have changed since the constructor, are left to the Python methods.
#include <vector>

#include "../spaces/leaves.hpp"
#include "space_kernels.hpp"
#include "space_objects.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;
using spaces::Obstacle;

PyObject* box_sample(PyObject* const* arguments) {
  BoxObject box(arguments[0]);
  if (!box.valid || !box.find_bounded()) return nullptr;
  GeneratorStream stream;
  if (!open_stream(arguments[0], stream)) return nullptr;
  if (spaces::obstacle(box.view, numpy_distributions()) != Obstacle::kNone) return nullptr;
  const PlainArray& array = box.arrays.array();
  // of shape () NumPy makes scalars of integers
  if (array.num_dimensions() == 0 && box.view.type < spaces::ElementType::kFloat32) return nullptr;
  PyObject* const out = new_array(box.kind.dtype.ptr(), array.num_dimensions(), array.dimensions());
  if (out != nullptr) spaces::sample(box.view, stream.stream(), array_data(out));
  return out;
}

PyObject* box_contains(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x) return nullptr;
  const BoxObject box(arguments[0]);
  if (!box.valid || x->type() != box.view.type) return nullptr;
  return truth(x->has_shape_of(box.arrays.array()) && spaces::contains(box.view, x->data()));
}

PyObject* discrete_sample(PyObject* const* arguments) {
  const DiscreteObject discrete(arguments[0]);
  if (!discrete.valid || spaces::obstacle(discrete.view) != Obstacle::kNone) return nullptr;
  GeneratorStream stream;
  if (!open_stream(arguments[0], stream)) return nullptr;
  const std::int64_t drawn = spaces::sample(discrete.view, *stream.stream().bits);
  return new_integer_scalar(drawn, discrete.kind.dtype.ptr(), *discrete.kind.type);
}

PyObject* discrete_contains(PyObject* const* arguments) {
  const DiscreteObject discrete(arguments[0]);
  if (!discrete.valid) return nullptr;
  const Integer x = read_integer(arguments[1], discrete.view.type);
  if (x.kind == Integer::Kind::kOther) return nullptr;
  return truth(x.kind == Integer::Kind::kValue && spaces::contains(discrete.view, x.value));
}

PyObject* multi_discrete_sample(PyObject* const* arguments) {
  const MultiDiscreteObject multi(arguments[0]);
  // of shape () NumPy makes scalars
  if (!multi.valid || multi.arrays.array().num_dimensions() == 0) return nullptr;
  GeneratorStream stream;
  if (!open_stream(arguments[0], stream)) return nullptr;
  if (spaces::obstacle(multi.view) != Obstacle::kNone) return nullptr;
  const PlainArray& array = multi.arrays.array();
  PyObject* const out = new_array(multi.kind.dtype.ptr(), array.num_dimensions(), array.dimensions());
  if (out != nullptr) spaces::sample(multi.view, *stream.stream().bits, array_data(out));
  return out;
}

PyObject* multi_discrete_contains(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x) return nullptr;
  const MultiDiscreteObject multi(arguments[0]);
  if (!multi.valid || x->type() != multi.view.type) return nullptr;
  return truth(x->has_shape_of(multi.arrays.array()) && spaces::contains(multi.view, x->data()));
}

// The dimensions of a MultiBinary space; empty unless they are as the constructor made them.
std::vector<Py_ssize_t> binary_shape(PyObject* space) {
  const py::object shape = get_attribute(space, names().shape);
  const py::object n = get_attribute(space, names().n);
  if (!shape || !n || !PyTuple_CheckExact(shape.ptr())) return {};
  const Py_ssize_t num_dimensions = PyTuple_GET_SIZE(shape.ptr());
  // `n` is the shape, or the one length in it
  const bool is_shape = n.is(shape) || PyObject_RichCompareBool(n.ptr(), shape.ptr(), Py_EQ) == 1;
  if (!is_shape && !(num_dimensions == 1 && PyLong_CheckExact(n.ptr()) &&
                     PyObject_RichCompareBool(n.ptr(), PyTuple_GET_ITEM(shape.ptr(), 0), Py_EQ) == 1)) {
    PyErr_Clear();
    return {};
  }
  std::vector<Py_ssize_t> dimensions;
  for (Py_ssize_t i = 0; i < num_dimensions; ++i) {
    PyObject* const length = PyTuple_GET_ITEM(shape.ptr(), i);
    const Py_ssize_t value = PyLong_CheckExact(length) ? PyLong_AsSsize_t(length) : -1;
    if (value <= 0) {
      PyErr_Clear();
      return {};
    }
    dimensions.push_back(value);
  }
  return dimensions;
}

PyObject* multi_binary_sample(PyObject* const* arguments) {
  const SpaceType kind(arguments[0]);
  const std::vector<Py_ssize_t> shape = binary_shape(arguments[0]);
  if (shape.empty() || kind.type != ElementType::kInt8) return nullptr;
  GeneratorStream stream;
  if (!open_stream(arguments[0], stream)) return nullptr;
  PyObject* const out = new_array(kind.dtype.ptr(), static_cast<int>(shape.size()), shape.data());
  if (out == nullptr) return nullptr;
  const std::size_t size = PlainArray::from(out)->size();
  spaces::sample_bits(size, *stream.stream().bits, static_cast<std::int8_t*>(array_data(out)));
  return out;
}

PyObject* multi_binary_contains(PyObject* const* arguments) {
  const auto x = PlainArray::from(arguments[1]);
  if (!x) return nullptr;
  const py::object shape = get_attribute(arguments[0], names().shape);
  if (!shape || !PyTuple_CheckExact(shape.ptr())) return nullptr;
  return truth(x->has_shape(shape.ptr()) && spaces::contains_bits(x->type(), x->size(), x->data()));
}

PyObject* text_sample(PyObject* const* arguments) {
  PyObject* const self = arguments[0];
  const auto min_length = text_length(self, names().min_length);
  const auto max_length = text_length(self, names().max_length);
  const std::vector<std::uint32_t> characters = text_characters(self);
  if (!min_length || !max_length || *min_length > *max_length || characters.empty()) return nullptr;
  GeneratorStream stream;
  if (!open_stream(self, stream)) return nullptr;

  std::vector<std::uint32_t> drawn(*max_length);
  const spaces::TextView text{*min_length, *max_length, characters.size()};
  drawn.resize(spaces::sample(text, *stream.stream().bits, drawn.data()));
  for (std::uint32_t& character : drawn) character = characters[character];
  return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, drawn.data(), static_cast<Py_ssize_t>(drawn.size()));
}

PyObject* text_contains(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  const auto min_length = text_length(arguments[0], names().min_length);
  const auto max_length = text_length(arguments[0], names().max_length);
  const py::object characters = get_attribute(arguments[0], names().char_str);
  if (!PyUnicode_CheckExact(x) || !min_length || !max_length || !characters) return nullptr;
  if (!PyUnicode_CheckExact(characters.ptr())) return nullptr;
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(x));
  if (length < *min_length || length > *max_length) return truth(false);
  return truth(spaces::contains_text(code_points(characters.ptr()), code_points(x)));
}

constexpr SpaceKernel kLeafKernels[] = {
    {"Box.sample", &box_sample, 1},
    {"Box.contains", &box_contains, 2},
    {"Discrete.sample", &discrete_sample, 1},
    {"Discrete.contains", &discrete_contains, 2},
    {"MultiDiscrete.sample", &multi_discrete_sample, 1},
    {"MultiDiscrete.contains", &multi_discrete_contains, 2},
    {"MultiBinary.sample", &multi_binary_sample, 1},
    {"MultiBinary.contains", &multi_binary_contains, 2},
    {"Text.sample", &text_sample, 1},
    {"Text.contains", &text_contains, 2},
};

}  // namespace

std::span<const SpaceKernel> leaf_kernels() { return kLeafKernels; }

}  // namespace plyo::bindings
