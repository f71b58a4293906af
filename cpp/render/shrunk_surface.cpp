#include "render/shrunk_surface.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace plyo::render {

namespace {

// A coordinate, cut to an integer. pygame keeps 16 bits; so far out that products of two would not fit in 32, this
// moves it nearer.
std::int32_t to_pixel(double x) {
  constexpr double kFarthest = 16383;
  return static_cast<std::int32_t>(x > -kFarthest ? (x < kFarthest ? x : kFarthest) : -kFarthest);
}

Quad16 head_of(const CellColors::Sums* sums, int cell) { return Quad16::load(sums[cell]); }
Quad16 rest_of(const CellColors::Sums* sums, int cell) { return Quad16::load(sums[cell] + 4); }

constexpr int kSolid = 255;  // the alpha of a pixel without blending

}  // namespace

// ---- the list of polygons ----

void ShrunkSurface::begin(bool flipped, int first, int last) {
  rows_ = {kDown.shared[first] + 1, kDown.shared[last], flipped};
  first_band_ = first;
  last_band_ = last;
  spans_.begin(rows_);
  outlines_.begin(rows_);
  colors_.begin();
  colors_of_polygons_.assign(1, colors_.index_of(kBlack));
}

void ShrunkSurface::add(const Point* points, int count, Color color, Paintwork paintwork) {
  Corners corners;
  corners.count = std::min(count, kMaxPoints);
  corners.low = INT32_MAX;
  corners.high = INT32_MIN;
  std::int32_t left = INT32_MAX, right = INT32_MIN;
  for (int i = 0; i < corners.count; ++i) {
    corners.x[i] = to_pixel(points[i].x);
    corners.y[i] = to_pixel(points[i].y);
    corners.low = std::min(corners.low, corners.y[i]);
    corners.high = std::max(corners.high, corners.y[i]);
    left = std::min(left, corners.x[i]);
    right = std::max(right, corners.x[i]);
  }
  // a pixel of an antialiased line may lie beside its polygon
  if (right < -1 || left > kWidth || corners.high < rows_.low() || corners.low > rows_.high()) return;
  const auto polygon = static_cast<std::uint32_t>(colors_of_polygons_.size() - 1);
  colors_of_polygons_.push_back(colors_.index_of(color));
  const std::size_t before = spans_.spans().size();
  const bool is_one = spans_.add(corners, paintwork, polygon);
  if (paintwork != Paintwork::kAntialiased) return;
  const bool has_own = is_one && spans_.spans().size() > before;
  outlines_.add(corners, polygon, has_own ? static_cast<std::uint32_t>(before) : OutlinePixels::kNoSpan);
}

// ---- painting ----

void ShrunkSurface::paint(Picture& picture) {
  const bool has_outlines = !outlines_.empty();
  if (has_outlines) outlines_.draw(spans_);
  runs_.begin(spans_, rows_);
  cells_.begin();
  list_breaks();
  int row = rows_.top;
  for (int band = first_band_; band < last_band_; ++band) {
    const int last = kDown.shared[band + 1];
    for (; row <= last; ++row) {
      if (runs_.next_row()) list_breaks();
      const OutlinePixels::Row pixels = has_outlines ? outlines_.in_row(row) : OutlinePixels::Row{};
      const bool is_plain = pixels.first == pixels.last;
      if (row < last) {
        is_plain ? add_plain_row<false>() : add_outlined_row<false>(pixels);
      } else {
        fill_last();
        is_plain ? add_plain_row<true>() : add_outlined_row<true>(pixels);
      }
    }
    cells_.finish(band, last_, picture);
  }
}

void ShrunkSurface::list_breaks() {
  breaks_.clear();
  first_color_ = color_of(runs_.tops()[runs_.first_inside()]);
  std::uint8_t color = first_color_;
  for (std::size_t i = runs_.first_inside(); i < runs_.last_inside(); ++i) {
    const std::uint8_t next = color_of(runs_.tops()[i + 1]);
    if (next == color) continue;
    Break place;
    place.edge = static_cast<std::uint32_t>(i);
    place.after = next;
    place.sums_before = colors_.sums(color);
    place.sums_after = colors_.sums(next);
    (colors_.levels(color) - colors_.levels(next)).store(place.levels);
    colors_.plain(next).store(place.plain);
    breaks_.push_back(place);
    color = next;
  }
}

// The levels of the last row of a cell, without the cells that are not plain.
void ShrunkSurface::fill_last() {
  int cell = 0;
  std::uint8_t color = first_color_;
  // four at a time: those that are too many are overwritten by the next colour
  const auto fill = [&](int end) {
    const Octet16 plain = twice(colors_.plain(color));
    for (; cell < end; cell += 4) {
      plain.store(last_[cell]);
      plain.store(last_[cell + 2]);
    }
    cell = end;
  };
  for (const Break& place : breaks_) {
    fill(kAcross.cell_of[place_of(place)]);
    color = place.after;
  }
  fill(kSide);
}

// Takes the level of a cell in a row from its sum, with the colours that plain cells have before it and from there on.
template <bool kIsLast>
void ShrunkSurface::set_cell(int cell, Quad16 sum, Quad16 plain_before, Quad16 plain) {
  const Quad16 level = high(sum, Quad16::all(kAcross.kScale));
  if constexpr (kIsLast) {
    level.store(last_[cell]);
    cells_.mark_last(cell);
  } else {
    cells_.add(cell, plain - plain_before, level - plain);
  }
}

// Sums the cells with breaks, where `more(cell)` is added to the sums.
template <bool kIsLast, class More>
void ShrunkSurface::sum_breaks(More more) {
  Quad16 plain = colors_.plain(first_color_);
  if constexpr (!kIsLast) cells_.add(0, plain, {});
  const std::int16_t* const places = runs_.places().data();
  const Break* const end = breaks_.data() + breaks_.size();
  for (const Break* place = breaks_.data(); place != end;) {
    int x = places[place->edge];
    const int cell = kAcross.cell_of[x], start = kAcross.shared[cell] + 1;
    Quad16 sum = head_of(place->sums_before, cell);
    const Break* last;
    do {
      last = place;
      sum = sum + Quad16::load(place->levels) * Quad16::all(static_cast<std::uint16_t>(x - start));
      if (++place == end) break;
      x = places[place->edge];
    } while (kAcross.cell_of[x] == cell);
    const Quad16 plain_after = Quad16::load(last->plain);
    set_cell<kIsLast>(cell, sum + rest_of(last->sums_after, cell) + more(cell), plain, plain_after);
    plain = plain_after;
  }
}

template <bool kIsLast>
void ShrunkSurface::add_plain_row() {
  sum_breaks<kIsLast>([](int /*cell*/) { return Quad16(); });
}

// ---- rows with pixels of outlines ----

Quad16 ShrunkSurface::take_more(int cell) {
  const Quad16 more = Quad16::load(more_[cell]);
  Quad16().store(more_[cell]);
  return more;
}

template <bool kIsLast>
void ShrunkSurface::add_outlined_row(OutlinePixels::Row pixels) {
  blend(pixels);
  sum_breaks<kIsLast>([this](int cell) {
    blended_[cell >> 6] &= ~(std::uint64_t{1} << (cell & 63));
    return take_more(cell);
  });
  // cells of one colour but for their pixels
  for (std::uint32_t word = 0; word < 2; ++word) {
    for (std::uint64_t& bits = blended_[word]; bits != 0; bits &= bits - 1) {
      const int cell = static_cast<int>(64 * word) + std::countr_zero(bits);
      const std::uint8_t color = colors_under_[cell];
      const CellColors::Sums* const sums = colors_.sums(color);
      const Quad16 plain = colors_.plain(color);
      set_cell<kIsLast>(cell, head_of(sums, cell) + rest_of(sums, cell) + take_more(cell), plain, plain);
    }
  }
}

// Blends the pixels that lie under no later polygon, and adds what they change to their cells.
void ShrunkSurface::blend(OutlinePixels::Row pixels) {
  const std::uint64_t row = ++mixed_row_;
  const std::int16_t* const places = runs_.places().data();
  const std::size_t num_places = runs_.places().size();
  const std::uint32_t* const tops = runs_.tops();
  const std::uint8_t* const colors = colors_of_polygons_.data() + 1;
  for (const OutlinePixel& pixel : pixels) {
    const std::size_t x = pixel.x;
    std::size_t index = count_up_to(places, static_cast<std::int16_t>(x));
    for (std::size_t i = VisibleRuns::kPadding; i < num_places; i += VisibleRuns::kPadding) {
      index += count_up_to(places + i, static_cast<std::int16_t>(x));
    }
    const auto top = static_cast<std::int32_t>(tops[index]),
               polygon = static_cast<std::int32_t>(pixel.polygon());
    if (top >= polygon) continue;
    const std::uint8_t under = colors[top];
    const Quad16 before = row_of_mixed_[x] == row ? Quad16::load(mixed_[x]) : colors_.levels(under);
    const Quad16 paint = colors_.levels(colors[static_cast<std::uint32_t>(polygon)]);
    // 256ths of the difference, rounded down; all of it if the pixel is solid
    const int alpha = pixel.alpha(), part = alpha + (alpha == kSolid ? 1 : 0);
    const Quad16 after = before + signed_high((paint - before).shifted<4>(),
                                              Quad16::all(static_cast<std::uint16_t>(part << 4)));
    after.store(mixed_[x]);
    row_of_mixed_[x] = row;
    const auto add = [&](std::size_t cell, Quad16 more) {
      blended_[cell >> 6] |= std::uint64_t{1} << (cell & 63);
      colors_under_[cell] = under;
      (Quad16::load(more_[cell]) + more).store(more_[cell]);
    };
    const std::size_t cell = kAcross.cell_of[x];
    if (pixel.x != kAcross.shared[cell + 1]) {
      add(cell, after - before);
      continue;
    }
    const Quad16 own = Quad16::all(kAcross.part[cell]);
    const Quad16 after4 = after.shifted<2>(), before4 = before.shifted<2>();
    add(cell, high(after4, own) - high(before4, own));
    if (cell + 1 == kSide) continue;
    const Quad16 rest = Quad16::all(kAcross.rest[cell + 1]);
    add(cell + 1, high(after4, rest) - high(before4, rest));
  }
}

}  // namespace plyo::render
