#include "network_policy.hpp"

#include <algorithm>
#include <cmath>

#include "../core/math.hpp"
#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"

namespace plyo {
namespace {

// A standard normal from two uniforms (Box & Muller 1958), the same on every machine.
double standard_normal(Rng& rng) {
  const double radius = math::sqrt(-2.0 * math::log(1.0 - rng.next_double()));
  return radius * math::cos(math::kTwoPi * rng.next_double());
}

// The first of the largest values of one lane's column.
std::int64_t argmax(const float* column, std::size_t size) {
  std::size_t best = 0;
  for (std::size_t a = 1; a < size; ++a) {
    if (column[a * kLanePitch] > column[best * kLanePitch]) best = a;
  }
  return static_cast<std::int64_t>(best);
}

// An index drawn with probabilities proportional to exp(column).
std::int64_t draw_categorical(const float* column, std::size_t size, Rng& rng) {
  const float largest = column[static_cast<std::size_t>(argmax(column, size)) * kLanePitch];
  double total = 0;
  for (std::size_t a = 0; a < size; ++a)
    total += math::exp(static_cast<double>(column[a * kLanePitch] - largest));
  const double target = rng.next_double() * total;
  double sum = 0;
  for (std::size_t a = 0; a + 1 < size; ++a) {
    sum += math::exp(static_cast<double>(column[a * kLanePitch] - largest));
    if (target < sum) return static_cast<std::int64_t>(a);
  }
  return static_cast<std::int64_t>(size - 1);
}

}  // namespace

namespace {

void check_finite(const std::vector<float>& values, const std::string& what) {
  for (const float value : values) {
    if (!std::isfinite(value)) throw std::invalid_argument(text(what, " must be finite, got ", value));
  }
}

}  // namespace

NetworkPolicy::NetworkPolicy(NetworkConfig config) { set_config(std::move(config)); }

void NetworkPolicy::set_config(NetworkConfig config) {
  if (config.layers.empty()) throw std::invalid_argument("a network needs at least one layer");
  std::size_t widest = config.layers.front().num_inputs;
  for (std::size_t l = 0; l < config.layers.size(); ++l) {
    const DenseLayer& layer = config.layers[l];
    widest = std::max(widest, layer.num_outputs);
    check_finite(layer.weights, text("the weights of layer ", l));
    check_finite(layer.bias, text("the bias of layer ", l));
  }
  check_finite(config.log_std, "log_std");
  widest_ = widest;
  config_ = std::move(config);
}

double NetworkPolicy::nanoseconds_per_lane() const {
  double products = 0;
  for (const DenseLayer& layer : config_.layers) {
    products += static_cast<double>(layer.num_inputs * layer.num_outputs + 10 * layer.num_outputs);
  }
  return 5 + products / 10;
}

void NetworkPolicy::prepare(const Engine& engine, std::size_t /*num_steps*/) {
  const std::string_view task = engine.config().task->name;
  action_ = engine.action_space();
  observation_ = engine.observation_space().leaf();
  const LeafInfo& action = action_.leaf();
  const auto is_float_vector = [](const LeafInfo& leaf) {
    return leaf.kind == SpaceKind::kBox && (leaf.dtype == DType::kFloat32 || leaf.dtype == DType::kFloat64) &&
           leaf.shape.rank == 1;
  };
  if (engine.observation_space().has_parts() ||
      (observation_.kind == SpaceKind::kBox && !is_float_vector(observation_))) {
    throw std::invalid_argument(
        text("a network reads a vector of float32 or float64 numbers or a Discrete, one input a "
             "choice; the observations of ",
             task,
             engine.observation_space().is_dict()
                 ? " are a Dict; choose the actions with a Python function of the observations"
                 : " are of another kind"));
  }
  if (action_.has_parts() || (action.kind == SpaceKind::kBox && !is_float_vector(action))) {
    throw std::invalid_argument(
        text("a network chooses a Discrete or a vector of float32 or float64 numbers; the actions of ", task,
             " are of another kind"));
  }
  const std::size_t num_inputs = config_.layers.front().num_inputs;
  const std::size_t num_outputs = config_.layers.back().num_outputs;
  if (num_inputs != observation_.size) {
    throw std::invalid_argument(text("the policy takes ", num_inputs, " inputs, an observation of ", task,
                                     " has ", observation_.size,
                                     observation_.kind == SpaceKind::kDiscrete ? " choices" : " elements"));
  }
  const char* const kind = action.kind == SpaceKind::kDiscrete ? "choices" : "elements";
  if (num_outputs != action.size) {
    throw std::invalid_argument(text("the policy has ", num_outputs, " outputs, an action of ", task, " has ",
                                     action.size, " ", kind));
  }
  const bool discrete_head = config_.head == Head::kArgmax || config_.head == Head::kCategorical;
  if (discrete_head != (action.kind == SpaceKind::kDiscrete)) {
    throw std::invalid_argument(text("the policy's head does not fit the actions of ", task,
                                     discrete_head
                                         ? ": 'argmax' and 'categorical' are for Discrete actions, use "
                                           "'mean' or 'gaussian'"
                                         : ": 'mean' and 'gaussian' are for Box actions, use "
                                           "'argmax' or 'categorical'"));
  }
  if (engine.num_envs() % config_.population != 0) {
    throw std::invalid_argument(text("a population of ", config_.population, " cannot share ",
                                     engine.num_envs(),
                                     " environments evenly; num_envs must be a multiple of the population"));
  }
  group_size_ = engine.num_envs() / config_.population;
  kernels_ = &network_kernels(selected_isa());
  if (draws()) start_streams(config_.seed, engine.num_envs());
}

// One plane an input: the observation's elements, or a one at its choice among zeros.
void NetworkPolicy::read_inputs(const PolicyTile& tile, float* planes) const {
  const void* const rows = tile.observations.at[0];
  if (observation_.kind == SpaceKind::kBox && observation_.dtype == DType::kFloat64) {
    kernels_->doubles_to_planes(static_cast<const double*>(rows), tile.count, observation_.size, planes);
    return;
  }
  if (observation_.kind == SpaceKind::kBox) {
    kernels_->to_planes(static_cast<const float*>(rows), tile.count, observation_.size, planes);
    return;
  }
  const auto* const choices = static_cast<const std::int64_t*>(rows);
  std::fill_n(planes, observation_.size * kLanePitch, 0.0F);
  for (std::size_t i = 0; i < tile.count; ++i) {
    planes[static_cast<std::size_t>(choices[i] - observation_.start) * kLanePitch + i] = 1.0F;
  }
}

void NetworkPolicy::make_room(PolicyScratch& scratch, std::size_t /*num_lanes*/) const {
  scratch.numbers.resize(2 * widest_ * kLanePitch);
}

ConstLeaves NetworkPolicy::act(const PolicyTile& tile) {
  // two sets of planes, read and written in turn
  float* inputs = tile.scratch->numbers.data();
  float* outputs = inputs + widest_ * kLanePitch;
  read_inputs(tile, inputs);
  for (std::size_t l = 0; l < config_.layers.size(); ++l) {
    const DenseLayer& layer = config_.layers[l];
    const Activation activation = l + 1 < config_.layers.size() ? config_.activation : Activation::kNone;
    // the lanes of one network after the other
    for (std::size_t first = 0; first < tile.count;) {
      const std::size_t member = (tile.first_lane + first) / group_size_;
      const std::size_t end = std::min(tile.count, (member + 1) * group_size_ - tile.first_lane);
      kernels_->dense(
          inputs, layer.num_inputs, layer.weights.data() + member * layer.num_inputs * layer.num_outputs,
          layer.bias.data() + member * layer.num_outputs, activation, outputs, layer.num_outputs, first, end);
      first = end;
    }
    std::swap(inputs, outputs);
  }
  if (action_.leaf().kind == SpaceKind::kDiscrete) {
    choose_discrete(tile, inputs);
  } else if (action_.leaf().dtype == DType::kFloat64) {
    choose_box<double>(tile, inputs);
  } else {
    choose_box<float>(tile, inputs);
  }
  return tile.actions;
}

void NetworkPolicy::choose_discrete(const PolicyTile& tile, const float* outputs) {
  auto* const actions = static_cast<std::int64_t*>(tile.actions.at[0]);
  const std::size_t size = action_.leaf().size;
  if (config_.head == Head::kCategorical) {
    for (std::size_t i = 0; i < tile.count; ++i) {
      actions[i] = draw_categorical(outputs + i, size, streams()[tile.first_lane + i]);
    }
  } else if (size == 2) {
    for (std::size_t i = 0; i < tile.count; ++i) actions[i] = outputs[kLanePitch + i] > outputs[i] ? 1 : 0;
  } else {
    for (std::size_t i = 0; i < tile.count; ++i) actions[i] = argmax(outputs + i, size);
  }
  const std::int64_t start = action_.leaf().start;
  for (std::size_t i = 0; start != 0 && i < tile.count; ++i) actions[i] += start;
}

template <class Number>
void NetworkPolicy::choose_box(const PolicyTile& tile, const float* outputs) {
  auto* const actions = static_cast<Number*>(tile.actions.at[0]);
  const std::size_t size = action_.leaf().size;
  for (std::size_t i = 0; i < tile.count; ++i) {
    const std::size_t lane = tile.first_lane + i;
    const std::size_t member = lane / group_size_;
    for (std::size_t k = 0; k < size; ++k) {
      Number value{outputs[k * kLanePitch + i]};
      if (config_.head == Head::kGaussian) {
        const double std = math::exp(static_cast<double>(config_.log_std[member * size + k]));
        value = static_cast<Number>(static_cast<double>(value) + std * standard_normal(streams()[lane]));
      }
      if (config_.clip_actions) {
        // the order of the comparisons makes a NaN the lower bound
        const Element element = action_.element(k);
        const auto low = static_cast<Number>(element.low);
        const auto high = static_cast<Number>(element.high);
        value = value > low ? value : low;
        value = value < high ? value : high;
      }
      actions[i * size + k] = value;
    }
  }
}

}  // namespace plyo
