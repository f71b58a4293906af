// A one-legged hopper in a plane: hop forward and stay up (Erez, Tassa and Todorov 2011).
// Reference: gymnasium 1.4.0 Hopper-v5 and -v4. Differences: none.
#pragma once

#include "common/planar_walker.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Hopper : PlanarWalker<Hopper<kVersion>, kVersion> {
  struct Params : WalkerParams {
    Params() : WalkerParams("hopper.xml", 0.7, kInfinity, 0.2) {}
  };

  static constexpr EnvInfo info{
      .summary = "Hop forward on one leg in a plane.",
      .source = "gymnasium 1.4.0 Hopper",
      .variants = variant_of<kVersion>("Hopper-v4", "Hopper-v5", 1000, 3800),
      .observation = box<double[11]>({"positions and velocities of the joints"}),
      .action = box({{"thigh", "N m", -1, 1}, {"leg", "N m", -1, 1}, {"foot", "N m", -1, 1}}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = walker_fields<kVersion, true>(),
      .constants = mujoco_constants<kVersion>(),
      .python = python_names<kVersion>("hopper_v4", "hopper_v5", "HopperEnv"),
      .infos = walker_infos<kVersion>(InfoStyle::kPython),
      .render_fps = 125};

  static bool is_healthy(const Sim& sim, const Params& params) {
    bool all = true;
    for (std::size_t i = 2; i < sim.qpos().count; ++i) {
      all = all && inside(sim.qpos()[i], params.healthy_state_range);
    }
    for (const double velocity : sim.qvel()) all = all && inside(velocity, params.healthy_state_range);
    return all && Hopper::is_upright(sim, params);
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<Hopper>::kBuild; }
};

using HopperV5 = Hopper<5>;
using HopperV4 = Hopper<4>;

}  // namespace PLYO_ENVS
