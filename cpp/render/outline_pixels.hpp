// The pixels that gfxdraw.aapolygon blends around polygons in a window of 1000 x 800, row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "render/polygon_spans.hpp"

namespace plyo::render {

struct OutlinePixel {
  std::uint16_t row, x;
  std::uint32_t paint;  // 256 times the polygon, and the alpha

  std::uint32_t polygon() const { return paint >> 8; }
  int alpha() const { return static_cast<int>(paint & 255); }
};

class OutlinePixels {
 public:
  void begin(const WindowRows& rows);
  // Adds the outline of a polygon. The span with this index has all of the polygon's pixels, unless it is kNoSpan.
  static constexpr std::uint32_t kNoSpan = 0xFFFFFFFFU;
  void add(const Corners& corners, std::uint32_t polygon, std::uint32_t span) {
    outlines_.push_back({corners, polygon, span});
  }
  // Finds the pixels of all outlines and puts them into order: by rows, in a row as they are blended. Leaves out
  // most that lie under a span.
  void draw(const PolygonSpans& spans);
  bool empty() const { return outlines_.empty(); }
  // Those of a row, after draw().
  struct Row {
    const OutlinePixel *first, *last;
    const OutlinePixel* begin() const { return first; }
    const OutlinePixel* end() const { return last; }
  };
  Row in_row(int row) const {
    const OutlinePixel* const all = sorted_.data();
    return {all + starts_[row], all + starts_[row + 1]};
  }

 private:
  // A line of aapolygon, from the first point to greater y.
  struct Line {
    std::int32_t x, y;              // where it begins
    std::int32_t low, high;         // the least and greatest y
    std::int32_t solid_x, solid_y;  // the pixel without blending
    std::int32_t steps;             // pixels along the longer side, or of a level or upright line
    std::int32_t x_step;            // -1 or 1
    std::int32_t slope;             // 65536ths of a pixel across the longer side a pixel along it
    enum class Kind : std::uint8_t { kLevel, kUpright, kFlat, kSteep } kind;
  };
  struct Outline {
    Corners corners;
    std::uint32_t polygon, span;
  };
  template <int kCovers>
  class Pen;

  static bool make_line(std::int32_t x1, std::int32_t y1, std::int32_t x2, std::int32_t y2, Line& line);
  const Span* find_neighbour(std::size_t outline, int side, const Span* spans) const;
  void draw_outline(std::size_t index, const Span* spans, const std::int16_t* numbers);
  template <class AnyPen>
  void draw_line(const Line& line, AnyPen pen);
  template <class AnyPen>
  AnyPen draw_steep(const Line& line, AnyPen pen) const;
  template <class AnyPen>
  AnyPen draw_flat(const Line& line, AnyPen pen) const;
  void sort();

  WindowRows rows_;
  std::vector<Outline> outlines_;
  std::vector<OutlinePixel> pixels_, sorted_;
  std::size_t count_ = 0;                         // of pixels_
  std::uint32_t starts_[kWindowHeight + 1] = {};  // of the rows in sorted_
};

}  // namespace plyo::render
