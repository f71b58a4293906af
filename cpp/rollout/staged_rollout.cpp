#include "staged_rollout.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "../engine/errors.hpp"

namespace plyo {
namespace {

// Lanes that a policy is asked for together.
constexpr std::size_t kPolicyLanes = 128;

void copy_rows(const RowSizes& sizes, const Leaves& to, const ConstLeaves& from, std::size_t count) {
  for (std::size_t k = 0; to && k < sizes.count; ++k)
    std::memcpy(to.at[k], from.at[k], count * sizes.bytes[k]);
}

// Tells a policy that remembers which lanes begin an episode.
void begin_episodes(const Engine& engine, Policy& policy, const LaneRange& lanes) {
  if (policy.hidden_shape().size() == 0) return;
  std::vector<std::uint8_t> starts(lanes.count);
  engine.mark_starts(lanes.first, lanes.count, starts.data());
  policy.begin_episodes(lanes.first, lanes.count, starts.data());
}

}  // namespace

StagedRollout::StagedRollout(Engine& engine, StageChain& chain, std::vector<RowSizes> sizes,
                             const RolloutRequest& request)
    : engine_(engine),
      chain_(chain),
      sizes_(std::move(sizes)),
      request_(request),
      tile_lanes_(std::min(kPolicyLanes, engine.max_tile_lanes())),
      num_tiles_((engine.num_envs() + tile_lanes_ - 1) / tile_lanes_),
      threads_(engine.num_threads()),
      repetition_(chain.repetition(request.rounds_rewards)),
      actions_(engine.action_sizes(), engine.num_envs()),
      rewards_(engine.num_envs()),
      terminated_(engine.num_envs()),
      truncated_(engine.num_envs()),
      resting_(engine.num_envs()),
      waiting_(engine.num_envs()),
      first_ended_of_tile_(num_tiles_),
      next_poll_(Clock::now() + ThreadPool::kPollInterval) {
  const std::size_t num_envs = engine.num_envs();
  const bool keeps_finals = engine.autoreset().resets_at_once;
  observation_rows_.reserve(sizes_.size());
  final_rows_.reserve(sizes_.size());
  for (const RowSizes& row : sizes_) {
    step_.observations.push_back(observation_rows_.emplace_back(row, num_envs).leaves());
    step_.finals.push_back(final_rows_.emplace_back(row, keeps_finals ? num_envs : 0).leaves());
  }
  ended_.reserve(num_envs);
  ended_of_tile_.reserve(num_tiles_);
  for (std::size_t i = 0; i < num_tiles_; ++i) {
    ended_of_tile_.emplace_back(tile_lanes_, keeps_finals ? sizes_.front() : RowSizes());
  }
  step_.num_envs = num_envs;
  step_.rewards = rewards_.data();
  step_.rounds_rewards = request.rounds_rewards;
  step_.terminated = terminated_.data();
  step_.waiting = waiting_.data();
  step_.has_finals = keeps_finals;
  if (keeps_finals) episodes_.final_observations.resize(sizes_.back().count);
}

void StagedRollout::begin() {
  for (std::size_t first = 0; first < engine_.num_envs(); first += tile_lanes_) {
    const std::size_t count = std::min(tile_lanes_, engine_.num_envs() - first);
    engine_.observe_tile(first, count, sizes_.front().from(step_.observations.front(), first));
  }
  chain_.show(step_, 1);
  copy_rows(sizes_.back(), request_.arrays.observations, observations(), engine_.num_envs());
}

bool StagedRollout::is_stopped() {
  if (request_.poll == nullptr) return false;
  if ((*request_.poll)()) stop_.store(true, std::memory_order_relaxed);
  DefaultFloatMode::renew();
  next_poll_ = Clock::now() + ThreadPool::kPollInterval;
  return stop_.load(std::memory_order_relaxed);
}

void StagedRollout::step_tile(std::size_t tile, const Leaves& actions, PhaseClock* clock) {
  const std::size_t first = tile * tile_lanes_;
  const std::size_t count = std::min(tile_lanes_, engine_.num_envs() - first);
  engine_.step_tile({.first = first,
                     .count = count,
                     .actions = engine_.action_sizes().from(actions, first),
                     .observations = sizes_.front().from(step_.observations.front(), first),
                     .rewards = rewards_.data() + first,
                     .terminated = terminated_.data() + first,
                     .truncated = truncated_.data() + first,
                     .resets = agents_.empty() ? nullptr : agents_[tile]->resets(),
                     .ended = &ended_of_tile_[tile],
                     .clock = clock,
                     .repetition = repetition_});
  round_rewards(step_, {first, count});
}

// Calls `work(tile, lanes)` for all tiles, by several threads if that is worth it.
template <class Work>
void StagedRollout::for_tiles(double nanoseconds_per_lane, const Work& work) {
  const double all = nanoseconds_per_lane * static_cast<double>(engine_.num_envs());
  const auto poll = [this] { return is_stopped(); };
  const ThreadPool::Poll poll_ref(poll);
  ThreadPool::shared().run(
      num_tiles_, all < Engine::kInlineNanoseconds ? 1 : threads_,
      [&](std::size_t tile) {
        const std::size_t first = tile * tile_lanes_;
        work(tile, LaneRange{first, std::min(tile_lanes_, engine_.num_envs() - first)});
      },
      request_.poll == nullptr ? nullptr : &poll_ref);
  if (stop_.load()) throw Interrupted();
}

// `choose(tile, lanes)` returns the actions of a tile.
template <class Choose>
void StagedRollout::take_with(const Choose& choose, bool may_be_invalid, double nanoseconds_per_lane,
                              std::size_t t, double now) {
  if (Clock::now() >= next_poll_ && is_stopped()) throw Interrupted();
  const RowSizes& sizes = engine_.action_sizes();
  const Leaves& own = actions_.leaves();
  const std::size_t num_envs = engine_.num_envs();
  const std::size_t row = t * num_envs;
  const double nanoseconds = nanoseconds_per_lane * static_cast<double>(num_envs);
  const Profile::Call call(engine_.profile(), nanoseconds < Engine::kInlineNanoseconds ? 1 : threads_,
                           nanoseconds, num_envs);
  PhaseClock clock(call.measured(), call.weight());
  for_tiles(nanoseconds_per_lane, [&](std::size_t tile, const LaneRange& lanes) {
    PhaseClock tile_clock(call.measured(), call.weight());
    tile_clock.enter(Phase::kPolicy);
    const ConstLeaves chosen = choose(tile, lanes);
    tile_clock.enter(Phase::kActions);
    const Leaves mine = sizes.from(own, lanes.first);
    if (chosen.at[0] != mine.at[0]) {
      copy_rows(sizes, mine, chosen, lanes.count);
    } else if (!may_be_invalid) {
      engine_.flush_denormals(mine, lanes.count);
    }
    copy_rows(sizes, sizes.from(request_.arrays.actions, row + lanes.first), mine, lanes.count);
    if (chain_.changes_actions()) chain_.act(own.at[0], lanes);
    if (may_be_invalid || chain_.changes_actions()) engine_.check_actions(mine, lanes.first, lanes.count);
    if (chain_.settles_actions()) chain_.settle(own.at[0], lanes);
    step_tile(tile, own, &tile_clock);
  });
  clock.enter(Phase::kEpisodes);
  list_ended(t);
  step_.now = now;
  step_.resting = any_resting_ ? resting_.data() : nullptr;
  clock.enter(Phase::kWrappers);
  chain_.run(step_, threads_);
  clock.enter(Phase::kRecords);
  record(t);
}

// Makes all that a policy and its records need, before the first step.
void StagedRollout::make_agents(const Policy& policy) {
  scratch_.resize(num_tiles_);
  for (PolicyScratch& scratch : scratch_) policy.make_room(scratch, tile_lanes_);
  if (!request_.agent.any()) return;
  for (std::size_t tile = 0; tile < num_tiles_; ++tile) {
    agents_.push_back(
        std::make_unique<AgentRows>(request_.agent, engine_.autoreset(),
                                    AgentRows::Shape{.num_steps = request_.num_steps,
                                                     .num_envs = engine_.num_envs(),
                                                     .max_lanes = tile_lanes_,
                                                     .raw_action_size = policy.raw_action_size(),
                                                     .observations = sizes_.back()},
                                    TileRows::Options{.is_private = request_.shares_arrays}));
    const std::size_t first = tile * tile_lanes_;
    agents_.back()->aim(first, std::min(tile_lanes_, engine_.num_envs() - first));
  }
}

// Asks a policy for the actions of a tile. What it is to know of the step before is told first: the stages had to
// complete that step.
ConstLeaves StagedRollout::choose(Policy& policy, std::size_t tile, const LaneRange& lanes, std::size_t t) {
  AgentRows* const agent = agents_.empty() ? nullptr : agents_[tile].get();
  if (agent != nullptr && t > 0) add_agent_step(policy, tile, t - 1);
  begin_episodes(engine_, policy, lanes);
  if (agent != nullptr && t == 0) agent->keep_hidden(policy);
  const ConstLeaves chosen =
      policy.act({.first_lane = lanes.first,
                  .count = lanes.count,
                  .time = t,
                  .observations = sizes_.back().from(observations(), lanes.first),
                  .actions = engine_.action_sizes().from(actions_.leaves(), lanes.first),
                  .scratch = &scratch_[tile],
                  .notes = agent != nullptr ? agent->notes(t) : PolicyNotes()});
  if (agent != nullptr) agent->keep_notes(t);
  return chosen;
}

void StagedRollout::take(Policy& policy, std::size_t t, double now) {
  if (scratch_.empty()) make_agents(policy);
  take_with([&](std::size_t tile, const LaneRange& lanes) { return choose(policy, tile, lanes, t); },
            policy.may_be_invalid(), engine_.nanoseconds_per_lane() + policy.nanoseconds_per_lane(), t, now);
}

void StagedRollout::take(const ConstLeaves& actions, std::size_t t, double now) {
  take_with([&](std::size_t /*tile*/,
                const LaneRange& lanes) { return engine_.action_sizes().from(actions, lanes.first); },
            true, engine_.nanoseconds_per_lane(), t, now);
}

// Tells the records of a tile about a step that the stages have completed.
void StagedRollout::add_agent_step(Policy& policy, std::size_t tile, std::size_t t) {
  const std::size_t first = tile * tile_lanes_;
  AgentStep step{.rewards = rewards_.data() + first,
                 .terminated = terminated_.data() + first,
                 .truncated = truncated_.data() + first};
  if (step_.has_finals) {
    step.num_ended = ended_of_tile_[tile].count;
    step.ended = ended_of_tile_[tile].lanes.data();
    step.final_observations = sizes_.back().from(step_.finals.back(), first_ended_of_tile_[tile]);
  }
  agents_[tile]->add_step(t, step, policy, scratch_[tile]);
}

// Lists the lanes whose episodes have ended, and brings their last observations together.
void StagedRollout::list_ended(std::size_t t) {
  ended_.clear();
  if (any_resting_) {
    std::memcpy(waiting_.data(), resting_.data(), resting_.size());
  } else {
    std::memset(waiting_.data(), 0, waiting_.size());
  }
  for (std::size_t tile = 0; tile < num_tiles_; ++tile) {
    const EndedLanes& ended = ended_of_tile_[tile];
    first_ended_of_tile_[tile] = ended_.size();
    for (std::size_t i = 0; i < ended.count; ++i) {
      if (step_.has_finals) {
        sizes_.front().copy_row(step_.finals.front(), ended_.size(), ended.final_observations.leaves(), i);
      }
      ended_.push_back(static_cast<std::int64_t>(tile * tile_lanes_ + ended.lanes[i]));
      waiting_[static_cast<std::size_t>(ended_.back())] = 1;
      if (!request_.record_episodes) continue;
      episodes_.times.push_back(static_cast<std::int64_t>(t));
      episodes_.lanes.push_back(ended_.back());
      episodes_.returns.push_back(ended.returns[i]);
      episodes_.lengths.push_back(ended.lengths[i]);
    }
  }
  step_.ended = ended_;
}

void StagedRollout::record(std::size_t t) {
  const std::size_t num_envs = engine_.num_envs();
  const TrajectoryArrays& out = request_.arrays;
  const std::size_t row = t * num_envs;
  if (out.rewards != nullptr) std::memcpy(out.rewards + row, rewards_.data(), num_envs * sizeof(double));
  if (out.terminated != nullptr) std::memcpy(out.terminated + row, terminated_.data(), num_envs);
  if (out.truncated != nullptr) std::memcpy(out.truncated + row, truncated_.data(), num_envs);
  if (t + 1 < request_.num_steps) {
    copy_rows(sizes_.back(), sizes_.back().from(out.observations, row + num_envs), observations(), num_envs);
  }
  if (request_.record_episodes && step_.has_finals) {
    for (std::size_t k = 0; k < sizes_.back().count; ++k) {
      const auto* const rows = static_cast<const std::byte*>(step_.finals.back().at[k]);
      std::vector<std::byte>& all = episodes_.final_observations[k];
      all.insert(all.end(), rows, rows + ended_.size() * sizes_.back().bytes[k]);
    }
  }
  if (!engine_.autoreset().lets_rest) return;
  for (const std::int64_t lane : ended_) resting_[static_cast<std::size_t>(lane)] = 1;
  any_resting_ = any_resting_ || !ended_.empty();
}

EndedEpisodes StagedRollout::finish(Policy& policy) {
  if (!agents_.empty()) {
    for_tiles(policy.nanoseconds_per_lane(), [&](std::size_t tile, const LaneRange& lanes) {
      add_agent_step(policy, tile, request_.num_steps - 1);
      begin_episodes(engine_, policy, lanes);
      agents_[tile]->finish(policy, sizes_.back().from(observations(), lanes.first), scratch_[tile]);
    });
  } else {
    begin_episodes(engine_, policy, {0, engine_.num_envs()});
  }
  return finish();
}

EndedEpisodes StagedRollout::finish() {
  copy_rows(sizes_.back(), request_.arrays.last_observations, observations(), engine_.num_envs());
  return std::move(episodes_);
}

double stage_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

EndedEpisodes staged_rollout(Engine& engine, StageChain& chain, const std::vector<RowSizes>& sizes,
                             Policy& policy, const PolicyBatch& face, const RolloutRequest& request,
                             double clock_offset) {
  const Engine::Exclusive policy_guard = policy.exclusive();
  FirstMemory first(policy);
  std::optional<Engine::Backup> before;
  Policy::Memory memory_before;
  try {
    policy.prepare(face, request.num_steps);
    check_agent_records(request.agent, policy);
    StagedRollout rollout(engine, chain, sizes, request);
    before.emplace(engine.backup());
    memory_before = policy.memory();
    rollout.begin();
    for (std::size_t t = 0; t < request.num_steps; ++t) {
      rollout.take(policy, t, stage_seconds() + clock_offset);
    }
    EndedEpisodes ended = rollout.finish(policy);
    if (request.deliver != nullptr) (*request.deliver)(ended);
    return ended;
  } catch (...) {
    if (before) {
      engine.undo(std::move(*before));
      policy.memory() = std::move(memory_before);
    }
    first.forget();
    throw;
  }
}

}  // namespace plyo
