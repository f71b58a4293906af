// Whole rollouts: many steps of a batch under a native policy, without coming back to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy.hpp"

namespace plyo {

// Where a rollout is recorded: arrays of [num_steps][num_envs] rows. Null pointers are left out.
struct TrajectoryArrays {
  Leaves observations = {};  // before each step
  Leaves actions = {};
  double* rewards = nullptr;
  std::uint8_t* terminated = nullptr;
  std::uint8_t* truncated = nullptr;
  Leaves last_observations = {};  // after the last step: [num_envs] rows
};

// The episodes that ended, by time and then by lane.
struct EndedEpisodes {
  std::vector<std::int64_t> times;  // the step that ended them
  std::vector<std::int64_t> lanes;
  std::vector<double> returns;
  std::vector<std::int64_t> lengths;
  std::vector<std::vector<std::byte>>
      final_observations;  // of each leaf one row an episode, in same-step mode
};

struct RolloutRequest {
  std::size_t num_steps = 0;
  TrajectoryArrays arrays;
  bool record_episodes = false;
  // Goes on with a rollout: lanes whose episode ended in it may rest.
  bool continues = false;
  // Asked every few milliseconds by the calling thread; true abandons the rollout.
  const ThreadPool::Poll* poll = nullptr;
};

// Steps the batch `num_steps` times from where it stands. If the rollout is abandoned (Interrupted) or an
// action is outside its space (InvalidAction), batch and policy are as they were before, and the exception is
// thrown.
EndedEpisodes rollout(Engine& engine, Policy& policy, const RolloutRequest& request);

}  // namespace plyo
