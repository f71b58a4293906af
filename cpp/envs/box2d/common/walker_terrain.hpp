// The ground of BipedalWalker: 199 edges from left to right, and in its hardcore version stumps, stairs and pits
// of boxes. Reference: gymnasium 1.4.0, draw for draw.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../core/rng.hpp"
#include "../../../physics2d/ray_cast.hpp"
#include "../../../physics2d/shapes.hpp"

namespace plyo::walker {

inline constexpr double kScale = 30.0;
inline constexpr double kStep = 14 / kScale;         // m, between the ends of an edge
inline constexpr double kHeight = 400 / kScale / 4;  // m, of the ground where the walker starts
inline constexpr std::int64_t kLength = 200;         // points
inline constexpr std::int64_t kGrass = 10;           // points of plain ground at the end
inline constexpr std::int64_t kStartPad = 20;        // points of level ground at the start
inline constexpr std::size_t kPoints = kLength;
inline constexpr std::size_t kEdges = kPoints - 1;

// Obstacles have at most two boxes in ten points or one in six, and begin behind the start.
inline constexpr std::size_t kMaxBoxes = 40;

struct Terrain {
  physics2d::Vec2 points[kPoints];  // m, from left to right
  std::uint32_t num_boxes = 0;
  physics2d::Polygon boxes[kMaxBoxes];  // in the order in which they were made

  constexpr physics2d::Edge edge(std::size_t i) const { return {points[i], points[i + 1]}; }

  // Whether it is a ground, if its bytes come from anywhere.
  bool is_legal() const {
    bool legal = num_boxes <= kMaxBoxes;
    for (const physics2d::Vec2& point : points) legal = legal && physics2d::is_finite(point);
    for (std::uint32_t i = 0; legal && i < num_boxes; ++i) {
      const physics2d::Polygon& box = boxes[i];
      legal = box.count == 4 && physics2d::is_finite(box.centroid);
      for (std::size_t k = 0; k < 4; ++k) {
        legal = legal && physics2d::is_finite(box.vertices[k]) && physics2d::is_finite(box.normals[k]);
      }
    }
    return legal;
  }
};

namespace detail {

enum class Piece : std::int64_t { kGrass, kStump, kStairs, kPit };

// Lays the points of the ground one after the other.
class TerrainMaker {
 public:
  TerrainMaker(Terrain& terrain, Rng& rng, bool is_hardcore)
      : terrain_(terrain), rng_(rng), is_hardcore_(is_hardcore) {}

  void make() {
    terrain_ = {};
    for (std::int64_t i = 0; i < kLength; ++i) {
      x_ = static_cast<double>(i) * kStep;
      is_first_ ? begin_piece() : continue_piece(i);
      is_first_ = false;
      terrain_.points[i] = {static_cast<float>(x_), static_cast<float>(y_)};
      if (--left_ == 0) choose_piece();
    }
  }

 private:
  void choose_piece() {
    left_ = rng_.integers(kGrass / 2, kGrass);
    piece_ =
        piece_ == Piece::kGrass && is_hardcore_ ? static_cast<Piece>(rng_.integers(1, 4)) : Piece::kGrass;
    is_first_ = true;
  }

  void begin_piece() {
    switch (piece_) {
      case Piece::kGrass:
        break;
      case Piece::kStump:
        left_ = rng_.integers(1, 3);
        add_box(x_, y_, x_ + steps(left_), y_, x_ + steps(left_), y_ + steps(left_));
        break;
      case Piece::kStairs:
        begin_stairs();
        break;
      case Piece::kPit:
        left_ = rng_.integers(3, 5);
        add_box(x_, y_, x_ + kStep, y_, x_ + kStep, y_ - 4 * kStep);
        add_box(x_ + kStep * static_cast<double>(left_), y_, x_ + kStep + kStep * static_cast<double>(left_),
                y_, x_ + kStep + kStep * static_cast<double>(left_), y_ - 4 * kStep);
        left_ += 2;
        first_y_ = y_;
        break;
    }
  }

  void begin_stairs() {
    rise_ = rng_.next_double() > 0.5 ? 1 : -1;
    num_steps_ = rng_.integers(3, 5);
    first_y_ = y_;
    for (std::int64_t s = 0; s < num_steps_; ++s) {
      const double left = x_ + steps(s * kStairWidth), right = x_ + steps((1 + s) * kStairWidth);
      const double top = y_ + steps(s * rise_);
      add_box(left, top, right, top, right, y_ + steps(-1 + s * rise_));
    }
    left_ = num_steps_ * kStairWidth;
  }

  void continue_piece(std::int64_t i) {
    switch (piece_) {
      case Piece::kGrass: {
        const double below = kHeight - y_;
        velocity_ = 0.8 * velocity_ + 0.01 * (below > 0 ? 1.0 : below < 0 ? -1.0 : 0.0);
        if (i > kStartPad) velocity_ += rng_.uniform(-1, 1) / kScale;
        y_ += velocity_;
        break;
      }
      case Piece::kStump:
        break;
      case Piece::kStairs: {
        const std::int64_t gone = num_steps_ * kStairWidth - left_ - rise_;
        const double part = static_cast<double>(gone) / static_cast<double>(kStairWidth);
        y_ = first_y_ + (part * static_cast<double>(rise_)) * kStep;
        break;
      }
      case Piece::kPit:
        y_ = first_y_;
        if (left_ > 1) y_ -= 4 * kStep;
        break;
    }
  }

  static double steps(std::int64_t count) { return static_cast<double>(count) * kStep; }

  // A box by three of its corners, in the order in which the fourth would come last: (x0, y2).
  void add_box(double x0, double y0, double x1, double y1, double x2, double y2) {
    if (terrain_.num_boxes == kMaxBoxes) return;
    const physics2d::Vec2 corners[4] = {{static_cast<float>(x0), static_cast<float>(y0)},
                                        {static_cast<float>(x1), static_cast<float>(y1)},
                                        {static_cast<float>(x2), static_cast<float>(y2)},
                                        {static_cast<float>(x0), static_cast<float>(y2)}};
    terrain_.boxes[terrain_.num_boxes++] = physics2d::make_polygon(corners, 4);
  }

  static constexpr std::int64_t kStairWidth = 4;  // points

  Terrain& terrain_;
  Rng& rng_;
  bool is_hardcore_;
  Piece piece_ = Piece::kGrass;
  bool is_first_ = false;          // whether this is the first point of its piece
  std::int64_t left_ = kStartPad;  // points until the next piece
  double x_ = 0, y_ = kHeight, velocity_ = 0;
  double first_y_ = 0;  // where the piece began
  std::int64_t rise_ = 0, num_steps_ = 0;
};

}  // namespace detail

inline void make_terrain(Terrain& terrain, Rng& rng, bool is_hardcore) {
  detail::TerrainMaker(terrain, rng, is_hardcore).make();
}

// The index of the last point that is surely not right of `x`.
inline std::size_t point_left_of(float x) {
  const double place = static_cast<double>(x) / kStep - 0.01;
  if (!(place > 0)) return 0;
  return place < static_cast<double>(kEdges - 1) ? static_cast<std::size_t>(place) : kEdges - 1;
}

inline constexpr float kRayMargin = 0.01F;  // m, far more than rounding errors

// The boxes that rays between two places may meet.
struct NearBoxes {
  std::uint32_t count = 0;
  std::uint16_t list[kMaxBoxes];

  NearBoxes(const Terrain& terrain, float from, float to) {
    for (std::uint32_t i = 0; i < terrain.num_boxes; ++i) {
      if (is_between(terrain.boxes[i], from, to)) list[count++] = static_cast<std::uint16_t>(i);
    }
  }
  static bool is_between(const physics2d::Polygon& box, float from, float to) {
    const float left = box.vertices[2].x, right = box.vertices[0].x;
    return !(right < from - kRayMargin || left > to + kRayMargin);
  }
};

// The fraction at which a ray that goes right or straight down first meets the ground; 1 if it does not. `boxes` has
// those that it may meet.
inline float cast_ray(const Terrain& terrain, const NearBoxes& boxes, const physics2d::Ray& ray) {
  const physics2d::Vec2 way = ray.end - ray.start;
  float fraction = 1.0F;
  for (std::uint32_t i = 0; i < boxes.count; ++i) {
    const physics2d::Polygon& box = terrain.boxes[boxes.list[i]];
    if (NearBoxes::is_between(box, ray.start.x, ray.end.x)) fraction = ray_polygon(ray, box, fraction);
  }
  // an edge with both ends clearly on one side of the ray is passed by
  const auto side_of = [&](std::size_t point) {
    return physics2d::cross(way, terrain.points[point] - ray.start);
  };
  const float close = kRayMargin * way.length();
  std::size_t i = point_left_of(ray.start.x);
  for (float side = side_of(i); i < kEdges; ++i) {
    if (terrain.points[i].x > ray.start.x + fraction * way.x + kRayMargin) break;
    const float next = side_of(i + 1);
    const bool is_beside = (side > close && next > close) || (side < -close && next < -close);
    if (!is_beside) fraction = ray_edge(ray, terrain.edge(i), fraction);
    side = next;
  }
  return fraction;
}

}  // namespace plyo::walker
