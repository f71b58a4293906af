// A window of 1000 x 800 pixels into which pygame paints polygons, and which its smoothscale shrinks to 96 x 96.
// Only the small picture is made, with the levels that pygame (SDL_gfx, SSE2) gives.
//
// No pixel of the window is painted: from the spans of the polygons (polygon_spans.hpp) it follows where in a row
// one colour ends and the next begins (visible_runs.hpp); only cells with such a place, or with a pixel of an
// outline (outline_pixels.hpp), have to be summed, and the others have a level that is known (shrunk_cells.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "render/canvas.hpp"
#include "render/outline_pixels.hpp"
#include "render/polygon_spans.hpp"
#include "render/shrunk_cells.hpp"
#include "render/visible_runs.hpp"

namespace plyo::render {

class ShrunkSurface {
 public:
  static constexpr int kWidth = kWindowWidth, kHeight = kWindowHeight;  // pixels of the window
  static constexpr int kSide = kCellSide;                               // of the picture
  static constexpr int kMaxPoints = Corners::kMost;                     // of a polygon
  static constexpr std::uint32_t kMaxColors = CellColors::kMost;
  using Picture = CellRows::Picture;

  // Begins rows [first, last) of the picture without polygons. They need no other rows of the window than those of
  // their own in the task's division of it: 0 to 84 and 84 to 96. Row 0 of the window, where y is 0, is its top row,
  // or its bottom row if `flipped`.
  void begin(bool flipped, int first, int last);
  // A polygon of three to kMaxPoints points, over those before it. Coordinates are cut to integers of 16 bits.
  // Pictures have at most half of kMaxColors different colours.
  void add(const Point* points, int count, Color color, Paintwork paintwork);
  // Paints the rows. Pixels without a polygon are black.
  void paint(Picture& picture);

 private:
  // A place in a row where one colour ends and another begins.
  struct Break {
    std::uint32_t edge;
    std::uint8_t before, after;
    alignas(8) std::uint16_t levels[4];  // the difference of the levels, before less after
    alignas(8) std::uint16_t plain[4];   // of plain cells, after less before
  };
  // A run of one polygon, for the pixels of outlines.
  struct Top {
    std::uint32_t edge;
    std::uint32_t layer;  // the polygon's number, from 1; 0 without one
    std::uint8_t color;
  };

  // A pixel of an outline that no later polygon covers, with its alpha, and the colours under it and of the outline.
  struct SeenPixel {
    std::uint16_t x;
    std::uint8_t alpha, under, color;
  };

  std::uint8_t color_of(std::uint32_t polygon) const {
    return polygon == VisibleRuns::kNothing ? black_ : color_of_polygon_[polygon];
  }
  void list_breaks();
  template <bool kIsLast, class Visit>
  void sum_breaks(Visit visit);
  template <bool kIsLast>
  void add_plain_row();
  template <bool kIsLast>
  void add_outlined_row(OutlinePixels::Row pixels);
  void fill_last();
  std::size_t find_seen(OutlinePixels::Row pixels);
  void blend(const SeenPixel& pixel, const std::uint64_t (&with_breaks)[2]);
  template <bool kIsLast>
  void set_cell(int cell, Quad16 sum, std::uint8_t color);

  WindowRows rows_;
  int first_band_ = 0, last_band_ = 0;
  std::uint8_t black_ = 0;
  std::vector<std::uint8_t> color_of_polygon_;
  PolygonSpans spans_;
  OutlinePixels outlines_;
  bool has_outlines_ = false;
  VisibleRuns runs_;
  CellColors colors_;
  CellRows cells_;

  std::uint8_t first_color_ = 0;  // at the left border
  std::vector<Break> breaks_;
  std::vector<Top> tops_;
  alignas(16) std::uint16_t last_[kSide][4];  // of a row that is the last of its cells

  // of a row with pixels of outlines: the cells that are not plain; the colour of each, which plain ones after it
  // have, too; and what it has more than that colour, otherwise 0
  std::uint64_t touched_[2] = {};
  std::uint8_t colors_after_[kSide];
  alignas(8) std::uint16_t more_[kSide][4] = {};
  std::vector<SeenPixel> seen_;
  std::vector<std::int16_t> top_places_;
  std::uint64_t blended_[(kWidth + 63) / 64] = {};  // pixels whose colour is in mixed_
  alignas(8) std::uint16_t mixed_[kWidth][4];
};

}  // namespace plyo::render
