// A stage between a task's own observations and the caller's array.
#pragma once

#include <cstddef>

#include "../core/space.hpp"
#include "../kernels/lane_view.hpp"
#include "../render/canvas.hpp"
#include "leaves.hpp"

namespace plyo {

namespace render {
struct Frame;
}

// Some lanes of a tile: the listed ones, or all from the first on where there is no list.
struct LaneSet {
  std::size_t first = 0;
  const LaneIndex* lanes = nullptr;  // counted from `first`
  std::size_t count = 0;

  std::size_t operator[](std::size_t i) const { return first + (lanes == nullptr ? i : lanes[i]); }
};

// The data of lanes that a stage may read.
class LaneSource {
 public:
  LaneSource() = default;
  LaneSource(const LaneSource&) = delete;
  LaneSource& operator=(const LaneSource&) = delete;

  // The lane's part of the stage's memory, OutputStage::memory_bytes() long.
  virtual std::byte* memory(std::size_t lane) = 0;
  virtual bool was_reset(std::size_t lane) const = 0;
  // Draws the lane as it is now.
  virtual void paint(std::size_t lane, const render::Frame& frame, render::Style style) const = 0;

 protected:
  ~LaneSource() = default;
};

// Makes another observation of a lane. A batch without a stage has its kernels write straight into the
// caller's array. Several threads call a stage at the same time, each for tiles of its own.
//
// Two rules keep one result for any number of threads:
// - A stage does not change after its construction. Its memory of a lane is part of the lane, and so of
//   snapshots, forks and the backup of a rollout.
// - A stage that looks across lanes (a running mean, say) has one partial result a tile. They are merged in
//   the order of the tiles at the end of a step of the whole batch. A rollout has no such end, and its tiles
//   depend on the number of threads: there the statistics do not change until the rollout ends.
class OutputStage {
 public:
  OutputStage() = default;
  virtual ~OutputStage() = default;
  OutputStage(const OutputStage&) = delete;
  OutputStage& operator=(const OutputStage&) = delete;

  // The space of the stage's observations.
  virtual SpaceInfo space() const = 0;

  // The memory of each lane, zeros at first, and whether bytes from outside may be such memory.
  virtual std::size_t memory_bytes() const = 0;
  virtual bool is_memory(const std::byte* memory) const = 0;

  // The lanes of a tile, and a first guess of the cost of a lane's step.
  virtual std::size_t tile_lanes() const = 0;
  virtual double nanoseconds() const = 0;

  // An episode of these lanes begins, or they were put into another state: the past is forgotten.
  virtual void begin(LaneSource& source, const LaneSet& lanes) const = 0;
  // These lanes have taken a step.
  virtual void advance(LaneSource& source, const LaneSet& lanes) const = 0;
  // Writes the observations, one row an entry of the set.
  virtual void write(LaneSource& source, const LaneSet& lanes, const Leaves& observations) const = 0;
};

}  // namespace plyo
