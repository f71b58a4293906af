// A robot in the form of a human: walk forward and stay up (Tassa, Erez and Todorov 2012).
// Reference: gymnasium 1.4.0 Humanoid-v5 and -v4. Differences: none.
#pragma once

#include "common/humanoid_body.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Humanoid : HumanoidBody<kVersion> {
  using Body = HumanoidBody<kVersion>;

  struct Params : HumanoidParams {
    double forward_reward_weight = 1.25;  // s/m
    double contact_cost_weight = 5e-7;
    double contact_cost_range[2] = {-kInfinity, 10.0};
    double healthy_reward = 5.0;
    double healthy_z_range[2] = {1.0, 2.0};  // m
    bool terminate_when_unhealthy = true;
    Params() : HumanoidParams("humanoid.xml") {}
  };

  static constexpr FieldList own_fields() {
    if constexpr (kVersion >= 5) {
      const auto include = include_fields<Params>();
      const Field own[] = {
          forward_weight_field<Params>(),
          ctrl_weight_field<Params>(),
          live(field<&Params::contact_cost_weight>("contact_cost_weight",
                                                   "cost of the squared contact forces"),
               "_contact_cost_weight"),
          limit(live(field<&Params::contact_cost_range>("contact_cost_range", "bounds of that cost"),
                     "_contact_cost_range")),
          healthy_reward_field<Params>(),
          terminate_field<Params>(),
          healthy_z_field<Params>(),
          noise_field<Params>(),
          exclude_field<Params>(),
          include[0],
          include[1],
          include[2],
          include[3]};
      return mujoco_fields<kVersion>(own);
    } else {
      const Field own[] = {forward_weight_field<Params>(), ctrl_weight_field<Params>(),
                           healthy_reward_field<Params>(), terminate_field<Params>(),
                           healthy_z_field<Params>(),      noise_field<Params>(),
                           exclude_field<Params>()};
      return mujoco_fields<kVersion>(own);
    }
  }

  static constexpr InfoList own_infos() {
    const InfoLeaf x_velocity = part("x_velocity", "m/s"), y_velocity = part("y_velocity", "m/s");
    if (kVersion >= 5) {
      return report(
          number("x_position", "m"), number("y_position", "m"), tendon_length_info(), tendon_velocity_info(),
          number("distance_from_origin", "m"), x_velocity, y_velocity,
          part("reward_survive", "reward of being healthy"), part("reward_forward", "reward of the velocity"),
          part("reward_ctrl", "reward of the action"), part("reward_contact", "reward of the contacts"));
    }
    return report(part("reward_linvel", "reward of the velocity"),
                  part("reward_quadctrl", "reward of the action"),
                  step_only(reported<double>("reward_alive", "reward of being healthy")),
                  part("x_position", "m, of the mass centre"), part("y_position", "m, of the mass centre"),
                  part("distance_from_origin", "m"), x_velocity, y_velocity,
                  part("forward_reward", "the same as reward_linvel"));
  }

  static constexpr EnvInfo info{.summary = "Walk forward in the form of a human.",
                                .source = "gymnasium 1.4.0 Humanoid",
                                .variants = variant_of<kVersion>("Humanoid-v4", "Humanoid-v5", 1000),
                                .observation = Body::observation(),
                                .action = humanoid_action(),
                                .reward_type = RewardType::kNumpyFloat64,
                                .params = own_fields(),
                                .constants = mujoco_constants<kVersion>(),
                                .python = python_names<kVersion>("humanoid_v4", "humanoid_v5", "HumanoidEnv"),
                                .infos = own_infos(),
                                .render_fps = 67};

  static std::size_t info_size(std::size_t k, const Params& params) {
    return Body::info_size(info.infos[k], params);
  }

  // The mass centre before a step, from which the velocity is.
  static std::size_t memory_size(const Params&) { return 2; }
  static void remember(Sim& sim, const Params&) { find_mass_centre(sim, sim.memory); }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer& infos) {
    draw_uniform_state(sim, params.reset_noise_scale, rng);
    sim.forward();
    if (kVersion >= 5) put_place(sim, infos);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    const double x_before = sim.memory[0], y_before = sim.memory[1];
    sim.act(action);
    sim.simulate(params);
    sim.compute_contact_forces();
    double centre[2];
    find_mass_centre(sim, centre);
    const double x_velocity = (centre[0] - x_before) / sim.dt(params);
    const double y_velocity = (centre[1] - y_before) / sim.dt(params);
    const double forward = params.forward_reward_weight * x_velocity;
    const bool is_healthy = inside(sim.qpos()[2], params.healthy_z_range);
    const double survive = survive_reward<kVersion>(is_healthy, params);
    const double control = Body::control_cost(sim, params);
    const double contact = kVersion >= 5 ? contact_cost(sim, params) : 0.0;
    if (kVersion >= 5) {
      put_place(sim, infos);
      for (const double value : {x_velocity, y_velocity, survive, forward, -control, -contact})
        infos.put(value);
    } else {
      const double distance = distance_from_origin(sim.model(), centre[0], centre[1]);
      for (const double value :
           {forward, -control, survive, centre[0], centre[1], distance, x_velocity, y_velocity, forward}) {
        infos.put(value);
      }
    }
    const double costs = kVersion >= 5 ? control + contact : control;
    return {(forward + survive) - costs, !is_healthy && params.terminate_when_unhealthy};
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Humanoid>::kBuild; }

 private:
  static void find_mass_centre(const Sim& sim, double* centre) {
    const Reals mass = sim.data().body_mass;
    double sum[2] = {0, 0};
    for (std::size_t body = 0; body < mass.count; ++body) {
      for (std::size_t i = 0; i < 2; ++i) sum[i] += mass[body] * sim.data().xipos[3 * body + i];
    }
    const double whole =
        mujoco::numpy_sum<double>(0, mass.count, [&](std::size_t body) { return mass[body]; });
    for (std::size_t i = 0; i < 2; ++i) centre[i] = sum[i] / whole;
  }
  static double contact_cost(const Sim& sim, const Params& params) {
    const double cost = params.contact_cost_weight * sum_of_squares(sim.data().cfrc_ext);
    return Writer::clip(cost, params.contact_cost_range[0], params.contact_cost_range[1]);
  }
  static void put_place(const Sim& sim, Writer& infos) {
    const double x = sim.qpos()[0], y = sim.qpos()[1];
    infos.put(x);
    infos.put(y);
    Body::put_tendons(sim, infos);
    infos.put(distance_from_origin(sim.model(), x, y));
  }
};

using HumanoidV5 = Humanoid<5>;
using HumanoidV4 = Humanoid<4>;

}  // namespace PLYO_ENVS
