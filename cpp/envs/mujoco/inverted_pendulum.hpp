// A pole on a cart that is pushed: keep it upright (Barto, Sutton and Anderson 1983).
// Reference: gymnasium 1.4.0 InvertedPendulum-v5 and -v4. Differences: none.
#pragma once

#include "common/mujoco_task.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct InvertedPendulum {
  struct Params : CommonParams {
    double reset_noise_scale = 0.01;
    Params() : CommonParams("inverted_pendulum.xml", 2) {}
  };

  static constexpr FieldList own_fields() {
    if (kVersion < 5) return mujoco_fields();
    const Field own[] = {noise_field<Params>()};
    return mujoco_fields<kVersion>(own);
  }

  static constexpr InfoList own_infos() {
    if (kVersion < 5) return InfoList{};
    return report(step_only(reported<std::int64_t>("reward_survive", "the reward")));
  }

  static constexpr EnvInfo info{
      .summary = "Keep a pole upright by pushing its cart.",
      .source = "gymnasium 1.4.0 InvertedPendulum",
      .variants = variant_of<kVersion>("InvertedPendulum-v4", "InvertedPendulum-v5", 1000, 950),
      .observation = box<double>({{"cart position", "m"},
                                  {"pole angle", "rad"},
                                  {"cart velocity", "m/s"},
                                  {"pole angular velocity", "rad/s"}}),
      .action = box({{"force on the cart", "N", -3, 3}}),
      .reward_type = kVersion >= 5 ? RewardType::kInt : RewardType::kFloat,
      .params = own_fields(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("inverted_pendulum_v4", "inverted_pendulum_v5", "InvertedPendulumEnv"),
      .infos = own_infos(),
      .render_fps = 25};

  static constexpr mujoco::Fewest kFewest{.positions = 2};
  static mujoco::PackReads reads(const Params&) { return {}; }

  static std::size_t observation_size(const Params& params) { return params.model->nq + params.model->nv; }

  static void reset(Sim& sim, Rng& rng, const Params& params, Writer&) {
    draw_uniform_state(sim, params.reset_noise_scale, rng);
    sim.forward();
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    sim.act(action);
    sim.simulate(params);
    const bool has_fallen =
        !are_finite(sim.qpos()) || !are_finite(sim.qvel()) || std::abs(sim.qpos()[1]) > 0.2;
    const double survive = has_fallen ? 0.0 : 1.0;
    if (kVersion < 5) return {1.0, has_fallen};
    infos.put(survive);
    return {survive, has_fallen};
  }

  static void observe(const Sim& sim, const Params&, Writer& out) {
    out.put(sim.qpos());
    out.put(sim.qvel());
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<InvertedPendulum>::kBuild; }
};

using InvertedPendulumV5 = InvertedPendulum<5>;
using InvertedPendulumV4 = InvertedPendulum<4>;

}  // namespace PLYO_ENVS
