// What steps lanes of a model of MuJoCo in packs, made from the model's numbers.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "../mujoco/lanes.hpp"

namespace plyo::bindings {

class MujocoLanes {
 public:
  // `numbers` are options, sizes and the places of the state's parts; `arrays` the model's by name, and tables of
  // what acts on it, one row each. Throws std::invalid_argument for a model that is too large.
  MujocoLanes(const pybind11::dict& numbers, const pybind11::dict& arrays);

  std::shared_ptr<const mujoco::Lanes> lanes() const { return lanes_; }

 private:
  std::shared_ptr<const mujoco::Lanes> lanes_;
};

}  // namespace plyo::bindings
