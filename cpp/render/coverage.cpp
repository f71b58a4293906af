#include "render/coverage.hpp"

#include <algorithm>
#include <bit>

namespace plyo::render {

namespace {

// The unit of coverage: a pixel has 2 * 256 * 256.
constexpr int kCoverageBits = 2 * kFixedBits + 1;

// The part of the picture that has cells: `stride` cells a row, two of them right of the columns.
class Tile {
 public:
  Tile(Scratch& scratch, const Box& box)
      : cells_(scratch.cells),
        touched_(scratch.touched),
        box_(box),
        columns_(box.right - box.left),
        stride_(columns_ + 2),
        words_((stride_ + 63) / 64) {}

  // Adds the part of an edge that lies in the tile's rows.
  void add(const Path::Edge& edge) {
    const std::int32_t top = std::max(edge.top, box_.top * kFixedOne);
    const std::int32_t bottom = std::min(edge.bottom, box_.bottom * kFixedOne);
    if (top >= bottom) return;
    std::int64_t x = std::int64_t{edge.x - box_.left * kFixedOne} * 65536 + edge.slope * (top - edge.top);
    for (std::int32_t y = top; y < bottom;) {
      const std::int32_t row = y >> kFixedBits;
      const std::int32_t next = std::min((row + 1) * kFixedOne, bottom);
      const std::int64_t next_x = x + edge.slope * (next - y);
      add_piece(row - box_.top, static_cast<std::int32_t>(x >> 16), static_cast<std::int32_t>(next_x >> 16),
                next - y, edge.sign);
      x = next_x;
      y = next;
    }
  }

  // Paints a row and sets its cells back to zero.
  template <class Span>
  void sweep(int row, Span&& span) {
    std::int32_t* cells = cells_ + std::ptrdiff_t{row} * stride_;
    std::uint64_t* touched = touched_ + std::ptrdiff_t{row} * words_;
    std::int32_t sum = 0;
    int x = 0;
    for (int word = 0; word < words_; ++word) {
      std::uint64_t bits = touched[word];
      if (bits == 0) continue;
      touched[word] = 0;
      for (; bits != 0; bits &= bits - 1) {
        const int cell = word * 64 + std::countr_zero(bits);
        if (sum != 0) span(x, std::min(cell, columns_), part_of(sum));
        sum += cells[cell];
        cells[cell] = 0;
        x = cell;
      }
    }
    if (sum != 0) span(x, columns_, part_of(sum));
  }

 private:
  // Coverage in 256ths; loops that overlap, or go the other way around, count as one.
  static int part_of(std::int32_t sum) {
    const std::int32_t magnitude = sum < 0 ? -sum : sum;
    return std::min((magnitude + (1 << (kCoverageBits - 9))) >> (kCoverageBits - 8), 256);
  }

  // Notes that the cells from `first` to before `last` changed.
  static void mark(std::uint64_t* touched, int first, int last) {
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    const int end = last >> 6;
    std::uint64_t bits = kAll << (first & 63);
    for (int word = first >> 6; word < end; ++word) {
      touched[word] |= bits;
      bits = kAll;
    }
    if ((last & 63) != 0) touched[end] |= bits & ~(kAll << (last & 63));
  }

  static void add_cell(std::int32_t* cells, std::uint64_t* touched, int cell, std::int32_t height,
                       std::int32_t twice_x) {
    cells[cell] += height * (2 * kFixedOne - twice_x);
    cells[cell + 1] += height * twice_x;
    touched[cell >> 6] |= std::uint64_t{3} << (cell & 63);
    if ((cell & 63) == 63) touched[(cell >> 6) + 1] |= 1;
  }

  // A piece of an edge within a row: `height` 256ths of it, between two positions from the tile's left edge.
  void add_piece(int row, std::int32_t from, std::int32_t to, std::int32_t height, std::int32_t sign) {
    std::int32_t low = std::min(from, to);
    std::int32_t high = std::max(from, to);
    const std::int32_t end = columns_ * kFixedOne;
    if (low >= end) return;
    std::int32_t* cells = cells_ + std::ptrdiff_t{row} * stride_;
    std::uint64_t* touched = touched_ + std::ptrdiff_t{row} * words_;
    // a piece left of the tile covers all of the row, a piece right of it nothing
    if (high <= 0) return add_cell(cells, touched, 0, sign * height, 0);
    if (low < 0 || high > end) {
      const std::int64_t width = std::int64_t{high} - low;
      const std::int32_t left = low < 0 ? static_cast<std::int32_t>(height * -std::int64_t{low} / width) : 0;
      const std::int32_t right =
          high > end ? static_cast<std::int32_t>(height * (std::int64_t{high} - end) / width) : 0;
      if (left != 0) add_cell(cells, touched, 0, sign * left, 0);
      height -= left + right;
      low = std::max(low, 0);
      high = std::min(high, end);
    }
    const int first = low >> kFixedBits;
    const int last = high >> kFixedBits;
    const std::int32_t low_part = low & (kFixedOne - 1);
    const std::int32_t high_part = high & (kFixedOne - 1);
    if (first == last) return add_cell(cells, touched, first, sign * height, low_part + high_part);
    // several cells: the height in each follows from the width in it
    const std::int32_t rate = height * 65536 / (high - low);
    std::int32_t done = 0;
    std::int32_t carry = 0;
    for (int cell = first; cell < last; ++cell) {
      const auto until =
          static_cast<std::int32_t>((std::int64_t{rate} * ((cell + 1) * kFixedOne - low)) >> 16);
      const std::int32_t part = sign * (until - done);
      const std::int32_t twice_x = cell == first ? low_part + kFixedOne : kFixedOne;
      cells[cell] += carry + part * (2 * kFixedOne - twice_x);
      carry = part * twice_x;
      done = until;
    }
    cells[last] += carry;
    mark(touched, first, last);
    add_cell(cells, touched, last, sign * (height - done), high_part);
  }

  std::int32_t* cells_;
  std::uint64_t* touched_;
  Box box_;
  int columns_, stride_, words_;
};

}  // namespace

void Path::move_to(FixedPoint p) {
  first_ = p;
  last_ = p;
}

void Path::line_to(FixedPoint p) {
  const FixedPoint from = last_;
  last_ = p;
  low_ = {std::min({low_.x, from.x, p.x}), std::min({low_.y, from.y, p.y})};
  high_ = {std::max({high_.x, from.x, p.x}), std::max({high_.y, from.y, p.y})};
  if (from.y == p.y || size_ == kMaxEdges) return;
  const bool down = from.y < p.y;
  const FixedPoint top = down ? from : p;
  const FixedPoint bottom = down ? p : from;
  // both sides of the division are exact, and a double's division is faster than an integer's
  const double slope = (static_cast<double>(bottom.x) - top.x) * 65536.0 / (bottom.y - top.y);
  edges_[size_++] = {static_cast<std::int64_t>(slope), top.x, top.y, bottom.y, down ? 1 : -1};
}

Box Path::box() const {
  if (size_ == 0) return {};
  return {low_.x >> kFixedBits, low_.y >> kFixedBits, (high_.x + kFixedOne - 1) >> kFixedBits,
          (high_.y + kFixedOne - 1) >> kFixedBits};
}

void fill_path(Surface& surface, Scratch& scratch, const Box& clip, const Paint& paint, int alpha) {
  const Path& path = scratch.path;
  const Box box = intersect(path.box(), clip);
  if (box.empty() || alpha <= 0) return;
  for (int left = box.left; left < box.right; left += Scratch::kMaxColumns) {
    const int right = std::min(box.right, left + Scratch::kMaxColumns);
    const int rows = std::min(Scratch::kCells / (right - left + 2), Scratch::kMaxRows);
    for (int top = box.top; top < box.bottom; top += rows) {
      const int bottom = std::min(box.bottom, top + rows);
      Tile tile(scratch, {left, top, right, bottom});
      for (int i = 0; i < path.size(); ++i) tile.add(path[i]);
      for (int y = top; y < bottom; ++y) {
        tile.sweep(y - top, [&](int from, int to, int part) {
          part = (part * alpha) >> 8;
          if (from >= to || part == 0) return;
          if (part == 256) {
            surface.fill(left + from, y, to - from, paint);
          } else {
            surface.blend(left + from, y, to - from, paint, part);
          }
        });
      }
    }
  }
}

void fill_box(Surface& surface, FixedPoint low, FixedPoint high, const Box& clip, const Paint& paint,
              int alpha) {
  const Box outer{low.x >> kFixedBits, low.y >> kFixedBits, (high.x + kFixedOne - 1) >> kFixedBits,
                  (high.y + kFixedOne - 1) >> kFixedBits};
  const Box box = intersect(outer, clip);
  if (box.empty() || alpha <= 0) return;
  // the part of a pixel between two positions
  const auto overlap = [](int pixel, std::int32_t from, std::int32_t to) {
    return std::min((pixel + 1) * kFixedOne, to) - std::max(pixel * kFixedOne, from);
  };
  const auto span = [&](int x, int y, int n, int part) {
    if (part >= 256) {
      surface.fill(x, y, n, paint);
    } else if (part > 0) {
      surface.blend(x, y, n, paint, part);
    }
  };
  // whole columns between the first and the last, if those are cut
  const int whole_from = std::max(box.left, (low.x + kFixedOne - 1) >> kFixedBits);
  const int whole_to = std::min(box.right, high.x >> kFixedBits);
  for (int y = box.top; y < box.bottom; ++y) {
    const int part = (overlap(y, low.y, high.y) * alpha) >> 8;
    const auto edge = [&](int x) { span(x, y, 1, (overlap(x, low.x, high.x) * part + 128) >> 8); };
    if (box.left < whole_from) edge(box.left);
    if (whole_from < whole_to) span(whole_from, y, whole_to - whole_from, part);
    if (whole_to < box.right && box.right - 1 >= whole_from) edge(box.right - 1);
  }
}

}  // namespace plyo::render
