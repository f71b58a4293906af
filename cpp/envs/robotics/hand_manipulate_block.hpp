// A block that is to be turned and moved on a hand.
// Reference: gymnasium-robotics 1.4.2 HandManipulateBlock-v1. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulateBlock{.file = "hand/manipulate_block.xml"};

struct HandManipulateBlock : ManipulateTask<kHandManipulateBlock> {
  static constexpr EnvInfo info = describe(
      "Turn and move a block with the fingers of a hand.",
      variants(manipulate_variant("HandManipulateBlockRotateZ-v1", "ignore", "z", false),
               manipulate_variant("HandManipulateBlockRotateZDense-v1", "ignore", "z", true),
               manipulate_variant("HandManipulateBlockRotateParallel-v1", "ignore", "parallel", false),
               manipulate_variant("HandManipulateBlockRotateParallelDense-v1", "ignore", "parallel", true),
               manipulate_variant("HandManipulateBlockRotateXYZ-v1", "ignore", "xyz", false),
               manipulate_variant("HandManipulateBlockRotateXYZDense-v1", "ignore", "xyz", true),
               manipulate_variant("HandManipulateBlockFull-v1", "random", "xyz", false),
               manipulate_variant("HandManipulateBlockFullDense-v1", "random", "xyz", true),
               manipulate_variant("HandManipulateBlock-v1", "random", "xyz", false),
               manipulate_variant("HandManipulateBlockDense-v1", "random", "xyz", true)),
      "MujocoHandBlockEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulateBlock>::kBuild; }
};

}  // namespace PLYO_ENVS
