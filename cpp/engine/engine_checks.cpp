// What the engine checks before it steps: that lanes may be stepped, that actions lie in their space.
#include <bit>
#include <cstdint>

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
  if (config_.autoreset_mode != AutoresetMode::kDisabled) return;
  const std::uint8_t* const status = lanes_.status().data();
  std::uint8_t any = 0;
  for (std::size_t lane = 0; lane < num_envs(); ++lane) any |= status[lane];
  if (any != 0) {
    throw ResetNeeded(
        text("the episode of environment ", first_with(lane_status::kEnded),
             " has ended and autoreset_mode is disabled; reset it first with options={'reset_mask': mask}"));
  }
}

void Engine::check_action_rows(const void* actions, std::size_t count) const {
  check_action_values(actions, 0, count, false);
}

void Engine::check_actions(const void* actions, std::size_t first, std::size_t count) const {
  check_action_values(actions, first, count, config_.autoreset_mode == AutoresetMode::kNextStep);
}

// `may_ignore`: the actions of lanes that wait for a reset are not looked at.
void Engine::check_action_values(const void* actions, std::size_t first, std::size_t count,
                                 bool may_ignore) const {
  const SpaceInfo& space = info_->action;
  const auto ignored = [&](std::size_t lane) { return may_ignore && lanes_.status()[lane] != 0; };
  if (space.kind == SpaceKind::kDiscrete) {
    // one pass without branches, then a second one to name the culprit
    const auto* values = static_cast<const std::int64_t*>(actions);
    const std::uint64_t last = space.size - 1;
    std::uint64_t signs = 0;
    // the uppermost bit is set in a negative action, and in what a larger one than the last leaves of it
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<std::uint64_t>(values[i]);
      signs |= value | (last - value);
    }
    const bool bad = (signs >> 63) != 0;
    for (std::size_t i = 0; bad && i < count; ++i) {
      if (static_cast<std::uint64_t>(values[i]) < space.size || ignored(first + i)) continue;
      throw InvalidAction(text("action ", values[i], " of environment ", first + i,
                               " is out of range: legal actions are 0 to ", space.size - 1));
    }
    return;
  }
  const auto* values = static_cast<const float*>(actions);
  constexpr std::uint32_t kExponent = 0x7F800000U;
  const auto finite = [](float value) {
    return (std::bit_cast<std::uint32_t>(value) & kExponent) != kExponent;
  };
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count * space.size; ++i) bad |= finite(values[i]) ? 0 : 1;
  for (std::size_t i = 0; bad != 0 && i < count * space.size; ++i) {
    if (finite(values[i]) || ignored(first + i / space.size)) continue;
    const Element& element = space.elements[i % space.size];
    throw InvalidAction(text("action element ", i % space.size, " of environment ", first + i / space.size,
                             " is ", values[i], ": it must be finite, in [", element.low, ", ", element.high,
                             "] to take full effect"));
  }
}

}  // namespace plyo
