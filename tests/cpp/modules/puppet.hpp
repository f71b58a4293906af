// Tasks with a Dict as observation and action and infos that only steps report. A shared object has both, and
// the tests of the engine include them.
#pragma once

#include "core/environment.hpp"
#include "kernels/make_task.hpp"

namespace PLYO_ENVS {

// A hand on strings: it moves by a pull, and has to reach a goal.
struct Puppet {
  struct State {
    double hand[2], goal[2], speed, pull, steps;
  };
  struct Params {
    double reach = 0.5;
  };
  using ResetOptions = NoResetOptions;
  struct Action {
    float pull[2];
    std::int32_t gear;
  };
  struct Observation {
    double observation[3];
    double achieved_goal[2];
    double desired_goal[2];
  };
  struct Info {
    double distance;
    std::int64_t steps;
    float is_success;
    double tendon[2];
    double reward_distance, reward_control, reward_survive, cost;
    double speed;
    float pull;
  };

  static constexpr EnvInfo info{
      .summary = "Reach a goal with a hand on strings.",
      .source = "this file",
      .variants = variants(Variant{"Puppet-v0", 12}),
      .observation =
          dict(named("observation", box<double>({{"x", "m"}, {"y", "m"}, {"speed", "m/s"}})),
               named("achieved_goal", box<double[2]>({"place of the hand", "m"})),
               named("desired_goal", box<double>({{"x of the goal", "m", -1, 1}, {"y of the goal", "m"}}))),
      .action = dict(named("pull", box({{"x", "", -1, 1}, {"y", "", -1, 1}})), named("gear", discrete(3, 1))),
      .params = fields(field<&Params::reach>("reach", "m")),
      .infos = report(reported<double>("distance", "to the goal, m"),
                      reported<std::int64_t>("steps", "of this episode"),
                      reported<float>("is_success", "whether it is there", InfoStyle::kNumpyScalar),
                      reported<double[2]>("tendon", "lengths, m"),
                      step_only(reported<double>("reward_distance", "a part of the reward")),
                      step_only(reported<double>("reward_control", "a part of the reward")),
                      step_only(reported<double>("reward_survive", "a part of the reward")),
                      step_only(reported<double>("cost", "of the pull")),
                      step_only(reported<double>("speed", "m/s", InfoStyle::kNumpyScalar)),
                      step_only(reported<float>("pull", "of the last step", InfoStyle::kNumpyScalar)))};

  static constexpr double distance(const State& s) {
    return math::abs(s.hand[0] - s.goal[0]) + math::abs(s.hand[1] - s.goal[1]);
  }
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    for (double& part : s.goal) part = rng.uniform(-1.0, 1.0);
    for (double& part : s.hand) part = rng.uniform(-0.5, 0.5);
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    for (std::size_t i = 0; i < 2; ++i)
      s.hand[i] = s.hand[i] + 0.1 * action.gear * static_cast<double>(action.pull[i]);
    s.pull = static_cast<double>(action.pull[0]);
    s.speed = 0.1 * action.gear;
    s.steps = s.steps + 1;
    return {-distance(s), distance(s) < params.reach};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    for (std::size_t i = 0; i < 2; ++i) {
      out.observation[i] = s.hand[i];
      out.achieved_goal[i] = s.hand[i];
      out.desired_goal[i] = s.goal[i];
    }
    out.observation[2] = s.speed;
  }
  static constexpr void inform(const State& s, const Params& params, Info& out) {
    out.distance = distance(s);
    out.steps = static_cast<std::int64_t>(s.steps);
    out.is_success = distance(s) < params.reach ? 1.0F : 0.0F;
    out.tendon[0] = s.hand[0] + 1;
    out.tendon[1] = s.hand[1] + 2;
    out.reward_distance = -distance(s);
    out.reward_control = -s.pull;
    out.reward_survive = 1;
    out.cost = 0.5 * s.pull;
    out.speed = s.speed;
    out.pull = static_cast<float>(s.pull);
  }
};

// The State and the actions of a Chain, as a plain value.
struct Link {
  struct State {
    double place, steps;
  };
  struct Params {
    std::int64_t length = 3;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = double[3];
  struct Info {
    double places[3];
  };
  static constexpr EnvInfo info{.summary = "Move a chain.",
                                .source = "this file",
                                .variants = variants(Variant{"Chain-v0", 7}),
                                .observation = box<double[3]>({"place of a link", "m"}),
                                .action = discrete({"left", "right"}),
                                .params = fields(field<&Params::length>("length", "links")),
                                .infos = report(reported<double[3]>("places", "of the links, m"))};
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.place = rng.uniform(-1.0, 1.0);
  }
  static constexpr Step step(State& s, const Action& action, const Params&) {
    s.place = s.place + (action == 1 ? 0.25 : -0.25);
    s.steps = s.steps + 1;
    return {s.place, s.place > 1.5};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    for (double& number : out) number = s.place;
  }
  static constexpr void inform(const State& s, const Params&, Info& out) {
    for (double& number : out.places) number = s.place;
  }
};

// A chain of as many links as its parameter says: the sizes of observation and info are known at run time, and
// the kernels are its own. One info is there only for long chains.
struct Chain {
  using Values = ValueTask<Link>;

  static std::size_t length_of(const void* params) {
    return static_cast<std::size_t>(static_cast<const Link::Params*>(params)->length);
  }
  static SpaceInfo observation_space(const void* params) {
    return box(DType::kFloat64, {1, {length_of(params)}}, {"place of a link", "m"});
  }
  static InfoList infos(const void* params) {
    const InfoLeaf places = reported("places", "of the links, m", DType::kFloat64, {1, {length_of(params)}});
    const InfoLeaf steps = step_only(reported<double>("steps", "of this episode", InfoStyle::kNumpyScalar));
    return length_of(params) > 4 ? report(places, steps) : report(places);
  }

  static double* write_places(const LaneView& view, std::size_t lane, double* out) {
    const double place = reinterpret_cast<const double*>(view.words)[lane];
    for (std::size_t i = 0; i < length_of(view.params); ++i) *out++ = place + static_cast<double>(i);
    return out;
  }
  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    auto* out = static_cast<double*>(observations[0]);
    for (std::size_t i = 0; i < count; ++i) out = write_places(view, i, out);
  }
  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    auto* out = static_cast<double*>(observations[0]);
    for (std::size_t i = 0; i < count; ++i) out = write_places(view, lanes[i], out);
  }
  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    observe_lanes(view, lanes, count, infos);
    const double* const steps = reinterpret_cast<const double*>(view.words) + view.stride;
    for (std::size_t i = 0; length_of(view.params) > 4 && i < count; ++i) {
      static_cast<double*>(infos[1])[i] = steps[lanes[i]];
    }
  }
  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    LaneIndex lanes[kMaxTileLanes];
    for (std::size_t i = 0; i < count; ++i) lanes[i] = static_cast<LaneIndex>(i);
    inform_lanes(view, lanes, count, infos);
  }

  static constexpr TaskOps kOps = [] {
    TaskOps made = Values::task_ops;
    made.observation_space = &observation_space;
    made.infos = &infos;
    return made;
  }();
  static constexpr Kernels kKernels = [] {
    Kernels made = Values::make_kernels<Isa::kBaseline>();
    made.observe = &observe;
    made.observe_lanes = &observe_lanes;
    made.inform = &inform;
    made.inform_lanes = &inform_lanes;
    made.knows_lane_params = false;
    return made;
  }();
  static constexpr EnvInfo info = Link::info;
  static constexpr TaskBuild task_build() {
    return {.info = &info,
            .task = &kOps,
            .state = &Values::state_ops,
            .kernels = {{&kKernels, nullptr, nullptr}}};
  }
};

}  // namespace PLYO_ENVS
