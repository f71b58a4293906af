// The clock of an episode, and what it makes of a lane's status.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../core/isa.hpp"

namespace plyo {

// One step later. The clock stops at its last tick, which is no time limit.
PLYO_ALWAYS_INLINE std::int32_t next_tick(std::int32_t elapsed) {
  constexpr std::int32_t kLastTick = std::numeric_limits<std::int32_t>::max();
  return elapsed + static_cast<std::int32_t>(elapsed != kLastTick);
}

// The status after a step, of lane_status. Flags may stand in arrays that another thread writes: one bit is
// all that is taken of each.
PLYO_ALWAYS_INLINE std::uint8_t status_after(std::uint8_t terminated, std::uint8_t truncated) {
  const auto ended = static_cast<std::uint8_t>(terminated & 1);
  return static_cast<std::uint8_t>(ended | (truncated & 1) | (ended << 1));
}

// The clocks, returns and statuses of consecutive lanes, and what a step has made of them. No two arrays overlap.
struct EpisodeRows {
  std::int32_t* elapsed;
  std::uint8_t* status;
  double* returns;
  const double* rewards;
  const std::uint8_t* terminated;
  std::uint8_t* truncated;
};

// Moves them by a step that is cut short at the tick `limit`, in an instruction set.
using AdvanceEpisodes = void (*)(const EpisodeRows& rows, std::size_t count, std::int32_t limit);
AdvanceEpisodes advance_episodes(Isa isa);

}  // namespace plyo
