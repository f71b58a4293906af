// A two-legged runner in a plane: run forward with little effort (Wawrzynski 2009).
// Reference: gymnasium 1.4.0 HalfCheetah-v5 and -v4. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct HalfCheetah {
  struct Params : CommonParams {
    double forward_reward_weight = 1.0;  // s/m
    double ctrl_cost_weight = 0.1;
    double reset_noise_scale = 0.1;  // rad, m, and these a second
    bool exclude_current_positions_from_observation = true;
    Params() : CommonParams("half_cheetah.xml", 5) {}
  };

  static constexpr FieldList own_fields() {
    const Field own[] = {forward_weight_field<Params>(), ctrl_weight_field<Params>(), noise_field<Params>(),
                         exclude_field<Params>()};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr EnvInfo info{
      .summary = "Run forward on two legs in a plane.",
      .source = "gymnasium 1.4.0 HalfCheetah",
      .variants = variant_of<kVersion>("HalfCheetah-v4", "HalfCheetah-v5", 1000, 4800),
      .observation = box<double[17]>({"positions and velocities of the joints"}),
      .action = box({{"back thigh", "N m", -1, 1},
                     {"back shin", "N m", -1, 1},
                     {"back foot", "N m", -1, 1},
                     {"front thigh", "N m", -1, 1},
                     {"front shin", "N m", -1, 1},
                     {"front foot", "N m", -1, 1}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("half_cheetah_v4", "half_cheetah_v5", "HalfCheetahEnv"),
      .infos = report(kVersion == 5 ? number("x_position", "m") : part("x_position", "m"),
                      part("x_velocity", "m/s"),
                      part(kVersion == 5 ? "reward_forward" : "reward_run", "reward of the velocity"),
                      part<float>("reward_ctrl", "reward of the action")),
      .render_fps = 20};

  static constexpr mujoco::Fewest kFewest{.positions = 1};
  static mujoco::PackReads reads(const Params&) { return {}; }

  static std::size_t observation_size(const Params& params) {
    return params.model->nq + params.model->nv - skipped(params);
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer& infos) {
    sim.draw_uniform(sim.qpos(), sim.model().qpos0.at, params.reset_noise_scale, rng);
    sim.draw_normal(sim.qvel(), params.reset_noise_scale, rng);
    sim.forward();
    infos.put(sim.qpos()[0]);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    const double x_before = sim.qpos()[0];
    sim.act(action);
    sim.simulate(params);
    const double x = sim.qpos()[0];
    const double velocity = (x - x_before) / sim.dt(params);
    const double forward = params.forward_reward_weight * velocity;
    const double cost = control_cost(params.ctrl_cost_weight, action, sim);
    infos.put(x);
    infos.put(velocity);
    infos.put(forward);
    infos.put(-cost);
    return {forward - cost, false};
  }

  static void observe(const Sim& sim, const Params& params, Writer& out) {
    out.put(sim.qpos(), skipped(params));
    out.put(sim.qvel());
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<HalfCheetah>::kBuild; }

 private:
  static std::size_t skipped(const Params& params) {
    return params.exclude_current_positions_from_observation ? 1 : 0;
  }
};

using HalfCheetahV5 = HalfCheetah<5>;
using HalfCheetahV4 = HalfCheetah<4>;

}  // namespace PLYO_ENVS
