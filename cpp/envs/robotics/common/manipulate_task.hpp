// An object on the palm of a hand that is to be turned and moved (Plappert et al. 2018).
// Reference: gymnasium-robotics 1.4.2, envs/shadow_dexterous_hand. Differences: relative_control works, and so do
// target_rotation="ignore" and "fixed". Resets do not reset MuJoCo's data, as there: the controls and what MuJoCo
// starts its solver from go on from the episode before.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "hand_task.hpp"
#include "rotations.hpp"

namespace PLYO_ENVS {

enum class Touch { kNone, kObserved };

// In what the three objects differ.
struct ManipulateDesign {
  Text file;
  Touch touch = Touch::kNone;
  bool is_pen = false;
};

struct ManipulateParams : HandParams {
  Text target_position = "random", target_rotation = "xyz";
  Text touch_get_obs = "sensordata", touch_visualisation = "on_touch";
  double rotation_threshold = 0.1;
  bool randomize_initial_position = true, randomize_initial_rotation, ignore_z_target_rotation;

  constexpr explicit ManipulateParams(const ManipulateDesign& design)
      : HandParams(design.file, design.is_pen ? 0.05 : 0.01),
        randomize_initial_rotation(!design.is_pen),
        ignore_z_target_rotation(design.is_pen) {}
};

// ---- descriptions ----

constexpr FieldList with(FieldList list, const Field& field) {
  list.items[list.count++] = field;
  return list;
}

// What follows from the pen's shape is a keyword argument of the other objects.
constexpr FieldList shape_fields() {
  using Params = ManipulateParams;
  return fields(
      live(distance_threshold_field()),
      live(field<&Params::randomize_initial_rotation>(
          "randomize_initial_rotation", "whether an episode begins with the object turned at random")),
      live(field<&Params::ignore_z_target_rotation>("ignore_z_target_rotation",
                                                    "whether turns about the z axis do not matter")));
}

constexpr FieldList manipulate_fields(const ManipulateDesign& design) {
  using Params = ManipulateParams;
  FieldList all =
      fields(field<&Params::target_position>("target_position",
                                             "'random'; 'ignore': it does not matter; "
                                             "'fixed': where the object is at the start"),
             field<&Params::target_rotation>("target_rotation",
                                             "'xyz'; 'z'; 'parallel': with faces parallel to the axes; "
                                             "'ignore': it does not matter; 'fixed': as at the start"));
  if (design.touch == Touch::kObserved) {
    all = with(
        all, field<&Params::touch_get_obs>("touch_get_obs",
                                           "'sensordata': what the touch sensors measure; 'boolean': whether "
                                           "that is positive; 'log': log(1 + x); anything else: nothing"));
  }
  all = with(all, reward_type_field());
  if (!design.is_pen) {
    for (const Field& field : shape_fields()) all = with(all, field);
  }
  all = with(all,
             live(field<&Params::randomize_initial_position>(
                 "randomize_initial_position", "whether an episode begins with the object moved at random")));
  all = with(all, live(field<&Params::rotation_threshold>("rotation_threshold",
                                                          "rad, within which a rotation is reached")));
  all = with(with(all, live(substeps_field())), live(relative_control_field()));
  if (design.touch == Touch::kObserved) {
    all = with(all, field<&Params::touch_visualisation>(
                        "touch_visualisation",
                        "when pictures show the touch sensors: 'on_touch', 'always' or "
                        "'off'"));
  }
  for (const Field& field : mujoco_fields()) all = with(all, field);
  return all;
}

constexpr Variant manipulate_variant(Text id, Text position, Text rotation, bool is_dense) {
  return goal_variant(id, 100, is_dense, preset("target_position", position),
                      preset("target_rotation", rotation));
}
constexpr Variant touch_variant(Text id, Text position, Text rotation, Text touch, bool is_dense) {
  return goal_variant(id, 100, is_dense, preset("target_position", position),
                      preset("target_rotation", rotation), preset("touch_get_obs", touch));
}

// ---- the task ----

template <const ManipulateDesign& kDesign>
struct ManipulateTask {
  struct Params : ManipulateParams {
    constexpr Params() : ManipulateParams(kDesign) {}
  };

  static constexpr bool kTouches = kDesign.touch == Touch::kObserved;
  static constexpr bool kObservesSensors = kTouches;
  static constexpr bool kResetsFromPrevious = true;
  static constexpr std::size_t kGoal = 7;
  static constexpr std::size_t kSize = 2 * kHandJoints + 6 + kGoal;
  static constexpr std::size_t kNumTouches = 92;
  static constexpr std::size_t kActionSize = kHandActuators;

  static constexpr SpaceInfo space_of(std::size_t size) {
    return goal_space(
        size, kGoal,
        {kTouches ? Text("angles and velocities of the joints, velocities and pose of the object, "
                         "touch sensors")
                  : Text("angles and velocities of the joints, velocities and pose of the object")},
        {"position and quaternion of the object"});
  }
  static constexpr EnvInfo describe(Text summary, VariantList ids, Text class_name) {
    return {.summary = summary,
            .source = "gymnasium-robotics 1.4.2 HandManipulate",
            .variants = ids,
            .observation = space_of(kSize + (kTouches ? kNumTouches : 0)),
            .action = hand_actions(),
            .reward_type = RewardType::kNumpyFloat32,
            .params = manipulate_fields(kDesign),
            .constants = kDesign.is_pen ? shape_fields() : FieldList{},
            .python = {.class_name = class_name, .render_mode_last = true},
            .infos = goal_infos(),
            .render_fps = 25};
  }

  static std::size_t observed_size(const Params& params) {
    const Text touch = params.touch_get_obs;
    const bool has_touch = kTouches && (touch == "sensordata" || touch == "boolean" || touch == "log");
    return kSize + (has_touch ? kNumTouches : 0);
  }
  static std::size_t observation_size(const Params& params) { return observed_size(params) + 2 * kGoal; }
  static std::array<std::size_t, 3> part_sizes(const Params& params) {
    return {observed_size(params), kGoal, kGoal};
  }
  static SpaceInfo observation_space(const Params& params) { return space_of(observed_size(params)); }
  static SpaceInfo action_space(const Params&) { return hand_actions(); }
  static RewardType reward_type(const Params& params) { return reward_type_of(params); }
  static Text check(const Params& params) {
    const Text position = params.target_position, rotation = params.target_rotation;
    if (!(position == "ignore" || position == "fixed" || position == "random")) {
      return "target_position ({target_position}) must be \"ignore\", \"fixed\" or \"random\".";
    }
    if (!(rotation == "ignore" || rotation == "fixed" || rotation == "xyz" || rotation == "z" ||
          rotation == "parallel")) {
      return "target_rotation ({target_rotation}) must be \"ignore\", \"fixed\", \"xyz\", \"z\" or "
             "\"parallel\".";
    }
    return {};
  }

  // ---- once a model ----

  // The start of every episode; then the orientations of a cube with parallel faces.
  static std::vector<double> set_up(const Model& model, const Data& data, const Params&) {
    std::vector<double> before(model.num_state);
    Sim sim(model, data, before.data(), nullptr);
    sim.begin();
    std::vector<double> result = sim.start();
    for (const Quaternion& turn : parallel_orientations())
      result.insert(result.end(), turn.begin(), turn.end());
    return result;
  }

  // ---- in an episode ----

  static std::size_t memory_size(const Params&) { return kGoal; }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer&, bool was_reset) {
    if (!was_reset) {
      sim.begin();
      sim.evaluate();
    }
    while (!begin_episode(sim, rng, params)) {
    }
    draw_goal(sim, rng, params);
  }
  // Puts the object on the palm, and lets it settle. Whether it has stayed there.
  static bool begin_episode(Sim& sim, Rng& rng, const Params& params) {
    static constexpr float kRest[kHandActuators] = {};
    sim.begin_at(sim.model().setup().data());
    sim.evaluate();
    double* const object = sim.qpos().at + object_joint(sim.model());
    Quaternion turn{object[3], object[4], object[5], object[6]};
    if (params.randomize_initial_rotation && !(params.target_rotation == "fixed")) {
      turn = product(turn, draw_rotation(sim, rng, params));
    }
    if (params.randomize_initial_position && !(params.target_position == "fixed")) {
      for (std::size_t i = 0; i < 3; ++i) object[i] += 0.0 + 0.005 * sim.model().standard_normal(rng);
    }
    normalise(sim.model(), turn);
    std::copy(turn.begin(), turn.end(), object + 3);
    for (int i = 0; i < 10; ++i) {
      hold(sim, kRest, params);
      sim.simulate(params);
    }
    sim.forward();
    return sim.site_position(site_of(sim.model(), "object:center"))[2] > 0.04;
  }
  // A rotation at random, as target_rotation says.
  static Quaternion draw_rotation(Sim& sim, Rng& rng, const Params& params) {
    const Model& model = sim.model();
    const double angle = rng.uniform(-math::kPi, math::kPi);
    if (params.target_rotation == "z" || params.target_rotation == "parallel") {
      const Quaternion turn = about_axis(model, angle, {0.0, 0.0, 1.0});
      if (params.target_rotation == "z") return turn;
      const double* const all = model.setup().data() + sim.num_start();
      const double* const one = all + 4 * rng.integers(0, 24);
      return product(turn, {one[0], one[1], one[2], one[3]});
    }
    Vector3 axis;
    for (double& part : axis) part = rng.uniform(-1.0, 1.0);
    return about_axis(model, angle, axis);
  }
  static void draw_goal(Sim& sim, Rng& rng, const Params& params) {
    const double* const object = sim.qpos().at + object_joint(sim.model());
    std::copy_n(object, kGoal, sim.memory);
    if (params.target_position == "random") {
      for (std::size_t i = 0; i < 3; ++i) sim.memory[i] += rng.uniform(kLow[i], kHigh[i]);
    }
    Quaternion turn{object[3], object[4], object[5], object[6]};
    if (!(params.target_rotation == "ignore" || params.target_rotation == "fixed")) {
      turn = draw_rotation(sim, rng, params);
    }
    normalise(sim.model(), turn);
    std::copy(turn.begin(), turn.end(), sim.memory + 3);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    hold(sim, action, params);
    sim.simulate(params);
    const double* const object = sim.qpos().at + object_joint(sim.model());
    const double apart = params.target_position == "ignore" ? 0.0 : goal_distance(object, sim.memory, 3);
    const double turned =
        params.target_rotation == "ignore" ? 0.0 : turn_between(object + 3, sim.memory + 3, params);
    const bool is_there = apart < params.distance_threshold && turned < params.rotation_threshold;
    infos.put(is_there ? 1.0 : 0.0);
    if (params.is_dense) return {-(10.0 * apart + turned), false};
    return {is_there ? 0.0 : -1.0, false};
  }
  // The angle from one orientation to another.
  static double turn_between(const double* from, const double* to, const Params& params) {
    Quaternion a{from[0], from[1], from[2], from[3]};
    const Quaternion b{to[0], to[1], to[2], to[3]};
    if (params.ignore_z_target_rotation) {
      Vector3 angles = to_euler(to_matrix(a));
      angles[2] = to_euler(to_matrix(b))[2];
      a = to_quaternion(angles);
    }
    return angle_between(a, b);
  }

  static void observe(const Sim& sim, const Params& params, Writer& out) {
    const std::size_t object = object_joint(sim.model());
    out.put(sim.qpos(), 0, kHandJoints);
    out.put(sim.qvel(), 0, kHandJoints + 6);
    out.put(sim.qpos(), object, object + kGoal);
    if (observed_size(params) > kSize) observe_touch(sim, params, out);
    out.put(sim.qpos(), object, object + kGoal);
    out.put({sim.memory, kGoal});
  }
  // The touch sensors are the last ones in the model.
  static void observe_touch(const Sim& sim, const Params& params, Writer& out) {
    const Reals sensors = sim.data().sensordata;
    for (std::size_t i = sensors.count - kNumTouches; i < sensors.count; ++i) {
      if (params.touch_get_obs == "boolean") {
        out.put(sensors[i] > 0.0 ? 1.0 : 0.0);
      } else {
        out.put(params.touch_get_obs == "log" ? std::log(sensors[i] + 1.0) : sensors[i]);
      }
    }
  }

 private:
  // m, of the goal from the object
  static constexpr Vector3 kLow{-0.04, -0.06, 0.0}, kHigh{0.04, 0.02, 0.06};

  static std::size_t object_joint(const Model& model) { return position_of(model, "object:joint"); }
};

}  // namespace PLYO_ENVS
