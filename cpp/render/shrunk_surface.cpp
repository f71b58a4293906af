#include "render/shrunk_surface.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "render/quad16.hpp"
#include "render/shrink_table.hpp"

namespace plyo::render {

namespace {

constexpr int kWidth = ShrunkSurface::kWidth, kHeight = ShrunkSurface::kHeight;
constexpr int kSide = ShrunkSurface::kSide;
constexpr ShrinkTable<kWidth, kSide> kAcross;
constexpr ShrinkTable<kHeight, kSide> kDown;

// A coordinate, cut to an integer. pygame keeps 16 bits; so far out that products of two would not fit in 32, this
// moves it nearer.
std::int32_t to_pixel(double x) {
  constexpr double kFarthest = 16383;
  return static_cast<std::int32_t>(x > -kFarthest ? (x < kFarthest ? x : kFarthest) : -kFarthest);
}

// ---- SDL_gfx's clipping of a line to the window ----

enum Side : int { kLeft = 1, kRight = 2, kAbove = 4, kBelow = 8 };

int sides_outside(std::int32_t x, std::int32_t y) {
  return (x < 0 ? kLeft : (x > kWidth - 1 ? kRight : 0)) | (y < 0 ? kAbove : (y > kHeight - 1 ? kBelow : 0));
}

// Moves the ends of a line into the window, in float32 and with cut results; the ends may be exchanged. Returns
// whether there is anything inside.
bool clip_line(std::int32_t& x1, std::int32_t& y1, std::int32_t& x2, std::int32_t& y2) {
  // every turn moves one end onto a side of the window, so a few are enough; SDL_gfx has no limit
  for (int turn = 0; turn < 16; ++turn) {
    int first = sides_outside(x1, y1), second = sides_outside(x2, y2);
    if ((first | second) == 0) return true;
    if ((first & second) != 0) return false;
    if (first == 0) {
      std::swap(x1, x2);
      std::swap(y1, y2);
      std::swap(first, second);
    }
    const float slope = x2 != x1 ? static_cast<float>(y2 - y1) / static_cast<float>(x2 - x1) : 1.0F;
    if ((first & (kLeft | kRight)) != 0) {
      const std::int32_t edge = (first & kLeft) != 0 ? 0 : kWidth - 1;
      y1 = static_cast<std::int16_t>(y1 + static_cast<std::int32_t>(static_cast<float>(edge - x1) * slope));
      x1 = edge;
    } else {
      const std::int32_t edge = (first & kBelow) != 0 ? kHeight - 1 : 0;
      if (x2 != x1) {
        x1 = static_cast<std::int16_t>(x1 + static_cast<std::int32_t>(static_cast<float>(edge - y1) / slope));
      }
      y1 = edge;
    }
  }
  return false;
}

// ---- spans of polygons ----

// The places where the sides of a polygon cross the rows of a band.
struct Crossings {
  static constexpr int kMost = ShrunkSurface::kMaxPoints;
  std::int32_t at[10][kMost];
  std::int32_t count[10] = {};
};

// Sorts a few numbers.
void sort_few(std::int32_t* numbers, int count) {
  if (count == 2) {
    if (numbers[0] > numbers[1]) std::swap(numbers[0], numbers[1]);
    return;
  }
  for (int i = 1; i < count; ++i) {
    for (int k = i; k > 0 && numbers[k - 1] > numbers[k]; --k) std::swap(numbers[k - 1], numbers[k]);
  }
}

constexpr std::int32_t nearest(std::int32_t fixed) { return (fixed >> 16) + ((fixed & 32768) >> 15); }

// A side of a polygon, downwards.
struct PolygonSide {
  std::int32_t x1, y1, x2, y2;
};
bool make_side(const std::int32_t* x, const std::int32_t* y, int count, int i, PolygonSide& side) {
  const int before = i == 0 ? count - 1 : i - 1;
  if (y[before] == y[i]) return false;
  const int top = y[before] < y[i] ? before : i, bottom = y[before] < y[i] ? i : before;
  side = {x[top], y[top], x[bottom], y[bottom]};
  return true;
}

// gfxdraw's crossings of rows `from` to `to` in 65536ths of a pixel. `high` is the polygon's greatest y; a row is
// `y * step + offset`.
void cross_gfx(const PolygonSide& side, int from, int to, int high, int step, int offset, Crossings& out) {
  const std::int32_t height = side.y2 - side.y1;
  const int begin = std::max(from, side.y1), end = std::min(to, side.y2 == high ? side.y2 : side.y2 - 1);
  if (begin > end) return;
  // 65536 (y - y1) / height for one row after the other
  const std::int32_t start = 65536 * (begin - side.y1);
  std::int32_t part = start / height, rest = start % height;
  const std::int32_t part_step = 65536 / height, rest_step = 65536 % height;
  const std::int32_t width = side.x2 - side.x1, base = 65536 * side.x1;
  for (int y = begin; y <= end; ++y) {
    const int row = y * step + offset;
    out.at[row][out.count[row]++] = part * width + base;
    part += part_step;
    rest += rest_step;
    if (rest >= height) {
      rest -= height;
      ++part;
    }
  }
}

// pygame.draw's, in pixels: rounded down and up in turn.
void cross_draw(const PolygonSide& side, int from, int to, int high, int step, int offset, Crossings& out) {
  const int begin = std::max(from, side.y1), end = std::min(to, side.y2 == high ? side.y2 : side.y2 - 1);
  for (int y = begin; y <= end; ++y) {
    const int row = y * step + offset;
    const float place =
        static_cast<float>((y - side.y1) * (side.x2 - side.x1)) / static_cast<float>(side.y2 - side.y1);
    const int index = out.count[row]++;
    out.at[row][index] =
        static_cast<std::int32_t>(index % 2 == 0 ? std::floor(place) : std::ceil(place)) + side.x1;
  }
}

// The numbers of a cell among those of a row.
std::uint16_t* levels_of(std::uint16_t* row, int cell) {
  return row + std::size_t{4} * static_cast<std::size_t>(cell);
}

}  // namespace

// ---- the list of polygons ----

void ShrunkSurface::begin(bool flipped) {
  flipped_ = flipped;
  polygons_.clear();
  lines_.clear();
  // colours stay, as those of the next picture are the same or nearly so
  if (num_colors_ > kMaxColors / 2) num_colors_ = 0;
  black_ = color_index(kBlack);
}

std::uint8_t ShrunkSurface::color_index(Color color) {
  for (std::uint32_t i = num_colors_; i-- > 0;) {
    if (colors_[i] == color) return static_cast<std::uint8_t>(i);
  }
  const std::uint32_t index = std::min(num_colors_, kMaxColors - 1);
  num_colors_ = index + 1;
  if (!(colors_[index] == color) || !has_sums_[index]) {
    colors_[index] = color;
    has_sums_[index] = true;
    make_sums(index);
  }
  return static_cast<std::uint8_t>(index);
}

void ShrunkSurface::make_sums(std::uint32_t index) {
  const Color color = colors_[index];
  std::uint16_t* const levels = levels_[index];
  levels[0] = color.red;
  levels[1] = color.green;
  levels[2] = color.blue;
  levels[3] = 0;
  for (int cell = 0; cell < kSide; ++cell) {
    const int whole = kAcross.shared[cell + 1] - kAcross.shared[cell] - 1;
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t level = levels[i];
      const std::uint32_t head = level * kAcross.rest[cell] >> 14, tail = level * kAcross.part[cell] >> 14;
      heads_[index][4 * cell + i] = static_cast<std::uint16_t>(head);
      sums_[index][4 * cell + i] =
          static_cast<std::uint16_t>(head + level * static_cast<std::uint32_t>(whole) + tail);
    }
  }
}

void ShrunkSurface::add(const Point* points, int count, Color color, Paintwork paintwork) {
  Polygon polygon;
  polygon.count = static_cast<std::uint8_t>(std::min(count, kMaxPoints));
  polygon.paintwork = paintwork;
  polygon.low = INT32_MAX;
  polygon.high = INT32_MIN;
  std::int32_t left = INT32_MAX, right = INT32_MIN;
  for (int i = 0; i < polygon.count; ++i) {
    polygon.x[i] = to_pixel(points[i].x);
    polygon.y[i] = to_pixel(points[i].y);
    polygon.low = std::min(polygon.low, polygon.y[i]);
    polygon.high = std::max(polygon.high, polygon.y[i]);
    left = std::min(left, polygon.x[i]);
    right = std::max(right, polygon.x[i]);
  }
  // a pixel of an antialiased line may lie beside its polygon
  if (right < -1 || left > kWidth || polygon.high < 0 || polygon.low > kHeight - 1) return;
  polygon.color = color_index(color);
  polygon.first_line = static_cast<std::int32_t>(lines_.size());
  if (paintwork == Paintwork::kAntialiased) {
    for (int i = 0; i < polygon.count; ++i) {
      const int next = i + 1 < polygon.count ? i + 1 : 0;
      lines_.push_back(make_line(polygon.x[i], polygon.y[i], polygon.x[next], polygon.y[next]));
    }
  }
  polygons_.push_back(polygon);
}

ShrunkSurface::Line ShrunkSurface::make_line(std::int32_t x1, std::int32_t y1, std::int32_t x2,
                                             std::int32_t y2) {
  Line line{};
  if (!clip_line(x1, y1, x2, y2)) return line;
  line.solid_x = x1;
  line.solid_y = y1;
  if (y1 > y2) {
    std::swap(x1, x2);
    std::swap(y1, y2);
  }
  const std::int32_t width = std::abs(x2 - x1), height = y2 - y1;
  line.x = x1;
  line.y = y1;
  line.x_step = x2 >= x1 ? 1 : -1;
  line.low = y1;
  line.high = y2;
  if (width == 0) {
    line.kind = Line::Kind::kUpright;
  } else if (height == 0) {
    line.kind = Line::Kind::kLevel;
    line.x = std::min(x1, x2);
    line.steps = width;
  } else if (height > width) {
    line.kind = Line::Kind::kSteep;
    line.steps = height;
    line.slope = static_cast<std::uint64_t>((width << 16) / height) << 16;
  } else {
    line.kind = Line::Kind::kFlat;
    line.steps = width;
    line.slope = static_cast<std::uint64_t>((height << 16) / width) << 16;
  }
  return line;
}

// ---- painting ----

void ShrunkSurface::paint(Picture& picture, int first, int last) {
  list_bands(first, last);
  std::memset(columns_, 0, sizeof(columns_));
  for (int band = first; band < last; ++band) {
    top_ = kDown.shared[band] + 1;
    num_rows_ = kDown.shared[band + 1] - kDown.shared[band];
    const std::uint64_t* const set = band_sets_.data() + static_cast<std::size_t>(band) * set_words_;
    std::size_t count = 0;
    for (std::size_t w = 0; w < set_words_; ++w) count += static_cast<std::size_t>(std::popcount(set[w]));
    if (count < 256) {
      paint_band(band, layers8_);
    } else {
      paint_band(band, layers16_);
    }
    finish_band(band, picture);
  }
}

void ShrunkSurface::list_bands(int first, int last) {
  set_words_ = (polygons_.size() + 63) / 64;
  band_sets_.assign(kSide * set_words_, 0);
  for (std::size_t i = 0; i < polygons_.size(); ++i) {
    const int low = std::max(polygons_[i].low, 0), high = std::min(polygons_[i].high, kHeight - 1);
    const int top = flipped_ ? kHeight - 1 - high : low, bottom = flipped_ ? kHeight - 1 - low : high;
    // the band of a row is the cell in which it is, or which it ends
    const int from = std::max<int>(kDown.cell_of[top], first);
    const int to = std::min<int>(kDown.cell_of[bottom], last - 1);
    for (int band = from; band <= to; ++band) {
      band_sets_[static_cast<std::size_t>(band) * set_words_ + i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
}

template <class Layer>
void ShrunkSurface::paint_band(int band, Layer* layers) {
  const auto rows = static_cast<std::size_t>(num_rows_);
  std::memset(breaks_, 0, rows * sizeof(breaks_[0]));
  const std::uint64_t* const set = band_sets_.data() + static_cast<std::size_t>(band) * set_words_;
  color_of_layer_.assign(1, black_);
  bool has_lines = false, has_begun = false;
  for (std::size_t w = 0; w < set_words_; ++w) {
    for (std::uint64_t rest = set[w]; rest != 0; rest &= rest - 1) {
      const Polygon& polygon = polygons_[w * 64 + static_cast<std::size_t>(std::countr_zero(rest))];
      if (!has_begun && !covers_band(polygon)) std::memset(layers, 0, rows * kStride * sizeof(Layer));
      has_begun = true;
      fill_polygon(polygon, static_cast<Layer>(color_of_layer_.size()), layers);
      color_of_layer_.push_back(polygon.color);
      has_lines |= polygon.paintwork == Paintwork::kAntialiased;
    }
  }
  if (!has_begun) std::memset(layers, 0, rows * kStride * sizeof(Layer));
  for (int row = 0; row < num_rows_; ++row) sum_row(row, layers);
  if (!has_lines) return;
  std::memset(blended_, 0, rows * sizeof(blended_[0]));
  std::size_t layer = 1;
  for (std::size_t w = 0; w < set_words_; ++w) {
    for (std::uint64_t rest = set[w]; rest != 0; rest &= rest - 1, ++layer) {
      const Polygon& polygon = polygons_[w * 64 + static_cast<std::size_t>(std::countr_zero(rest))];
      if (polygon.paintwork != Paintwork::kAntialiased) continue;
      for (std::size_t i = 0; i < polygon.count; ++i) {
        draw_line(lines_[static_cast<std::size_t>(polygon.first_line) + i], static_cast<Layer>(layer),
                  layers);
      }
    }
  }
}

// Whether a convex polygon surely has every pixel of the band: its corners are far away, and the band's inside.
bool ShrunkSurface::covers_band(const Polygon& polygon) const {
  const int low = std::min(y_of(0), y_of(num_rows_ - 1)) - 2, high = low + num_rows_ + 3;
  const std::int32_t corners[4][2] = {{-2, low}, {kWidth + 1, low}, {kWidth + 1, high}, {-2, high}};
  int side = 0;
  for (int i = 0; i < polygon.count; ++i) {
    const int next = i + 1 < polygon.count ? i + 1 : 0;
    const std::int64_t dx = polygon.x[next] - polygon.x[i], dy = polygon.y[next] - polygon.y[i];
    for (const auto& [x, y] : corners) {
      const std::int64_t turn = dx * (y - polygon.y[i]) - dy * (x - polygon.x[i]);
      const int here = turn > 0 ? 1 : (turn < 0 ? -1 : 0);
      if (here == 0 || (side != 0 && here != side)) return false;
      side = here;
    }
  }
  return true;
}

template <class Layer>
void ShrunkSurface::fill_span(int row, int from, int to, Layer layer, Layer* layers) {
  from = std::max(from, 0);
  to = std::min(to, kWidth - 1);
  if (from > to) return;
  Layer* const line = layers + row * kStride;
  if constexpr (sizeof(Layer) == 1) {
    // the C library's has wider stores than a loop for the baseline instruction set
    std::memset(line + from, layer, static_cast<std::size_t>(to) - static_cast<std::size_t>(from) + 1);
  } else {
    std::fill(line + from, line + to + 1, layer);
  }
  const int end = to + 1;
  breaks_[row][from / 64] |= std::uint64_t{1} << (from % 64);
  breaks_[row][end / 64] |= std::uint64_t{1} << (end % 64);
}

template <class Layer>
void ShrunkSurface::fill_polygon(const Polygon& polygon, Layer layer, Layer* layers) {
  const int step = flipped_ ? -1 : 1, offset = flipped_ ? kHeight - 1 - top_ : -top_;
  const int band_low = std::min(y_of(0), y_of(num_rows_ - 1));
  const int from = std::max(band_low, polygon.low), to = std::min(band_low + num_rows_ - 1, polygon.high);
  const bool is_draw = polygon.paintwork == Paintwork::kDraw;
  if (is_draw && polygon.low == polygon.high) {
    const auto [left, right] = std::minmax_element(polygon.x, polygon.x + polygon.count);
    fill_span(from * step + offset, *left, *right, layer, layers);
    return;
  }
  Crossings crossings;
  for (int i = 0; i < polygon.count; ++i) {
    PolygonSide side;
    if (!make_side(polygon.x, polygon.y, polygon.count, i, side)) continue;
    if (is_draw) {
      cross_draw(side, from, to, polygon.high, step, offset, crossings);
    } else {
      cross_gfx(side, from, to, polygon.high, step, offset, crossings);
    }
  }
  for (int y = from; y <= to; ++y) {
    const int row = y * step + offset;
    std::int32_t* const at = crossings.at[row];
    sort_few(at, crossings.count[row]);
    for (int i = 0; i + 1 < crossings.count[row]; i += 2) {
      const int left = is_draw ? at[i] : nearest(at[i] + 1);
      const int right = is_draw ? at[i + 1] : nearest(at[i + 1] - 1);
      fill_span(row, std::min(left, right), std::max(left, right), layer, layers);
    }
  }
  if (!is_draw) return;
  // a level side that ends the polygon above it is painted too
  for (int i = 0; i < polygon.count; ++i) {
    const int before = i == 0 ? polygon.count - 1 : i - 1;
    const int y = polygon.y[i];
    if (polygon.y[before] == y && polygon.low < y && y < polygon.high && from <= y && y <= to) {
      const auto [left, right] = std::minmax(polygon.x[i], polygon.x[before]);
      fill_span(y * step + offset, left, right, layer, layers);
    }
  }
}

template <class Layer>
void ShrunkSurface::sum_row(int row, const Layer* layers) {
  const Layer* const line = layers + row * kStride;
  std::uint16_t* const out = cells_[row];
  std::uint32_t color = color_of_layer_[line[0]];
  // of the cell: its sum, but without the pixels after the last break, less those before it in that colour
  Quad16 sum;
  int cell = 0;
  const auto close = [&](int next) {
    (sum + Quad16::load(levels_of(sums_[color], cell))).store(levels_of(out, cell));
    const int whole = next - cell - 1;
    if (whole > 0) {
      std::memcpy(levels_of(out, cell + 1), levels_of(sums_[color], cell + 1),
                  static_cast<std::size_t>(whole) * 8);
    }
  };
  for (int w = 0; w < kWords; ++w) {
    for (std::uint64_t rest = breaks_[row][w]; rest != 0; rest &= rest - 1) {
      const int x = w * 64 + std::countr_zero(rest);
      if (x >= kWidth) break;
      const std::uint32_t next = color_of_layer_[line[x]];
      if (next == color || x == 0) continue;
      const int at = kAcross.cell_of[x];
      if (at != cell) {
        close(at);
        sum = {};
        cell = at;
      }
      const auto pixels = static_cast<std::uint16_t>(x - kAcross.shared[cell] - 1);
      sum = sum + Quad16::load(levels_of(heads_[color], cell)) - Quad16::load(levels_of(heads_[next], cell)) +
            (Quad16::load(levels_[color]) - Quad16::load(levels_[next])) * Quad16::all(pixels);
      color = next;
    }
  }
  close(kSide);
}

// ---- antialiased lines ----

template <class Layer>
void ShrunkSurface::blend(int row, int x, int alpha, Layer layer, const Layer* layers) {
  const Layer under = layers[row * kStride + x];
  std::uint64_t& word = blended_[row][x / 64];
  const std::uint64_t bit = std::uint64_t{1} << (x % 64);
  std::uint16_t* const mixed = mixed_[row][x];
  const Quad16 before = Quad16::load((word & bit) != 0 ? mixed : levels_[color_of_layer_[under]]);
  const Quad16 paint = Quad16::load(levels_[color_of_layer_[layer]]);
  // 256ths of the difference, rounded down
  const Quad16 after = alpha == 255
                           ? paint
                           : before + signed_high((paint - before).template shifted<4>(),
                                                  Quad16::all(static_cast<std::uint16_t>(alpha << 4)));
  after.store(mixed);
  word |= bit;
  const int cell = kAcross.cell_of[x];
  std::uint16_t* const out = levels_of(cells_[row], cell);
  if (x != kAcross.shared[cell + 1]) {
    (Quad16::load(out) + after - before).store(out);
    return;
  }
  const Quad16 part = Quad16::all(kAcross.part[cell]);
  const Quad16 after4 = after.template shifted<2>(), before4 = before.template shifted<2>();
  (Quad16::load(out) + high(after4, part) - high(before4, part)).store(out);
  if (cell + 1 == kSide) return;
  const Quad16 rest = Quad16::all(kAcross.rest[cell + 1]);
  (Quad16::load(out + 4) + high(after4, rest) - high(before4, rest)).store(out + 4);
}

namespace {

constexpr int weight(std::uint64_t place) { return static_cast<int>(place >> 24) & 255; }
// The alpha of a weight.
constexpr int alpha_of(int weight) { return 255 * weight >> 8; }

}  // namespace

template <class Layer>
void ShrunkSurface::draw_line(const Line& line, Layer layer, const Layer* layers) {
  const int band_low = std::min(y_of(0), y_of(num_rows_ - 1)), band_high = band_low + num_rows_ - 1;
  if (line.kind == Line::Kind::kNone || line.high < band_low || line.low > band_high) return;
  // most pixels lie under a later polygon, often the line's own
  const auto put = [&](int row, int x, int alpha) {
    if (static_cast<unsigned>(x) < static_cast<unsigned>(kWidth) && layers[row * kStride + x] < layer) {
      blend(row, x, alpha, layer, layers);
    }
  };
  const auto inside = [&](int y) { return band_low <= y && y <= band_high; };
  if (line.kind == Line::Kind::kUpright) {
    for (int y = std::max(line.low, band_low); y <= std::min(line.high, band_high); ++y) {
      put(row_of(y), line.x, 255);
    }
    return;
  }
  if (line.kind == Line::Kind::kLevel) {
    for (int x = line.x; x <= line.x + line.steps; ++x) put(row_of(line.y), x, 255);
    return;
  }
  if (inside(line.solid_y)) put(row_of(line.solid_y), line.solid_x, 255);
  if (line.kind == Line::Kind::kSteep) {
    const int first = std::max(1, band_low - line.y), last = std::min(line.steps - 1, band_high - line.y);
    std::uint64_t place = static_cast<std::uint64_t>(first) * line.slope;
    for (int step = first; step <= last; ++step, place += line.slope) {
      const int row = row_of(line.y + step), x = line.x + line.x_step * static_cast<int>(place >> 32);
      const int share = weight(place);
      put(row, x, alpha_of(255 - share));
      put(row, x + line.x_step, alpha_of(share));
    }
    return;
  }
  // the steps whose pixels, of which the second is a row further, may be in the band
  const std::int64_t slope = static_cast<std::int64_t>(line.slope), one = std::int64_t{1} << 32;
  const std::int64_t low = std::max(0, band_low - 1 - line.y), high = band_high - line.y;
  const auto first = static_cast<int>(std::max<std::int64_t>(1, (low * one + slope - 1) / slope));
  const auto last = static_cast<int>(std::min<std::int64_t>(line.steps - 1, ((high + 1) * one - 1) / slope));
  std::uint64_t place = static_cast<std::uint64_t>(first) * line.slope;
  for (int step = first; step <= last; ++step, place += line.slope) {
    const int x = line.x + line.x_step * step, y = line.y + static_cast<int>(place >> 32);
    const int share = weight(place);
    if (inside(y)) put(row_of(y), x, alpha_of(255 - share));
    if (inside(y + 1)) put(row_of(y + 1), x, alpha_of(share));
  }
}

// ---- the picture ----

void ShrunkSurface::finish_band(int band, Picture& picture) {
  const std::uint32_t part = kDown.part[band], rest = kDown.rest[band + 1];
  const auto times = [](std::uint32_t number, std::uint32_t factor) {
    return static_cast<std::uint16_t>(number * factor >> 16);
  };
  // in blocks that stay in registers
  constexpr int kBlock = 32;
  static_assert(kLevels % kBlock == 0);
  alignas(16) std::uint16_t levels[kLevels];
  for (int first = 0; first < kLevels; first += kBlock) {
    std::uint16_t sums[kBlock];
    for (int i = 0; i < kBlock; ++i) sums[i] = columns_[first + i];
    for (int row = 0; row + 1 < num_rows_; ++row) {
      const std::uint16_t* const cells = cells_[row] + first;
      for (int i = 0; i < kBlock; ++i) {
        sums[i] = static_cast<std::uint16_t>(sums[i] + times(cells[i], kAcross.kScale));
      }
    }
    const std::uint16_t* const cells = cells_[num_rows_ - 1] + first;
    for (int i = 0; i < kBlock; ++i) {
      const std::uint32_t level = static_cast<std::uint16_t>(times(cells[i], kAcross.kScale) << 2);
      levels[first + i] = times(static_cast<std::uint16_t>(sums[i] + times(level, part)), kDown.kScale);
      columns_[first + i] = times(level, rest);
    }
  }
  std::uint8_t* const out = picture[band][0];
  for (int cell = 0; cell < kSide; ++cell) {
    for (int i = 0; i < 3; ++i) out[3 * cell + i] = static_cast<std::uint8_t>(levels[4 * cell + i]);
  }
}

}  // namespace plyo::render
