#include "episode_statistics.hpp"

#include <algorithm>
#include <cstring>

#include "../../core/math.hpp"
#include "../cpu_dispatch.hpp"
#include "stage_kernels.hpp"

namespace plyo {
namespace {

void begin_episode(const EpisodeStatistics::Lanes& lanes, std::size_t lane, double now) {
  lanes.returns[lane] = 0;
  lanes.lengths[lane] = 0;
  lanes.start_times[lane] = now;
}

}  // namespace

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
        .add_rewards(lanes_.returns + first, lanes_.lengths + first, step.rewards + first, count,
                     step.errand);
    // this step has only reset these lanes
    if (any_waiting != 0 && !resets_at_once_) begin_marked(before, range, step.now);
  }
  std::memcpy(lanes_.ended_now + first, step.waiting + first, count);
}

// Begins the episodes of the marked lanes.
void EpisodeStatistics::begin_marked(const std::uint8_t* marks, const LaneRange& range, double now) const {
  constexpr std::size_t kMost = 1024;
  LaneIndex marked[kMost];
  const Lanes lanes = lanes_;
  for (std::size_t done = 0; done < range.count; done += kMost) {
    const std::size_t count = find_nonzero(marks + done, std::min(kMost, range.count - done), marked);
    for (std::size_t k = 0; k < count; ++k) begin_episode(lanes, range.first + done + marked[k], now);
  }
}

void EpisodeStatistics::advance_beside_resting(const StageStep& step, const LaneRange& range) {
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    if (step.resting[i] != 0) continue;
    lanes_.returns[i] += step.rewards[i];
    lanes_.lengths[i] += 1;
  }
}

void EpisodeStatistics::collect(const StageStep& step) {
  const std::size_t before = ended_.returns.size(), count = step.ended.size();
  ended_.returns.resize(before + count);
  ended_.lengths.resize(before + count);
  ended_.times.resize(before + count);
  double* const returns = ended_.returns.data() + before;
  std::int64_t* const lengths = ended_.lengths.data() + before;
  double* const times = ended_.times.data() + before;
  const Lanes lanes = lanes_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t lane = step.ended[i];
    returns[i] = lanes.returns[lane];
    lengths[i] = lanes.lengths[lane];
    times[i] = step.now - lanes.start_times[lane];
  }
  for (std::size_t i = 0; i < count; ++i) times[i] = math::round_even(times[i] * 1e6) / 1e6;
  if (!resets_at_once_) return;
  for (const std::int64_t lane : step.ended) begin_episode(lanes, static_cast<std::size_t>(lane), step.now);
}

void EpisodeStatistics::complete(const StageStep& step) {
  const Columns columns = columns_;
  if (columns.returns == nullptr) return;
  columns_ = {};
  stage_kernels(selected_isa())
      .clear(columns.returns, columns.lengths, columns.times, step.num_envs, step.errand);
  const std::size_t before = ended_.returns.size() - step.ended.size();
  for (std::size_t i = 0; i < step.ended.size(); ++i) {
    const std::int64_t lane = step.ended[i];
    columns.returns[lane] = ended_.returns[before + i];
    columns.lengths[lane] = ended_.lengths[before + i];
    columns.times[lane] = ended_.times[before + i];
  }
}

}  // namespace plyo
