#include "repeat_steps.hpp"

#include <cstring>

namespace plyo {

void RepeatSteps::advance(const StageStep& step, const LaneRange& range) {
  std::memcpy(ended_ + range.first, step.waiting + range.first, range.count);
}

Repetition SkipSteps::repetition() const {
  Repetition repetition = RepeatSteps::repetition();
  repetition.shows_largest = true;
  return repetition;
}

void SkipSteps::advance(const StageStep& step, const LaneRange& range) {
  RepeatSteps::advance(step, range);
  const auto* const rows = static_cast<const std::byte*>(step.observations[position()].at[0]);
  for (std::size_t lane = range.first; lane < range.first + range.count; ++lane) {
    if (step.resting != nullptr && step.resting[lane] != 0) continue;
    std::memcpy(shown_ + lane * row_bytes_, rows + lane * row_bytes_, row_bytes_);
  }
}

void SkipSteps::show(const StageStep& step, const LaneRange& range) const {
  auto* const rows = static_cast<std::byte*>(step.observations[position() + 1].at[0]);
  const std::size_t start = range.first * row_bytes_;
  std::memcpy(rows + start, shown_ + start, range.count * row_bytes_);
}

void SkipSteps::show_finals(const StageStep& step) const {
  std::memcpy(step.finals[position() + 1].at[0], step.finals[position()].at[0],
              step.ended.size() * row_bytes_);
}

}  // namespace plyo
