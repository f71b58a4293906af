// The latest observations of each lane, stacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../autoreset.hpp"
#include "batch_stage.hpp"

namespace plyo {

// Frames are rows of bytes, whatever their numbers.
class StackObservation final : public BatchStage {
 public:
  // The state of each lane.
  struct Lanes {
    std::byte* frames = nullptr;                 // the latest `depth` frames, the newest last
    const std::uint8_t* ended_before = nullptr;  // whether the step before ended the lane's episode
    std::uint8_t* ended_now = nullptr;           // the same of this step; may be the same array
  };

  // `padding`, a frame, fills the stack before the first observation of an episode; empty: that observation does.
  StackObservation(std::size_t frame_bytes, std::size_t depth, std::vector<std::byte> padding,
                   const AutoresetRules& rules, std::size_t num_envs);

  void set_lanes(const Lanes& lanes) { lanes_ = lanes; }
  std::size_t lane_bytes() const { return depth_ * frame_bytes_; }

  void advance(const StageStep& step, const LaneRange& range) override;
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& range) const override;
  void show_finals(const StageStep& step) const override;
  double nanoseconds_per_lane() const override { return 2 + 0.1 * static_cast<double>(lane_bytes()); }

 private:
  void begin(std::byte* stack, const std::byte* frame) const;

  std::size_t frame_bytes_, depth_;
  std::vector<std::byte> padding_;
  bool resets_at_once_, resets_waiting_;
  Lanes lanes_;
  std::vector<std::byte>
      ended_stacks_;  // in same-step mode: those before the step, of lanes that it has ended
};

}  // namespace plyo
