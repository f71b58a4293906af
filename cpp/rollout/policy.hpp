// Policies: native functions from observations to actions.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "../engine/engine.hpp"
#include "aligned_floats.hpp"
#include "random_kernels.hpp"

namespace plyo {

// A policy's memory for the steps of one tile; its contents stay from step to step. It belongs to the tile,
// because another rollout may begin before this one ends, on the same thread.
struct PolicyScratch {
  RowBuffer rows;
  AlignedFloats numbers;
  std::vector<std::uint64_t> words;
};

// What a policy tells about its choices, one number a lane; null pointers are not wanted.
struct PolicyNotes {
  float* values = nullptr;       // of the observations
  float* log_probs = nullptr;    // of the actions
  float* entropies = nullptr;    // of the distributions that the actions are drawn from
  float* raw_actions = nullptr;  // raw_action_size() numbers a lane
};

// The hidden states of a recurrent policy, for each lane; 0 layers for a policy that remembers nothing.
struct HiddenShape {
  std::size_t layers = 0;
  std::size_t units = 0;
  std::size_t size() const { return layers * units; }
};

// The lanes in a call of a policy.
struct PolicyTile {
  std::size_t first_lane = 0;
  std::size_t count = 0;
  std::size_t time = 0;      // steps since the rollout began
  ConstLeaves observations;  // one row a lane
  Leaves actions;            // room for one row a lane
  PolicyScratch* scratch = nullptr;
  PolicyNotes notes = {};
};

// A batch as a policy knows it: what it observes and what it answers, which wrappers may have changed.
class PolicyBatch {
 public:
  PolicyBatch(const Engine& engine)  // NOLINT(google-explicit-constructor): a batch without wrappers
      : PolicyBatch(engine, engine.observation_space(), engine.action_space()) {}
  // The spaces must outlive this.
  PolicyBatch(const Engine& engine, const SpaceInfo& observation_space, const SpaceInfo& action_space)
      : engine_(engine),
        observation_space_(observation_space),
        action_space_(action_space),
        observation_sizes_(observation_space),
        action_sizes_(action_space) {}

  const EngineConfig& config() const { return engine_.config(); }
  std::size_t num_envs() const { return engine_.num_envs(); }
  const SpaceInfo& observation_space() const { return observation_space_; }
  const SpaceInfo& action_space() const { return action_space_; }
  const RowSizes& observation_sizes() const { return observation_sizes_; }
  const RowSizes& action_sizes() const { return action_sizes_; }

 private:
  const Engine& engine_;
  const SpaceInfo& observation_space_;
  const SpaceInfo& action_space_;
  RowSizes observation_sizes_, action_sizes_;
};

class Policy {
 public:
  Policy() = default;
  virtual ~Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  // Fits the policy to a batch and a number of steps; throws std::invalid_argument if it does not fit.
  virtual void prepare(const PolicyBatch& engine, std::size_t num_steps) = 0;

  // Makes the memory that act() needs for tiles of `num_lanes` lanes, so that a rollout allocates nothing
  // after its start.
  virtual void make_room(PolicyScratch& /*scratch*/, std::size_t /*num_lanes*/) const {}

  // Chooses actions. Returns their address: `tile.actions`, the scratch, or memory of the policy's own. Other
  // threads may call it for other tiles at the same time.
  virtual ConstLeaves act(const PolicyTile& tile) = 0;

  virtual bool needs_observations() const { return false; }

  // Which PolicyNotes there are, once the policy is prepared; of raw actions, how many numbers a lane, 0 for none.
  virtual bool has_values() const { return false; }
  virtual bool has_log_probs() const { return false; }
  virtual bool has_entropies() const { return false; }
  virtual std::size_t raw_action_size() const { return 0; }

  // A recurrent policy has hidden states, which act() moves on. The lanes that `starts` marks get the initial ones.
  virtual HiddenShape hidden_shape() const { return {}; }
  virtual void begin_episodes(std::size_t /*first_lane*/, std::size_t /*count*/,
                              const std::uint8_t* /*starts*/) {}

  // The values of observations of some lanes, one row an entry: lane `lanes[i]`, counted from `first_lane`, or
  // lane `first_lane + i` without a list. Of a policy that has values. Hidden states stay as they are.
  virtual void evaluate(const ConstLeaves& /*observations*/, std::size_t /*first_lane*/,
                        const LaneIndex* /*lanes*/, std::size_t /*count*/, PolicyScratch& /*scratch*/,
                        float* /*values*/) {}

  // Whether actions may leave the action space, so that the engine has to copy and check them.
  virtual bool may_be_invalid() const { return false; }

  // A rough cost, from which the rollout decides about threads and interruptions.
  virtual double nanoseconds_per_lane() const { return 1; }

  // What a policy carries from one rollout to the next.
  struct Memory {
    std::vector<Rng> streams;   // one a lane or one a lane and part; empty for a policy that draws nothing
    std::vector<float> hidden;  // [lane][layer][unit]; empty for a policy that remembers nothing
  };
  Memory& memory() { return memory_; }
  std::vector<Rng>& streams() { return memory_.streams; }
  bool has_memory() const { return !memory_.streams.empty() || !memory_.hidden.empty(); }

  Engine::Exclusive exclusive() { return {usage_, Access::kWrite}; }

 protected:
  // Starts a stream a lane at the first rollout, lane i from `seed + i`; later rollouts continue them. Of
  // `parts` streams a lane, the streams of part 0 of all lanes come first; they start from the seeds that a
  // Tuple gives its parts.
  void start_streams(const SeedWords& seed, std::size_t num_lanes, std::size_t parts = 0);
  std::vector<float>& hidden() { return memory_.hidden; }

 private:
  Memory memory_;
  Usage usage_{"this policy"};
};

// The memory that a policy begins in its first rollout. Where that fails, it belongs to no batch yet.
class FirstMemory {
 public:
  explicit FirstMemory(Policy& policy)
      : memory_(policy.memory()),
        is_first_stream_(memory_.streams.empty()),
        is_first_hidden_(memory_.hidden.empty()) {}
  void forget() {
    if (is_first_stream_) memory_.streams.clear();
    if (is_first_hidden_) memory_.hidden.clear();
  }

 private:
  Policy::Memory& memory_;
  bool is_first_stream_, is_first_hidden_;
};

// Uniform over the action space: lane i draws as after `single_action_space.seed(seed + i)`.
class RandomPolicy final : public Policy {
 public:
  explicit RandomPolicy(SeedWords seed) : seed_(std::move(seed)) {}
  void prepare(const PolicyBatch& engine, std::size_t num_steps) override;
  void make_room(PolicyScratch& scratch, std::size_t num_lanes) const override;
  ConstLeaves act(const PolicyTile& tile) override;
  double nanoseconds_per_lane() const override { return 2; }

 private:
  static constexpr std::size_t kStepsAhead = 8;

  void draw_leaf(std::size_t leaf, const PolicyTile& tile, std::size_t num_steps, void* actions);
  void draw_choices(const LeafInfo& leaf, Rng* streams, std::size_t count, std::size_t num_steps,
                    std::int64_t* actions);
  void draw_box(const LeafInfo& leaf, Rng* streams, std::size_t count, std::size_t num_steps, void* actions);

  SeedWords seed_;
  SpaceInfo space_{};
  RowSizes sizes_;
  std::size_t num_lanes_ = 0;
  std::size_t num_steps_ = 0;
  const RandomKernels* kernels_ = nullptr;
};

// The same action for every lane at every step.
class ConstantPolicy final : public Policy {
 public:
  // `row` is the action of one lane, as its space stores it, one part after the other.
  explicit ConstantPolicy(std::vector<std::byte> row) : row_(std::move(row)) {}
  void prepare(const PolicyBatch& engine, std::size_t num_steps) override;
  void make_room(PolicyScratch& scratch, std::size_t num_lanes) const override;
  ConstLeaves act(const PolicyTile& tile) override;

 private:
  std::vector<std::byte> row_;
  RowSizes sizes_;
};

// Given actions, one row a lane and step. Others may write them meanwhile, so every step is checked as it is
// taken.
class SequencePolicy final : public Policy {
 public:
  // `actions`, one array a part, keep the memory that they point to alive.
  SequencePolicy(std::vector<std::shared_ptr<const void>> actions, std::size_t num_steps,
                 std::size_t num_lanes)
      : actions_(std::move(actions)), num_steps_(num_steps), num_lanes_(num_lanes) {}
  void prepare(const PolicyBatch& engine, std::size_t num_steps) override;
  ConstLeaves act(const PolicyTile& tile) override;
  bool may_be_invalid() const override { return true; }
  // The arrays of the parts, and how many rows each has.
  ConstLeaves all() const;
  std::size_t num_rows() const { return num_steps_ * num_lanes_; }

 private:
  std::vector<std::shared_ptr<const void>> actions_;
  std::size_t num_steps_;
  std::size_t num_lanes_;
  RowSizes sizes_;
};

}  // namespace plyo
