// The contact points of two convex polygons: the side of either that separates them best, and the part of the
// other's opposite side that lies before it. Box2D 2.3's operations in its order.
#pragma once

#include <cstdint>

#include "manifold.hpp"
#include "shapes.hpp"

namespace plyo::physics2d {

namespace detail {

// Both skins.
inline constexpr float kRadii = kPolygonRadius + kPolygonRadius;

// A polygon in its place in the world.
struct PlacedPolygon {
  const Polygon& shape;
  const Transform& at;
  std::uint32_t after(std::uint32_t i) const { return i + 1 < shape.count ? i + 1 : 0; }
  std::uint32_t before(std::uint32_t i) const { return i > 0 ? i - 1 : shape.count - 1; }
};

// How far `other` lies beyond side `side` of `one`.
inline float separation_of_side(const PlacedPolygon& one, std::uint32_t side, const PlacedPolygon& other) {
  const Vec2 normal = rotate(one.at.q, one.shape.normals[side]);
  const Vec2 seen = rotate_back(other.at.q, normal);
  std::uint32_t nearest = 0;
  float least = dot(other.shape.vertices[0], seen);
  for (std::uint32_t i = 1; i < other.shape.count; ++i) {
    const float depth = dot(other.shape.vertices[i], seen);
    if (depth < least) {
      least = depth;
      nearest = i;
    }
  }
  return dot(apply(other.at, other.shape.vertices[nearest]) - apply(one.at, one.shape.vertices[side]),
             normal);
}

// A side of a polygon that lies before the other polygon.
struct BestSide {
  std::uint32_t side;
  float separation;
};

// The side of `one` of greatest separation: a climb from the side that faces the other's centroid.
inline BestSide best_side(const PlacedPolygon& one, const PlacedPolygon& other) {
  const Vec2 way =
      rotate_back(one.at.q, apply(other.at, other.shape.centroid) - apply(one.at, one.shape.centroid));
  std::uint32_t facing = 0;
  float most = dot(one.shape.normals[0], way);
  for (std::uint32_t i = 1; i < one.shape.count; ++i) {
    const float along = dot(one.shape.normals[i], way);
    if (along > most) {
      most = along;
      facing = i;
    }
  }
  const BestSide here{facing, separation_of_side(one, facing, other)};
  const BestSide before{one.before(facing), separation_of_side(one, one.before(facing), other)};
  const BestSide after{one.after(facing), separation_of_side(one, one.after(facing), other)};
  const bool backwards = before.separation > here.separation && before.separation > after.separation;
  if (!backwards && !(after.separation > here.separation)) return here;
  BestSide best = backwards ? before : after;
  while (true) {
    const std::uint32_t next = backwards ? one.before(best.side) : one.after(best.side);
    const float separation = separation_of_side(one, next, other);
    if (!(separation > best.separation)) return best;
    best = {next, separation};
  }
}

// The side of `other` that faces side `side` of `one` most.
inline void opposite_side(const PlacedPolygon& one, std::uint32_t side, const PlacedPolygon& other,
                          ClipVertex (&corners)[2]) {
  const Vec2 normal = rotate_back(other.at.q, rotate(one.at.q, one.shape.normals[side]));
  std::uint32_t opposite = 0;
  float least = dot(normal, other.shape.normals[0]);
  for (std::uint32_t i = 1; i < other.shape.count; ++i) {
    const float along = dot(normal, other.shape.normals[i]);
    if (along < least) {
      least = along;
      opposite = i;
    }
  }
  const std::uint32_t ends[2] = {opposite, other.after(opposite)};
  for (int k = 0; k < 2; ++k) {
    corners[k].v = apply(other.at, other.shape.vertices[ends[k]]);
    corners[k].id = {static_cast<std::uint8_t>(side), static_cast<std::uint8_t>(ends[k]), Feature::kFace,
                     Feature::kVertex};
  }
}

// A feature with the roles of the polygons exchanged.
constexpr Feature exchanged(const Feature& feature) {
  return {feature.index_b, feature.index_a, feature.kind_b, feature.kind_a};
}

// Clips the side of `other` that faces side `side` of `one`, and writes what lies within the radii.
inline void clip_polygons(const PlacedPolygon& one, std::uint32_t side, const PlacedPolygon& other,
                          bool is_flipped, Manifold& manifold) {
  ClipVertex whole[2], half[2], rest[2];
  opposite_side(one, side, other, whole);
  const std::uint32_t next = one.after(side);
  const Vec2 local1 = one.shape.vertices[side], local2 = one.shape.vertices[next];
  Vec2 local_tangent = local2 - local1;
  local_tangent.normalize();
  const Vec2 tangent = rotate(one.at.q, local_tangent);
  const Vec2 normal = cross(tangent, 1.0F);
  const Vec2 corner1 = apply(one.at, local1), corner2 = apply(one.at, local2);
  const float front = dot(normal, corner1);

  const std::uint8_t vertex1 = static_cast<std::uint8_t>(side), vertex2 = static_cast<std::uint8_t>(next);
  if (clip_segment(half, whole, -tangent, -dot(tangent, corner1) + kRadii, vertex1) < 2) return;
  if (clip_segment(rest, half, tangent, dot(tangent, corner2) + kRadii, vertex2) < 2) return;
  manifold.type = is_flipped ? Manifold::kFaceB : Manifold::kFaceA;
  manifold.local_normal = cross(local_tangent, 1.0F);
  manifold.local_point = 0.5F * (local1 + local2);
  for (const ClipVertex& corner : rest) {
    if (dot(normal, corner.v) - front > kRadii) continue;
    ManifoldPoint& point = manifold.points[manifold.count++];
    point.local = apply_back(other.at, corner.v);
    point.id = is_flipped ? exchanged(corner.id) : corner.id;
  }
}

}  // namespace detail

// Writes count, type, points and their features into the manifold; the impulses stay as they are. Only `count`
// is written if the polygons are apart.
inline void collide_polygons(const Polygon& a, const Transform& at_a, const Polygon& b, const Transform& at_b,
                             Manifold& manifold) {
  manifold.count = 0;
  const detail::PlacedPolygon placed_a{a, at_a}, placed_b{b, at_b};
  const detail::BestSide of_a = detail::best_side(placed_a, placed_b);
  if (of_a.separation > detail::kRadii) return;
  const detail::BestSide of_b = detail::best_side(placed_b, placed_a);
  if (of_b.separation > detail::kRadii) return;
  if (of_b.separation > 0.98F * of_a.separation + 0.001F) {
    detail::clip_polygons(placed_b, of_b.side, placed_a, true, manifold);
  } else {
    detail::clip_polygons(placed_a, of_a.side, placed_b, false, manifold);
  }
}

}  // namespace plyo::physics2d
