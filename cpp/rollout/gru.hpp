// Gated recurrent units (Cho et al. 2014), in the equations of torch.nn.GRU: layers over the hidden states of the
// lanes of a block.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "network.hpp"
#include "policy.hpp"

namespace plyo {

// A stack of layers, also as a population; without layers, the identity.
class Gru {
 public:
  Gru() = default;
  // Of each layer the product with what it is given and that with its hidden state: the outputs are the gates reset,
  // update and new, one after the other. Throws std::invalid_argument if they do not fit each other.
  Gru(std::span<const DenseLayer> inputs, std::span<const DenseLayer> states, std::size_t population);

  bool empty() const { return inputs_.empty(); }
  HiddenShape shape() const { return {.layers = inputs_.size(), .units = units_}; }
  std::size_t num_inputs() const { return inputs_.front().num_inputs(); }
  // Floats of scratch memory for a block.
  std::size_t room() const { return (2 * gates_room() + inputs_.size() * states_room()); }
  // A rough cost.
  double nanoseconds_per_lane() const;

  // One step of the lanes of a block, whose hidden states are rows of shape().size() floats. Returns the states of
  // the last layer, in scratch memory.
  LaneValues forward(const NetworkKernels& kernels, std::size_t member, const LaneValues& inputs,
                     const float* hidden, float* scratch) const;
  // Writes the hidden states after that step to rows.
  void store(const NetworkKernels& kernels, const LaneValues& made, const float* scratch,
             float* hidden) const;

 private:
  std::size_t gates_room() const { return round_up(3 * units_, kPanelOutputs) * kBlockLanes; }
  std::size_t states_room() const { return round_up(units_, kPanelOutputs) * kBlockLanes; }
  LaneValues load(const NetworkKernels& kernels, const LaneValues& inputs, const float* hidden,
                  float* states) const;
  void move(const NetworkKernels& kernels, const LaneValues& from_inputs, const LaneValues& from_states,
            float* states) const;

  std::vector<Network> inputs_, states_;  // one layer each
  std::size_t units_ = 0;
};

}  // namespace plyo
