// Two poles, one on the other, on a cart that is pushed: keep them upright.
// Reference: gymnasium 1.4.0 InvertedDoublePendulum-v5 and -v4. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct InvertedDoublePendulum {
  struct Params : CommonParams {
    double healthy_reward = 10.0;
    double reset_noise_scale = 0.1;
    Params() : CommonParams("inverted_double_pendulum.xml", 5) {}
  };

  static constexpr FieldList own_fields() {
    if (kVersion < 5) return mujoco_fields();
    const Field own[] = {live(field<&Params::healthy_reward>(
                                  "healthy_reward", "reward of a step that leaves the poles upright"),
                              "_healthy_reward"),
                         noise_field<Params>()};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr InfoList own_infos() {
    if (kVersion < 5) return InfoList{};
    return report(step_only(reported<double>("reward_survive", "reward of being upright")),
                  part("distance_penalty", "reward of the tip's distance from its highest place"),
                  part("velocity_penalty", "reward of the angular velocities"));
  }

  static constexpr EnvInfo info{
      .summary = "Keep two poles, one on the other, upright by pushing their cart.",
      .source = "gymnasium 1.4.0 InvertedDoublePendulum",
      .variants = variant_of<kVersion>("InvertedDoublePendulum-v4", "InvertedDoublePendulum-v5", 1000, 9100),
      .observation = box<double[kVersion >= 5 ? 9 : 11]>(
          {"cart position, sines and cosines of the angles, velocities, forces of the constraints"}),
      .action = box({{"force on the cart", "N", -1, 1}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("inverted_double_pendulum_v4", "inverted_double_pendulum_v5",
                                       "InvertedDoublePendulumEnv"),
      .infos = own_infos(),
      .render_fps = 20};

  static constexpr mujoco::Fewest kFewest{.positions = 1, .velocities = 3, .sites = 1};
  static mujoco::PackReads reads(const Params&) { return {.sites = true, .constraint_forces = true}; }

  static std::size_t observation_size(const Params& params) {
    const Model& model = *params.model;
    return 1 + 2 * (model.nq - 1) + model.nv + num_forces(model.nv);
  }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer&) {
    sim.draw_uniform(sim.qpos(), sim.model().qpos0.at, params.reset_noise_scale, rng);
    sim.draw_normal(sim.qvel(), params.reset_noise_scale, rng);
    sim.forward();
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    sim.act(action);
    sim.simulate(params);
    const double x = sim.site_position(0)[0], y = sim.site_position(0)[2];
    const double v1 = sim.qvel()[1], v2 = sim.qvel()[2];
    const double distance = 0.01 * square(x) + square(y - 2);
    const double velocity = 1e-3 * square(v1) + 5e-3 * square(v2);
    const bool has_fallen = y <= 1;
    const double survive = kVersion < 5 ? 10.0 : params.healthy_reward * (has_fallen ? 0.0 : 1.0);
    if (kVersion >= 5) {
      infos.put(survive);
      infos.put(-distance);
      infos.put(-velocity);
    }
    return {survive - distance - velocity, has_fallen};
  }

  static void observe(const Sim& sim, const Params&, Writer& out) {
    const Reals q = sim.qpos();
    out.put(q[0]);
    for (std::size_t i = 1; i < q.count; ++i) out.put(std::sin(q[i]));
    for (std::size_t i = 1; i < q.count; ++i) out.put(std::cos(q[i]));
    out.put_clipped(sim.qvel(), -10.0, 10.0);
    const Reals forces = sim.data().qfrc_constraint;
    out.put_clipped({forces.at, num_forces(forces.count)}, -10.0, 10.0);
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<InvertedDoublePendulum>::kBuild; }

 private:
  static std::size_t num_forces(std::size_t nv) { return kVersion >= 5 ? 1 : nv; }

  // NumPy's power of a scalar is that of libm, which is not the product in its last bit; a compiler would make
  // the product of a constant exponent.
  static double square(double number) {
    static volatile const double two = 2.0;
    return std::pow(number, two);
  }
};

using InvertedDoublePendulumV5 = InvertedDoublePendulum<5>;
using InvertedDoublePendulumV4 = InvertedDoublePendulum<4>;

}  // namespace PLYO_ENVS
