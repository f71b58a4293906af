// Rewards divided by the standard deviation of the discounted returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch_stage.hpp"

namespace plyo {

class NormalizeReward final : public BatchStage {
 public:
  struct State {
    float* returns = nullptr;       // of each lane
    float* last_returns = nullptr;  // of the episodes that have terminated, in same-step mode; 0 elsewhere
    const std::uint8_t* ended_before = nullptr;  // whether the step before ended the lane's episode
    std::uint8_t* ended_now = nullptr;           // the same of this step; may be the same array
    double mean = 0, var = 1, count = 0;         // the moments of the returns
    double gamma = 0, epsilon = 0;
    bool updates = true;
  };

  explicit NormalizeReward(bool resets_at_once) : resets_at_once_(resets_at_once) {}

  void set_state(const State& state, std::size_t num_envs) {
    state_ = state;
    inactive_.resize(num_envs);
  }
  const State& state() const { return state_; }

  void advance(const StageStep& step, const LaneRange& lanes) override;
  bool looks_across() const override { return true; }
  bool reads_rewards() const override { return true; }
  bool writes_rewards() const override { return true; }
  void collect(const StageStep& step) override;
  void write(const StageStep& step, const LaneRange& lanes) override;
  double nanoseconds_per_lane() const override { return 3; }

 private:
  bool resets_at_once_;
  State state_;
  std::vector<std::uint8_t> inactive_;  // lanes that were only reset, or rest
  std::vector<float> counted_;
};

}  // namespace plyo
