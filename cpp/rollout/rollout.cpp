#include "rollout.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"
#include "tile_workspace.hpp"

namespace plyo {
namespace {

using Clock = std::chrono::steady_clock;

// Rollouts expected to be shorter than this are not interrupted.
constexpr double kInterruptibleNanoseconds = 10e6;

// Lanes that go through the steps together: with their streams and the policy's they fit into the first-level
// cache.
constexpr std::size_t kRolloutLanes = 128;

// Trajectories larger than this are written past the caches.
constexpr std::size_t kCachedBytes = std::size_t{1} << 20;

// One rollout while it runs.
class Runner {
 public:
  Runner(Engine& engine, Policy& policy, const RolloutRequest& request)
      : engine_(engine),
        policy_(policy),
        request_(request),
        observation_sizes_(engine.observation_sizes()),
        action_sizes_(engine.action_sizes()) {
    const double work = engine.nanoseconds_per_lane() + policy.nanoseconds_per_lane();
    nanoseconds_per_lane_ = work;
    remembers_ = policy.hidden_shape().size() > 0;
    nanoseconds_ = work * static_cast<double>(request.num_steps) * static_cast<double>(engine.num_envs());
    const double steps = 1e6 / (work * static_cast<double>(Engine::kTileLanes));  // of a tile in 1 ms
    stop_stride_ = static_cast<std::size_t>(std::clamp(steps, 1.0, 16.0));
    interruptible_ = request_.poll != nullptr && nanoseconds_ > kInterruptibleNanoseconds;
  }

  EndedEpisodes run() {
    plan_tiles();
    const Profile::Call call(engine_.profile(), threads_, nanoseconds_,
                             request_.num_steps * engine_.num_envs());
    profile_ = call.measured();
    profile_weight_ = call.weight();
    // where nothing can fail once the first lane has moved, there is nothing to undo
    if (request_.undoes && (interruptible_ || policy_.may_be_invalid() || request_.record_episodes ||
                            request_.deliver != nullptr || engine_.steps_may_fail())) {
      before_.emplace(engine_.backup());
      memory_before_ = policy_.memory();
    }
    try {
      run_tiles();
      EndedEpisodes ended = merge(episodes_, observation_sizes_);
      if (request_.deliver != nullptr) (*request_.deliver)(ended);
      return ended;
    } catch (...) {
      if (before_) {
        engine_.undo(std::move(*before_));
        policy_.memory() = std::move(memory_before_);
      }
      throw;
    }
  }

 private:
  // Decides about tiles and threads, and makes all that they will need.
  void plan_tiles() {
    threads_ = nanoseconds_ < Engine::kInlineNanoseconds ? 1 : engine_.num_threads();
    const auto threads = static_cast<std::size_t>(threads_);
    const std::size_t share = (engine_.num_envs() + threads - 1) / threads;
    past_caches_ = recorded_bytes() * request_.num_steps * engine_.num_envs() > kCachedBytes;
    const std::size_t most = std::min(kRolloutLanes, engine_.max_tile_lanes());
    const std::size_t unit = std::min(kLaneUnit, most);
    tile_lanes_ = std::min(most, (share + unit - 1) / unit * unit);
    num_tiles_ = (engine_.num_envs() + tile_lanes_ - 1) / tile_lanes_;
    episodes_.resize(num_tiles_);
    const std::size_t at_once = std::min<std::size_t>({threads, num_tiles_, ThreadPool::kMaxThreads});
    for (std::size_t i = 0; i < at_once; ++i) workspaces_.add(make_workspace());
  }

  std::unique_ptr<TileWorkspace> make_workspace() const {
    const TrajectoryArrays& out = request_.arrays;
    const TileRows::Options flags{.copy = past_caches_ ? &copy_ : nullptr};
    // observations for the policy and actions for the kernel are in memory that no other thread can write
    const TileRows::Options rows{.copy = flags.copy, .is_private = request_.shares_arrays};
    const std::size_t lanes = tile_lanes_;
    const std::size_t envs = engine_.num_envs();
    auto made = std::make_unique<TileWorkspace>(
        TileWorkspace{.observations = {out.observations, observation_sizes_, envs, lanes, rows},
                      .actions = {out.actions, action_sizes_, envs, lanes, rows},
                      .rewards = {out.rewards, sizeof(double), envs, lanes, flags},
                      .terminated = {out.terminated, 1, envs, lanes, flags},
                      .truncated = {out.truncated, 1, envs, lanes, flags},
                      .checked_actions = {},
                      .ended = {},
                      .agent = {},
                      .last_observations = {},
                      .policy = {}});
    if (policy_.may_be_invalid()) made->checked_actions.resize(action_sizes_, lanes);
    if (request_.record_episodes || keeps_finals()) {
      made->ended.emplace(lanes, keeps_finals() ? observation_sizes_ : RowSizes());
    }
    if (request_.agent.any()) {
      made->agent.emplace(request_.agent, engine_.autoreset(),
                          AgentRows::Shape{.num_steps = request_.num_steps,
                                           .num_envs = envs,
                                           .max_lanes = lanes,
                                           .raw_action_size = policy_.raw_action_size(),
                                           .observations = observation_sizes_},
                          rows);
      if (made->agent->needs_last() && !out.last_observations) {
        made->last_observations.resize(observation_sizes_, lanes);
      }
    }
    policy_.make_room(made->policy, lanes);
    return made;
  }

  bool keeps_finals() const { return engine_.autoreset().resets_at_once; }

  void run_tiles() {
    const std::thread::id caller = std::this_thread::get_id();
    const auto poll = [this] { return poll_caller(); };
    const ThreadPool::Poll poll_ref(poll);
    ThreadPool::shared().run(
        num_tiles_, threads_,
        [&](std::size_t tile) { run_tile(tile, interruptible_ && std::this_thread::get_id() == caller); },
        interruptible_ ? &poll_ref : nullptr);
    if (stop_.load()) throw Interrupted();
  }

  bool poll_caller() {
    if ((*request_.poll)()) stop_.store(true, std::memory_order_relaxed);
    DefaultFloatMode::renew();
    return stop_.load(std::memory_order_relaxed);
  }

  // The recorded bytes of one step of one lane.
  std::size_t recorded_bytes() const {
    const TrajectoryArrays& out = request_.arrays;
    return (out.observations ? observation_sizes_.total : 0) + (out.actions ? action_sizes_.total : 0) +
           (out.rewards != nullptr ? sizeof(double) : 0) + (out.terminated != nullptr ? 1 : 0) +
           (out.truncated != nullptr ? 1 : 0) + request_.agent.bytes(policy_.raw_action_size());
  }

  // Whether a tile has to be left: a stop is noticed within a few thousand steps of one lane, or sooner if
  // they are expensive.
  bool is_stopped(std::size_t t, bool polls, Clock::time_point& next_poll) {
    if (!interruptible_ || t % stop_stride_ != 0) return false;
    if (stop_.load(std::memory_order_relaxed)) return true;
    if (!polls || Clock::now() < next_poll) return false;
    const bool stopped = poll_caller();
    next_poll = Clock::now() + ThreadPool::kPollInterval;
    return stopped;
  }

  // Tells a policy that remembers which lanes of a tile begin an episode.
  void begin_episodes(std::size_t first, std::size_t count) {
    if (!remembers_) return;
    std::uint8_t starts[kRolloutLanes];
    engine_.mark_starts(first, count, starts);
    policy_.begin_episodes(first, count, starts);
  }

  // Calls the policy, and records and checks its actions.
  ConstLeaves choose(TileWorkspace& work, std::size_t first, std::size_t count, std::size_t t,
                     PhaseClock* clock) {
    const ConstLeaves chosen = policy_.act({.first_lane = first,
                                            .count = count,
                                            .time = t,
                                            .observations = work.observations.at(t),
                                            .actions = work.actions.at(t),
                                            .scratch = &work.policy,
                                            .notes = work.agent ? work.agent->notes(t) : PolicyNotes()});
    enter(clock, Phase::kRecords);
    if (work.agent) work.agent->keep_notes(t);
    if (!policy_.may_be_invalid()) {
      if (chosen.at[0] == work.actions.at(t).at[0]) engine_.flush_denormals(work.actions.at(t), count);
      work.actions.keep(t, chosen);
      return chosen;
    }
    const Leaves& own = work.checked_actions.leaves();
    for (std::size_t k = 0; k < action_sizes_.count; ++k) {
      std::memcpy(own.at[k], chosen.at[k], count * action_sizes_.bytes[k]);
    }
    work.actions.keep(t, own);
    engine_.check_actions(own, first, count);
    return own;
  }

  // Takes one tile through all steps.
  void run_tile(std::size_t tile, bool polls) {
    const TileWorkspaces::Loan loan(workspaces_);
    TileWorkspace& work = *loan;
    const std::size_t first = tile * tile_lanes_;
    const std::size_t count = std::min(tile_lanes_, engine_.num_envs() - first);
    work.aim(first, count);
    const bool observes = work.observations.recorded() || policy_.needs_observations();
    const Leaves last = request_.arrays.last_observations
                            ? observation_sizes_.from(request_.arrays.last_observations, first)
                            : work.last_observations.leaves();

    const bool records_steps = recorded_bytes() > 0 || work.agent;
    if (observes) engine_.observe_tile(first, count, work.observations.at(0));
    begin_episodes(first, count);
    if (work.agent) work.agent->keep_hidden(policy_);
    Clock::time_point next_poll = Clock::now() + ThreadPool::kPollInterval;
    PhaseClock tile_clock = PhaseClock::of_steps(
        profile_, profile_weight_, nanoseconds_per_lane_ * static_cast<double>(count), request_.num_steps);
    for (std::size_t t = 0; t < request_.num_steps; ++t) {
      if (is_stopped(t, polls, next_poll)) return;
      PhaseClock* const clock = tile_clock.next();
      enter(clock, Phase::kPolicy);
      // lanes that all rest change nothing any more, nor does a policy without memory
      if (!records_steps && !policy_.has_memory() && engine_.all_rest(first, count)) {
        if (last) engine_.observe_tile(first, count, last);
        break;
      }
      const ConstLeaves chosen = choose(work, first, count, t, clock);
      work.observations.finish(t);
      const bool is_last = t + 1 == request_.num_steps;
      engine_.step_tile({.first = first,
                         .count = count,
                         .actions = chosen,
                         .observations = is_last ? last : (observes ? work.observations.at(t + 1) : Leaves()),
                         .rewards = reinterpret_cast<double*>(work.rewards.at(t)),
                         .terminated = reinterpret_cast<std::uint8_t*>(work.terminated.at(t)),
                         .truncated = reinterpret_cast<std::uint8_t*>(work.truncated.at(t)),
                         .resets = work.agent ? work.agent->resets() : nullptr,
                         .ended = work.ended ? &*work.ended : nullptr,
                         .clock = clock});
      enter(clock, Phase::kRecords);
      if (work.agent) add_agent_step(work, t);
      begin_episodes(first, count);
      for (TileRows* field : {&work.rewards, &work.terminated, &work.truncated}) field->finish(t);
      if (request_.record_episodes) episodes_[tile].add(*work.ended, observation_sizes_, t, first);
    }
    if (work.agent) work.agent->finish(policy_, last, work.policy);
    if (past_caches_) copy_.finish();
  }

  // Tells the records of the policy about the step just taken.
  void add_agent_step(TileWorkspace& work, std::size_t t) {
    AgentStep step{.rewards = reinterpret_cast<const double*>(work.rewards.at(t)),
                   .terminated = reinterpret_cast<const std::uint8_t*>(work.terminated.at(t)),
                   .truncated = reinterpret_cast<const std::uint8_t*>(work.truncated.at(t))};
    if (keeps_finals()) {
      step.num_ended = work.ended->count;
      step.ended = work.ended->lanes.data();
      step.final_observations = work.ended->final_observations.leaves();
    }
    work.agent->add_step(t, step, policy_, work.policy);
  }

  Engine& engine_;
  Policy& policy_;
  const RolloutRequest& request_;
  const RowSizes& observation_sizes_;
  const RowSizes& action_sizes_;
  int threads_ = 1;
  std::size_t num_tiles_ = 0;
  bool remembers_ = false;  // the policy
  std::size_t tile_lanes_ = Engine::kTileLanes;
  bool past_caches_ = false;  // records past the caches
  bool interruptible_ = false;
  const StreamCopy& copy_ = stream_copy(selected_isa());
  std::size_t stop_stride_ = 16;     // steps of a tile from one look at stop_ to the next
  double nanoseconds_per_lane_ = 0;  // of a step
  Profile* profile_ = nullptr;
  double profile_weight_ = 1;
  double nanoseconds_ = 0;               // the expected time of the rollout on one thread
  std::vector<EndedEpisodes> episodes_;  // one entry a tile
  TileWorkspaces workspaces_;
  std::optional<Engine::Backup> before_;
  Policy::Memory memory_before_;
  std::atomic<bool> stop_{false};
};

}  // namespace

EndedEpisodes rollout(Engine& engine, Policy& policy, const RolloutRequest& request) {
  const Engine::Exclusive engine_guard = engine.exclusive();
  engine.check_steppable();
  return rollout_piece(engine, policy, request);
}

EndedEpisodes rollout_piece(Engine& engine, Policy& policy, const RolloutRequest& request) {
  const Engine::Exclusive policy_guard = policy.exclusive();
  FirstMemory first(policy);
  try {
    policy.prepare(engine, request.num_steps);
    check_agent_records(request.agent, policy);
    return Runner(engine, policy, request).run();
  } catch (...) {
    first.forget();
    throw;
  }
}

}  // namespace plyo
