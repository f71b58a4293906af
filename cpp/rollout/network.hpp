// Dense networks: weights packed for the kernels, and the forward pass of a block of lanes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aligned_floats.hpp"
#include "network_kernels.hpp"

namespace plyo {

struct DenseLayer {
  std::size_t num_inputs = 0;
  std::size_t num_outputs = 0;
  std::vector<float> weights;  // [population][output][input]
  std::vector<float> bias;     // [population][output]
};

// Values of the lanes of a block: in planes, or in rows for fewer than kLaneGroup lanes.
struct LaneValues {
  const float* data = nullptr;
  std::size_t lanes = 0;      // at most kBlockLanes
  std::size_t row_pitch = 0;  // 0: planes

  bool in_rows() const { return row_pitch != 0; }
};

// A chain of layers, also as a population of many networks of one shape; without layers, the identity.
class Network {
 public:
  Network() = default;
  // `activation` follows every layer except the last one, which `last` follows. Throws std::invalid_argument,
  // naming the layers by `name`, if the layers do not fit each other or a number is not finite.
  Network(std::span<const DenseLayer> layers, std::size_t population, Activation activation, Activation last,
          const char* name);

  bool empty() const { return layers_.empty(); }
  std::size_t num_inputs() const { return layers_.front().num_inputs; }
  std::size_t num_outputs() const { return layers_.back().num_outputs; }
  // Floats of the widest layer's outputs for a block.
  std::size_t room() const { return widest_ * kBlockLanes; }
  // A rough cost.
  double nanoseconds_per_lane() const { return nanoseconds_; }

  // The outputs of one network for the lanes of a block, in one of two buffers of room() floats.
  LaneValues forward(const NetworkKernels& kernels, std::size_t member, const LaneValues& inputs, float* one,
                     float* other) const;

  // A forward pass: the values so far, and two buffers of which the first is free.
  struct Pass {
    LaneValues values;
    float* one;
    float* other;
  };
  // The passes of two networks, one layer of each in turn: with few lanes a layer waits for its own sums most of the
  // time, in which the processor works at the other network.
  static void forward_both(const NetworkKernels& kernels, std::size_t member, const Network& a, Pass& of_a,
                           const Network& b, Pass& of_b);

 private:
  void take_layer(const NetworkKernels& kernels, std::size_t member, std::size_t layer, Pass& pass) const;

  struct Place {
    std::size_t num_inputs, num_outputs;
    Activation activation;
    std::size_t first;        // of the weights of the first network
    std::size_t member_size;  // from one network to the next
  };

  std::vector<Place> layers_;
  AlignedFloats weights_;
  std::size_t widest_ = 0;
  double nanoseconds_ = 0;
};

}  // namespace plyo
