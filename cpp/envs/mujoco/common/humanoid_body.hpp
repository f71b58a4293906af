// The body of Humanoid and HumanoidStandup: what both observe and report.
#pragma once

#include <algorithm>
#include <array>

#include "mujoco_task.hpp"

namespace PLYO_ENVS {

struct HumanoidParams : CommonParams {
  double ctrl_cost_weight = 0.1;
  double reset_noise_scale = 1e-2;
  bool exclude_current_positions_from_observation = true;
  bool include_cinert_in_observation = true;
  bool include_cvel_in_observation = true;
  bool include_qfrc_actuator_in_observation = true;
  bool include_cfrc_ext_in_observation = true;

  explicit HumanoidParams(Text file) : CommonParams(file, 5) {}
};

// The last keyword arguments of version 5: what is observed.
template <class Params>
constexpr std::array<Field, 4> include_fields() {
  return {field<&Params::include_cinert_in_observation>("include_cinert_in_observation",
                                                        "whether inertias of the bodies are observed"),
          field<&Params::include_cvel_in_observation>("include_cvel_in_observation",
                                                      "whether velocities of the bodies are observed"),
          field<&Params::include_qfrc_actuator_in_observation>("include_qfrc_actuator_in_observation",
                                                               "whether forces of the motors are observed"),
          field<&Params::include_cfrc_ext_in_observation>("include_cfrc_ext_in_observation",
                                                          "whether contact forces are observed")};
}

inline constexpr double kHumanoidTorque = static_cast<double>(0.4F);

constexpr SpaceInfo humanoid_action() {
  constexpr double kMost = kHumanoidTorque;
  return box({{"abdomen y", "", -kMost, kMost},
              {"abdomen z", "", -kMost, kMost},
              {"abdomen x", "", -kMost, kMost},
              {"right hip x", "", -kMost, kMost},
              {"right hip z", "", -kMost, kMost},
              {"right hip y", "", -kMost, kMost},
              {"right knee", "", -kMost, kMost},
              {"left hip x", "", -kMost, kMost},
              {"left hip z", "", -kMost, kMost},
              {"left hip y", "", -kMost, kMost},
              {"left knee", "", -kMost, kMost},
              {"right shoulder 1", "", -kMost, kMost},
              {"right shoulder 2", "", -kMost, kMost},
              {"right elbow", "", -kMost, kMost},
              {"left shoulder 1", "", -kMost, kMost},
              {"left shoulder 2", "", -kMost, kMost},
              {"left elbow", "", -kMost, kMost}});
}

constexpr InfoLeaf tendon_length_info() { return reported<double[2]>("tendon_length", "of each tendon"); }
constexpr InfoLeaf tendon_velocity_info() { return reported<double[2]>("tendon_velocity", "of each tendon"); }

// Version 5 leaves out the world, and the first six forces, which are those on the free torso.
template <int kVersion>
struct HumanoidBody {
  static constexpr std::size_t kFirstBody = kVersion >= 5 ? 1 : 0;

  static constexpr SpaceInfo observation() {
    return box<double[kVersion >= 5 ? 348 : 376]>(
        {"positions and velocities of the joints; inertias, velocities and forces of the bodies"});
  }

  static constexpr mujoco::Fewest kFewest{.positions = 3};

  static std::size_t observation_size(const HumanoidParams& params) {
    const Model& model = *params.model;
    const std::size_t bodies = model.nbody - kFirstBody;
    return model.nq - skipped(params) + model.nv + (params.include_cinert_in_observation ? 10 * bodies : 0) +
           (params.include_cvel_in_observation ? 6 * bodies : 0) +
           (params.include_qfrc_actuator_in_observation ? model.nv - first_force(model) : 0) +
           (params.include_cfrc_ext_in_observation ? 6 * bodies : 0);
  }

  static void observe(const Sim& sim, const HumanoidParams& params, Writer& out) {
    const Data& data = sim.data();
    out.put(data.qpos, skipped(params));
    out.put(data.qvel);
    if (params.include_cinert_in_observation) out.put(data.cinert, 10 * kFirstBody);
    if (params.include_cvel_in_observation) out.put(data.cvel, 6 * kFirstBody);
    if (params.include_qfrc_actuator_in_observation) out.put(data.qfrc_actuator, first_force(sim.model()));
    if (params.include_cfrc_ext_in_observation) out.put(data.cfrc_ext, 6 * kFirstBody);
  }

  // The tendons are those of the model.
  static std::size_t info_size(const InfoLeaf& leaf, const HumanoidParams& params) {
    return leaf.shape.rank == 0 ? 1 : params.model->ntendon;
  }
  static void put_tendons(const Sim& sim, Writer& infos) {
    infos.put(sim.data().ten_length);
    infos.put(sim.data().ten_velocity);
  }

  static double control_cost(const Sim& sim, const HumanoidParams& params) {
    return params.ctrl_cost_weight * sum_of_squares(sim.data().ctrl);
  }

 private:
  static std::size_t skipped(const HumanoidParams& params) {
    return params.exclude_current_positions_from_observation ? 2 : 0;
  }
  static std::size_t first_force(const Model& model) {
    return kVersion >= 5 ? std::min<std::size_t>(6, model.nv) : 0;
  }
};

}  // namespace PLYO_ENVS
