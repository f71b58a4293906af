// What the MuJoCo tasks share.
#pragma once

#include "../../../core/environment.hpp"
#include "../../../kernels/mujoco_kernels.hpp"
#include "../../../mujoco/numpy_sums.hpp"
#include "../../../mujoco/sim.hpp"

namespace PLYO_ENVS {

using mujoco::CommonParams;
using mujoco::Data;
using mujoco::Model;
using mujoco::Reals;
using mujoco::Sim;
using mujoco::Writer;

// The cost of an action: float32, as the action is in Gymnasium.
inline double control_cost(double weight, const float* action, std::size_t size) {
  return static_cast<double>(static_cast<float>(weight) * mujoco::sum_of_squares(action, size));
}

// The parameters of a task: those of every task, of which version 4 has no file and no frame_skip as a rule,
// around its own.
template <class Params, bool kHasFile, std::size_t kCount>
constexpr FieldList mujoco_fields(const Field (&own)[kCount]) {
  FieldList all{};
  const auto add = [&all](const Field& field) { all.items[all.count++] = field; };
  if (kHasFile) {
    add(field<&CommonParams::xml_file>(
        "xml_file", "the model: a name among Gymnasium's, or a path that begins with '/', './' or '~'"));
    add(field<&CommonParams::frame_skip>("frame_skip", "substeps of MuJoCo a step"));
  }
  for (const Field& field : own) add(field);
  add(field<&CommonParams::report_warnings>(
      "report_warnings", "whether infos count the divergences since the reset, as mujoco_warnings"));
  return all;
}

// An info that a single environment reports as np.float64 or np.float32.
template <class T = double>
constexpr InfoLeaf number(Text name, Text doc) {
  return reported<T>(name, doc, InfoStyle::kNumpyScalar);
}

}  // namespace PLYO_ENVS
