// Linear policies, multi-layer perceptrons and recurrent networks, with a value network or without, also as a
// population of one network a group of lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "gru.hpp"
#include "head_kernels.hpp"
#include "network.hpp"
#include "policy.hpp"

namespace plyo {

// The ways to turn the last layer's outputs into an action.
enum class Head : std::uint8_t {
  kArgmax,            // discrete: the first of the largest outputs
  kCategorical,       // discrete: drawn with probabilities softmax(outputs)
  kMean,              // Box: the outputs
  kGaussian,          // Box: outputs + exp(log_std) * standard normal
  kSquashedMean,      // Box: tanh(outputs), scaled to the bounds of the space
  kSquashedGaussian,  // Box: tanh of what kGaussian draws, scaled likewise
};

struct NetworkConfig {
  std::vector<DenseLayer> layers;           // from the observation, the trunk or the GRU to the outputs
  std::vector<DenseLayer> trunk = {};       // before the rest; an activation follows each layer of it
  std::vector<DenseLayer> value = {};       // to one number, the value of an observation; empty: none
  std::vector<DenseLayer> gru_inputs = {};  // of a GRU between the trunk and the rest, see Gru; empty: none
  std::vector<DenseLayer> gru_states = {};
  std::vector<float> initial_hidden = {};     // [population][layer][unit], where episodes begin; empty: zeros
  Activation activation = Activation::kTanh;  // of the trunk, and of all layers but the last
  Activation value_activation = Activation::kTanh;  // of the value network, except its last layer
  Head head = Head::kArgmax;
  std::vector<float> log_std = {};  // [population][output], for heads that draw normals
  // Instead of `log_std`: the last layer's outputs are the elements of the action, and the log_std of each.
  std::optional<LogStdRange> log_std_range = {};
  bool clip_actions = true;  // a Box action is clipped to its space
  std::size_t population = 1;
  SeedWords seed = {};  // of the streams that stochastic heads draw from
};

class NetworkPolicy final : public Policy {
 public:
  explicit NetworkPolicy(NetworkConfig config);

  // Takes other layers, or another head; the streams and hidden states continue. Throws std::invalid_argument if the
  // hidden states are of another shape.
  void set_config(NetworkConfig config);

  void prepare(const PolicyBatch& engine, std::size_t num_steps) override;
  void make_room(PolicyScratch& scratch, std::size_t num_lanes) const override;
  ConstLeaves act(const PolicyTile& tile) override;
  void evaluate(const ConstLeaves& observations, std::size_t first_lane, const LaneIndex* lanes,
                std::size_t count, PolicyScratch& scratch, float* values) override;
  bool needs_observations() const override { return true; }
  bool may_be_invalid() const override { return !clip_actions_ && !is_squashed(); }
  bool has_values() const override { return !value_.empty(); }
  bool has_log_probs() const override { return draws(); }
  bool has_entropies() const override { return draws() && head_ != Head::kSquashedGaussian; }
  std::size_t raw_action_size() const override { return is_discrete() ? 0 : action_outputs(); }
  HiddenShape hidden_shape() const override { return gru_.shape(); }
  void begin_episodes(std::size_t first_lane, std::size_t count, const std::uint8_t* starts) override;
  double nanoseconds_per_lane() const override;

 private:
  // Lanes of a tile that share a network and are computed together.
  struct Block {
    std::size_t member;
    std::size_t first;  // in the tile
    std::size_t count;
  };
  // The parts of a tile's scratch.
  struct Buffers {
    float* inputs;
    float* layers[5];  // outputs of layers
    float* head;
    float* draws;
    float* gru;
    float* hidden;  // of lanes that are not neighbours
  };

  bool is_discrete() const { return head_ == Head::kArgmax || head_ == Head::kCategorical; }
  bool is_squashed() const { return head_ == Head::kSquashedMean || head_ == Head::kSquashedGaussian; }
  bool draws_normals() const { return head_ == Head::kGaussian || head_ == Head::kSquashedGaussian; }
  bool draws() const { return head_ == Head::kCategorical || draws_normals(); }
  // Outputs that are not log_std.
  std::size_t action_outputs() const { return layers_.num_outputs() / (log_std_range_ ? 2 : 1); }
  void check_spaces(const PolicyBatch& engine) const;
  void read_ranges();
  void start_hidden(std::size_t num_lanes);
  std::size_t room() const;
  std::size_t input_room() const { return observation_.size * kBlockLanes; }
  std::size_t words_per_lane() const;
  Buffers buffers_of(PolicyScratch& scratch) const;
  // The inputs of policy and value network, given hidden states in rows.
  LaneValues read_features(const ConstLeaves& observations, const Block& block, const float* hidden,
                           const Buffers& room) const;
  const float* hidden_of(const Block& block, std::size_t first_lane, const LaneIndex* lanes, float* room);
  LaneValues read_inputs(const ConstLeaves& observations, const Block& block, float* room) const;
  const float* to_planes(const LaneValues& values, std::size_t size, float* room) const;
  void draw_words(const PolicyTile& tile, const Block& block);
  void act_block(const PolicyTile& tile, const Block& block);
  void choose_discrete(const PolicyTile& tile, const Block& block, const HeadBlock& head) const;
  void choose_box(const PolicyTile& tile, const Block& block, const HeadBlock& head, float* draws) const;
  template <class Number>
  void write_box(const Block& block, const float* draws, Number* actions) const;
  void write_values(const Block& block, const LaneValues& features, float* one, float* other,
                    float* values) const;
  LaneValues forward_both(const Block& block, const LaneValues& features, const Buffers& room, float* one,
                          float* values) const;

  Network trunk_, layers_, value_;
  Gru gru_;
  std::vector<float> initial_hidden_;
  Head head_ = Head::kArgmax;
  std::vector<float> log_std_;
  std::optional<LogStdRange> log_std_range_;
  bool clip_actions_ = true;
  std::size_t population_ = 1;
  SeedWords seed_;

  std::size_t group_size_ = 1;  // lanes that share a network
  SpaceInfo action_{};
  LeafInfo observation_{};
  std::vector<float> middle_, range_;  // of a squashed head: middle + range * tanh(draw)
  float log_ranges_ = 0;               // the sum of log(range)
  const NetworkKernels* kernels_ = nullptr;
  const HeadKernels* heads_ = nullptr;
};

}  // namespace plyo
