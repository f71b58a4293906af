#include "q_learning.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "../engine/errors.hpp"

namespace plyo {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

QLearner::QLearner(QLearningConfig config) : config_(std::move(config)), rng_(seeded_rng(config_.seed)) {}

void QLearner::prepare(const Engine& engine) {
  const std::string_view task = engine.config().task->name;
  const TableIndex index(engine.observation_space(), task);
  const LeafInfo& actions = table_actions(engine.action_space(), task);
  if (!engine.autoreset().resets_at_once) {
    throw std::invalid_argument("Q-learning needs a batch with autoreset_mode='same_step'");
  }
  if (!values_.empty() && (index.size() != index_.size() || actions.size != num_actions_)) {
    throw std::invalid_argument(text("the table was learnt for ", index_.size(), " observations and ",
                                     num_actions_, " actions, ", task, " has ", index.size(), " and ",
                                     actions.size));
  }
  index_ = index;
  num_actions_ = actions.size;
  first_action_ = actions.start;
  values_.resize(index_.size() * num_actions_);
  visits_.resize(values_.size());
  const std::size_t lanes = std::min(Engine::kTileLanes, engine.num_envs());
  entries_.resize(lanes);
  actions_.resize(lanes);
  rewards_.resize(lanes);
  terminated_.resize(lanes);
  truncated_.resize(lanes);
}

// The first of the best actions.
std::size_t QLearner::best(std::size_t entry) const {
  const double* const row = values_.data() + entry * num_actions_;
  return static_cast<std::size_t>(std::max_element(row, row + num_actions_) - row);
}

void QLearner::choose(std::size_t count, double epsilon) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool explores = rng_.next_double() < epsilon;
    actions_[i] = explores ? rng_.integers(0, static_cast<std::int64_t>(num_actions_))
                           : static_cast<std::int64_t>(best(entries_[i]));
  }
}

// Moves the entries of the last steps; the value of a truncated episode continues beyond its end.
void QLearner::teach(const RowBuffer& after, const EndedLanes& ended, std::size_t count) {
  for (std::size_t i = 0, e = 0; i < count; ++i) {
    const bool has_ended = e < ended.count && ended.lanes[e] == i;
    const std::size_t next =
        has_ended ? index_.at(ended.final_observations.leaves(), e++) : index_.at(after.leaves(), i);
    const std::size_t place = entries_[i] * num_actions_ + static_cast<std::size_t>(actions_[i]);
    const double follows =
        terminated_[i] != 0 ? 0.0 : config_.discount * values_[next * num_actions_ + best(next)];
    std::uint32_t& visits = visits_[place];
    visits += visits < std::numeric_limits<std::uint32_t>::max() ? 1 : 0;
    const double rate = std::max(config_.least_rate, 1.0 / (1.0 + (1.0 - config_.discount) * visits));
    values_[place] += rate * (rewards_[i] + follows - values_[place]);
  }
}

LearningReport QLearner::learn(Engine& engine, std::size_t num_steps, double epsilon, double last_epsilon,
                               const ThreadPool::Poll* poll) {
  const Engine::Exclusive engine_guard = engine.exclusive();
  const Engine::Exclusive guard = exclusive();
  engine.check_steppable();
  prepare(engine);
  const RowSizes& sizes = engine.observation_sizes();
  RowBuffer after(sizes, Engine::kTileLanes);
  EndedLanes ended(Engine::kTileLanes, sizes);
  std::vector<std::int64_t> given(actions_.size());
  LearningReport report;
  Clock::time_point next_poll = Clock::now() + ThreadPool::kPollInterval;
  const Profile::Call call(engine.profile(), 1, Profile::kAlways, num_steps * engine.num_envs());
  PhaseClock learner_clock =
      PhaseClock::of_steps(call.measured(), call.weight(),
                           engine.nanoseconds_per_lane() * static_cast<double>(engine.num_envs()), num_steps);
  for (std::size_t t = 0; t < num_steps; ++t) {
    PhaseClock* const clock = learner_clock.next();
    const double share = num_steps > 1 ? static_cast<double>(t) / static_cast<double>(num_steps - 1) : 0.0;
    const double now = epsilon + (last_epsilon - epsilon) * share;
    for (std::size_t first = 0; first < engine.num_envs(); first += Engine::kTileLanes) {
      if (poll != nullptr && Clock::now() >= next_poll) {
        if ((*poll)()) throw Interrupted();
        next_poll = Clock::now() + ThreadPool::kPollInterval;
      }
      const std::size_t count = std::min(Engine::kTileLanes, engine.num_envs() - first);
      enter(clock, Phase::kObservations);
      engine.observe_tile(first, count, after.leaves());
      enter(clock, Phase::kPolicy);
      for (std::size_t i = 0; i < count; ++i) entries_[i] = index_.at(after.leaves(), i);
      choose(count, now);
      for (std::size_t i = 0; i < count; ++i) given[i] = first_action_ + actions_[i];
      engine.step_tile({.first = first,
                        .count = count,
                        .actions = given.data(),
                        .observations = after.leaves(),
                        .rewards = rewards_.data(),
                        .terminated = terminated_.data(),
                        .truncated = truncated_.data(),
                        .ended = &ended,
                        .clock = clock});
      enter(clock, Phase::kPolicy);
      teach(after, ended, count);
      report.num_episodes += ended.count;
      for (std::size_t e = 0; e < ended.count; ++e) report.sum_of_returns += ended.returns[e];
    }
  }
  return report;
}

}  // namespace plyo
