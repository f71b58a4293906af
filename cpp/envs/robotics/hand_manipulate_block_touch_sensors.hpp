// A block that is to be turned and moved on a hand. Its touch is observed (Melnik et al. 2019).
// Reference: gymnasium-robotics 1.4.2 HandManipulateBlock-v1 with touch sensors. Differences: see
// common/manipulate_task.hpp.
#pragma once

#include "common/manipulate_task.hpp"

namespace PLYO_ENVS {

inline constexpr ManipulateDesign kHandManipulateBlockTouchSensors{
    .file = "hand/manipulate_block_touch_sensors.xml", .touch = Touch::kObserved};

struct HandManipulateBlockTouchSensors : ManipulateTask<kHandManipulateBlockTouchSensors> {
  static constexpr EnvInfo info = describe(
      "Turn and move a block with the fingers of a hand that feel it.",
      variants(
          touch_variant("HandManipulateBlockRotateZ_BooleanTouchSensors-v1", "ignore", "z", "boolean", false),
          touch_variant("HandManipulateBlockRotateZ_BooleanTouchSensorsDense-v1", "ignore", "z", "boolean",
                        true),
          touch_variant("HandManipulateBlockRotateZ_ContinuousTouchSensors-v1", "ignore", "z", "sensordata",
                        false),
          touch_variant("HandManipulateBlockRotateZ_ContinuousTouchSensorsDense-v1", "ignore", "z",
                        "sensordata", true),
          touch_variant("HandManipulateBlockRotateParallel_BooleanTouchSensors-v1", "ignore", "parallel",
                        "boolean", false),
          touch_variant("HandManipulateBlockRotateParallel_BooleanTouchSensorsDense-v1", "ignore", "parallel",
                        "boolean", true),
          touch_variant("HandManipulateBlockRotateParallel_ContinuousTouchSensors-v1", "ignore", "parallel",
                        "sensordata", false),
          touch_variant("HandManipulateBlockRotateParallel_ContinuousTouchSensorsDense-v1", "ignore",
                        "parallel", "sensordata", true),
          touch_variant("HandManipulateBlockRotateXYZ_BooleanTouchSensors-v1", "ignore", "xyz", "boolean",
                        false),
          touch_variant("HandManipulateBlockRotateXYZ_BooleanTouchSensorsDense-v1", "ignore", "xyz",
                        "boolean", true),
          touch_variant("HandManipulateBlockRotateXYZ_ContinuousTouchSensors-v1", "ignore", "xyz",
                        "sensordata", false),
          touch_variant("HandManipulateBlockRotateXYZ_ContinuousTouchSensorsDense-v1", "ignore", "xyz",
                        "sensordata", true),
          touch_variant("HandManipulateBlock_BooleanTouchSensors-v1", "random", "xyz", "boolean", false),
          touch_variant("HandManipulateBlock_BooleanTouchSensorsDense-v1", "random", "xyz", "boolean", true),
          touch_variant("HandManipulateBlock_ContinuousTouchSensors-v1", "random", "xyz", "sensordata",
                        false),
          touch_variant("HandManipulateBlock_ContinuousTouchSensorsDense-v1", "random", "xyz", "sensordata",
                        true)),
      "MujocoHandBlockTouchSensorsEnv");
  static constexpr TaskBuild task_build() { return MujocoKernels<HandManipulateBlockTouchSensors>::kBuild; }
};

}  // namespace PLYO_ENVS
