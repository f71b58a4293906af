#include "render/polygon_spans.hpp"

#include <algorithm>
#include <utility>

namespace plyo::render {

namespace {

// A pixel's number among those of a row, or the next beyond the window.
std::int16_t to_column(std::int32_t x) { return static_cast<std::int16_t>(std::clamp(x, 0, kWindowWidth)); }

// The nearest pixel to a place in 65536ths.
constexpr std::int32_t nearest(std::int32_t fixed) { return (fixed + 32768) >> 16; }

// A side of a polygon, towards greater y.
struct PolygonSide {
  std::int32_t x1, y1, x2, y2;
  bool is_upward;  // whether its corners come in this order
};
bool make_side(const Corners& corners, int i, PolygonSide& side) {
  const int before = i == 0 ? corners.count - 1 : i - 1;
  const std::int32_t y1 = corners.y[before], y2 = corners.y[i];
  if (y1 == y2) return false;
  const int low = y1 < y2 ? before : i, high = y1 < y2 ? i : before;
  side = {corners.x[low], corners.y[low], corners.x[high], corners.y[high], y1 < y2};
  return true;
}

// The rows of a side: the greatest y is the next side's, but for that of the whole polygon.
struct SideRows {
  int from, to;  // y
};
SideRows rows_of(const PolygonSide& side, const Corners& corners, int from, int to) {
  return {std::max(from, side.y1), std::min(to, side.y2 == corners.high ? side.y2 : side.y2 - 1)};
}

// gfxdraw's crossings of `count` rows, in 65536ths of a pixel: the first is `above` the lower end, each next one
// `step` higher.
void cross_gfx(const PolygonSide& side, int above, int step, int count, std::int32_t* out) {
  // 65536 above / height, rounded down: the quotient's error is far below the least fraction, 1 / height
  constexpr double kLittle = 1.0 / 1048576;
  // products and sums are exact
  const double scale = 65536.0 / (side.y2 - side.y1);
  const double width = side.x2 - side.x1, base = 65536.0 * side.x1;
  for (int i = 0; i < count; ++i, above += step) {
    const auto part = static_cast<std::int32_t>(above * scale + kLittle);
    out[i] = static_cast<std::int32_t>(part * width + base);
  }
}

// pygame.draw's crossing of a row, in pixels: rounded down and up in turn.
std::int32_t cross_draw(const PolygonSide& side, int above, int before) {
  const float place = static_cast<float>(above * (side.x2 - side.x1)) / static_cast<float>(side.y2 - side.y1);
  const auto cut = static_cast<std::int32_t>(place);
  const auto whole = static_cast<float>(cut);
  return (before % 2 == 0 ? cut - (whole > place ? 1 : 0) : cut + (whole < place ? 1 : 0)) + side.x1;
}

// Whether the sides go up once and down once, so that they cross every row twice.
bool goes_around_once(const Corners& corners) {
  int turns = 0, before = 0, first = 0;
  for (int i = 0; i < corners.count; ++i) {
    const std::int32_t rise = corners.y[i] - corners.y[i == 0 ? corners.count - 1 : i - 1];
    if (rise == 0) continue;
    const int way = rise > 0 ? 1 : -1;
    if (before == 0) first = way;
    turns += before != 0 && way != before ? 1 : 0;
    before = way;
  }
  return turns + (before != first ? 1 : 0) == 2;
}

}  // namespace

void PolygonSpans::begin(const WindowRows& rows) {
  rows_ = rows;
  spans_.clear();
  used_ = 0;
}

bool PolygonSpans::add(const Corners& corners, Paintwork paintwork, std::uint32_t polygon) {
  const int from = std::max(corners.low, rows_.low()), to = std::min(corners.high, rows_.high());
  if (from > to) return true;
  const bool is_draw = paintwork == Paintwork::kDraw;
  if (!is_draw && goes_around_once(corners)) {
    add_once_around(corners, from, to, polygon);
    return true;
  }
  const std::size_t before = spans_.size();
  if (is_draw && corners.low == corners.high) {
    const auto [left, right] = std::minmax_element(corners.x, corners.x + corners.count);
    const int row = rows_.row_of(from);
    set_row(open_span(row, row, polygon), row, *left, *right);
  } else {
    add_row_by_row(corners, from, to, is_draw, polygon);
    if (is_draw) add_level_sides(corners, from, to, polygon);
  }
  return spans_.size() <= before + 1;
}

Span& PolygonSpans::open_span(int first, int last, std::uint32_t polygon) {
  const std::size_t rows = static_cast<std::size_t>(last) - static_cast<std::size_t>(first) + 1;
  const std::size_t needed = used_ + 2 * rows + kSpare;
  if (needed > numbers_.size()) numbers_.resize(2 * needed);
  const auto begin = static_cast<std::int32_t>(used_) - first;
  spans_.push_back({first, last, begin, begin + static_cast<std::int32_t>(rows), polygon});
  used_ += 2 * rows;
  return spans_.back();
}

// The pixels from `left` to `right` in a row.
void PolygonSpans::set_row(const Span& span, int row, int left, int right) {
  numbers_.data()[span.begin + row] = to_column(left);
  numbers_.data()[span.end + row] = std::max(to_column(left), to_column(right + 1));
}

void PolygonSpans::add_once_around(const Corners& corners, int from, int to, std::uint32_t polygon) {
  const int step = rows_.flipped ? -1 : 1;
  const int first = rows_.row_of(rows_.flipped ? to : from), rows = to - from + 1;
  for (int i = 0; i < corners.count; ++i) {
    PolygonSide side;
    if (!make_side(corners, i, side)) continue;
    const SideRows own = rows_of(side, corners, from, to);
    if (own.from > own.to) continue;
    const int start = rows_.flipped ? own.to : own.from;
    cross_gfx(side, start - side.y1, step, own.to - own.from + 1,
              chains_[side.is_upward ? 1 : 0] + (rows_.row_of(start) - first));
  }
  const Span& span = open_span(first, first + rows - 1, polygon);
  std::int16_t* const begin = numbers_.data() + span.begin + first;
  std::int16_t* const end = numbers_.data() + span.end + first;
  for (int i = 0; i < rows; ++i) {
    const std::int32_t a = chains_[0][i], b = chains_[1][i];
    const std::int32_t left = nearest((a < b ? a : b) + 1), right = nearest((a < b ? b : a) - 1);
    begin[i] = to_column(left < right ? left : right);
    end[i] = to_column((left < right ? right : left) + 1);
  }
}

void PolygonSpans::Crossings::sort() {
  for (int i = 1; i < count; ++i) {
    for (int k = i; k > 0 && at[k - 1] > at[k]; --k) std::swap(at[k - 1], at[k]);
  }
}

// Rows that are crossed twice, one after the other, make one span; others one for each pair of crossings.
void PolygonSpans::add_row_by_row(const Corners& corners, int from, int to, bool is_draw,
                                  std::uint32_t polygon) {
  const int first = rows_.row_of(rows_.flipped ? to : from), last = rows_.row_of(rows_.flipped ? from : to);
  for (int row = first; row <= last; ++row) crossings_[row].count = 0;
  for (int i = 0; i < corners.count; ++i) {
    PolygonSide side;
    if (!make_side(corners, i, side)) continue;
    const SideRows own = rows_of(side, corners, from, to);
    for (int y = own.from; y <= own.to; ++y) {
      Crossings& crossings = crossings_[rows_.row_of(y)];
      std::int32_t& at = crossings.at[crossings.count];
      if (is_draw) {
        at = cross_draw(side, y - side.y1, crossings.count);
      } else {
        cross_gfx(side, y - side.y1, 0, 1, &at);
      }
      ++crossings.count;
    }
  }
  bool is_open = false;
  for (int row = first; row <= last; ++row) {
    Crossings& crossings = crossings_[row];
    crossings.sort();
    const bool is_plain = crossings.count == 2;
    if (is_open && !is_plain) spans_.back().last = row - 1;
    for (int i = 0; i + 1 < crossings.count; i += 2) {
      const int left = is_draw ? crossings.at[i] : nearest(crossings.at[i] + 1);
      const int right = is_draw ? crossings.at[i + 1] : nearest(crossings.at[i + 1] - 1);
      if (!is_plain) {
        open_span(row, row, polygon);
      } else if (!is_open) {
        open_span(row, last, polygon);
      }
      set_row(spans_.back(), row, std::min(left, right), std::max(left, right));
    }
    is_open = is_plain;
  }
}

// pygame.draw paints a level side that ends the polygon above it, too.
void PolygonSpans::add_level_sides(const Corners& corners, int from, int to, std::uint32_t polygon) {
  for (int i = 0; i < corners.count; ++i) {
    const int before = i == 0 ? corners.count - 1 : i - 1;
    const int y = corners.y[i];
    if (corners.y[before] != y || y <= corners.low || y >= corners.high || y < from || y > to) continue;
    const auto [left, right] = std::minmax(corners.x[i], corners.x[before]);
    const int row = rows_.row_of(y);
    set_row(open_span(row, row, polygon), row, left, right);
  }
}

}  // namespace plyo::render
