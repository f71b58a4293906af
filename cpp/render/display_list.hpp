// A picture as a list of drawing calls, small enough to send for every step: CartPole takes 80 bytes.
//
// The format, version 1. Numbers are little-endian. A coordinate is an int16 in 1/8 pixel of the reference
// surface, x to the right and y down, all transforms applied; points further out than 4095 pixels are moved
// there. A length is a uint16 in 1/8 pixel. A colour is three bytes, red, green, blue. A box is the
// coordinates left, top, right, bottom.
//
//   header    version u8 = 1, style u8 (0 gym, 1 smooth), width u16, height u16
//   0 end     the last byte of every list
//   1 clear   colour
//   2 rect    colour, alpha u8, box
//   3 polygon colour, alpha u8, n - 1 u8, n points
//   4 outline colour, closed u8, width, n - 1 u8, n points
//   5 line    colour, width, from, to
//   6 circle  colour, alpha u8, centre, radius
//   7 arc     colour, centre, radius, width, from u16 in 1/65536 turn, sweep i16 in 1/16384 turn
//   8 cells   box, turn u8, columns u8, rows u8, colours u8, the colours, runs: (length - 1) << 5 | cell;
//             cell 0 is transparent and cell k the colour k - 1
//   9 text    colour, font u8 (0 3x5, 1 5x7), box, turn u8, length u16, the characters
//  10 image   box, turn u8, filter u8 (0 nearest, 1 area), columns u16, rows u16, red, green, blue of each
//             pixel
//  11 clip    box
//  12 unclip
//
// A turn is 1 if rows run down, plus 2 if the box is then mirrored left to right, plus 4 if top to bottom. In
// style gym, points of polygons, lines and circles are in the middle of pixels and radii are whole, so a
// replay cuts them no further.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/canvas.hpp"
#include "render/geometry.hpp"

namespace plyo::render {

inline constexpr std::uint8_t kListVersion = 1;

enum class ListOp : std::uint8_t {
  kEnd,
  kClear,
  kRect,
  kPolygon,
  kOutline,
  kLine,
  kCircle,
  kArc,
  kCells,
  kText,
  kImage,
  kClip,
  kUnclip,
};

// The canvas that writes a list. It allocates as the list grows (std::bad_alloc); `restart` keeps the memory.
// Circles and arcs under a transform that stretches get its mean scale.
class DisplayList {
 public:
  explicit DisplayList(Size surface, Style style = Style::kGym) : transforms_(surface) {
    restart(surface, style);
  }

  void restart(Size surface, Style style);
  // The list so far, as a whole list.
  std::span<const std::uint8_t> bytes() const { return bytes_; }

  Style style() const { return style_; }
  Size size() const { return surface_; }
  void y_up(bool on) { transforms_.y_up(on); }
  void push(const Affine& map) { transforms_.push(map); }
  void pop() { transforms_.pop(); }
  void clip(double x, double y, double width, double height);
  void unclip();

  void clear(Color color);
  void rect(double x, double y, double width, double height, Color color, int alpha = 255);
  void polygon(const Point* points, int n, Color color, int alpha = 255);
  void outline(const Point* points, int n, double width, Color color, bool closed);
  void line(Point from, Point to, double width, Color color);
  void circle(Point center, double radius, Color color, int alpha = 255);
  void arc(Point center, double radius, double from, double to, double width, Color color);
  void cells(const CellArt& art, double x, double y, double cell_size);
  void text(Text text, double x, double y, double height, Align align, Color color, Font font = Font::k5x7);
  void image(const std::uint8_t* pixels, int columns, int rows, double x, double y, double width,
             double height, Filter filter);

 private:
  // Opens an entry in place of the end; `close` puts the end back.
  void open(ListOp op) { bytes_.back() = static_cast<std::uint8_t>(op); }
  void close() { bytes_.push_back(static_cast<std::uint8_t>(ListOp::kEnd)); }
  void byte(int value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void word(int value);
  void color(Color value);
  void length(double value);
  void point(Point p);
  void box(const Placement& placed);
  void turn(const Placement& placed);

  Size surface_;
  Style style_ = Style::kGym;
  Transforms transforms_;
  std::vector<std::uint8_t> bytes_;
};
static_assert(Canvas<DisplayList>);

// The contents of a list's header.
struct ListHeader {
  Style style = Style::kGym;
  Size size;
};

// Reads numbers from bytes and notices the end of the bytes.
class ListReader {
 public:
  explicit ListReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return at_ == bytes_.size(); }
  int byte() { return take(1) ? bytes_[at_ - 1] : 0; }
  int word() { return take(2) ? bytes_[at_ - 2] | bytes_[at_ - 1] << 8 : 0; }
  int signed_word() { return static_cast<std::int16_t>(word()); }
  double coordinate() { return signed_word() / 8.0; }
  double length() { return word() / 8.0; }
  Color color() {
    const bool there = take(3);
    return there ? Color{bytes_[at_ - 3], bytes_[at_ - 2], bytes_[at_ - 1]} : Color{};
  }
  Point point() {
    const double x = coordinate();
    return {x, coordinate()};
  }
  // The next `n` bytes, or null.
  const std::uint8_t* block(std::size_t n) { return take(n) ? bytes_.data() + at_ - n : nullptr; }

 private:
  bool take(std::size_t n) {
    failed_ = failed_ || n > bytes_.size() - at_;
    if (!failed_) at_ += n;
    return !failed_;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// Reads a list's header; returns null, or the fault in it.
const char* read_header(ListReader& reader, ListHeader& header);

// The map of a grid of columns and rows into a box that is turned as a list says.
Affine turned_box(Point low, Point high, int turn, double columns, double rows);

namespace detail {

inline constexpr const char* kListTruncated = "the display list is truncated";

// Pixel art, text and images, which are mapped into a box.
template <class C>
const char* play_grid(ListReader& reader, ListOp op, C& canvas) {
  const Color ink = op == ListOp::kText ? reader.color() : Color{};
  const int font = op == ListOp::kText ? reader.byte() : 0;
  const Point low = reader.point();
  const Point high = reader.point();
  const int turn = reader.byte();
  if (turn > 7 || font > 1) return "the display list has an unknown turn or font";
  if (op == ListOp::kText) {
    const int size = reader.word();
    const std::uint8_t* letters = reader.block(static_cast<std::size_t>(size));
    if (letters == nullptr) return kListTruncated;
    const std::string text(letters, letters + size);
    const double rows = font == 0 ? 5 : 7;
    const Font kind = font == 0 ? Font::k3x5 : Font::k5x7;
    canvas.push(turned_box(low, high, turn, text_width(text, rows, kind), rows));
    canvas.text(text, 0, 0, rows, Align::kLeft, ink, kind);
  } else if (op == ListOp::kImage) {
    const int filter = reader.byte();
    const int columns = reader.word();
    const int rows = reader.word();
    if (filter > 1) return "the display list has an unknown filter";
    const std::uint8_t* pixels =
        reader.block(std::size_t{3} * static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    if (pixels == nullptr) return kListTruncated;
    canvas.push(turned_box(low, high, turn, columns, rows));
    canvas.image(pixels, columns, rows, 0, 0, columns, rows, filter == 0 ? Filter::kNearest : Filter::kArea);
  } else {
    const int columns = reader.byte();
    const int rows = reader.byte();
    const int colors = reader.byte();
    if (colors > 26) return "the display list has pixel art of more than 26 colours";
    Color palette[26];
    for (int i = 0; i < colors; ++i) palette[i] = reader.color();
    std::string cells;
    const std::size_t size = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    while (cells.size() < size && !reader.failed()) {
      const int run = reader.byte();
      const int cell = run & 31;
      if (cell > colors) return "the display list has pixel art with a colour outside its palette";
      cells.append(static_cast<std::size_t>(run >> 5) + 1,
                   static_cast<char>(cell == 0 ? '.' : 'a' + cell - 1));
    }
    if (reader.failed()) return kListTruncated;
    if (cells.size() != size) return "the display list has pixel art with cells to spare";
    canvas.push(turned_box(low, high, turn, columns, rows));
    canvas.cells({columns, rows, cells.data(), palette}, 0, 0, 1);
  }
  canvas.pop();
  return nullptr;
}

// Polygons and outlines.
template <class C>
const char* play_points(ListReader& reader, ListOp op, C& canvas) {
  const Color color = reader.color();
  const int alpha_or_closed = reader.byte();
  const double width = op == ListOp::kOutline ? reader.length() : 0;
  const int n = reader.byte() + 1;
  Point points[kMaxPoints];
  for (int i = 0; i < n; ++i) points[i] = reader.point();
  if (reader.failed()) return kListTruncated;
  if (op == ListOp::kOutline) {
    canvas.outline(points, n, width, color, alpha_or_closed != 0);
  } else {
    canvas.polygon(points, n, color, alpha_or_closed);
  }
  return nullptr;
}

// Entries of a few numbers. All are read before anything is drawn.
template <class C>
const char* play_shape(ListReader& reader, ListOp op, C& canvas) {
  const bool colored = op != ListOp::kClip && op != ListOp::kUnclip;
  const Color color = colored ? reader.color() : Color{};
  const int alpha = op == ListOp::kRect || op == ListOp::kCircle ? reader.byte() : 255;
  const double width = op == ListOp::kLine ? reader.length() : 0;
  const bool placed = op != ListOp::kClear && op != ListOp::kUnclip;
  const Point first = placed ? reader.point() : Point{};
  if (op == ListOp::kRect || op == ListOp::kClip || op == ListOp::kLine) {
    const Point second = reader.point();
    if (reader.failed()) return kListTruncated;
    const Point extent{second.x - first.x, second.y - first.y};
    if (op == ListOp::kRect) canvas.rect(first.x, first.y, extent.x, extent.y, color, alpha);
    if (op == ListOp::kClip) canvas.clip(first.x, first.y, extent.x, extent.y);
    if (op == ListOp::kLine) canvas.line(first, second, width, color);
    return nullptr;
  }
  const double radius = op == ListOp::kCircle || op == ListOp::kArc ? reader.length() : 0;
  if (op == ListOp::kArc) {
    const double ring = reader.length();
    const double from = reader.word() * (math::kTwoPi / 65536);
    const double sweep = reader.signed_word() * (math::kTwoPi / 16384);
    if (reader.failed()) return kListTruncated;
    canvas.arc(first, radius, from, from + sweep, ring, color);
  }
  if (reader.failed()) return kListTruncated;
  if (op == ListOp::kCircle) canvas.circle(first, radius, color, alpha);
  if (op == ListOp::kClear) canvas.clear(color);
  if (op == ListOp::kUnclip) canvas.unclip();
  return nullptr;
}

}  // namespace detail

// Draws a list on a canvas of the surface and the style that its header names. Returns null, or the fault in
// the list; the entries before the fault have been drawn.
template <class C>
const char* play(std::span<const std::uint8_t> bytes, C& canvas) {
  ListReader reader(bytes);
  ListHeader header;
  if (const char* wrong = read_header(reader, header)) return wrong;
  canvas.y_up(false);
  while (true) {
    const auto op = static_cast<ListOp>(reader.byte());
    if (reader.failed()) return detail::kListTruncated;
    if (op > ListOp::kUnclip) return "the display list has an unknown entry";
    if (op == ListOp::kEnd) return reader.at_end() ? nullptr : "the display list goes on after its end";
    const bool grid = op == ListOp::kCells || op == ListOp::kText || op == ListOp::kImage;
    const bool points = op == ListOp::kPolygon || op == ListOp::kOutline;
    const char* wrong = grid     ? detail::play_grid(reader, op, canvas)
                        : points ? detail::play_points(reader, op, canvas)
                                 : detail::play_shape(reader, op, canvas);
    if (wrong != nullptr) return wrong;
  }
}

}  // namespace plyo::render
