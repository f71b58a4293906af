// The extension module plyo._native: each subsystem registers itself.
#include <pybind11/pybind11.h>

#include "register.hpp"

// The GIL is used: it protects the iterators over batches, objects borrowed from the caller's lists and dicts, and the
// draws from lanes' streams.
PYBIND11_MODULE(_native_main, module, pybind11::mod_gil_used()) {
  module.doc() = "The native core of Plyo: use it through the plyo package.";
  module.attr("__version__") = PLYO_VERSION;
  module.attr("__compiler__") = PLYO_COMPILER;
  plyo::bindings::register_errors(module);
  plyo::bindings::register_tasks(module);
  plyo::bindings::register_streams(module);
  plyo::bindings::register_engine(module);
  plyo::bindings::register_policies(module);
  plyo::bindings::register_tabular(module);
  plyo::bindings::register_mujoco_lanes(module);
  plyo::bindings::register_mujoco(module);
  plyo::bindings::register_machine(module);
  plyo::bindings::register_moments(module);
  plyo::bindings::register_returns(module);
  plyo::bindings::register_spaces(module);
  plyo::bindings::register_xla(module);
  plyo::bindings::register_shrink(module);
  plyo::bindings::register_atari_lanes(module);
  plyo::bindings::register_atari_games(module);
  plyo::bindings::register_call_guard(module);
  plyo::bindings::register_stages(module);
}

// pybind11 asks for the GIL of the main interpreter, which in a subinterpreter never comes: refuse before
// that.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the name that Python looks for
extern "C" PYBIND11_EXPORT PyObject* PyInit__native() {
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(
        PyExc_ImportError,
        "plyo._native cannot be imported in a subinterpreter; import plyo in the main interpreter");
    return nullptr;
  }
  return PyInit__native_main();
}
