// The time at which a finished episode is followed by the next one.
#pragma once

#include <cstdint>

namespace plyo {

enum class AutoresetMode : std::uint8_t {
  kNextStep,  // the step after the end resets: its action is ignored, its reward is 0
  kSameStep,  // the step that ends the episode resets; the last observation is kept apart
  kDisabled,  // the caller resets with a mask; a lane whose episode has ended cannot be stepped
  kNone,      // a lane whose episode has ended may be stepped on, as in a single environment
};

// The behaviour of a step for lanes whose episode has ended: the mode as answers to the engine's questions.
struct AutoresetRules {
  // A lane whose episode ended in an earlier step ...
  bool resets_waiting;  // is reset in place of its step; its action is ignored, its reward is 0
  bool lets_rest;       // rests in a rollout, with reward 0, and makes a step of the batch an error
  bool steps_past_end;  // is stepped on
  // A lane whose episode ends in this step ...
  bool resets_at_once;  // is reset in this step; its last observation and info are kept apart

  // Whether steps leave out lanes whose episode ended in an earlier step.
  constexpr bool skips_ended() const { return resets_waiting || lets_rest; }
};

constexpr AutoresetRules rules_of(AutoresetMode mode) {
  return {.resets_waiting = mode == AutoresetMode::kNextStep,
          .lets_rest = mode == AutoresetMode::kDisabled,
          .steps_past_end = mode == AutoresetMode::kNone,
          .resets_at_once = mode == AutoresetMode::kSameStep};
}

}  // namespace plyo
