// An arm of seven joints: push a cylinder to the goal.
// Reference: gymnasium 1.4.0 Pusher-v5; version 4 needs a MuJoCo before 3. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Pusher {
  struct Params : CommonParams {
    double reward_near_weight = 0.5;  // 1/m
    double reward_dist_weight = 1.0;  // 1/m
    double reward_control_weight = 0.1;
    Params() : CommonParams("pusher_v5.xml", 5) {}
  };

  static constexpr FieldList own_fields() {
    const Field own[] = {
        live(field<&Params::reward_near_weight>("reward_near_weight",
                                                "1/m, cost of the distance from the hand to the cylinder"),
             "_reward_near_weight"),
        live(field<&Params::reward_dist_weight>("reward_dist_weight",
                                                "1/m, cost of the distance from the cylinder to the goal"),
             "_reward_dist_weight"),
        live(field<&Params::reward_control_weight>("reward_control_weight", "cost of the squared action"),
             "_reward_control_weight")};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr EnvInfo info{
      .summary = "Push a cylinder to a goal with an arm of seven joints.",
      .source = "gymnasium 1.4.0 Pusher",
      .variants = variants(Variant{"Pusher-v5", 100, 0}),
      .observation = box<double[23]>(
          {"angles and angular velocities of the arm, places of its hand, the cylinder and the goal"}),
      .action = box({{"shoulder pan", "N m", -2, 2},
                     {"shoulder lift", "N m", -2, 2},
                     {"shoulder roll", "N m", -2, 2},
                     {"elbow flex", "N m", -2, 2},
                     {"forearm roll", "N m", -2, 2},
                     {"wrist flex", "N m", -2, 2},
                     {"wrist roll", "N m", -2, 2}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .python = python_names<kVersion>("", "pusher_v5", "PusherEnv"),
      .infos = report(part("reward_dist", "reward of the distance from the cylinder to the goal"),
                      part<float>("reward_ctrl", "reward of the action"),
                      part("reward_near", "reward of the distance from the hand to the cylinder")),
      .render_fps = 20};

  static constexpr std::size_t kNumJoints = 7;

  // The place of the cylinder that the reset has drawn.
  static std::size_t memory_size(const Params&) { return 2; }
  static constexpr AttributeList attributes() {
    return attribute_list(memory_attribute<MujocoShape<Pusher>, 0, 2>(
        "cylinder_pos", "m, the place of the cylinder that the reset has drawn"));
  }
  static std::vector<double> set_up(const Model& model, const Data&, const Params&) {
    return body_numbers(model, {"object", "tips_arm", "goal"});
  }

  static constexpr mujoco::Fewest kFewest{.positions = 7, .velocities = 7};

  static std::size_t observation_size(const Params&) { return 2 * kNumJoints + std::size_t{3} * 3; }

  static void reset(Sim& sim, Rng& rng, const Params&, Writer&) {
    const Reals q = sim.qpos(), v = sim.qvel();
    double place[2];
    do {
      place[0] = rng.uniform(-0.3, 0.0);
      place[1] = rng.uniform(-0.2, 0.2);
    } while (!(norm(sim.model(), place) > 0.17));
    std::copy_n(sim.model().qpos0.at, q.count, q.at);
    sim.draw_uniform(v, nullptr, 0.005, rng);
    for (std::size_t i = 0; i < 2; ++i) {
      q[q.count - 4 + i] = place[i];
      q[q.count - 2 + i] = 0;
      sim.memory[i] = place[i];
    }
    for (std::size_t i = 0; i < 4; ++i) v[v.count - 4 + i] = 0;
    sim.forward();
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    sim.act(action);
    sim.simulate(params);
    double to_hand[3], to_goal[3];
    vector_between(sim, 0, 1, to_hand);
    vector_between(sim, 0, 2, to_goal);
    const double near = -norm(sim.model(), to_hand) * params.reward_near_weight;
    const double distance = -norm(sim.model(), to_goal) * params.reward_dist_weight;
    const double control =
        static_cast<double>(-squared(action, sim) * static_cast<float>(params.reward_control_weight));
    infos.put(distance);
    infos.put(control);
    infos.put(near);
    return {distance + control + near, false};
  }

  static void observe(const Sim& sim, const Params&, Writer& out) {
    out.put(sim.qpos(), 0, kNumJoints);
    out.put(sim.qvel(), 0, kNumJoints);
    for (const std::size_t which : {1, 0, 2}) {
      const double* const place = sim.body_position(body_number(sim.model(), which));
      for (std::size_t i = 0; i < 3; ++i) out.put(place[i]);
    }
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Pusher>::kBuild; }
};

using PusherV5 = Pusher<5>;

}  // namespace PLYO_ENVS
