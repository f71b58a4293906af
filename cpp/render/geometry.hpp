// From shapes to loops of edges: shapes grown by half a pixel, shapes with a width, round shapes.
#pragma once

#include <cstdint>

#include "render/canvas.hpp"

namespace plyo::render {

// A coordinate as gfxdraw takes it: truncated, and moved to the middle of its pixel. One that lies in the
// middle of a pixel stays, so that a shape can be cut twice.
constexpr double cut(double x) {
  const double whole = math::trunc(x);
  return whole + (x - whole == -0.5 ? -0.5 : 0.5);
}
constexpr Point cut(Point p) { return {cut(p.x), cut(p.y)}; }

constexpr double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
constexpr double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }

// The pushed transforms, their product, and the direction of y.
class Transforms {
 public:
  explicit Transforms(Size surface) : surface_(surface) {}

  void push(const Affine& map) {
    if (depth_ < kMaxDepth) stack_[depth_] = map_;
    if (depth_ < kMaxDepth) map_ = map_ * map;
    ++depth_;
  }
  void pop() {
    if (depth_ == 0) return;
    --depth_;
    if (depth_ < kMaxDepth) map_ = stack_[depth_];
  }
  void y_up(bool on) { up_ = on; }
  bool up() const { return up_; }

  // From a scene's coordinates to those of the surface, y as the scene has it; from there to y down.
  Point on_surface(Point p) const { return map_(p); }
  Point down(Point p) const { return {p.x, up_ ? surface_.height - p.y : p.y}; }
  // The linear part, applied to a difference of points.
  Point turned(Point d) const { return {map_.xx * d.x + map_.xy * d.y, map_.yx * d.x + map_.yy * d.y}; }
  // The factor of lengths: the root of the factor of areas.
  double scale() const { return math::sqrt(math::abs(map_.xx * map_.yy - map_.xy * map_.yx)); }

 private:
  Size surface_;
  bool up_ = false;
  int depth_ = 0;
  Affine map_;
  Affine stack_[kMaxDepth];
};

// The place of an upright rectangle of rows and columns on the surface, y down: its corners, and the turn of
// its picture. With `transposed` its rows run down; the mirrors apply after that.
struct Placement {
  Point low, high;
  bool transposed = false, mirrored_x = false, mirrored_y = false;
};
Placement place(const Transforms& transforms, double x, double y, double width, double height);

// Whether the four corners of a rectangle, one after the other, still have sides along the axes, to a
// thousandth of a pixel (a quarter turn's cosine is not quite 0).
constexpr bool is_upright(const Point* corners) {
  const auto near = [](double a, double b) { return math::abs(a - b) < 1e-3; };
  return (near(corners[0].y, corners[1].y) && near(corners[0].x, corners[3].x)) ||
         (near(corners[0].x, corners[1].x) && near(corners[0].y, corners[3].y));
}

// The corners of a polygon grown by half a pixel on every side, corners cut off where they are sharp. Returns
// how many: at most 3 n.
int grow_polygon(const Point* points, int n, Point* grown);

// The points around a circle, a power of two up to kMaxCircle, that keep its edge within a tenth of a pixel
// (to a radius of 250).
inline constexpr int kMaxCircle = 128;
int circle_points(double radius_in_pixels);
// Point i of n around a circle of radius 1, from x towards y, a little outside so that the polygon has the
// circle's area.
Point circle_point(int i, int n);

// The loop around a part of a ring: at most kMaxArc points. Returns how many.
inline constexpr int kMaxArc = 2 * (kMaxCircle + 1);
int arc_polygon(Point center, double inner, double outer, double from, double to, double radius_in_pixels,
                Point* points);

}  // namespace plyo::render
