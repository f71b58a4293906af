// What a frame of CarRacing shows: polygons in a window of 1000 x 800 pixels, in the order and with the arithmetic of
// gymnasium 1.4.0. A sink takes them: `add(points, count, color, paintwork)`.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../../../render/shrunk_surface.hpp"
#include "car_score.hpp"
#include "car_state.hpp"

namespace PLYO_ENVS::car_racing {

inline constexpr double kWindowWidth = 1000, kWindowHeight = 800;  // pixels
inline constexpr double kPanelHeight = 100;                        // pixels, at the bottom

// Turns points as pygame's Vector2.rotate_rad does, which has no sine and cosine for right angles.
class Rotation {
 public:
  explicit Rotation(double angle) {
    constexpr double kTwoPi = 2 * math::kPi, kQuarter = math::kPi / 2, kNear = 1e-6;
    angle = std::fmod(angle, kTwoPi);
    if (angle < 0) angle += kTwoPi;
    if (std::fmod(angle + kNear, kQuarter) < 2 * kNear) {
      quarter_ = static_cast<int>((angle + kNear) / kQuarter) % 4;
      return;
    }
    const auto turn = math::sincos(angle);
    sin_ = turn.sin;
    cos_ = turn.cos;
  }
  render::Point operator()(render::Point p) const {
    switch (quarter_) {
      case 0:
        return p;
      case 1:
        return {-p.y, p.x};
      case 2:
        return {-p.x, -p.y};
      case 3:
        return {p.y, -p.x};
      default:
        return {cos_ * p.x - sin_ * p.y, sin_ * p.x + cos_ * p.y};
    }
  }

 private:
  int quarter_ = -1;
  double sin_ = 0, cos_ = 1;
};

// From metres to pixels of the window, y up from its bottom edge: the car drives upwards at a fixed place. In the
// first second the view zooms in.
class View {
 public:
  explicit View(const CarState& s)
      : turn_(-static_cast<double>(s.hull().sweep.a)),
        zoom_(0.1 * kScale * math::max(1 - s.time, 0.0) + 2.7 * kScale * math::min(s.time, 1.0)) {
    const physics2d::Vec2& place = s.hull().transform.p;
    x_ = static_cast<double>(place.x);
    y_ = static_cast<double>(place.y);
    const render::Point scroll = turn_({-x_ * zoom_, -y_ * zoom_});
    shift_ = {kWindowWidth / 2 + scroll.x, kWindowHeight / 4 + scroll.y};
    // the middle of what is not behind the panel, in metres
    const render::Point ahead = Rotation(static_cast<double>(s.hull().sweep.a))({0, 250 / zoom_});
    middle_ = {x_ + ahead.x, y_ + ahead.y};
    radius_ = 620 / zoom_;
  }

  render::Point operator()(render::Point p) const {
    const render::Point q = turn_(p);
    return {q.x * zoom_ + shift_.x, q.y * zoom_ + shift_.y};
  }
  double zoom() const { return zoom_; }
  // Whether something around a point may be seen.
  bool may_see(double x, double y, double reach) const {
    const double dx = x - middle_.x, dy = y - middle_.y, most = radius_ + reach;
    return dx * dx + dy * dy <= most * most;
  }
  // The places of squares in a row, from the first to the last, that may be seen.
  render::Point middle() const { return middle_; }
  double radius() const { return radius_; }

 private:
  Rotation turn_;
  double zoom_;
  double x_ = 0, y_ = 0;
  render::Point shift_{}, middle_{};
  double radius_ = 0;
};

inline render::Color cut(const double (&color)[3], double more = 0) {
  const auto level = [&](int i) {
    return static_cast<std::uint8_t>(math::clip(color[i] + more, 0.0, 255.0));
  };
  return {level(0), level(1), level(2)};
}

// Draws a polygon of the ground, unless no corner is near the window: farther out than the largest polygon is long.
template <class Sink>
void add_ground(Sink& sink, const View& view, const render::Point* corners, render::Color color,
                render::Paintwork paintwork, bool is_field) {
  const double reach = kPlayfield / 20.0 * math::sqrt(2.0) * 2.7 * kScale;
  render::Point points[4];
  bool near = is_field;
  for (int i = 0; i < 4; ++i) {
    points[i] = view(corners[i]);
    near = near || (-reach <= points[i].x && points[i].x <= kWindowWidth + reach && -reach <= points[i].y &&
                    points[i].y <= kWindowHeight + reach);
  }
  if (near) sink.add(points, 4, color, paintwork);
}

// The field and its squares of grass.
template <class Sink>
void add_field(Sink& sink, const View& view, const CarState& s, render::Paintwork paintwork) {
  constexpr double kField = kPlayfield, kSquare = kPlayfield / 20.0;
  const render::Point field[4] = {{kField, kField}, {kField, -kField}, {-kField, -kField}, {-kField, kField}};
  add_ground(sink, view, field, cut(s.colors.background), paintwork, true);
  const render::Color grass = cut(s.colors.grass);
  for (int x = -20; x < 20; x += 2) {
    const double left = kSquare * x;
    if (left > view.middle().x + view.radius() || left + kSquare < view.middle().x - view.radius()) continue;
    for (int y = -20; y < 20; y += 2) {
      const double low = kSquare * y;
      if (!view.may_see(left + kSquare / 2, low + kSquare / 2, kSquare)) continue;
      const render::Point square[4] = {{left + kSquare, low + 0},
                                       {left + 0, low + 0},
                                       {left + 0, low + kSquare},
                                       {left + kSquare, low + kSquare}};
      add_ground(sink, view, square, grass, paintwork, false);
    }
  }
}

// The tiles of the road, each followed by its kerb.
template <class Sink>
void add_road(Sink& sink, const View& view, const CarState& s, render::Paintwork paintwork) {
  const render::Color shades[3] = {cut(s.colors.road, 0.01 * 0 * 255), cut(s.colors.road, 0.01 * 1 * 255),
                                   cut(s.colors.road, 0.01 * 2 * 255)};
  constexpr render::Color kRed{255, 0, 0};
  for (std::size_t i = 0; i < s.track.size; ++i) {
    const TrackPoint &here = s.track.points[i], &before = s.track.before(i);
    const double gap = math::abs(here.x - before.x) + math::abs(here.y - before.y);
    if (!view.may_see(here.x, here.y, gap + kTrackWidth + kKerbWidth)) continue;
    const TileCorners tile = corners_of(s.track, i);
    render::Point corners[4];
    for (int k = 0; k < 4; ++k) corners[k] = {tile.x[k], tile.y[k]};
    add_ground(sink, view, corners, shades[s.marks[i].worn != 0 ? 0 : i % 3], paintwork, false);
    const Kerb kerb = s.track.kerbs[i];
    if (kerb == Kerb::kNone) continue;
    const double side = kerb == Kerb::kRight ? 1 : (kerb == Kerb::kLeft ? -1 : 0);
    const double inner = side * kTrackWidth, outer = side * (kTrackWidth + kKerbWidth);
    const render::Point edge[4] = {{here.x + inner * here.cos, here.y + inner * here.sin},
                                   {here.x + outer * here.cos, here.y + outer * here.sin},
                                   {before.x + outer * before.cos, before.y + outer * before.sin},
                                   {before.x + inner * before.cos, before.y + inner * before.sin}};
    add_ground(sink, view, edge, i % 2 == 0 ? render::kWhite : kRed, paintwork, false);
  }
}

// The white patch of a tyre's tread, which shows that a wheel turns; false while it is below.
inline bool tread_of(double phase, double (&ends)[2]) {
  constexpr double kPatch = 1.2;  // rad
  const double sin1 = math::sin(phase), sin2 = math::sin(phase + kPatch);
  if (sin1 > 0 && sin2 > 0) return false;
  const double cos1 = math::cos(phase), cos2 = math::cos(phase + kPatch);
  ends[0] = sin1 > 0 ? sign_of(cos1) : cos1;
  ends[1] = sin2 > 0 ? sign_of(cos2) : cos2;
  return true;
}

// The wheels, then the hull.
template <class Sink>
void add_car(Sink& sink, const View& view, const CarState& s) {
  const auto& plan = Scene::blueprint();
  const auto add = [&](const physics2d::Body& body, const physics2d::Vec2* vertices, std::uint32_t count,
                       render::Color color) {
    render::Point points[physics2d::kMaxVertices];
    for (std::uint32_t i = 0; i < count; ++i) {
      const physics2d::Vec2 place = physics2d::apply(body.transform, vertices[i]);
      points[i] = view({static_cast<double>(place.x), static_cast<double>(place.y)});
    }
    sink.add(points, static_cast<int>(count), color, render::Paintwork::kDraw);
  };
  for (std::uint32_t i = 0; i < kNumWheels; ++i) {
    const physics2d::Body& body = s.world.bodies[i + 1];
    const physics2d::Polygon& shape = plan.fixtures[kNumHullParts + i].shape;
    add(body, shape.vertices, shape.count, render::kBlack);
    double ends[2];
    if (!tread_of(s.wheels[i].phase, ends)) continue;
    const auto half = static_cast<float>(14 * kSize);
    const auto first = static_cast<float>(27 * ends[0] * kSize),
               second = static_cast<float>(27 * ends[1] * kSize);
    const physics2d::Vec2 patch[4] = {{-half, first}, {half, first}, {half, second}, {-half, second}};
    add(body, patch, 4, {77, 77, 77});
  }
  for (std::uint32_t i = 0; i < kNumHullParts; ++i) {
    const physics2d::Polygon& shape = plan.fixtures[i].shape;
    add(s.hull(), shape.vertices, shape.count, {204, 0, 0});
  }
}

// The panel at the bottom, y down from the top edge of the window: bars and the score.
template <class Sink>
void add_panel(Sink& sink, const CarState& s) {
  constexpr double kUnit = kWindowWidth / 40.0, kRow = kWindowHeight / 40.0;
  constexpr double kBottom = kWindowHeight;
  const auto add = [&](double value, const render::Point(&points)[4], render::Color color) {
    if (math::abs(value) > 1e-4) sink.add(points, 4, color, render::Paintwork::kDraw);
  };
  const auto upright = [&](int place, double value, double length, render::Color color) {
    const double top = kBottom - (kRow + kRow * length);
    const render::Point points[4] = {{place * kUnit, top},
                                     {(place + 1) * kUnit, top},
                                     {(place + 1) * kUnit, kBottom - kRow},
                                     {(place + 0) * kUnit, kBottom - kRow}};
    add(value, points, color);
  };
  const auto level = [&](int place, double value, double length, render::Color color) {
    const render::Point points[4] = {{(place + 0) * kUnit, kBottom - 4 * kRow},
                                     {(place + length) * kUnit, kBottom - 4 * kRow},
                                     {(place + length) * kUnit, kBottom - 2 * kRow},
                                     {(place + 0) * kUnit, kBottom - 2 * kRow}};
    add(value, points, color);
  };
  const auto x = static_cast<double>(s.hull().velocity.x), y = static_cast<double>(s.hull().velocity.y);
  const double speed = math::sqrt(x * x + y * y);
  upright(5, speed, 0.02 * speed, render::kWhite);
  for (int i = 0; i < 4; ++i) {
    const double omega = s.wheels[i].omega;
    upright(7 + i, omega, 0.01 * omega, i < 2 ? render::Color{0, 0, 255} : render::Color{51, 0, 255});
  }
  const auto steering = static_cast<double>(s.world.joint_angle(0));
  const auto spin = static_cast<double>(s.hull().spin);
  level(20, steering, -10.0 * steering, {0, 255, 0});
  level(30, spin, -0.8 * spin, {255, 0, 0});
  add_score(sink, s.reward);
}

// The 96 x 96 pixels of an observation.
inline void observe_frame(const CarState& s, bool antialiased, render::ShrunkSurface::Picture& picture) {
  constexpr int kPanelRow = 84;  // of the picture
  thread_local render::ShrunkSurface surface;
  const View view(s);
  const render::Paintwork ground = antialiased ? render::Paintwork::kAntialiased : render::Paintwork::kFilled;
  surface.begin(true, 0, kPanelRow);
  add_field(surface, view, s, ground);
  add_road(surface, view, s, ground);
  add_car(surface, view, s);
  surface.paint(picture);
  surface.begin(false, kPanelRow, render::ShrunkSurface::kSide);
  add_panel(surface, s);
  surface.paint(picture);
}

}  // namespace PLYO_ENVS::car_racing
