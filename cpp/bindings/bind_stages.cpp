// plyo._native.StageChain, and what its stages fill.
#include <pybind11/stl.h>

#include "../rollout/staged_rollout.hpp"
#include "register.hpp"
#include "stage_chain.hpp"
#include "waiting_numbers.hpp"

namespace plyo::bindings {

void register_stages(py::module_& module) {
  py::class_<PyStageChain>(module, "StageChain", "Wrappers around a native batch, run in one call.")
      .def(py::init<PyEngine&, const py::list&>(), py::arg("engine"), py::arg("wrappers"))
      .def("step", &PyStageChain::step, py::arg("engine"), py::arg("actions"), py::arg("out"),
           py::arg("clock_offset"),
           "Steps all lanes. None if a wrapper has state of another form; nothing has changed then.")
      .def("holds", &PyStageChain::holds,
           "Whether the attributes of wrappers that it was made from are still the same.")
      .def("rollout", &PyStageChain::rollout, py::arg("engine"), py::arg("policy"), py::arg("num_steps"),
           py::arg("record"), py::arg("out"), py::arg("gamma"), py::arg("gae_lambda"),
           py::arg("clock_offset"), "A rollout under a native policy or a Python function. None likewise.")
      .def_property_readonly("size", &PyStageChain::size,
                             "How many of the wrappers, from the innermost on, have a stage.")
      .def_property_readonly("keeps_arrays", &PyStageChain::keeps_arrays,
                             "Whether observations may stay in the arrays of the engine.");
  py::class_<WaitingNumbers>(module, "WaitingNumbers",
                             "Numbers that wait until somebody looks at the queue that they belong to.")
      .def(py::init<std::optional<std::size_t>, std::size_t>(), py::arg("most_kept"),
           py::arg("most_outdated"))
      .def("__len__", &WaitingNumbers::size)
      .def("add", &WaitingNumbers::add_array, py::arg("numbers"),
           "Appends an array; False if it is not one of float64 or int64, as those that wait.")
      .def("take", &WaitingNumbers::take, "All of them as an array; none waits then.");
  module.def("stage_seconds", &stage_seconds, "The clock that rollouts give to stages, in seconds.");
}

}  // namespace plyo::bindings
