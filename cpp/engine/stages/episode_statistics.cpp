#include "episode_statistics.hpp"

#include <cmath>
#include <cstring>

#include "../cpu_dispatch.hpp"
#include "stage_kernels.hpp"

namespace plyo {

void EpisodeStatistics::Ended::clear() {
  returns.clear();
  lengths.clear();
  times.clear();
}

void EpisodeStatistics::advance(const StageStep& step, const LaneRange& range) {
  const std::size_t first = range.first, count = range.count;
  const std::uint8_t* const before = lanes_.ended_before + first;
  // in same-step mode the next episodes have begun already
  std::uint8_t any_waiting = 0;
  for (std::size_t i = 0; i < count; ++i) any_waiting |= before[i];
  if (any_waiting != 0 && step.resting != nullptr) {
    advance_beside_resting(step, range);
  } else {
    stage_kernels(selected_isa())
        .add_rewards(lanes_.returns + first, lanes_.lengths + first, step.rewards + first, count);
    // this step has only reset these lanes
    if (any_waiting != 0 && !resets_at_once_) {
      for_each_marked(before, count, [&](std::size_t i) {
        lanes_.returns[first + i] = 0;
        lanes_.lengths[first + i] = 0;
        lanes_.start_times[first + i] = step.now;
      });
    }
  }
  std::memcpy(lanes_.ended_now + first, step.waiting + first, count);
}

void EpisodeStatistics::advance_beside_resting(const StageStep& step, const LaneRange& range) {
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    if (step.resting[i] != 0) continue;
    lanes_.returns[i] += step.rewards[i];
    lanes_.lengths[i] += 1;
  }
}

void EpisodeStatistics::collect(const StageStep& step) {
  for (const std::int64_t lane : step.ended) {
    const double seconds = step.now - lanes_.start_times[lane];
    ended_.returns.push_back(lanes_.returns[lane]);
    ended_.lengths.push_back(lanes_.lengths[lane]);
    ended_.times.push_back(std::nearbyint(seconds * 1e6) / 1e6);
    if (!resets_at_once_) continue;
    lanes_.returns[lane] = 0;
    lanes_.lengths[lane] = 0;
    lanes_.start_times[lane] = step.now;
  }
}

}  // namespace plyo
