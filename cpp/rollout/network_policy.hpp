// Linear policies and multi-layer perceptrons, also as a population of one network a group of lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network_kernels.hpp"
#include "policy.hpp"

namespace plyo {

// The ways to turn the last layer's outputs into an action.
enum class Head : std::uint8_t {
  kArgmax,       // discrete: the first of the largest outputs
  kCategorical,  // discrete: drawn with probabilities softmax(outputs)
  kMean,         // Box: the outputs
  kGaussian,     // Box: outputs + exp(log_std) * standard normal
};

struct DenseLayer {
  std::size_t num_inputs = 0;
  std::size_t num_outputs = 0;
  std::vector<float> weights;  // [population][output][input]
  std::vector<float> bias;     // [population][output]
};

struct NetworkConfig {
  std::vector<DenseLayer> layers;
  Activation activation = Activation::kTanh;  // of every layer except the last
  Head head = Head::kArgmax;
  std::vector<float> log_std;  // [population][output], for kGaussian
  bool clip_actions = true;    // a Box action is clipped to its space
  std::size_t population = 1;
  SeedWords seed;  // of the streams that stochastic heads draw from
};

class NetworkPolicy final : public Policy {
 public:
  explicit NetworkPolicy(NetworkConfig config);

  // Takes other layers, or another head; the streams continue.
  void set_config(NetworkConfig config);

  void prepare(const Engine& engine, std::size_t num_steps) override;
  void make_room(PolicyScratch& scratch, std::size_t num_lanes) const override;
  ConstLeaves act(const PolicyTile& tile) override;
  bool needs_observations() const override { return true; }
  bool may_be_invalid() const override { return !config_.clip_actions; }
  double nanoseconds_per_lane() const override;

 private:
  bool draws() const { return config_.head == Head::kCategorical || config_.head == Head::kGaussian; }
  void read_inputs(const PolicyTile& tile, float* planes) const;
  void choose_discrete(const PolicyTile& tile, const float* outputs);
  template <class Number>
  void choose_box(const PolicyTile& tile, const float* outputs);

  NetworkConfig config_;
  std::size_t widest_ = 0;      // values of the widest layer, the input included
  std::size_t group_size_ = 1;  // lanes that share a network
  SpaceInfo action_{};
  LeafInfo observation_{};
  const NetworkKernels* kernels_ = nullptr;
};

}  // namespace plyo
