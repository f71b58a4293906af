#include "engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "cpu_dispatch.hpp"
#include "errors.hpp"

namespace plyo {
namespace {

const TaskBuild& usual_build_of(const EngineConfig& config) {
  if (config.math == Math::kFast) return config.task->fast;
  if (config.task->reference.info == nullptr) {
    throw std::invalid_argument(text("math='reference' needs a task that was compiled for it, ",
                                     config.task->name, " was not; use math='fast'"));
  }
  return config.task->reference;
}

const void* resource_of(const EngineConfig& config, const TaskOps& task) {
  if (task.bind != nullptr && config.resource == nullptr) {
    throw std::invalid_argument(
        text(config.task->name, " needs what ", std::string_view(task.needs), " provides"));
  }
  return config.resource.get();
}

const TaskBuild& build_of(const EngineConfig& config) {
  const TaskBuild& build = usual_build_of(config);
  if (build.other == nullptr) return build;
  const LaneParams params(*build.info, *build.task, 1, config.params, resource_of(config, *build.task),
                          config.numbers);
  return build.task->asks_for_other(params.shared()) ? *build.other : build;
}

// Calls `visit(first, count)` for the tiles of [first, first + count).
template <class Visit>
void for_each_tile(std::size_t first, std::size_t count, std::size_t tile_lanes, Visit visit) {
  for (std::size_t done = 0; done < count; done += tile_lanes) {
    visit(first + done, std::min(tile_lanes, count - done));
  }
}

int threads_of(const EngineConfig& config) {
  return config.num_threads > 0 ? config.num_threads : default_threads();
}

Kernels kernels_for(const EngineConfig& config, const TaskBuild& build) {
  Kernels kernels = *build.kernels.find(selected_isa());
  const void* const resource = resource_of(config, *build.task);
  if (build.task->adapt != nullptr) {
    build.task->adapt(resource, config.num_envs, threads_of(config), kernels);
  }
  return kernels;
}

std::unique_ptr<const OutputStage> make_stage(const EngineConfig& config) {
  if (!config.pixels) return nullptr;
  if (config.task->scene == nullptr) {
    throw std::invalid_argument(
        text("observation='pixels' needs a task that can be drawn, ", config.task->name, " cannot be"));
  }
  return std::make_unique<PictureStage>(*config.pixels);
}

}  // namespace

EndedLanes::EndedLanes(std::size_t capacity, const RowSizes& observations, const InfoSizes& infos)
    : lanes(capacity),
      returns(capacity),
      lengths(capacity),
      times(capacity),
      final_observations(observations, capacity),
      final_infos(infos, capacity) {}

Engine::Engine(const EngineConfig& config) : Engine(config, build_of(config)) {}

Engine::Engine(const EngineConfig& config, const TaskBuild& build)
    : config_(config),
      autoreset_(rules_of(config.autoreset_mode)),
      info_(build.info),
      task_(*build.task),
      state_(*build.state),
      kernels_(kernels_for(config, build)),
      scene_(config.task->scene),
      num_threads_(threads_of(config)),
      stage_(make_stage(config)),
      tile_lanes_(std::min({kTileLanes, kernels_.tile_lanes, stage_ ? stage_->tile_lanes() : kTileLanes})),
      params_(*info_, task_, config.num_envs, config.params, resource_of(config, task_), config.numbers),
      lanes_(state_, config.num_envs, stage_ ? stage_->memory_bytes() : 0),
      default_options_(task_.reset_options_bytes),
      start_times_(config.record_episode_times ? config.num_envs : 0),
      reward_type_(info_->reward_type),
      infos_(info_->infos),
      entropy_(entropy_seed()),
      num_never_reset_(config.num_envs),
      nanoseconds_per_lane_(kernels_.nanoseconds),
      checks_(action_checks(selected_isa())),
      listing_(config.num_envs, tile_lanes_) {
  const DefaultFloatMode mode;
  config_.params.clear();  // they refer to values of the caller
  task_.init_reset_options(default_options_.data());
  observation_space_ = stage_ ? stage_->space() : task_.observation_space(params_.shared());
  action_space_ = task_.action_space(params_.shared());
  reward_type_ = task_.reward_type(params_.shared());
  if (task_.infos != nullptr) infos_ = task_.infos(params_.shared());
  has_step_infos_ =
      std::any_of(infos_.begin(), infos_.end(), [](const InfoLeaf& leaf) { return !leaf.at_reset; });
  info_sizes_ = InfoSizes(infos_);
  observation_sizes_ = RowSizes(observation_space_);
  action_sizes_ = RowSizes(action_space_);
  own_actions_.resize(action_sizes_, config.num_envs);
  if (stage_) nanoseconds_per_lane_ += stage_->nanoseconds();
  take_kernels_for({});
  lanes_.create(params_.shared());
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
  throw_complaint(task_.check_reset_options(parsed.data()), info_->reset_options, parsed.data());
  return parsed;
}

void Engine::seed_lane(std::size_t lane, const Seeds& seeds, std::size_t place) {
  Rng& rng = lanes_.rngs()[lane];
  if (seeds.base) {
    rng = seeded_rng(add(*seeds.base, lane));
  } else if (!seeds.each.empty() && seeds.each[place]) {
    rng = seeded_rng(*seeds.each[place]);
  } else if (rng.state().increment_low == 0) {
    // a stream that was never started: the increment of a started one is odd
    rng = seeded_rng(add(entropy_, lane));
  }
}

Rng& Engine::rng(std::size_t lane) {
  seed_lane(lane, Seeds{}, lane);
  return lanes_.rngs()[lane];
}

void Engine::reset_lanes(std::size_t first, const LaneIndex* lanes, std::size_t count, const void* options) {
  reset_states(first, lanes, count, options);
  const double now = config_.record_episode_times ? seconds_now() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t lane = first + lanes[i];
    lanes_.status()[lane] = 0;
    lanes_.elapsed()[lane] = 0;
    lanes_.returns()[lane] = 0;
    if (config_.record_episode_times) start_times_[lane] = now;
  }
  if (stage_) {
    StageSource source(*this);
    stage_->begin(source, {.first = first, .lanes = lanes, .count = count});
  }
}

// Resets the States. The first reset of a lane has no episode to look back to.
void Engine::reset_states(std::size_t first, const LaneIndex* lanes, std::size_t count, const void* options) {
  if (params_.draws()) params_.draw(first, lanes, count, &lanes_.rngs()[first]);
  if (!task_.looks_at_previous || num_never_reset_ == 0) {
    let_fail_alone(first, "a reset",
                   [&] { kernels_.reset(view(first), lanes, count, options, !task_.looks_at_previous); });
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_first = (lanes_.status()[first + lanes[i]] & lane_status::kNeverReset) != 0;
    let_fail_alone(first, "a reset", [&] { kernels_.reset(view(first), lanes + i, 1, options, is_first); });
  }
}

// Sets the parameters that a reset brings.
void Engine::set_before_reset(const ParamRequest& params) {
  if (params.empty()) return;
  check_can_change();
  // the States go, unless the next ones depend on them
  LaneParams::Change change = params_.prepare(params, [this](std::size_t lane, const void* own) {
    if (task_.looks_at_previous) check_state_under(lane, own);
  });
  take_kernels_for(change);
  apply(std::move(change));
}

void Engine::reset(const Seeds& seeds, const std::uint8_t* mask, const NamedValues& options,
                   Leaves observations, InfoLeaves infos, const ParamRequest& params,
                   const FunctionRef<void()>* before) {
  const Exclusive guard = exclusive();
  const std::vector<std::byte> parsed = parse_options(options);
  set_before_reset(params);
  if (before != nullptr) (*before)();
  const std::size_t num_tiles = (num_envs() + tile_lanes_ - 1) / tile_lanes_;
  const auto work = [&](std::size_t tile) {
    const std::size_t first = tile * tile_lanes_;
    const std::size_t count = std::min(tile_lanes_, num_envs() - first);
    LaneIndex chosen[kTileLanes]{};
    std::size_t num_chosen = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (mask != nullptr && mask[first + i] == 0) continue;
      chosen[num_chosen++] = static_cast<LaneIndex>(i);
      seed_lane(first + i, seeds, first + i);
    }
    reset_lanes(first, chosen, num_chosen, parsed.data());
    observe_tile(first, count, observation_sizes_.from(observations, first));
    const InfoLeaves tile_infos = info_sizes_.from(infos, first);
    inform_tile(first, count, tile_infos);
    for (std::size_t i = 0; mask != nullptr && tile_infos && i < count; ++i) {
      if (mask[first + i] == 0) info_sizes_.clear_row(tile_infos, i);
    }
    for (std::size_t i = 0; has_step_infos_ && i < count; ++i) clear_step_infos(tile_infos, i);
  };
  {
    const ForgetOnFailure forget(*this);
    // seeding costs about ten steps
    const int threads = threads_for(10 * num_envs());
    const Profile::Call call(profile(), threads, Profile::kAlways, 0);
    ThreadPool::shared().run(num_tiles, threads, [&](std::size_t tile) {
      PhaseClock clock(call.measured(), call.weight());
      clock.enter(Phase::kResets);
      work(tile);
    });
  }
  count_never_reset();
  raise_failures();
}

void Engine::note_failures(std::size_t first, const char* what, const LaneFailures& thrown) {
  const std::lock_guard lock(failure_mutex_);
  for (const LaneFailures::Failure& failure : thrown.failures()) {
    const std::size_t lane = first + failure.lane;
    failures_.push_back({lane, TaskFailed(text(config_.task->name, " has failed in ", what,
                                               " of environment ", lane, ": ", failure.what))});
  }
}

// At the end of a call: lets lanes that failed be reset by the next step, if that resets lanes, or by the caller, and
// throws the failure of the first of them. No other thread is at work.
void Engine::raise_failures() {
  if (failures_.empty()) return;
  const std::vector<Failure> failures = std::exchange(failures_, {});
  const auto by_lane = [](const Failure& a, const Failure& b) { return a.lane < b.lane; };
  for (const Failure& failure : failures) {
    lanes_.status()[failure.lane] =
        autoreset_.resets_waiting ? lane_status::kEnded : static_cast<std::uint8_t>(lane_status::kNeverReset);
  }
  count_never_reset();
  throw std::min_element(failures.begin(), failures.end(), by_lane)->error;
}

// In the middle of a call that will be undone.
void Engine::raise_first_failure() {
  if (!kernels_.may_throw) return;
  const std::lock_guard lock(failure_mutex_);
  if (!failures_.empty()) throw failures_.front().error;
}

void Engine::count_never_reset() {
  num_never_reset_ = 0;
  for (std::size_t lane = 0; lane < num_envs(); ++lane) num_never_reset_ += is_never_reset(lane) ? 1 : 0;
}

void Engine::forget_lanes() {
  std::memset(lanes_.status().data(), lane_status::kNeverReset, num_envs());
  num_never_reset_ = num_envs();
  failures_.clear();
}

void Engine::undo(Backup backup) {
  params_.restore(std::move(backup.params));
  lanes_.restore(std::move(backup.lanes));
  failures_.clear();
  count_never_reset();
}

// Makes room for the episodes that end in so many chunks of a step, before any lane has moved.
void Engine::make_room_for_ended(std::size_t num_chunks) {
  ended_.reserve(num_chunks);
  while (ended_.size() < num_chunks) {
    ended_.emplace_back(std::min(num_envs(), tile_lanes_),
                        autoreset_.resets_at_once ? observation_sizes_ : RowSizes(),
                        autoreset_.resets_at_once ? info_sizes_ : InfoSizes());
  }
}

// Writes what the arrays have of entry `i` to their row `row`.
void Engine::write_ended(const StepArrays& out, const EndedLanes& ended, std::size_t i,
                         std::size_t row) const {
  if (out.episode_returns != nullptr) {
    out.episode_returns[row] = ended.returns[i];
    out.episode_lengths[row] = ended.lengths[i];
    if (out.episode_times != nullptr) out.episode_times[row] = ended.times[i];
  }
  if (!autoreset_.resets_at_once) return;
  if (out.final_observations) {
    observation_sizes_.copy_row(out.final_observations, row, ended.final_observations.leaves(), i);
  }
  if (out.final_infos != nullptr) {
    info_sizes_.copy_row(*out.final_infos, row, ended.final_infos.leaves(), i);
  }
}

bool Engine::step_chunk(std::size_t first, std::size_t count, const ConstLeaves& actions,
                        const StepArrays& out, EndedLanes* ended, EndedRows::Part* rows,
                        PhaseClock& chunk_clock) {
  std::uint8_t any = 0;
  std::optional<InfoLeaves> tile_infos;
  double own_rewards[kTileLanes];
  if (out.float_rewards != nullptr) std::fill_n(own_rewards, std::min(count, tile_lanes_), 0.0);
  for_each_tile(first, count, tile_lanes_, [&](std::size_t begin, std::size_t size) {
    PhaseClock* const clock = chunk_clock.next();
    if (ended != nullptr) ended->count = 0;
    if (out.infos != nullptr) tile_infos = info_sizes_.from(*out.infos, begin);
    double* const rewards = out.float_rewards != nullptr ? own_rewards : out.rewards + begin;
    advance_or_fail({.first = begin,
                     .count = size,
                     .actions = action_sizes_.from(actions, begin),
                     .observations = observation_sizes_.from(out.observations, begin),
                     .rewards = rewards,
                     .terminated = out.terminated + begin,
                     .truncated = out.truncated + begin,
                     .infos = tile_infos ? &*tile_infos : nullptr,
                     .resets = out.resets == nullptr ? nullptr : out.resets + begin,
                     .ended = ended,
                     .clock = clock,
                     .repetition = out.course.repetition});
    enter(clock, Phase::kInfos);
    if (out.float_rewards != nullptr) {
      for (std::size_t i = 0; i < size; ++i) out.float_rewards[begin + i] = static_cast<float>(rewards[i]);
    }
    if (out.dones != nullptr) {
      for (std::size_t i = begin; i < begin + size; ++i) out.dones[i] = out.terminated[i] | out.truncated[i];
    }
    if (out.next_observations) copy_next(begin, size, out, ended);
    if (ended == nullptr) return;
    any |= ended->count > 0 ? 1 : 0;
    if (out.episode_returns != nullptr) {
      std::fill_n(out.episode_returns + begin, size, 0.0);
      std::fill_n(out.episode_lengths + begin, size, 0);
      if (out.episode_times != nullptr) std::fill_n(out.episode_times + begin, size, 0.0);
    }
    for (std::size_t i = 0; i < ended->count; ++i) write_ended(out, *ended, i, begin + ended->lanes[i]);
    if (rows != nullptr && ended->count > 0) append_ended(*rows, *ended, begin, out);
  });
  return any != 0;
}

// `take(first, count)` checks the actions of some lanes, which then are in `own`.
template <class Take>
bool Engine::step_all(const Leaves& own, const StepArrays& out, const Take& take) {
  const Exclusive guard = exclusive();
  check_steppable();
  const int threads = threads_for(num_envs());
  const Profile::Call call(profile(), threads, nanoseconds_per_lane_ * static_cast<double>(num_envs()),
                           num_envs());
  const std::size_t largest_tile = std::min(tile_lanes_, num_envs());
  const std::uint32_t stride =
      call.weight() > 1 ? 1 : Profile::stride_of(nanoseconds_per_lane_ * static_cast<double>(largest_tile));
  const auto take_chunk = [&](std::size_t first, std::size_t count) {
    PhaseClock clock(call.measured(), call.weight());
    clock.enter(Phase::kActions);
    take(first, count);
  };
  // looking at the clock costs a third of a step of one environment
  const bool is_measured = num_envs() >= 64;
  const Clock::time_point start = is_measured ? Clock::now() : Clock::time_point();
  bool any_ended = false;
  const bool wants_ended =
      autoreset_.resets_at_once || out.episode_returns != nullptr || out.ended != nullptr;
  const auto ended_of = [&](std::size_t chunk) { return wants_ended ? &ended_[chunk] : nullptr; };
  const auto rows_of = [&](std::size_t chunk) {
    return out.ended != nullptr ? &out.ended->parts[chunk] : nullptr;
  };
  const auto step_some = [&](std::size_t first, std::size_t count, std::size_t i) {
    PhaseClock clock(call.measured(), call.weight(), stride);
    return step_chunk(first, count, own, out, ended_of(i), rows_of(i), clock);
  };
  const auto make_room = [&](std::size_t num_chunks) {
    if (wants_ended) make_room_for_ended(num_chunks);
    if (out.ended != nullptr) out.ended->parts.resize(num_chunks);
  };
  const auto settle = [&] {
    if (out.course.settle != nullptr) (*out.course.settle)(own.at[0]);
  };
  if (threads == 1) {
    make_room(1);
    take_chunk(0, num_envs());
    settle();
    const ForgetOnFailure forget(*this);
    any_ended = step_some(0, num_envs(), 0);
  } else {
    // many chunks a thread, of whole tiles: a late thread keeps the others waiting only for a short time
    const std::size_t share = num_envs() / (16 * static_cast<std::size_t>(threads)) / tile_lanes_;
    const std::size_t chunk = std::max<std::size_t>(1, share) * tile_lanes_;
    const std::size_t num_chunks = (num_envs() + chunk - 1) / chunk;
    const auto size_of_chunk = [&](std::size_t i) { return std::min(chunk, num_envs() - i * chunk); };
    make_room(num_chunks);
    ThreadPool& pool = ThreadPool::shared();
    // few bytes are checked sooner than another thread begins
    constexpr std::size_t kFewBytes = 65536;
    const bool are_few = num_envs() * action_sizes_.total <= kFewBytes;
    pool.run(num_chunks, are_few ? 1 : threads,
             [&](std::size_t i) { take_chunk(i * chunk, size_of_chunk(i)); });
    settle();
    const ForgetOnFailure forget(*this);
    std::atomic<bool> any{false};
    pool.run(num_chunks, threads, [&](std::size_t i) {
      if (step_some(i * chunk, size_of_chunk(i), i)) any.store(true, std::memory_order_relaxed);
    });
    any_ended = any.load();
  }
  raise_failures();
  for (std::size_t i = 0; out.ended != nullptr && i < out.ended->parts.size(); ++i) {
    if (!out.ended->parts[i].is_whole) throw std::bad_alloc();
  }
  // a moving average decides the number of threads for the next step
  if (is_measured) {
    const double nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    const double cost = nanoseconds * threads / static_cast<double>(num_envs());
    nanoseconds_per_lane_ += 0.1 * (cost - nanoseconds_per_lane_);
  }
  return any_ended;
}

bool Engine::step(const ConstLeaves& actions, const StepArrays& out) {
  return step_all(own_actions_.leaves(), out,
                  [&](std::size_t first, std::size_t count) { take_actions(actions, first, count); });
}

bool Engine::step_own(const Leaves& actions, const StepArrays& out) {
  return step_all(actions, out, [&](std::size_t first, std::size_t count) {
    check_actions(action_sizes_.from(actions, first), first, count);
  });
}

void Engine::start_profile() {
  const Exclusive guard = exclusive();
  if (profile_.is_on()) throw std::runtime_error("this batch of environments is profiled already");
  profile_.start();
}

void Engine::stop_profile() {
  const Exclusive guard = exclusive();
  profile_.stop();
}

void Engine::observe(Leaves observations) {
  const Exclusive guard = reading();
  const std::size_t num_tiles = (num_envs() + tile_lanes_ - 1) / tile_lanes_;
  // small tiles mean that a lane is much work
  const int threads = tile_lanes_ < kTileLanes ? threads_for(num_envs()) : 1;
  ThreadPool::shared().run(num_tiles, threads, [&](std::size_t tile) {
    const std::size_t first = tile * tile_lanes_;
    observe_tile(first, std::min(tile_lanes_, num_envs() - first),
                 observation_sizes_.from(observations, first));
  });
}

}  // namespace plyo
