// The tools of a scene: colours, points, transforms, pixel art, and the concept `Canvas`.
//
// Coordinates are doubles on the reference surface, the window that a task's picture was designed for, in its
// pixels: x to the right, y down from the top edge, or up from the bottom edge after `y_up(true)`. The canvas
// scales them to the size of the picture.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "core/math.hpp"
#include "core/text.hpp"

namespace plyo::render {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  friend constexpr bool operator==(const Color&, const Color&) = default;
};
inline constexpr Color kBlack{0, 0, 0};
inline constexpr Color kWhite{255, 255, 255};

// Without an initial value, so that an array of points costs nothing.
struct Point {
  double x, y;
};

struct Size {
  int width = 0, height = 0;
  friend constexpr bool operator==(const Size&, const Size&) = default;
};

// The map (x, y) -> (xx x + xy y + x0, yx x + yy y + y0).
struct Affine {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;

  constexpr Point operator()(Point p) const { return {xx * p.x + xy * p.y + x0, yx * p.x + yy * p.y + y0}; }
};

// First `inner`, then `outer`.
constexpr Affine operator*(const Affine& outer, const Affine& inner) {
  return {outer.xx * inner.xx + outer.xy * inner.yx,
          outer.xx * inner.xy + outer.xy * inner.yy,
          outer.xx * inner.x0 + outer.xy * inner.y0 + outer.x0,
          outer.yx * inner.xx + outer.yy * inner.yx,
          outer.yx * inner.xy + outer.yy * inner.yy,
          outer.yx * inner.x0 + outer.yy * inner.y0 + outer.y0};
}

// A shift; a scaling of both axes; a turn by an angle in radians from x towards y; the last and then a shift.
constexpr Affine translation(double x, double y) { return {1, 0, x, 0, 1, y}; }
constexpr Affine scaling(double x, double y) { return {x, 0, 0, 0, y, 0}; }
constexpr Affine rotation(double angle) {
  const math::SinCos turn = math::sincos(angle);
  return {turn.cos, -turn.sin, 0, turn.sin, turn.cos, 0};
}
constexpr Affine placement(double angle, double x, double y) {
  const math::SinCos turn = math::sincos(angle);
  return {turn.cos, -turn.sin, x, turn.sin, turn.cos, y};
}

// How exact a picture is. kGym looks like Gymnasium's: vertices and centres are cut to whole pixels of the
// reference surface and shapes are half a pixel larger on every side. kSmooth draws exact coordinates.
enum class Style : std::uint8_t { kGym, kSmooth };

// Where the x of a text lies: at its left edge, its middle or its right edge.
enum class Align : std::uint8_t { kLeft, kCenter, kRight };

// Glyphs of 3 x 5 or 5 x 7 square cells with one empty column between them. Both have the printable ASCII
// characters; the small one draws lower-case letters as capitals. Other characters are drawn as a box.
enum class Font : std::uint8_t { k3x5, k5x7 };

// How an image is scaled: by the pixel under each centre, or by the mean over each pixel's area.
enum class Filter : std::uint8_t { kNearest, kArea };

// Pixel art: `height` rows of `width` characters without separators. 'a' to 'z' are the palette's colours,
// every other character ('.' by habit) is transparent. At most 255 x 255 cells.
struct CellArt {
  int width = 0, height = 0;
  const char* cells = nullptr;
  const Color* palette = nullptr;
};

// The art in a string literal whose rows are `width` characters long; a wrong length does not compile.
template <int kWidth, std::size_t kSize>
constexpr CellArt cell_art(const char (&cells)[kSize], const Color* palette) {
  static_assert(kWidth > 0 && kWidth <= 255 && (kSize - 1) % kWidth == 0 && (kSize - 1) / kWidth <= 255,
                "cell art needs whole rows of at most 255 cells, and at most 255 rows");
  return {kWidth, static_cast<int>((kSize - 1) / kWidth), cells, palette};
}

// The width of a text in the units of its height.
constexpr double text_width(Text text, double height, Font font = Font::k5x7) {
  const double columns = font == Font::k3x5 ? 4 : 6;
  const double rows = font == Font::k3x5 ? 5 : 7;
  return text.empty() ? 0.0 : (columns * static_cast<double>(text.size()) - 1) * (height / rows);
}

// A polygon or polyline has at most this many points; those beyond are left out.
inline constexpr int kMaxPoints = 256;
// The most transforms that can be pushed; more have no effect, nor has a `pop` without a `push`.
inline constexpr int kMaxDepth = 16;

// The functions that a scene may call. Every canvas takes any number: a shape without extent, or with a
// coordinate that is NaN or infinite, is not drawn. Parts outside the surface are cut off. Alpha is 0
// (nothing) to 255 (opaque). No function throws, and only a growing list allocates.
//
//   style()    kGym or kSmooth
//   size()     the reference surface in pixels
//   y_up(on)   y from here on: up from the bottom edge, or down from the top edge (at first)
//   push(map)  coordinates from here on go through `map` first, then through the maps pushed before
//   pop()      undoes the last push
//   clip(x, y, width, height), unclip()
//              draws nothing outside the rectangle, which replaces the last one; its edges are rounded to
//              pixels of the picture. `clear` is not clipped
//
//   clear(color)
//              the whole picture
//   rect(x, y, width, height, color, alpha = 255)
//              exactly [x, x + width] x [y, y + height] in both styles; negative extents count from the
//              other side
//   polygon(points, n, color, alpha = 255)
//              filled (non-zero winding). kGym: vertices truncated to integers, moved to the pixel's middle,
//              and the shape grown by half a pixel, as gfxdraw's aapolygon and filled_polygon together
//   outline(points, n, width, color, closed)
//              a polyline through all points, not truncated. kGym: an integer is the middle of a pixel, and
//              the width is measured along an axis, as in pygame's aalines
//   line(from, to, width, color)
//              kGym: ends truncated, in the middle of a pixel and included, as gfxdraw's hline and vline;
//              kSmooth: flat ends at the points
//   circle(center, radius, color, alpha = 255)
//              a disc. kGym: centre and radius truncated, then centre + 0.5 and radius + 0.5, as aacircle
//              and filled_circle together
//   arc(center, radius, from, to, width, color)
//              part of a ring between two angles in radians, from x towards y, flat ends; exact in both
//              styles
//   cells(art, x, y, cell_size)
//              pixel art, its top left corner at (x, y), upright for both directions of y; exact in both
//              styles
//   text(text, x, y, height, align, color, font = Font::k5x7)
//              one line of glyphs, `height` tall, its top edge at y, upright for both directions of y
//   image(pixels, columns, rows, x, y, width, height, filter)
//              RGB bytes, row by row, filling the rectangle whose top left corner is (x, y), upright
//              for both directions of y. Under a turning transform it fills the bounding box
//
// Lines of every kind are at least one pixel wide in a picture of any size; in kGym oblique lines are so
// along an axis.
template <class T>
concept Canvas = requires(T& canvas, const T& same, double x, Point p, const Point* points, int n,
                          Color color, const CellArt& art, Text text, const std::uint8_t* pixels,
                          const Affine& map, bool on, Align align, Font font, Filter filter) {
  { same.style() } -> std::same_as<Style>;
  { same.size() } -> std::same_as<Size>;
  canvas.y_up(on);
  canvas.push(map);
  canvas.pop();
  canvas.clip(x, x, x, x);
  canvas.unclip();
  canvas.clear(color);
  canvas.rect(x, x, x, x, color);
  canvas.rect(x, x, x, x, color, n);
  canvas.polygon(points, n, color);
  canvas.polygon(points, n, color, n);
  canvas.outline(points, n, x, color, on);
  canvas.line(p, p, x, color);
  canvas.circle(p, x, color);
  canvas.circle(p, x, color, n);
  canvas.arc(p, x, x, x, x, color);
  canvas.cells(art, x, x, x);
  canvas.text(text, x, x, x, align, color);
  canvas.text(text, x, x, x, align, color, font);
  canvas.image(pixels, n, n, x, x, x, x, filter);
};

// Takes everything and draws nothing: to compile a scene, or to time one without its drawing.
class Null {
 public:
  constexpr explicit Null(Size size, Style style = Style::kGym) : size_(size), style_(style) {}

  constexpr Style style() const { return style_; }
  constexpr Size size() const { return size_; }
  constexpr void y_up(bool) {}
  constexpr void push(const Affine&) {}
  constexpr void pop() {}
  constexpr void clip(double, double, double, double) {}
  constexpr void unclip() {}
  constexpr void clear(Color) {}
  constexpr void rect(double, double, double, double, Color, int = 255) {}
  constexpr void polygon(const Point*, int, Color, int = 255) {}
  constexpr void outline(const Point*, int, double, Color, bool) {}
  constexpr void line(Point, Point, double, Color) {}
  constexpr void circle(Point, double, Color, int = 255) {}
  constexpr void arc(Point, double, double, double, double, Color) {}
  constexpr void cells(const CellArt&, double, double, double) {}
  constexpr void text(Text, double, double, double, Align, Color, Font = Font::k5x7) {}
  constexpr void image(const std::uint8_t*, int, int, double, double, double, double, Filter) {}

 private:
  Size size_;
  Style style_;
};
static_assert(Canvas<Null>);

}  // namespace plyo::render
