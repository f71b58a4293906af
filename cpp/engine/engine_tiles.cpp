// A step of one tile: states, clocks, the ends of episodes and the rules of autoreset.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "cpu_dispatch.hpp"
#include "engine.hpp"
#include "episode_clock.hpp"
#include "errors.hpp"
#include "find_nonzero.hpp"

namespace plyo {

// Lists the lanes of a tile except the skipped ones; both lists ascend.
std::size_t Engine::list_active(std::size_t count, const LaneList& skipped, LaneIndex* active) {
  // without branches: which lanes are skipped is hard to foresee
  std::uint8_t is_active[kTileLanes];
  std::memset(is_active, 1, count);
  for (std::size_t s = 0; s < skipped.count; ++s) is_active[skipped.lanes[s]] = 0;
  std::size_t num_active = 0;
  for (std::size_t i = 0; i < count; ++i) {
    active[num_active] = static_cast<LaneIndex>(i);
    num_active += is_active[i];
  }
  return num_active;
}

// Tells the output stage which lanes have taken a step.
void Engine::advance_stage(const TileStep& tile, const LaneList& skipped) {
  LaneIndex active[kTileLanes];
  const std::size_t num_active = list_active(tile.count, skipped, active);
  StageSource source(*this);
  stage_->advance(source, {.first = tile.first, .lanes = active, .count = num_active});
}

// Steps the State of every lane except the skipped ones, which get reward 0 and no termination.
void Engine::step_states(const TileStep& tile, const LaneList& skipped) {
  // a reset follows, which overwrites a step without draws, unless the task looks back
  const bool junk_is_harmless = params_.may_step_idly() && autoreset_.resets_waiting;
  let_fail_alone(tile.first, "a step", [&] {
    if (skipped.count == 0 || junk_is_harmless) {
      kernels_.step(view(tile.first), tile.count, tile.actions.at, tile.rewards, tile.terminated);
    } else {
      LaneIndex active[kTileLanes];
      const std::size_t num_active = list_active(tile.count, skipped, active);
      kernels_.step_lanes(view(tile.first), active, num_active, tile.actions.at, tile.rewards,
                          tile.terminated);
    }
  });
  for (std::size_t s = 0; s < skipped.count; ++s) {
    tile.rewards[skipped.lanes[s]] = 0;
    tile.terminated[skipped.lanes[s]] = 0;
  }
}

// Moves every lane's clock, return and status by the step just taken.
void Engine::advance_clocks(const TileStep& tile) {
  const EpisodeRows rows{.elapsed = lanes_.elapsed().data() + tile.first,
                         .status = lanes_.status().data() + tile.first,
                         .returns = lanes_.returns().data() + tile.first,
                         .rewards = tile.rewards,
                         .terminated = tile.terminated,
                         .truncated = tile.truncated};
  advance_episodes(selected_isa())(rows, tile.count, config_.max_episode_steps);
}

// Lists the lanes whose episode has ended by their status, with the episode's return, length and time.
void Engine::collect_ended(const TileStep& tile) {
  EndedLanes& ended = *tile.ended;
  ended.count = find_nonzero(lanes_.status().data() + tile.first, tile.count, ended.lanes.data());
  if (autoreset_.resets_at_once) lanes_.fetch_streams(tile.first, ended.lanes.data(), ended.count);
  describe_ended(tile.first, ended);
}

// The rest about these lanes of the tile.
void Engine::describe_ended(std::size_t first, EndedLanes& ended) {
  if (ended.count == 0) return;
  const double now = config_.record_episode_times ? seconds_now() : 0;
  for (std::size_t i = 0; i < ended.count; ++i) {
    const std::size_t lane = first + ended.lanes[i];
    ended.returns[i] = lanes_.returns()[lane];
    ended.lengths[i] = lanes_.elapsed()[lane];
    ended.times[i] = config_.record_episode_times ? std::round((now - start_times_[lane]) * 1e6) / 1e6 : 0;
  }
  if (autoreset_.resets_at_once) {
    observe_lanes(first, ended.lanes.data(), ended.count, ended.final_observations.leaves());
    if (ended.final_infos.leaves()) {
      kernels_.inform_lanes(view(first), ended.lanes.data(), ended.count, ended.final_infos.leaves().at);
    }
  }
}

void Engine::step_tile(const TileStep& tile) {
  advance_or_fail(tile);
  raise_first_failure();
}

void Engine::advance_or_fail(const TileStep& tile) {
  try {
    advance_tile(tile);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw step_failure(tile.first, tile.count, error);
  }
}

TaskFailed Engine::step_failure(std::size_t first, std::size_t count, const std::exception& error) const {
  const std::string which = count == 1 ? text("environment ", first)
                                       : text("one of the environments ", first, " to ", first + count - 1);
  return TaskFailed(text(config_.task->name, " has failed in a step of ", which, ": ", error.what()));
}

void Engine::advance_tile(const TileStep& tile) {
  enter(tile.clock, Phase::kEpisodes);
  // lanes whose episode ended in an earlier step and that are not stepped
  LaneList skipped;
  if (autoreset_.skips_ended()) {
    skipped.count = find_nonzero(lanes_.status().data() + tile.first, tile.count, skipped.lanes);
    if (autoreset_.resets_waiting) lanes_.fetch_streams(tile.first, skipped.lanes, skipped.count);
  }
  std::optional<RowsBefore> before;
  if (tile.repetition.shows_largest) {
    before.emplace(RowBuffer(observation_sizes_, tile.count), std::vector<std::uint8_t>(tile.count));
  }
  RowsBefore* const rows_before = before ? &*before : nullptr;
  if (autoreset_.lets_rest) {
    step_beside_resting(tile, skipped, rows_before);
  } else {
    step_and_count(tile, skipped, rows_before);
    if (skipped.count > 0) {
      enter(tile.clock, Phase::kResets);
      reset_lanes(tile.first, skipped.lanes, skipped.count, default_options_.data());
      enter(tile.clock, Phase::kEpisodes);
    }
    for (std::size_t s = 0; s < skipped.count; ++s) tile.truncated[skipped.lanes[s]] = 0;
    if (tile.ended != nullptr) collect_ended(tile);
    if (autoreset_.resets_at_once && tile.ended->count > 0) {
      if (before) {
        const LaneIndex* const lanes = tile.ended->lanes.data();
        show_largest(*before, {.lanes = lanes, .count = tile.ended->count},
                     tile.ended->final_observations.leaves());
        for (std::size_t i = 0; i < tile.ended->count; ++i) before->known[lanes[i]] = 0;
      }
      enter(tile.clock, Phase::kResets);
      reset_lanes(tile.first, tile.ended->lanes.data(), tile.ended->count, default_options_.data());
    }
  }
  enter(tile.clock, Phase::kObservations);
  observe_tile(tile.first, tile.count, tile.observations);
  if (before) show_largest(*before, {.count = tile.count}, tile.observations);
  enter(tile.clock, Phase::kInfos);
  if (tile.infos != nullptr) inform_tile(tile.first, tile.count, *tile.infos);
  if (has_step_infos_ || tile.resets != nullptr) mark_resets(tile, skipped);
}

// Moves States, clocks and the memory of the output by one step.
void Engine::step_and_count(const TileStep& tile, const LaneList& skipped, RowsBefore* before) {
  enter(tile.clock, Phase::kKernel);
  if (autoreset_.steps_past_end) {
    step_past_end(tile);
  } else {
    step_states(tile, skipped);
    enter(tile.clock, Phase::kEpisodes);
    advance_clocks(tile);
  }
  if (stage_) {
    enter(tile.clock, Phase::kObservations);
    advance_stage(tile, skipped);
  }
  if (tile.repetition.steps > 1) {
    enter(tile.clock, Phase::kKernel);
    repeat_step(tile, skipped, before);
  }
  enter(tile.clock, Phase::kEpisodes);
}

// Steps a tile with resting lanes, which stay as they are; none of their episodes ends.
void Engine::step_beside_resting(const TileStep& tile, const LaneList& resting, RowsBefore* before) {
  std::uint8_t* const status = lanes_.status().data() + tile.first;
  std::int32_t* const elapsed = lanes_.elapsed().data() + tile.first;
  std::uint8_t status_before[kTileLanes];
  std::int32_t elapsed_before[kTileLanes];
  for (std::size_t i = 0; i < resting.count; ++i) {
    status_before[i] = status[resting.lanes[i]];
    elapsed_before[i] = elapsed[resting.lanes[i]];
  }
  step_and_count(tile, resting, before);
  for (std::size_t i = 0; i < resting.count; ++i) {
    status[resting.lanes[i]] = 0;
    elapsed[resting.lanes[i]] = elapsed_before[i];
    tile.truncated[resting.lanes[i]] = 0;
  }
  if (tile.ended != nullptr) collect_ended(tile);
  for (std::size_t i = 0; i < resting.count; ++i) status[resting.lanes[i]] = status_before[i];
}

// Steps lanes that continue after the end of their episode.
void Engine::step_past_end(const TileStep& tile) {
  std::uint8_t* const status = lanes_.status().data() + tile.first;
  LaneList ended;
  ended.count = find_nonzero(status, tile.count, ended.lanes);
  std::uint8_t before[kTileLanes];
  for (std::size_t i = 0; i < ended.count; ++i) before[i] = status[ended.lanes[i]];
  step_states(tile, LaneList());
  std::vector<std::uint64_t> scratch;
  for (std::size_t i = 0; i < ended.count; ++i) {
    const LaneIndex lane = ended.lanes[i];
    if (task_.reward_past_end == nullptr || (before[i] & lane_status::kTerminated) == 0) continue;
    tile.rewards[lane] = task_.reward_past_end(tile.rewards[lane], tile.terminated[lane] != 0,
                                               params_.of_lane(tile.first + lane, scratch));
  }
  advance_clocks(tile);
  // once terminated, terminated until the reset
  for (std::size_t i = 0; i < ended.count; ++i) {
    status[ended.lanes[i]] |= before[i] & lane_status::kTerminated;
  }
}

bool Engine::all_rest(std::size_t first, std::size_t count) const {
  if (!autoreset_.lets_rest) return false;
  const std::uint8_t* const status = lanes_.status().data() + first;
  return std::find(status, status + count, std::uint8_t{0}) == status + count;
}

void Engine::mark_starts(std::size_t first, std::size_t count, std::uint8_t* starts) const {
  const std::int32_t* const elapsed = lanes_.elapsed().data() + first;
  for (std::size_t i = 0; i < count; ++i) starts[i] = elapsed[i] == 0 ? 1 : 0;
}

// Writes a row for each lane. A task whose lanes hold no State before their first reset gets zeros there.
template <std::size_t kMost>
void Engine::write_rows(std::size_t first, std::size_t count, const BasicRowSizes<kMost>& sizes,
                        const BasicLeaves<kMost>& rows, decltype(Kernels::observe) write,
                        decltype(Kernels::observe_lanes) write_lanes) {
  if (state_.create == nullptr || num_never_reset_ == 0) return write(view(first), count, rows.at);
  for (LaneIndex i = 0; i < count; ++i) {
    if (is_never_reset(first + i)) {
      sizes.clear_row(rows, i);
    } else {
      write_lanes(view(first), &i, 1, sizes.from(rows, i).at);
    }
  }
}

void Engine::observe_tile(std::size_t first, std::size_t count, const Leaves& observations) {
  if (!observations) return;
  if (stage_) {
    StageSource source(*this);
    return stage_->write(source, {.first = first, .count = count}, observations);
  }
  write_rows(first, count, observation_sizes_, observations, kernels_.observe, kernels_.observe_lanes);
}

// Writes the observations of some lanes of a tile, one row an entry of the list.
void Engine::observe_lanes(std::size_t first, const LaneIndex* lanes, std::size_t count, const Leaves& rows) {
  if (stage_) {
    StageSource source(*this);
    return stage_->write(source, {.first = first, .lanes = lanes, .count = count}, rows);
  }
  kernels_.observe_lanes(view(first), lanes, count, rows.at);
}

void Engine::inform_tile(std::size_t first, std::size_t count, const InfoLeaves& infos) {
  if (infos) write_rows(first, count, info_sizes_, infos, kernels_.inform, kernels_.inform_lanes);
}

// Makes zeros of a lane's infos that only steps report.
void Engine::clear_step_infos(const InfoLeaves& infos, std::size_t row) const {
  for (std::size_t k = 0; infos && k < infos_.size(); ++k) {
    if (infos_[k].at_reset) continue;
    const std::size_t bytes = info_sizes_.bytes[k];
    std::memset(static_cast<std::byte*>(infos.at[k]) + row * bytes, 0, bytes);
  }
}

// Tells which lanes of a tile the step has reset; their infos are those of a reset.
void Engine::mark_resets(const TileStep& tile, const LaneList& skipped) const {
  const bool at_once = autoreset_.resets_at_once;
  const LaneIndex* const lanes = at_once ? tile.ended->lanes.data() : skipped.lanes;
  std::size_t count = 0;
  if (at_once) count = tile.ended->count;
  if (autoreset_.resets_waiting) count = skipped.count;
  if (tile.resets != nullptr) std::memset(tile.resets, 0, tile.count);
  for (std::size_t i = 0; i < count; ++i) {
    if (tile.resets != nullptr) tile.resets[lanes[i]] = 1;
    if (tile.infos != nullptr) clear_step_infos(*tile.infos, lanes[i]);
  }
}

}  // namespace plyo
