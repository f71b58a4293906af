// The state of a lane of CarRacing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "car_body.hpp"
#include "car_skids.hpp"
#include "car_tiles.hpp"
#include "car_track.hpp"

namespace PLYO_ENVS::car_racing {

inline constexpr double kDefaultRoad[3] = {102, 102, 102};
inline constexpr double kDefaultBackground[3] = {102, 204, 102};
inline constexpr double kDefaultGrass[3] = {102, 230, 102};

// Colours as numbers between 0 and 255, which are cut when they are drawn.
struct Colors {
  double road[3] = {}, background[3] = {}, grass[3] = {};
};

// What has happened to a tile.
struct TileMarks {
  std::uint8_t visited = 0;  // by a wheel
  std::uint8_t worn = 0;     // touched by any part of the car, which takes the tile's shade away
};

enum class Outcome : std::uint64_t { kNone, kLapFinished, kOutside };

struct CarState {
  Track track;
  TileMarks marks[kMaxTiles] = {};
  Tiles tiles;
  Colors colors;
  Wheel wheels[kNumWheels] = {};
  Skids skids;
  double time = 0;                         // s
  double reward = 0, previous_reward = 0;  // summed over the episode, and likewise before the step
  std::uint64_t visited = 0;               // tiles
  std::uint64_t has_new_lap = 0;           // whether the first tile was reached after most others
  Outcome outcome = Outcome::kNone;        // of the last step
  CarWorld world;
  std::uint32_t unused[sizeof(CarWorld) % 8 == 0 ? 2 : 1] = {};  // the doubles leave no gap behind the world

  const physics2d::Body& hull() const { return world.bodies[kHull]; }
};

}  // namespace PLYO_ENVS::car_racing
