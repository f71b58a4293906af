// Tabular Q-learning over a batch of lanes (Watkins & Dayan 1992).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../engine/engine.hpp"
#include "table_index.hpp"

namespace plyo {

struct QLearningConfig {
  double discount = 0.99;
  // The n-th visit of an entry moves it by 1 / (1 + (1 - discount) n), but not less than this.
  double least_rate = 0;
  SeedWords seed;
};

// The episodes of the lanes during learning.
struct LearningReport {
  std::size_t num_episodes = 0;  // finished episodes
  double sum_of_returns = 0;     // of these episodes
};

// A table of action values that all lanes share. They act by turns of one step, on the table as it is, and
// then teach it in the order of the lanes: one thread does all of it, so that no schedule can change a bit.
class QLearner {
 public:
  explicit QLearner(QLearningConfig config);

  // Takes every lane `num_steps` steps further. The probability of a random action moves evenly from
  // `epsilon` to `last_epsilon`. Throws std::invalid_argument if the batch does not fit, ResetNeeded, InUse;
  // and Interrupted if the poll asks for it, where batch and table stand where they had come to.
  LearningReport learn(Engine& engine, std::size_t num_steps, double epsilon, double last_epsilon,
                       const ThreadPool::Poll* poll);

  // [entry][action]; empty before the first call. Throws InUse.
  std::vector<double> values() const {
    const Engine::Exclusive guard = exclusive();
    return values_;
  }
  std::size_t num_actions() const { return num_actions_; }

 private:
  Engine::Exclusive exclusive() const { return {usage_, Access::kWrite}; }
  void prepare(const Engine& engine);
  std::size_t best(std::size_t entry) const;
  void choose(std::size_t count, double epsilon);
  void teach(const RowBuffer& after, const EndedLanes& ended, std::size_t count);

  QLearningConfig config_;
  TableIndex index_;
  std::size_t num_actions_ = 0;
  std::int64_t first_action_ = 0;
  Rng rng_;
  std::vector<double> values_;
  std::vector<std::uint32_t> visits_;  // beside values_
  // of the lanes of a tile
  std::vector<std::size_t> entries_;
  std::vector<std::int64_t> actions_;
  std::vector<double> rewards_;
  std::vector<std::uint8_t> terminated_, truncated_;
  mutable Usage usage_{"this learner"};
};

}  // namespace plyo
