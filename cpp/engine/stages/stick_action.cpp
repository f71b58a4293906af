#include "stick_action.hpp"

#include <cstring>

#include "../engine.hpp"

namespace plyo {

void StickAction::settle(void* actions, const LaneRange& range) {
  for (std::size_t lane = range.first; lane < range.first + range.count; ++lane) {
    if (rules_.skips_ended() && lanes_.ended_before[lane] != 0) continue;
    std::byte* const last = lanes_.last_actions + lane * settings_.action_bytes;
    std::byte* const taken = static_cast<std::byte*>(actions) + lane * settings_.action_bytes;
    std::int64_t& left = lanes_.repeats_left[lane];
    if (lanes_.has_last[lane] != 0 && left == 0) {
      Rng& rng = engine_.rng(lane);
      if (rng.next_double() < settings_.probability) {
        left = rng.integers(settings_.shortest, settings_.longest + 1);
      }
    }
    if (left > 0) {
      --left;
      std::memcpy(taken, last, settings_.action_bytes);
    } else {
      std::memcpy(last, taken, settings_.action_bytes);
    }
    lanes_.has_last[lane] = 1;
  }
}

void StickAction::advance(const StageStep& step, const LaneRange& range) {
  for (std::size_t lane = range.first; lane < range.first + range.count; ++lane) {
    const bool begins = (rules_.resets_waiting && lanes_.ended_before[lane] != 0) ||
                        (rules_.resets_at_once && step.waiting[lane] != 0);
    if (!begins) continue;
    lanes_.has_last[lane] = 0;
    lanes_.repeats_left[lane] = 0;
  }
  std::memcpy(lanes_.ended_now + range.first, step.waiting + range.first, range.count);
}

}  // namespace plyo
