// Driving a car around a track that is another one every time, seen from above.
// Reference: gymnasium 1.4.0 CarRacing-v3 over Box2D 2.3 and pygame-ce 2.5. Differences: the score in the corner of
// the picture has digits of its own; tracks of more than 512 tiles, if there are any, are drawn again.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstring>

#include "../../kernels/physics2d_kernels.hpp"
#include "common/car_frame.hpp"
#include "common/car_state.hpp"

namespace PLYO_ENVS {

struct CarRacing {
  using Scene = car_racing::Scene;
  using State = car_racing::CarState;
  static constexpr Text kExact = "exact", kFast = "fast";

  struct Params {
    bool verbose = false;
    double lap_complete_percent = 0.95;
    bool domain_randomize = false;
    bool continuous = true;
    Text style = kExact;
  };
  struct ResetOptions {
    bool randomize = true;
  };
  using Action = float[3];
  using Observation = std::uint8_t[96][96][3];
  struct Info {
    std::int8_t lap_finished;  // -1 while the episode goes on
  };

  static constexpr EnvInfo info{
      .summary = "Drive a car around a random track, seeing pictures from above.",
      .source = "Oleg Klimov (2016); gymnasium 1.4.0 CarRacing",
      .variants = variants(Variant{"CarRacing-v3", 1000, 900.0}),
      .observation = box<std::uint8_t[96][96][3]>({"picture", "", 0, 255}),
      .action =
          box({{"steering, to the right", "", -1.0, 1.0}, {"gas", "", 0.0, 1.0}, {"brakes", "", 0.0, 1.0}}),
      .params = fields(
          field<&Params::verbose>("verbose", "whether a reset prints how long the track is"),
          live(field<&Params::lap_complete_percent>(
              "lap_complete_percent", "the part of the tiles to visit before the first one ends the lap")),
          field<&Params::domain_randomize>("domain_randomize", "whether every reset draws other colours"),
          field<&Params::continuous>("continuous", "whether actions are numbers and not one of five choices"),
          field<&Params::style>("style", "'exact', or 'fast' for pictures without antialiased outlines")),
      .reset_options = fields(
          field<&ResetOptions::randomize>("randomize", "False to keep the colours of domain_randomize")),
      .python = {.class_name = "CarRacing"},
      .infos = report(reported<std::int8_t>("lap_finished",
                                            "at the end: whether the lap is finished, and not the field left",
                                            InfoStyle::kBoolOrNone)),
      .render_fps = 50};

  static constexpr SpaceInfo action_space(const Params& params) {
    return params.continuous
               ? info.action
               : discrete({"do nothing", "steer to the right", "steer to the left", "gas", "brake"});
  }
  static constexpr Text check(const Params& params) {
    return params.style == kExact || params.style == kFast ? ""
                                                           : "style must be 'exact' or 'fast', not {style}";
  }

  static constexpr AttributeList attributes();
  static bool is_state(const State& s, const Params& params);

  static constexpr double nanoseconds = 100000;
  static constexpr std::size_t kTileLanes = kLaneUnit;  // an observation is much work
  static constexpr TaskBuild task_build();

  struct Command {
    double steer = 0, gas = 0, brake = 0;
    bool is_action = true;  // false in the step that ends a reset
  };
  static Command command(ConstLeafArrays actions, std::size_t lane, const Params& params) {
    if (params.continuous) {
      float action[3];
      std::memcpy(action, static_cast<const float*>(actions[0]) + 3 * lane, sizeof(action));
      return {-static_cast<double>(action[0]), static_cast<double>(action[1]),
              static_cast<double>(action[2])};
    }
    const std::int64_t action = static_cast<const std::int64_t*>(actions[0])[lane];
    return {-0.6 * (action == 1 ? 1 : 0) + 0.6 * (action == 2 ? 1 : 0), 0.2 * (action == 3 ? 1 : 0),
            0.8 * (action == 4 ? 1 : 0)};
  }

  // The world has no contacts: tiles are sensors.
  struct Listener {
    State& state;
    static void begin(std::uint32_t /*fixture*/, std::uint32_t /*shape*/) {}
    static void end(std::uint32_t /*fixture*/, std::uint32_t /*shape*/) {}
  };
  struct TileListener {
    State& s;
    double lap_complete_percent;

    void begin(std::uint32_t fixture, std::uint32_t tile) {
      s.marks[tile].worn = 1;
      if (fixture < car_racing::kNumHullParts) return;
      ++s.wheels[fixture - car_racing::kNumHullParts].num_tiles;
      if (s.marks[tile].visited != 0) return;
      s.marks[tile].visited = 1;
      const auto size = static_cast<double>(s.track.size);
      s.reward += 1000.0 / size;
      ++s.visited;
      if (tile == 0 && static_cast<double>(s.visited) / size > lap_complete_percent) s.has_new_lap = 1;
    }
    void end(std::uint32_t fixture, std::uint32_t tile) {
      s.marks[tile].worn = 1;
      if (fixture >= car_racing::kNumHullParts) --s.wheels[fixture - car_racing::kNumHullParts].num_tiles;
    }
  };

  static physics2d::StepRules rules(const State& /*s*/) {
    return {.gravity = {}, .dt = static_cast<float>(car_racing::kDt)};
  }

  static void reset(State& s, const State* previous, Rng& rng, const Params& params,
                    const ResetOptions& options);

  // The controls and the wheels' forces, then what the car touches.
  static void act(State& s, const Command& command, Rng& /*rng*/, const Params& params) {
    if (command.is_action) car_racing::control(s.wheels, command.steer, command.gas, command.brake);
    for (std::uint32_t i = 0; i < car_racing::kNumWheels; ++i) {
      const bool on_grass = s.wheels[i].num_tiles == 0;
      const car_racing::Grip grip = car_racing::drive_wheel(s.world, i, s.wheels[i]);
      s.skids.follow(i, s.world.bodies[i + 1].transform.p, grip, on_grass);
    }
    TileListener listener{s, params.lap_complete_percent};
    s.tiles.collide(s.track, s.world, listener);
  }

  static Step judge(State& s, const Command& command, const Params& /*params*/) {
    s.time += car_racing::kDt;
    s.outcome = car_racing::Outcome::kNone;
    if (!command.is_action) return {0.0, false};
    s.reward -= 0.1;
    double reward = s.reward - s.previous_reward;
    s.previous_reward = s.reward;
    if (s.visited == s.track.size || s.has_new_lap != 0) s.outcome = car_racing::Outcome::kLapFinished;
    const physics2d::Vec2& place = s.hull().transform.p;
    if (math::abs(static_cast<double>(place.x)) > car_racing::kPlayfield ||
        math::abs(static_cast<double>(place.y)) > car_racing::kPlayfield) {
      s.outcome = car_racing::Outcome::kOutside;
      reward = -100;
    }
    return {reward, s.outcome != car_racing::Outcome::kNone};
  }

  static void observe(const State& s, const Params& params, Observation& out) {
    car_racing::observe_frame(s, params.style == kExact, out);
  }

  static void inform(const State& s, const Params& /*params*/, Info& out) {
    out.lap_finished = s.outcome == car_racing::Outcome::kNone
                           ? std::int8_t{-1}
                           : static_cast<std::int8_t>(s.outcome == car_racing::Outcome::kLapFinished ? 1 : 0);
  }

 private:
  static void draw_colors(car_racing::Colors& colors, Rng& rng) {
    for (double& level : colors.road) level = rng.uniform(0, 210);
    for (double& level : colors.background) level = rng.uniform(0, 210);
    for (int i = 0; i < 3; ++i) colors.grass[i] = colors.background[i];
    colors.grass[rng.integers(0, 3)] += 20;
  }

  static void set_colors(State& s, const State* previous, Rng& rng, const Params& params, bool randomize) {
    if (!params.domain_randomize) {
      for (int i = 0; i < 3; ++i) {
        s.colors.road[i] = car_racing::kDefaultRoad[i];
        s.colors.background[i] = car_racing::kDefaultBackground[i];
        s.colors.grass[i] = car_racing::kDefaultGrass[i];
      }
    } else if (randomize) {
      draw_colors(s.colors, rng);
    } else if (previous != nullptr) {
      s.colors = previous->colors;
    } else {
      // the reference has drawn some when it was made; a copy leaves the stream as it is
      Rng copy = rng;
      draw_colors(s.colors, copy);
    }
  }

  static void make_track(State& s, Rng& rng, bool verbose) {
    int first = -1, last = -1;
    while (!car_racing::try_track(s.track, rng, first, last)) {
      if (verbose) {
        std::puts(
            "retry to generate track (normal if there are not many"
            "instances of this message)");
      }
    }
    if (!verbose) return;
    std::printf("Track generation: %d..%d -> %d-tiles track\n", first, last, last - first);
    std::fflush(stdout);
  }
};

inline void CarRacing::reset(State& s, const State* previous, Rng& rng, const Params& params,
                             const ResetOptions& options) {
  car_racing::Colors kept = previous != nullptr ? previous->colors : car_racing::Colors{};
  const bool has_previous = previous != nullptr;
  s = State{};
  s.colors = kept;
  set_colors(s, has_previous ? &s : nullptr, rng, params, options.randomize);
  make_track(s, rng, params.verbose);
  const car_racing::TrackPoint& start = s.track.points[0];
  car_racing::place_car(s.world, start.beta, start.x, start.y);
  s.tiles.begin(s.track);
  Physics2dTask<CarRacing, kReferenceMath>::step_alone(s, {.is_action = false}, rng, params);
}

inline bool CarRacing::is_state(const State& s, const Params& /*params*/) {
  if (!s.world.is_legal() || !s.track.is_legal() || !s.tiles.is_legal(s.track) || !s.skids.is_legal())
    return false;
  for (const car_racing::TileMarks& marks : s.marks) {
    if (marks.visited > 1 || marks.worn > 1) return false;
  }
  for (const car_racing::Wheel& wheel : s.wheels) {
    const double sum = wheel.gas + wheel.brake + wheel.steer + wheel.omega + wheel.phase;
    if (!std::isfinite(sum) || wheel.num_tiles > s.track.size) return false;
  }
  for (const double (*color)[3] : {&s.colors.road, &s.colors.background, &s.colors.grass}) {
    for (const double level : *color) {
      if (!(level >= 0 && level < 256)) return false;
    }
  }
  return s.time >= 0 && std::isfinite(s.time) && std::isfinite(s.reward) &&
         std::isfinite(s.previous_reward) && s.visited <= s.track.size && s.has_new_lap <= 1 &&
         s.outcome <= car_racing::Outcome::kOutside;
}

namespace car_racing {

// Numbers in a row, in the thread's own memory, as `get(i)` gives them.
template <class Get>
Numbers listed(std::size_t count, Get get) {
  constexpr std::size_t kMost = 6 * kMaxTiles;
  thread_local double numbers[kMost];
  for (std::size_t i = 0; i < count && i < kMost; ++i) numbers[i] = get(i);
  return plyo::View<double>{numbers, count};
}
inline Numbers wheel_numbers(const CarState& s) {
  return listed(std::size_t{6} * kNumWheels, [&](std::size_t i) {
    const Wheel& wheel = s.wheels[i / 6];
    const double numbers[6] = {wheel.gas,   wheel.brake, wheel.steer,
                               wheel.omega, wheel.phase, static_cast<double>(wheel.num_tiles)};
    return numbers[i % 6];
  });
}
inline Numbers track_numbers(const CarState& s) {
  return listed(4 * s.track.size, [&](std::size_t i) {
    const TrackPoint& point = s.track.points[i / 4];
    const double numbers[4] = {point.alpha, point.beta, point.x, point.y};
    return numbers[i % 4];
  });
}
inline Numbers tile_numbers(const CarState& s) {
  return listed(3 * s.track.size, [&](std::size_t i) {
    const TileMarks& marks = s.marks[i / 3];
    const double numbers[3] = {static_cast<double>(marks.visited), static_cast<double>(marks.worn),
                               s.track.kerbs[i / 3] == Kerb::kNone ? 0.0 : 1.0};
    return numbers[i % 3];
  });
}
inline Numbers color_numbers(const CarState& s) {
  const double* const colors[3] = {s.colors.road, s.colors.background, s.colors.grass};
  return listed(9, [&](std::size_t i) { return colors[i / 3][i % 3]; });
}

}  // namespace car_racing

constexpr AttributeList CarRacing::attributes() {
  using P = Params;
  using S = State;
  return attribute_list(
      attribute<P, S, [](const P& params, const S&) { return params.continuous; }>(
          "continuous", "whether actions are numbers and not one of five choices"),
      attribute<P, S, [](const P& params, const S&) { return params.domain_randomize; }>(
          "domain_randomize", "whether every reset draws other colours"),
      attribute<P, S, [](const P& params, const S&) { return params.verbose; }>(
          "verbose", "whether a reset prints how long the track is"),
      attribute<P, S, [](const P&, const S& s) { return static_cast<std::int64_t>(s.visited); }>(
          "tile_visited_count", "tiles that a wheel has touched"),
      attribute<P, S, [](const P&, const S& s) { return s.time; }>("t", "s, since the reset"),
      attribute<P, S, [](const P&, const S& s) { return s.reward; }>("reward", "the sum of the rewards"),
      attribute<P, S, [](const P&, const S& s) { return s.previous_reward; }>("prev_reward",
                                                                              "that sum at the last step"),
      attribute<P, S, [](const P&, const S& s) { return s.has_new_lap != 0; }>(
          "new_lap", "whether the first tile was reached again after most others"),
      attribute<P, S, [](const P&, const S& s) { return car_racing::color_numbers(s); }>(
          "color_numbers", "red, green and blue of the road, of the background and of the grass, 0 to 255"),
      attribute<P, S, [](const P&, const S& s) { return car_racing::track_numbers(s); }>(
          "track_numbers", "of the points of the track: alpha and beta in rad, x and y in m"),
      attribute<P, S, [](const P&, const S& s) { return car_racing::tile_numbers(s); }>(
          "tile_numbers", "of the tiles: whether visited, whether worn, whether with a kerb"),
      attribute<P, S, [](const P&, const S& s) { return car_racing::wheel_numbers(s); }>(
          "wheel_numbers",
          "of the wheels: gas, brake, steer in rad, omega in rad/s, phase in rad, touched tiles"),
      attribute<P, S, [](const P&, const S& s) { return physics2d_bodies(s.world); }>(
          "body_numbers",
          "of the hull and the wheels: x, y, angle, velocity in x and in y, angular velocity, whether it is "
          "awake, "
          "x and y of the centre of mass, mass, inertia"),
      attribute<P, S, [](const P&, const S& s) { return physics2d_joints(s.world); }>(
          "joint_numbers",
          "of the joints of the wheels: angle, speed, speed of the motor, its greatest torque, lower and "
          "upper "
          "limit"));
}

constexpr TaskBuild CarRacing::task_build() { return Physics2dTask<CarRacing, kReferenceMath>::build(); }

}  // namespace PLYO_ENVS
