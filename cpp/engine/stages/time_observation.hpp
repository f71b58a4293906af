// Observations with the number of steps since the reset behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../autoreset.hpp"
#include "batch_stage.hpp"

namespace plyo {

class TimeObservation final : public BatchStage {
 public:
  // The state of each lane.
  struct Lanes {
    std::int64_t* steps = nullptr;               // since the reset
    const std::uint8_t* ended_before = nullptr;  // whether the step before ended the lane's episode
    std::uint8_t* ended_now = nullptr;           // the same of this step; may be the same array
  };

  // Rows become rows of `target` with time as the last number: a number of int32, or with a `limit` in steps a fraction
  // of it, a float32.
  TimeObservation(const RowFormat& rows, Number target, std::optional<double> limit,
                  const AutoresetRules& rules, std::size_t num_envs);
  // Whether `target` holds such numbers.
  static bool is_known(Number from, Number target, bool has_limit);

  void set_lanes(const Lanes& lanes) { lanes_ = lanes; }

  void advance(const StageStep& step, const LaneRange& range) override;
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& range) const override;
  void show_finals(const StageStep& step) const override;
  double nanoseconds_per_lane() const override { return 2 + static_cast<double>(rows_.size); }

 private:
  template <class Steps>
  void write(const Leaves& from, const Leaves& to, const LaneRange& rows, const Steps& steps) const;

  RowFormat rows_;
  Number target_;
  std::optional<double> limit_;
  bool resets_at_once_, resets_waiting_;
  Lanes lanes_;
  std::vector<std::int64_t>
      ended_steps_;  // in same-step mode: of the episodes that the step has ended, by lane
};

}  // namespace plyo
