// Landing a rocket on a pad between the mountains of the moon.
// Reference: gymnasium 1.4.0 LunarLander-v3 over Box2D 2.3. Differences: a reward is a float64 in every step, where
// Gymnasium returns the integers -100 and 100 at the end; sparks of the engines are no bodies of the world, but
// pictures follow them.
#pragma once

#include "../../core/fetch.hpp"
#include "../../kernels/physics2d_kernels.hpp"
#include "common/lander_sparks.hpp"

namespace PLYO_ENVS {

// The scene: the lander, its two legs, and the ground.
struct LunarLanderBodies {
  static constexpr std::size_t kBodies = 3, kFixtures = 3, kJoints = 2;
  static constexpr std::size_t kShapes = 11;  // the bottom and ten hills
  static constexpr std::size_t kMaxContacts = kShapes * kFixtures;
  static constexpr const physics2d::Linkage& kLinkage = physics2d::kWings;
  static constexpr std::uint8_t kJointOrder[kJoints] = {1, 0};
  static const ByIsa<physics2d::VelocityKernels>& velocity_kernels() { return physics2d::wings_kernels(); }

  static constexpr double kScale = 30;                   // pixels per m
  static constexpr double kWidth = 600 / kScale;         // m
  static constexpr double kHeight = 400 / kScale;        // m
  static constexpr double kLegAway = 20, kLegDown = 18;  // pixels
  static constexpr float kSpringTorque = 40, kSpringSpeed = 0.3F;

  using Plan = physics2d::Blueprint<kBodies, kFixtures, kJoints>;
  static const Plan& blueprint() {
    static const Plan plan = make_plan();
    return plan;
  }

  struct Ground {
    physics2d::Edge edges[kShapes];
    physics2d::Box boxes[kShapes];

    void set(std::uint32_t shape, const physics2d::Edge& edge) {
      edges[shape] = edge;
      boxes[shape] = physics2d::fatten(physics2d::box_of(edge));
    }
    static std::uint32_t count() { return kShapes; }
    const physics2d::Box& fat_box(std::uint32_t shape) const { return boxes[shape]; }
    void collide(std::uint32_t shape, const physics2d::Polygon& polygon,
                 const physics2d::Transform& transform, physics2d::Manifold& manifold) const {
      physics2d::collide_edge(edges[shape], polygon, transform, manifold);
    }
    static float friction(std::uint32_t shape) { return shape == 0 ? 0.2F : 0.1F; }
    static std::uint32_t body(std::uint32_t) { return 0; }
    physics2d::ConvexPoints points(std::uint32_t shape) const { return physics2d::points_of(edges[shape]); }
    bool is_legal() const {
      bool legal = true;
      for (const physics2d::Edge& edge : edges) {
        legal = legal && physics2d::is_finite(edge.a) && physics2d::is_finite(edge.b);
      }
      for (const physics2d::Box& box : boxes) {
        legal = legal && physics2d::is_finite(box.lower) && physics2d::is_finite(box.upper);
      }
      return legal;
    }
    template <class Visit>
    void near(const physics2d::Box&, Visit visit) const {
      for (std::uint32_t shape = 0; shape < kShapes; ++shape) visit(shape);
    }
  };

 private:
  static Plan make_plan() {
    constexpr double kHull[6][2] = {{-14, 17}, {-17, 0}, {-17, -10}, {17, -10}, {17, 0}, {14, 17}};
    physics2d::Vec2 corners[6];
    for (std::size_t i = 0; i < 6; ++i) {
      corners[i] = {static_cast<float>(kHull[i][0] / kScale), static_cast<float>(kHull[i][1] / kScale)};
    }
    Plan plan;
    plan.fixtures[0] = {0, physics2d::make_polygon(corners, 6), 5.0F, 0.1F};
    for (std::uint32_t leg = 0; leg < 2; ++leg) {
      const double side = leg == 0 ? -1 : 1;
      const auto half_width = static_cast<float>(2 / kScale), half_height = static_cast<float>(8 / kScale);
      plan.fixtures[1 + leg] = {1 + leg, physics2d::make_box(half_width, half_height), 1.0F, 0.2F};
      physics2d::JointPlan& joint = plan.joints[leg];
      joint.body_a = 0;
      joint.body_b = 1 + leg;
      joint.anchor_b = {static_cast<float>(side * kLegAway / kScale), static_cast<float>(kLegDown / kScale)};
      joint.reference_angle = static_cast<float>(side * 0.05);
      joint.lower_angle = static_cast<float>(leg == 0 ? 0.9 - 0.5 : -0.9);
      joint.upper_angle = static_cast<float>(leg == 0 ? 0.9 : -0.9 + 0.5);
    }
    plan.weigh();
    return plan;
  }
};

struct LunarLander {
  using Scene = LunarLanderBodies;
  static constexpr double kFramesPerSecond = 50;
  static constexpr double kMainPower = 13, kSidePower = 0.6;
  static constexpr double kHelipadY = Scene::kHeight / 4;  // m
  static constexpr std::size_t kHills = 11;                // corners of the ground

  struct State {
    physics2d::World<Scene> world;
    lunar_lander::Sparks sparks;  // of the engines, for pictures
    std::int32_t wind_index = 0, torque_index = 0;
    std::uint16_t crashed = 0;          // whether the lander has touched the ground
    std::uint16_t has_shaping = 0;      // whether there was a step before
    std::uint32_t leg_contact[2] = {};  // whether a leg touches it
    float gravity = 0;                  // m/s^2, of this episode
    double shaping = 0;                 // of the step before
    double hills[kHills] = {};          // m, the heights of the ground, before they were rounded
  };
  struct Params {
    bool continuous = false;
    bool enable_wind = false;
    double gravity = -10.0;         // m/s^2
    double wind_power = 15.0;       // N
    double turbulence_power = 1.5;  // N m
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = float[8];

  static constexpr EnvInfo info{
      .summary = "Land a rocket softly on the pad, with as little fuel as possible.",
      .source = "Oleg Klimov (2016); gymnasium 1.4.0 LunarLander",
      .variants =
          variants(Variant{"LunarLander-v3", 1000, 200.0},
                   Variant{"LunarLanderContinuous-v3", 1000, 200.0, presets(preset("continuous", true))}),
      .observation = box({{"horizontal distance from the pad", "10 m", -2.5, 2.5},
                          {"height above the pad", "6.67 m", -2.5, 2.5},
                          {"horizontal velocity", "5 m/s", -10.0, 10.0},
                          {"vertical velocity", "7.5 m/s", -10.0, 10.0},
                          {"angle", "rad", -2 * math::kPi, 2 * math::kPi},
                          {"angular velocity", "2.5 rad/s", -10.0, 10.0},
                          {"whether the left leg touches the ground", "", -0.0, 1.0},
                          {"whether the right leg touches the ground", "", -0.0, 1.0}}),
      .action =
          discrete({"do nothing", "fire the left engine", "fire the main engine", "fire the right engine"}),
      .reward_type = RewardType::kNumpyFloat64,
      .params = fields(
          field<&Params::continuous>("continuous", "whether actions are throttles of the engines"),
          live(field<&Params::gravity>("gravity", "m/s^2, between -12 and 0, from the next reset on")),
          live(field<&Params::enable_wind>("enable_wind", "whether there is wind")),
          live(field<&Params::wind_power>("wind_power", "N, the greatest force of the wind")),
          live(field<&Params::turbulence_power>("turbulence_power", "N m, the greatest torque of the wind"))),
      .python = {.class_name = "LunarLander"},
      .render_fps = 50};

  static constexpr SpaceInfo action_space(const Params& params) {
    return params.continuous ? box({{"throttle of the main engine", "", -1, 1},
                                    {"throttle of the side engines", "", -1, 1}})
                             : info.action;
  }
  static constexpr Text check(const Params& params) {
    return -12.0 < params.gravity && params.gravity < 0.0
               ? ""
               : "gravity (current value: {gravity}) must be between -12 and 0";
  }

  static constexpr AttributeList attributes();
  static bool is_state(const State& s, const Params& params);

  static constexpr double nanoseconds = 1500;
  static constexpr TaskBuild task_build();

  // What an action asks of the engines.
  struct Thrust {
    double main = 0;       // 0, or between 0.5 and 1
    double side = 0;       // likewise
    double direction = 0;  // of the side engine: -1 or 1
  };
  static Thrust thrust_of(std::int64_t action) {
    return {action == 2 ? 1.0 : 0.0, action == 1 || action == 3 ? 1.0 : 0.0, static_cast<double>(action - 2)};
  }
  static Thrust thrust_of(const float (&action)[2]) {
    const auto main = static_cast<double>(math::clip(action[0], -1.0F, 1.0F));
    const auto side = static_cast<double>(math::clip(action[1], -1.0F, 1.0F));
    Thrust thrust;
    if (main > 0.0) thrust.main = (math::clip(main, 0.0, 1.0) + 1.0) * 0.5;
    if (math::abs(side) > 0.5) thrust.side = math::clip(math::abs(side), 0.5, 1.0);
    thrust.direction = side < 0 ? -1.0 : 1.0;
    return thrust;
  }

  using Command = Thrust;
  static Thrust command(ConstLeafArrays actions, std::size_t lane, const Params& params) {
    if (!params.continuous) return thrust_of(static_cast<const std::int64_t*>(actions[0])[lane]);
    float action[2];
    std::memcpy(action, static_cast<const float*>(actions[0]) + 2 * lane, sizeof(action));
    return thrust_of(action);
  }

  // A step writes all between the world and the hills.
  static void fetch(const State& s) {
    plyo::fetch(&s.sparks, offsetof(State, hills) - offsetof(State, sparks));
  }

  // What touches what.
  struct Listener {
    State& state;
    void begin(std::uint32_t fixture, std::uint32_t) {
      if (fixture == 0) {
        state.crashed = 1;
      } else {
        state.leg_contact[fixture - 1] = 1;
      }
    }
    void end(std::uint32_t fixture, std::uint32_t) {
      if (fixture > 0) state.leg_contact[fixture - 1] = 0;
    }
  };

  static physics2d::StepRules rules(const State& s) {
    return {.gravity = {0.0F, s.gravity}, .dt = static_cast<float>(1.0 / kFramesPerSecond)};
  }

  static void reset(State& s, Rng& rng, const Params& params, const ResetOptions&);

  // Wind and engines: what comes before the world's step.
  static void act(State& s, const Thrust& thrust, Rng& rng, const Params& params) {
    if (params.enable_wind && s.leg_contact[0] == 0 && s.leg_contact[1] == 0) blow(s, params);
    const physics2d::Body& lander = s.world.bodies[0];
    const auto angle = static_cast<double>(lander.sweep.a);
    const double tip_x = math::sin(angle), tip_y = math::cos(angle);
    const double side_x = -tip_y, side_y = tip_x;
    const double random1 = rng.uniform(-1.0, 1.0) / Scene::kScale;
    const double random2 = rng.uniform(-1.0, 1.0) / Scene::kScale;
    const auto x = static_cast<double>(lander.transform.p.x), y = static_cast<double>(lander.transform.p.y);
    s.sparks.begin_step();
    if (thrust.main > 0) {
      const double along = 4 / Scene::kScale + 2 * random1;
      const double ox = tip_x * along + side_x * random2, oy = -tip_y * along - side_y * random2;
      fire(s, lunar_lander::Engine::kMain, {ox * kMainPower * thrust.main, oy * kMainPower * thrust.main},
           {x + ox, y + oy}, thrust.main);
    }
    if (thrust.side > 0) {
      const double across = 3 * random2 + thrust.direction * 12 / Scene::kScale;
      const double ox = tip_x * random1 + side_x * across, oy = -tip_y * random1 - side_y * across;
      // 17 and 14 are Gymnasium's
      fire(s, lunar_lander::Engine::kSide, {ox * kSidePower * thrust.side, oy * kSidePower * thrust.side},
           {x + ox - tip_x * 17 / Scene::kScale, y + oy + tip_y * 14 / Scene::kScale}, thrust.side);
    }
  }

  // The reward and the end, after the world's step.
  static Step judge(State& s, const Thrust& thrust, const Params&) {
    double seen[8];
    look(s, seen);
    const double shaping = -100 * math::sqrt(seen[0] * seen[0] + seen[1] * seen[1]) -
                           100 * math::sqrt(seen[2] * seen[2] + seen[3] * seen[3]) -
                           100 * math::abs(seen[4]) + 10 * seen[6] + 10 * seen[7];
    double reward = s.has_shaping != 0 ? shaping - s.shaping : 0.0;
    s.shaping = shaping;
    s.has_shaping = 1;
    reward -= thrust.main * 0.30;
    reward -= thrust.side * 0.03;
    bool terminated = false;
    if (s.crashed != 0 || math::abs(seen[0]) >= 1.0) {
      terminated = true;
      reward = -100;
    }
    if (s.world.bodies[0].awake == 0) {
      terminated = true;
      reward = 100;
    }
    return {reward, terminated};
  }

  static void observe(const State& s, const Params&, Observation& out) {
    double seen[8];
    look(s, seen);
    for (std::size_t k = 0; k < 8; ++k) out[k] = static_cast<float>(seen[k]);
  }

 private:
  struct Point {
    double x, y;
  };
  static physics2d::Vec2 rounded(const Point& point) {
    return {static_cast<float>(point.x), static_cast<float>(point.y)};
  }
  // An engine drives a spark away from a point, and the lander the other way.
  static void fire(State& s, lunar_lander::Engine engine, const Point& impulse, const Point& where,
                   double power) {
    s.world.kick(0, -rounded(impulse), rounded(where));
    s.sparks.fire(engine, rounded(where), rounded(impulse), power);
  }

  static void make_ground(State& s, Rng& rng) {
    double heights[kHills + 1];
    for (double& height : heights) height = rng.uniform(0.0, Scene::kHeight / 2);
    for (std::size_t i = kHills / 2 - 2; i <= kHills / 2 + 2; ++i) heights[i] = kHelipadY;
    double x[kHills];
    for (std::size_t i = 0; i < kHills; ++i) {
      x[i] = Scene::kWidth / (kHills - 1) * static_cast<double>(i);
      s.hills[i] = 0.33 * (heights[i == 0 ? kHills : i - 1] + heights[i] + heights[i + 1]);
    }
    s.world.ground.set(0, {{0.0F, 0.0F}, rounded({Scene::kWidth, 0.0})});
    for (std::uint32_t i = 0; i + 1 < kHills; ++i) {
      s.world.ground.set(1 + i, {rounded({x[i], s.hills[i]}), rounded({x[i + 1], s.hills[i + 1]})});
    }
  }

  static void place_bodies(State& s, Rng& rng, const Params& params) {
    constexpr double kForce = 1000;  // N
    constexpr auto kRotationOf = physics2d::kRotation<kReferenceMath>;
    const Point start{Scene::kWidth / 2, Scene::kHeight};
    s.world.place_body(0, rounded(start), 0.0F, kRotationOf);
    const double force_x = rng.uniform(-kForce, kForce), force_y = rng.uniform(-kForce, kForce);
    s.world.push(0, rounded({force_x, force_y}));
    if (params.enable_wind) {
      s.wind_index = static_cast<std::int32_t>(rng.integers(-9999, 9999));
      s.torque_index = static_cast<std::int32_t>(rng.integers(-9999, 9999));
    }
    for (std::uint32_t leg = 0; leg < 2; ++leg) {
      const double side = leg == 0 ? -1 : 1;
      s.world.place_body(1 + leg, rounded({start.x - side * Scene::kLegAway / Scene::kScale, start.y}),
                         static_cast<float>(side * 0.05), kRotationOf);
      s.world.joints[leg].motor_speed = static_cast<float>(0.3 * side);
      s.world.joints[leg].max_torque = Scene::kSpringTorque;
    }
  }

  // A force and a torque, of an index that grows.
  static double gust(std::int32_t& index) {
    const double k = index;
    ++index;
    return math::tanh(math::sin(0.02 * k) + math::sin(math::kPi * 0.01 * k));
  }
  static void blow(State& s, const Params& params) {
    s.world.push(0, rounded({gust(s.wind_index) * params.wind_power, 0.0}));
    s.world.twist(0, static_cast<float>(gust(s.torque_index) * params.turbulence_power));
  }

  // The observation before it is rounded.
  static void look(const State& s, double (&seen)[8]) {
    const physics2d::Body& lander = s.world.bodies[0];
    constexpr double kHalfWidth = Scene::kWidth / 2, kHalfHeight = Scene::kHeight / 2;
    seen[0] = (static_cast<double>(lander.transform.p.x) - kHalfWidth) / kHalfWidth;
    seen[1] = (static_cast<double>(lander.transform.p.y) - (kHelipadY + Scene::kLegDown / Scene::kScale)) /
              kHalfHeight;
    seen[2] = static_cast<double>(lander.velocity.x) * kHalfWidth / kFramesPerSecond;
    seen[3] = static_cast<double>(lander.velocity.y) * kHalfHeight / kFramesPerSecond;
    seen[4] = static_cast<double>(lander.sweep.a);
    seen[5] = 20.0 * static_cast<double>(lander.spin) / kFramesPerSecond;
    seen[6] = s.leg_contact[0] != 0 ? 1.0 : 0.0;
    seen[7] = s.leg_contact[1] != 0 ? 1.0 : 0.0;
  }
};

inline void LunarLander::reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
  s = State{};
  s.gravity = static_cast<float>(params.gravity);
  make_ground(s, rng);
  place_bodies(s, rng, params);
  Physics2dTask<LunarLander, kReferenceMath>::step_alone(s, Thrust{}, rng, params);
}

inline bool LunarLander::is_state(const State& s, const Params&) {
  const bool flags = s.crashed <= 1 && s.leg_contact[0] <= 1 && s.leg_contact[1] <= 1 && s.has_shaping <= 1;
  // where an integer index may go wrong: a billion steps of wind
  constexpr std::int32_t kMostWind = 1'000'000'000;
  const bool wind = s.wind_index >= -9999 && s.wind_index <= kMostWind && s.torque_index >= -9999 &&
                    s.torque_index <= kMostWind;
  bool finite = std::isfinite(s.shaping) && std::isfinite(s.gravity);
  for (const double height : s.hills) finite = finite && std::isfinite(height);
  return flags && wind && finite && s.sparks.is_legal() && s.world.is_legal() && s.world.ground.is_legal();
}

constexpr AttributeList LunarLander::attributes() {
  return attribute_list(
      attribute<Params, State, [](const Params& params, const State&) { return params.continuous; }>(
          "continuous", "whether actions are throttles of the engines"),
      attribute<Params, State, [](const Params&, const State& s) { return s.crashed != 0; }>(
          "game_over", "whether the lander has touched the ground"),
      attribute<Params, State, [](const Params&, const State&) { return Scene::kWidth / (kHills - 1) * 4; }>(
          "helipad_x1", "m, where the pad begins"),
      attribute<Params, State, [](const Params&, const State&) { return Scene::kWidth / (kHills - 1) * 6; }>(
          "helipad_x2", "m, where the pad ends"),
      attribute<Params, State, [](const Params&, const State&) { return kHelipadY; }>(
          "helipad_y", "m, the height of the pad"),
      attribute<Params, State, [](const Params&, const State& s) { return s.shaping; }>(
          "prev_shaping", "what the next reward is counted from"),
      attribute<Params, State, [](const Params&, const State& s) -> std::int64_t { return s.wind_index; }>(
          "wind_idx", "the place in the pattern of the wind"),
      attribute<Params, State, [](const Params&, const State& s) -> std::int64_t { return s.torque_index; }>(
          "torque_idx", "the place in the pattern of the turbulence"),
      attribute<Params, State, [](const Params&, const State& s) { return (s.leg_contact[0] != 0); }>(
          "left_contact", "whether the left leg touches the ground"),
      attribute<Params, State, [](const Params&, const State& s) { return (s.leg_contact[1] != 0); }>(
          "right_contact", "whether the right leg touches the ground"),
      attribute<Params, State, [](const Params&, const State& s) { return physics2d_bodies(s.world); }>(
          "body_numbers",
          "of the lander and its legs, one after the other: x, y, angle, velocity in x and in y, "
          "angular velocity, whether it is awake, x and y of the centre of mass, mass, inertia"),
      attribute<Params, State, [](const Params&, const State& s) { return physics2d_joints(s.world); }>(
          "joint_numbers",
          "of the joints of the legs: angle, speed, speed of the motor, its greatest torque, "
          "lower and upper limit"));
}

constexpr TaskBuild LunarLander::task_build() { return Physics2dTask<LunarLander, kReferenceMath>::build(); }

}  // namespace PLYO_ENVS
