// What loops call of plyo._native.Engine.
#include <pybind11/stl.h>

#include "py_engine.hpp"
#include "register.hpp"

namespace plyo::bindings {

void add_steps(py::class_<PyEngine>& engine) {
  engine
      .def("reset", &PyEngine::reset, py::arg("seed"), py::arg("options"), py::arg("mask"), py::arg("out"),
           py::arg("params") = py::list(),
           "Resets all lanes, or those of the mask; returns the observations of all and the info.")
      .def("reset_lanes", &PyEngine::reset_lanes, py::arg("lanes"), py::arg("seed"), py::arg("options"),
           py::arg("params") = py::list(),
           "Resets the listed lanes; returns what reset does, one row an entry.")
      .def("reset_one", &PyEngine::reset_one, py::arg("seed"), py::arg("options"),
           py::arg("params") = py::list())
      .def("step", &PyEngine::step, py::arg("actions"), py::arg("out"),
           "Steps all lanes; returns observations, rewards, terminated, truncated, info.")
      .def("step_compact", &PyEngine::step_compact, py::arg("actions"), py::arg("out"), py::arg("wants_next"),
           "Steps all lanes; returns a plyo.vector.StepResult.")
      .def("step_listed", &PyEngine::step_listed, py::arg("actions"), py::arg("start"),
           py::arg("reset_infos"),
           "Steps all lanes; returns observations, float32 rewards, dones, and the info of each lane in a "
           "list.")
      .def("step_lanes", &PyEngine::step_lanes, py::arg("actions"), py::arg("lanes"),
           "Steps the listed lanes; returns what step does, one row an entry.")
      .def("step_one", &PyEngine::step_one, py::arg("action"))
      .def("observe", &PyEngine::observe, "The observations of all lanes as they stand.")
      .def("render", &PyEngine::render, py::arg("lanes"), py::arg("size"), py::arg("style"), py::arg("out"),
           "Pictures of the listed lanes, uint8 (n, height, width, 3).")
      .def("render_one", &PyEngine::render_one, py::arg("lane"), py::arg("size"), py::arg("style"),
           py::arg("out"), "The picture of one lane, uint8 (height, width, 3).");
}

}  // namespace plyo::bindings
