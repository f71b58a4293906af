// Joining elements of spaces to batches, and iterating over batches.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "../spaces/flatten.hpp"
#include "batch_iterators.hpp"
#include "space_kernels.hpp"
#include "space_objects.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

bool is_list_or_tuple(PyObject* object) { return PyList_CheckExact(object) || PyTuple_CheckExact(object); }

// Whether an array is a row of `out`, by its type and shape.
bool is_row(const PlainArray& item, const PlainArray& out) {
  const int dimensions = item.num_dimensions();
  return item.type() == out.type() && dimensions + 1 == out.num_dimensions() &&
         std::equal(item.dimensions(), item.dimensions() + dimensions, out.dimensions() + 1);
}

// The number that one item of a vector is, as its bits; empty if NumPy is to convert it.
std::optional<std::int64_t> number_of(PyObject* item, const PlainArray& out, PyObject* dtype) {
  if (out.num_dimensions() != 1 || !spaces::is_integer(out.type())) return std::nullopt;
  if (const auto bits = integer_scalar(item, dtype)) return bits;
  if (out.type() != ElementType::kInt64 || !PyLong_CheckExact(item)) return std::nullopt;
  const Integer integer = read_integer(item, out.type());
  if (integer.kind != Integer::Kind::kValue) return std::nullopt;
  return integer.value;
}

// np.stack(items, out=out) of arrays like the rows of `out`, or of integers.
PyObject* stack(PyObject* const* items, Py_ssize_t count, PyObject* out_object) {
  const auto out = PlainArray::from(out_object);
  if (!out || !out->is_writable() || out->num_dimensions() == 0 || count == 0) return nullptr;
  if (out->dimensions()[0] != count) return nullptr;
  PyObject* const dtype = py::detail::array_proxy(out_object)->descr;

  std::vector<const void*> rows;
  std::vector<std::int64_t> numbers;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (const auto row = PlainArray::from(items[i]); row && is_row(*row, *out)) {
      rows.push_back(row->data());
    } else if (const auto number = number_of(items[i], *out, dtype)) {
      numbers.push_back(*number);
    } else {
      return nullptr;
    }
  }
  if (!rows.empty() && !numbers.empty()) return nullptr;

  char* place = static_cast<char*>(out->data());
  const std::size_t row_bytes = out->size() * spaces::size_of(out->type()) / static_cast<std::size_t>(count);
  for (const void* row : rows) {
    // items can be rows of `out`
    if (row_bytes != 0) std::memmove(place, row, row_bytes);
    place += row_bytes;
  }
  for (const std::int64_t number : numbers) {
    spaces::copy_as(ElementType::kInt64, &number, 1, out->type(), place);
    place += row_bytes;
  }
  return Py_NewRef(out_object);
}

PyObject* concatenate_arrays(PyObject* const* arguments) {
  PyObject* const items = arguments[1];
  if (!is_list_or_tuple(items)) return nullptr;
  return stack(PySequence_Fast_ITEMS(items), PySequence_Fast_GET_SIZE(items), arguments[2]);
}

// Python's function `concatenate`, with all registered implementations.
PyObject* python_concatenate() {
  static std::atomic<PyObject*> function{};
  return attribute_of_module(function, "plyo.spaces._batching", "concatenate");
}

// Joins the parts of all items under `key`, and writes them to that part of `out`.
py::object concatenate_part(PyObject* part, PyObject* key, PyObject* items, PyObject* out) {
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
  const py::object column = steal(PyList_New(count));
  if (!column) return {};
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (i >= PySequence_Fast_GET_SIZE(items)) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
      return {};
    }
    PyObject* const element = PyObject_GetItem(PySequence_Fast_GET_ITEM(items, i), key);
    if (element == nullptr) return {};
    PyList_SET_ITEM(column.ptr(), i, element);
  }
  const py::object out_part = steal(PyObject_GetItem(out, key));
  if (!out_part) return {};
  PyObject* const call[] = {part, column.ptr(), out_part.ptr()};
  return steal(PyObject_Vectorcall(python_concatenate(), call, 3, nullptr));
}

PyObject* concatenate_dict(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!is_list_or_tuple(arguments[1]) || !spaces || !PyDict_CheckExact(spaces.ptr())) return nullptr;
  py::object batch = steal(PyDict_New());
  // a copy, because Python code is called in between
  const py::object parts = steal(PyDict_Copy(spaces.ptr()));
  if (!batch || !parts) return nullptr;
  PyObject* key = nullptr;
  PyObject* part = nullptr;
  for (Py_ssize_t position = 0; PyDict_Next(parts.ptr(), &position, &key, &part) != 0;) {
    const py::object joined = concatenate_part(part, key, arguments[1], arguments[2]);
    if (!joined || PyDict_SetItem(batch.ptr(), key, joined.ptr()) != 0) return nullptr;
  }
  return batch.release().ptr();
}

PyObject* concatenate_tuple(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!is_list_or_tuple(arguments[1]) || !spaces || !PyTuple_CheckExact(spaces.ptr())) return nullptr;
  const Py_ssize_t count = PyTuple_GET_SIZE(spaces.ptr());
  py::object batch = steal(PyTuple_New(count));
  if (!batch) return nullptr;
  for (Py_ssize_t i = 0; i < count; ++i) {
    const py::object index = steal(PyLong_FromSsize_t(i));
    if (!index) return nullptr;
    py::object joined =
        concatenate_part(PyTuple_GET_ITEM(spaces.ptr(), i), index.ptr(), arguments[1], arguments[2]);
    if (!joined) return nullptr;
    PyTuple_SET_ITEM(batch.ptr(), i, joined.release().ptr());
  }
  return batch.release().ptr();
}

PyObject* iterate_array(PyObject* const* arguments) { return make_row_iterator(arguments[1]); }

PyObject* iterate_dict(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyDict_CheckExact(spaces.ptr())) return nullptr;
  return make_dict_iterator(spaces.ptr(), arguments[1]);
}

PyObject* iterate_tuple(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyTuple_CheckExact(spaces.ptr())) return nullptr;
  return make_tuple_iterator(spaces.ptr(), arguments[1]);
}

constexpr SpaceKernel kBatchKernels[] = {
    {"concatenate_arrays", &concatenate_arrays, 3},
    {"concatenate_dict", &concatenate_dict, 3},
    {"concatenate_tuple", &concatenate_tuple, 3},
    {"iterate_array", &iterate_array, 2},
    {"iterate_dict", &iterate_dict, 2},
    {"iterate_tuple", &iterate_tuple, 2},
};

}  // namespace

std::span<const SpaceKernel> batch_kernels() { return kBatchKernels; }

}  // namespace plyo::bindings
