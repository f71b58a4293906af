#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "../engine/errors.hpp"

namespace plyo {
namespace {

void check_finite(const std::vector<float>& values, const std::string& what) {
  for (const float value : values) {
    if (!std::isfinite(value)) throw std::invalid_argument(text(what, " must be finite, got ", value));
  }
}

// The panels of one network's layer, see PackedLayer.
void pack(const DenseLayer& layer, std::size_t member, float* panels) {
  const float* const weights = layer.weights.data() + member * layer.num_outputs * layer.num_inputs;
  const float* const bias = layer.bias.data() + member * layer.num_outputs;
  for (std::size_t first = 0; first < layer.num_outputs; first += kPanelOutputs) {
    const std::size_t count = std::min(kPanelOutputs, layer.num_outputs - first);
    std::fill_n(panels, kPanelOutputs * (layer.num_inputs + 1), 0.0F);
    for (std::size_t u = 0; u < count; ++u) {
      const float* const row = weights + (first + u) * layer.num_inputs;
      panels[u] = bias[first + u];
      for (std::size_t k = 0; k < layer.num_inputs; ++k) panels[(k + 1) * kPanelOutputs + u] = row[k];
    }
    panels += kPanelOutputs * (layer.num_inputs + 1);
  }
}

}  // namespace

Network::Network(std::span<const DenseLayer> layers, std::size_t population, Activation activation,
                 Activation last, const char* name) {
  std::size_t total = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const DenseLayer& layer = layers[l];
    const std::size_t size = layer.num_inputs * layer.num_outputs;
    if (size == 0 || layer.weights.size() != population * size ||
        layer.bias.size() != population * layer.num_outputs ||
        (l > 0 && layers[l - 1].num_outputs != layer.num_inputs)) {
      throw std::invalid_argument(text(name, "layer ", l, " does not fit its numbers or the layer before"));
    }
    check_finite(layer.weights, text("the weights of ", name, "layer ", l));
    check_finite(layer.bias, text("the bias of ", name, "layer ", l));
    const std::size_t outputs = round_up(layer.num_outputs, kPanelOutputs);
    const bool is_last = l + 1 == layers.size();
    layers_.push_back({.num_inputs = layer.num_inputs,
                       .num_outputs = layer.num_outputs,
                       .activation = is_last ? last : activation,
                       .first = total,
                       .member_size = outputs * (layer.num_inputs + 1)});
    total += population * outputs * (layer.num_inputs + 1);
    widest_ = std::max(widest_, outputs);
    nanoseconds_ += static_cast<double>(size) / 25 + static_cast<double>(layer.num_outputs) / 2;
  }
  weights_.resize(total);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    for (std::size_t member = 0; member < population; ++member) {
      pack(layers[l], member, weights_.data() + layers_[l].first + member * layers_[l].member_size);
    }
  }
}

void Network::take_layer(const NetworkKernels& kernels, std::size_t member, std::size_t layer,
                         Pass& pass) const {
  const Place& place = layers_[layer];
  const PackedLayer packed{.num_inputs = place.num_inputs,
                           .num_outputs = place.num_outputs,
                           .activation = place.activation,
                           .panels = weights_.data() + place.first + member * place.member_size};
  LaneValues& values = pass.values;
  if (values.in_rows()) {
    const std::size_t pitch = round_up(place.num_outputs, kPanelOutputs);
    kernels.dense_rows(packed, values.data, values.row_pitch, pass.one, pitch, values.lanes);
    values.row_pitch = pitch;
  } else {
    kernels.dense_block(packed, values.data, pass.one, values.lanes);
  }
  values.data = pass.one;
  std::swap(pass.one, pass.other);
}

LaneValues Network::forward(const NetworkKernels& kernels, std::size_t member, const LaneValues& inputs,
                            float* one, float* other) const {
  Pass pass{.values = inputs, .one = one, .other = other};
  for (std::size_t l = 0; l < layers_.size(); ++l) take_layer(kernels, member, l, pass);
  return pass.values;
}

void Network::forward_both(const NetworkKernels& kernels, std::size_t member, const Network& a, Pass& of_a,
                           const Network& b, Pass& of_b) {
  for (std::size_t l = 0; l < std::max(a.layers_.size(), b.layers_.size()); ++l) {
    if (l < a.layers_.size()) a.take_layer(kernels, member, l, of_a);
    if (l < b.layers_.size()) b.take_layer(kernels, member, l, of_b);
  }
}

}  // namespace plyo
