#include "render/raster.hpp"

#include <algorithm>

namespace plyo::render {

namespace {

// Half the width of a stroke across a segment, in pixels of the frame: the width on the surface, scaled with
// the segment's own direction, at least half a pixel. In Gymnasium's style the width is measured along the
// axis from which the segment is further away, as in pygame's lines, so oblique lines are thinner.
struct Across {
  Point half{};
  bool any = false;  // the segment has a direction
};
Across half_across(Point from, Point to, double width, double scale_x, double scale_y, Style style) {
  const Point d{to.x - from.x, to.y - from.y};
  const double length = math::sqrt(d.x * d.x + d.y * d.y);
  if (!(length > 0)) return {};
  const auto thinning = [style](Point along, double along_length) {
    return style == Style::kGym ? math::max(math::abs(along.x), math::abs(along.y)) / along_length : 1.0;
  };
  const double factor = 0.5 * width * thinning(d, length) / length;
  const Point half{-d.y * factor * scale_x, d.x * factor * scale_y};
  // the segment on the frame, and the distance of `half` from it
  const Point e{d.x * scale_x, d.y * scale_y};
  const double frame_length = math::sqrt(e.x * e.x + e.y * e.y);
  const double away = (e.x * half.y - e.y * half.x) / frame_length;
  const double least = 0.5 * thinning(e, frame_length);
  if (away >= least) return {half, true};
  return {{-least * e.y / frame_length, least * e.x / frame_length}, true};
}

Point sum(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point difference(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }

// A position that fixed-point numbers and their products can hold.
Point limited(Point p) {
  return {math::clip(p.x, -kFarthest, kFarthest), math::clip(p.y, -kFarthest, kFarthest)};
}

int alpha_part(int alpha) {
  const int limited_alpha = std::clamp(alpha, 0, 255);
  return limited_alpha + (limited_alpha >> 7);
}

// From a corner to the point where the sides of two segments meet, given half their widths.
Point mitre(Point before, Point after) {
  const double square = 0.5 * (dot(before, before) + dot(after, after));
  const double factor = square / (square + dot(before, after));
  return {(before.x + after.x) * factor, (before.y + after.y) * factor};
}

// Whether a corner is nearly straight: less than 18 degrees.
bool is_gentle(Point before, Point after) {
  return dot(before, after) > 0.95 * 0.5 * (dot(before, before) + dot(after, after));
}

// Fills the outer side of a corner between two segments: to a point, or cut off if it is sharper than 60
// degrees. All loops of a stroke go around in one sense.
constexpr int kJoinEdges = 4;
void add_join(Path& path, Point corner, Point before, Point after) {
  const double turn = cross(before, after);
  if (turn == 0) return;
  const Point a = turn < 0 ? before : Point{-after.x, -after.y};
  const Point b = turn < 0 ? after : Point{-before.x, -before.y};
  path.move_to(to_fixed(corner));
  path.line_to(to_fixed(sum(corner, a)));
  if (dot(a, b) > -0.25 * (dot(a, a) + dot(b, b))) path.line_to(to_fixed(sum(corner, mitre(a, b))));
  path.line_to(to_fixed(sum(corner, b)));
  path.close();
}

// Room for the colours of a grey frame.
std::uint8_t* shadow_of(const Frame& frame, Scratch& scratch) {
  if (frame.channels != 1 || frame.width <= 0 || frame.height <= 0) return nullptr;
  const std::size_t size =
      std::size_t{3} * static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height);
  if (scratch.shadow.size() < size) scratch.shadow.resize(size);
  return scratch.shadow.data();
}

}  // namespace

Raster::Raster(const Frame& frame, Size surface, Style style, Scratch& scratch)
    : surface_(frame, shadow_of(frame, scratch)),
      surface_size_(surface),
      style_(style),
      scratch_(scratch),
      scale_x_(surface.width > 0 ? static_cast<double>(frame.width) / surface.width : 0),
      scale_y_(surface.height > 0 ? static_cast<double>(frame.height) / surface.height : 0),
      all_{0, 0, frame.width, frame.height},
      clip_(all_),
      transforms_(surface) {}

void Raster::clip(double x, double y, double width, double height) {
  const Placement placed = place(transforms_, x, transforms_.up() ? y + height : y, width, height);
  clip_ = {};
  if (!is_finite(placed.low) || !is_finite(placed.high)) return;
  const auto pixel = [](double position) { return (to_fixed(position) + kFixedOne / 2) >> kFixedBits; };
  clip_ = intersect(all_, {pixel(placed.low.x * scale_x_), pixel(placed.low.y * scale_y_),
                           pixel(placed.high.x * scale_x_), pixel(placed.high.y * scale_y_)});
}

void Raster::unclip() { clip_ = all_; }

void Raster::clear(Color color) {
  if (!all_.empty()) surface_.clear(Paint(color));
}

bool Raster::add_loop(const Point* points, int n) {
  for (int i = 0; i < n; ++i) {
    if (!is_finite(points[i])) return false;
  }
  Path& path = scratch_.path;
  for (int i = 0; i < n; ++i) {
    const FixedPoint p = to_fixed(on_frame(limited(points[i])));
    if (i == 0) {
      path.move_to(p);
    } else {
      path.line_to(p);
    }
  }
  if (n > 0) path.close();
  return n > 0;
}

void Raster::fill(Color color, int alpha) {
  fill_path(surface_, scratch_, clip_, Paint(color), alpha_part(alpha));
}

void Raster::rect(double x, double y, double width, double height, Color color, int alpha) {
  const Point corners[4] = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
  Point placed[4];
  for (int i = 0; i < 4; ++i) {
    placed[i] = transforms_.on_surface(corners[i]);
    if (!is_finite(placed[i])) return;
  }
  if (!is_upright(placed)) return polygon(corners, 4, color, alpha);
  const FixedPoint a = to_fixed(on_frame(placed[0]));
  const FixedPoint b = to_fixed(on_frame(placed[2]));
  fill_box(surface_, {std::min(a.x, b.x), std::min(a.y, b.y)}, {std::max(a.x, b.x), std::max(a.y, b.y)},
           clip_, Paint(color), alpha_part(alpha));
}

void Raster::polygon(const Point* points, int n, Color color, int alpha) {
  n = std::min(n, kMaxPoints);
  Point placed[kMaxPoints];
  for (int i = 0; i < n; ++i) {
    placed[i] = transforms_.on_surface(points[i]);
    if (!is_finite(placed[i])) return;
    placed[i] = limited(placed[i]);
    if (style_ == Style::kGym) placed[i] = cut(placed[i]);
  }
  scratch_.path.clear();
  if (style_ == Style::kGym) {
    Point grown[3 * kMaxPoints];
    add_loop(grown, grow_polygon(placed, n, grown));
  } else {
    add_loop(placed, n);
  }
  fill(color, alpha);
}

void Raster::stroke(const Point* points, int n, double width, bool closed, Color color) {
  Path& path = scratch_.path;
  path.clear();
  // a strip continues while the corners are gentle: its points, and the way from them to its left side
  Point places[kMaxPoints + 1];
  Point sides[kMaxPoints + 1];
  int size = 0;
  const auto end_strip = [&] {
    for (int i = 0; i < size; ++i) {
      const FixedPoint p = to_fixed(sum(places[i], sides[i]));
      i == 0 ? path.move_to(p) : path.line_to(p);
    }
    while (size > 0) {
      --size;
      path.line_to(to_fixed(difference(places[size], sides[size])));
    }
    path.close();
  };
  Across first, before;
  Point corner{}, first_corner{};
  for (int i = 0; i < (closed ? n : n - 1); ++i) {
    const Point from = transforms_.down(points[i]);
    const Point to = transforms_.down(points[(i + 1) % n]);
    const Across across = half_across(from, to, width, scale_x_, scale_y_, style_);
    if (!across.any) continue;
    corner = {from.x * scale_x_, from.y * scale_y_};
    if (!before.any) {
      first = across;
      first_corner = corner;
    } else if (is_gentle(before.half, across.half)) {
      sides[size - 1] = mitre(before.half, across.half);
    } else {
      end_strip();
      add_join(path, corner, before.half, across.half);
    }
    // room for the longest strip, its last corner and the join of the ends
    if (size == 0 && !path.has_room(2 * kMaxPoints + 2 + 2 * kJoinEdges)) {
      fill(color, 255);
      path.clear();
    }
    if (size == 0) {
      places[size] = corner;
      sides[size++] = across.half;
    }
    places[size] = {to.x * scale_x_, to.y * scale_y_};
    sides[size++] = across.half;
    before = across;
  }
  if (!before.any) return;
  end_strip();
  if (closed) add_join(path, first_corner, before.half, first.half);
  fill(color, 255);
}

void Raster::outline(const Point* points, int n, double width, Color color, bool closed) {
  n = std::min(n, kMaxPoints);
  if (n < 2 || !is_finite(width)) return;
  const double shift = style_ == Style::kGym ? 0.5 : 0.0;
  Point placed[kMaxPoints];
  for (int i = 0; i < n; ++i) {
    const Point p = transforms_.on_surface(points[i]);
    if (!is_finite(p)) return;
    placed[i] = limited({p.x + shift, p.y + shift});
  }
  stroke(placed, n, width * transforms_.scale(), closed, color);
}

void Raster::line(Point from, Point to, double width, Color color) {
  Point ends[2] = {transforms_.on_surface(from), transforms_.on_surface(to)};
  if (!is_finite(ends[0]) || !is_finite(ends[1]) || !is_finite(width)) return;
  for (Point& end : ends) end = limited(end);
  if (style_ == Style::kGym) {
    for (Point& end : ends) end = cut(end);
    // half a pixel more at both ends
    const Point d = difference(ends[1], ends[0]);
    const double length = math::sqrt(dot(d, d));
    const Point more = length > 0 ? Point{0.5 * d.x / length, 0.5 * d.y / length} : Point{0.5, 0};
    ends[0] = difference(ends[0], more);
    ends[1] = sum(ends[1], more);
  }
  stroke(ends, 2, width * transforms_.scale(), false, color);
}

void Raster::circle(Point center, double radius, Color color, int alpha) {
  Point middle = transforms_.on_surface(center);
  if (!is_finite(middle) || !(radius >= 0)) return;
  middle = limited(middle);
  const bool gym = style_ == Style::kGym;
  const double scaled = math::min(radius * transforms_.scale(), kFarthest);
  const double drawn = gym ? math::trunc(scaled) + 0.5 : scaled;
  if (gym) middle = cut(middle);
  const int n = circle_points(drawn * math::max(scale_x_, scale_y_));
  Point points[kMaxCircle];
  for (int i = 0; i < n; ++i) {
    const Point unit = circle_point(i, n);
    const Point d =
        gym ? Point{unit.x * drawn, unit.y * drawn} : transforms_.turned({unit.x * radius, unit.y * radius});
    points[i] = sum(middle, d);
  }
  scratch_.path.clear();
  if (add_loop(points, n)) fill(color, alpha);
}

void Raster::arc(Point center, double radius, double from, double to, double width, Color color) {
  const double pixels = transforms_.scale() * math::min(scale_x_, scale_y_);
  if (!is_finite(radius) || !is_finite(width) || !is_finite(from) || !is_finite(to) || !(pixels > 0)) return;
  const double half = 0.5 * math::max(width, 1 / pixels);
  Point points[kMaxArc];
  const int n =
      arc_polygon(center, math::max(radius - half, 0.0), radius + half, from, to, radius * pixels, points);
  for (int i = 0; i < n; ++i) points[i] = transforms_.on_surface(points[i]);
  scratch_.path.clear();
  if (add_loop(points, n)) fill(color, 255);
}

}  // namespace plyo::render
