// Returns, lengths and times of episodes, and which have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch_stage.hpp"

namespace plyo {

class EpisodeStatistics final : public BatchStage {
 public:
  // The state of each lane.
  struct Lanes {
    double* returns = nullptr;
    std::int64_t* lengths = nullptr;
    double* start_times = nullptr;               // s
    const std::uint8_t* ended_before = nullptr;  // whether the step before ended the lane's episode
    std::uint8_t* ended_now = nullptr;           // the same of this step; may be the same array
  };
  // The episodes that have ended, in the order of steps and lanes.
  struct Ended {
    std::vector<double> returns;
    std::vector<std::int64_t> lengths;
    std::vector<double> times;  // s

    void clear();
  };
  // Arrays with a number a lane: of the episodes that the step has ended, among zeros.
  struct Columns {
    double* returns = nullptr;
    std::int64_t* lengths = nullptr;
    double* times = nullptr;
  };

  // `resets_at_once`: the step that ends an episode begins the next one.
  explicit EpisodeStatistics(bool resets_at_once) : resets_at_once_(resets_at_once) {}

  void set_lanes(const Lanes& lanes) { lanes_ = lanes; }
  Ended& ended() { return ended_; }
  // The next step writes columns: null for none.
  void set_columns(const Columns& columns) { columns_ = columns; }

  void advance(const StageStep& step, const LaneRange& lanes) override;
  bool looks_across() const override { return true; }
  bool reads_rewards() const override { return true; }
  void collect(const StageStep& step) override;
  void complete(const StageStep& step) override;
  double nanoseconds_per_lane() const override { return 1; }

 private:
  void begin_marked(const std::uint8_t* marks, const LaneRange& range, double now) const;
  void advance_beside_resting(const StageStep& step, const LaneRange& lanes);

  bool resets_at_once_;
  Lanes lanes_;
  Ended ended_;
  Columns columns_;
};

}  // namespace plyo
