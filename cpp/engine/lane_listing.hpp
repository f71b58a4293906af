// Some lanes of a batch in the order of their caller, found again tile by tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../kernels/lane_view.hpp"

namespace plyo {

// It keeps a mark for every lane from its first use on, so that a list costs what its lanes cost.
class LaneListing {
 public:
  LaneListing(std::size_t num_lanes, std::size_t tile_lanes)
      : num_lanes_(num_lanes), tile_lanes_(tile_lanes) {}

  // Throws std::out_of_range for a lane that there is not, std::invalid_argument for one that is listed twice;
  // the list is then empty.
  void set(std::span<const std::int64_t> lanes);

  // The tiles that have listed lanes, each once.
  std::span<const std::size_t> tiles() const { return tiles_; }
  // Writes the listed lanes of a tile, counted from its first one, in ascending order.
  std::size_t lanes_of(std::size_t tile, LaneIndex* lanes) const;
  // The place of a listed lane in the list.
  std::size_t row_of(std::size_t lane) const { return rows_[lane]; }

 private:
  void clear();

  std::size_t num_lanes_;
  std::size_t tile_lanes_;
  std::vector<std::uint8_t> marks_;  // by lane: whether it is listed
  std::vector<std::uint8_t> tile_marks_;
  std::vector<std::size_t> rows_;  // by lane
  std::vector<std::int64_t> listed_;
  std::vector<std::size_t> tiles_;
};

}  // namespace plyo
