// Rollouts of a batch with stages. All lanes take a step before the next one begins, as stages may look across lanes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../engine/stages/stage_chain.hpp"
#include "ended_episodes.hpp"
#include "policy.hpp"
#include "rollout.hpp"

namespace plyo {

// One rollout, for an owner who has entered the batch and who undoes a failure. Nothing is written into the arrays of
// the request except records; all that is read back lies in memory of its own.
class StagedRollout {
 public:
  // `sizes` are those of the observations of the task, and behind each stage that shows others. The arrays of the
  // request are of the last of these. Throws std::bad_alloc.
  StagedRollout(Engine& engine, StageChain& chain, std::vector<RowSizes> sizes,
                const RolloutRequest& request);

  // Writes the observations as they stand; the first step reads them.
  void begin();
  // The present observations, one row a lane.
  const Leaves& observations() const { return step_.observations.back(); }

  // Takes step `t` under a policy, which must be prepared; or with given actions, of which nothing is recorded that
  // only a policy tells. `now` is the time in seconds that stages know. Throws InvalidAction, TaskFailed or
  // Interrupted, after which the batch has to be undone.
  void take(Policy& policy, std::size_t t, double now);
  void take(const ConstLeaves& actions, std::size_t t, double now);
  // Writes the last observations and what the policy tells of them, and hands out the episodes that have ended.
  EndedEpisodes finish(Policy& policy);
  EndedEpisodes finish();

 private:
  using Clock = std::chrono::steady_clock;

  template <class Choose>
  void take_with(const Choose& choose, bool may_be_invalid, double nanoseconds_per_lane, std::size_t t,
                 double now);
  template <class Work>
  void for_tiles(double nanoseconds_per_lane, const Work& work);
  void make_agents(const Policy& policy);
  ConstLeaves choose(Policy& policy, std::size_t tile, const LaneRange& lanes, std::size_t t);
  void step_tile(std::size_t tile, const Leaves& actions, PhaseClock* clock);
  void add_agent_step(Policy& policy, std::size_t tile, std::size_t t);
  void list_ended(std::size_t t);
  void record(std::size_t t);
  bool is_stopped();

  Engine& engine_;
  StageChain& chain_;
  std::vector<RowSizes> sizes_;
  const RolloutRequest& request_;
  std::size_t tile_lanes_, num_tiles_;
  int threads_;
  Repetition repetition_;
  // of a step of all lanes
  std::vector<RowBuffer> observation_rows_, final_rows_;
  RowBuffer actions_;
  std::vector<double> rewards_;
  std::vector<std::uint8_t> terminated_, truncated_, resting_, waiting_;
  bool any_resting_ = false;
  std::vector<std::int64_t> ended_;
  std::vector<EndedLanes> ended_of_tile_;
  std::vector<std::size_t> first_ended_of_tile_;    // the place of its first entry in `ended_`
  std::vector<PolicyScratch> scratch_;              // one a tile, once a policy has been asked
  std::vector<std::unique_ptr<AgentRows>> agents_;  // one a tile, if what the policy tells is recorded
  StageStep step_;
  EndedEpisodes episodes_;
  std::atomic<bool> stop_{false};
  Clock::time_point next_poll_;
};

// A whole rollout under a native policy, for an owner who has entered the batch. The policy knows the batch by
// `face`. `now(steps)` is the time in seconds. A failure is undone here, except in the stages.
EndedEpisodes staged_rollout(Engine& engine, StageChain& chain, const std::vector<RowSizes>& sizes,
                             Policy& policy, const PolicyBatch& face, const RolloutRequest& request,
                             double clock_offset);

// Seconds of the clock that stages are given, before an offset.
double stage_seconds();

}  // namespace plyo
