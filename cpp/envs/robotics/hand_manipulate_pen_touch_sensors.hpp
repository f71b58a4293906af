// A pen that is to be turned and moved on a hand. Its touch is observed (Melnik et al. 2019).
// Reference: gymnasium-robotics 1.4.2 HandManipulatePen-v1 with touch sensors. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulatePenTouchSensors{
    .file = "hand/manipulate_pen_touch_sensors.xml", .touch = Touch::kObserved, .is_pen = true};

struct HandManipulatePenTouchSensors : ManipulateTask<kHandManipulatePenTouchSensors> {
  static constexpr EnvInfo info = describe(
      "Turn and move a pen with the fingers of a hand that feel it.",
      variants(
          touch_variant("HandManipulatePenRotate_BooleanTouchSensors-v1", "ignore", "xyz", "boolean", false),
          touch_variant("HandManipulatePenRotate_BooleanTouchSensorsDense-v1", "ignore", "xyz", "boolean",
                        true),
          touch_variant("HandManipulatePenRotate_ContinuousTouchSensors-v1", "ignore", "xyz", "sensordata",
                        false),
          touch_variant("HandManipulatePenRotate_ContinuousTouchSensorsDense-v1", "ignore", "xyz",
                        "sensordata", true),
          touch_variant("HandManipulatePen_BooleanTouchSensors-v1", "random", "xyz", "boolean", false),
          touch_variant("HandManipulatePen_BooleanTouchSensorsDense-v1", "random", "xyz", "boolean", true),
          touch_variant("HandManipulatePen_ContinuousTouchSensors-v1", "random", "xyz", "sensordata", false),
          touch_variant("HandManipulatePen_ContinuousTouchSensorsDense-v1", "random", "xyz", "sensordata",
                        true)),
      "MujocoHandPenTouchSensorsEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulatePenTouchSensors>::kBuild; }
};

}  // namespace PLYO_ENVS
