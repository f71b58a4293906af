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

const Quad16 kScaleAcross = Quad16::all(kAcross.kScale);

// The pixels of a cell before pixel x, but for the one that it shares with the cell before.
std::uint16_t pixels_before(int x, int cell) {
  return static_cast<std::uint16_t>(x - kAcross.shared[cell] - 1);
}

}  // namespace

// ---- the list of polygons ----

void ShrunkSurface::begin(bool flipped, int first, int last) {
  rows_ = {kDown.shared[first] + 1, kDown.shared[last], flipped};
  first_band_ = first;
  last_band_ = last;
  spans_.begin(rows_);
  outlines_.begin(rows_);
  color_of_polygon_.clear();
  colors_.begin();
  black_ = colors_.index_of(kBlack);
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
  const auto polygon = static_cast<std::uint32_t>(color_of_polygon_.size());
  color_of_polygon_.push_back(colors_.index_of(color));
  const std::size_t before = spans_.spans().size();
  const bool is_one = spans_.add(corners, paintwork, polygon);
  if (paintwork != Paintwork::kAntialiased) return;
  const bool has_own = is_one && spans_.spans().size() > before;
  outlines_.add(corners, polygon, has_own ? static_cast<std::uint32_t>(before) : OutlinePixels::kNoSpan);
}

// ---- painting ----

void ShrunkSurface::paint(Picture& picture) {
  has_outlines_ = !outlines_.empty();
  if (has_outlines_) outlines_.draw(spans_);
  runs_.begin(spans_, rows_);
  cells_.begin();
  breaks_.clear();
  tops_.clear();
  first_color_ = black_;
  int row = rows_.top;
  for (int band = first_band_; band < last_band_; ++band) {
    const int last = kDown.shared[band + 1];
    for (; row <= last; ++row) {
      if (runs_.next_row()) list_breaks();
      const bool is_last = row == last;
      const OutlinePixels::Row pixels = has_outlines_ ? outlines_.in_row(row) : OutlinePixels::Row{};
      if (is_last) fill_last();
      if (pixels.first == pixels.last) {
        is_last ? add_plain_row<true>() : add_plain_row<false>();
      } else {
        is_last ? add_outlined_row<true>(pixels) : add_outlined_row<false>(pixels);
      }
    }
    cells_.finish(band, last_, picture);
  }
}

void ShrunkSurface::list_breaks() {
  first_color_ = color_of(runs_.first());
  breaks_.clear();
  tops_.clear();
  tops_.push_back({0, runs_.first() + 1, first_color_});
  std::uint8_t color = first_color_;
  for (const VisibleRuns::Run& run : runs_.runs()) {
    const std::uint8_t next = color_of(run.polygon);
    if (has_outlines_) tops_.push_back({run.edge, run.polygon + 1, next});
    if (next == color) continue;
    Break& place = breaks_.emplace_back(Break{run.edge, color, next, {}, {}});
    (colors_.levels(color) - colors_.levels(next)).store(place.levels);
    (colors_.plain(next) - colors_.plain(color)).store(place.plain);
    color = next;
  }
}

// The levels of the last row of a cell, without the cells that are not plain.
void ShrunkSurface::fill_last() {
  int cell = 0;
  std::uint8_t color = first_color_;
  const auto fill = [&](int end) {
    const Quad16 plain = colors_.plain(color);
    for (; cell < end; ++cell) plain.store(last_[cell]);
  };
  for (const Break& place : breaks_) {
    fill(kAcross.cell_of[runs_.x_of(place.edge)]);
    color = place.after;
  }
  fill(kSide);
}

// Takes the level of a cell in a row from its sum, where plain cells from here on have a colour.
template <bool kIsLast>
void ShrunkSurface::set_cell(int cell, Quad16 sum, std::uint8_t color) {
  const Quad16 level = high(sum, kScaleAcross);
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
  if (breaks_.empty()) return;
  int cell = -1;
  std::uint8_t color = first_color_;
  Quad16 sum;
  for (const Break& place : breaks_) {
    const int x = runs_.x_of(place.edge), here = kAcross.cell_of[x];
    if (here != cell) {
      if (cell >= 0) visit(cell, sum + colors_.rest(color, cell), color);
      cell = here;
      sum = colors_.head(place.before, cell);
    }
    sum = sum + Quad16::load(place.levels) * Quad16::all(pixels_before(x, cell));
    color = place.after;
    if constexpr (!kIsLast) cells_.add_from(cell, Quad16::load(place.plain));
  }
  visit(cell, sum + colors_.rest(color, cell), color);
}

template <bool kIsLast>
void ShrunkSurface::add_plain_row() {
  sum_breaks<kIsLast>(
      [this](int cell, Quad16 sum, std::uint8_t color) { set_cell<kIsLast>(cell, sum, color); });
}

// ---- rows with pixels of outlines ----

template <bool kIsLast>
void ShrunkSurface::add_outlined_row(OutlinePixels::Row pixels) {
  touched_[0] = touched_[1] = 0;
  sum_breaks<kIsLast>([this](int cell, Quad16 sum, std::uint8_t color) {
    touched_[cell / 64] |= std::uint64_t{1} << (cell % 64);
    colors_after_[cell] = color;
    (sum - colors_.head(color, cell) - colors_.rest(color, cell)).store(more_[cell]);
  });
  const std::uint64_t with_breaks[2] = {touched_[0], touched_[1]};
  for (std::size_t i = 0, count = find_seen(pixels); i < count; ++i) blend(seen_[i], with_breaks);
  std::memset(blended_, 0, sizeof(blended_));
  for (int w = 0; w < 2; ++w) {
    for (std::uint64_t rest = touched_[w]; rest != 0; rest &= rest - 1) {
      const int cell = 64 * w + std::countr_zero(rest);
      const std::uint8_t color = colors_after_[cell];
      const Quad16 sum = colors_.head(color, cell) + colors_.rest(color, cell) + Quad16::load(more_[cell]);
      Quad16().store(more_[cell]);
      set_cell<kIsLast>(cell, sum, color);
    }
  }
}

// Lists the pixels that lie under no later polygon. Returns how many they are.
std::size_t ShrunkSurface::find_seen(OutlinePixels::Row pixels) {
  // where the runs begin, in eights
  const std::size_t count = tops_.size() - 1;
  top_places_.resize((count + 8) / 8 * 8);
  for (std::size_t i = 0; i < count; ++i) {
    top_places_[i] = static_cast<std::int16_t>(runs_.x_of(tops_[i + 1].edge));
  }
  std::fill(top_places_.begin() + static_cast<std::ptrdiff_t>(count), top_places_.end(), INT16_MAX);
  const auto most = static_cast<std::size_t>(pixels.last - pixels.first);
  if (most > seen_.size()) seen_.resize(2 * most);
  SeenPixel* out = seen_.data();
  for (const OutlinePixel& pixel : pixels) {
    int index = 0;
    for (std::size_t i = 0; i < top_places_.size(); i += 8) {
      index += count_up_to(top_places_.data() + i, static_cast<std::int16_t>(pixel.x));
    }
    const Top& top = tops_[static_cast<std::size_t>(index)];
    *out = {pixel.x, static_cast<std::uint8_t>(pixel.alpha()), top.color, color_of_polygon_[pixel.polygon()]};
    // without branches: which pixels are covered is hard to foresee
    out += static_cast<std::size_t>(top.layer <= pixel.polygon());
  }
  return static_cast<std::size_t>(out - seen_.data());
}

void ShrunkSurface::blend(const SeenPixel& pixel, const std::uint64_t (&with_breaks)[2]) {
  const int x = pixel.x;
  std::uint64_t& word = blended_[x / 64];
  const std::uint64_t bit = std::uint64_t{1} << (x % 64);
  std::uint16_t* const mixed = mixed_[x];
  const Quad16 before = (word & bit) != 0 ? Quad16::load(mixed) : colors_.levels(pixel.under);
  const Quad16 paint = colors_.levels(pixel.color);
  // 256ths of the difference, rounded down
  const Quad16 after = pixel.alpha == 255
                           ? paint
                           : before + signed_high((paint - before).shifted<4>(),
                                                  Quad16::all(static_cast<std::uint16_t>(pixel.alpha << 4)));
  after.store(mixed);
  word |= bit;
  const auto add = [&](int cell, Quad16 more) {
    const std::uint64_t own = std::uint64_t{1} << (cell % 64);
    touched_[cell / 64] |= own;
    std::uint8_t& color = colors_after_[cell];
    color = (with_breaks[cell / 64] & own) != 0 ? color : pixel.under;
    (Quad16::load(more_[cell]) + more).store(more_[cell]);
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
