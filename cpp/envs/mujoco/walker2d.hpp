// A two-legged walker in a plane: walk forward and stay up (Erez, Tassa and Todorov 2011).
// Reference: gymnasium 1.4.0 Walker2d-v5 and -v4. Differences: none.
#pragma once

#include "common/planar_walker.hpp"

namespace PLYO_ENVS {

template <int kVersion>
struct Walker2d : PlanarWalker<Walker2d<kVersion>, kVersion> {
  struct Params : WalkerParams {
    // the feet of version 4 slip unequally
    Params() : WalkerParams(kVersion >= 5 ? "walker2d_v5.xml" : "walker2d.xml", 0.8, 2.0, 1.0) {}
  };

  static constexpr EnvInfo info{.summary = "Walk forward on two legs in a plane.",
                                .source = "gymnasium 1.4.0 Walker2d",
                                .variants = variant_of<kVersion>("Walker2d-v4", "Walker2d-v5", 1000),
                                .observation = box<double[17]>({"positions and velocities of the joints"}),
                                .action = box({{"right thigh", "N m", -1, 1},
                                               {"right leg", "N m", -1, 1},
                                               {"right foot", "N m", -1, 1},
                                               {"left thigh", "N m", -1, 1},
                                               {"left leg", "N m", -1, 1},
                                               {"left foot", "N m", -1, 1}}),
                                .reward_type = RewardType::kNumpyFloat64,
                                .params = walker_fields<kVersion, false>(),
                                .constants = mujoco_constants<kVersion>(),
                                .python = python_names<kVersion>("walker2d_v4", "walker2d_v5", "Walker2dEnv"),
                                .infos = walker_infos<kVersion>(InfoStyle::kNumpyScalar),
                                .render_fps = 125};

  static bool is_healthy(const Sim& sim, const Params& params) { return Walker2d::is_upright(sim, params); }

  static constexpr TaskBuild task_build() { return MujocoKernels<Walker2d>::kBuild; }
};

using Walker2dV5 = Walker2d<5>;
using Walker2dV4 = Walker2d<4>;

}  // namespace PLYO_ENVS
