#include "frame_stack.hpp"

#include <cstring>

#include "../render/frame.hpp"
#include "errors.hpp"

namespace plyo {
namespace {

// The memory of a lane: the place of the newest picture, then the pictures, a ring.
std::size_t head_of(const std::byte* memory) {
  std::uint64_t head = 0;
  std::memcpy(&head, memory, sizeof(head));
  return static_cast<std::size_t>(head);
}

void set_head(std::byte* memory, std::size_t head) {
  const std::uint64_t value = head;
  std::memcpy(memory, &value, sizeof(value));
}

// Spreads the pixels of one picture over every `stride`-th place.
template <std::size_t kChannels>
void spread(const std::byte* picture, std::size_t pixels, std::size_t stride, std::byte* out) {
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < kChannels; ++c) out[p * stride + c] = picture[p * kChannels + c];
  }
}

// Four grey pictures, the usual request: one pass that becomes vector code.
void interleave_four(const std::byte* const (&pictures)[4], std::size_t pixels, std::byte* out) {
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t k = 0; k < 4; ++k) out[4 * p + k] = pictures[k][p];
  }
}

}  // namespace

FrameStack::FrameStack(const PixelConfig& config) : config_(config) {
  const auto [width, height] = config.size;
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    throw std::invalid_argument(text("size must be (height, width) in pixels, each from 1 to ", kMaxSide,
                                     ", got (", height, ", ", width, ")"));
  }
  if (config.stack < 1 || config.stack > kMaxStack) {
    throw std::invalid_argument(
        text("stack must be an integer from 1 to ", kMaxStack, ", got ", config.stack));
  }
}

SpaceInfo FrameStack::space() const {
  const std::size_t deep = stack() * channels();
  const auto wide = static_cast<std::size_t>(config_.size.width);
  const auto high = static_cast<std::size_t>(config_.size.height);
  SpaceInfo space{.num_leaves = 1};
  space.leaves[0] = {.kind = SpaceKind::kBox, .dtype = DType::kUint8, .size = deep * wide * high};
  space.leaves[0].shape =
      config_.channels_first ? LeafShape{3, {deep, high, wide}} : LeafShape{3, {high, wide, deep}};
  space.leaves[0].num_elements = 1;
  space.elements[0] = {.name = "brightness", .low = 0, .high = 255};
  return space;
}

std::size_t FrameStack::memory_bytes() const {
  return remembers() ? kHeadBytes + stack() * frame_bytes() : 0;
}

bool FrameStack::is_memory(const std::byte* memory) const {
  return !remembers() || head_of(memory) < stack();
}

render::Frame FrameStack::frame(std::uint8_t* at) const {
  const auto [width, height] = config_.size;
  if (config_.gray) return render::gray_frame(at, width, height);
  return config_.channels_first ? render::planar_frame(at, width, height)
                                : render::interleaved_frame(at, width, height);
}

render::Frame FrameStack::only(std::uint8_t* observation) const { return frame(observation); }

render::Frame FrameStack::begin(std::byte* memory) const {
  set_head(memory, 0);
  return frame(reinterpret_cast<std::uint8_t*>(memory + kHeadBytes));
}

void FrameStack::fill(std::byte* memory) const {
  std::byte* const pictures = memory + kHeadBytes;
  for (std::size_t k = 1; k < stack(); ++k)
    std::memcpy(pictures + k * frame_bytes(), pictures, frame_bytes());
}

render::Frame FrameStack::push(std::byte* memory) const {
  const std::size_t head = (head_of(memory) + 1) % stack();
  set_head(memory, head);
  return frame(reinterpret_cast<std::uint8_t*>(memory + kHeadBytes + head * frame_bytes()));
}

void FrameStack::write(const std::byte* memory, std::uint8_t* observation) const {
  auto* const out = reinterpret_cast<std::byte*>(observation);
  const std::byte* const pictures = memory + kHeadBytes;
  const std::size_t oldest = (head_of(memory) + 1) % stack();
  if (config_.channels_first) {
    // from the oldest to the end of the ring, then from its beginning to the newest
    const std::size_t ahead = (stack() - oldest) * frame_bytes();
    std::memcpy(out, pictures + oldest * frame_bytes(), ahead);
    std::memcpy(out + ahead, pictures, oldest * frame_bytes());
    return;
  }
  const auto picture = [&](std::size_t k) { return pictures + (oldest + k) % stack() * frame_bytes(); };
  if (config_.gray && stack() == 4) {
    const std::byte* const four[4] = {picture(0), picture(1), picture(2), picture(3)};
    interleave_four(four, pixels(), out);
    return;
  }
  for (std::size_t k = 0; k < stack(); ++k) {
    if (config_.gray) {
      spread<1>(picture(k), pixels(), stack(), out + k);
    } else {
      spread<3>(picture(k), pixels(), 3 * stack(), out + 3 * k);
    }
  }
}

}  // namespace plyo
