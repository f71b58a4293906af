// A model of MuJoCo that Python has made, as the engine takes it.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>

#include "../mujoco/model.hpp"
#include "mujoco_lanes.hpp"

namespace plyo::bindings {

namespace py = pybind11;

class MujocoModel {
 public:
  // `model` is the address of an mjModel, `between` that of the one for substeps that are not the last, 0 for
  // the same. `numbers` are sizes and values of enums, `arrays` views of the
  // mjModel's arrays by name, `datas` a tuple of address and arrays for each mjData, `owners` what owns this
  // memory, `lanes` what steps lanes in packs, or null, `own_numbers` those of which lanes may have their own, as
  // plyo.mujoco.model_numbers describes them, or none, `near_pairs` what plyo.mujoco.near_pairs says, or nothing.
  MujocoModel(const std::string& library_path, std::uintptr_t model, std::uintptr_t between,
              const py::dict& numbers, const py::dict& arrays, const py::list& datas, py::object owners,
              const MujocoLanes* lanes, const py::dict& own_numbers, const py::dict& near_pairs);

  std::shared_ptr<const mujoco::Model> model() const { return model_; }
  // Takes substeps in an mjData that is not leased. Throws py::value_error if `near_pairs` was not given.
  void step_near_pairs(std::int64_t num_substeps) const;
  // Takes the other one's place for good, whose only mjData is from now on the only lane itself.
  void become_live(MujocoModel& other);

 private:
  py::object owners_;
  std::shared_ptr<mujoco::Model> model_;
};

// Steps trials in the packs of each of `lanes` and with MuJoCo: the first difference in words, the substeps that were compared, and those
// that packs left to MuJoCo.
py::tuple compare_lanes(const MujocoModel& model, const std::vector<std::shared_ptr<MujocoLanes>>& lanes,
                        const py::array_t<double, py::array::c_style>& starts,
                        const py::array_t<double, py::array::c_style>& controls, std::int64_t num_substeps,
                        bool single);

}  // namespace plyo::bindings
