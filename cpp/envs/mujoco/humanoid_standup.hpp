// A robot in the form of a human that lies on the ground: stand up (Tassa, Erez and Todorov 2012).
// Reference: gymnasium 1.4.0 HumanoidStandup-v5 and -v4. Differences: none.
#pragma once

#include "common/humanoid_body.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct HumanoidStandup : HumanoidBody<kVersion> {
  using Body = HumanoidBody<kVersion>;

  struct Params : HumanoidParams {
    double uph_cost_weight = 1.0;  // which Gymnasium's reward does not use either
    double impact_cost_weight = 0.5e-6;
    double impact_cost_range[2] = {-kInfinity, 10.0};
    Params() : HumanoidParams("humanoidstandup.xml") {}
  };

  static constexpr FieldList own_fields() {
    if constexpr (kVersion >= 5) {
      const auto include = include_fields<Params>();
      const Field own[] = {
          live(field<&Params::uph_cost_weight>("uph_cost_weight", "has no effect, as in Gymnasium"),
               "_uph_cost_weight"),
          ctrl_weight_field<Params>(),
          live(field<&Params::impact_cost_weight>("impact_cost_weight", "cost of the squared contact forces"),
               "_impact_cost_weight"),
          limit(live(field<&Params::impact_cost_range>("impact_cost_range", "bounds of that cost"),
                     "_impact_cost_range")),
          noise_field<Params>(),
          exclude_field<Params>(),
          include[0],
          include[1],
          include[2],
          include[3]};
      return mujoco_fields<kVersion>(own);
    } else {
      return mujoco_fields();
    }
  }

  static constexpr InfoList own_infos() {
    const InfoLeaf up = part("reward_linup", "reward of the height");
    const InfoLeaf control = part("reward_quadctrl", "reward of the action");
    const InfoLeaf impact = part("reward_impact", "reward of the contacts");
    if (kVersion < 5) return report(up, control, impact);
    return report(number("x_position", "m"), number("y_position", "m"),
                  number("z_distance_from_origin", "m, above the initial height"), tendon_length_info(),
                  tendon_velocity_info(), up, control, impact);
  }

  static constexpr EnvInfo info{
      .summary = "Stand up from the ground in the form of a human.",
      .source = "gymnasium 1.4.0 HumanoidStandup",
      .variants = variant_of<kVersion>("HumanoidStandup-v4", "HumanoidStandup-v5", 1000),
      .observation = Body::observation(),
      .action = humanoid_action(),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("humanoidstandup_v4", "humanoidstandup_v5", "HumanoidStandupEnv"),
      .infos = own_infos(),
      .render_fps = 67};

  static std::size_t info_size(std::size_t k, const Params& params) {
    return Body::info_size(info.infos[k], params);
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer& infos) {
    draw_uniform_state(sim, params.reset_noise_scale, rng);
    sim.forward();
    if (kVersion >= 5) put_place(sim, infos);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    sim.act(action);
    sim.simulate(params);
    sim.compute_contact_forces();
    const double up = sim.qpos()[2] / *sim.model().timestep;
    const double control = Body::control_cost(sim, params);
    const double impact = Writer::clip(params.impact_cost_weight * sum_of_squares(sim.data().cfrc_ext),
                                       params.impact_cost_range[0], params.impact_cost_range[1]);
    if (kVersion >= 5) put_place(sim, infos);
    for (const double value : {up, -control, -impact}) infos.put(value);
    return {up - control - impact + 1, false};
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<HumanoidStandup>::kBuild; }

 private:
  static void put_place(const Sim& sim, Writer& infos) {
    infos.put(sim.qpos()[0]);
    infos.put(sim.qpos()[1]);
    infos.put(sim.qpos()[2] - sim.model().qpos0[2]);
    Body::put_tendons(sim, infos);
  }
};

using HumanoidStandupV5 = HumanoidStandup<5>;
using HumanoidStandupV4 = HumanoidStandup<4>;

}  // namespace PLYO_ENVS
