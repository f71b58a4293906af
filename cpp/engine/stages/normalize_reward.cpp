#include "normalize_reward.hpp"

#include <cmath>
#include <cstring>

#include "../cpu_dispatch.hpp"
#include "../running_moments.hpp"
#include "stage_kernels.hpp"

namespace plyo {

void NormalizeReward::advance(const StageStep& step, const LaneRange& lanes) {
  const std::size_t first = lanes.first, count = lanes.count;
  std::uint8_t* const inactive = inactive_.data() + first;
  if (resets_at_once_) {
    std::memset(inactive, 0, count);
  } else {
    std::memcpy(inactive, state_.ended_before + first, count);
  }
  stage_kernels(selected_isa())
      .discount(state_.returns + first, state_.last_returns + first, step.rewards + first,
                step.terminated + first, inactive, static_cast<float>(state_.gamma), count, step.errand);
  std::memcpy(state_.ended_now + first, step.waiting + first, count);
}

void NormalizeReward::collect(const StageStep& step) {
  if (!state_.updates) return;
  const float* counted = state_.returns;
  std::size_t count = step.num_envs;
  std::uint8_t any = 0;
  for (const std::uint8_t byte : inactive_) any |= byte;
  if (any != 0) {
    counted_.resize(step.num_envs);
    count = stage_kernels(selected_isa())
                .keep_unmarked(state_.returns, inactive_.data(), step.num_envs, counted_.data(), step.errand);
    counted = counted_.data();
  }
  if (count == 0) return;
  update_moments(counted, count, 1, Moments<double>{&state_.mean, &state_.var, state_.count}, &state_.mean,
                 &state_.var);
  state_.count += static_cast<double>(count);
}

void NormalizeReward::write(const StageStep& step, const LaneRange& lanes) {
  const std::size_t end = lanes.first + lanes.count;
  const double deviation = std::sqrt(state_.var + state_.epsilon);
  stage_kernels(selected_isa()).divide(step.rewards + lanes.first, deviation, lanes.count);
  round_rewards(step, lanes);
  if (!resets_at_once_) return;
  // these lanes are in their next episode already
  for (std::size_t i = lanes.first; i < end; ++i) {
    const bool terminated = step.terminated[i] != 0;
    state_.last_returns[i] = terminated ? state_.returns[i] : 0.0F;
    state_.returns[i] = terminated ? 0.0F : state_.returns[i];
  }
}

}  // namespace plyo
