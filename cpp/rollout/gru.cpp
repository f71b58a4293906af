#include "gru.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "../engine/errors.hpp"

namespace plyo {

Gru::Gru(std::span<const DenseLayer> inputs, std::span<const DenseLayer> states, std::size_t population) {
  if (inputs.size() != states.size()) {
    throw std::invalid_argument(text("a GRU has two products a layer, got ", inputs.size(), " of inputs and ",
                                     states.size(), " of hidden states"));
  }
  units_ = states.empty() ? 0 : states.front().num_inputs;
  for (std::size_t l = 0; l < inputs.size(); ++l) {
    const std::string name = text("GRU layer ", l, ", ");
    inputs_.emplace_back(inputs.subspan(l, 1), population, Activation::kNone, Activation::kNone,
                         name.c_str());
    states_.emplace_back(states.subspan(l, 1), population, Activation::kNone, Activation::kNone,
                         name.c_str());
    const bool fits = states[l].num_inputs == units_ && states[l].num_outputs == 3 * units_ &&
                      inputs[l].num_outputs == 3 * units_ && (l == 0 || inputs[l].num_inputs == units_);
    if (fits) continue;
    throw std::invalid_argument(text("GRU layer ", l, " must have ", 3 * units_, " gates of ", units_,
                                     " hidden states", l == 0 ? "" : " and as many inputs"));
  }
}

double Gru::nanoseconds_per_lane() const {
  double sum = 0;
  for (std::size_t l = 0; l < inputs_.size(); ++l) {
    sum += inputs_[l].nanoseconds_per_lane() + states_[l].nanoseconds_per_lane() +
           static_cast<double>(units_) * 3;
  }
  return sum;
}

// The hidden states of one layer, in rows or planes as the inputs are.
LaneValues Gru::load(const NetworkKernels& kernels, const LaneValues& inputs, const float* hidden,
                     float* states) const {
  const std::size_t pitch = shape().size();
  if (!inputs.in_rows()) {
    kernels.to_planes(hidden, pitch, units_, inputs.lanes, states);
    return {.data = states, .lanes = inputs.lanes};
  }
  const std::size_t own_pitch = round_up(units_, kPanelOutputs);
  for (std::size_t i = 0; i < inputs.lanes; ++i) {
    std::copy_n(hidden + i * pitch, units_, states + i * own_pitch);
  }
  return {.data = states, .lanes = inputs.lanes, .row_pitch = own_pitch};
}

// Moves the hidden states of one layer, given its products.
void Gru::move(const NetworkKernels& kernels, const LaneValues& from_inputs, const LaneValues& from_states,
               float* states) const {
  const std::size_t lanes = from_inputs.lanes;
  const bool rows = from_inputs.in_rows();
  const std::size_t rounded = round_up(lanes, kLaneGroup);
  // rows of units, planes of lanes, or all planes at once where none is filled in part
  const bool at_once = !rows && rounded == kBlockLanes;
  const std::size_t count = rows ? units_ : (at_once ? units_ * kBlockLanes : rounded);
  const std::size_t pieces = rows ? lanes : (at_once ? 1 : units_);
  const std::size_t pitch = rows ? from_inputs.row_pitch : kBlockLanes;
  const std::size_t own_pitch = rows ? round_up(units_, kPanelOutputs) : kBlockLanes;
  for (std::size_t i = 0; i < pieces; ++i) {
    kernels.gru_gates({.from_inputs = from_inputs.data + i * pitch,
                       .from_states = from_states.data + i * pitch,
                       .gate_pitch = rows ? units_ : units_ * kBlockLanes,
                       .states = states + i * own_pitch},
                      count);
  }
}

LaneValues Gru::forward(const NetworkKernels& kernels, std::size_t member, const LaneValues& inputs,
                        const float* hidden, float* scratch) const {
  LaneValues values = inputs;
  float* const gates = scratch + inputs_.size() * states_room();
  for (std::size_t l = 0; l < inputs_.size(); ++l) {
    float* const states = scratch + l * states_room();
    const LaneValues before = load(kernels, inputs, hidden + l * units_, states);
    const LaneValues from_inputs = inputs_[l].forward(kernels, member, values, gates, gates);
    float* const more = gates + gates_room();
    const LaneValues from_states = states_[l].forward(kernels, member, before, more, more);
    move(kernels, from_inputs, from_states, states);
    values = before;
  }
  return values;
}

void Gru::store(const NetworkKernels& kernels, const LaneValues& made, const float* scratch,
                float* hidden) const {
  const std::size_t pitch = shape().size();
  for (std::size_t l = 0; l < inputs_.size(); ++l, hidden += units_) {
    const float* const states = scratch + l * states_room();
    if (!made.in_rows()) {
      kernels.to_rows(states, units_, made.lanes, hidden, pitch);
      continue;
    }
    for (std::size_t i = 0; i < made.lanes; ++i) {
      std::copy_n(states + i * made.row_pitch, units_, hidden + i * pitch);
    }
  }
}

}  // namespace plyo
