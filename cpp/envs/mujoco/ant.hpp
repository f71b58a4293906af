// A four-legged robot: run forward and stay up (Schulman et al. 2015).
// Reference: gymnasium 1.4.0 Ant-v5 and -v4. Differences: the observation space of version 4 follows the model.
#pragma once

#include <string>

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Ant {
  struct Params : CommonParams {
    double forward_reward_weight = 1.0;  // s/m; version 4 has none
    double ctrl_cost_weight = 0.5;
    double contact_cost_weight = 5e-4;
    double healthy_reward = 1.0;
    Name main_body = kVersion >= 5 ? Name{1} : Name{0, "torso"};
    double healthy_z_range[2] = {0.2, 1.0};       // m
    double contact_force_range[2] = {-1.0, 1.0};  // N, N m
    double reset_noise_scale = 0.1;
    bool terminate_when_unhealthy = true;
    bool exclude_current_positions_from_observation = true;
    bool include_cfrc_ext_in_observation = true;  // version 5
    bool use_contact_forces = false;              // version 4
    Params() : CommonParams("ant.xml", 5) {}
  };

  static constexpr FieldList own_fields() {
    const Field contact_cost =
        live(field<&Params::contact_cost_weight>("contact_cost_weight", "cost of the squared contact forces"),
             "_contact_cost_weight");
    const Field force_range = limit(live(
        field<&Params::contact_force_range>("contact_force_range", "N and N m, bounds of the contact forces"),
        "_contact_force_range"));
    if constexpr (kVersion >= 5) {
      const Field own[] = {
          forward_weight_field<Params>(),
          ctrl_weight_field<Params>(),
          contact_cost,
          healthy_reward_field<Params>(),
          live(field<&Params::main_body>("main_body", "the body whose velocity counts"), "_main_body"),
          terminate_field<Params>(),
          healthy_z_field<Params>(),
          force_range,
          noise_field<Params>(),
          exclude_field<Params>(),
          field<&Params::include_cfrc_ext_in_observation>("include_cfrc_ext_in_observation",
                                                          "whether the contact forces are observed")};
      return fields_around<true, true>(own);
    } else {
      const Field own[] = {ctrl_weight_field<Params>(),
                           field<&Params::use_contact_forces>(
                               "use_contact_forces", "whether the contact forces are observed and cost"),
                           contact_cost,
                           healthy_reward_field<Params>(),
                           terminate_field<Params>(),
                           healthy_z_field<Params>(),
                           force_range,
                           noise_field<Params>(),
                           exclude_field<Params>()};
      return fields_around<true, false>(own);
    }
  }

  static constexpr InfoList own_infos() {
    const InfoLeaf x_velocity = part("x_velocity", "m/s"), y_velocity = part("y_velocity", "m/s");
    const InfoLeaf forward = part("reward_forward", "reward of the velocity");
    const InfoLeaf ctrl = part<float>("reward_ctrl", "reward of the action");
    if (kVersion >= 5) {
      return report(number("x_position", "m"), number("y_position", "m"), number("distance_from_origin", "m"),
                    x_velocity, y_velocity, forward, ctrl, part("reward_contact", "reward of the contacts"),
                    part("reward_survive", "reward of being healthy"));
    }
    return report(forward, ctrl, step_only(reported<double>("reward_survive", "reward of being healthy")),
                  part("x_position", "m"), part("y_position", "m"), part("distance_from_origin", "m"),
                  x_velocity, y_velocity, part("forward_reward", "the same as reward_forward"));
  }
  // With contact forces, version 4 reports their cost in place of that of the action.
  static DType info_dtype(std::size_t k, const Params& params) {
    return kVersion < 5 && k == 1 && params.use_contact_forces ? DType::kFloat64 : info.infos[k].dtype;
  }

  static constexpr EnvInfo info{.summary = "Run forward on four legs.",
                                .source = "gymnasium 1.4.0 Ant",
                                .variants = variant_of<kVersion>("Ant-v4", "Ant-v5", 1000, 6000),
                                .observation = box<double[kVersion >= 5 ? 105 : 27]>(
                                    {"positions, velocities and forces of the joints and bodies"}),
                                .action = box({{"back right hip", "N m", -1, 1},
                                               {"back right ankle", "N m", -1, 1},
                                               {"front left hip", "N m", -1, 1},
                                               {"front left ankle", "N m", -1, 1},
                                               {"front right hip", "N m", -1, 1},
                                               {"front right ankle", "N m", -1, 1},
                                               {"back left hip", "N m", -1, 1},
                                               {"back left ankle", "N m", -1, 1}}),
                                .reward_type = RewardType::kNumpyFloat64,
                                .params = own_fields(),
                                .constants = mujoco_constants<kVersion>(),
                                .python = python_names<kVersion>("ant_v4", "ant_v5", "AntEnv"),
                                .infos = own_infos(),
                                .render_fps = 20};

  static Text check(const Params& params) {
    if (main_body(*params.model, params.main_body) < params.model->nbody) return {};
    if (kVersion < 5) return "the model of this task needs a body 'torso'";
    return "main_body ({main_body}) must be a body of the model: its number, from 0, or its name.";
  }

  static constexpr mujoco::Fewest kFewest{.positions = 3};
  static mujoco::PackReads reads(const Params& params) {
    return {.bodies = true, .contact_forces = uses_forces(params)};
  }

  static std::size_t observation_size(const Params& params) {
    const Model& model = *params.model;
    return model.nq + model.nv - skipped(params) +
           (observes_forces(params) ? 6 * (model.nbody - skipped_bodies()) : 0);
  }

  // The places of the bodies before a step, from which the velocity is.
  static std::size_t memory_size(const Params& params) { return 2 * params.model->nbody; }
  static void remember(Sim& sim, const Params& params) {
    for (std::size_t body = 0; body < params.model->nbody; ++body) {
      std::copy_n(sim.body_position(body), 2, sim.memory + 2 * body);
    }
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer& infos) {
    sim.draw_uniform(sim.qpos(), sim.model().qpos0.at, params.reset_noise_scale, rng);
    sim.draw_normal(sim.qvel(), params.reset_noise_scale, rng);
    sim.forward();
    put_place(sim, sim.qpos().at, infos);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    const std::size_t body = main_body(sim.model(), params.main_body);
    const double x_before = sim.memory[2 * body], y_before = sim.memory[2 * body + 1];
    sim.act(action);
    sim.simulate(params);
    if (uses_forces(params)) sim.compute_contact_forces();
    const double* const place = sim.body_position(body);
    const double x_velocity = (place[0] - x_before) / sim.dt(params);
    const double y_velocity = (place[1] - y_before) / sim.dt(params);
    const double forward = kVersion >= 5 ? x_velocity * params.forward_reward_weight : x_velocity;
    const bool is_healthy = stands(sim, params);
    const double survive = survive_reward<kVersion>(is_healthy, params);
    const double control = control_cost(params.ctrl_cost_weight, action, sim);
    const double contact = uses_forces(params) ? contact_cost(sim, params) : 0.0;
    if (kVersion >= 5) {
      put_place(sim, sim.qpos().at, infos);
      for (const double value : {x_velocity, y_velocity, forward, -control, -contact, survive})
        infos.put(value);
    } else {
      for (const double value : {forward, uses_forces(params) ? -contact : -control, survive})
        infos.put(value);
      put_place(sim, place, infos);
      for (const double value : {x_velocity, y_velocity, forward}) infos.put(value);
    }
    const double costs = uses_forces(params) ? control + contact : control;
    return {(forward + survive) - costs, !is_healthy && params.terminate_when_unhealthy};
  }

  static void observe(const Sim& sim, const Params& params, Writer& out) {
    out.put(sim.qpos(), skipped(params));
    out.put(sim.qvel());
    if (!observes_forces(params)) return;
    const double (&range)[2] = params.contact_force_range;
    out.put_clipped(sim.data().cfrc_ext, range[0], range[1], 6 * skipped_bodies());
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Ant>::kBuild; }

 private:
  static constexpr std::size_t skipped_bodies() { return kVersion >= 5 ? 1 : 0; }
  static bool uses_forces(const Params& params) { return kVersion >= 5 || params.use_contact_forces; }
  static bool observes_forces(const Params& params) {
    return kVersion >= 5 ? params.include_cfrc_ext_in_observation : params.use_contact_forces;
  }
  static std::size_t skipped(const Params& params) {
    return params.exclude_current_positions_from_observation ? 2 : 0;
  }
  // Beyond all bodies if the model has no such body.
  static std::size_t main_body(const Model& model, const Name& name) {
    return static_cast<std::size_t>(
        name.text.empty() ? name.number
                          : model.find(Kind::kBody, std::string(name.text.data(), name.text.size())));
  }
  static bool stands(const Sim& sim, const Params& params) {
    const double z = sim.qpos()[2];
    return are_finite(sim.qpos()) && are_finite(sim.qvel()) && params.healthy_z_range[0] <= z &&
           z <= params.healthy_z_range[1];
  }
  static double contact_cost(const Sim& sim, const Params& params) {
    const Reals forces = sim.data().cfrc_ext;
    const double sum = mujoco::numpy_sum<double>(0, forces.count, [&](std::size_t i) {
      const double force =
          Writer::clip(forces[i], params.contact_force_range[0], params.contact_force_range[1]);
      return force * force;
    });
    return params.contact_cost_weight * sum;
  }
  static void put_place(const Sim& sim, const double* place, Writer& infos) {
    infos.put(place[0]);
    infos.put(place[1]);
    infos.put(distance_from_origin(sim.model(), place[0], place[1]));
  }
};

using AntV5 = Ant<5>;
using AntV4 = Ant<4>;

}  // namespace PLYO_ENVS
