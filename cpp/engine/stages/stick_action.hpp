// Actions that are now and then the last ones again.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../autoreset.hpp"
#include "batch_stage.hpp"

namespace plyo {

class Engine;

// Source: Machado et al., "Revisiting the Arcade Learning Environment", 2018, section 5.2.
class StickAction final : public BatchStage {
 public:
  struct Settings {
    double probability = 0;     // that a step begins a repetition
    std::int64_t shortest = 1;  // steps of one
    std::int64_t longest = 1;
    std::size_t action_bytes = 0;
  };
  // The state of each lane; flags are bytes of 0 or 1.
  struct Lanes {
    std::byte* last_actions = nullptr;
    std::uint8_t* has_last = nullptr;
    std::int64_t* repeats_left = nullptr;
    const std::uint8_t* ended_before = nullptr;  // whether the step before ended the lane's episode
    std::uint8_t* ended_now = nullptr;           // the same of this step; may be the same array
  };

  // Draws come from the streams of the engine's lanes.
  StickAction(Engine& engine, const Settings& settings, const AutoresetRules& rules)
      : engine_(engine), settings_(settings), rules_(rules) {}
  void set_lanes(const Lanes& lanes) { lanes_ = lanes; }

  bool settles_actions() const override { return true; }
  void settle(void* actions, const LaneRange& range) override;
  void advance(const StageStep& step, const LaneRange& range) override;
  double nanoseconds_per_lane() const override { return 10; }

 private:
  Engine& engine_;
  Settings settings_;
  AutoresetRules rules_;
  Lanes lanes_;
};

}  // namespace plyo
