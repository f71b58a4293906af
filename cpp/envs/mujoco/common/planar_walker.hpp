// Hopper and Walker2d: legs in a plane that must not fall. The positions of both begin with that along the
// track, the height and the angle of the torso.
#pragma once

#include "mujoco_task.hpp"

namespace PLYO_ENVS {

struct WalkerParams : CommonParams {
  double forward_reward_weight = 1.0;  // s/m
  double ctrl_cost_weight = 1e-3;
  double healthy_reward = 1.0;
  bool terminate_when_unhealthy = true;
  double healthy_state_range[2] = {-100.0, 100.0};
  double healthy_z_range[2];      // m
  double healthy_angle_range[2];  // rad
  double reset_noise_scale = 5e-3;
  bool exclude_current_positions_from_observation = true;

  WalkerParams(Text file, double lowest, double highest, double widest_angle)
      : CommonParams(file, 4),
        healthy_z_range{lowest, highest},
        healthy_angle_range{-widest_angle, widest_angle} {}
};

// The keyword arguments of both, of which only Hopper has a range of the state.
template <int kVersion, bool kHasStateRange>
constexpr FieldList walker_fields() {
  using Params = WalkerParams;
  const Field own[] = {
      forward_weight_field<Params>(),
      ctrl_weight_field<Params>(),
      healthy_reward_field<Params>(),
      terminate_field<Params>(),
      limit(live(field<&Params::healthy_state_range>("healthy_state_range",
                                                     "bounds of positions from the angle on, and velocities"),
                 "_healthy_state_range")),
      healthy_z_field<Params>(),
      limit(live(field<&Params::healthy_angle_range>("healthy_angle_range", "rad, bounds of the angle"),
                 "_healthy_angle_range")),
      noise_field<Params>(),
      exclude_field<Params>()};
  constexpr std::size_t kStateRange = 4;
  FieldList all = mujoco_fields<kVersion>(own);
  if (kHasStateRange) return all;
  const std::size_t first = kStateRange + (kVersion >= 5 ? 2 : 0);
  for (std::size_t i = first; i + 1 < all.count; ++i) all.items[i] = all.items[i + 1];
  --all.count;
  return all;
}

template <int kVersion>
constexpr InfoList walker_infos(InfoStyle survive_style) {
  if (kVersion < 5) return report(part("x_position", "m"), part("x_velocity", "m/s"));
  return report(number("x_position", "m"), number("z_distance_from_origin", "m, above the initial height"),
                part("x_velocity", "m/s"), part("reward_forward", "reward of the velocity"),
                part<float>("reward_ctrl", "reward of the action"),
                step_only(reported<double>("reward_survive", "reward of being healthy", survive_style)));
}

// Stepping; `Task` has `is_healthy(const Sim&, const Params&)`.
template <class Task, int kVersion>
struct PlanarWalker {
  PlanarWalker() = delete;  // functions only

  static constexpr mujoco::Fewest kFewest{.positions = 3};
  static mujoco::PackReads reads(const WalkerParams&) { return {}; }

  static std::size_t observation_size(const WalkerParams& params) {
    return params.model->nq + params.model->nv - skipped(params);
  }

  static void reset(Sim& sim, Rng& rng, const WalkerParams& params, Writer& infos) {
    draw_uniform_state(sim, params.reset_noise_scale, rng);
    sim.forward();
    infos.put(sim.qpos()[0]);
    infos.put(height_gained(sim));
  }

  template <class Params>
  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    const double x_before = sim.qpos()[0];
    sim.act(action);
    sim.simulate(params);
    const double velocity = (sim.qpos()[0] - x_before) / sim.dt(params);
    const double forward = params.forward_reward_weight * velocity;
    const bool is_healthy = Task::is_healthy(sim, params);
    const double survive = survive_reward<kVersion>(is_healthy, params);
    const double cost = control_cost(params.ctrl_cost_weight, action, sim);
    infos.put(sim.qpos()[0]);
    if (kVersion >= 5) infos.put(height_gained(sim));
    infos.put(velocity);
    if (kVersion >= 5) {
      infos.put(forward);
      infos.put(-cost);
      infos.put(survive);
    }
    return {(forward + survive) - cost, !is_healthy && params.terminate_when_unhealthy};
  }

  static void observe(const Sim& sim, const WalkerParams& params, Writer& out) {
    out.put(sim.qpos(), skipped(params));
    out.put_clipped(sim.qvel(), -10.0, 10.0);
  }

 protected:
  static bool is_upright(const Sim& sim, const WalkerParams& params) {
    return inside(sim.qpos()[1], params.healthy_z_range) && inside(sim.qpos()[2], params.healthy_angle_range);
  }

 private:
  static double height_gained(const Sim& sim) { return sim.qpos()[1] - sim.model().qpos0[1]; }
  static std::size_t skipped(const WalkerParams& params) {
    return params.exclude_current_positions_from_observation ? 1 : 0;
  }
};

}  // namespace PLYO_ENVS
