// The episodes that ended in a rollout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../engine/engine.hpp"

namespace plyo {

// By time and then by lane.
struct EndedEpisodes {
  std::vector<std::int64_t> times;  // the step that ended them
  std::vector<std::int64_t> lanes;
  std::vector<double> returns;
  std::vector<std::int64_t> lengths;
  std::vector<std::vector<std::byte>>
      final_observations;  // of each leaf one row an episode, in same-step mode

  // Adds those that ended in step `time` of the tile that begins at lane `first`.
  void add(const EndedLanes& ended, const RowSizes& observations, std::size_t time, std::size_t first);
  // Adds those of a later rollout, which began at step `time`.
  void append(const EndedEpisodes& later, std::size_t time);
};

// Those of all tiles in one order. Tiles hold ascending lanes, each by time.
EndedEpisodes merge(const std::vector<EndedEpisodes>& tiles, const RowSizes& observations);

}  // namespace plyo
