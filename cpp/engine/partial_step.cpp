// Steps and resets of some lanes, which the caller lists in any order.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "engine.hpp"
#include "episode_clock.hpp"
#include "errors.hpp"
#include "find_nonzero.hpp"

namespace plyo {
namespace {

// Writes one row a listed lane of a tile: at once where their rows follow each other, else by way of a
// buffer. `write(rows)` writes them one after the other.
template <std::size_t kMost, class Write>
void write_rows_of(const LaneListing& listing, std::size_t first, const LaneIndex* lanes, std::size_t count,
                   const BasicRowSizes<kMost>& sizes, const BasicLeaves<kMost>& rows, const Write& write) {
  const std::size_t start = listing.row_of(first + lanes[0]);
  bool in_order = true;
  for (std::size_t i = 0; i < count; ++i) in_order &= listing.row_of(first + lanes[i]) == start + i;
  if (in_order) return write(sizes.from(rows, start));
  const BasicRowBuffer<kMost> buffer(sizes, count);
  write(buffer.leaves());
  for (std::size_t i = 0; i < count; ++i) {
    sizes.copy_row(rows, listing.row_of(first + lanes[i]), buffer.leaves(), i);
  }
}

}  // namespace

void Engine::check_listed_steppable(std::span<const std::int64_t> lanes) const {
  for (const std::int64_t listed : lanes) {
    const auto lane = static_cast<std::size_t>(listed);
    if (is_never_reset(lane)) refuse_never_reset(lane);
    if (autoreset_.lets_rest && lanes_.status()[lane] != 0) refuse_ended(lane);
  }
}

// Copies the actions, which another thread may be writing, checks the copy, and brings it to the lanes' places.
void Engine::take_listed_actions(std::span<const std::int64_t> lanes, const ConstLeaves& actions) {
  const RowSizes& sizes = action_sizes_;
  const RowBuffer copy(sizes, lanes.size());
  const Leaves& own = own_actions_.leaves();
  for (std::size_t k = 0; k < sizes.count; ++k) {
    if (!lanes.empty()) std::memcpy(copy.leaves().at[k], actions.at[k], lanes.size() * sizes.bytes[k]);
  }
  bool legal = true;
  for (std::size_t k = 0; k < sizes.count; ++k)
    legal &= has_plain_actions(k, copy.leaves().at[k], lanes.size());
  for (std::size_t row = 0; row < lanes.size(); ++row) {
    const auto lane = static_cast<std::size_t>(lanes[row]);
    sizes.copy_row(own, lane, copy.leaves(), row);
    if (legal) continue;
    try {
      check_actions(sizes.from(own, lane), lane, 1);
    } catch (const InvalidAction& error) {
      // the caller's array has another row
      InvalidAction placed = error;
      const std::size_t size = action_space_.leaves[error.leaf].values_per_lane();
      placed.index = row * size + error.index % size;
      throw placed;
    }
  }
}

// Writes the observations and infos of some lanes of a tile.
void Engine::write_listed(std::size_t first, const LaneList& lanes, const Leaves& observations,
                          const InfoLeaves* infos) {
  const auto rows_of = [&](const auto& sizes, const auto& rows, const auto& write) {
    write_rows_of(listing_, first, lanes.lanes, lanes.count, sizes, rows, write);
  };
  rows_of(observation_sizes_, observations,
          [&](const Leaves& rows) { observe_lanes(first, lanes.lanes, lanes.count, rows); });
  if (infos == nullptr || !*infos) return;
  rows_of(info_sizes_, *infos, [&](const InfoLeaves& rows) {
    kernels_.inform_lanes(view(first), lanes.lanes, lanes.count, rows.at);
  });
}

// Steps some lanes of a tile. The arrays are by lane.
void Engine::step_listed_states(const TileStep& tile, const LaneList& going) {
  let_fail_alone(tile.first, "a step", [&] {
    kernels_.step_lanes(view(tile.first), going.lanes, going.count, tile.actions.at, tile.rewards,
                        tile.terminated);
  });
  advance_listed(tile, going);
}

// Moves the clocks, returns and status of some lanes by the step just taken, and the memory of the output.
void Engine::advance_listed(const TileStep& tile, const LaneList& going) {
  const std::int32_t limit = config_.max_episode_steps;
  for (std::size_t i = 0; i < going.count; ++i) {
    const LaneIndex in_tile = going.lanes[i];
    const std::size_t lane = tile.first + in_tile;
    const std::int32_t now = next_tick(lanes_.elapsed()[lane]);
    lanes_.elapsed()[lane] = now;
    tile.truncated[in_tile] = limit != kNoTimeLimit && now >= limit ? 1 : 0;
    lanes_.status()[lane] = status_after(tile.terminated[in_tile], tile.truncated[in_tile]);
    lanes_.returns()[lane] += tile.rewards[in_tile];
  }
  if (stage_) {
    StageSource source(*this);
    stage_->advance(source, {.first = tile.first, .lanes = going.lanes, .count = going.count});
  }
}

// Steps the listed lanes of a tile. Those that wait for a reset are reset.
void Engine::step_listed_tile(std::size_t tile, const StepArrays& out, EndedLanes& ended, PhaseClock& clock) {
  const std::size_t first = tile * tile_lanes_;
  LaneList lanes, going, waiting;
  lanes.count = listing_.lanes_of(tile, lanes.lanes);
  double rewards[kTileLanes];
  std::uint8_t terminated[kTileLanes], truncated[kTileLanes];
  for (std::size_t i = 0; i < lanes.count; ++i) {
    const LaneIndex lane = lanes.lanes[i];
    const bool waits = autoreset_.resets_waiting && lanes_.status()[first + lane] != 0;
    LaneList& list = waits ? waiting : going;
    list.lanes[list.count++] = lane;
    rewards[lane] = 0;
    terminated[lane] = truncated[lane] = 0;
  }
  clock.enter(Phase::kKernel);
  step_listed_states({.first = first,
                      .actions = action_sizes_.from(ConstLeaves(own_actions_.leaves()), first),
                      .rewards = rewards,
                      .terminated = terminated,
                      .truncated = truncated},
                     going);
  clock.enter(Phase::kResets);
  if (waiting.count > 0) reset_lanes(first, waiting.lanes, waiting.count, default_options_.data());
  clock.enter(Phase::kEpisodes);
  ended.count = 0;
  for (std::size_t i = 0; i < going.count; ++i) {
    if (lanes_.status()[first + going.lanes[i]] != 0) ended.lanes[ended.count++] = going.lanes[i];
  }
  describe_ended(first, ended);
  if (autoreset_.resets_at_once && ended.count > 0) {
    clock.enter(Phase::kResets);
    reset_lanes(first, ended.lanes.data(), ended.count, default_options_.data());
  }
  clock.enter(Phase::kObservations);
  write_listed(first, lanes, out.observations, out.infos);
  clock.enter(Phase::kInfos);
  for (std::size_t i = 0; i < lanes.count; ++i) {
    const LaneIndex lane = lanes.lanes[i];
    const std::size_t row = listing_.row_of(first + lane);
    if (out.float_rewards != nullptr) {
      out.float_rewards[row] = static_cast<float>(rewards[lane]);
    } else {
      out.rewards[row] = rewards[lane];
    }
    out.terminated[row] = terminated[lane];
    out.truncated[row] = truncated[lane];
  }
  for (std::size_t i = 0; i < ended.count; ++i) {
    write_ended(out, ended, i, listing_.row_of(first + ended.lanes[i]));
  }
  const bool at_once = autoreset_.resets_at_once;
  const LaneIndex* const reset = at_once ? ended.lanes.data() : waiting.lanes;
  for (std::size_t i = 0; i < (at_once ? ended.count : waiting.count); ++i) {
    const std::size_t row = listing_.row_of(first + reset[i]);
    if (out.resets != nullptr) out.resets[row] = 1;
    if (out.infos != nullptr) clear_step_infos(*out.infos, row);
  }
}

bool Engine::step_listed(std::span<const std::int64_t> lanes, const ConstLeaves& actions,
                         const StepArrays& out) {
  const Exclusive guard = exclusive();
  if (autoreset_.steps_past_end) {
    throw std::invalid_argument("lanes that are stepped past the end of their episodes step together");
  }
  listing_.set(lanes);
  check_listed_steppable(lanes);
  const int threads = threads_for(lanes.size());
  const Profile::Call call(profile(), threads, nanoseconds_per_lane_ * static_cast<double>(lanes.size()),
                           lanes.size());
  {
    PhaseClock clock(call.measured(), call.weight());
    clock.enter(Phase::kActions);
    take_listed_actions(lanes, actions);
  }
  if (out.resets != nullptr) std::memset(out.resets, 0, lanes.size());
  if (out.episode_returns != nullptr) {
    std::fill_n(out.episode_returns, lanes.size(), 0.0);
    std::fill_n(out.episode_lengths, lanes.size(), 0);
    if (out.episode_times != nullptr) std::fill_n(out.episode_times, lanes.size(), 0.0);
  }
  const std::span<const std::size_t> tiles = listing_.tiles();
  const std::size_t num_chunks =
      threads == 1 ? 1 : std::min(tiles.size(), 16 * static_cast<std::size_t>(threads));
  make_room_for_ended(num_chunks);
  std::atomic<bool> any{false};
  {
    const ForgetOnFailure forget(*this);
    ThreadPool::shared().run(num_chunks, threads, [&](std::size_t chunk) {
      PhaseClock clock(call.measured(), call.weight());
      for (std::size_t t = tiles.size() * chunk / num_chunks; t < tiles.size() * (chunk + 1) / num_chunks;
           ++t) {
        const std::size_t first = tiles[t] * tile_lanes_;
        try {
          step_listed_tile(tiles[t], out, ended_[chunk], clock);
        } catch (const std::bad_alloc&) {
          throw;
        } catch (const std::exception& error) {
          throw step_failure(first, std::min(tile_lanes_, num_envs() - first), error);
        }
        if (ended_[chunk].count > 0) any.store(true, std::memory_order_relaxed);
      }
    });
  }
  raise_failures();
  return any.load();
}

void Engine::reset_listed(std::span<const std::int64_t> lanes, const Seeds& seeds, const NamedValues& options,
                          Leaves observations, InfoLeaves infos, const ParamRequest& params,
                          const FunctionRef<void()>* before) {
  const Exclusive guard = exclusive();
  const std::vector<std::byte> parsed = parse_options(options);
  listing_.set(lanes);
  if (!lanes.empty()) set_before_reset(params);
  if (before != nullptr) (*before)();
  const auto work = [&](std::size_t tile) {
    const std::size_t first = tile * tile_lanes_;
    LaneList chosen;
    chosen.count = listing_.lanes_of(tile, chosen.lanes);
    for (std::size_t i = 0; i < chosen.count; ++i) {
      const std::size_t lane = first + chosen.lanes[i];
      seed_lane(lane, seeds, listing_.row_of(lane));
    }
    reset_lanes(first, chosen.lanes, chosen.count, parsed.data());
    write_listed(first, chosen, observations, &infos);
    for (std::size_t i = 0; has_step_infos_ && i < chosen.count; ++i) {
      clear_step_infos(infos, listing_.row_of(first + chosen.lanes[i]));
    }
  };
  const std::span<const std::size_t> tiles = listing_.tiles();
  {
    const ForgetOnFailure forget(*this);
    // seeding costs about ten steps
    const int threads = threads_for(10 * lanes.size());
    const Profile::Call call(profile(), threads, Profile::kAlways, 0);
    ThreadPool::shared().run(tiles.size(), threads, [&](std::size_t t) {
      PhaseClock clock(call.measured(), call.weight());
      clock.enter(Phase::kResets);
      work(tiles[t]);
    });
  }
  count_never_reset();
  raise_failures();
}

}  // namespace plyo
