// Dynamic programming over a table of transitions: sweeps over all states until their values stop changing,
// or a given number of sweeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../engine/thread_pool.hpp"

namespace plyo {

// The ways that a step from each state under each action can end: arrays [state][action][way]. Ways of
// probability 0 do not count.
struct TransitionTable {
  std::size_t num_states = 0, num_actions = 0, num_ways = 0;
  const double* probability = nullptr;
  const std::int64_t* next = nullptr;
  const double* reward = nullptr;
  const std::uint8_t* terminated = nullptr;
};

struct SweepRequest {
  double discount = 1;
  double tolerance = -1;  // ends when no value changes by more; below 0: never
  std::size_t max_sweeps = 0;
  const std::int64_t* policy = nullptr;  // [state]: the actions to value; null: the best ones
  // [max_sweeps][state]: the best actions, sweep by sweep from the last row to the first; null: not wanted
  std::int64_t* actions_over_time = nullptr;
  // Asked every few milliseconds; true ends the sweeps with Interrupted.
  const ThreadPool::Poll* poll = nullptr;
};

struct SweepResult {
  std::vector<double> values;         // [state]
  std::vector<double> action_values;  // [state][action]
  std::vector<std::int64_t> actions;  // [state]: the first of the best
  std::size_t sweeps = 0;
  bool converged = false;
};

// Every sweep computes new values of all states from the old ones, which begin with 0: after k sweeps they
// are those of k steps to go. Arguments are valid.
SweepResult sweep_values(const TransitionTable& table, const SweepRequest& request);

}  // namespace plyo
