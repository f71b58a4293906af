// The functions by which each file of this folder adds to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace plyo::bindings {

class PyEngine;

void register_errors(pybind11::module_& module);
void register_tasks(pybind11::module_& module);
void register_streams(pybind11::module_& module);
void register_engine(pybind11::module_& module);
void add_steps(pybind11::class_<PyEngine>& engine);
void register_policies(pybind11::module_& module);
void register_tabular(pybind11::module_& module);
void register_mujoco(pybind11::module_& module);
void register_mujoco_lanes(pybind11::module_& module);
void register_machine(pybind11::module_& module);
void register_moments(pybind11::module_& module);
void register_returns(pybind11::module_& module);
void register_spaces(pybind11::module_& module);
void register_xla(pybind11::module_& module);
void register_shrink(pybind11::module_& module);
void register_atari_lanes(pybind11::module_& module);
void register_atari_games(pybind11::module_& module);
void register_call_guard(pybind11::module_& module);
void register_stages(pybind11::module_& module);

}  // namespace plyo::bindings
