// The stage that shows pictures in place of a task's own observation.
#pragma once

#include <cstddef>

#include "frame_stack.hpp"
#include "output_stage.hpp"

namespace plyo {

class PictureStage final : public OutputStage {
 public:
  // Throws std::invalid_argument for a size or stack out of range.
  explicit PictureStage(const PixelConfig& config) : frames_(config) {}

  SpaceInfo space() const override { return frames_.space(); }
  std::size_t memory_bytes() const override { return frames_.memory_bytes(); }
  bool is_memory(const std::byte* memory) const override { return frames_.is_memory(memory); }
  std::size_t tile_lanes() const override { return kLaneUnit; }
  double nanoseconds() const override;

  void begin(LaneSource& source, const LaneSet& lanes) const override;
  void advance(LaneSource& source, const LaneSet& lanes) const override;
  // A lane that was never reset is black.
  void write(LaneSource& source, const LaneSet& lanes, const Leaves& observations) const override;

 private:
  FrameStack frames_;
};

// A rough cost of one picture, to decide about threads.
double nanoseconds_to_draw(render::Size size);

}  // namespace plyo
