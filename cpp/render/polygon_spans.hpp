// The pixels of polygons in a window of 1000 x 800, row by row, as pygame fills them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plyo::render {

// How pygame paints a polygon.
enum class Paintwork : std::uint8_t {
  kDraw,        // pygame.draw.polygon
  kFilled,      // gfxdraw.filled_polygon
  kAntialiased  // gfxdraw.aapolygon, then gfxdraw.filled_polygon
};

inline constexpr int kWindowWidth = 1000, kWindowHeight = 800;  // pixels

// Rows [top, bottom] of the window. Row 0, where y is 0, is its top row, or its bottom row if `flipped`.
struct WindowRows {
  int top = 0, bottom = -1;
  bool flipped = false;

  // A row of a y, which is also the y of a row.
  int row_of(int y) const { return flipped ? kWindowHeight - 1 - y : y; }
  bool has(int row) const { return top <= row && row <= bottom; }
  int low() const { return flipped ? row_of(bottom) : top; }
  int high() const { return flipped ? row_of(top) : bottom; }
};

struct Corners {
  static constexpr int kMost = 8;
  std::int32_t x[kMost], y[kMost];
  int count;
  std::int32_t low, high;  // the least and greatest y
};

// A run of pixels in each of the rows [first, last]: in row r from number [begin + r] of its owner to before number [end + r].
struct Span {
  std::int32_t first, last;
  std::int32_t begin, end;
  std::uint32_t polygon;
};

class PolygonSpans {
 public:
  void begin(const WindowRows& rows);
  // Fills a polygon. Returns whether one span has all of its pixels.
  bool add(const Corners& corners, Paintwork paintwork, std::uint32_t polygon);

  const std::vector<Span>& spans() const { return spans_; }
  // Where pixels begin or end, 0 to kWindowWidth. There are kSpare more numbers than the last span needs.
  static constexpr std::size_t kSpare = 16;
  const std::int16_t* numbers() const { return numbers_.data(); }

 private:
  // Where the sides of a polygon cross a row.
  struct Crossings {
    std::int32_t at[Corners::kMost];
    int count;

    void sort();
  };

  void add_once_around(const Corners& corners, int from, int to, std::uint32_t polygon);
  void add_row_by_row(const Corners& corners, int from, int to, bool is_draw, std::uint32_t polygon);
  void add_level_sides(const Corners& corners, int from, int to, std::uint32_t polygon);
  Span& open_span(int first, int last, std::uint32_t polygon);
  void set_row(const Span& span, int row, int left, int right);

  WindowRows rows_;
  std::vector<Span> spans_;
  std::vector<std::int16_t> numbers_;
  std::size_t used_ = 0;  // of numbers_
  // where the two chains of sides between the lowest and the highest corner cross the rows, in 65536ths of a pixel
  std::int32_t chains_[2][kWindowHeight];
  Crossings crossings_[kWindowHeight];  // by the row
};

}  // namespace plyo::render
