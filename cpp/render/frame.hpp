// A picture in the caller's memory, and the writing of spans of pixels into it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "render/canvas.hpp"

namespace plyo::render {

// The layout of a picture: bytes at pixels + y row_stride + x pixel_stride + channel channel_stride. One
// channel is grey, .2125 red + .7154 green + .0721 blue.
struct Frame {
  std::uint8_t* pixels = nullptr;
  int width = 0, height = 0;
  std::ptrdiff_t row_stride = 0, pixel_stride = 3, channel_stride = 1;
  int channels = 3;
};

// Frames without gaps: (height, width, 3), (3, height, width) and (height, width).
constexpr Frame interleaved_frame(std::uint8_t* pixels, int width, int height) {
  return {pixels, width, height, std::ptrdiff_t{3} * width, 3, 1, 3};
}
constexpr Frame planar_frame(std::uint8_t* pixels, int width, int height) {
  return {pixels, width, height, width, 1, std::ptrdiff_t{width} * height, 3};
}
constexpr Frame gray_frame(std::uint8_t* pixels, int width, int height) {
  return {pixels, width, height, width, 1, 0, 1};
}

// The grey of a colour as in GrayscaleObservation: summed in double from red to blue, then cut.
constexpr std::uint8_t gray_of(int red, int green, int blue) {
  return static_cast<std::uint8_t>(red * 0.2125 + green * 0.7154 + blue * 0.0721);
}

// A colour prepared for writing: its grey, and sixteen pixels of it.
struct Paint {
  explicit Paint(Color c) : color(c), gray(gray_of(c.red, c.green, c.blue)) {
    if constexpr (std::endian::native == std::endian::little) {
      // eight pixels in three words, without a byte that is stored and loaded again
      const std::uint64_t pixel = c.red | std::uint64_t{c.green} << 8 | std::uint64_t{c.blue} << 16;
      const std::uint64_t words[3] = {pixel | pixel << 24 | pixel << 48,
                                      pixel >> 16 | pixel << 8 | pixel << 32 | pixel << 56,
                                      pixel >> 8 | pixel << 16 | pixel << 40};
      std::memcpy(pattern, words, 24);
      std::memcpy(pattern + 24, words, 24);
    } else {
      for (int i = 0; i < 48; ++i) pattern[i] = i % 3 == 0 ? c.red : i % 3 == 1 ? c.green : c.blue;
    }
  }

  bool is_gray() const { return color.red == color.green && color.red == color.blue; }

  Color color;
  std::uint8_t gray;
  std::uint8_t pattern[48];
};

// A level moved towards another by `part` 256ths; at 256 it is the other.
constexpr std::uint8_t mix(int from, int to, int part) {
  return static_cast<std::uint8_t>(((from << 8) + (to - from) * part + 128) >> 8);
}

// Writes spans into a frame. A grey frame is mixed in colour: `shadow` has the colours, three bytes a
// pixel without gaps, and each change of a pixel there changes its grey. Spans lie inside the frame.
class Surface {
 public:
  Surface(const Frame& frame, std::uint8_t* shadow);

  int width() const { return frame_.width; }
  int height() const { return frame_.height; }

  // Every pixel.
  void clear(const Paint& paint);
  // `n` pixels from (x, y): replaced, or mixed with `part` 256ths of the paint.
  void fill(int x, int y, int n, const Paint& paint);
  void blend(int x, int y, int n, const Paint& paint, int part) {
    if (n == 1 && layout_ != Layout::kAny) {
      std::uint8_t* target = packed(x, y);
      mix_packed(target, paint.color, part);
      if (layout_ == Layout::kGray) *at(x, y) = gray_of(target[0], target[1], target[2]);
    } else {
      blend_span(x, y, n, paint, part);
    }
  }

  // `n` pixels from (x, y) become copies of the row above.
  void copy_row(int x, int y, int n);

  // One pixel: mixed with `part` 65536ths, of which `red`, `green` and `blue` are the sum of the levels.
  void mix_sums(int x, int y, std::uint32_t red, std::uint32_t green, std::uint32_t blue, std::uint32_t part);

 private:
  enum class Layout : std::uint8_t { kInterleaved, kGray, kAny };

  static void mix_packed(std::uint8_t* target, Color color, int part) {
    target[0] = mix(target[0], color.red, part);
    target[1] = mix(target[1], color.green, part);
    target[2] = mix(target[2], color.blue, part);
  }
  void blend_span(int x, int y, int n, const Paint& paint, int part);
  std::uint8_t* at(int x, int y) const {
    return frame_.pixels + y * frame_.row_stride + x * frame_.pixel_stride;
  }
  // Three bytes a pixel: the frame's own row, or the shadow's.
  std::uint8_t* packed(int x, int y) const { return packed_ + y * packed_stride_ + std::ptrdiff_t{3} * x; }

  Frame frame_;
  Layout layout_;
  std::uint8_t* packed_;
  std::ptrdiff_t packed_stride_;
};

}  // namespace plyo::render
