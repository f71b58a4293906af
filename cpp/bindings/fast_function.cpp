#include "fast_function.hpp"

#include <structmember.h>

#include <cstddef>
#include <exception>
#include <new>
#include <string_view>

#include "../engine/float_mode.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

struct FastFunction {
  PyObject ob_base;
  vectorcallfunc call;
  FastKernel kernel;
  Py_ssize_t num_arguments;
  PyObject* cls;
  PyObject* fallback;
  PyObject* registry;  // of a dispatching function, else null
};

FastFunction* as_fast(PyObject* object) { return reinterpret_cast<FastFunction*>(object); }

PyObject* call_kernel(PyObject* callable, PyObject* const* arguments, std::size_t flagged_count,
                      PyObject* keywords) {
  const FastFunction* const self = as_fast(callable);
  const Py_ssize_t count = PyVectorcall_NARGS(flagged_count);
  if (keywords == nullptr && count == self->num_arguments &&
      (self->cls == nullptr || reinterpret_cast<PyObject*>(Py_TYPE(arguments[0])) == self->cls)) {
    try {
      const DefaultFloatMode mode;
      PyObject* const result = self->kernel(arguments);
      if (result != nullptr || PyErr_Occurred() != nullptr) return result;
    } catch (const py::error_already_set& error) {
      const_cast<py::error_already_set&>(error).restore();
      return nullptr;
    } catch (const std::bad_alloc&) {
      return PyErr_NoMemory();
    } catch (const std::exception& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what());
      return nullptr;
    }
  }
  return PyObject_Vectorcall(self->fallback, arguments, flagged_count, keywords);
}

PyObject* call_registered(PyObject* callable, PyObject* const* arguments, std::size_t flagged_count,
                          PyObject* keywords) {
  const FastFunction* const self = as_fast(callable);
  if (PyVectorcall_NARGS(flagged_count) > 0) {
    PyObject* const cls = reinterpret_cast<PyObject*>(Py_TYPE(arguments[0]));
    const auto implementation = py::reinterpret_steal<py::object>(PyObject_GetItem(self->registry, cls));
    if (implementation) {
      return PyObject_Vectorcall(implementation.ptr(), arguments, flagged_count, keywords);
    }
    PyErr_Clear();
  }
  return PyObject_Vectorcall(self->fallback, arguments, flagged_count, keywords);
}

PyObject* bind(PyObject* self, PyObject* instance, PyObject* /*owner*/) {
  // an implementation in a module stays as it is, in an instance too
  if (instance == nullptr || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}

// The fallback has the attributes that Python asks a function for (name, text, annotations, ...).
PyObject* attribute(PyObject* self, PyObject* name) {
  const char* const text = PyUnicode_AsUTF8(name);
  if (text == nullptr) return nullptr;
  const std::string_view wanted(text);
  if (wanted == "__wrapped__") return Py_NewRef(as_fast(self)->fallback);
  for (const char* own :
       {"__class__", "__call__", "__get__", "__reduce__", "__reduce_ex__", "__repr__", "__str__"}) {
    if (wanted == own) return PyObject_GenericGetAttr(self, name);
  }
  return PyObject_GetAttr(as_fast(self)->fallback, name);
}

// Pickles by name, as functions do.
PyObject* reduce(PyObject* self, PyObject* /*unused*/) {
  return PyObject_GetAttrString(as_fast(self)->fallback, "__qualname__");
}

PyObject* represent(PyObject* self) { return PyObject_Repr(as_fast(self)->fallback); }

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(as_fast(self)->cls);
  Py_VISIT(as_fast(self)->fallback);
  Py_VISIT(as_fast(self)->registry);
  return 0;
}

int clear(PyObject* self) {
  Py_CLEAR(as_fast(self)->cls);
  Py_CLEAR(as_fast(self)->fallback);
  Py_CLEAR(as_fast(self)->registry);
  return 0;
}

void destroy_function(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* make_type() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(FastFunction, call), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", &reduce, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(&PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void*>(&bind)},
                                {Py_tp_getattro, reinterpret_cast<void*>(&attribute)},
                                {Py_tp_repr, reinterpret_cast<void*>(&represent)},
                                {Py_tp_traverse, reinterpret_cast<void*>(&traverse)},
                                {Py_tp_clear, reinterpret_cast<void*>(&clear)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(&destroy_function)},
                                {Py_tp_members, members},
                                {Py_tp_methods, methods},
                                {0, nullptr}};
  static PyType_Spec spec = {"plyo._native.FastFunction", sizeof(FastFunction), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             slots};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

FastFunction* make(vectorcallfunc call, const py::object& fallback) {
  // never released: used until the interpreter is gone
  static PyTypeObject* const type = make_type();
  FastFunction* const function = PyObject_GC_New(FastFunction, type);
  if (function == nullptr) throw py::error_already_set();
  function->call = call;
  function->kernel = nullptr;
  function->num_arguments = 0;
  function->cls = nullptr;
  function->fallback = Py_NewRef(fallback.ptr());
  function->registry = nullptr;
  return function;
}

py::object finish(FastFunction* function) {
  PyObject_GC_Track(reinterpret_cast<PyObject*>(function));
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(function));
}

}  // namespace

py::object make_fast_function(FastKernel kernel, Py_ssize_t num_arguments, py::handle cls,
                              const py::object& fallback) {
  FastFunction* const function = make(&call_kernel, fallback);
  function->kernel = kernel;
  function->num_arguments = num_arguments;
  function->cls = Py_XNewRef(cls.ptr());
  return finish(function);
}

py::object make_fast_dispatch(const py::object& function) {
  const py::object registry = function.attr("registry");
  FastFunction* const dispatch = make(&call_registered, function);
  dispatch->registry = Py_NewRef(registry.ptr());
  return finish(dispatch);
}

}  // namespace plyo::bindings
