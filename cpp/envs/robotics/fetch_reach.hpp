// A gripper that is to be moved to a point.
// Reference: gymnasium-robotics 1.4.2 FetchReach-v4. Differences: see common/fetch_task.hpp.
#pragma once

#include "common/fetch_task.hpp"

namespace PLYO_ENVS {

inline constexpr FetchDesign kFetchReach{.file = "fetch/reach.xml",
                                         .has_object = false,
                                         .block_gripper = true,
                                         .target_in_the_air = true,
                                         .gripper_extra_height = 0.2,
                                         .target_shift = 0.0,
                                         .obj_range = 0.15,
                                         .target_range = 0.15,
                                         .slides = {0.4049, 0.48, 0.0}};

struct FetchReach : FetchTask<kFetchReach> {
  static constexpr EnvInfo info =
      describe("Move a gripper to a point.", "FetchReach-v4", "FetchReachDense-v4", "MujocoFetchReachEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<FetchReach>::kBuild; }
};

}  // namespace PLYO_ENVS
