#include "batch_iterators.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "numpy_values.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;
using py::detail::npy_api;

struct RowIterator {
  PyObject ob_base;
  PyObject* array;  // null at the end
  Py_ssize_t next;
};

struct DictIterator {
  PyObject ob_base;
  PyObject* spaces;  // null at the end
  PyObject* items;
  PyObject* keys;  // these two from the first step on
  PyObject* values;
};

RowIterator* as_rows(PyObject* self) { return reinterpret_cast<RowIterator*>(self); }
DictIterator* as_dicts(PyObject* self) { return reinterpret_cast<DictIterator*>(self); }

// One row of an array that is contiguous.
PyObject* row_of(PyObject* array, Py_ssize_t index) {
  const auto* const proxy = py::detail::array_proxy(static_cast<const void*>(array));
  char* const data = proxy->data + index * proxy->strides[0];
  if (proxy->nd == 1) return npy_api::get().PyArray_Scalar_(data, proxy->descr, array);
  return new_view(array, proxy->nd - 1, proxy->dimensions + 1, data);
}

PyObject* next_row(PyObject* self) {
  RowIterator* const rows = as_rows(self);
  if (rows->array == nullptr) return nullptr;
  // an array can be given another shape in between
  const auto array = PlainArray::from(rows->array);
  if (array && array->num_dimensions() > 0 && rows->next < array->dimensions()[0]) {
    return row_of(rows->array, rows->next++);
  }
  Py_CLEAR(rows->array);
  return nullptr;
}

int traverse_rows(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(as_rows(self)->array);
  return 0;
}

int clear_rows(PyObject* self) {
  Py_CLEAR(as_rows(self)->array);
  return 0;
}

// Python's function `iterate`, with all registered implementations.
PyObject* python_iterate() {
  static std::atomic<PyObject*> function{};
  return attribute_of_module(function, "plyo.spaces._batching", "iterate");
}

// Adds the iterator over the batch that `items` has for a part under `key`; false with an exception set.
bool add_iterator(std::vector<py::object>& iterators, PyObject* part, PyObject* items, PyObject* key) {
  const py::object batch = steal(PyObject_GetItem(items, key));
  if (!batch) return false;
  PyObject* const arguments[] = {part, batch.ptr()};
  py::object iterator = steal(PyObject_Vectorcall(python_iterate(), arguments, 2, nullptr));
  if (!iterator) return false;
  iterators.push_back(std::move(iterator));
  return true;
}

// zip(*iterators, strict=True)
PyObject* zip(const std::vector<py::object>& iterators) {
  const py::tuple strict = py::make_tuple("strict");
  std::vector<PyObject*> arguments(iterators.size() + 1, Py_True);
  std::transform(iterators.begin(), iterators.end(), arguments.begin(),
                 [](const py::object& iterator) { return iterator.ptr(); });
  return PyObject_Vectorcall(reinterpret_cast<PyObject*>(&PyZip_Type), arguments.data(), iterators.size(),
                             strict.ptr());
}

// The batches of all parts, side by side; false with an exception set.
bool start(DictIterator* dicts) {
  const py::object pairs = steal(PyDict_Items(dicts->spaces));
  if (!pairs) return false;
  const Py_ssize_t count = PyList_GET_SIZE(pairs.ptr());
  py::object keys = steal(PyTuple_New(count));
  if (!keys) return false;
  std::vector<py::object> iterators;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const pair = PyList_GET_ITEM(pairs.ptr(), i);
    PyObject* const key = PyTuple_GET_ITEM(pair, 0);
    if (!add_iterator(iterators, PyTuple_GET_ITEM(pair, 1), dicts->items, key)) return false;
    PyTuple_SET_ITEM(keys.ptr(), i, Py_NewRef(key));
  }
  dicts->values = zip(iterators);
  dicts->keys = keys.release().ptr();
  return dicts->values != nullptr;
}

int clear_dicts(PyObject* self) {
  Py_CLEAR(as_dicts(self)->spaces);
  Py_CLEAR(as_dicts(self)->items);
  Py_CLEAR(as_dicts(self)->keys);
  Py_CLEAR(as_dicts(self)->values);
  return 0;
}

PyObject* next_dict(PyObject* self) {
  DictIterator* const dicts = as_dicts(self);
  if (dicts->spaces == nullptr) return nullptr;
  if (dicts->values == nullptr && !start(dicts)) {
    clear_dicts(self);
    return nullptr;
  }
  const py::object values = steal(PyIter_Next(dicts->values));
  if (!values) {
    clear_dicts(self);
    return nullptr;
  }
  py::object element = steal(PyDict_New());
  if (!element) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(dicts->keys); ++i) {
    PyObject* const key = PyTuple_GET_ITEM(dicts->keys, i);
    if (PyDict_SetItem(element.ptr(), key, PyTuple_GET_ITEM(values.ptr(), i)) != 0) return nullptr;
  }
  return element.release().ptr();
}

int traverse_dicts(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(as_dicts(self)->spaces);
  Py_VISIT(as_dicts(self)->items);
  Py_VISIT(as_dicts(self)->keys);
  Py_VISIT(as_dicts(self)->values);
  return 0;
}

template <inquiry kClear>
void destroy(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  kClear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* make_type(const char* name, int size, iternextfunc next, traverseproc traverse, inquiry clear,
                        destructor destroy_object) {
  PyType_Slot slots[] = {{Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
                         {Py_tp_iternext, reinterpret_cast<void*>(next)},
                         {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                         {Py_tp_clear, reinterpret_cast<void*>(clear)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(destroy_object)},
                         {0, nullptr}};
  PyType_Spec spec = {name, size, 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

// Made when the module is loaded, and never released.
PyTypeObject* row_iterator_type = nullptr;
PyTypeObject* dict_iterator_type = nullptr;

}  // namespace

void make_iterator_types() {
  row_iterator_type = make_type("plyo._native.RowIterator", sizeof(RowIterator), &next_row, &traverse_rows,
                                &clear_rows, &destroy<&clear_rows>);
  dict_iterator_type = make_type("plyo._native.DictIterator", sizeof(DictIterator), &next_dict,
                                 &traverse_dicts, &clear_dicts, &destroy<&clear_dicts>);
}

PyObject* make_row_iterator(PyObject* array) {
  const auto plain = PlainArray::from(array);
  if (!plain || plain->num_dimensions() == 0) return nullptr;
  RowIterator* const rows = PyObject_GC_New(RowIterator, row_iterator_type);
  if (rows == nullptr) return nullptr;
  rows->array = Py_NewRef(array);
  rows->next = 0;
  PyObject_GC_Track(reinterpret_cast<PyObject*>(rows));
  return reinterpret_cast<PyObject*>(rows);
}

PyObject* make_dict_iterator(PyObject* spaces, PyObject* items) {
  DictIterator* const dicts = PyObject_GC_New(DictIterator, dict_iterator_type);
  if (dicts == nullptr) return nullptr;
  dicts->spaces = Py_NewRef(spaces);
  dicts->items = Py_NewRef(items);
  dicts->keys = nullptr;
  dicts->values = nullptr;
  PyObject_GC_Track(reinterpret_cast<PyObject*>(dicts));
  return reinterpret_cast<PyObject*>(dicts);
}

PyObject* make_tuple_iterator(PyObject* spaces, PyObject* items) {
  const py::object registry = py::handle(python_iterate()).attr("registry");
  const Py_ssize_t count = PyTuple_GET_SIZE(spaces);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const cls = reinterpret_cast<PyObject*>(Py_TYPE(PyTuple_GET_ITEM(spaces, i)));
    if (PySequence_Contains(registry.ptr(), cls) != 1) return nullptr;
  }
  std::vector<py::object> iterators;
  for (Py_ssize_t i = 0; i < count; ++i) {
    const py::object index = steal(PyLong_FromSsize_t(i));
    if (!index || !add_iterator(iterators, PyTuple_GET_ITEM(spaces, i), items, index.ptr())) return nullptr;
  }
  return zip(iterators);
}

}  // namespace plyo::bindings
