// An egg that is to be turned and moved on a hand.
// Reference: gymnasium-robotics 1.4.2 HandManipulateEgg-v1. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulateEgg{.file = "hand/manipulate_egg.xml"};

struct HandManipulateEgg : ManipulateTask<kHandManipulateEgg> {
  static constexpr EnvInfo info =
      describe("Turn and move an egg with the fingers of a hand.",
               variants(manipulate_variant("HandManipulateEggRotate-v1", "ignore", "xyz", false),
                        manipulate_variant("HandManipulateEggRotateDense-v1", "ignore", "xyz", true),
                        manipulate_variant("HandManipulateEggFull-v1", "random", "xyz", false),
                        manipulate_variant("HandManipulateEggFullDense-v1", "random", "xyz", true),
                        manipulate_variant("HandManipulateEgg-v1", "random", "xyz", false),
                        manipulate_variant("HandManipulateEggDense-v1", "random", "xyz", true)),
               "MujocoHandEggEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulateEgg>::kBuild; }
};

}  // namespace PLYO_ENVS
