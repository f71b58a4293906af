#include "lane_listing.hpp"

#include <algorithm>
#include <stdexcept>

#include "errors.hpp"
#include "find_nonzero.hpp"

namespace plyo {

void LaneListing::clear() {
  for (const std::int64_t lane : listed_) marks_[static_cast<std::size_t>(lane)] = 0;
  for (const std::size_t tile : tiles_) tile_marks_[tile] = 0;
  listed_.clear();
  tiles_.clear();
}

void LaneListing::set(std::span<const std::int64_t> lanes) {
  if (marks_.empty()) {
    rows_.resize(num_lanes_);
    tile_marks_.resize((num_lanes_ + tile_lanes_ - 1) / tile_lanes_);
    marks_.resize(num_lanes_);
  }
  clear();
  listed_.reserve(lanes.size());
  tiles_.reserve(std::min(lanes.size(), tile_marks_.size()));
  for (std::size_t row = 0; row < lanes.size(); ++row) {
    const auto lane = static_cast<std::size_t>(lanes[row]);
    if (lane >= num_lanes_) {
      clear();
      throw std::out_of_range(text("environment ", lanes[row],
                                   " is out of range: the batch has environments 0 to ", num_lanes_ - 1));
    }
    if (marks_[lane] != 0) {
      clear();
      throw std::invalid_argument(text("environment ", lane, " is listed twice: ids name each at most once"));
    }
    marks_[lane] = 1;
    rows_[lane] = row;
    listed_.push_back(lanes[row]);
    const std::size_t tile = lane / tile_lanes_;
    if (tile_marks_[tile] == 0) tiles_.push_back(tile);
    tile_marks_[tile] = 1;
  }
}

std::size_t LaneListing::lanes_of(std::size_t tile, LaneIndex* lanes) const {
  const std::size_t first = tile * tile_lanes_;
  return find_nonzero(marks_.data() + first, std::min(tile_lanes_, num_lanes_ - first), lanes);
}

}  // namespace plyo
