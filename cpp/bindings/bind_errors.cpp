// Translates the engine's exceptions into exceptions of plyo.error.
#include <exception>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "register.hpp"

namespace plyo::bindings {

void register_errors(py::module_& /*module*/) {
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const InvalidAction& error) {
      PyErr_SetString(error_class("InvalidAction").ptr(), error.what());
    } catch (const ResetNeeded& error) {
      PyErr_SetString(error_class("ResetNeeded").ptr(), error.what());
    } catch (const InUse& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what());
    }
  });
}

}  // namespace plyo::bindings
