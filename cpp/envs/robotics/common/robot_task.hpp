// What the tasks of robots with goals share: their observation, reward and parameters.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "../../mujoco/common/mujoco_task.hpp"

namespace PLYO_ENVS {

inline constexpr Text kSparse = "sparse";

// The parameters of every robot. `kSubsteps` of MuJoCo make a step.
struct RobotParams : CommonParams {
  static constexpr std::int64_t kSubsteps = 20;

  Text reward_type = kSparse;
  bool is_dense = false;  // derived from that
  double distance_threshold;

  constexpr RobotParams(Text file, double threshold)
      : CommonParams(file, kSubsteps), distance_threshold(threshold) {}
};

constexpr Field reward_type_field() {
  return choice_field<&RobotParams::reward_type, &RobotParams::is_dense, kSparse>(
      "reward_type",
      "'sparse': 0 where the goal is reached and -1 elsewhere; anything else: the distance to the goal, "
      "below zero");
}
constexpr Field distance_threshold_field() {
  return field<&RobotParams::distance_threshold>("distance_threshold", "m, within which a goal is reached");
}

constexpr Field substeps_field() {
  return field<&CommonParams::frame_skip>("n_substeps", "substeps of MuJoCo a step");
}

// An id without and one with dense rewards; further keyword arguments come before the reward's.
template <class... Items>
constexpr Variant goal_variant(Text id, int max_episode_steps, bool is_dense, const Items&... items) {
  return {.id = id,
          .max_episode_steps = max_episode_steps,
          .kwargs = presets(items..., preset("reward_type", is_dense ? "dense" : "sparse"))};
}

// The observation of a task with goals: what the robot feels, the goal that it has reached, the one that it is
// to reach.
constexpr SpaceInfo goal_space(std::size_t size, std::size_t goal_size, Element observed, Element goal) {
  const SpaceInfo part = box(DType::kFloat64, {1, {goal_size}}, goal);
  return dict(named("observation", box(DType::kFloat64, {1, {size}}, observed)), named("achieved_goal", part),
              named("desired_goal", part));
}

constexpr InfoList goal_infos() {
  return report(part<float>("is_success", "1 where the goal is reached, else 0"));
}

template <std::size_t kSize>
constexpr SpaceInfo unit_box(const Text (&names)[kSize]) {
  Element elements[kSize];
  for (std::size_t i = 0; i < kSize; ++i) elements[i] = {names[i], "", -1, 1};
  return box(elements);
}

// np.clip of an action to [-1, 1].
inline float clip_unit(float number) {
  const float raised = number < -1.0F ? -1.0F : number;
  return raised > 1.0F ? 1.0F : raised;
}

// np.linalg.norm(a - b, axis=-1).
inline double goal_distance(const double* a, const double* b, std::size_t size) {
  return std::sqrt(
      mujoco::numpy_sum<double>(0, size, [a, b](std::size_t i) { return (a[i] - b[i]) * (a[i] - b[i]); }));
}

// The result of a step in tasks whose goal is a position.
inline Step step_towards(const double* reached, const double* goal, std::size_t size,
                         const RobotParams& params, Writer& infos) {
  const double apart = goal_distance(reached, goal, size);
  infos.put(apart < params.distance_threshold ? 1.0 : 0.0);
  if (params.is_dense) return {-apart, false};
  return {apart > params.distance_threshold ? -1.0 : -0.0, false};
}
inline RewardType reward_type_of(const RobotParams& params) {
  return params.is_dense ? RewardType::kNumpyFloat64 : RewardType::kNumpyFloat32;
}

inline std::size_t site_of(const Model& model, const char* name) { return model.id(Kind::kSite, name); }
inline std::size_t body_of(const Model& model, const char* name) { return model.id(Kind::kBody, name); }
// The place of a joint among the positions.
inline std::size_t position_of(const Model& model, const char* joint) {
  return static_cast<std::size_t>(model.ints("jnt_qposadr")[model.id(Kind::kJoint, joint)]);
}

}  // namespace PLYO_ENVS
