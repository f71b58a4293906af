// A block that is to be gripped and brought to a point on or above the table.
// Reference: gymnasium-robotics 1.4.2 FetchPickAndPlace-v4. Differences: see common/fetch_task.hpp.
#pragma once

#include "common/fetch_task.hpp"

namespace PLYO_ENVS {

inline constexpr FetchDesign kFetchPickAndPlace{.file = "fetch/pick_and_place.xml",
                                                .has_object = true,
                                                .block_gripper = false,
                                                .target_in_the_air = true,
                                                .gripper_extra_height = 0.2,
                                                .target_shift = 0.0,
                                                .obj_range = 0.15,
                                                .target_range = 0.15,
                                                .slides = {0.405, 0.48, 0.0},
                                                .object = {1.25, 0.53, 0.4, 1.0, 0.0, 0.0, 0.0}};

struct FetchPickAndPlace : FetchTask<kFetchPickAndPlace> {
  static constexpr EnvInfo info = describe("Grip a block and bring it to a point.", "FetchPickAndPlace-v4",
                                           "FetchPickAndPlaceDense-v4", "MujocoFetchPickAndPlaceEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<FetchPickAndPlace>::kBuild; }
};

}  // namespace PLYO_ENVS
