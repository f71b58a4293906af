// What stands around the calls of a library that takes one caller at a time.
#include <string>
#include <utility>

#include "call_guard.hpp"
#include "register.hpp"

namespace plyo::bindings {

void register_call_guard(py::module_& module) {
  py::class_<CallGuard>(
      module, "CallGuard",
      "Lets one caller at a time use an Atari game or a batch, in the process that made it, and can put off "
      "Ctrl-C meanwhile: with guard(\"step\"): ... stands around every call of the library.")
      .def(
          py::init<std::string, bool, bool>(), py::arg("name"), py::arg("survives_fork") = false,
          py::arg("defers") = false,
          "name is for errors. survives_fork: a forked child may go on, as it may not where threads or other "
          "processes work for it. defers: Ctrl-C waits for the end of the block, or until a long call asks "
          "was_asked; in the main thread, as others do not hear of it.")
      .def(
          "__call__",
          [](py::object self, std::string call) {
            self.cast<CallGuard&>().name_call(std::move(call));
            return self;
          },
          py::arg("call"), "Names the call for errors.")
      .def("__enter__",
           [](py::object self) {
             self.cast<CallGuard&>().enter(self);
             return self;
           })
      .def("__exit__", [](CallGuard& guard, const py::args&) { guard.exit(); })
      .def("_note",
           [](CallGuard& guard, const py::object&, py::object frame) { guard.note(std::move(frame)); })
      .def_property_readonly("was_asked", &CallGuard::was_asked,
                             "Whether somebody has pressed Ctrl-C inside the block.");
}

}  // namespace plyo::bindings
