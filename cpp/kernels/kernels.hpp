// The table of a task's batch functions, which reset, step and observe lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lane_view.hpp"

namespace plyo {

// The most lanes in one call of a kernel.
inline constexpr std::size_t kMaxTileLanes = 256;

// The batch functions of one task, compiled for one instruction set. Every array starts at the view's first
// lane. Arguments are valid: the engine checks them.
struct Kernels {
  // Resets the listed lanes, for their first episode or after another one.
  void (*reset)(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                bool is_first);

  // Steps lanes [0, count). `terminated` gets 0 or 1.
  void (*step)(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
               std::uint8_t* terminated);

  // Steps the listed lanes; arrays are indexed by lane.
  void (*step_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count, ConstLeafArrays actions,
                     double* rewards, std::uint8_t* terminated);

  // Writes the observations of lanes [0, count), one row a lane.
  void (*observe)(const LaneView& view, std::size_t count, LeafArrays observations);

  // Writes the observations of the listed lanes, one row a list entry.
  void (*observe_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                        LeafArrays observations);

  // The same for the info; null for a task without one.
  void (*inform)(const LaneView& view, std::size_t count, LeafArrays infos) = nullptr;
  void (*inform_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                       LeafArrays infos) = nullptr;

  // Brings a lane's State to where the caller wants to look at it: memory that the task knows. Null for tasks
  // without such memory.
  void (*reproduce)(const LaneView& view, std::size_t lane, const void* where) = nullptr;

  // Observes a lane whose State the caller has changed in memory of his own; null for tasks without such memory.
  void (*look_again)(const LaneView& view, std::size_t lane) = nullptr;
  // Draws the state in which an episode begins, in the middle of one. Null for tasks that cannot.
  void (*draw_start)(const LaneView& view, std::size_t lane) = nullptr;
  // Gives a lane another goal of `goal_size` numbers, which is 0 for tasks without goals.
  void (*set_goal)(const LaneView& view, std::size_t lane, const double* goal) = nullptr;
  std::size_t goal_size = 0;

  // Lanes of a tile, at most kMaxTileLanes: few where a lane is much work, so that threads can share it out.
  std::size_t tile_lanes = kMaxTileLanes;
  // A first guess of the cost of a lane's step, to decide about threads until it has been measured.
  double nanoseconds = 10;
  // Whether the functions look at LaneView::lane_params: if not, all lanes have the same parameters.
  bool knows_lane_params = false;
  // Whether they are also for constants that are not the task's defaults, and for parameters under which lanes draw in
  // steps, of a task where that depends on them. If one of these three is false, the process may be able to make
  // kernels that know more: Registry::more_kernels().
  bool knows_constants = true;
  bool knows_draws = true;
  // Whether a function may throw. That leaves the States anywhere, unless it throws LaneFailures in a reset or step.
  bool may_throw = false;
};

}  // namespace plyo
