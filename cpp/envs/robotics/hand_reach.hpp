// A hand that is to bring its thumb and a finger together (Plappert et al. 2018).
// Reference: gymnasium-robotics 1.4.2 HandReach-v3. Differences: relative_control works.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "common/hand_task.hpp"
#include "common/rotations.hpp"

namespace PLYO_ENVS {

// The angles at the start of an episode, rad.
inline constexpr Text kReachJoints[] = {
    "robot0:WRJ1", "robot0:WRJ0", "robot0:FFJ3", "robot0:FFJ2", "robot0:FFJ1", "robot0:FFJ0",
    "robot0:MFJ3", "robot0:MFJ2", "robot0:MFJ1", "robot0:MFJ0", "robot0:RFJ3", "robot0:RFJ2",
    "robot0:RFJ1", "robot0:RFJ0", "robot0:LFJ4", "robot0:LFJ3", "robot0:LFJ2", "robot0:LFJ1",
    "robot0:LFJ0", "robot0:THJ4", "robot0:THJ3", "robot0:THJ2", "robot0:THJ1", "robot0:THJ0"};
inline constexpr double kReachAngles[] = {
    -0.16514339750464327, -0.31973286565062153,  0.14340512546557435,    0.32028208333591573,
    0.7126053607727917,   0.6705281001412586,    0.000246444303701037,   0.3152655251085491,
    0.7659800313729842,   0.7323156897425923,    0.00038520700007378114, 0.36743546201985233,
    0.7119514095008576,   0.6699446327514138,    0.0525442258033891,     -0.13615534724474673,
    0.39872030433433003,  0.7415570009679252,    0.704096378652974,      0.003673823825070126,
    0.5506291436028695,   -0.014515151997119306, -0.0015229223564485414, -0.7894883021600622};

struct HandReach {
  struct Params : HandParams {
    Texts initial_joints{kReachJoints, std::size(kReachJoints)};
    Numbers initial_positions{View<double>{kReachAngles, std::size(kReachAngles)}};

    constexpr Params() : HandParams("hand/reach.xml", 0.01) {}
  };

  static constexpr std::size_t kNumTips = 5, kThumb = 4;
  static constexpr std::size_t kGoal = 3 * kNumTips;
  static constexpr std::size_t kSize = 2 * kHandJoints + kGoal;
  static constexpr std::size_t kActionSize = kHandActuators;
  static constexpr SpaceInfo kObserved =
      goal_space(kSize, kGoal, {"angles and velocities of the joints, positions of the fingertips"},
                 {"positions of the fingertips", "m"});

  static constexpr EnvInfo info{
      .summary = "Bring the thumb and a finger of a hand together.",
      .source = "gymnasium-robotics 1.4.2 HandReach",
      .variants =
          variants(goal_variant("HandReach-v3", 50, false), goal_variant("HandReachDense-v3", 50, true)),
      .observation = kObserved,
      .action = hand_actions(),
      .reward_type = RewardType::kNumpyFloat32,
      .params = mujoco_fields<0>(
          {live(distance_threshold_field()), live(substeps_field()), live(relative_control_field()),
           field<&Params::initial_joints>("initial_joints",
                                          "joints that do not begin where the model has them"),
           field<&Params::initial_positions>("initial_positions", "rad, where those begin"),
           reward_type_field()}),
      .python = {.class_name = "MujocoHandReachEnv", .render_mode_last = true},
      .infos = goal_infos(),
      .render_fps = 25};

  static std::size_t observation_size(const Params&) { return kSize + 2 * kGoal; }
  static std::array<std::size_t, 3> part_sizes(const Params&) { return {kSize, kGoal, kGoal}; }
  static SpaceInfo observation_space(const Params&) { return kObserved; }
  static SpaceInfo action_space(const Params&) { return hand_actions(); }
  static RewardType reward_type(const Params& params) { return reward_type_of(params); }

  static Text check(const Params& params) {
    if (params.initial_joints.size() == params.initial_positions.size()) return {};
    return "initial_joints ({initial_joints}) and initial_positions ({initial_positions}) must be equally "
           "many.";
  }

  // The start of every episode; then the fingertips there, and the palm.
  static std::vector<double> set_up(const Model& model, const Data& data, const Params& params) {
    std::vector<double> before(model.num_state);
    Sim sim(model, data, before.data(), nullptr);
    sim.begin();
    // before the arguments are checked
    const std::size_t count = std::min(params.initial_joints.size(), params.initial_positions.size());
    for (std::size_t i = 0; i < count; ++i) {
      const Text joint = params.initial_joints[i];
      const std::string name(joint.data(), joint.size());
      sim.qpos()[position_of(model, name.c_str())] = params.initial_positions[i];
    }
    sim.forward();
    std::vector<double> result = sim.start();
    result.resize(sim.num_start() + kGoal);
    fingertips(sim, result.data() + sim.num_start());
    const double* const palm = sim.body_position(body_of(model, "robot0:palm"));
    result.insert(result.end(), palm, palm + 3);
    return result;
  }

  static std::size_t memory_size(const Params&) { return kGoal; }

  static void reset(Sim& sim, Rng& rng, const Params&, Writer&) {
    const double* const found = sim.model().setup().data();
    sim.begin_at(found);
    sim.forward();
    draw_goal(sim, rng, found + sim.num_start());
  }
  // `tips` are the fingertips at the start; the palm comes after them.
  static void draw_goal(Sim& sim, Rng& rng, const double* tips) {
    constexpr Vector3 kAbove{0.0, -0.09, 0.05};
    const double* const palm = tips + kGoal;
    const auto finger = static_cast<std::size_t>(rng.integers(0, kNumTips - 1));
    Vector3 meeting;
    for (std::size_t i = 0; i < 3; ++i) meeting[i] = palm[i] + kAbove[i];
    for (double& part : meeting) part += 0.0 + 0.005 * sim.model().standard_normal(rng);
    std::copy_n(tips, kGoal, sim.memory);
    for (const std::size_t tip : {kThumb, finger}) {
      double* const goal = sim.memory + 3 * tip;
      Vector3 direction;
      for (std::size_t i = 0; i < 3; ++i) direction[i] = meeting[i] - goal[i];
      normalise(sim.model(), direction);
      // not quite the same place, so that thumb and finger do not overlap
      for (std::size_t i = 0; i < 3; ++i) goal[i] = meeting[i] - 0.005 * direction[i];
    }
    if (rng.uniform(0.0, 1.0) < 0.1) std::copy_n(tips, kGoal, sim.memory);
  }

  static Step step(Sim& sim, const float* action, const Params& params, Writer& infos) {
    hold(sim, action, params);
    sim.simulate(params);
    double tips[kGoal];
    fingertips(sim, tips);
    return step_towards(tips, sim.memory, kGoal, params, infos);
  }

  static void observe(const Sim& sim, const Params&, Writer& out) {
    double tips[kGoal];
    fingertips(sim, tips);
    out.put(sim.qpos());
    out.put(sim.qvel());
    out.put({tips, kGoal});
    out.put({tips, kGoal});
    out.put({sim.memory, kGoal});
  }

  static constexpr TaskBuild task_build() { return MujocoKernels<HandReach>::kBuild; }

 private:
  static constexpr const char* kTips[kNumTips] = {"robot0:S_fftip", "robot0:S_mftip", "robot0:S_rftip",
                                                  "robot0:S_lftip", "robot0:S_thtip"};

  static void fingertips(const Sim& sim, double* out) {
    for (const char* tip : kTips) out = std::copy_n(sim.site_position(site_of(sim.model(), tip)), 3, out);
  }
};

}  // namespace PLYO_ENVS
