// Rows of the lanes of a tile: where a rollout's steps write them.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "../engine/leaves.hpp"
#include "stream_copy.hpp"

namespace plyo {

// A tile's rows of one step: in the recorded array, or in scratch memory of the tile's own if the field is
// not recorded, is copied past the caches or may not be read back.
class TileRows {
 public:
  struct Options {
    const StreamCopy* copy = nullptr;  // null: not past the caches
    bool is_private = false;
  };

  TileRows(void* recorded, std::size_t row_bytes, std::size_t num_envs, std::size_t max_lanes,
           const Options& options)
      : recorded_(static_cast<std::byte*>(recorded)),
        row_bytes_(row_bytes),
        step_bytes_(num_envs * row_bytes),
        copy_(recorded == nullptr ? nullptr : options.copy) {
    if (recorded == nullptr || options.copy != nullptr || options.is_private)
      scratch_.resize(max_lanes * row_bytes);
  }

  // Goes to another tile.
  void aim(std::size_t first, std::size_t count) {
    tile_ = recorded_ == nullptr ? nullptr : recorded_ + first * row_bytes_;
    tile_bytes_ = count * row_bytes_;
  }
  std::byte* at(std::size_t t) { return scratch_.empty() ? tile_ + t * step_bytes_ : scratch_.data(); }
  // Copies a step that is complete to where it belongs.
  void finish(std::size_t t) { keep(t, at(t)); }
  // Records a step from where it is.
  void keep(std::size_t t, const void* rows) {
    if (tile_ == nullptr) return;
    std::byte* const place = tile_ + t * step_bytes_;
    if (copy_ != nullptr) {
      copy_->copy(place, rows, tile_bytes_);
    } else if (rows != place) {
      std::memcpy(place, rows, tile_bytes_);
    }
  }
  bool recorded() const { return recorded_ != nullptr; }

 private:
  std::byte* recorded_;
  std::size_t row_bytes_;
  std::size_t step_bytes_;
  const StreamCopy* copy_;  // null: not past the caches
  std::byte* tile_ = nullptr;
  std::size_t tile_bytes_ = 0;
  std::vector<std::byte> scratch_;
};

// The rows of all arrays of an observation or action.
class TileLeaves {
 public:
  TileLeaves(const Leaves& recorded, const RowSizes& sizes, std::size_t num_envs, std::size_t max_lanes,
             const TileRows::Options& options)
      : recorded_(recorded) {
    rows_.reserve(sizes.count);
    for (std::size_t k = 0; k < sizes.count; ++k) {
      rows_.emplace_back(recorded.at[k], sizes.bytes[k], num_envs, max_lanes, options);
    }
  }
  void aim(std::size_t first, std::size_t count) {
    for (TileRows& rows : rows_) rows.aim(first, count);
  }
  Leaves at(std::size_t t) {
    Leaves leaves;
    for (std::size_t k = 0; k < rows_.size(); ++k) leaves.at[k] = rows_[k].at(t);
    return leaves;
  }
  void finish(std::size_t t) {
    for (TileRows& rows : rows_) rows.finish(t);
  }
  void keep(std::size_t t, const ConstLeaves& leaves) {
    for (std::size_t k = 0; k < rows_.size(); ++k) rows_[k].keep(t, leaves.at[k]);
  }
  bool recorded() const { return static_cast<bool>(recorded_); }

 private:
  Leaves recorded_;
  std::vector<TileRows> rows_;
};

}  // namespace plyo
