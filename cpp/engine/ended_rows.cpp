// The compact results of a step: the rows of the episodes that ended, and what every lane has come to.
#include "ended_rows.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine.hpp"

namespace plyo {

// Adds the episodes of one tile, which begins at lane `begin`. Lanes have moved, so that a lack of memory is
// told when all of them have.
void Engine::append_ended(EndedRows::Part& rows, const EndedLanes& ended, std::size_t begin,
                          const StepArrays& out) const noexcept {
  const bool at_once = autoreset_.resets_at_once;
  try {
    for (std::size_t i = 0; i < ended.count; ++i) {
      const std::size_t lane = begin + ended.lanes[i];
      rows.lanes.push_back(static_cast<std::int64_t>(lane));
      rows.returns.push_back(ended.returns[i]);
      rows.lengths.push_back(ended.lengths[i]);
      rows.timeouts.push_back((out.terminated[lane] & 1) == 0 ? 1 : 0);
      if (at_once) {
        rows.final_observations.append(observation_sizes_, ended.final_observations.leaves(), i);
        if (out.infos != nullptr) rows.final_infos.append(info_sizes_, ended.final_infos.leaves(), i);
      } else {
        rows.final_observations.append(observation_sizes_, out.observations, lane);
        if (out.infos != nullptr) rows.final_infos.append(info_sizes_, *out.infos, lane);
      }
    }
  } catch (const std::bad_alloc&) {
    rows.is_whole = false;
  }
}

// Copies a tile's observations, and puts the last ones of episodes in the place of those after a reset.
void Engine::copy_next(std::size_t begin, std::size_t count, const StepArrays& out,
                       const EndedLanes* ended) const {
  const Leaves next = observation_sizes_.from(out.next_observations, begin);
  const Leaves now = observation_sizes_.from(out.observations, begin);
  for (std::size_t k = 0; k < observation_sizes_.count; ++k) {
    std::memcpy(next.at[k], now.at[k], count * observation_sizes_.bytes[k]);
  }
  if (!autoreset_.resets_at_once) return;
  for (std::size_t i = 0; i < ended->count; ++i) {
    observation_sizes_.copy_row(next, ended->lanes[i], ended->final_observations.leaves(), i);
  }
}

}  // namespace plyo
