#include "stack_observation.hpp"

#include <cstring>
#include <utility>

namespace plyo {
namespace {

// Moves the frames of a stack towards the older end and copies the newest in.
void push_frame(std::byte* stack, const std::byte* frame, std::size_t frame_bytes, std::size_t depth) {
  const std::size_t older = (depth - 1) * frame_bytes;
  std::memmove(stack, stack + frame_bytes, older);
  std::memcpy(stack + older, frame, frame_bytes);
}

}  // namespace

StackObservation::StackObservation(std::size_t frame_bytes, std::size_t depth, std::vector<std::byte> padding,
                                   const AutoresetRules& rules, std::size_t num_envs)
    : frame_bytes_(frame_bytes),
      depth_(depth),
      padding_(std::move(padding)),
      resets_at_once_(rules.resets_at_once),
      resets_waiting_(rules.resets_waiting),
      ended_stacks_(rules.resets_at_once ? num_envs * depth * frame_bytes : 0) {}

void StackObservation::begin(std::byte* stack, const std::byte* frame) const {
  const std::byte* const older = padding_.empty() ? frame : padding_.data();
  for (std::size_t k = 0; k + 1 < depth_; ++k) std::memcpy(stack + k * frame_bytes_, older, frame_bytes_);
  std::memcpy(stack + (depth_ - 1) * frame_bytes_, frame, frame_bytes_);
}

void StackObservation::advance(const StageStep& step, const LaneRange& range) {
  const auto* const frames = static_cast<const std::byte*>(step.observations[position()].at[0]);
  for (std::size_t lane = range.first; lane < range.first + range.count; ++lane) {
    if (step.resting != nullptr && step.resting[lane] != 0) continue;
    std::byte* const stack = lanes_.frames + lane * lane_bytes();
    const std::byte* const frame = frames + lane * frame_bytes_;
    const bool has_ended = step.waiting[lane] != 0;
    if (resets_at_once_ && has_ended) std::memcpy(&ended_stacks_[lane * lane_bytes()], stack, lane_bytes());
    if ((resets_at_once_ && has_ended) || (resets_waiting_ && lanes_.ended_before[lane] != 0)) {
      begin(stack, frame);
    } else {
      push_frame(stack, frame, frame_bytes_, depth_);
    }
  }
  std::memcpy(lanes_.ended_now + range.first, step.waiting + range.first, range.count);
}

void StackObservation::show(const StageStep& step, const LaneRange& range) const {
  auto* const stacks = static_cast<std::byte*>(step.observations[position() + 1].at[0]);
  const std::size_t begin = range.first * lane_bytes();
  std::memcpy(stacks + begin, lanes_.frames + begin, range.count * lane_bytes());
}

void StackObservation::show_finals(const StageStep& step) const {
  const auto* frame = static_cast<const std::byte*>(step.finals[position()].at[0]);
  auto* stack = static_cast<std::byte*>(step.finals[position() + 1].at[0]);
  for (const std::int64_t lane : step.ended) {
    std::memcpy(stack, &ended_stacks_[static_cast<std::size_t>(lane) * lane_bytes()], lane_bytes());
    push_frame(stack, frame, frame_bytes_, depth_);
    frame += frame_bytes_;
    stack += lane_bytes();
  }
}

}  // namespace plyo
