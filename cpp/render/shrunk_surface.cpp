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
    (colors_.plain(next) - colors_.plain(color)).store(place.plain);
    breaks_.push_back(place);
    color = next;
  }
}

// The levels of the last row of a cell, without the cells that are not plain.
void ShrunkSurface::fill_last() {
  int cell = 0;
  std::uint8_t color = first_color_;
  // two at a time: one too many is overwritten by the next colour
  const auto fill = [&](int end) {
    const Octet16 plain = twice(colors_.plain(color));
    for (; cell < end; cell += 2) plain.store(last_[cell]);
    cell = end;
  };
  for (const Break& place : breaks_) {
    fill(kAcross.cell_of[place_of(place)]);
    color = place.after;
  }
  fill(kSide);
}

// Takes the level of a cell in a row from its sum, where plain cells from here on have a colour.
template <bool kIsLast>
void ShrunkSurface::set_cell(int cell, Quad16 sum, std::uint8_t color) {
  const Quad16 level = high(sum, Quad16::all(kAcross.kScale));
  if constexpr (kIsLast) {
    level.store(last_[cell]);
  } else {
    cells_.add_at(cell, level - colors_.plain(color));
  }
}

// Sums the cells with breaks, and gives each to `visit(cell, sum, color)` with the colour after it.
template <bool kIsLast, class Visit>
void ShrunkSurface::sum_breaks(Visit visit) {
  if constexpr (!kIsLast) cells_.add_from(0, colors_.plain(first_color_));
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
      if constexpr (!kIsLast) cells_.add_from(cell, Quad16::load(place->plain));
      if (++place == end) break;
      x = places[place->edge];
    } while (kAcross.cell_of[x] == cell);
    visit(cell, sum + rest_of(last->sums_after, cell), *last);
  }
}

template <bool kIsLast>
void ShrunkSurface::add_plain_row() {
  sum_breaks<kIsLast>(
      [this](int cell, Quad16 sum, const Break& last) { set_cell<kIsLast>(cell, sum, last.after); });
}

// ---- rows with pixels of outlines ----

void ShrunkSurface::touch(int cell) {
  touched_[num_touched_] = static_cast<std::uint8_t>(cell);
  num_touched_ += is_touched_[cell] == 0 ? 1 : 0;
  is_touched_[cell] = 1;
}

template <bool kIsLast>
void ShrunkSurface::add_outlined_row(OutlinePixels::Row pixels) {
  num_touched_ = 0;
  ++mixed_row_;
  sum_breaks<kIsLast>([this](int cell, Quad16 sum, const Break& last) {
    touch(cell);
    colors_after_[cell] = last.after;
    sum.store(sums_[cell]);
  });
  const int num_broken = num_touched_;
  const std::size_t count = find_seen(pixels);
  for (std::size_t i = 0; i < count; ++i) blend(seen_[i]);
  for (int i = 0; i < num_touched_; ++i) {
    const int cell = touched_[i];
    Quad16 sum = Quad16::load(sums_[cell]);
    std::uint8_t color = colors_after_[cell];
    if (i >= num_broken) {
      color = colors_under_[cell];
      const CellColors::Sums* const sums = colors_.sums(color);
      sum = sum + head_of(sums, cell) + rest_of(sums, cell);
    }
    Quad16().store(sums_[cell]);
    is_touched_[cell] = 0;
    set_cell<kIsLast>(cell, sum, color);
  }
}

// Lists the pixels that lie under no later polygon. Returns how many they are.
std::size_t ShrunkSurface::find_seen(OutlinePixels::Row pixels) {
  const auto most = static_cast<std::size_t>(pixels.last - pixels.first);
  if (most > seen_.size()) seen_.resize(2 * most);
  SeenPixel* out = seen_.data();
  const std::int16_t* const places = runs_.places().data();
  const std::size_t num_places = runs_.places().size();
  const std::uint32_t* const tops = runs_.tops();
  const std::uint8_t* const colors = colors_of_polygons_.data() + 1;
  for (const OutlinePixel& pixel : pixels) {
    std::size_t index = count_up_to(places, static_cast<std::int16_t>(pixel.x));
    for (std::size_t i = VisibleRuns::kPadding; i < num_places; i += VisibleRuns::kPadding) {
      index += count_up_to(places + i, static_cast<std::int16_t>(pixel.x));
    }
    const auto top = static_cast<std::int32_t>(tops[index]),
               polygon = static_cast<std::int32_t>(pixel.polygon());
    *out = {pixel.x, static_cast<std::uint8_t>(pixel.alpha()), colors[top], colors[polygon]};
    // without branches: which pixels are covered is hard to foresee
    out += static_cast<std::size_t>(top < polygon);
  }
  return static_cast<std::size_t>(out - seen_.data());
}

void ShrunkSurface::blend(const SeenPixel& pixel) {
  const int x = pixel.x;
  std::uint16_t* const mixed = mixed_[x];
  const Quad16 before = row_of_mixed_[x] == mixed_row_ ? Quad16::load(mixed) : colors_.levels(pixel.under);
  const Quad16 paint = colors_.levels(pixel.color);
  // 256ths of the difference, rounded down
  const Quad16 after = pixel.alpha == 255
                           ? paint
                           : before + signed_high((paint - before).shifted<4>(),
                                                  Quad16::all(static_cast<std::uint16_t>(pixel.alpha << 4)));
  after.store(mixed);
  row_of_mixed_[x] = mixed_row_;
  const auto add = [&](int cell, Quad16 more) {
    touch(cell);
    colors_under_[cell] = pixel.under;
    (Quad16::load(sums_[cell]) + more).store(sums_[cell]);
  };
  const int cell = kAcross.cell_of[x];
  if (x != kAcross.shared[cell + 1]) {
    add(cell, after - before);
    return;
  }
  const Quad16 part = Quad16::all(kAcross.part[cell]);
  const Quad16 after4 = after.shifted<2>(), before4 = before.shifted<2>();
  add(cell, high(after4, part) - high(before4, part));
  if (cell + 1 == kSide) return;
  const Quad16 rest = Quad16::all(kAcross.rest[cell + 1]);
  add(cell + 1, high(after4, rest) - high(before4, rest));
}

}  // namespace plyo::render
