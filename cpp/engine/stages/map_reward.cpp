#include "map_reward.hpp"

namespace plyo {
namespace {

template <class Function>
void map_rewards(const StageStep& step, const LaneRange& lanes, const Function& function) {
  double* const rewards = step.rewards + lanes.first;
  if (step.resting == nullptr) {
    for (std::size_t i = 0; i < lanes.count; ++i) rewards[i] = function(rewards[i]);
    return;
  }
  for (std::size_t i = 0; i < lanes.count; ++i) {
    if (step.resting[lanes.first + i] == 0) rewards[i] = function(rewards[i]);
  }
}

}  // namespace

// NaN stays, as in NumPy.
void ClipReward::write(const StageStep& step, const LaneRange& lanes) {
  map_rewards(step, lanes, [this](double reward) {
    if (low_ && reward < *low_) reward = *low_;
    if (high_ && reward > *high_) reward = *high_;
    return reward;
  });
  round_rewards(step, lanes);
}

void AffineReward::write(const StageStep& step, const LaneRange& lanes) {
  if (step.rounds_rewards) {  // as NumPy computes with arrays of float32
    const auto scale = static_cast<float>(scale_), shift = static_cast<float>(shift_);
    map_rewards(step, lanes, [=](double reward) {
      const float scaled = static_cast<float>(reward) * scale;
      return static_cast<double>(scaled + shift);
    });
    return;
  }
  map_rewards(step, lanes, [this](double reward) {
    const double scaled = reward * scale_;
    return scaled + shift_;
  });
}

}  // namespace plyo
