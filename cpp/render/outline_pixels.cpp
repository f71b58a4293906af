#include "render/outline_pixels.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "render/quad16.hpp"

namespace plyo::render {

namespace {

// ---- SDL_gfx's clipping of a line to the window ----

enum Side : int { kLeft = 1, kRight = 2, kAbove = 4, kBelow = 8 };

int sides_outside(std::int32_t x, std::int32_t y) {
  return (x < 0 ? kLeft : (x > kWindowWidth - 1 ? kRight : 0)) |
         (y < 0 ? kAbove : (y > kWindowHeight - 1 ? kBelow : 0));
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
      const std::int32_t edge = (first & kLeft) != 0 ? 0 : kWindowWidth - 1;
      y1 = static_cast<std::int16_t>(y1 + static_cast<std::int32_t>(static_cast<float>(edge - x1) * slope));
      x1 = edge;
    } else {
      const std::int32_t edge = (first & kBelow) != 0 ? kWindowHeight - 1 : 0;
      if (x2 != x1) {
        x1 = static_cast<std::int16_t>(x1 + static_cast<std::int32_t>(static_cast<float>(edge - y1) / slope));
      }
      y1 = edge;
    }
  }
  return false;
}

// Of the two pixels that a place between them lies in, in 65536ths: the share of the second, in 256ths.
constexpr int share_of(std::int32_t place) { return place >> 8 & 255; }
// The alpha of a share: 255 times it, in 256ths, rounded down.
constexpr int alpha_of(int share) { return share > 0 ? share - 1 : 0; }

}  // namespace

// Takes the pixels of a line, but for those under its covers: spans in all of its rows that are painted later.
template <int kCovers>
class OutlinePixels::Pen {
 public:
  // Pixels that are tried together: two in each of so many rows, which follow each other.
  static constexpr int kBlock = 16;
  struct Block {
    int row;  // the first
    std::int16_t x[2][kBlock], alphas[2][kBlock];
  };

  // Writes to `out`, and counts the pixels of each row.
  Pen(OutlinePixel* out, std::uint32_t* counts, std::uint32_t polygon, const std::int16_t* numbers,
      const Span* const (&covers)[2])
      : out_(out), counts_(counts), paint_(polygon << 8) {
    for (int i = 0; i < kCovers; ++i) {
      begins_[i] = numbers + covers[i]->begin;
      ends_[i] = numbers + covers[i]->end;
    }
  }

  void put(int row, int x, int alpha) {
    bool is_seen = alpha != 0;
    for (int i = 0; i < kCovers; ++i) is_seen = is_seen && (x < begins_[i][row] || x >= ends_[i][row]);
    if (is_seen) write_one(row, x, alpha);
  }
  // The pixels of the first `count` rows of a block.
  void put_block(const Block& block, int count) {
    std::uint32_t rest[2];
    for (int which = 0; which < 2; ++which) {
      std::int16_t seen[kBlock];
      std::memcpy(seen, block.alphas[which], sizeof(seen));
      for (int i = 0; i < kCovers; ++i) {
        const std::int16_t* const begins = begins_[i] + block.row;
        const std::int16_t* const ends = ends_[i] + block.row;
        for (int k = 0; k < kBlock; ++k) {
          const bool is_out = (block.x[which][k] < begins[k]) | (block.x[which][k] >= ends[k]);
          seen[k] = is_out ? seen[k] : std::int16_t{0};
        }
      }
      rest[which] = nonzero_of(seen) & ((1U << count) - 1);
    }
    const std::int16_t *const x = block.x[0], *const alphas = block.alphas[0];
    for (std::uint32_t bits = rest[0] | rest[1] << kBlock; bits != 0; bits &= bits - 1) {
      const int k = std::countr_zero(bits);
      write_one(block.row + k % kBlock, x[k], alphas[k]);
    }
  }
  // Pixels of one row from x on, `count` of them with a step of -1 or 1, between `left` and `right`; their shares
  // begin with that of `place`.
  template <bool kIsSecond>
  void put_run(int row, int x, int step, int count, int left, int right, std::int32_t place,
               std::int32_t slope) {
    int begin = 0, end = 0;
    for (int i = kCovers; i-- > 0;) {
      begin = begins_[i][row];
      end = ends_[i][row];
      if (begin <= left && right < end) return;
    }
    // the first and the last ones may lie beside the cover
    const OutlinePixel* const before = out_;
    const int first = std::clamp(step > 0 ? begin - x : x - end + 1, 0, count);
    const int last = std::clamp(step > 0 ? end - x : x - begin + 1, first, count);
    const auto write_some = [&](int from, int to) {
      for (int i = from; i < to; ++i) {
        const int share = share_of(place + i * slope), alpha = alpha_of(kIsSecond ? share : 255 - share);
        write(row, x + i * step, alpha);
        out_ -= alpha == 0 ? 1 : 0;
      }
    };
    write_some(0, first);
    write_some(last, count);
    counts_[row] += static_cast<std::uint32_t>(out_ - before);
  }
  OutlinePixel* out() const { return out_; }

 private:
  void write(int row, int x, int alpha) {
    *out_++ = {static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(x),
               paint_ | static_cast<std::uint32_t>(alpha)};
  }

  void write_one(int row, int x, int alpha) {
    write(row, x, alpha);
    ++counts_[row];
  }

  OutlinePixel* out_;
  std::uint32_t* counts_;
  std::uint32_t paint_;
  const std::int16_t *begins_[2] = {}, *ends_[2] = {};
};

void OutlinePixels::begin(const WindowRows& rows) {
  rows_ = rows;
  outlines_.clear();
}

void OutlinePixels::draw(const PolygonSpans& spans) {
  count_ = 0;
  std::memset(starts_, 0, sizeof(starts_));
  for (std::size_t i = 0; i < outlines_.size(); ++i) draw_outline(i, spans.spans().data(), spans.numbers());
  sort();
}

// The span of a polygon soon after this one that has the same side: it covers most of the side's outer pixels.
const Span* OutlinePixels::find_neighbour(std::size_t outline, int side, const Span* spans) const {
  constexpr std::size_t kNear = 2;  // tiles of a road may have their kerbs between them
  const Corners& own = outlines_[outline].corners;
  const int end = side + 1 < own.count ? side + 1 : 0;
  for (std::size_t i = outline + 1; i <= outline + kNear && i < outlines_.size(); ++i) {
    const Corners& other = outlines_[i].corners;
    if (outlines_[i].span == kNoSpan) continue;
    for (int k = 0; k < other.count; ++k) {
      const int next = k + 1 < other.count ? k + 1 : 0;
      if (other.x[k] == own.x[end] && other.y[k] == own.y[end] && other.x[next] == own.x[side] &&
          other.y[next] == own.y[side]) {
        return spans + outlines_[i].span;
      }
    }
  }
  return nullptr;
}

void OutlinePixels::draw_outline(std::size_t index, const Span* spans, const std::int16_t* numbers) {
  const auto& [corners, polygon, span] = outlines_[index];
  for (int i = 0; i < corners.count; ++i) {
    const int next = i + 1 < corners.count ? i + 1 : 0;
    Line line;
    if (!make_line(corners.x[i], corners.y[i], corners.x[next], corners.y[next], line)) continue;
    const int low = std::max(line.low, rows_.low()), high = std::min(line.high, rows_.high());
    if (low > high) continue;
    const int first = std::min(rows_.row_of(low), rows_.row_of(high)), last = first + high - low;
    const Span* covers[2] = {};
    int num_covers = 0;
    for (const Span* cover : {span == kNoSpan ? nullptr : spans + span, find_neighbour(index, i, spans)}) {
      if (cover != nullptr && cover->first <= first && last <= cover->last) covers[num_covers++] = cover;
    }
    // each step has at most two pixels
    const std::size_t most = count_ + 2 * static_cast<std::size_t>(line.steps) + 4;
    if (most > pixels_.size()) pixels_.resize(2 * most);
    OutlinePixel* const out = pixels_.data() + count_;
    std::uint32_t* const counts = starts_ + 1;
    switch (num_covers) {
      case 0:
        draw_line(line, Pen<0>(out, counts, polygon, numbers, covers));
        break;
      case 1:
        draw_line(line, Pen<1>(out, counts, polygon, numbers, covers));
        break;
      default:
        draw_line(line, Pen<2>(out, counts, polygon, numbers, covers));
        break;
    }
  }
}

bool OutlinePixels::make_line(std::int32_t x1, std::int32_t y1, std::int32_t x2, std::int32_t y2,
                              Line& line) {
  if (!clip_line(x1, y1, x2, y2)) return false;
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
  line.steps = std::max(width, height);
  line.slope = 0;
  if (width == 0) {
    line.kind = Line::Kind::kUpright;
  } else if (height == 0) {
    line.kind = Line::Kind::kLevel;
    line.x = std::min(x1, x2);
  } else if (height > width) {
    line.kind = Line::Kind::kSteep;
    line.slope = (width << 16) / height;
  } else {
    line.kind = Line::Kind::kFlat;
    line.slope = (height << 16) / width;
  }
  return true;
}

template <class AnyPen>
void OutlinePixels::draw_line(const Line& line, AnyPen pen) {
  if (line.kind == Line::Kind::kUpright) {
    const int from = std::max(line.low, rows_.low()), to = std::min(line.high, rows_.high());
    for (int y = from; y <= to; ++y) pen.put(rows_.row_of(y), line.x, 255);
  } else if (line.kind == Line::Kind::kLevel) {
    for (int x = line.x; x <= line.x + line.steps; ++x) pen.put(rows_.row_of(line.y), x, 255);
  } else {
    const int solid = rows_.row_of(line.solid_y);
    if (rows_.has(solid)) pen.put(solid, line.solid_x, 255);
    pen = line.kind == Line::Kind::kSteep ? draw_steep(line, pen) : draw_flat(line, pen);
  }
  count_ = static_cast<std::size_t>(pen.out() - pixels_.data());
}

// Downwards in the window, row by row.
template <class AnyPen>
AnyPen OutlinePixels::draw_steep(const Line& line, AnyPen pen) const {
  const int low = std::max(1, rows_.low() - line.y);
  const int high = std::min(line.steps - 1, rows_.high() - line.y);
  const int start = rows_.flipped ? high : low, slope = rows_.flipped ? -line.slope : line.slope;
  std::int32_t place = start * line.slope;
  int row = rows_.row_of(line.y + start);
  typename AnyPen::Block block;
  for (int count = high - low + 1; count > 0; count -= AnyPen::kBlock) {
    block.row = row;
    for (int k = 0; k < AnyPen::kBlock; ++k) {
      const std::int32_t here = place + k * slope;
      const auto across = static_cast<std::int16_t>(here >> 16),
                 share = static_cast<std::int16_t>(share_of(here));
      const auto x = static_cast<std::int16_t>(line.x + line.x_step * across);
      block.x[0][k] = x;
      block.x[1][k] = static_cast<std::int16_t>(x + line.x_step);
      block.alphas[0][k] = static_cast<std::int16_t>(alpha_of(255 - share));
      block.alphas[1][k] = static_cast<std::int16_t>(alpha_of(share));
    }
    pen.put_block(block, std::min(count, AnyPen::kBlock));
    place += AnyPen::kBlock * slope;
    row += AnyPen::kBlock;
  }
  return pen;
}

// The steps between two rows have their first pixels in the one and the second ones in the other.
template <class AnyPen>
AnyPen OutlinePixels::draw_flat(const Line& line, AnyPen pen) const {
  const std::int32_t slope = line.slope;
  const int way = rows_.flipped ? -1 : 1, start = rows_.row_of(line.y), last = line.steps - 1;
  const int from = std::max(0, rows_.low() - 1 - line.y), to = rows_.high() - line.y;
  int step = std::max(1, ((from << 16) + slope - 1) / slope);
  for (int rise = from; rise <= to && step <= last; ++rise) {
    const int end = std::min(last, (((rise + 1) << 16) - 1) / slope) + 1, count = end - step;
    const int x = line.x + line.x_step * step, far = x + line.x_step * (count - 1);
    const int left = line.x_step > 0 ? x : far, right = line.x_step > 0 ? far : x;
    const int row = start + way * rise;
    if (rows_.has(row)) {
      pen.template put_run<false>(row, x, line.x_step, count, left, right, step * slope, slope);
    }
    if (rows_.has(row + way)) {
      pen.template put_run<true>(row + way, x, line.x_step, count, left, right, step * slope, slope);
    }
    step = end;
  }
  return pen;
}

// By counting: starts_[row + 1] is the number of pixels of a row before, and where those of the next row begin after.
void OutlinePixels::sort() {
  if (sorted_.size() < count_) sorted_.resize(pixels_.size());
  for (int row = rows_.top + 1; row <= rows_.bottom + 1; ++row) starts_[row] += starts_[row - 1];
  // starts_[row] moves to the end of the row, which is where the next one starts
  OutlinePixel* const sorted = sorted_.data();
  const OutlinePixel *const first = pixels_.data(), *const last = first + count_;
  for (const OutlinePixel* pixel = first; pixel != last; ++pixel) sorted[starts_[pixel->row]++] = *pixel;
  for (int row = rows_.bottom + 1; row > rows_.top; --row) starts_[row] = starts_[row - 1];
  starts_[rows_.top] = 0;
}

}  // namespace plyo::render
