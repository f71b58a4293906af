// Pictures as observations: the frames that a lane remembers, and the array that they make.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/space.hpp"
#include "../render/canvas.hpp"

namespace plyo {

namespace render {
struct Frame;
}

// The settings of pictures that replace a task's own observation.
struct PixelConfig {
  render::Size size{84, 84};
  bool gray = true;
  int stack = 4;               // the number of last pictures in an observation
  bool channels_first = true;  // (channels, height, width), or (height, width, channels)
  render::Style style = render::Style::kGym;
};

// The last `stack` pictures of a lane, in memory that the lane keeps for it. One picture is not remembered:
// it is drawn for each observation.
class FrameStack {
 public:
  static constexpr int kMaxStack = 64;
  static constexpr int kMaxSide = 16384;  // pixels

  // Throws std::invalid_argument for a size or stack out of range.
  explicit FrameStack(const PixelConfig& config);

  const PixelConfig& config() const { return config_; }
  SpaceInfo space() const;
  std::size_t observation_bytes() const { return stack() * frame_bytes(); }

  bool remembers() const { return config_.stack > 1; }
  // The memory of each lane. Zeros are black pictures.
  std::size_t memory_bytes() const;
  // Whether bytes from outside may be such memory.
  bool is_memory(const std::byte* memory) const;

  // The frame for a lane's first picture, and copying that picture over the lane's whole memory.
  render::Frame begin(std::byte* memory) const;
  void fill(std::byte* memory) const;
  // The frame for the newest picture, in place of the oldest.
  render::Frame push(std::byte* memory) const;
  // Writes the pictures, the oldest first, as one observation.
  void write(const std::byte* memory, std::uint8_t* observation) const;

  // The frame of an observation of one picture.
  render::Frame only(std::uint8_t* observation) const;

 private:
  static constexpr std::size_t kHeadBytes = 8;

  std::size_t channels() const { return config_.gray ? 1 : 3; }
  std::size_t pixels() const {
    return static_cast<std::size_t>(config_.size.width) * static_cast<std::size_t>(config_.size.height);
  }
  std::size_t frame_bytes() const { return pixels() * channels(); }
  std::size_t stack() const { return static_cast<std::size_t>(config_.stack); }
  render::Frame frame(std::uint8_t* at) const;

  PixelConfig config_;
};

}  // namespace plyo
