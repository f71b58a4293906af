// A robot on two legs that learns to walk over uneven ground.
// Reference: gymnasium 1.4.0 BipedalWalker-v3 in a new environment; a used one keeps its Box2D world there, and
// with it another order of contacts, as `reuse_world` does. Differences: none.
#pragma once

#include <cmath>
#include <cstring>

#include "../../kernels/physics2d_kernels.hpp"
#include "common/walker_body.hpp"

namespace PLYO_ENVS {

struct BipedalWalker {
  using Scene = walker::Scene;
  static constexpr std::size_t kRays = 10;

  struct State {
    physics2d::World<Scene> world;
    float fractions[kRays] = {};     // of the rays that look for the ground, at which they meet it
    float old_x = 0, old_angle = 0;  // m, rad, of the hull before the last step
    std::uint32_t has_fallen = 0;    // whether the hull has touched the ground
    std::uint32_t touches[2] = {};   // whether the lower legs touch it
    std::uint32_t clouds[10] = {};   // the stream from which the clouds were drawn
  };
  struct Params {
    bool hardcore = false;
    bool reuse_world = false;
  };
  using ResetOptions = NoResetOptions;
  using Action = float[4];
  using Observation = float[24];

  static constexpr double kFps = 50;
  static constexpr double kSpeedHip = 4, kSpeedKnee = 6;  // rad/s
  static constexpr float kMotorsTorque = 80;              // N m

  static constexpr EnvInfo info{
      .summary = "Walk over uneven ground on two legs of two parts each.",
      .source = "O. Klimov; gymnasium 1.4.0 BipedalWalker",
      .variants =
          variants(Variant{"BipedalWalker-v3", 1600, 300.0},
                   Variant{"BipedalWalkerHardcore-v3", 2000, 300.0, presets(preset("hardcore", true))}),
      .observation = box({{"angle of the hull", "rad", -math::kPi, math::kPi},
                          {"angular velocity of the hull", "25 rad/s", -5.0, 5.0},
                          {"horizontal velocity of the hull", "8.33 m/s", -5.0, 5.0},
                          {"vertical velocity of the hull", "12.5 m/s", -5.0, 5.0},
                          {"angle of the first hip", "rad", -math::kPi, math::kPi},
                          {"angular velocity of the first hip", "4 rad/s", -5.0, 5.0},
                          {"angle of the first knee, plus 1", "rad", -math::kPi, math::kPi},
                          {"angular velocity of the first knee", "6 rad/s", -5.0, 5.0},
                          {"whether the first leg touches the ground", "", -0.0, 5.0},
                          {"angle of the second hip", "rad", -math::kPi, math::kPi},
                          {"angular velocity of the second hip", "4 rad/s", -5.0, 5.0},
                          {"angle of the second knee, plus 1", "rad", -math::kPi, math::kPi},
                          {"angular velocity of the second knee", "6 rad/s", -5.0, 5.0},
                          {"whether the second leg touches the ground", "", -0.0, 5.0},
                          {"distance of the ground straight down", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.15 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.3 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.45 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.6 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.75 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 0.9 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 1.05 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 1.2 rad", "5.33 m", -1.0, 1.0},
                          {"distance of the ground at 1.35 rad", "5.33 m", -1.0, 1.0}}),
      .action = box({{"motor of the first hip", "", -1.0, 1.0},
                     {"motor of the first knee", "", -1.0, 1.0},
                     {"motor of the second hip", "", -1.0, 1.0},
                     {"motor of the second knee", "", -1.0, 1.0}}),
      .reward_type = RewardType::kNumpyFloat32,
      .params =
          fields(field<&Params::hardcore>("hardcore", "whether there are stumps, stairs and pits"),
                 field<&Params::reuse_world>(
                     "reuse_world",
                     "whether the Box2D world outlives an episode, as in a used environment of Gymnasium")),
      .python = {.class_name = "BipedalWalker"},
      .render_fps = 50};

  static constexpr double nanoseconds = 5000;
  static constexpr TaskBuild task_build();
  static constexpr bool asks_for_other(const Params& params) { return params.reuse_world; }

  // What an action asks of the motors.
  struct Command {
    float motors[4] = {};
  };
  static Command command(ConstLeafArrays actions, std::size_t lane, const Params& /*params*/) {
    Command command;
    std::memcpy(command.motors, static_cast<const float*>(actions[0]) + 4 * lane, sizeof(command.motors));
    return command;
  }
  static physics2d::StepRules rules(const State& /*state*/) {
    return {.gravity = {0.0F, -10.0F}, .dt = static_cast<float>(1.0 / kFps)};
  }

  static void reset(State& s, Rng& rng, const Params& params, const ResetOptions& options);
  // Makes the ground and the walker: a reset without the step that ends it.
  static void make(State& s, Rng& rng, const Params& params);

  // Sets the motors: what comes before the world's step.
  static void act(State& s, const Command& command, Rng& /*rng*/, const Params& /*params*/) {
    for (std::uint32_t j = 0; j < 4; ++j) {
      const auto speed = static_cast<float>(j % 2 == 0 ? kSpeedHip : kSpeedKnee);
      s.world.set_motor_speed(j, speed * sign(command.motors[j]));
      s.world.set_max_torque(j, kMotorsTorque * effort(command.motors[j]));
    }
    s.old_x = hull(s).transform.p.x;
    s.old_angle = hull(s).sweep.a;
  }

  // The rays, the reward and the end, after the world's step.
  static Step judge(State& s, const Command& command, const Params& /*params*/) {
    look(s);
    const float x = hull(s).transform.p.x;
    // a float64 until it meets the action
    auto reward = static_cast<float>(shaping(x, hull(s).sweep.a) - shaping(s.old_x, s.old_angle));
    for (const float motor : command.motors) {
      reward -= static_cast<float>(0.00035 * static_cast<double>(kMotorsTorque)) * effort(motor);
    }
    if (s.has_fallen != 0 || x < 0) return {-100.0, true};
    constexpr double kGoal = static_cast<double>(walker::kLength - walker::kGrass) * walker::kStep;
    return {static_cast<double>(reward), static_cast<double>(x) > kGoal};
  }

  static void observe(const State& s, const Params& /*params*/, Observation& out) {
    const physics2d::Body& body = hull(s);
    const auto spin = static_cast<double>(body.spin);
    const auto right = static_cast<double>(body.velocity.x), up = static_cast<double>(body.velocity.y);
    out[0] = body.sweep.a;
    out[1] = static_cast<float>(2.0 * spin / kFps);
    out[2] = static_cast<float>(0.3 * right * (600 / walker::kScale) / kFps);
    out[3] = static_cast<float>(0.3 * up * (400 / walker::kScale) / kFps);
    for (std::uint32_t leg = 0; leg < 2; ++leg) {
      float* const at = out + 4 + std::size_t{5} * leg;
      const std::uint32_t hip = 2 * leg, knee = hip + 1;
      at[0] = s.world.joint_angle(hip);
      at[1] = static_cast<float>(static_cast<double>(s.world.joint_speed(hip)) / kSpeedHip);
      at[2] = static_cast<float>(static_cast<double>(s.world.joint_angle(knee)) + 1.0);
      at[3] = static_cast<float>(static_cast<double>(s.world.joint_speed(knee)) / kSpeedKnee);
      at[4] = s.touches[leg] != 0 ? 1.0F : 0.0F;
    }
    for (std::size_t i = 0; i < kRays; ++i) out[14 + i] = s.fractions[i];
  }

  // Hears which contacts begin and end.
  struct Listener {
    State& s;
    void begin(std::uint32_t fixture, std::uint32_t /*shape*/) const {
      if (fixture == walker::kHull) s.has_fallen = 1;
      set(fixture, 1);
    }
    void end(std::uint32_t fixture, std::uint32_t /*shape*/) const { set(fixture, 0); }
    void set(std::uint32_t fixture, std::uint32_t touches) const {
      if (fixture == walker::kLower1) s.touches[0] = touches;
      if (fixture == walker::kLower2) s.touches[1] = touches;
    }
  };

  // The stream from which the clouds are drawn again, for pictures.
  static Rng cloud_stream(const State& s) {
    Rng::State stream;
    std::memcpy(&stream, s.clouds, sizeof(stream));
    return Rng(stream);
  }

  // A list is of the thread's own memory.
  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params& params, const State&) { return params.hardcore; }>(
            "hardcore", "whether there are stumps, stairs and pits"),
        attribute<Params, State, [](const Params&, const State& s) { return physics2d_bodies(s.world); }>(
            "body_numbers",
            "of the hull, the upper and the lower part of the first leg, and those of the second, one after "
            "the "
            "other: x, y, angle, velocity in x and in y, angular velocity, whether it is awake, x and y of "
            "the "
            "centre of mass, mass, inertia"),
        attribute<Params, State, [](const Params&, const State& s) { return physics2d_joints(s.world); }>(
            "joint_numbers",
            "of the first hip and knee and the second hip and knee: angle, speed, speed of the motor, its "
            "greatest torque, lower and upper limit"),
        attribute<Params, State, [](const Params&, const State& s) { return fractions_of(s); }>(
            "lidar_fractions", "the parts of the rays' length at which they meet the ground"),
        attribute<Params, State, [](const Params&, const State& s) { return s.touches[0] != 0; }>(
            "left_contact", "whether the first leg touches the ground"),
        attribute<Params, State, [](const Params&, const State& s) { return s.touches[1] != 0; }>(
            "right_contact", "whether the second leg touches the ground"),
        attribute<Params, State, [](const Params&, const State& s) { return terrain_numbers(s, 0); }>(
            "terrain_x", "m, of the points of the ground"),
        attribute<Params, State, [](const Params&, const State& s) { return terrain_numbers(s, 1); }>(
            "terrain_y", "m, of the points of the ground, as float32 numbers"),
        attribute<Params, State, [](const Params&, const State& s) { return s.has_fallen != 0; }>(
            "game_over", "whether the hull has touched the ground"),
        attribute<Params, State, [](const Params&, const State& s) {
          return static_cast<double>(hull(s).transform.p.x) - 600 / walker::kScale / 5;
        }>("scroll", "m, the left border of a picture"));
  }

  // Whether the bytes of a snapshot are a state that can be stepped.
  static bool is_state(const State& s, const Params& /*params*/) {
    if (!s.world.is_legal() || !s.world.ground.terrain.is_legal()) return false;
    for (const float fraction : s.fractions) {
      if (!(fraction >= 0.0F && fraction <= 1.0F)) return false;
    }
    return std::isfinite(s.old_x) && std::isfinite(s.old_angle) && s.has_fallen <= 1 && s.touches[0] <= 1 &&
           s.touches[1] <= 1;
  }

 private:
  static Numbers fractions_of(const State& s) {
    thread_local double list[kRays];
    for (std::size_t i = 0; i < kRays; ++i) list[i] = static_cast<double>(s.fractions[i]);
    return View<double>{list, kRays};
  }
  static Numbers terrain_numbers(const State& s, int axis) {
    thread_local double list[walker::kPoints];
    for (std::size_t i = 0; i < walker::kPoints; ++i) {
      const physics2d::Vec2& point = s.world.ground.terrain.points[i];
      list[i] = static_cast<double>(axis == 0 ? point.x : point.y);
    }
    return View<double>{list, walker::kPoints};
  }

  static const physics2d::Body& hull(const State& s) { return s.world.bodies[walker::kHull]; }

  static void place(State& s, std::uint32_t body, double x, double y, float angle) {
    s.world.place_body(body, {static_cast<float>(x), static_cast<float>(y)}, angle,
                       physics2d::kRotation<kReferenceMath>);
  }

  // The draws of the clouds, which are only seen.
  static void skip_clouds(Rng& rng) {
    for (int i = 0; i < 10 * 11; ++i) rng.next_uint64();
  }

  static float sign(float x) { return x > 0 ? 1.0F : (x < 0 ? -1.0F : 0.0F); }
  static float effort(float motor) { return math::min(math::abs(motor), 1.0F); }

  static double shaping(float x, float angle) {
    return 130 * static_cast<double>(x) / walker::kScale - 5.0 * math::abs(static_cast<double>(angle));
  }

  // Casts the rays from the hull.
  static void look(State& s) {
    const physics2d::Vec2 start = hull(s).transform.p;
    const auto end_of = [&](std::size_t i) -> physics2d::Vec2 {
      return {static_cast<float>(static_cast<double>(start.x) + kReach[i][0]),
              static_cast<float>(static_cast<double>(start.y) - kReach[i][1])};
    };
    const walker::Terrain& terrain = s.world.ground.terrain;
    const walker::NearBoxes boxes(terrain, start.x, end_of(kRays - 1).x);  // the last ray goes farthest
    for (std::size_t i = 0; i < kRays; ++i) {
      s.fractions[i] = walker::cast_ray(terrain, boxes, {start, end_of(i)});
    }
  }
  // m, from the hull to the end of ray i: 160 / 30 times the sine and cosine of 1.5 i / 10, as Python has them.
  static constexpr double kReach[kRays][2] = {{0x0.0p+0, 0x1.5555555555555p+2},
                                              {0x1.9810d37d53c2dp-1, 0x1.5180229949b7ap+2},
                                              {0x1.937bcc7a3a2eep+0, 0x1.46169381f5bd1p+2},
                                              {0x1.28efbc950d96ep+1, 0x1.335a44b5d7f73p+2},
                                              {0x1.81766ca31ac76p+1, 0x1.19b6ed2dae763p+2},
                                              {0x1.d15501e54bebcp+1, 0x1.f37fe5dc6d6d4p+1},
                                              {0x1.0b6026593c580p+2, 0x1.a85a3736e82d0p+1},
                                              {0x1.281499179f72bp+2, 0x1.53acd7db04617p+1},
                                              {0x1.3e22d16bc392dp+2, 0x1.eebd3704f4d1ap+0},
                                              {0x1.4d0c020a6967ep+2, 0x1.2b0462a392a98p+0}};
};

inline void BipedalWalker::make(State& s, Rng& rng, const Params& params) {
  s = State{};
  walker::make_terrain(s.world.ground.terrain, rng, params.hardcore);
  static_assert(sizeof(s.clouds) == sizeof(Rng::State));
  std::memcpy(s.clouds, &rng.state(), sizeof(s.clouds));
  skip_clouds(rng);

  const double x = walker::kStep * static_cast<double>(walker::kStartPad) / 2;
  const double y = walker::kHeight + 2 * walker::kLegHeight;
  place(s, walker::kHull, x, y, 0.0F);
  s.world.push(walker::kHull, {static_cast<float>(rng.uniform(-5, 5)), 0.0F});
  for (std::uint32_t leg = 0; leg < 2; ++leg) {
    const float angle = leg == 0 ? -0.05F : 0.05F;
    place(s, walker::kUpper1 + 2 * leg, x, y - walker::kLegHeight / 2 - walker::kLegDown, angle);
    place(s, walker::kLower1 + 2 * leg, x, y - walker::kLegHeight * 3 / 2 - walker::kLegDown, angle);
  }
}

inline void BipedalWalker::reset(State& s, Rng& rng, const Params& params, const ResetOptions& /*options*/) {
  make(s, rng, params);
  Physics2dTask<BipedalWalker, kReferenceMath>::step_alone(s, Command{}, rng, params);
}

// The walker in a world that outlives its episodes.
struct LastingWalker : BipedalWalker {
  // What remains of earlier episodes: the numbers of boxes, by which contacts are sorted.
  struct State : BipedalWalker::State {
    physics2d::Proxies<walker::Scene> proxies;
  };

  struct Listener : BipedalWalker::Listener {
    explicit Listener(State& state) : BipedalWalker::Listener{state} {}
    physics2d::Proxies<walker::Scene>& proxies() const { return static_cast<State&>(s).proxies; }
  };

  static void reset(State& s, const State* previous, Rng& rng, const Params& params,
                    const ResetOptions& /*options*/) {
    make(s, rng, params);
    s.proxies = {};
    if (previous != nullptr) {
      s.proxies = previous->proxies;
      s.proxies.remove_all(previous->world);
    }
    s.proxies.add_all(s.world);
    Physics2dTask<LastingWalker, kReferenceMath>::step_alone(s, Command{}, rng, params);
  }

  static bool is_state(const State& s, const Params& params) {
    return BipedalWalker::is_state(s, params) && s.proxies.is_legal(s.world);
  }
};

inline constexpr TaskBuild kLastingWalker = Physics2dTask<LastingWalker, kReferenceMath>::build();

constexpr TaskBuild BipedalWalker::task_build() {
  TaskBuild build = Physics2dTask<BipedalWalker, kReferenceMath>::build();
  build.other = &kLastingWalker;
  return build;
}

}  // namespace PLYO_ENVS
