#include "value_sweeps.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "../engine/errors.hpp"

namespace plyo {
namespace {

using Clock = std::chrono::steady_clock;

// The number of ways between two looks at the clock.
constexpr std::size_t kClockWays = 100000;

// Asks now and then whether to continue.
class Interruption {
 public:
  explicit Interruption(const ThreadPool::Poll* poll)
      : poll_(poll), next_(Clock::now() + ThreadPool::kPollInterval) {}
  void count(std::size_t ways) {
    ways_ += ways;
    if (poll_ == nullptr || ways_ < kClockWays) return;
    ways_ = 0;
    if (Clock::now() < next_) return;
    if ((*poll_)()) throw Interrupted();
    next_ = Clock::now() + ThreadPool::kPollInterval;
  }

 private:
  const ThreadPool::Poll* poll_;
  Clock::time_point next_;
  std::size_t ways_ = 0;
};

// The value of an action: the reward of the step and the value of the next state.
double action_value(const TransitionTable& table, std::size_t first, double discount, const double* values) {
  double sum = 0;
  for (std::size_t way = first; way < first + table.num_ways; ++way) {
    const double after =
        table.terminated[way] != 0 ? 0.0 : discount * values[static_cast<std::size_t>(table.next[way])];
    // a way that does not exist may lead to an endless value
    sum += table.probability[way] > 0 ? table.probability[way] * (table.reward[way] + after) : 0.0;
  }
  return sum;
}

}  // namespace

SweepResult sweep_values(const TransitionTable& table, const SweepRequest& request) {
  const std::size_t num_actions = table.num_actions;
  SweepResult result;
  result.values.assign(table.num_states, 0.0);
  result.action_values.assign(table.num_states * num_actions, 0.0);
  result.actions.assign(table.num_states, 0);
  std::vector<double> before(table.num_states);
  Interruption interruption(request.poll);
  while (result.sweeps < request.max_sweeps && !result.converged) {
    std::swap(before, result.values);
    double change = 0;
    for (std::size_t s = 0; s < table.num_states; ++s) {
      double* const worth = result.action_values.data() + s * num_actions;
      for (std::size_t a = 0; a < num_actions; ++a) {
        worth[a] =
            action_value(table, (s * num_actions + a) * table.num_ways, request.discount, before.data());
      }
      const auto best = static_cast<std::size_t>(std::max_element(worth, worth + num_actions) - worth);
      result.actions[s] = static_cast<std::int64_t>(best);
      result.values[s] =
          worth[request.policy == nullptr ? best : static_cast<std::size_t>(request.policy[s])];
      // not std::max, which would lose a value that is not a number
      const double moved = std::abs(result.values[s] - before[s]);
      change = moved <= change ? change : moved;
      interruption.count(num_actions * table.num_ways);
    }
    ++result.sweeps;
    if (request.actions_over_time != nullptr) {
      std::copy(result.actions.begin(), result.actions.end(),
                request.actions_over_time + (request.max_sweeps - result.sweeps) * table.num_states);
    }
    result.converged = request.tolerance >= 0 && change <= request.tolerance;
  }
  return result;
}

}  // namespace plyo
