// The stages of a batch in their order, run over a step.
#pragma once

#include <cstddef>
#include <cstdint>
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
  // The same of the task's own actions that have been checked.
  bool settles_actions() const;
  void settle(void* actions, const LaneRange& lanes) const;
  // How often a step takes its actions; `rounds_rewards` where rewards are float32.
  Repetition repetition(bool rounds_rewards) const;
  // Takes all stages through a step. The result does not depend on the threads.
  void run(StageStep& step, int threads);
  // Writes the observations as they stand, without a step.
  void show(const StageStep& step, int threads) const;

 private:
  enum class Phase : std::uint8_t { kAdvance, kFinish, kReady };
  // What a stage does with a range of lanes in a pass.
  struct Turn {
    BatchStage* stage;
    bool finishes;  // writes its rewards and observations
    bool advances = true;
  };
  // A pass over all lanes, and the stages that take in the whole batch after it.
  struct Pass {
    std::vector<Turn> advancing;
    std::vector<BatchStage*> collecting;
  };

  void plan();
  bool is_inline(std::size_t num_envs, int threads) const;
  template <class Work>
  void for_ranges(std::size_t num_envs, int threads, const Work& work) const;

  std::vector<BatchStage*> stages_;
  std::vector<bool> planned_for_;  // which stages looked across lanes then
  std::vector<Pass> passes_;
  RowErrand errand_;
  double nanoseconds_per_lane_ = 0;
};

}  // namespace plyo
