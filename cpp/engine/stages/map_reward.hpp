// Rewards that are clipped, or changed by a linear function.
#pragma once

#include <optional>

#include "batch_stage.hpp"

namespace plyo {

// A lane that rests keeps its reward of 0.
class ClipReward final : public BatchStage {
 public:
  ClipReward(std::optional<double> low, std::optional<double> high) : low_(low), high_(high) {}
  bool reads_rewards() const override { return true; }
  bool writes_rewards() const override { return true; }
  void write(const StageStep& step, const LaneRange& lanes) override;

 private:
  std::optional<double> low_, high_;
};

// reward * scale + shift
class AffineReward final : public BatchStage {
 public:
  AffineReward(double scale, double shift) : scale_(scale), shift_(shift) {}
  bool reads_rewards() const override { return true; }
  bool writes_rewards() const override { return true; }
  void write(const StageStep& step, const LaneRange& lanes) override;

 private:
  double scale_, shift_;
};

}  // namespace plyo
