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
    std::uint8_t after;  // the colour
    const CellColors::Sums *sums_before, *sums_after;
    std::uint16_t levels[4];  // the difference of the levels, before less after
    std::uint16_t plain[4];   // of plain cells after it
  };
  // With black, which is under all polygons, before the first.
  std::uint8_t color_of(std::uint32_t polygon) const { return colors_of_polygons_[polygon + 1]; }
  std::int32_t place_of(const Break& place) const { return runs_.places()[place.edge]; }
  void list_breaks();
  template <bool kIsLast, class More>
  void sum_breaks(More more);
  template <bool kIsLast>
  void add_plain_row();
  template <bool kIsLast>
  void add_outlined_row(OutlinePixels::Row pixels);
  void fill_last();
  void blend(OutlinePixels::Row pixels);
  Quad16 take_more(int cell);
  template <bool kIsLast>
  void set_cell(int cell, Quad16 sum, Quad16 plain_before, Quad16 plain);

  WindowRows rows_;
  int first_band_ = 0, last_band_ = 0;
  std::vector<std::uint8_t> colors_of_polygons_;
  PolygonSpans spans_;
  OutlinePixels outlines_;
  VisibleRuns runs_;
  CellColors colors_;
  CellRows cells_;

  std::uint8_t first_color_ = 0;  // at the left border
  std::vector<Break> breaks_;
  alignas(16) std::uint16_t last_[kSide + 3][4];  // of a row that is the last of its cells

  // Of a row with pixels of outlines: which cells have some, the colour under the last of each, and how much more than
  // without them the sum is. Elsewhere that is 0.
  std::uint64_t blended_[2] = {};
  std::uint8_t colors_under_[kSide];
  alignas(8) std::uint16_t more_[kSide][4] = {};
  // the colours of pixels that have been blended, each in the row of that number; rows are counted over all pictures
  std::uint64_t mixed_row_ = 0;
  std::uint64_t row_of_mixed_[kWidth] = {};
  alignas(8) std::uint16_t mixed_[kWidth][4];
};

}  // namespace plyo::render
