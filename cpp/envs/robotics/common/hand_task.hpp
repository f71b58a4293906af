// A hand with five fingers, 24 joints and 20 actuators, which hold the angles that the action says.
#pragma once

#include <cstddef>

#include "robot_task.hpp"

namespace PLYO_ENVS {

inline constexpr std::size_t kHandJoints = 24;  // the first in the model
inline constexpr std::size_t kHandActuators = 20;

struct HandParams : RobotParams {
  bool relative_control = false;

  using RobotParams::RobotParams;
};

constexpr Field relative_control_field() {
  return field<&HandParams::relative_control>(
      "relative_control",
      "whether actions are relative to the present angles, not to the middle of the ranges");
}
constexpr SpaceInfo hand_actions() {
  return unit_box({"wrist to the side",           "wrist",
                   "forefinger to the side",      "forefinger, first joint",
                   "forefinger, other joints",    "middle finger to the side",
                   "middle finger, first joint",  "middle finger, other joints",
                   "ring finger to the side",     "ring finger, first joint",
                   "ring finger, other joints",   "palm under the little finger",
                   "little finger to the side",   "little finger, first joint",
                   "little finger, other joints", "base of the thumb to the side",
                   "base of the thumb",           "thumb to the side",
                   "thumb, second joint",         "thumb, last joint"});
}

// The last joints of the fingers but the thumb follow the joints before them, and have no actuators.
constexpr bool follows(std::size_t joint) { return joint == 5 || joint == 9 || joint == 13 || joint == 18; }

// Holds the angles that an action says, each from -1 to 1 over the range of its actuator.
inline void hold(Sim& sim, const float* action, const HandParams& params) {
  const Reals ranges = sim.model().actuator_ctrlrange;
  std::size_t joint = 0;
  for (std::size_t i = 0; i < kHandActuators; ++i) {
    const double low = ranges[2 * i], high = ranges[2 * i + 1];
    double centre = (high + low) / 2.0;
    if (params.relative_control) {
      auto angle = static_cast<float>(sim.qpos()[joint]);
      if (follows(joint + 1)) angle = static_cast<float>(static_cast<double>(angle) + sim.qpos()[joint + 1]);
      centre = static_cast<double>(angle);
    }
    const double wanted = centre + static_cast<double>(clip_unit(action[i])) * ((high - low) / 2.0);
    sim.data().ctrl[i] = Writer::clip(wanted, low, high);
    joint += follows(joint + 1) ? 2 : 1;
  }
}

}  // namespace PLYO_ENVS
