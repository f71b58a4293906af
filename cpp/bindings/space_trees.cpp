// Tuple and Dict, and functions for every space: each part is called as from Python code, so that parts of
// any class and with methods of their own work.
#include <string>

#include "space_kernels.hpp"
#include "space_objects.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

// Refuses spaces that contain themselves before the stack ends.
class Descent {
 public:
  Descent() : entered_(Py_EnterRecursiveCall(" in a space") == 0) {}
  ~Descent() {
    if (entered_) Py_LeaveRecursiveCall();
  }
  Descent(const Descent&) = delete;
  Descent& operator=(const Descent&) = delete;
  bool refused() const { return !entered_; }

 private:
  bool entered_;
};

// A dictionary that must not grow during an iteration.
class Items {
 public:
  explicit Items(PyObject* dictionary) : dictionary_(dictionary), size_(PyDict_GET_SIZE(dictionary)) {}

  // The next key and value, held here; false at the end and with an exception set.
  bool next() {
    if (PyDict_GET_SIZE(dictionary_) != size_) {
      PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
      return false;
    }
    PyObject* next_key = nullptr;
    PyObject* next_value = nullptr;
    if (PyDict_Next(dictionary_, &position_, &next_key, &next_value) == 0) return false;
    key = py::reinterpret_borrow<py::object>(next_key);
    value = py::reinterpret_borrow<py::object>(next_value);
    return true;
  }

  py::object key, value;

 private:
  PyObject* dictionary_;
  Py_ssize_t size_;
  Py_ssize_t position_ = 0;
};

PyObject* space_contains(PyObject* const* arguments) {
  return PyObject_VectorcallMethod(names().contains, arguments, 2, nullptr);
}

py::object sample_part(PyObject* space) { return steal(PyObject_CallMethodNoArgs(space, names().sample)); }

PyObject* dict_sample(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyDict_CheckExact(spaces.ptr())) return nullptr;
  const Descent descent;
  if (descent.refused()) return nullptr;
  py::object sample = steal(PyDict_New());
  if (!sample) return nullptr;
  Items items(spaces.ptr());
  while (items.next()) {
    const py::object part = sample_part(items.value.ptr());
    if (!part || PyDict_SetItem(sample.ptr(), items.key.ptr(), part.ptr()) != 0) return nullptr;
  }
  return PyErr_Occurred() != nullptr ? nullptr : sample.release().ptr();
}

PyObject* tuple_sample(PyObject* const* arguments) {
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyTuple_CheckExact(spaces.ptr())) return nullptr;
  const Descent descent;
  if (descent.refused()) return nullptr;
  const Py_ssize_t size = PyTuple_GET_SIZE(spaces.ptr());
  py::object sample = steal(PyTuple_New(size));
  if (!sample) return nullptr;
  for (Py_ssize_t i = 0; i < size; ++i) {
    py::object part = sample_part(PyTuple_GET_ITEM(spaces.ptr(), i));
    if (!part) return nullptr;
    PyTuple_SET_ITEM(sample.ptr(), i, part.release().ptr());
  }
  return sample.release().ptr();
}

// Whether two dictionaries have the same keys; -1 with an exception set.
int same_keys(PyObject* a, PyObject* b) {
  if (PyDict_GET_SIZE(a) != PyDict_GET_SIZE(b)) return 0;
  Items items(a);
  while (items.next()) {
    const int found = PyDict_Contains(b, items.key.ptr());
    if (found != 1) return found;
  }
  return PyErr_Occurred() != nullptr ? -1 : 1;
}

PyObject* dict_contains(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  if (!PyDict_CheckExact(x)) return nullptr;
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyDict_CheckExact(spaces.ptr())) return nullptr;
  const Descent descent;
  if (descent.refused()) return nullptr;
  const int comparable = same_keys(spaces.ptr(), x);
  if (comparable < 0) return nullptr;
  if (comparable == 0) return truth(false);
  Items items(spaces.ptr());
  while (items.next()) {
    const py::object part = steal(PyObject_GetItem(x, items.key.ptr()));
    if (!part) return nullptr;
    const int inside = PySequence_Contains(items.value.ptr(), part.ptr());
    if (inside < 0) return nullptr;
    if (inside == 0) return truth(false);
  }
  return PyErr_Occurred() != nullptr ? nullptr : truth(true);
}

PyObject* tuple_contains(PyObject* const* arguments) {
  PyObject* const x = arguments[1];
  if (!PyTuple_CheckExact(x)) return nullptr;
  const py::object spaces = get_attribute(arguments[0], names().spaces);
  if (!spaces || !PyTuple_CheckExact(spaces.ptr())) return nullptr;
  if (PyTuple_GET_SIZE(x) != PyTuple_GET_SIZE(spaces.ptr())) return truth(false);
  const Descent descent;
  if (descent.refused()) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i) {
    PyObject* const call[] = {PyTuple_GET_ITEM(spaces.ptr(), i), PyTuple_GET_ITEM(x, i)};
    const py::object inside = steal(PyObject_VectorcallMethod(names().contains, call, 2, nullptr));
    if (!inside) return nullptr;
    const int is_inside = PyObject_IsTrue(inside.ptr());
    if (is_inside < 0) return nullptr;
    if (is_inside == 0) return truth(false);
  }
  return truth(true);
}

constexpr SpaceKernel kTreeKernels[] = {
    {"Space.__contains__", &space_contains, 2, SpaceKernel::kSubclasses},
    {"Dict.sample", &dict_sample, 1},
    {"Dict.contains", &dict_contains, 2},
    {"Tuple.sample", &tuple_sample, 1},
    {"Tuple.contains", &tuple_contains, 2},
};

}  // namespace

std::span<const SpaceKernel> tree_kernels() { return kTreeKernels; }

}  // namespace plyo::bindings
