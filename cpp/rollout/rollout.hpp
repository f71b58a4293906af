// Whole rollouts: many steps of a batch under a native policy, without returning to the caller.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent_records.hpp"
#include "ended_episodes.hpp"
#include "policy.hpp"

namespace plyo {

// The records of a rollout: arrays of [num_steps][num_envs] rows. Null pointers are left out.
struct TrajectoryArrays {
  Leaves observations = {};  // before each step
  Leaves actions = {};
  double* rewards = nullptr;
  std::uint8_t* terminated = nullptr;
  std::uint8_t* truncated = nullptr;
  Leaves last_observations = {};  // after the last step: [num_envs] rows
};

struct RolloutRequest {
  std::size_t num_steps = 0;
  TrajectoryArrays arrays;
  AgentArrays agent = {};
  bool record_episodes = false;
  // Whether others can write into these arrays, as a caller's own may be: then nothing is read back from
  // them.
  bool shares_arrays = false;
  // Asked every few milliseconds by the calling thread; true abandons the rollout.
  const ThreadPool::Poll* poll = nullptr;
  // Whether stages have rewards of float32; those of a task are rounded for them.
  bool rounds_rewards = false;
  // Whether a failure is undone here; false for an owner who keeps a copy of the lanes.
  bool undoes = true;
  // Given the episodes before the rollout counts: if this throws, nothing has moved.
  const FunctionRef<void(EndedEpisodes&)>* deliver = nullptr;
};

// Steps the batch `num_steps` times from its present state. If the rollout is abandoned (Interrupted), an
// action is outside its space (InvalidAction) or memory ends (std::bad_alloc), batch and policy are as they
// were before, and the exception is thrown.
EndedEpisodes rollout(Engine& engine, Policy& policy, const RolloutRequest& request);

// The same for the owner of a reservation, who has entered: lanes whose episode ended in an earlier piece
// rest.
EndedEpisodes rollout_piece(Engine& engine, Policy& policy, const RolloutRequest& request);

}  // namespace plyo
