#include "rollout.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <optional>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"
#include "stream_copy.hpp"

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
    nanoseconds_ = work * static_cast<double>(request.num_steps) * static_cast<double>(engine.num_envs());
    const double steps = 1e6 / (work * static_cast<double>(Engine::kTileLanes));  // of a tile in 1 ms
    stop_stride_ = static_cast<std::size_t>(std::clamp(steps, 1.0, 16.0));
  }

  EndedEpisodes run() {
    const bool interruptible = request_.poll != nullptr && nanoseconds_ > kInterruptibleNanoseconds;
    if (interruptible || policy_.may_be_invalid() || engine_.steps_may_fail()) {
      before_.emplace(engine_.backup());
      streams_before_ = policy_.streams();
    }
    const int threads = nanoseconds_ < Engine::kInlineNanoseconds ? 1 : engine_.num_threads();
    const std::size_t share =
        (engine_.num_envs() + static_cast<std::size_t>(threads) - 1) / static_cast<std::size_t>(threads);
    streams_ = recorded_bytes() * request_.num_steps * engine_.num_envs() > kCachedBytes;
    const std::size_t most = std::min(kRolloutLanes, engine_.max_tile_lanes());
    const std::size_t unit = std::min(kLaneUnit, most);
    tile_lanes_ = std::min(most, (share + unit - 1) / unit * unit);
    const std::size_t num_tiles = (engine_.num_envs() + tile_lanes_ - 1) / tile_lanes_;
    episodes_.resize(num_tiles);
    const std::thread::id caller = std::this_thread::get_id();
    const auto poll = [this] { return poll_caller(); };
    const ThreadPool::Poll poll_ref(poll);
    try {
      ThreadPool::shared().run(
          num_tiles, threads,
          [&](std::size_t tile) { run_tile(tile, interruptible && std::this_thread::get_id() == caller); },
          interruptible ? &poll_ref : nullptr);
      if (stop_.load()) throw Interrupted();
    } catch (...) {
      if (before_) {
        engine_.undo(std::move(*before_));
        policy_.streams() = std::move(streams_before_);
      }
      throw;
    }
    return merge_episodes();
  }

 private:
  bool poll_caller() {
    if ((*request_.poll)()) stop_.store(true, std::memory_order_relaxed);
    return stop_.load(std::memory_order_relaxed);
  }

  // Bytes that are recorded of one step of one lane.
  std::size_t recorded_bytes() const {
    const TrajectoryArrays& out = request_.arrays;
    return (out.observations ? observation_sizes_.total : 0) + (out.actions ? action_sizes_.total : 0) +
           (out.rewards != nullptr ? sizeof(double) : 0) + (out.terminated != nullptr ? 1 : 0) +
           (out.truncated != nullptr ? 1 : 0);
  }

  // A tile's rows of one step: in the recorded array, or in scratch memory of the tile's own if the field is
  // not recorded or is copied past the caches.
  class Rows {
   public:
    Rows(void* recorded, std::size_t row_bytes, std::size_t num_envs, std::size_t first, std::size_t count,
         const StreamCopy* copy)
        : recorded_(recorded == nullptr ? nullptr : static_cast<std::byte*>(recorded) + first * row_bytes),
          step_bytes_(num_envs * row_bytes),
          tile_bytes_(count * row_bytes),
          copy_(recorded == nullptr ? nullptr : copy) {
      if (recorded == nullptr || copy != nullptr) scratch_.resize(tile_bytes_);
    }
    std::byte* at(std::size_t t) { return scratch_.empty() ? recorded_ + t * step_bytes_ : scratch_.data(); }
    // Copies a step that is complete to where it belongs.
    void finish(std::size_t t) { keep(t, at(t)); }
    // Records a step from where it is.
    void keep(std::size_t t, const void* rows) {
      if (recorded_ == nullptr) return;
      std::byte* const place = recorded_ + t * step_bytes_;
      if (copy_ != nullptr) {
        copy_->copy(place, rows, tile_bytes_);
      } else if (rows != place) {
        std::memcpy(place, rows, tile_bytes_);
      }
    }
    bool recorded() const { return recorded_ != nullptr; }

   private:
    std::byte* recorded_;
    std::size_t step_bytes_;
    std::size_t tile_bytes_;
    const StreamCopy* copy_;  // null: written in place
    std::vector<std::byte> scratch_;
  };

  Rows rows(void* recorded, std::size_t row_bytes, std::size_t first, std::size_t count) const {
    return {recorded, row_bytes, engine_.num_envs(), first, count, streams_ ? &copy_ : nullptr};
  }

  // The rows of all arrays of an observation or action.
  class LeafRows {
   public:
    LeafRows(const Runner& runner, const Leaves& recorded, const RowSizes& sizes, std::size_t first,
             std::size_t count)
        : recorded_(recorded) {
      rows_.reserve(sizes.count);
      for (std::size_t k = 0; k < sizes.count; ++k) {
        rows_.push_back(runner.rows(recorded.at[k], sizes.bytes[k], first, count));
      }
    }
    Leaves at(std::size_t t) {
      Leaves leaves;
      for (std::size_t k = 0; k < rows_.size(); ++k) leaves.at[k] = rows_[k].at(t);
      return leaves;
    }
    void finish(std::size_t t) {
      for (Rows& rows : rows_) rows.finish(t);
    }
    void keep(std::size_t t, const ConstLeaves& leaves) {
      for (std::size_t k = 0; k < rows_.size(); ++k) rows_[k].keep(t, leaves.at[k]);
    }
    bool recorded() const { return static_cast<bool>(recorded_); }

   private:
    Leaves recorded_;
    std::vector<Rows> rows_;
  };

  // Takes one tile through all steps.
  void run_tile(std::size_t tile, bool polls) {
    const TrajectoryArrays& out = request_.arrays;
    const std::size_t first = tile * tile_lanes_;
    const std::size_t count = std::min(tile_lanes_, engine_.num_envs() - first);
    const bool keeps_finals = engine_.autoreset().resets_at_once;
    const bool wants_ended = request_.record_episodes || keeps_finals;
    std::optional<EndedLanes> ended;
    if (wants_ended) ended.emplace(count, keeps_finals ? observation_sizes_ : RowSizes());

    LeafRows observations(*this, out.observations, observation_sizes_, first, count);
    LeafRows actions(*this, out.actions, action_sizes_, first, count);
    Rows rewards = rows(out.rewards, sizeof(double), first, count);
    Rows terminated = rows(out.terminated, 1, first, count);
    Rows truncated = rows(out.truncated, 1, first, count);
    const bool observes = observations.recorded() || policy_.needs_observations();
    const Leaves last = observation_sizes_.from(out.last_observations, first);

    const bool records_steps = recorded_bytes() > 0;
    if (observes) engine_.observe_tile(first, count, observations.at(0));
    Clock::time_point next_poll = Clock::now() + ThreadPool::kPollInterval;
    for (std::size_t t = 0; t < request_.num_steps; ++t) {
      // a stop is noticed within a few thousand steps of one lane, or sooner if they are expensive
      if (before_ && t % stop_stride_ == 0) {
        if (stop_.load(std::memory_order_relaxed)) return;
        if (polls && Clock::now() >= next_poll) {
          if (poll_caller()) return;
          next_poll = Clock::now() + ThreadPool::kPollInterval;
        }
      }
      // lanes that all rest change nothing any more, nor does a policy without streams
      if (!records_steps && policy_.streams().empty() && engine_.all_rest(first, count)) {
        if (last) engine_.observe_tile(first, count, last);
        break;
      }
      const ConstLeaves chosen = policy_.act({.first_lane = first,
                                              .count = count,
                                              .time = t,
                                              .observations = observations.at(t),
                                              .actions = actions.at(t)});
      actions.keep(t, chosen);
      if (policy_.may_be_invalid()) engine_.check_actions(chosen, first, count);
      observations.finish(t);
      const bool is_last = t + 1 == request_.num_steps;
      engine_.step_tile({.first = first,
                         .count = count,
                         .actions = chosen,
                         .observations = is_last ? last : (observes ? observations.at(t + 1) : Leaves()),
                         .rewards = reinterpret_cast<double*>(rewards.at(t)),
                         .terminated = reinterpret_cast<std::uint8_t*>(terminated.at(t)),
                         .truncated = reinterpret_cast<std::uint8_t*>(truncated.at(t)),
                         .ended = wants_ended ? &*ended : nullptr});
      for (Rows* field : {&rewards, &terminated, &truncated}) field->finish(t);
      if (wants_ended) keep_episodes(episodes_[tile], *ended, t, first);
    }
    if (streams_) copy_.finish();
  }

  void keep_episodes(EndedEpisodes& kept, const EndedLanes& ended, std::size_t t, std::size_t first) const {
    for (std::size_t i = 0; i < ended.count; ++i) {
      kept.times.push_back(static_cast<std::int64_t>(t));
      kept.lanes.push_back(static_cast<std::int64_t>(first + ended.lanes[i]));
      kept.returns.push_back(ended.returns[i]);
      kept.lengths.push_back(ended.lengths[i]);
    }
    if (!ended.final_observations.leaves()) return;
    kept.final_observations.resize(observation_sizes_.count);
    for (std::size_t k = 0; k < observation_sizes_.count; ++k) {
      const auto* const rows = static_cast<const std::byte*>(ended.final_observations.leaves().at[k]);
      std::vector<std::byte>& all = kept.final_observations[k];
      all.insert(all.end(), rows, rows + ended.count * observation_sizes_.bytes[k]);
    }
  }

  // The episodes of all tiles, by time and then by lane. Tiles hold ascending lanes, each by time.
  EndedEpisodes merge_episodes() const {
    std::size_t total = 0;
    for (const EndedEpisodes& tile : episodes_) total += tile.times.size();
    struct Place {
      std::int64_t time;
      std::uint32_t tile, index;
    };
    std::vector<Place> places;
    places.reserve(total);
    for (std::size_t tile = 0; tile < episodes_.size(); ++tile) {
      for (std::size_t i = 0; i < episodes_[tile].times.size(); ++i) {
        places.push_back(
            {episodes_[tile].times[i], static_cast<std::uint32_t>(tile), static_cast<std::uint32_t>(i)});
      }
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.time < b.time; });
    EndedEpisodes merged;
    merged.times.reserve(total);
    merged.lanes.reserve(total);
    merged.returns.reserve(total);
    merged.lengths.reserve(total);
    merged.final_observations.resize(observation_sizes_.count);
    for (const Place& place : places) {
      const EndedEpisodes& tile = episodes_[place.tile];
      merged.times.push_back(place.time);
      merged.lanes.push_back(tile.lanes[place.index]);
      merged.returns.push_back(tile.returns[place.index]);
      merged.lengths.push_back(tile.lengths[place.index]);
      for (std::size_t k = 0; k < tile.final_observations.size(); ++k) {
        const std::size_t bytes = observation_sizes_.bytes[k];
        const std::byte* const row = tile.final_observations[k].data() + place.index * bytes;
        merged.final_observations[k].insert(merged.final_observations[k].end(), row, row + bytes);
      }
    }
    return merged;
  }

  Engine& engine_;
  Policy& policy_;
  const RolloutRequest& request_;
  const RowSizes& observation_sizes_;
  const RowSizes& action_sizes_;
  std::size_t tile_lanes_ = Engine::kTileLanes;
  bool streams_ = false;  // records past the caches
  const StreamCopy& copy_ = stream_copy(selected_isa());
  std::size_t stop_stride_ = 16;         // steps of a tile from one look at stop_ to the next
  double nanoseconds_ = 0;               // that the rollout is expected to take on one thread
  std::vector<EndedEpisodes> episodes_;  // one entry a tile
  std::optional<Engine::Backup> before_;
  std::vector<Rng> streams_before_;
  std::atomic<bool> stop_{false};
};

}  // namespace

EndedEpisodes rollout(Engine& engine, Policy& policy, const RolloutRequest& request) {
  const Engine::Exclusive engine_guard = engine.exclusive();
  const Engine::Exclusive policy_guard = policy.exclusive();
  if (!request.continues) engine.check_steppable();
  policy.prepare(engine, request.num_steps);
  return Runner(engine, policy, request).run();
}

}  // namespace plyo
