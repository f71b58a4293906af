#include "render/geometry.hpp"

#include <algorithm>
#include <array>

namespace plyo::render {

namespace {

// Unit vectors around the circle.
constexpr auto kUnit = [] {
  std::array<Point, kMaxCircle> points{};
  for (int i = 0; i < kMaxCircle; ++i) {
    const math::SinCos turn = math::sincos(i * (math::kTwoPi / kMaxCircle));
    points[static_cast<std::size_t>(i)] = {turn.cos, turn.sin};
  }
  return points;
}();

// The radius that gives a regular polygon of n corners the area of the unit circle.
constexpr double area_radius(int n) {
  const double angle = math::kTwoPi / n;
  return math::sqrt(angle / math::sin(angle));
}
constexpr double kAreaRadius[] = {area_radius(16), area_radius(32), area_radius(64), area_radius(128)};

}  // namespace

Placement place(const Transforms& transforms, double x, double y, double width, double height) {
  const double down = transforms.up() ? -height : height;
  const Point corner = transforms.down(transforms.on_surface({x, y}));
  const Point right = transforms.down(transforms.on_surface({x + width, y}));
  const Point below = transforms.down(transforms.on_surface({x, y + down}));
  const Point across{right.x - corner.x, right.y - corner.y};
  const Point along{below.x - corner.x, below.y - corner.y};
  const Point opposite{right.x + along.x, right.y + along.y};
  Placement result;
  result.low = {std::min({corner.x, right.x, below.x, opposite.x}),
                std::min({corner.y, right.y, below.y, opposite.y})};
  result.high = {std::max({corner.x, right.x, below.x, opposite.x}),
                 std::max({corner.y, right.y, below.y, opposite.y})};
  result.transposed = math::abs(across.y) > math::abs(across.x);
  result.mirrored_x = (result.transposed ? along.x : across.x) < 0;
  result.mirrored_y = (result.transposed ? across.y : along.y) < 0;
  return result;
}

int grow_polygon(const Point* points, int n, Point* grown) {
  // repeated corners have no direction
  Point corners[kMaxPoints];
  int count = 0;
  for (int i = 0; i < n; ++i) {
    if (count > 0 && corners[count - 1].x == points[i].x && corners[count - 1].y == points[i].y) continue;
    corners[count++] = points[i];
  }
  while (count > 1 && corners[count - 1].x == corners[0].x && corners[count - 1].y == corners[0].y) --count;
  if (count == 0) return 0;
  if (count == 1) {
    const Point p = corners[0];
    grown[0] = {p.x - 0.5, p.y - 0.5};
    grown[1] = {p.x + 0.5, p.y - 0.5};
    grown[2] = {p.x + 0.5, p.y + 0.5};
    grown[3] = {p.x - 0.5, p.y + 0.5};
    return 4;
  }
  double area = 0;
  for (int i = 0; i < count; ++i) area += cross(corners[i], corners[(i + 1) % count]);
  const double side = area < 0 ? -0.5 : 0.5;
  // outwards from each edge
  const auto outward = [&](int i) {
    const Point& a = corners[i];
    const Point& b = corners[(i + 1) % count];
    const Point d{b.x - a.x, b.y - a.y};
    const double factor = side / math::sqrt(dot(d, d));
    return Point{d.y * factor, -d.x * factor};
  };
  int size = 0;
  Point before = outward(count - 1);
  for (int i = 0; i < count; ++i) {
    const Point& p = corners[i];
    const Point after = outward(i);
    const double turn = cross(before, after) * side;
    const double together = dot(before, after);
    if (turn >= 0 && together >= -0.01) {
      // an outer corner of up to a right angle: where the two lines meet
      const double factor = 0.25 / (0.25 + together);
      grown[size++] = {p.x + (before.x + after.x) * factor, p.y + (before.y + after.y) * factor};
    } else {
      grown[size++] = {p.x + before.x, p.y + before.y};
      // an inner corner: through the corner itself, so that doubly wound areas stay inside
      if (turn < 0) grown[size++] = p;
      grown[size++] = {p.x + after.x, p.y + after.y};
    }
    before = after;
  }
  return size;
}

int circle_points(double radius_in_pixels) {
  return radius_in_pixels < 3 ? 16 : radius_in_pixels < 12 ? 32 : radius_in_pixels < 80 ? 64 : 128;
}

Point circle_point(int i, int n) {
  const double radius = kAreaRadius[n == 16 ? 0 : n == 32 ? 1 : n == 64 ? 2 : 3];
  const Point unit = kUnit[static_cast<std::size_t>(i) * static_cast<std::size_t>(kMaxCircle / n)];
  return {unit.x * radius, unit.y * radius};
}

int arc_polygon(Point center, double inner, double outer, double from, double to, double radius_in_pixels,
                Point* points) {
  const double sweep = math::clip(to - from, -math::kTwoPi, math::kTwoPi);
  const double parts = circle_points(radius_in_pixels) * math::abs(sweep) / math::kTwoPi;
  const int n = std::clamp(static_cast<int>(parts) + 1, 2, kMaxCircle);
  // a little larger, for the area of the ring
  const double step = math::max(math::abs(sweep) / n, 1e-6);
  const double larger = math::sqrt(step / math::sin(step));
  outer *= larger;
  inner *= larger;
  for (int i = 0; i <= n; ++i) {
    const math::SinCos turn = math::sincos(from + sweep * i / n);
    points[i] = {center.x + outer * turn.cos, center.y + outer * turn.sin};
    points[2 * n + 1 - i] = {center.x + inner * turn.cos, center.y + inner * turn.sin};
  }
  return 2 * n + 2;
}

}  // namespace plyo::render
