// The records of a rollout that a trainer reads: what the policy tells about its choices, and the advantages and
// returns that follow from its values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy.hpp"
#include "returns_kernels.hpp"
#include "tile_rows.hpp"

namespace plyo {

// Arrays of [num_steps][num_envs] numbers, raw actions of rows. Null pointers are left out.
struct AgentArrays {
  float* values = nullptr;
  float* log_probs = nullptr;
  float* entropies = nullptr;
  float* raw_actions = nullptr;
  float* advantages = nullptr;
  float* returns = nullptr;
  std::uint8_t* valid = nullptr;  // whether the row is a step of an episode
  float* last_values = nullptr;   // [num_envs], of the observations after the last step
  float* hidden = nullptr;        // [layer][num_envs][unit], the policy's hidden states before the first step
  HiddenShape hidden_shape = {};  // of `hidden`
  float gamma = 0.99F;
  float gae_lambda = 0.95F;

  // Whether anything is recorded, and whether that takes a backward pass or values.
  bool any() const;
  bool wants_returns() const { return advantages != nullptr || returns != nullptr; }
  bool wants_values() const { return wants_returns() || values != nullptr || last_values != nullptr; }
  // The recorded bytes of one step of one lane.
  std::size_t bytes(std::size_t raw_action_size) const;
};

// Throws std::invalid_argument if a policy, once prepared, cannot give what is to be recorded.
void check_agent_records(const AgentArrays& arrays, const Policy& policy);

// A step of a tile, as the policy and the trainer know it; pointers are to the tile's first lane.
struct AgentStep {
  const double* rewards = nullptr;
  const std::uint8_t* terminated = nullptr;
  const std::uint8_t* truncated = nullptr;
  // in same-step mode: the lanes whose episodes ended, ascending, and their last observations, one row an entry
  std::size_t num_ended = 0;
  const LaneIndex* ended = nullptr;
  ConstLeaves final_observations = {};
};

// A tile's share of these records, with the memory of the backward pass.
class AgentRows {
 public:
  struct Shape {
    std::size_t num_steps;
    std::size_t num_envs;
    std::size_t max_lanes;
    std::size_t raw_action_size;
    RowSizes observations;
  };
  AgentRows(const AgentArrays& arrays, const AutoresetRules& rules, const Shape& shape,
            const TileRows::Options& options);

  // Goes to another tile.
  void aim(std::size_t first, std::size_t count);

  // Where the policy writes at step t, and where the engine marks the lanes that the step resets.
  PolicyNotes notes(std::size_t t);
  std::uint8_t* resets() { return resets_.data(); }
  // The observations after the last step are wanted, for their values.
  bool needs_last() const { return arrays_.last_values != nullptr || arrays_.wants_returns(); }

  // Before the first step, after the policy's choice, and after the step.
  void keep_hidden(Policy& policy) const;
  void keep_notes(std::size_t t);
  void add_step(std::size_t t, const AgentStep& step, Policy& policy, PolicyScratch& scratch);
  // After the last step, given the observations after it.
  void finish(Policy& policy, const ConstLeaves& last_observations, PolicyScratch& scratch);

 private:
  void mark_valid(std::size_t t, const AgentStep& step);
  void add_final_values(std::size_t t, const AgentStep& step, Policy& policy, PolicyScratch& scratch);

  AgentArrays arrays_;
  AutoresetRules rules_;
  Shape shape_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  TileRows values_, log_probs_, entropies_, raw_actions_, valid_;
  std::vector<std::uint8_t> resets_;  // of the present step
  std::vector<std::uint8_t> rests_;   // lanes whose episode ended, where they wait for a reset
  // for the backward pass, [num_steps][max_lanes]
  std::vector<float> step_rewards_, step_values_;
  std::vector<std::uint8_t> flags_;
  std::vector<float> last_values_;
};

}  // namespace plyo
