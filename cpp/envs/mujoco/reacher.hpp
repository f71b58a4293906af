// An arm of two links in a plane: bring its fingertip to the target.
// Reference: gymnasium 1.4.0 Reacher-v5 and -v4. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Reacher {
  struct Params : CommonParams {
    double reward_dist_weight = 1.0;  // 1/m
    double reward_control_weight = 1.0;
    Params() : CommonParams("reacher.xml", 2) {}
  };

  static constexpr FieldList own_fields() {
    if (kVersion < 5) return mujoco_fields();
    const Field own[] = {
        live(field<&Params::reward_dist_weight>("reward_dist_weight", "1/m, cost of the distance"),
             "_reward_dist_weight"),
        live(field<&Params::reward_control_weight>("reward_control_weight", "cost of the squared action"),
             "_reward_control_weight")};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr EnvInfo info{
      .summary = "Bring the fingertip of an arm of two links to a target.",
      .source = "gymnasium 1.4.0 Reacher",
      .variants = variant_of<kVersion>("Reacher-v4", "Reacher-v5", 50, -3.75),
      .observation = box<double[kVersion >= 5 ? 10 : 11]>(
          {"cosines and sines of the angles, target, angular velocities, fingertip less target"}),
      .action = box({{"shoulder", "N m", -1, 1}, {"elbow", "N m", -1, 1}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("reacher_v4", "reacher_v5", "ReacherEnv"),
      .infos = report(part("reward_dist", "reward of the distance"),
                      part<float>("reward_ctrl", "reward of the action")),
      .render_fps = 50};

  // The goal, and the way to it, of which version 4 rewards that before the step.
  static std::size_t memory_size(const Params&) { return 2 + 3; }
  static constexpr AttributeList attributes() {
    return attribute_list(memory_attribute<MujocoShape<Reacher>, 0, 2>(
        "goal", "m, the place of the target that the reset has drawn"));
  }
  static std::vector<double> set_up(const Model& model, const Data&, const Params&) {
    return body_numbers(model, {"fingertip", "target"});
  }

  static constexpr mujoco::Fewest kFewest{.positions = 2, .velocities = 2};
  static mujoco::PackReads reads(const Params&) { return {.bodies = true}; }

  static std::size_t observation_size(const Params& params) {
    return 4 + (params.model->nq - 2) + 2 + num_way_parts();
  }

  static void reset(Sim& sim, Rng& rng, const Params&, Writer&) {
    const Reals q = sim.qpos(), v = sim.qvel();
    sim.draw_uniform(q, sim.model().qpos0.at, 0.1, rng);
    double goal[2];
    do {
      for (double& place : goal) place = rng.uniform(-0.2, 0.2);
    } while (!(norm(sim.model(), goal) < 0.2));
    sim.draw_uniform(v, nullptr, 0.005, rng);
    for (std::size_t i = 0; i < 2; ++i) {
      q[q.count - 2 + i] = goal[i];
      v[v.count - 2 + i] = 0;
      sim.memory[i] = goal[i];
    }
    sim.forward();
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    double way[3];
    std::copy_n(sim.memory + 2, 3, way);
    sim.act(action);
    sim.simulate(params);
    if (kVersion >= 5) vector_between(sim, 0, 1, way);
    const double distance = -norm(sim.model(), way) * params.reward_dist_weight;
    const double control =
        static_cast<double>(-squared(action, sim) * static_cast<float>(params.reward_control_weight));
    infos.put(distance);
    infos.put(control);
    return {distance + control, false};
  }

  static void remember(Sim& sim, const Params&) {
    double way[3];
    vector_between(sim, 0, 1, way);
    std::copy_n(way, 3, sim.memory + 2);
  }

  static void observe(const Sim& sim, const Params&, Writer& out) {
    const Reals q = sim.qpos();
    for (std::size_t i = 0; i < 2; ++i) out.put(std::cos(q[i]));
    for (std::size_t i = 0; i < 2; ++i) out.put(std::sin(q[i]));
    out.put(q, 2);
    out.put(sim.qvel(), 0, 2);
    double way[3];
    vector_between(sim, 0, 1, way);
    for (std::size_t i = 0; i < num_way_parts(); ++i) out.put(way[i]);
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Reacher>::kBuild; }

 private:
  static constexpr std::size_t num_way_parts() { return kVersion >= 5 ? 2 : 3; }
};

using ReacherV5 = Reacher<5>;
using ReacherV4 = Reacher<4>;

}  // namespace PLYO_ENVS
