#include "network_policy.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "../core/math.hpp"
#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"

namespace plyo {
namespace {

bool is_float_vector(const LeafInfo& leaf) {
  return leaf.kind == SpaceKind::kBox && (leaf.dtype == DType::kFloat32 || leaf.dtype == DType::kFloat64) &&
         leaf.shape.rank == 1;
}

void check_log_std(const std::vector<float>& log_std, std::size_t expected) {
  for (const float value : log_std) {
    if (!std::isfinite(value)) throw std::invalid_argument(text("log_std must be finite, got ", value));
  }
  if (log_std.size() == expected) return;
  throw std::invalid_argument(
      text("log_std must have ", expected, " elements, one for each output, got ", log_std.size()));
}

void check_log_std_range(const LogStdRange& range, std::size_t num_outputs, Head head) {
  if (head == Head::kArgmax || head == Head::kCategorical) {
    throw std::invalid_argument("log_std belongs to heads for Box actions");
  }
  if (!std::isfinite(range.low) || !std::isfinite(range.high) || range.low > range.high) {
    throw std::invalid_argument(text("log_std_range must be two finite numbers, the lower one first, got (",
                                     range.low, ", ", range.high, ")"));
  }
  if (num_outputs % 2 == 0) return;
  throw std::invalid_argument(
      text("the outputs must be an action and a log_std for each of its elements, got ", num_outputs));
}

// Throws unless one part of a network follows another.
void check_follows(const Network& part, const char* name, std::size_t num_inputs, const char* before) {
  if (part.num_inputs() == num_inputs) return;
  throw std::invalid_argument(
      text(name, " takes ", part.num_inputs(), " inputs, ", before, " has ", num_inputs));
}

void check_gru_follows(const Gru& gru, const Network& trunk) {
  if (gru.num_inputs() == trunk.num_outputs()) return;
  throw std::invalid_argument(
      text("the GRU takes ", gru.num_inputs(), " inputs, the trunk has ", trunk.num_outputs()));
}

// Throws unless hidden states, those that are carried and those of the beginnings, are of a GRU's shape.
void check_hidden(const HiddenShape& shape, const HiddenShape& own, const std::vector<float>& carried,
                  const std::vector<float>& initial, std::size_t population) {
  if (!carried.empty() && (shape.layers != own.layers || shape.units != own.units)) {
    throw std::invalid_argument(text("this policy has hidden states of ", own.layers, " layers of ",
                                     own.units, " units, the new GRU has ", shape.layers, " of ", shape.units,
                                     "; make another policy"));
  }
  if (!initial.empty() && initial.size() != population * shape.size()) {
    throw std::invalid_argument(
        text("initial hidden states must be ", population * shape.size(), " numbers, got ", initial.size()));
  }
  for (const float value : initial) {
    if (!std::isfinite(value))
      throw std::invalid_argument(text("initial hidden states must be finite, got ", value));
  }
}

// The only output of a value network.
void copy_values(const LaneValues& made, float* values) {
  const std::size_t pitch = made.in_rows() ? made.row_pitch : 1;
  for (std::size_t i = 0; i < made.lanes; ++i) values[i] = made.data[i * pitch];
}

// Calls `visit` with each block of a tile: lanes of one network, at most kBlockLanes.
template <class Visit>
void for_each_block(std::size_t first_lane, std::size_t count, std::size_t group_size, const Visit& visit) {
  for (std::size_t first = 0; first < count;) {
    const std::size_t member = (first_lane + first) / group_size;
    const std::size_t end = std::min(count, (member + 1) * group_size - first_lane);
    const std::size_t lanes = std::min(kBlockLanes, end - first);
    visit(member, first, lanes);
    first += lanes;
  }
}

}  // namespace

NetworkPolicy::NetworkPolicy(NetworkConfig config) { set_config(std::move(config)); }

void NetworkPolicy::set_config(NetworkConfig config) {
  if (config.layers.empty()) throw std::invalid_argument("a network needs at least one layer");
  const std::size_t population = config.population;
  Network trunk(config.trunk, population, config.activation, config.activation, "trunk ");
  Network layers(config.layers, population, config.activation, Activation::kNone, "");
  Network value(config.value, population, config.value_activation, Activation::kNone, "value ");
  Gru gru(config.gru_inputs, config.gru_states, population);
  check_hidden(gru.shape(), hidden_shape(), memory().hidden, config.initial_hidden, population);
  if (!gru.empty() && !trunk.empty()) check_gru_follows(gru, trunk);
  const std::size_t inputs =
      gru.empty() ? (trunk.empty() ? layers.num_inputs() : trunk.num_outputs()) : gru.shape().units;
  const char* const before = gru.empty() ? (trunk.empty() ? "the policy" : "the trunk") : "the GRU";
  check_follows(layers, "the policy", inputs, before);
  if (!value.empty()) {
    check_follows(value, "the value network", inputs, before);
    if (value.num_outputs() != 1) {
      throw std::invalid_argument(text("a value network has one output, got ", value.num_outputs()));
    }
  }
  const bool needs_std = config.head == Head::kGaussian || config.head == Head::kSquashedGaussian;
  if (config.log_std_range) {
    check_log_std_range(*config.log_std_range, layers.num_outputs(), config.head);
  } else if (needs_std) {
    check_log_std(config.log_std, population * layers.num_outputs());
  }
  trunk_ = std::move(trunk);
  gru_ = std::move(gru);
  initial_hidden_ = std::move(config.initial_hidden);
  initial_hidden_.resize(population * gru_.shape().size());
  layers_ = std::move(layers);
  value_ = std::move(value);
  head_ = config.head;
  log_std_ = std::move(config.log_std);
  log_std_range_ = config.log_std_range;
  clip_actions_ = config.clip_actions;
  population_ = population;
  seed_ = std::move(config.seed);
}

double NetworkPolicy::nanoseconds_per_lane() const {
  return 5 + trunk_.nanoseconds_per_lane() + gru_.nanoseconds_per_lane() + layers_.nanoseconds_per_lane() +
         value_.nanoseconds_per_lane();
}

void NetworkPolicy::check_spaces(const PolicyBatch& engine) const {
  const std::string_view task = engine.config().task->name;
  const LeafInfo& action = action_.leaf();
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
  const std::size_t num_inputs =
      trunk_.empty() ? (gru_.empty() ? layers_.num_inputs() : gru_.num_inputs()) : trunk_.num_inputs();
  if (num_inputs != observation_.size) {
    throw std::invalid_argument(text("the policy takes ", num_inputs, " inputs, an observation of ", task,
                                     " has ", observation_.size,
                                     observation_.kind == SpaceKind::kDiscrete ? " choices" : " elements"));
  }
  const char* const kind = action.kind == SpaceKind::kDiscrete ? "choices" : "elements";
  if (action_outputs() != action.size) {
    throw std::invalid_argument(text("the policy has ", action_outputs(), " outputs",
                                     log_std_range_ ? " beside as many log_std" : "", ", an action of ", task,
                                     " has ", action.size, " ", kind));
  }
  if (is_discrete() != (action.kind == SpaceKind::kDiscrete)) {
    throw std::invalid_argument(
        text("the policy's head does not fit the actions of ", task,
             is_discrete() ? ": 'argmax' and 'categorical' are for Discrete actions, use 'mean', 'gaussian', "
                             "'squashed_mean' or 'squashed_gaussian'"
                           : ": 'mean', 'gaussian', 'squashed_mean' and 'squashed_gaussian' are for Box "
                             "actions, use 'argmax' or 'categorical'"));
  }
  if (engine.num_envs() % population_ != 0) {
    throw std::invalid_argument(text("a population of ", population_, " cannot share ", engine.num_envs(),
                                     " environments evenly; num_envs must be a multiple of the population"));
  }
  for (std::size_t k = 0; is_squashed() && k < action.size; ++k) {
    const Element element = action_.element(k);
    if (std::isfinite(element.low) && std::isfinite(element.high)) continue;
    throw std::invalid_argument(text("a squashed head needs a bounded action space; element ", k,
                                     " of the actions of ", task, " has bounds [", element.low, ", ",
                                     element.high, "]"));
  }
}

void NetworkPolicy::read_ranges() {
  const std::size_t size = is_squashed() ? action_.leaf().size : 0;
  middle_.resize(size);
  range_.resize(size);
  double log_ranges = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const Element element = action_.element(k);
    middle_[k] = static_cast<float>(0.5 * (element.low + element.high));
    range_[k] = static_cast<float>(0.5 * (element.high - element.low));
    log_ranges += math::log(0.5 * (element.high - element.low));
  }
  log_ranges_ = static_cast<float>(log_ranges);
}

void NetworkPolicy::prepare(const PolicyBatch& engine, std::size_t /*num_steps*/) {
  action_ = engine.action_space();
  observation_ = engine.observation_space().leaf();
  check_spaces(engine);
  read_ranges();
  group_size_ = engine.num_envs() / population_;
  kernels_ = &network_kernels(selected_isa());
  heads_ = &head_kernels(selected_isa());
  start_hidden(engine.num_envs());
  if (draws()) start_streams(seed_, engine.num_envs());
}

// Hidden states are the initial ones before the first rollout.
void NetworkPolicy::start_hidden(std::size_t num_lanes) {
  const std::size_t size = gru_.shape().size();
  if (hidden().size() == num_lanes * size) return;
  if (!hidden().empty()) {
    throw std::invalid_argument(text("this policy has hidden states of ", hidden().size() / size,
                                     " environments, the batch has ", num_lanes,
                                     "; make a policy for each batch"));
  }
  hidden().resize(num_lanes * size);
  for (std::size_t lane = 0; lane < num_lanes; ++lane) {
    std::copy_n(initial_hidden_.data() + lane / group_size_ * size, size, hidden().data() + lane * size);
  }
}

void NetworkPolicy::begin_episodes(std::size_t first_lane, std::size_t count, const std::uint8_t* starts) {
  const std::size_t size = gru_.shape().size();
  for (std::size_t i = 0; i < count; ++i) {
    if (starts[i] == 0) continue;
    const std::size_t lane = first_lane + i;
    std::copy_n(initial_hidden_.data() + lane / group_size_ * size, size, hidden().data() + lane * size);
  }
}

// ---- memory ----

std::size_t NetworkPolicy::room() const { return std::max({trunk_.room(), layers_.room(), value_.room()}); }

std::size_t NetworkPolicy::words_per_lane() const {
  if (head_ == Head::kCategorical) return 1;
  return draws_normals() ? words_of_gaussian(action_outputs()) : 0;
}

void NetworkPolicy::make_room(PolicyScratch& scratch, std::size_t /*num_lanes*/) const {
  const std::size_t planes = layers_.num_outputs() * kBlockLanes;
  const std::size_t hidden = gru_.shape().size() * kBlockLanes;
  scratch.numbers.resize(input_room() + 5 * room() + 4 * planes + gru_.room() + hidden);
  scratch.words.resize(words_per_lane() * kBlockLanes);
}

NetworkPolicy::Buffers NetworkPolicy::buffers_of(PolicyScratch& scratch) const {
  float* const inputs = scratch.numbers.data();
  float* const layers = inputs + input_room();
  float* const head = layers + 5 * room();
  return {.inputs = inputs,
          .layers = {layers, layers + room(), layers + 2 * room(), layers + 3 * room(), layers + 4 * room()},
          .head = head,
          .draws = head + 3 * layers_.num_outputs() * kBlockLanes,
          .gru = head + 4 * layers_.num_outputs() * kBlockLanes,
          .hidden = head + 4 * layers_.num_outputs() * kBlockLanes + gru_.room()};
}

// ---- acting ----

// The observations of a block as a network reads them: their elements, or a one at the choice among zeros.
LaneValues NetworkPolicy::read_inputs(const ConstLeaves& observations, const Block& block,
                                      float* room) const {
  const std::size_t size = observation_.size;
  const bool rows = block.count < kLaneGroup;
  const LaneValues made{.data = room, .lanes = block.count, .row_pitch = rows ? size : 0};
  if (observation_.kind == SpaceKind::kBox && observation_.dtype == DType::kFloat32) {
    const float* const given = static_cast<const float*>(observations.at[0]) + block.first * size;
    if (rows) return {.data = given, .lanes = block.count, .row_pitch = size};
    kernels_->to_planes(given, size, size, block.count, room);
    return made;
  }
  if (observation_.kind == SpaceKind::kBox) {
    const double* const given = static_cast<const double*>(observations.at[0]) + block.first * size;
    if (rows) {
      for (std::size_t i = 0; i < block.count * size; ++i) room[i] = static_cast<float>(given[i]);
    } else {
      kernels_->doubles_to_planes(given, size, size, block.count, room);
    }
    return made;
  }
  const auto* const choices = static_cast<const std::int64_t*>(observations.at[0]) + block.first;
  std::fill_n(room, size * (rows ? block.count : kBlockLanes), 0.0F);
  for (std::size_t i = 0; i < block.count; ++i) {
    const auto choice = static_cast<std::size_t>(choices[i] - observation_.start);
    room[rows ? i * size + choice : choice * kBlockLanes + i] = 1.0F;
  }
  return made;
}

LaneValues NetworkPolicy::read_features(const ConstLeaves& observations, const Block& block,
                                        const float* hidden, const Buffers& room) const {
  const LaneValues inputs = read_inputs(observations, block, room.inputs);
  const LaneValues values = trunk_.forward(*kernels_, block.member, inputs, room.layers[0], room.layers[1]);
  return gru_.forward(*kernels_, block.member, values, hidden, room.gru);
}

// The hidden states of the lanes in a list, or of neighbours, in rows.
const float* NetworkPolicy::hidden_of(const Block& block, std::size_t first_lane, const LaneIndex* lanes,
                                      float* room) {
  const std::size_t size = gru_.shape().size();
  const float* const all = hidden().data() + first_lane * size;
  if (lanes == nullptr) return all + block.first * size;
  for (std::size_t i = 0; i < block.count; ++i) {
    std::copy_n(all + lanes[block.first + i] * size, size, room + i * size);
  }
  return room;
}

// The outputs of a network in planes.
const float* NetworkPolicy::to_planes(const LaneValues& values, std::size_t size, float* room) const {
  if (!values.in_rows()) return values.data;
  kernels_->to_planes(values.data, values.row_pitch, size, values.lanes, room);
  return room;
}

void NetworkPolicy::draw_words(const PolicyTile& tile, const Block& block) {
  const std::size_t num_words = words_per_lane();
  std::uint64_t* const words = tile.scratch->words.data();
  for (std::size_t i = 0; i < block.count; ++i) {
    Rng& stream = streams()[tile.first_lane + block.first + i];
    for (std::size_t w = 0; w < num_words; ++w) words[w * kBlockLanes + i] = stream.next_uint64();
  }
}

ConstLeaves NetworkPolicy::act(const PolicyTile& tile) {
  for_each_block(tile.first_lane, tile.count, group_size_,
                 [&](std::size_t member, std::size_t first, std::size_t count) {
                   act_block(tile, {.member = member, .first = first, .count = count});
                 });
  return tile.actions;
}

void NetworkPolicy::act_block(const PolicyTile& tile, const Block& block) {
  const Buffers room = buffers_of(*tile.scratch);
  float* const hidden = this->hidden().data() + (tile.first_lane + block.first) * gru_.shape().size();
  const LaneValues features = read_features(tile.observations, block, hidden, room);
  gru_.store(*kernels_, features, room.gru, hidden);
  // the trunk's outputs stay for the value network
  float* const one = features.data == room.layers[0] ? room.layers[1] : room.layers[0];
  float* const values = tile.notes.values == nullptr ? nullptr : tile.notes.values + block.first;
  const bool at_once = values != nullptr && features.in_rows();
  const LaneValues outputs = at_once
                                 ? forward_both(block, features, room, one, values)
                                 : layers_.forward(*kernels_, block.member, features, one, room.layers[2]);
  if (draws()) draw_words(tile, block);
  const auto from = [&](float* notes) { return notes == nullptr ? nullptr : notes + block.first; };
  const HeadBlock head{
      .lanes = block.count,
      .outputs = to_planes(outputs, layers_.num_outputs(), room.head),
      .words = tile.scratch->words.data(),
      .scratch = room.head + layers_.num_outputs() * kBlockLanes,
      .log_probs = from(tile.notes.log_probs),
      .entropies = from(tile.notes.entropies),
  };
  if (is_discrete()) {
    choose_discrete(tile, block, head);
  } else {
    choose_box(tile, block, head, room.draws);
  }
  if (values != nullptr && !at_once) write_values(block, features, one, room.layers[2], values);
}

void NetworkPolicy::choose_discrete(const PolicyTile& tile, const Block& block, const HeadBlock& head) const {
  auto* const actions = static_cast<std::int64_t*>(tile.actions.at[0]) + block.first;
  const auto choose = head_ == Head::kCategorical ? heads_->categorical : heads_->argmax;
  choose(head, layers_.num_outputs(), actions);
  const std::int64_t start = action_.leaf().start;
  for (std::size_t i = 0; start != 0 && i < block.count; ++i) actions[i] += start;
}

void NetworkPolicy::choose_box(const PolicyTile& tile, const Block& block, const HeadBlock& head,
                               float* draws) const {
  const std::size_t size = action_outputs();
  if (draws_normals() && log_std_range_) {
    heads_->gaussian_of_outputs(head, size, *log_std_range_, draws);
  } else if (draws_normals()) {
    heads_->gaussian(head, size, log_std_.data() + block.member * size, draws);
  } else {
    std::copy_n(head.outputs, size * kBlockLanes, draws);
  }
  if (tile.notes.raw_actions != nullptr) {
    float* const raw = tile.notes.raw_actions + block.first * size;
    for (std::size_t k = 0; k < size; ++k) {
      for (std::size_t i = 0; i < block.count; ++i) raw[i * size + k] = draws[k * kBlockLanes + i];
    }
  }
  if (is_squashed()) heads_->squash(head, size, log_ranges_, draws);
  if (action_.leaf().dtype == DType::kFloat64) {
    write_box(block, draws, static_cast<double*>(tile.actions.at[0]) + block.first * size);
  } else {
    write_box(block, draws, static_cast<float*>(tile.actions.at[0]) + block.first * size);
  }
}

template <class Number>
void NetworkPolicy::write_box(const Block& block, const float* draws, Number* actions) const {
  const std::size_t size = action_outputs();
  const bool clips = clip_actions_ || is_squashed();
  for (std::size_t k = 0; k < size; ++k) {
    const Element element = action_.element(k);
    const auto low = static_cast<Number>(element.low);
    const auto high = static_cast<Number>(element.high);
    const float* const plane = draws + k * kBlockLanes;
    for (std::size_t i = 0; i < block.count; ++i) {
      auto value = static_cast<Number>(is_squashed() ? middle_[k] + range_[k] * plane[i] : plane[i]);
      // the order of the comparisons makes a NaN the lower bound
      if (clips) value = value > low ? value : low;
      if (clips) value = value < high ? value : high;
      actions[i * size + k] = value;
    }
  }
}

void NetworkPolicy::write_values(const Block& block, const LaneValues& features, float* one, float* other,
                                 float* values) const {
  copy_values(value_.forward(*kernels_, block.member, features, one, other), values);
}

// Writes the values, and returns the outputs of the policy.
LaneValues NetworkPolicy::forward_both(const Block& block, const LaneValues& features, const Buffers& room,
                                       float* one, float* values) const {
  Network::Pass actor{.values = features, .one = one, .other = room.layers[2]};
  Network::Pass critic{.values = features, .one = room.layers[3], .other = room.layers[4]};
  Network::forward_both(*kernels_, block.member, layers_, actor, value_, critic);
  copy_values(critic.values, values);
  return actor.values;
}

void NetworkPolicy::evaluate(const ConstLeaves& observations, std::size_t first_lane, const LaneIndex* lanes,
                             std::size_t count, PolicyScratch& scratch, float* values) {
  const Buffers room = buffers_of(scratch);
  for (std::size_t first = 0; first < count;) {
    const auto member_of = [&](std::size_t i) {
      return (first_lane + (lanes == nullptr ? i : lanes[i])) / group_size_;
    };
    Block block{.member = member_of(first), .first = first, .count = 1};
    while (block.count < kBlockLanes && first + block.count < count &&
           member_of(first + block.count) == block.member) {
      ++block.count;
    }
    const float* const hidden = hidden_of(block, first_lane, lanes, room.hidden);
    const LaneValues features = read_features(observations, block, hidden, room);
    float* const one = features.data == room.layers[0] ? room.layers[1] : room.layers[0];
    write_values(block, features, one, room.layers[2], values + first);
    first += block.count;
  }
}

}  // namespace plyo
