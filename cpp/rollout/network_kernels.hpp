// The arithmetic of network policies over the lanes of a tile, compiled for each instruction set. Lanes are
// the vector dimension and every sum runs in the order of its terms, so the bits do not depend on the
// vectors' width.
#pragma once

#include <cstddef>

#include "../core/isa.hpp"

namespace plyo {

enum class Activation : unsigned char { kNone, kTanh, kRelu };

// Planes of one value a lane: value k of lane i is at `planes[k * kLanePitch + i]`. Loops run over whole
// planes of kLanePitch lanes, so the planes must have that many.
inline constexpr std::size_t kLanePitch = 256;

struct NetworkKernels {
  // outputs[u] = activation(bias[u] + sum over k of weights[u * num_inputs + k] * inputs[k]), for lanes
  // [first, end).
  void (*dense)(const float* inputs, std::size_t num_inputs, const float* weights, const float* bias,
                Activation activation, float* outputs, std::size_t num_outputs, std::size_t first,
                std::size_t end);
  // planes[k][i] = rows[i][k]; doubles are rounded to float
  void (*to_planes)(const float* rows, std::size_t num_lanes, std::size_t num_values, float* planes);
  void (*doubles_to_planes)(const double* rows, std::size_t num_lanes, std::size_t num_values, float* planes);
};

// The kernels of one instruction set.
const NetworkKernels& network_kernels(Isa isa);

}  // namespace plyo
