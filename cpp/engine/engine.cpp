#include "engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cpu_dispatch.hpp"
#include "errors.hpp"

namespace plyo {
namespace {

const TaskBuild& build_of(const EngineConfig& config) {
  return config.math == Math::kFast ? config.task->fast : config.task->reference;
}

// Calls `visit(first, count)` for the tiles of [first, first + count).
template <class Visit>
void for_each_tile(std::size_t first, std::size_t count, Visit visit) {
  for (std::size_t done = 0; done < count; done += Engine::kTileLanes) {
    visit(first + done, std::min(Engine::kTileLanes, count - done));
  }
}

template <class T>
T* offset(T* array, std::size_t elements) {
  return array == nullptr ? nullptr : array + elements;
}

void* offset_bytes(void* array, std::size_t bytes) {
  return array == nullptr ? nullptr : static_cast<std::byte*>(array) + bytes;
}
const void* offset_bytes(const void* array, std::size_t bytes) {
  return array == nullptr ? nullptr : static_cast<const std::byte*>(array) + bytes;
}

}  // namespace

EndedLanes::EndedLanes(std::size_t observation_bytes, std::size_t capacity)
    : lanes(capacity),
      returns(capacity),
      lengths(capacity),
      times(capacity),
      final_observations(observation_bytes * capacity) {}

Engine::Exclusive::Exclusive(std::atomic<bool>& busy, const char* what) : busy_(busy) {
  if (busy_.exchange(true, std::memory_order_acquire)) {
    throw InUse(text(what, " is in use by another thread; give each thread its own, or take turns"));
  }
}

Engine::Engine(const EngineConfig& config)
    : config_(config),
      info_(build_of(config).info),
      ops_(build_of(config).ops->ops[static_cast<std::size_t>(selected_isa())]),
      num_threads_(config.num_threads > 0 ? config.num_threads : available_threads()),
      lanes_(ops_, config.num_envs),
      params_(ops_.params_bytes),
      default_options_(ops_.reset_options_bytes),
      start_times_(config.record_episode_times ? config.num_envs : 0),
      entropy_(entropy_seed()),
      num_never_reset_(config.num_envs) {
  ops_.init_params(params_.data());
  ops_.init_reset_options(default_options_.data());
  set_fields(info_->params, config.params, params_.data());
  throw_complaint(ops_.check_params(params_.data()), info_->params, params_.data());
}

double Engine::seconds_now() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

int Engine::threads_for(std::size_t lanes) const {
  const double nanoseconds = nanoseconds_per_lane_ * static_cast<double>(lanes);
  if (num_threads_ == 1 || nanoseconds < kInlineNanoseconds) return 1;
  const double worthwhile = 2 * nanoseconds / kInlineNanoseconds;
  return static_cast<int>(std::min<double>(num_threads_, std::ceil(worthwhile)));
}

std::vector<std::byte> Engine::parse_options(const NamedValues& options) const {
  std::vector<std::byte> parsed = default_options_;
  set_fields(info_->reset_options, options, parsed.data());
  throw_complaint(ops_.check_reset_options(parsed.data()), info_->reset_options, parsed.data());
  return parsed;
}

void Engine::seed_lane(std::size_t lane, const Seeds& seeds) {
  Rng& rng = lanes_.rngs()[lane];
  if (seeds.base) {
    rng = seeded_rng(add(*seeds.base, lane));
  } else if (!seeds.each.empty() && seeds.each[lane]) {
    rng = seeded_rng(*seeds.each[lane]);
  } else if (rng.state().increment_low == 0) {
    // a stream that was never started: the increment of a started one is odd
    rng = seeded_rng(add(entropy_, lane));
  }
}

Rng& Engine::rng(std::size_t lane) {
  seed_lane(lane, Seeds{});
  return lanes_.rngs()[lane];
}

void Engine::reset_lanes(std::size_t first, const LaneIndex* lanes, std::size_t count, const void* options) {
  ops_.reset(view(first), lanes, count, options);
  const double now = config_.record_episode_times ? seconds_now() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t lane = first + lanes[i];
    lanes_.status()[lane] = 0;
    lanes_.elapsed()[lane] = 0;
    lanes_.returns()[lane] = 0;
    if (config_.record_episode_times) start_times_[lane] = now;
  }
}

void Engine::reset(const Seeds& seeds, const std::uint8_t* mask, const NamedValues& options,
                   void* observations) {
  const Exclusive guard = exclusive();
  const std::vector<std::byte> parsed = parse_options(options);
  const std::size_t row = info_->observation.bytes_per_lane();
  const std::size_t num_tiles = (num_envs() + kTileLanes - 1) / kTileLanes;
  const auto work = [&](std::size_t tile) {
    const std::size_t first = tile * kTileLanes;
    const std::size_t count = std::min(kTileLanes, num_envs() - first);
    LaneIndex chosen[kTileLanes];
    std::size_t num_chosen = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (mask != nullptr && mask[first + i] == 0) continue;
      chosen[num_chosen++] = static_cast<LaneIndex>(i);
      seed_lane(first + i, seeds);
    }
    reset_lanes(first, chosen, num_chosen, parsed.data());
    ops_.observe(view(first), count, offset_bytes(observations, first * row));
  };
  // seeding costs about ten steps
  ThreadPool::shared().run(num_tiles, threads_for(10 * num_envs()), work);
  num_never_reset_ = 0;
  if (mask == nullptr) return;
  for (std::size_t lane = 0; lane < num_envs(); ++lane) {
    num_never_reset_ += (lanes_.status()[lane] & lane_status::kNeverReset) != 0 ? 1 : 0;
  }
}

bool Engine::step_range(std::size_t first, std::size_t count, const void* actions, const StepArrays& out) {
  const std::size_t observation_row = info_->observation.bytes_per_lane();
  const std::size_t action_row = info_->action.bytes_per_lane();
  const bool same_step = config_.autoreset_mode == AutoresetMode::kSameStep;
  const bool wants_ended = same_step || out.episode_returns != nullptr;
  std::unique_ptr<EndedLanes> ended;
  if (wants_ended) {
    ended = std::make_unique<EndedLanes>(same_step ? observation_row : 0, std::min(count, kTileLanes));
  }
  std::uint8_t any = 0;
  for_each_tile(first, count, [&](std::size_t begin, std::size_t size) {
    step_tile({.first = begin,
               .count = size,
               .actions = offset_bytes(actions, begin * action_row),
               .observations = offset_bytes(out.observations, begin * observation_row),
               .rewards = out.rewards + begin,
               .terminated = out.terminated + begin,
               .truncated = out.truncated + begin,
               .ended = ended.get()});
    if (!wants_ended) return;
    any |= ended->count > 0 ? 1 : 0;
    if (out.episode_returns != nullptr) {
      std::fill_n(out.episode_returns + begin, size, 0.0);
      std::fill_n(out.episode_lengths + begin, size, 0);
      std::fill_n(out.episode_times + begin, size, 0.0);
    }
    for (std::size_t i = 0; i < ended->count; ++i) {
      const std::size_t lane = begin + ended->lanes[i];
      if (out.episode_returns != nullptr) {
        out.episode_returns[lane] = ended->returns[i];
        out.episode_lengths[lane] = ended->lengths[i];
        out.episode_times[lane] = ended->times[i];
      }
      if (same_step && out.final_observations != nullptr) {
        std::memcpy(offset_bytes(out.final_observations, lane * observation_row),
                    ended->final_observations.data() + i * observation_row, observation_row);
      }
    }
  });
  return any != 0;
}

bool Engine::step(const void* actions, const StepArrays& out) {
  const Exclusive guard = exclusive();
  check_steppable();
  const std::size_t action_row = info_->action.bytes_per_lane();
  const int threads = threads_for(num_envs());
  const Clock::time_point start = Clock::now();
  bool any_ended = false;
  if (threads == 1) {
    check_actions(actions, 0, num_envs());
    any_ended = step_range(0, num_envs(), actions, out);
  } else {
    // many chunks a thread, of whole tiles: a thread that comes late leaves the others little to wait for
    const std::size_t share = num_envs() / (16 * static_cast<std::size_t>(threads)) / kTileLanes;
    const std::size_t chunk = std::max<std::size_t>(1, share) * kTileLanes;
    const std::size_t num_chunks = (num_envs() + chunk - 1) / chunk;
    const auto size_of_chunk = [&](std::size_t i) { return std::min(chunk, num_envs() - i * chunk); };
    ThreadPool& pool = ThreadPool::shared();
    pool.run(num_chunks, threads, [&](std::size_t i) {
      check_actions(offset_bytes(actions, i * chunk * action_row), i * chunk, size_of_chunk(i));
    });
    std::atomic<bool> any{false};
    pool.run(num_chunks, threads, [&](std::size_t i) {
      if (step_range(i * chunk, size_of_chunk(i), actions, out)) any.store(true, std::memory_order_relaxed);
    });
    any_ended = any.load();
  }
  // a moving average decides how many threads the next step is worth
  if (num_envs() >= 64) {
    const double nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    const double cost = nanoseconds * threads / static_cast<double>(num_envs());
    nanoseconds_per_lane_ += 0.1 * (cost - nanoseconds_per_lane_);
  }
  return any_ended;
}

void Engine::observe(void* observations) {
  const Exclusive guard = exclusive();
  ops_.observe(view(0), num_envs(), observations);
}

}  // namespace plyo
