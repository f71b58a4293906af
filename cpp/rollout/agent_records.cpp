#include "agent_records.hpp"

#include <algorithm>
#include <cstring>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"

namespace plyo {
namespace {

template <class Number>
Number* rows_later(Number* array, std::size_t numbers) {
  return array == nullptr ? nullptr : array + numbers;
}

}  // namespace

bool AgentArrays::any() const {
  return wants_values() || log_probs != nullptr || entropies != nullptr || raw_actions != nullptr ||
         valid != nullptr || hidden != nullptr;
}

std::size_t AgentArrays::bytes(std::size_t raw_action_size) const {
  std::size_t floats = raw_actions == nullptr ? 0 : raw_action_size;
  for (const float* const array : {values, log_probs, entropies, advantages, returns}) {
    floats += array == nullptr ? 0 : 1;
  }
  return floats * sizeof(float) + (valid == nullptr ? 0 : 1);
}

void check_agent_records(const AgentArrays& arrays, const Policy& policy) {
  if (arrays.wants_values() && !policy.has_values()) {
    throw std::invalid_argument(
        "this policy has no value network, from which 'values', 'last_values', 'advantages' and 'returns' "
        "are "
        "recorded; give one: MLP(layers, value=[(weights, bias), ...])");
  }
  if (arrays.log_probs != nullptr && !policy.has_log_probs()) {
    throw std::invalid_argument(
        "this policy draws no actions, so there are no 'log_probs' to record; use "
        "head='categorical', 'gaussian' or 'squashed_gaussian'");
  }
  if (arrays.entropies != nullptr && !policy.has_entropies()) {
    throw std::invalid_argument(
        "'entropies' are those of head='categorical' and 'gaussian'; this policy has another head or none");
  }
  if (arrays.raw_actions != nullptr && policy.raw_action_size() == 0) {
    throw std::invalid_argument(
        "'raw_actions' are the outputs of a network for a Box, before they are squashed and clipped; this "
        "policy "
        "has none");
  }
  const HiddenShape own = policy.hidden_shape();
  if (arrays.hidden != nullptr &&
      (own.layers != arrays.hidden_shape.layers || own.units != arrays.hidden_shape.units)) {
    throw std::invalid_argument(text("there is room for hidden states of ", arrays.hidden_shape.layers,
                                     " layers of ", arrays.hidden_shape.units, " units, the policy has ",
                                     own.layers, " of ", own.units));
  }
}

AgentRows::AgentRows(const AgentArrays& arrays, const AutoresetRules& rules, const Shape& shape,
                     const TileRows::Options& options)
    : arrays_(arrays),
      rules_(rules),
      shape_(shape),
      values_(arrays.values, sizeof(float), shape.num_envs, shape.max_lanes, options),
      log_probs_(arrays.log_probs, sizeof(float), shape.num_envs, shape.max_lanes, options),
      entropies_(arrays.entropies, sizeof(float), shape.num_envs, shape.max_lanes, options),
      raw_actions_(arrays.raw_actions, shape.raw_action_size * sizeof(float), shape.num_envs, shape.max_lanes,
                   options),
      valid_(arrays.valid, 1, shape.num_envs, shape.max_lanes, options),
      resets_(shape.max_lanes),
      rests_(shape.max_lanes) {
  const std::size_t steps = arrays.wants_returns() ? shape.num_steps : 0;
  step_rewards_.resize(steps * shape.max_lanes);
  step_values_.resize(steps * shape.max_lanes);
  flags_.resize(std::max<std::size_t>(1, steps) * shape.max_lanes);
  last_values_.resize(shape.max_lanes);
}

void AgentRows::aim(std::size_t first, std::size_t count) {
  first_ = first;
  count_ = count;
  for (TileRows* const rows : {&values_, &log_probs_, &entropies_, &raw_actions_, &valid_}) {
    rows->aim(first, count);
  }
  std::fill(rests_.begin(), rests_.end(), std::uint8_t{0});
}

void AgentRows::keep_hidden(Policy& policy) const {
  if (arrays_.hidden == nullptr) return;
  const HiddenShape shape = policy.hidden_shape();
  const float* states = policy.memory().hidden.data() + first_ * shape.size();
  for (std::size_t i = 0; i < count_ * shape.layers; ++i, states += shape.units) {
    const std::size_t lane = first_ + i / shape.layers, layer = i % shape.layers;
    std::copy_n(states, shape.units, arrays_.hidden + (layer * shape_.num_envs + lane) * shape.units);
  }
}

PolicyNotes AgentRows::notes(std::size_t t) {
  const auto wanted = [t](TileRows& rows) {
    return rows.recorded() ? reinterpret_cast<float*>(rows.at(t)) : nullptr;
  };
  PolicyNotes notes{.values = wanted(values_),
                    .log_probs = wanted(log_probs_),
                    .entropies = wanted(entropies_),
                    .raw_actions = wanted(raw_actions_)};
  // values that are read again are in memory that no other thread can write
  if (arrays_.wants_returns()) notes.values = step_values_.data() + t * shape_.max_lanes;
  return notes;
}

void AgentRows::keep_notes(std::size_t t) {
  if (arrays_.wants_returns()) {
    values_.keep(t, step_values_.data() + t * shape_.max_lanes);
  } else {
    values_.finish(t);
  }
  for (TileRows* const rows : {&log_probs_, &entropies_, &raw_actions_}) rows->finish(t);
}

// A lane that the step only resets, or that rests, takes no step of an episode.
void AgentRows::mark_valid(std::size_t t, const AgentStep& step) {
  std::uint8_t* const flags = flags_.data() + (arrays_.wants_returns() ? t * shape_.max_lanes : 0);
  for (std::size_t i = 0; i < count_; ++i) {
    const bool skipped = rules_.resets_waiting ? resets_[i] != 0 : rests_[i] != 0;
    const bool terminated = step.terminated[i] != 0, truncated = step.truncated[i] != 0;
    flags[i] = step_flags(terminated, truncated, !skipped);
    if (rules_.lets_rest && (terminated || truncated)) rests_[i] = 1;
  }
  if (!valid_.recorded()) return;
  auto* const valid = reinterpret_cast<std::uint8_t*>(valid_.at(t));
  for (std::size_t i = 0; i < count_; ++i) valid[i] = (flags[i] & step_flag::kValid) != 0 ? 1 : 0;
  valid_.finish(t);
}

// Where a step that ends an episode resets at once, the observation after it is of the next episode. The value of
// the last observation joins the reward of an episode that the time limit cut.
void AgentRows::add_final_values(std::size_t t, const AgentStep& step, Policy& policy,
                                 PolicyScratch& scratch) {
  float* const rewards = step_rewards_.data() + t * shape_.max_lanes;
  std::uint8_t* const flags = flags_.data() + t * shape_.max_lanes;
  const auto is_cut = [&](std::size_t e) { return (flags[step.ended[e]] & step_flag::kBootstraps) != 0; };
  for (std::size_t e = 0; e < step.num_ended;) {
    std::size_t end = e;
    while (end < step.num_ended && is_cut(end)) ++end;
    if (end > e) {
      policy.evaluate(shape_.observations.from(step.final_observations, e), first_, step.ended + e, end - e,
                      scratch, last_values_.data());
      for (std::size_t i = e; i < end; ++i) rewards[step.ended[i]] += arrays_.gamma * last_values_[i - e];
    }
    e = end + 1;
  }
  for (std::size_t e = 0; e < step.num_ended; ++e) {
    flags[step.ended[e]] &= static_cast<std::uint8_t>(~step_flag::kBootstraps);
  }
}

void AgentRows::add_step(std::size_t t, const AgentStep& step, Policy& policy, PolicyScratch& scratch) {
  mark_valid(t, step);
  if (!arrays_.wants_returns()) return;
  float* const rewards = step_rewards_.data() + t * shape_.max_lanes;
  for (std::size_t i = 0; i < count_; ++i) rewards[i] = static_cast<float>(step.rewards[i]);
  if (rules_.resets_at_once && step.num_ended > 0) add_final_values(t, step, policy, scratch);
}

void AgentRows::finish(Policy& policy, const ConstLeaves& last_observations, PolicyScratch& scratch) {
  if (!needs_last()) return;
  policy.evaluate(last_observations, first_, nullptr, count_, scratch, last_values_.data());
  if (arrays_.last_values != nullptr) {
    std::memcpy(arrays_.last_values + first_, last_values_.data(), count_ * sizeof(float));
  }
  if (!arrays_.wants_returns()) return;
  const RewardArrays<float> steps{.rewards = step_rewards_.data(),
                                  .values = step_values_.data(),
                                  .last_values = last_values_.data(),
                                  .flags = flags_.data(),
                                  .num_steps = shape_.num_steps,
                                  .num_lanes = count_,
                                  .pitch = shape_.max_lanes,
                                  .out_pitch = shape_.num_envs};
  returns_kernels(selected_isa())
      .floats.gae(steps, arrays_.gamma, arrays_.gae_lambda, rows_later(arrays_.advantages, first_),
                  rows_later(arrays_.returns, first_));
}

}  // namespace plyo
