// The canvas that paints pixels.
#pragma once

#include <string_view>

#include "render/canvas.hpp"
#include "render/coverage.hpp"
#include "render/frame.hpp"
#include "render/geometry.hpp"

namespace plyo::render {

// Paints a reference surface at the size of a frame. Equal calls give equal bytes in every layout, on every
// machine; a grey frame holds the grey of the colours of the same colour frame. A grey frame starts with
// `clear`. Only the constructor allocates: the scratch's colours, for a grey frame larger than those before
// (std::bad_alloc).
class Raster {
 public:
  Raster(const Frame& frame, Size surface, Style style, Scratch& scratch);

  Style style() const { return style_; }
  Size size() const { return surface_size_; }
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
  // From the surface, y as the scene has it, to pixels of the frame.
  Point on_frame(Point p) const {
    const Point q = transforms_.down(p);
    return {q.x * scale_x_, q.y * scale_y_};
  }
  // Adds a loop through points of the surface; false, and nothing added, if a point is not a position.
  bool add_loop(const Point* points, int n);
  // Paints a polyline of a width; both on the surface.
  void stroke(const Point* points, int n, double width, bool closed, Color color);
  void fill(Color color, int alpha);

  Surface surface_;
  Size surface_size_;
  Style style_;
  Scratch& scratch_;
  double scale_x_, scale_y_;
  Box all_, clip_;
  Transforms transforms_;
};
static_assert(Canvas<Raster>);

}  // namespace plyo::render
