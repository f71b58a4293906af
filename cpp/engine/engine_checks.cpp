// What the engine checks before it steps: that lanes may be stepped, that actions lie in their space.
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include "engine.hpp"
#include "errors.hpp"

namespace plyo {

void Engine::check_steppable() const {
  const auto first_with = [this](std::uint8_t bits) {
    std::size_t lane = 0;
    while ((lanes_.status()[lane] & bits) == 0) ++lane;
    return lane;
  };
  if (num_never_reset_ > 0) {
    if (num_envs() == 1) throw ResetNeeded("Cannot call env.step() before calling env.reset()");
    throw ResetNeeded(text("Cannot call env.step() before calling env.reset(): environment ",
                           first_with(lane_status::kNeverReset), " has not been reset"));
  }
  if (!autoreset_.lets_rest) return;
  const std::uint8_t* const status = lanes_.status().data();
  std::uint8_t any = 0;
  for (std::size_t lane = 0; lane < num_envs(); ++lane) any |= status[lane];
  if (any != 0) {
    throw ResetNeeded(
        text("the episode of environment ", first_with(lane_status::kEnded),
             " has ended and autoreset_mode is disabled; reset it first with options={'reset_mask': mask}"));
  }
}

void Engine::check_action_rows(const ConstLeaves& actions, std::size_t count) const {
  check_action_values(actions, 0, count, false);
}

void Engine::check_actions(const ConstLeaves& actions, std::size_t first, std::size_t count) const {
  check_action_values(actions, first, count, autoreset_.resets_waiting);
}

namespace {

// Names the part of a Tuple that an error is about.
std::string part_text(const SpaceInfo& space, std::size_t leaf) {
  return space.is_tuple ? text("part ", leaf, " of ") : "";
}

// One pass without branches: whether all of these choices may be legal.
bool all_choices(const std::int64_t* values, std::size_t count, const LeafInfo& leaf) {
  const std::uint64_t last = leaf.size - 1;
  const auto start = static_cast<std::uint64_t>(leaf.start);
  std::uint64_t signs = 0;
  // the uppermost bit is set in a choice before the first, and in what one behind the last leaves of it
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = static_cast<std::uint64_t>(values[i]) - start;
    signs |= value | (last - value);
  }
  return (signs >> 63) == 0;
}

template <class Real, class Word>
bool all_finite(const Real* values, std::size_t count, Word exponent) {
  Word bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bad |= (std::bit_cast<Word>(values[i]) & exponent) != exponent ? 0 : 1;
  }
  return bad == 0;
}

// Value i of an array of real numbers.
double real_at(const void* values, DType dtype, std::size_t i) {
  return dtype == DType::kFloat32 ? static_cast<double>(static_cast<const float*>(values)[i])
                                  : static_cast<const double*>(values)[i];
}

}  // namespace

// One part of the actions: a quick look at all, then a second one to name the culprit.
template <class Ignored>
void Engine::check_leaf(std::size_t k, const void* actions, std::size_t first, std::size_t count,
                        const Ignored& ignored) const {
  const SpaceInfo& space = action_space_;
  const LeafInfo& leaf = space.leaves[k];
  if (leaf.kind == SpaceKind::kDiscrete) {
    const auto* values = static_cast<const std::int64_t*>(actions);
    if (all_choices(values, count, leaf)) return;
    for (std::size_t i = 0; i < count; ++i) {
      const auto choice = static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(leaf.start);
      if (choice < leaf.size || ignored(first + i)) continue;
      throw InvalidAction(text(part_text(space, k), "action ", values[i], " of environment ", first + i,
                               " is out of range: legal actions are ", leaf.start, " to ",
                               leaf.start + static_cast<std::int64_t>(leaf.size) - 1));
    }
    return;
  }
  if (!is_real(leaf.dtype)) return;
  const std::size_t total = count * leaf.size;
  if (leaf.dtype == DType::kFloat32
          ? all_finite(static_cast<const float*>(actions), total, std::uint32_t{0x7F800000U})
          : all_finite(static_cast<const double*>(actions), total, std::uint64_t{0x7FF} << 52)) {
    return;
  }
  for (std::size_t i = 0; i < total; ++i) {
    const double value = real_at(actions, leaf.dtype, i);
    if (std::isfinite(value) || ignored(first + i / leaf.size)) continue;
    const Element element = space.element(leaf, i % leaf.size);
    throw InvalidAction(text(part_text(space, k), "action element ", i % leaf.size, " of environment ",
                             first + i / leaf.size, " is ", value, ": it must be finite, in [", element.low,
                             ", ", element.high, "] to take full effect"));
  }
}

// `may_ignore`: the actions of lanes that wait for a reset are not looked at.
void Engine::check_action_values(const ConstLeaves& actions, std::size_t first, std::size_t count,
                                 bool may_ignore) const {
  const auto ignored = [&](std::size_t lane) { return may_ignore && lanes_.status()[lane] != 0; };
  for (std::size_t k = 0; k < action_sizes_.count; ++k) {
    check_leaf(k, actions.at[k], first, count, ignored);
  }
}

}  // namespace plyo
