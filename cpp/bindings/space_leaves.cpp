// Box, Discrete, MultiDiscrete, MultiBinary and Text: drawing and testing elements.
// The attributes of a space are read at every call, because Python code may change them. Whatever is not as
// the constructor made it, or is unusual, is left to the Python methods.
#include <limits>
#include <string>
#include <vector>

#include "../spaces/leaves.hpp"
#include "numpy_values.hpp"
#include "space_kernels.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;
using spaces::Bool;
using spaces::Obstacle;

PyObject* truth(bool value) { return Py_NewRef(value ? Py_True : Py_False); }

// Names of attributes.
struct Names {
  PyObject* dtype = interned("dtype");
  PyObject* np_random = interned("_np_random");
  PyObject* shape = interned("_shape");
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
};

const Names& names() {
  static const Names all;
  return all;
}

// Arrays of one shape that are attributes of a space; holds them while it lives.
class SpaceArrays {
 public:
  explicit SpaceArrays(PyObject* space) : space_(space), shape_(get_attribute(space, names().shape)) {}

  // The array called `name` if it has `type` and the shape of the space.
  const void* find(PyObject* name, ElementType type) {
    py::object& held = held_[count_++];
    held = get_attribute(space_, name);
    if (!held || !shape_) return nullptr;
    const auto array = PlainArray::from(held.ptr());
    if (!array || array->type() != type || !array->has_shape(shape_.ptr())) return nullptr;
    first_ = array;
    return array->data();
  }

  // Of the array found last.
  const PlainArray& array() const { return *first_; }

 private:
  PyObject* space_;
  py::object shape_;
  py::object held_[4];
  std::size_t count_ = 0;
  std::optional<PlainArray> first_;
};

// What a space says of its element type.
struct SpaceType {
  explicit SpaceType(PyObject* space) : dtype(get_attribute(space, names().dtype)) {
    if (dtype) type = element_type_of(dtype.ptr());
  }
  bool is_integer() const { return type && spaces::is_integer(*type); }

  py::object dtype;
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

  bool find_bounded(PyObject* /*space*/) {
    view.bounded_below = static_cast<const Bool*>(arrays.find(names().bounded_below, ElementType::kBool));
    view.bounded_above = static_cast<const Bool*>(arrays.find(names().bounded_above, ElementType::kBool));
    return view.bounded_below != nullptr && view.bounded_above != nullptr;
  }

  SpaceType kind;
  SpaceArrays arrays;
  spaces::BoxView view{};
  bool valid = false;
};

PyObject* box_sample(PyObject* const* arguments) {
  BoxObject box(arguments[0]);
  if (!box.valid || !box.find_bounded(arguments[0])) return nullptr;
  if (spaces::obstacle(box.view, numpy_distributions()) != Obstacle::kNone) return nullptr;
  const py::object generator = get_attribute(arguments[0], names().np_random);
  GeneratorStream stream;
  if (!generator || !stream.open(generator.ptr())) return nullptr;
  const PlainArray& array = box.arrays.array();
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

struct DiscreteObject {
  explicit DiscreteObject(PyObject* space) : kind(space) {
    if (!kind.is_integer()) return;
    const py::object n = get_attribute(space, names().n);
    const py::object start = get_attribute(space, names().start);
    if (!n || !start) return;
    const auto count = integer_scalar(n.ptr(), kind.dtype.ptr(), *kind.type);
    const auto first = integer_scalar(start.ptr(), kind.dtype.ptr(), *kind.type);
    if (!count || !first) return;
    view = {.type = *kind.type, .start = *first, .count = *count};
    valid = true;
  }

  SpaceType kind;
  spaces::DiscreteView view{};
  bool valid = false;
};

PyObject* discrete_sample(PyObject* const* arguments) {
  const DiscreteObject discrete(arguments[0]);
  if (!discrete.valid || spaces::obstacle(discrete.view) != Obstacle::kNone) return nullptr;
  const py::object generator = get_attribute(arguments[0], names().np_random);
  GeneratorStream stream;
  if (!generator || !stream.open(generator.ptr())) return nullptr;
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

PyObject* multi_discrete_sample(PyObject* const* arguments) {
  const MultiDiscreteObject multi(arguments[0]);
  // of shape () NumPy makes scalars
  if (!multi.valid || multi.arrays.array().num_dimensions() == 0) return nullptr;
  if (spaces::obstacle(multi.view) != Obstacle::kNone) return nullptr;
  const py::object generator = get_attribute(arguments[0], names().np_random);
  GeneratorStream stream;
  if (!generator || !stream.open(generator.ptr())) return nullptr;
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
  const py::object generator = get_attribute(arguments[0], names().np_random);
  GeneratorStream stream;
  if (!generator || !stream.open(generator.ptr())) return nullptr;
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

// A length of text, empty if there is none or it is not a usual one.
std::optional<std::size_t> text_length(PyObject* space, PyObject* name) {
  constexpr Py_ssize_t kUsual = 1 << 20;
  const py::object value = get_attribute(space, name);
  if (!value || !PyLong_CheckExact(value.ptr())) return std::nullopt;
  const Py_ssize_t length = PyLong_AsSsize_t(value.ptr());
  PyErr_Clear();
  if (length < 0 || length > kUsual) return std::nullopt;
  return static_cast<std::size_t>(length);
}

PyObject* text_sample(PyObject* const* arguments) {
  PyObject* const self = arguments[0];
  const auto min_length = text_length(self, names().min_length);
  const auto max_length = text_length(self, names().max_length);
  const py::object characters = get_attribute(self, names().char_list);
  if (!min_length || !max_length || *min_length > *max_length || !characters) return nullptr;
  if (!PyTuple_CheckExact(characters.ptr()) || PyTuple_GET_SIZE(characters.ptr()) == 0) return nullptr;
  const py::object generator = get_attribute(self, names().np_random);
  GeneratorStream stream;
  if (!generator || !stream.open(generator.ptr())) return nullptr;

  std::vector<std::uint32_t> drawn(*max_length);
  const spaces::TextView text{*min_length, *max_length,
                              static_cast<std::size_t>(PyTuple_GET_SIZE(characters.ptr()))};
  drawn.resize(spaces::sample(text, *stream.stream().bits, drawn.data()));
  for (std::uint32_t& character : drawn) {
    character = PyUnicode_ReadChar(PyTuple_GET_ITEM(characters.ptr(), character), 0);
  }
  return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, drawn.data(), static_cast<Py_ssize_t>(drawn.size()));
}

// The code points of a string.
std::vector<std::uint32_t> code_points(PyObject* string) {
  std::vector<std::uint32_t> points(static_cast<std::size_t>(PyUnicode_GET_LENGTH(string)));
  const int kind = PyUnicode_KIND(string);
  const void* const data = PyUnicode_DATA(string);
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = PyUnicode_READ(kind, data, static_cast<Py_ssize_t>(i));
  return points;
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
