// The exact part of each pixel that a shape covers: the signed area left of its edges, summed in integers.
#pragma once

#include <cstdint>
#include <vector>

#include "render/frame.hpp"

namespace plyo::render {

// Positions are integers of 1/256 pixel, so the results are the same on every machine.
inline constexpr int kFixedBits = 8;
inline constexpr int kFixedOne = 1 << kFixedBits;
// Positions further out than this many pixels are moved to this distance.
inline constexpr double kFarthest = 0x1p21;

struct FixedPoint {
  std::int32_t x = 0, y = 0;
};

// Whether a number is a position; NaN and the infinities are not.
constexpr bool is_finite(double x) { return x - x == 0.0; }
constexpr bool is_finite(Point p) { return is_finite(p.x) && is_finite(p.y); }

// The nearest 1/256 pixel to a number of pixels, halves upwards; NaN lies far to the left.
constexpr std::int32_t to_fixed(double pixels) {
  const double limited = pixels > -kFarthest ? math::min(pixels, kFarthest) : -kFarthest;
  // positive, so that cutting the fraction rounds down
  const double shifted = limited * kFixedOne + 0.5 + 0x1p40;
  return static_cast<std::int32_t>(static_cast<std::int64_t>(shifted) - (std::int64_t{1} << 40));
}
constexpr FixedPoint to_fixed(Point pixels) { return {to_fixed(pixels.x), to_fixed(pixels.y)}; }

// Pixels [left, right) x [top, bottom).
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;
  constexpr bool empty() const { return left >= right || top >= bottom; }
};
constexpr Box intersect(const Box& a, const Box& b) {
  return {a.left > b.left ? a.left : b.left, a.top > b.top ? a.top : b.top,
          a.right < b.right ? a.right : b.right, a.bottom < b.bottom ? a.bottom : b.bottom};
}

// The edges of closed loops, which may overlap: an area that they wind around in one sense is inside, once.
class Path {
 public:
  static constexpr int kMaxEdges = 1024;

  // An edge downwards from (x, top); `slope` is 1/256 pixel to the right a 1/256 pixel down, times 65536.
  struct Edge {
    std::int64_t slope;
    std::int32_t x, top, bottom;
    std::int32_t sign;  // -1 for an edge drawn upwards
  };

  void clear() {
    size_ = 0;
    low_ = {INT32_MAX, INT32_MAX};
    high_ = {INT32_MIN, INT32_MIN};
  }
  int size() const { return size_; }
  const Edge& operator[](int i) const { return edges_[i]; }
  bool has_room(int edges) const { return size_ + edges <= kMaxEdges; }

  // Adds the corners of a loop one after the other; then call `close`.
  void move_to(FixedPoint p);
  void line_to(FixedPoint p);
  void close() { line_to(first_); }

  // The pixels that the loops may touch.
  Box box() const;

 private:
  int size_ = 0;
  FixedPoint first_, last_;
  FixedPoint low_{INT32_MAX, INT32_MAX}, high_{INT32_MIN, INT32_MIN};
  Edge edges_[kMaxEdges];
};

// The memory for drawing beside the frame: 62 KB, and the colours of a grey frame. One a thread, used
// by one Raster at a time, frame after frame; it grows when a larger grey frame comes.
struct Scratch {
  static constexpr int kCells = 8192;
  static constexpr int kMaxRows = 512;
  static constexpr int kMaxColumns = 4094;
  static constexpr int kWords = kCells / 64 + kMaxRows;

  // changes of coverage from cell to cell, and a bit for each that is not zero; all zero between shapes
  std::int32_t cells[kCells] = {};
  std::uint64_t touched[kWords] = {};
  Path path;
  std::vector<std::uint8_t> shadow;
};
static_assert(sizeof(Scratch) < 65536);

// Paints the area of the scratch's path inside `clip`; `alpha` is 256ths.
void fill_path(Surface& surface, Scratch& scratch, const Box& clip, const Paint& paint, int alpha);

// Paints a rectangle between two corners.
void fill_box(Surface& surface, FixedPoint low, FixedPoint high, const Box& clip, const Paint& paint,
              int alpha);

}  // namespace plyo::render
