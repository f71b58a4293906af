// The distance of two convex shapes, by the algorithm of Gilbert, Johnson & Keerthi (1988) on simplices of at
// most three points. The operations and their order are Box2D 2.3's, so that the bits are, too.
#pragma once

#include "math.hpp"

namespace plyo::physics2d {

// The corners of a convex shape in its body's frame: two of an edge, more of a polygon.
struct ConvexPoints {
  const Vec2* points = nullptr;
  int count = 0;
};

// The index of the point that is farthest in a direction; the first of equals.
inline int farthest_point(const ConvexPoints& shape, const Vec2& direction) {
  int best = 0;
  float best_value = dot(shape.points[0], direction);
  for (int i = 1; i < shape.count; ++i) {
    const float value = dot(shape.points[i], direction);
    if (value > best_value) {
      best = i;
      best_value = value;
    }
  }
  return best;
}

// Which corners a search ended with, from which the next search of the same two shapes begins.
struct SimplexMemory {
  int count = 0;   // 0: nothing yet
  float size = 0;  // the length of two corners' line, or twice the area of three corners' triangle
  int a[3] = {};   // indices of corners of shape A
  int b[3] = {};   // of shape B
};

namespace detail {

// A corner of the simplex: a point of shape B minus a point of shape A.
struct SimplexCorner {
  Vec2 on_a{}, on_b{}, difference{};
  float weight = 0;
  int a = 0, b = 0;
};

class Simplex {
 public:
  Simplex(const ConvexPoints& a, const Transform& at_a, const ConvexPoints& b, const Transform& at_b,
          const SimplexMemory& memory)
      : shape_a_(a), shape_b_(b), at_a_(at_a), at_b_(at_b), count_(memory.count) {
    for (int i = 0; i < count_; ++i) corners_[i] = corner(memory.a[i], memory.b[i], 0.0F);
    if (count_ > 1) {
      const float now = size();
      if (now < 0.5F * memory.size || 2.0F * memory.size < now || now < kEpsilon) count_ = 0;
    }
    if (count_ == 0) {
      corners_[0] = corner(0, 0, 1.0F);
      count_ = 1;
    }
  }

  int count() const { return count_; }

  // Reduces the simplex to the corners that its point nearest to the origin is made of.
  void reduce() {
    if (count_ == 2) reduce_line();
    if (count_ == 3) reduce_triangle();
  }

  // From a simplex of one or two corners towards the origin.
  Vec2 search_direction() const {
    if (count_ == 1) return -corners_[0].difference;
    const Vec2 line = corners_[1].difference - corners_[0].difference;
    return cross(line, -corners_[0].difference) > 0.0F ? cross(1.0F, line) : cross(line, 1.0F);
  }

  // Puts the corner that is farthest in a direction behind the others, not yet counted.
  const SimplexCorner& propose(const Vec2& direction) {
    return corners_[count_] = corner(farthest_point(shape_a_, rotate_back(at_a_.q, -direction)),
                                     farthest_point(shape_b_, rotate_back(at_b_.q, direction)), 0.0F);
  }
  void accept() { ++count_; }

  const SimplexCorner& operator[](int i) const { return corners_[i]; }

  // The nearest points of the shapes; the same point twice if the shapes overlap.
  void nearest(Vec2& on_a, Vec2& on_b) const {
    const SimplexCorner* c = corners_;
    if (count_ == 1) {
      on_a = c[0].on_a;
      on_b = c[0].on_b;
    } else if (count_ == 2) {
      on_a = c[0].weight * c[0].on_a + c[1].weight * c[1].on_a;
      on_b = c[0].weight * c[0].on_b + c[1].weight * c[1].on_b;
    } else {
      on_a = c[0].weight * c[0].on_a + c[1].weight * c[1].on_a + c[2].weight * c[2].on_a;
      on_b = on_a;
    }
  }

  void remember(SimplexMemory& memory) const {
    memory.size = size();
    memory.count = count_;
    for (int i = 0; i < count_; ++i) {
      memory.a[i] = corners_[i].a;
      memory.b[i] = corners_[i].b;
    }
  }

 private:
  SimplexCorner corner(int a, int b, float weight) const {
    SimplexCorner made{.on_a = apply(at_a_, shape_a_.points[a]),
                       .on_b = apply(at_b_, shape_b_.points[b]),
                       .weight = weight,
                       .a = a,
                       .b = b};
    made.difference = made.on_b - made.on_a;
    return made;
  }

  float size() const {
    if (count_ == 2) return (corners_[0].difference - corners_[1].difference).length();
    if (count_ == 3) {
      return cross(corners_[1].difference - corners_[0].difference,
                   corners_[2].difference - corners_[0].difference);
    }
    return 0.0F;
  }

  void keep_one(int i) {
    corners_[0] = corners_[i];
    corners_[0].weight = 1.0F;
    count_ = 1;
  }

  // Corners i < j, weighted by parts that need not sum to one.
  void keep_two(int i, int j, float part_i, float part_j) {
    const float inverse = 1.0F / (part_i + part_j);
    corners_[i].weight = part_i * inverse;
    corners_[j].weight = part_j * inverse;
    if (j == 2) corners_[i == 0 ? 1 : 0] = corners_[2];
    count_ = 2;
  }

  void reduce_line() {
    const Vec2 w1 = corners_[0].difference, w2 = corners_[1].difference;
    const Vec2 line = w2 - w1;
    const float part2 = -dot(w1, line);
    if (part2 <= 0.0F) return keep_one(0);
    const float part1 = dot(w2, line);
    if (part1 <= 0.0F) return keep_one(1);
    keep_two(0, 1, part1, part2);
  }

  // The plane around a triangle has seven regions: a corner's, a side's, and the inside.
  void reduce_triangle() {
    const Vec2 w1 = corners_[0].difference, w2 = corners_[1].difference, w3 = corners_[2].difference;
    const Vec2 line12 = w2 - w1, line13 = w3 - w1, line23 = w3 - w2;
    const float p12_1 = dot(w2, line12), p12_2 = -dot(w1, line12);
    const float p13_1 = dot(w3, line13), p13_3 = -dot(w1, line13);
    const float p23_2 = dot(w3, line23), p23_3 = -dot(w2, line23);
    const float area = cross(line12, line13);
    const float inside1 = area * cross(w2, w3), inside2 = area * cross(w3, w1),
                inside3 = area * cross(w1, w2);

    if (p12_2 <= 0.0F && p13_3 <= 0.0F) return keep_one(0);
    if (p12_1 > 0.0F && p12_2 > 0.0F && inside3 <= 0.0F) return keep_two(0, 1, p12_1, p12_2);
    if (p13_1 > 0.0F && p13_3 > 0.0F && inside2 <= 0.0F) return keep_two(0, 2, p13_1, p13_3);
    if (p12_1 <= 0.0F && p23_3 <= 0.0F) return keep_one(1);
    if (p13_1 <= 0.0F && p23_2 <= 0.0F) return keep_one(2);
    if (p23_2 > 0.0F && p23_3 > 0.0F && inside1 <= 0.0F) return keep_two(1, 2, p23_2, p23_3);

    const float inverse = 1.0F / (inside1 + inside2 + inside3);
    corners_[0].weight = inside1 * inverse;
    corners_[1].weight = inside2 * inverse;
    corners_[2].weight = inside3 * inverse;
  }

  ConvexPoints shape_a_, shape_b_;
  Transform at_a_, at_b_;
  SimplexCorner corners_[3];
  int count_;
};

// Whether the proposed corner is one of the `count` corners before the last reduction.
inline bool is_among(const SimplexCorner& proposed, const int* a, const int* b, int count) {
  for (int i = 0; i < count; ++i) {
    if (proposed.a == a[i] && proposed.b == b[i]) return true;
  }
  return false;
}

}  // namespace detail

// The distance of two shapes without their radii; 0 if they overlap. `memory` is read and written.
inline float distance(const ConvexPoints& a, const Transform& at_a, const ConvexPoints& b,
                      const Transform& at_b, SimplexMemory& memory) {
  constexpr int kMaxRounds = 20;
  detail::Simplex simplex(a, at_a, b, at_b, memory);
  for (int round = 0; round < kMaxRounds; ++round) {
    int old_a[3], old_b[3];
    const int old_count = simplex.count();
    for (int i = 0; i < old_count; ++i) {
      old_a[i] = simplex[i].a;
      old_b[i] = simplex[i].b;
    }
    simplex.reduce();
    if (simplex.count() == 3) break;  // the origin is inside
    const Vec2 direction = simplex.search_direction();
    if (direction.length_squared() < kEpsilon * kEpsilon) break;  // it is on the simplex
    const detail::SimplexCorner& proposed = simplex.propose(direction);
    if (detail::is_among(proposed, old_a, old_b, old_count)) break;  // there is no progress
    simplex.accept();
  }
  Vec2 on_a, on_b;
  simplex.nearest(on_a, on_b);
  simplex.remember(memory);
  return (on_a - on_b).length();
}

// Whether two shapes with radii touch, as contacts of sensors ask.
inline bool touch(const ConvexPoints& a, float radius_a, const Transform& at_a, const ConvexPoints& b,
                  float radius_b, const Transform& at_b) {
  SimplexMemory memory;
  const float apart = distance(a, at_a, b, at_b, memory);
  const float radii = radius_a + radius_b;
  const float rest = apart > radii && apart > kEpsilon ? apart - radii : 0.0F;
  return rest < 10.0F * kEpsilon;
}

}  // namespace plyo::physics2d
