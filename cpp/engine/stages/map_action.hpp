// Actions of real numbers that are clipped, or mapped linearly to other bounds.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "batch_stage.hpp"

namespace plyo {

// Clips to bounds, one pair a number of a row. NaN stays.
template <class Real>
class ClipAction final : public BatchStage {
 public:
  ClipAction(std::vector<Real> low, std::vector<Real> high) : low_(std::move(low)), high_(std::move(high)) {}
  bool changes_actions() const override { return true; }
  void act(void* actions, const LaneRange& lanes) const override;

 private:
  std::vector<Real> low_, high_;
};

// (action - intercept) / gradient
template <class Real>
class RescaleAction final : public BatchStage {
 public:
  RescaleAction(std::vector<Real> gradient, std::vector<Real> intercept)
      : gradient_(std::move(gradient)), intercept_(std::move(intercept)) {}
  bool changes_actions() const override { return true; }
  void act(void* actions, const LaneRange& lanes) const override;

 private:
  std::vector<Real> gradient_, intercept_;
};

}  // namespace plyo
