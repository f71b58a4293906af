// What steps lanes of a model of MuJoCo in packs, made from the model's numbers.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

#include "../mujoco/lanes.hpp"

namespace plyo::bindings {

class MujocoLanes {
 public:
  // `numbers` are options, sizes and the places of the state's parts; `arrays` the model's by name, and tables of
  // what acts on it, one row each; `isa` the instruction set, empty for the one in use. Throws std::invalid_argument
  // for a model that is too large, and for a set that this machine lacks.
  MujocoLanes(const pybind11::dict& numbers, const pybind11::dict& arrays, const std::string& isa);

  std::shared_ptr<const mujoco::Lanes> lanes() const { return lanes_; }

 private:
  std::shared_ptr<const mujoco::Lanes> lanes_;
};

}  // namespace plyo::bindings
