// An egg that is to be turned and moved on a hand. Its touch is observed (Melnik et al. 2019).
// Reference: gymnasium-robotics 1.4.2 HandManipulateEgg-v1 with touch sensors. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulateEggTouchSensors{
    .file = "hand/manipulate_egg_touch_sensors.xml", .touch = Touch::kObserved};

struct HandManipulateEggTouchSensors : ManipulateTask<kHandManipulateEggTouchSensors> {
  static constexpr EnvInfo info = describe(
      "Turn and move an egg with the fingers of a hand that feel it.",
      variants(
          touch_variant("HandManipulateEggRotate_BooleanTouchSensors-v1", "ignore", "xyz", "boolean", false),
          touch_variant("HandManipulateEggRotate_BooleanTouchSensorsDense-v1", "ignore", "xyz", "boolean",
                        true),
          touch_variant("HandManipulateEggRotate_ContinuousTouchSensors-v1", "ignore", "xyz", "sensordata",
                        false),
          touch_variant("HandManipulateEggRotate_ContinuousTouchSensorsDense-v1", "ignore", "xyz",
                        "sensordata", true),
          touch_variant("HandManipulateEgg_BooleanTouchSensors-v1", "random", "xyz", "boolean", false),
          touch_variant("HandManipulateEgg_BooleanTouchSensorsDense-v1", "random", "xyz", "boolean", true),
          touch_variant("HandManipulateEgg_ContinuousTouchSensors-v1", "random", "xyz", "sensordata", false),
          touch_variant("HandManipulateEgg_ContinuousTouchSensorsDense-v1", "random", "xyz", "sensordata",
                        true)),
      "MujocoHandEggTouchSensorsEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulateEggTouchSensors>::kBuild; }
};

}  // namespace PLYO_ENVS
