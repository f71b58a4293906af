// A window of 1000 x 800 pixels into which pygame paints polygons, and which its smoothscale shrinks to 96 x 96.
// Only the small picture is made, with the levels that pygame (SDL_gfx, SSE2) gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "render/canvas.hpp"

namespace plyo::render {

// How pygame paints a polygon.
enum class Paintwork : std::uint8_t {
  kDraw,        // pygame.draw.polygon
  kFilled,      // gfxdraw.filled_polygon
  kAntialiased  // gfxdraw.aapolygon, then gfxdraw.filled_polygon
};

class ShrunkSurface {
 public:
  static constexpr int kWidth = 1000, kHeight = 800;  // pixels of the window
  static constexpr int kSide = 96;                    // of the picture
  static constexpr int kMaxPoints = 8;                // of a polygon
  using Picture = std::uint8_t[kSide][kSide][3];

  // Forgets the polygons. Row 0 of the window, where y is 0, is its top row, or its bottom row if `flipped`.
  void begin(bool flipped);
  // A polygon of three to kMaxPoints points, over those before it. Coordinates are cut to integers of 16 bits.
  // Pictures have at most half of kMaxColors different colours.
  void add(const Point* points, int count, Color color, Paintwork paintwork);
  // Paints rows [first, last) of the picture, which need no other rows of the window than those of their own
  // in the task's division of it: 0 to 84 and 84 to 96. Pixels without a polygon are black.
  void paint(Picture& picture, int first, int last);

  static constexpr std::uint32_t kMaxColors = 32;

 private:
  struct Polygon {
    std::int32_t x[kMaxPoints], y[kMaxPoints];
    std::int32_t low, high;   // the least and greatest y
    std::int32_t first_line;  // of its lines, if it is antialiased
    std::uint8_t count, color;
    Paintwork paintwork;
  };
  // A line of aapolygon, from the first point downwards to greater y.
  struct Line {
    std::int32_t x, y;              // where it begins
    std::int32_t low, high;         // the least and greatest y
    std::int32_t solid_x, solid_y;  // the pixel without blending
    std::int32_t steps;             // pixels along the longer side, or of a level or upright line
    std::int32_t x_step;            // -1 or 1
    std::uint64_t slope;            // 2^-32 pixels across the longer side a pixel along it
    enum class Kind : std::uint8_t { kNone, kLevel, kUpright, kFlat, kSteep } kind;
  };
  static constexpr int kMaxRows = 10;  // of the window in a row of the picture
  static constexpr int kStride = 1024, kWords = 16;
  static constexpr int kLevels = 4 * kSide;

  static Line make_line(std::int32_t x1, std::int32_t y1, std::int32_t x2, std::int32_t y2);
  std::uint8_t color_index(Color color);
  void make_sums(std::uint32_t index);
  void list_bands(int first, int last);

  bool covers_band(const Polygon& polygon) const;
  template <class Layer>
  void paint_band(int band, Layer* layers);
  template <class Layer>
  void fill_polygon(const Polygon& polygon, Layer layer, Layer* layers);
  template <class Layer>
  void fill_span(int row, int from, int to, Layer layer, Layer* layers);
  template <class Layer>
  void sum_row(int row, const Layer* layers);
  template <class Layer>
  void draw_line(const Line& line, Layer layer, const Layer* layers);
  template <class Layer>
  void blend(int row, int x, int alpha, Layer layer, const Layer* layers);

  int row_of(int y) const { return (flipped_ ? kHeight - 1 - y : y) - top_; }
  int y_of(int row) const { return flipped_ ? kHeight - 1 - (row + top_) : row + top_; }
  void finish_band(int band, Picture& picture);

  bool flipped_ = false;
  std::vector<Polygon> polygons_;
  std::vector<Line> lines_;
  std::vector<std::uint64_t> band_sets_;  // of each band: the polygons in it
  std::size_t set_words_ = 0;

  std::uint32_t num_colors_ = 0;
  std::uint8_t black_ = 0;
  Color colors_[kMaxColors];
  bool has_sums_[kMaxColors] = {};
  // of each colour: its levels; its part of each cell's first pixel; its sum over each cell
  alignas(16) std::uint16_t levels_[kMaxColors][4];
  alignas(16) std::uint16_t heads_[kMaxColors][kLevels];
  alignas(16) std::uint16_t sums_[kMaxColors][kLevels];

  // the band: its rows of the window, top_ and the next num_rows_ - 1
  int top_ = 0, num_rows_ = 0;
  std::vector<std::uint8_t> color_of_layer_;
  std::uint64_t breaks_[kMaxRows][kWords];   // where a span begins or ends
  std::uint64_t blended_[kMaxRows][kWords];  // pixels whose colour is in mixed_
  alignas(16) std::uint16_t mixed_[kMaxRows][kWidth][4];
  alignas(16) std::uint16_t cells_[kMaxRows][kLevels];
  alignas(16) std::uint16_t columns_[kLevels];  // the sums of the rows of the band
  alignas(16) std::uint8_t layers8_[kMaxRows * kStride];
  alignas(16) std::uint16_t layers16_[kMaxRows * kStride];
};

}  // namespace plyo::render
