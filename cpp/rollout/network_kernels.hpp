// The arithmetic of dense layers over the lanes of a block, compiled for each instruction set. Every sum starts
// from the bias and takes its terms in the order of the inputs, each product and each sum rounded, so the bits do
// not depend on the vectors' width, on the number of lanes or on the way in which they lie.
#pragma once

#include <cstddef>

#include "../core/isa.hpp"

namespace plyo {

enum class Activation : unsigned char { kNone, kTanh, kRelu, kSilu };

// Lanes that go through all layers together: a layer of 64 values is 16 KiB, half of the first-level cache.
inline constexpr std::size_t kBlockLanes = 64;

// Blocks are computed for a multiple of this many lanes; with fewer lanes, outputs are the vector dimension.
inline constexpr std::size_t kLaneGroup = 16;

// Outputs whose weights lie together.
inline constexpr std::size_t kPanelOutputs = 16;

constexpr std::size_t round_up(std::size_t count, std::size_t unit) {
  return (count + unit - 1) / unit * unit;
}

// One layer of one network in panels of kPanelOutputs outputs, of which the last is filled up with zeros. A panel
// is rows of kPanelOutputs numbers: the biases, then the weights of one input after the other.
struct PackedLayer {
  std::size_t num_inputs = 0;
  std::size_t num_outputs = 0;
  Activation activation = Activation::kNone;
  const float* panels = nullptr;
};

// The products of a layer of a GRU, and its hidden states. The gates reset, update and new of a number are
// `gate_pitch` floats apart.
struct GateValues {
  const float* from_inputs = nullptr;
  const float* from_states = nullptr;
  std::size_t gate_pitch = 0;
  float* states = nullptr;
};

struct NetworkKernels {
  // outputs = activation(bias + weights inputs), in planes: value k of lane i is at `[k * kBlockLanes + i]`. Lanes
  // are rounded up to a multiple of kLaneGroup.
  void (*dense_block)(const PackedLayer& layer, const float* inputs, float* outputs, std::size_t lanes);
  // The same in rows: value k of lane i is at `[i * pitch + k]`. Rows of outputs are filled up to a multiple of
  // kPanelOutputs.
  void (*dense_rows)(const PackedLayer& layer, const float* inputs, std::size_t input_pitch, float* outputs,
                     std::size_t output_pitch, std::size_t lanes);
  // planes[k][i] = rows[i][k], zeros up to the next multiple of kLaneGroup; doubles are rounded to float.
  void (*to_planes)(const float* rows, std::size_t pitch, std::size_t num_values, std::size_t lanes,
                    float* planes);
  void (*doubles_to_planes)(const double* rows, std::size_t pitch, std::size_t num_values, std::size_t lanes,
                            float* planes);
  // rows[i][k] = planes[k][i], for the block's lanes.
  void (*to_rows)(const float* planes, std::size_t num_values, std::size_t lanes, float* rows,
                  std::size_t pitch);
  // Moves `count` hidden states that lie together: states = n + z (states - n), with r and z the sigmoids of the
  // sums of their gates, and n = tanh(from_inputs + r from_states).
  void (*gru_gates)(const GateValues& values, std::size_t count);
};

// The kernels of one instruction set.
const NetworkKernels& network_kernels(Isa isa);

}  // namespace plyo
