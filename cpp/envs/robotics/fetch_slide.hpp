// A puck that is to be hit, so that it slides to a place out of reach.
// Reference: gymnasium-robotics 1.4.2 FetchSlide-v4. Differences: see common/fetch_task.hpp.
#pragma once

#include "common/fetch_task.hpp"

namespace PLYO_ENVS {

inline constexpr FetchDesign kFetchSlide{.file = "fetch/slide.xml",
                                         .has_object = true,
                                         .block_gripper = true,
                                         .target_in_the_air = false,
                                         .gripper_extra_height = -0.02,
                                         .target_shift = 0.4,
                                         .obj_range = 0.1,
                                         .target_range = 0.3,
                                         .slides = {0.05, 0.48, 0.0},
                                         .object = {1.7, 1.1, 0.41, 1.0, 0.0, 0.0, 0.0}};

struct FetchSlide : FetchTask<kFetchSlide> {
  static constexpr EnvInfo info = describe("Hit a puck so that it slides to a place out of reach.",
                                           "FetchSlide-v4", "FetchSlideDense-v4", "MujocoFetchSlideEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<FetchSlide>::kBuild; }
};

}  // namespace PLYO_ENVS
