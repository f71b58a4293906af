// Tools for the tests of pictures: a frame with guards around it, a scene of every primitive, and hashes.
#pragma once

#include <cstdint>
#include <vector>

#include "render/raster.hpp"

namespace plyo::testing {

using namespace plyo::render;  // NOLINT(google-build-using-namespace)

// A frame with more bytes than it needs: before, after, and at the end of each row.
class Picture {
 public:
  enum class Layout : std::uint8_t { kPacked, kStrided, kPlanar, kGray };
  static constexpr std::uint8_t kGuard = 0xa5;

  Picture(int width, int height, Layout layout = Layout::kPacked, std::uint8_t level = 255)
      : gap_(layout == Layout::kStrided ? 7 : 0) {
    const auto pixel = layout == Layout::kStrided ? 4 : layout == Layout::kPacked ? 3 : 1;
    frame_.width = width;
    frame_.height = height;
    frame_.pixel_stride = pixel;
    frame_.row_stride = std::ptrdiff_t{pixel} * width + gap_;
    frame_.channels = layout == Layout::kGray ? 1 : 3;
    frame_.channel_stride = layout == Layout::kPlanar ? frame_.row_stride * height + kMargin : 1;
    const std::ptrdiff_t planes = layout == Layout::kPlanar ? 3 : 1;
    bytes_.assign(static_cast<std::size_t>(planes * (frame_.row_stride * height + kMargin) + 2 * kMargin),
                  kGuard);
    frame_.pixels = bytes_.data() + kMargin;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int channel = 0; channel < frame_.channels; ++channel) at(x, y, channel) = level;
      }
    }
  }

  const Frame& frame() const { return frame_; }
  std::uint8_t& at(int x, int y, int channel = 0) {
    return frame_.pixels[y * frame_.row_stride + x * frame_.pixel_stride + channel * frame_.channel_stride];
  }

  // The levels without gaps, red green blue or grey.
  std::vector<std::uint8_t> levels() {
    std::vector<std::uint8_t> all;
    for (int y = 0; y < frame_.height; ++y) {
      for (int x = 0; x < frame_.width; ++x) {
        for (int channel = 0; channel < frame_.channels; ++channel) all.push_back(at(x, y, channel));
      }
    }
    return all;
  }

  // How much black is on white, in pixels.
  double ink() {
    double sum = 0;
    for (const std::uint8_t level : levels()) sum += (255 - level) / 255.0;
    return sum / frame_.channels;
  }

  // Whether every byte outside the pixels is as it was.
  bool guarded() {
    std::vector<bool> inside(bytes_.size());
    for (int y = 0; y < frame_.height; ++y) {
      for (int x = 0; x < frame_.width; ++x) {
        for (int channel = 0; channel < frame_.channels; ++channel) {
          inside[static_cast<std::size_t>(&at(x, y, channel) - bytes_.data())] = true;
        }
      }
    }
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (!inside[i] && bytes_[i] != kGuard) return false;
    }
    return true;
  }

 private:
  static constexpr std::ptrdiff_t kMargin = 64;

  std::ptrdiff_t gap_;
  Frame frame_;
  std::vector<std::uint8_t> bytes_;
};

inline Scratch& scratch() {
  static Scratch memory;
  return memory;
}

inline std::uint64_t hash_of(const std::vector<std::uint8_t>& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

inline constexpr Color kPalette[] = {{56, 58, 70}, {208, 210, 216}, {202, 102, 92}};
inline constexpr CellArt kRobot = cell_art<10>(
    "..aaaaaa.."
    ".abbbbbba."
    ".abaabaab."
    ".abbbbbbac",
    kPalette);
inline constexpr std::uint8_t kFourPixels[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0};

// Everything that a canvas can do, on a surface of 400 x 340. Coordinates are multiples of 1/8.
inline constexpr Size kSceneSize{400, 340};
template <class C>
void draw_scene(C& canvas) {
  canvas.clear({240, 240, 255});
  canvas.text("Plyo 0123456789 {|}~", 10, 10, 14, Align::kLeft, kBlack);
  canvas.text("Plyo 0123456789 \x7f", 390, 30, 10, Align::kRight, {0, 0, 160}, Font::k3x5);
  canvas.text("12.5", 200, 50, 24.5, Align::kCenter, {200, 0, 0});
  canvas.cells(kRobot, 10, 80, 4);
  canvas.cells(kRobot, 60, 80, 2.75);
  canvas.push(Affine{0, -1, 160, 1, 0, 80});
  canvas.cells(kRobot, 0, 0, 4);
  canvas.pop();
  canvas.push(Affine{-1, 0, 210, 0, 1, 80});
  canvas.cells(kRobot, 0, 0, 4);
  canvas.pop();
  canvas.arc({250, 100}, 18, 0, 1.5 * math::kPi, 5, {0, 120, 0});
  const Point zigzag[] = {{290, 80}, {310.5, 120}, {330, 80}, {350, 120.25}, {380, 85}};
  canvas.outline(zigzag, 5, 5, {120, 0, 120}, false);
  const Point ring[] = {{20, 130}, {80, 130}, {80, 170}, {20, 170}};
  canvas.outline(ring, 4, 6, kBlack, true);
  const Point star[] = {{120, 125}, {135, 170}, {97, 142}, {143, 142}, {105, 170}};
  canvas.polygon(star, 5, {20, 60, 200}, 128);
  canvas.circle({180, 150}, 20, {200, 100, 0});
  canvas.circle({195, 150}, 20, {0, 100, 0}, 90);
  canvas.rect(230.5, 130.25, 40, 30, {90, 90, 90});
  canvas.rect(250, 140, 40, 30, {255, 0, 0}, 100);
  canvas.line({300, 130}, {390, 170}, 1, kBlack);
  canvas.line({300, 135}, {390, 175}, 3, kBlack);
  canvas.image(kFourPixels, 2, 2, 10, 180, 30, 30, Filter::kNearest);
  canvas.image(kFourPixels, 2, 2, 50, 180, 30.5, 30.5, Filter::kArea);
  canvas.clip(100, 180, 60, 30);
  canvas.circle({130, 195}, 28, {0, 150, 150});
  canvas.unclip();
  canvas.y_up(true);
  canvas.line({0, 100}, {400, 100}, 1, kBlack);
  canvas.text("up", 200, 80, 7, Align::kCenter, kBlack);
  canvas.push(placement(0.5, 300, 60));
  const Point pole[] = {{-5, -5}, {-5, 60}, {5, 60}, {5, -5}};
  canvas.polygon(pole, 4, {202, 152, 101});
  canvas.pop();
  canvas.arc({60, 60}, 30, 0.25 * math::kPi, math::kPi, 4, {150, 0, 0});
  canvas.y_up(false);
}

}  // namespace plyo::testing
