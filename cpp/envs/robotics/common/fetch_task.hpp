// An arm with seven joints and a gripper, which is pulled to where the action says (Plappert et al. 2018).
// Reference: gymnasium-robotics 1.4.2, envs/fetch. Differences: velocities of sites are sums in another order
// than those of NumPy's BLAS, up to 1e-12 apart; the angles of the object are those of libm.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "robot_task.hpp"
#include "rotations.hpp"

namespace PLYO_ENVS {

// In what the four tasks differ.
struct FetchDesign {
  Text file;
  bool has_object, block_gripper, target_in_the_air;
  double gripper_extra_height;  // m
  double target_shift;          // m, along x
  double obj_range, target_range;
  Vector3 slides;                     // the first joints, m
  std::array<double, 7> object = {};  // its pose when it is put on the table
};

struct FetchParams : RobotParams {
  bool block_gripper, target_in_the_air;
  double gripper_extra_height, obj_range, target_range;

  constexpr explicit FetchParams(const FetchDesign& design)
      : RobotParams(design.file, 0.05),
        block_gripper(design.block_gripper),
        target_in_the_air(design.target_in_the_air),
        gripper_extra_height(design.gripper_extra_height),
        obj_range(design.obj_range),
        target_range(design.target_range) {}
};

constexpr FieldList fetch_constants() {
  return fields(
      distance_threshold_field(), substeps_field(),
      field<&FetchParams::block_gripper>("block_gripper", "whether the gripper stays closed"),
      field<&FetchParams::target_in_the_air>("target_in_the_air", "whether goals may be above the table"),
      field<&FetchParams::gripper_extra_height>("gripper_extra_height", "m, of the gripper at the start"),
      field<&FetchParams::obj_range>("obj_range", "m, bound of the object's distance along x and y"),
      field<&FetchParams::target_range>("target_range", "m, bound of the goal's distance along each axis"));
}

template <const FetchDesign& kDesign>
struct FetchTask {
  struct Params : FetchParams {
    constexpr Params() : FetchParams(kDesign) {}
  };

  static constexpr std::size_t kGoal = 3;
  static constexpr std::size_t kSize = kDesign.has_object ? 25 : 10;
  static constexpr std::size_t kActionSize = 4;

  static constexpr SpaceInfo observed_space() {
    return goal_space(kSize, kGoal, {"positions and velocities of gripper, object and fingers"},
                      {"position", "m"});
  }
  static constexpr SpaceInfo pulls() {
    return unit_box({"move along x", "move along y", "move along z", "open the gripper"});
  }
  static constexpr EnvInfo describe(Text summary, Text sparse_id, Text dense_id, Text class_name) {
    return {.summary = summary,
            .source = "gymnasium-robotics 1.4.2 Fetch",
            .variants = variants(goal_variant(sparse_id, 50, false), goal_variant(dense_id, 50, true)),
            .observation = observed_space(),
            .action = pulls(),
            .reward_type = RewardType::kNumpyFloat32,
            .params = mujoco_fields<0>({reward_type_field()}),
            .constants = fetch_constants(),
            .python = {.class_name = class_name, .render_mode_last = true},
            .infos = goal_infos(),
            .render_fps = 25};
  }

  static std::size_t observation_size(const Params&) { return kSize + 2 * kGoal; }
  static std::array<std::size_t, 3> part_sizes(const Params&) { return {kSize, kGoal, kGoal}; }
  static SpaceInfo observation_space(const Params&) { return observed_space(); }
  static SpaceInfo action_space(const Params&) { return pulls(); }
  static RewardType reward_type(const Params& params) { return reward_type_of(params); }
  static Text check(const Params& params) {
    // an object that far from the gripper has to be found
    if (kDesign.has_object && !(params.obj_range >= 0.072)) {
      return "obj_range ({obj_range}) must be at least 0.072, so that there is room 0.1 m beside the "
             "gripper.";
    }
    return {};
  }

  // ---- once a model ----

  // The start of every episode; then the position of the gripper and the height of the object.
  static std::vector<double> set_up(const Model& model, const Data& data, const Params& params) {
    std::vector<double> before(model.num_state);
    Sim sim(model, data, before.data(), nullptr);
    sim.begin();
    sim.qpos()[position_of(model, "robot0:slide0")] = kDesign.slides[0];
    sim.qpos()[position_of(model, "robot0:slide1")] = kDesign.slides[1];
    sim.qpos()[position_of(model, "robot0:slide2")] = kDesign.slides[2];
    if (kDesign.has_object) {
      std::copy(kDesign.object.begin(), kDesign.object.end(), sim.qpos().at + object_joint(model));
    }
    sim.forward();
    const double* const grip = sim.site_position(site_of(model, kGrip));
    const Vector3 shift{-0.498, 0.005, -0.431 + params.gripper_extra_height};
    for (std::size_t i = 0; i < 3; ++i) data.mocap_pos[i] = shift[i] + grip[i];
    std::copy(kTurn.begin(), kTurn.end(), data.mocap_quat.at);
    for (int i = 0; i < 10; ++i) sim.simulate(params);
    std::vector<double> result = sim.start();
    result.insert(result.end(), grip, grip + 3);
    result.push_back(kDesign.has_object ? sim.site_position(site_of(model, kObject))[2] : 0.0);
    return result;
  }

  // ---- in an episode ----

  static std::size_t memory_size(const Params&) { return kGoal + 7; }
  // The pose of the gripper is as old as MuJoCo's last evaluation, and the next action begins there.
  static void remember(Sim& sim, const Params&) {
    const std::size_t gripper = body_of(sim.model(), "robot0:gripper_link");
    std::copy_n(sim.body_position(gripper), 3, sim.memory + kGoal);
    std::copy_n(sim.data().xquat.at + 4 * gripper, 4, sim.memory + kGoal + 3);
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer&) {
    const double* const found = sim.model().setup().data();
    const double* const gripper = found + sim.num_start();
    sim.begin_at(found);
    if (kDesign.has_object) place_object(sim, rng, params, gripper);
    sim.forward();
    draw_goal(sim.memory, rng, params, gripper);
  }
  static void place_object(Sim& sim, Rng& rng, const Params& params, const double* gripper) {
    double* const place = sim.qpos().at + object_joint(sim.model());
    double apart = 0;
    while (apart < 0.1) {
      for (std::size_t i = 0; i < 2; ++i) {
        place[i] = gripper[i] + rng.uniform(-params.obj_range, params.obj_range);
      }
      apart = norm(sim.model(), {place[0] - gripper[0], place[1] - gripper[1]});
    }
  }
  static void draw_goal(double* goal, Rng& rng, const Params& params, const double* gripper) {
    for (std::size_t i = 0; i < 3; ++i) {
      goal[i] = gripper[i] + rng.uniform(-params.target_range, params.target_range);
    }
    if (!kDesign.has_object) return;
    goal[0] += kDesign.target_shift;
    goal[2] = gripper[3];
    if (params.target_in_the_air && rng.uniform(0.0, 1.0) < 0.5) goal[2] += rng.uniform(0.0, 0.45);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    pull(sim, action, params);
    sim.simulate(params);
    if (params.block_gripper) {
      sim.qpos()[position_of(sim.model(), "robot0:l_gripper_finger_joint")] = 0.0;
      sim.qpos()[position_of(sim.model(), "robot0:r_gripper_finger_joint")] = 0.0;
      sim.evaluate_places();
    }
    return step_towards(reached(sim), sim.memory, kGoal, params, infos);
  }
  static void pull(Sim& sim, const float* action, const Params& params) {
    const Data& data = sim.data();
    const double* const gripper = sim.memory + kGoal;
    for (std::size_t i = 0; i < 3; ++i) {
      data.mocap_pos[i] = gripper[i] + static_cast<double>(clip_unit(action[i]) * 0.05F);
    }
    for (std::size_t i = 0; i < 4; ++i) data.mocap_quat[i] = gripper[3 + i] + kTurn[i];
    const double opening = params.block_gripper ? 0.0 : static_cast<double>(clip_unit(action[3]));
    const mujoco::Ints joints = sim.model().ints("actuator_trnid");
    for (std::size_t i = 0; i < data.ctrl.count; ++i) {
      const bool is_force = sim.model().ints("actuator_biastype")[i] == 0;
      const auto joint = static_cast<std::size_t>(joints[2 * i]);
      data.ctrl[i] = is_force ? opening : sim.qpos()[position_at(sim.model(), joint)] + opening;
    }
  }

  static void observe(const Sim& sim, const Params& params, Writer& out) {
    const double dt = sim.dt(params);
    const double* const grip = sim.site_position(site_of(sim.model(), kGrip));
    const Vector3 grip_velocity = velocity(sim, kGrip, false, dt);
    out.put({const_cast<double*>(grip), 3});
    if (kDesign.has_object) observe_object(sim, grip, out);
    out.put(sim.qpos(), kNumJoints - 2, kNumJoints);
    if (kDesign.has_object) {
      const Reals matrices = sim.data().site_xmat;
      Matrix3 matrix;
      std::copy_n(matrices.at + 9 * site_of(sim.model(), kObject), 9, matrix.begin());
      for (const double angle : to_euler(matrix)) out.put(angle);
      const Vector3 linear = velocity(sim, kObject, false, dt);
      for (std::size_t i = 0; i < 3; ++i) out.put(linear[i] - grip_velocity[i]);
      for (const double part : velocity(sim, kObject, true, dt)) out.put(part);
    }
    for (const double part : grip_velocity) out.put(part);
    for (std::size_t i = kNumJoints - 2; i < kNumJoints; ++i) out.put(sim.qvel()[i] * dt);
    out.put({const_cast<double*>(reached(sim)), kGoal});
    out.put({sim.memory, kGoal});
  }
  static void observe_object(const Sim& sim, const double* grip, Writer& out) {
    const double* const object = sim.site_position(site_of(sim.model(), kObject));
    for (std::size_t i = 0; i < 3; ++i) out.put(object[i]);
    for (std::size_t i = 0; i < 3; ++i) out.put(object[i] - grip[i]);
  }

 private:
  static constexpr const char* kGrip = "robot0:grip";
  static constexpr const char* kObject = "object0";
  static constexpr std::size_t kNumJoints = 15;  // of the robot, the first in the model
  static constexpr Quaternion kTurn{1.0, 0.0, 1.0, 0.0};

  static std::size_t object_joint(const Model& model) { return position_of(model, "object0:joint"); }
  static std::size_t position_at(const Model& model, std::size_t joint) {
    return static_cast<std::size_t>(model.ints("jnt_qposadr")[joint]);
  }
  static const double* reached(const Sim& sim) {
    return sim.site_position(site_of(sim.model(), kDesign.has_object ? kObject : kGrip));
  }
  // The velocity of a site, linear or angular, in m or rad a step.
  static Vector3 velocity(const Sim& sim, const char* name, bool is_angular, double dt) {
    const Model& model = sim.model();
    std::vector<double> jacobian(3 * model.nv);
    model.library().site_jacobian(model.raw(), sim.data().raw, is_angular ? nullptr : jacobian.data(),
                                  is_angular ? jacobian.data() : nullptr,
                                  static_cast<int>(site_of(model, name)));
    Vector3 result{};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t k = 0; k < model.nv; ++k) result[i] += jacobian[i * model.nv + k] * sim.qvel()[k];
      result[i] *= dt;
    }
    return result;
  }
};

}  // namespace PLYO_ENVS
