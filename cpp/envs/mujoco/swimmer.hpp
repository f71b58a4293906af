// A chain of three links in a viscous fluid: swim forward (Coulom 2002).
// Reference: gymnasium 1.4.0 Swimmer-v5 and -v4. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Swimmer {
  struct Params : CommonParams {
    double forward_reward_weight = 1.0;  // s/m
    double ctrl_cost_weight = 1e-4;
    double reset_noise_scale = 0.1;
    bool exclude_current_positions_from_observation = true;
    Params() : CommonParams("swimmer.xml", 4) {}
  };

  static constexpr FieldList own_fields() {
    const Field own[] = {forward_weight_field<Params>(), ctrl_weight_field<Params>(), noise_field<Params>(),
                         exclude_field<Params>()};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr InfoList own_infos() {
    const InfoLeaf ctrl = part<float>("reward_ctrl", "reward of the action");
    const InfoLeaf x_velocity = part("x_velocity", "m/s"), y_velocity = part("y_velocity", "m/s");
    if (kVersion >= 5) {
      return report(number("x_position", "m"), number("y_position", "m"), number("distance_from_origin", "m"),
                    x_velocity, y_velocity, part("reward_forward", "reward of the velocity"), ctrl);
    }
    return report(part("reward_fwd", "reward of the velocity"), ctrl, part("x_position", "m"),
                  part("y_position", "m"), part("distance_from_origin", "m"), x_velocity, y_velocity,
                  part("forward_reward", "the same as reward_fwd"));
  }

  static constexpr EnvInfo info{
      .summary = "Swim forward as a chain of three links.",
      .source = "gymnasium 1.4.0 Swimmer",
      .variants = variant_of<kVersion>("Swimmer-v4", "Swimmer-v5", 1000, 360),
      .observation = box<double[8]>({"angles, and velocities of place and angles"}),
      .action = box({{"first joint", "N m", -1, 1}, {"second joint", "N m", -1, 1}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("swimmer_v4", "swimmer_v5", "SwimmerEnv"),
      .infos = own_infos(),
      .render_fps = 25};

  static constexpr mujoco::Fewest kFewest{.positions = 2};
  static mujoco::PackReads reads(const Params&) { return {}; }

  static std::size_t observation_size(const Params& params) {
    return params.model->nq + params.model->nv - skipped(params);
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer& infos) {
    draw_uniform_state(sim, params.reset_noise_scale, rng);
    sim.forward();
    put_place(sim, infos);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    const double x_before = sim.qpos()[0], y_before = sim.qpos()[1];
    sim.act(action);
    sim.simulate(params);
    const double x_velocity = (sim.qpos()[0] - x_before) / sim.dt(params);
    const double y_velocity = (sim.qpos()[1] - y_before) / sim.dt(params);
    const double forward = params.forward_reward_weight * x_velocity;
    const double cost = control_cost(params.ctrl_cost_weight, action, sim);
    const auto put_rewards = [&] {
      infos.put(forward);
      infos.put(-cost);
    };
    if (kVersion < 5) put_rewards();
    put_place(sim, infos);
    infos.put(x_velocity);
    infos.put(y_velocity);
    if (kVersion >= 5) {
      put_rewards();
    } else {
      infos.put(forward);
    }
    return {forward - cost, false};
  }

  static void observe(const Sim& sim, const Params& params, Writer& out) {
    out.put(sim.qpos(), skipped(params));
    out.put(sim.qvel());
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Swimmer>::kBuild; }

 private:
  static void put_place(const Sim& sim, Writer& infos) {
    const double x = sim.qpos()[0], y = sim.qpos()[1];
    infos.put(x);
    infos.put(y);
    infos.put(distance_from_origin(sim.model(), x, y));
  }
  static std::size_t skipped(const Params& params) {
    return params.exclude_current_positions_from_observation ? 2 : 0;
  }
};

using SwimmerV5 = Swimmer<5>;
using SwimmerV4 = Swimmer<4>;

}  // namespace PLYO_ENVS
