// Native functions in front of Python functions of the same meaning: the native function takes the usual
// calls, and leaves all others to the Python function.
#pragma once

#include <pybind11/pybind11.h>

namespace plyo::bindings {

// Answers a call of positional arguments with a new reference. Null without an exception set means that the
// call is left to Python, and has had no effect.
using FastKernel = PyObject* (*)(PyObject* const* arguments);

// A callable that asks `kernel` about calls of `num_arguments` positional arguments, the first of them of
// exactly the class `cls` unless that is null, and calls `fallback` otherwise. In a class it binds as a
// method; `fallback` answers for its attributes.
pybind11::object make_fast_function(FastKernel kernel, Py_ssize_t num_arguments, pybind11::handle cls,
                                    const pybind11::object& fallback);

// A callable with the behaviour and the attributes of a function made by functools.singledispatch, which
// finds the implementation of a class that is registered itself without the detour through Python.
pybind11::object make_fast_dispatch(const pybind11::object& function);

}  // namespace plyo::bindings
