// A pen that is to be turned and moved on a hand.
// Reference: gymnasium-robotics 1.4.2 HandManipulatePen-v1. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulatePen{.file = "hand/manipulate_pen.xml", .is_pen = true};

struct HandManipulatePen : ManipulateTask<kHandManipulatePen> {
  static constexpr EnvInfo info =
      describe("Turn and move a pen with the fingers of a hand.",
               variants(manipulate_variant("HandManipulatePenRotate-v1", "ignore", "xyz", false),
                        manipulate_variant("HandManipulatePenRotateDense-v1", "ignore", "xyz", true),
                        manipulate_variant("HandManipulatePenFull-v1", "random", "xyz", false),
                        manipulate_variant("HandManipulatePenFullDense-v1", "random", "xyz", true),
                        manipulate_variant("HandManipulatePen-v1", "random", "xyz", false),
                        manipulate_variant("HandManipulatePenDense-v1", "random", "xyz", true)),
               "MujocoHandPenEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulatePen>::kBuild; }
};

}  // namespace PLYO_ENVS
