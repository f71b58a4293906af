#include "network_kernels.hpp"

#include <algorithm>

#include "../core/math.hpp"

namespace plyo {
namespace {

PLYO_ALWAYS_INLINE void activate(Activation activation, float* values, std::size_t count) {
  if (activation == Activation::kTanh) {
    for (std::size_t i = 0; i < count; ++i) values[i] = math::tanh(values[i]);
  } else if (activation == Activation::kRelu) {
    for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
  }
}

// kBlock lanes whose sums are kept in registers together.
template <std::size_t kBlock>
PLYO_ALWAYS_INLINE void dense_block(const float* inputs, std::size_t num_inputs, const float* weights,
                                    float bias, float* outputs) {
  float sums[kBlock];
  for (std::size_t i = 0; i < kBlock; ++i) sums[i] = bias;
  for (std::size_t k = 0; k < num_inputs; ++k) {
    const float weight = weights[k];
    const float* const input = inputs + k * kLanePitch;
    for (std::size_t i = 0; i < kBlock; ++i) sums[i] += weight * input[i];
  }
  for (std::size_t i = 0; i < kBlock; ++i) outputs[i] = sums[i];
}

PLYO_ALWAYS_INLINE void dense(const float* inputs, std::size_t num_inputs, const float* weights,
                              const float* bias, Activation activation, float* outputs,
                              std::size_t num_outputs, std::size_t first, std::size_t end) {
  for (std::size_t u = 0; u < num_outputs; ++u) {
    const float* const row = weights + u * num_inputs;
    float* const output = outputs + u * kLanePitch;
    // the groups of a population are small: narrower blocks for the rest after the widest
    std::size_t i = first;
    for (; i + 32 <= end; i += 32) dense_block<32>(inputs + i, num_inputs, row, bias[u], output + i);
    for (; i + 8 <= end; i += 8) dense_block<8>(inputs + i, num_inputs, row, bias[u], output + i);
    for (; i < end; ++i) dense_block<1>(inputs + i, num_inputs, row, bias[u], output + i);
    activate(activation, output + first, end - first);
  }
}

template <class Number>
PLYO_ALWAYS_INLINE void to_planes(const Number* rows, std::size_t num_lanes, std::size_t num_values,
                                  float* planes) {
  for (std::size_t k = 0; k < num_values; ++k) {
    for (std::size_t i = 0; i < num_lanes; ++i) {
      planes[k * kLanePitch + i] = static_cast<float>(rows[i * num_values + k]);
    }
  }
}

template <Isa kIsa>
struct NetworkKernelsFor {
  static constexpr NetworkKernels table{compiled_for<kIsa, &dense>(), compiled_for<kIsa, &to_planes<float>>(),
                                        compiled_for<kIsa, &to_planes<double>>()};
};

constexpr ByIsa<NetworkKernels> kNetworkKernels = every_isa<NetworkKernels, NetworkKernelsFor>();

}  // namespace

const NetworkKernels& network_kernels(Isa isa) { return *kNetworkKernels.find(isa); }

}  // namespace plyo
