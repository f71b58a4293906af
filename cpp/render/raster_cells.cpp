// Pictures made of cells: pixel art, glyphs, images.
#include <algorithm>

#include "render/glyphs.hpp"
#include "render/raster.hpp"

namespace plyo::render {

namespace {

// A grid of colours stretched over a box, and the part of it in a pixel. `source(column, row)` is 0xRRGGBB,
// or negative where the grid is transparent.
template <class Source>
class Grid {
 public:
  Grid(const Source& source, int columns, int rows, const Placement& placement, FixedPoint low,
       FixedPoint high)
      : source_(source),
        columns_(placement.transposed ? rows : columns),
        rows_(placement.transposed ? columns : rows),
        placement_(placement),
        low_(low),
        high_(high),
        step_x_((std::int64_t{high.x} - low.x) * 65536 / columns_),
        step_y_((std::int64_t{high.y} - low.y) * 65536 / rows_) {}

  void paint_area(Surface& surface, const Box& clip) const;
  void paint_nearest(Surface& surface, const Box& clip) const;

 private:
  // The colour of a cell of the box, columns to the right and rows down.
  std::int32_t cell(int i, int j) const {
    const int x = placement_.mirrored_x ? columns_ - 1 - i : i;
    const int y = placement_.mirrored_y ? rows_ - 1 - j : j;
    return placement_.transposed ? source_(y, x) : source_(x, y);
  }
  // Where a column or row begins.
  std::int32_t left(int i) const {
    return i >= columns_ ? high_.x : low_.x + static_cast<std::int32_t>((i * step_x_) >> 16);
  }
  std::int32_t top(int j) const {
    return j >= rows_ ? high_.y : low_.y + static_cast<std::int32_t>((j * step_y_) >> 16);
  }
  // The column or row at a position inside the box.
  int column_at(std::int32_t x) const {
    auto i = static_cast<int>((std::int64_t{x} - low_.x) * columns_ / (std::int64_t{high_.x} - low_.x));
    while (i > 0 && left(i) > x) --i;
    while (i + 1 < columns_ && left(i + 1) <= x) ++i;
    return i;
  }
  int row_at(std::int32_t y) const {
    auto j = static_cast<int>((std::int64_t{y} - low_.y) * rows_ / (std::int64_t{high_.y} - low_.y));
    while (j > 0 && top(j) > y) --j;
    while (j + 1 < rows_ && top(j + 1) <= y) ++j;
    return j;
  }
  Box box() const {
    return {low_.x >> kFixedBits, low_.y >> kFixedBits, (high_.x + kFixedOne - 1) >> kFixedBits,
            (high_.y + kFixedOne - 1) >> kFixedBits};
  }
  // Pixels of one colour, or a pixel of several; `column` begins in it, or before it.
  struct Span {
    int from, to;
    int column;
    std::int32_t color;
  };
  static constexpr std::int32_t kMixed = -2;
  static constexpr int kMaxSpans = 256;
  // The spans of the pixels from `from` to before `to`, at most kMaxSpans, which lie in one row of the grid.
  // Returns their number, without spans that paint nothing.
  int find_spans(int from, int to, int j, Span* spans) const;
  // Mixes the cells under a pixel into it, by their areas; `i` and `j` are the first cell.
  // Returns the part of the pixel that they cover, in 65536ths.
  std::uint32_t paint_pixel(Surface& surface, int x, int y, int i, int j) const;

  const Source& source_;
  int columns_, rows_;
  Placement placement_;
  FixedPoint low_, high_;
  std::int64_t step_x_, step_y_;
};

Paint paint_of(std::int32_t color) {
  return Paint({static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8),
                static_cast<std::uint8_t>(color)});
}

template <class Source>
std::uint32_t Grid<Source>::paint_pixel(Surface& surface, int x, int y, int i, int j) const {
  const std::int32_t end_x = (x + 1) * kFixedOne;
  const std::int32_t end_y = (y + 1) * kFixedOne;
  std::uint32_t red = 0, green = 0, blue = 0, part = 0;
  std::int32_t bottom = std::max(top(j), y * kFixedOne);
  const std::int32_t first_left = std::max(left(i), x * kFixedOne);
  for (int row = j; row < rows_ && bottom < end_y; ++row) {
    const std::int32_t above = bottom;
    bottom = std::min(top(row + 1), end_y);
    std::int32_t right = first_left;
    for (int column = i; column < columns_ && right < end_x; ++column) {
      const std::int32_t before = right;
      right = std::min(left(column + 1), end_x);
      const std::int32_t color = cell(column, row);
      if (color < 0) continue;
      const auto area = static_cast<std::uint32_t>((right - before) * (bottom - above));
      part += area;
      red += area * ((static_cast<std::uint32_t>(color) >> 16) & 255u);
      green += area * ((static_cast<std::uint32_t>(color) >> 8) & 255u);
      blue += area * (static_cast<std::uint32_t>(color) & 255u);
    }
  }
  if (part > 0) surface.mix_sums(x, y, red, green, blue, part);
  return part;
}

template <class Source>
int Grid<Source>::find_spans(int from, int to, int j, Span* spans) const {
  int count = 0;
  int i = column_at(std::max(from * kFixedOne, low_.x));
  for (int x = from; x < to;) {
    const std::int32_t position = x * kFixedOne;
    while (i + 1 < columns_ && left(i + 1) <= position) ++i;
    const std::int32_t color = cell(i, j);
    int run = i + 1;
    while (run < columns_ && left(run) < to * kFixedOne && cell(run, j) == color) ++run;
    const int end = left(i) <= position ? std::min(left(run) >> kFixedBits, to) : x;
    if (end > x) {
      if (color >= 0) spans[count++] = {x, end, i, color};
      x = end;
      i = run - 1;
    } else {
      spans[count++] = {x, x + 1, i, kMixed};
      ++x;
    }
  }
  return count;
}

template <class Source>
void Grid<Source>::paint_area(Surface& surface, const Box& clip) const {
  const Box visible = intersect(box(), clip);
  if (visible.empty()) return;
  for (int from = visible.left; from < visible.right; from += kMaxSpans) {
    const int to = std::min(visible.right, from + kMaxSpans);
    const int first = column_at(std::max(from * kFixedOne, low_.x));
    Span spans[kMaxSpans];
    int count = 0;
    int known = -1;   // the row of the spans
    int covered = 0;  // its pixels without transparent cells
    for (int y = visible.top; y < visible.bottom; ++y) {
      const int j = row_at(std::max(y * kFixedOne, low_.y));
      if (top(j) <= y * kFixedOne && top(j + 1) >= (y + 1) * kFixedOne) {
        if (j == known && covered == to - from) {
          // the row above has the same pixels
          surface.copy_row(from, y, to - from);
          continue;
        }
        if (j != known) count = find_spans(from, to, j, spans);
        known = j;
        covered = 0;
        for (int k = 0; k < count; ++k) {
          const Span& span = spans[k];
          if (span.color == kMixed) {
            covered += paint_pixel(surface, span.from, y, span.column, j) == 65536 ? 1 : 0;
          } else {
            surface.fill(span.from, y, span.to - span.from, paint_of(span.color));
            covered += span.to - span.from;
          }
        }
      } else {
        int i = first;
        for (int x = from; x < to; ++x) {
          while (i + 1 < columns_ && left(i + 1) <= x * kFixedOne) ++i;
          paint_pixel(surface, x, y, i, j);
        }
      }
    }
  }
}

template <class Source>
void Grid<Source>::paint_nearest(Surface& surface, const Box& clip) const {
  // the first pixel whose middle is not before an edge
  const auto first = [](std::int32_t edge) { return (edge + kFixedOne / 2 - 1) >> kFixedBits; };
  const Box visible = intersect({first(low_.x), first(low_.y), first(high_.x), first(high_.y)}, clip);
  if (visible.empty()) return;
  for (int y = visible.top, below = y; y < visible.bottom; y = below) {
    const int j = row_at(y * kFixedOne + kFixedOne / 2);
    below = j + 1 < rows_ ? std::min(first(top(j + 1)), visible.bottom) : visible.bottom;
    for (int x = visible.left, end = x; x < visible.right; x = end) {
      // neighbours of one colour together, in all equal rows
      int i = column_at(x * kFixedOne + kFixedOne / 2);
      const std::int32_t color = cell(i, j);
      do {
        ++i;
        end = i < columns_ ? std::min(first(left(i)), visible.right) : visible.right;
      } while (end < visible.right && cell(i, j) == color);
      const Paint paint = paint_of(color);
      for (int row = y; row < below; ++row) surface.fill(x, row, end - x, paint);
    }
  }
}

// Whether a rectangle has an extent that can be drawn; if so, its corners on the frame.
bool corners(const Placement& placed, double scale_x, double scale_y, FixedPoint& low, FixedPoint& high) {
  if (!is_finite(placed.low) || !is_finite(placed.high)) return false;
  low = to_fixed({placed.low.x * scale_x, placed.low.y * scale_y});
  high = to_fixed({placed.high.x * scale_x, placed.high.y * scale_y});
  return low.x < high.x && low.y < high.y;
}

std::int32_t packed_color(Color c) { return (c.red << 16) | (c.green << 8) | c.blue; }

struct ArtCells {
  const CellArt& art;
  std::int32_t operator()(int column, int row) const {
    const char letter = art.cells[row * art.width + column];
    return letter >= 'a' && letter <= 'z' ? packed_color(art.palette[letter - 'a']) : -1;
  }
};

struct TextCells {
  std::string_view text;
  Font font;
  std::int32_t color;
  std::int32_t operator()(int column, int row) const {
    const int advance = glyph_columns(font) + 1;
    const int letter = column / advance;
    const int inside = column % advance;
    const bool ink =
        inside + 1 < advance && glyph_ink(font, text[static_cast<std::size_t>(letter)], inside, row);
    return ink ? color : -1;
  }
};

struct ImageCells {
  const std::uint8_t* pixels;
  int columns;
  std::int32_t operator()(int column, int row) const {
    const std::uint8_t* pixel = pixels + 3 * (std::ptrdiff_t{row} * columns + column);
    return (pixel[0] << 16) | (pixel[1] << 8) | pixel[2];
  }
};

}  // namespace

void Raster::cells(const CellArt& art, double x, double y, double cell_size) {
  if (art.width <= 0 || art.height <= 0 || !(cell_size > 0)) return;
  const Placement placed = place(transforms_, x, y, art.width * cell_size, art.height * cell_size);
  FixedPoint low, high;
  if (!corners(placed, scale_x_, scale_y_, low, high)) return;
  const ArtCells source{art};
  Grid(source, art.width, art.height, placed, low, high).paint_area(surface_, clip_);
}

void Raster::text(Text text, double x, double y, double height, Align align, Color color, Font font) {
  text = text.substr(0, kMaxText);
  if (text.empty() || !(height > 0)) return;
  const double width = text_width(text, height, font);
  const double left = align == Align::kLeft ? x : align == Align::kCenter ? x - 0.5 * width : x - width;
  const Placement placed = place(transforms_, left, y, width, height);
  FixedPoint low, high;
  if (!corners(placed, scale_x_, scale_y_, low, high)) return;
  const TextCells source{text, font, packed_color(color)};
  const int columns = (glyph_columns(font) + 1) * static_cast<int>(text.size()) - 1;
  Grid(source, columns, glyph_rows(font), placed, low, high).paint_area(surface_, clip_);
}

void Raster::image(const std::uint8_t* pixels, int columns, int rows, double x, double y, double width,
                   double height, Filter filter) {
  if (columns <= 0 || rows <= 0 || columns > kMaxImage || rows > kMaxImage) return;
  if (!(width > 0) || !(height > 0)) return;
  const Placement placed = place(transforms_, x, y, width, height);
  FixedPoint low, high;
  if (!corners(placed, scale_x_, scale_y_, low, high)) return;
  const ImageCells source{pixels, columns};
  const Grid grid(source, columns, rows, placed, low, high);
  if (filter == Filter::kNearest) {
    grid.paint_nearest(surface_, clip_);
  } else {
    grid.paint_area(surface_, clip_);
  }
}

}  // namespace plyo::render
