// When a finished episode is followed by the next one.
#pragma once

#include <cstdint>

namespace plyo {

enum class AutoresetMode : std::uint8_t {
  kNextStep,  // the step after the end resets: its action is ignored, its reward is 0
  kSameStep,  // the step that ends the episode resets; the last observation is kept apart
  kDisabled,  // the caller resets with a mask; a finished lane cannot be stepped
  kNone,      // a finished lane may be stepped on, as in a single environment
};

}  // namespace plyo
