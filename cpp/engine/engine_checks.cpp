// The checks of the engine before a step: that lanes may be stepped, that actions are in their space.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "../core/fetch.hpp"
#include "engine.hpp"
#include "errors.hpp"

namespace plyo {

void Engine::check_steppable() const {
  const auto first_with = [this](std::uint8_t bits) {
    std::size_t lane = 0;
    while ((lanes_.status()[lane] & bits) == 0) ++lane;
    return lane;
  };
  if (num_never_reset_ > 0) refuse_never_reset(first_with(lane_status::kNeverReset));
  if (!autoreset_.lets_rest) return;
  const std::uint8_t* const status = lanes_.status().data();
  std::uint8_t any = 0;
  for (std::size_t lane = 0; lane < num_envs(); ++lane) any |= status[lane];
  if (any != 0) refuse_ended(first_with(lane_status::kEnded));
}

void Engine::refuse_never_reset(std::size_t lane) const {
  if (num_envs() == 1) throw ResetNeeded("Cannot call env.step() before calling env.reset()");
  throw ResetNeeded(
      text("Cannot call env.step() before calling env.reset(): environment ", lane, " has not been reset"));
}

void Engine::refuse_ended(std::size_t lane) {
  throw ResetNeeded(
      text("the episode of environment ", lane,
           " has ended and autoreset_mode is disabled; reset it first with options={'reset_mask': mask}"));
}

namespace {

// The name of the faulty part, for errors.
std::string part_text(const SpaceInfo& space, std::size_t leaf) {
  return space.has_parts() ? part_name(space, leaf) + " of " : "";
}

// Value i of an array of real numbers.
double real_at(const void* values, DType dtype, std::size_t i) {
  return dtype == DType::kFloat32 ? static_cast<double>(static_cast<const float*>(values)[i])
                                  : static_cast<const double*>(values)[i];
}

}  // namespace

namespace {

// The position of the first illegal value from `begin` on, `total` if all are legal.
std::size_t find_illegal(const LeafInfo& leaf, const void* values, std::size_t begin, std::size_t total) {
  std::size_t i = begin;
  if (leaf.kind == SpaceKind::kDiscrete) {
    const auto* const choices = static_cast<const std::int64_t*>(values);
    const auto start = static_cast<std::uint64_t>(leaf.start);
    while (i < total && static_cast<std::uint64_t>(choices[i]) - start < leaf.size) ++i;
  } else {
    while (i < total && std::isfinite(real_at(values, leaf.dtype, i))) ++i;
  }
  return i;
}

// A quick look at all of them. Numbers that it does not like may be legal all the same; integers of a Box are
// clipped by the task.
bool all_legal(const ActionChecks& checks, const LeafInfo& leaf, const void* values, std::size_t total) {
  if (leaf.kind == SpaceKind::kDiscrete) {
    return checks.all_choices(static_cast<const std::int64_t*>(values), total, leaf.start, leaf.size - 1);
  }
  if (leaf.dtype == DType::kFloat32) return checks.all_plain_floats(values, total);
  return leaf.dtype != DType::kFloat64 || checks.all_plain_doubles(values, total);
}

// Makes zeros of denormal numbers, with their signs.
template <class Word>
void flush_words(void* values, std::size_t count, Word exponent) {
  auto* const words = static_cast<std::byte*>(values);
  constexpr Word kSign = Word{1} << (8 * sizeof(Word) - 1);
  for (std::size_t i = 0; i < count; ++i) {
    Word word;
    std::memcpy(&word, words + i * sizeof(Word), sizeof(Word));
    word &= (word & exponent) == 0 ? kSign : ~Word{0};
    std::memcpy(words + i * sizeof(Word), &word, sizeof(Word));
  }
}

// Replaces a value by one that is legal.
void make_legal(const LeafInfo& leaf, void* values, std::size_t i) {
  if (leaf.kind == SpaceKind::kDiscrete) {
    static_cast<std::int64_t*>(values)[i] = leaf.start;
  } else if (leaf.dtype == DType::kFloat32) {
    static_cast<float*>(values)[i] = 0;
  } else {
    static_cast<double*>(values)[i] = 0;
  }
}

}  // namespace

// Names the culprit: value `i` of a leaf's array, whose first row is of lane `first`.
void Engine::refuse_action(std::size_t k, const void* actions, std::size_t i, std::size_t first) const {
  const LeafInfo& leaf = action_space_.leaves[k];
  const std::size_t size = leaf.values_per_lane();
  const std::size_t lane = first + i / size;
  const std::string part = part_text(action_space_, k);
  if (leaf.kind == SpaceKind::kDiscrete) {
    throw InvalidAction(text(part, "action "), text(static_cast<const std::int64_t*>(actions)[i]),
                        text(" of environment ", lane, " is out of range: legal actions are ", leaf.start,
                             " to ", leaf.start + static_cast<std::int64_t>(leaf.size) - 1),
                        k, lane * size);
  }
  const Element element = action_space_.element(leaf, i % size);
  throw InvalidAction(text(part, "action element ", i % size, " of environment ", lane, " is "),
                      text(real_at(actions, leaf.dtype, i)),
                      text(": it must be finite", leaf.dtype == DType::kFloat32 ? " as a float32" : "",
                           ", in [", element.low, ", ", element.high, "] to take full effect"),
                      k, lane * size + i % size);
}

void Engine::flush_denormals(const Leaves& actions, std::size_t count) const {
  for (std::size_t k = 0; k < action_sizes_.count; ++k) {
    const LeafInfo& leaf = action_space_.leaves[k];
    const std::size_t total = count * leaf.values_per_lane();
    if (leaf.kind == SpaceKind::kBox && !all_legal(checks_, leaf, actions.at[k], total)) {
      flush_leaf(k, actions.at[k], total);
    }
  }
}

void Engine::flush_leaf(std::size_t k, void* actions, std::size_t total) const {
  if (config_.math != Math::kFast) return;
  if (action_space_.leaves[k].dtype == DType::kFloat32) {
    flush_words(actions, total, std::uint32_t{0x7F800000U});
  } else {
    flush_words(actions, total, std::uint64_t{0x7FF} << 52);
  }
}

void Engine::check_action_rows(const ConstLeaves& actions, std::size_t count) const {
  for (std::size_t k = 0; k < action_sizes_.count; ++k) {
    const LeafInfo& leaf = action_space_.leaves[k];
    const std::size_t total = count * leaf.values_per_lane();
    if (all_legal(checks_, leaf, actions.at[k], total)) continue;
    const std::size_t i = find_illegal(leaf, actions.at[k], 0, total);
    if (i < total) refuse_action(k, actions.at[k], i, 0);
  }
}

void Engine::check_actions(const Leaves& actions, std::size_t first, std::size_t count) const {
  for (std::size_t k = 0; k < action_sizes_.count; ++k) check_leaf(k, actions.at[k], first, count);
}

// A quick look at one part of the actions: whether there is nothing to be done about them.
bool Engine::has_plain_actions(std::size_t k, const void* actions, std::size_t count) const {
  const LeafInfo& leaf = action_space_.leaves[k];
  return all_legal(checks_, leaf, actions, count * leaf.values_per_lane());
}

// One part of the actions: a quick look at all, then a second one to name the culprit.
void Engine::check_leaf(std::size_t k, void* actions, std::size_t first, std::size_t count) const {
  if (has_plain_actions(k, actions, count)) return;
  const LeafInfo& leaf = action_space_.leaves[k];
  const std::size_t total = count * leaf.values_per_lane();
  replace_ignored(k, actions, first, total);
  if (leaf.kind == SpaceKind::kBox) flush_leaf(k, actions, total);
}

// Replaces the illegal values of lanes whose actions are ignored; throws if another lane has one.
void Engine::replace_ignored(std::size_t k, void* actions, std::size_t first, std::size_t total) const {
  const LeafInfo& leaf = action_space_.leaves[k];
  const std::size_t size = leaf.values_per_lane();
  for (std::size_t i = find_illegal(leaf, actions, 0, total); i < total;
       i = find_illegal(leaf, actions, i + 1, total)) {
    const bool is_ignored = autoreset_.resets_waiting && lanes_.status()[first + i / size] != 0;
    if (!is_ignored) refuse_action(k, actions, i, first);
    make_legal(leaf, actions, i);
  }
}

// Copies the actions of some lanes, which another thread may be writing, and checks the copy piece by piece,
// while it is in the first-level cache.
void Engine::take_actions(const ConstLeaves& actions, std::size_t first, std::size_t count) {
  constexpr std::size_t kPiece = 128;  // lanes: larger copies begin slowly
  constexpr std::size_t kAhead = 3;    // pieces, which may be far away in the memory
  for (std::size_t k = 0; k < action_sizes_.count; ++k) {
    const std::size_t bytes = action_sizes_.bytes[k];
    const auto* const given = static_cast<const std::byte*>(actions.at[k]);
    auto* const own = static_cast<std::byte*>(own_actions_.leaves().at[k]);
    for (std::size_t lane = first; lane < first + count; lane += kPiece) {
      const std::size_t size = std::min(kPiece, first + count - lane);
      const std::size_t later = lane + kAhead * kPiece;
      if (later + kPiece <= first + count) fetch(given + later * bytes, kPiece * bytes);
      std::memcpy(own + lane * bytes, given + lane * bytes, size * bytes);
      check_leaf(k, own + lane * bytes, lane, size);
    }
  }
}

}  // namespace plyo
