// A block on a table that is to be pushed to a place with a closed gripper.
// Reference: gymnasium-robotics 1.4.2 FetchPush-v4. Differences: see common/fetch_task.hpp.
#pragma once

#include "common/fetch_task.hpp"

namespace PLYO_ENVS {

inline constexpr FetchDesign kFetchPush{.file = "fetch/push.xml",
                                        .has_object = true,
                                        .block_gripper = true,
                                        .target_in_the_air = false,
                                        .gripper_extra_height = 0.0,
                                        .target_shift = 0.0,
                                        .obj_range = 0.15,
                                        .target_range = 0.15,
                                        .slides = {0.405, 0.48, 0.0},
                                        .object = {1.25, 0.53, 0.4, 1.0, 0.0, 0.0, 0.0}};

struct FetchPush : FetchTask<kFetchPush> {
  static constexpr EnvInfo info = describe("Push a block to a place on the table.", "FetchPush-v4",
                                           "FetchPushDense-v4", "MujocoFetchPushEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<FetchPush>::kBuild; }
};

}  // namespace PLYO_ENVS
