// The stages of a batch in their order, run over a step.
#pragma once

#include <cstddef>
#include <vector>

#include "batch_stage.hpp"

namespace plyo {

class StageChain {
 public:
  // Stages from the one nearest to the task outwards. They live elsewhere, as long as the chain.
  explicit StageChain(std::vector<BatchStage*> stages = {});

  const std::vector<BatchStage*>& stages() const { return stages_; }
  bool changes_actions() const;
  // How many stages show other observations.
  std::size_t num_shows() const;

  // Changes the actions of some lanes in place, from the outermost stage inwards; rows of all lanes.
  void act(void* actions, const LaneRange& lanes) const;
  // Takes all stages through a step. The result does not depend on the threads.
  void run(const StageStep& step, int threads) const;
  // Writes the observations as they stand, without a step.
  void show(const StageStep& step, int threads) const;

 private:
  template <class Work>
  void for_ranges(std::size_t num_envs, int threads, const Work& work) const;

  std::vector<BatchStage*> stages_;
  double nanoseconds_per_lane_ = 0;
};

}  // namespace plyo
