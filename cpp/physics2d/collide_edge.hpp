// Where a convex polygon touches a line segment that has no neighbours.
#pragma once

#include "manifold.hpp"
#include "shapes.hpp"

namespace plyo::physics2d {

namespace detail {

// A polygon in the frame of the segment, which rests in the world, and the segment's side where it is.
struct EdgeContact {
  Vec2 vertices[kMaxVertices], normals[kMaxVertices];
  std::uint32_t count;
  Edge edge;
  Vec2 along_normal;  // to the right of the segment
  Vec2 normal;        // towards the polygon's centroid
  bool front;         // whether these are the same
};

// How far two shapes may be apart and have a manifold.
inline constexpr float kTouchDistance = 2.0F * kPolygonRadius;

// Whether all of `count` points are certainly too far on one side of an edge to touch it.
inline bool is_beside(const Edge& edge, const Vec2* points, std::uint32_t count) {
  constexpr float kRounding = 1.001F;
  const Vec2 along = edge.b - edge.a;
  const Vec2 normal{along.y, -along.x};  // as long as the edge, at most the sum of its sides
  const float touches = kTouchDistance * kRounding * (abs(along.x) + abs(along.y));
  float least = dot(normal, points[0] - edge.a), most = least;
  for (std::uint32_t i = 1; i < count; ++i) {
    const float beyond = dot(normal, points[i] - edge.a);
    least = min(beyond, least);
    most = max(beyond, most);
  }
  return least > touches || -most > touches;
}

// Fills in all but the polygon's vertices and their number.
inline void place(const Edge& edge, const Polygon& polygon, const Transform& transform,
                  EdgeContact& contact) {
  contact.edge = edge;
  Vec2 direction = edge.b - edge.a;
  direction.normalize();
  contact.along_normal = {direction.y, -direction.x};
  const Vec2 centroid = apply(transform, polygon.centroid);
  contact.front = dot(contact.along_normal, centroid - edge.a) >= 0.0F;
  contact.normal = contact.front ? contact.along_normal : -contact.along_normal;
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    contact.normals[i] = rotate(transform.q, polygon.normals[i]);
  }
}

// The distance of the polygon from the segment's line.
inline float edge_separation(const EdgeContact& contact) {
  float least = kMaxFloat;
  for (std::uint32_t i = 0; i < contact.count; ++i) {
    const float separation = dot(contact.normal, contact.vertices[i] - contact.edge.a);
    if (separation < least) least = separation;
  }
  return least;
}

// The polygon's side that separates best, among those that face the segment; -1 without one.
struct Side {
  int index = -1;
  float separation = -kMaxFloat;
};

inline Side polygon_separation(const EdgeContact& contact) {
  Side best;
  for (std::uint32_t i = 0; i < contact.count; ++i) {
    const Vec2 n = -contact.normals[i];
    const float separation =
        min(dot(n, contact.vertices[i] - contact.edge.a), dot(n, contact.vertices[i] - contact.edge.b));
    if (separation > kTouchDistance) return {static_cast<int>(i), separation};
    // both limits of the normal of a segment without neighbours are the opposite of its own
    if (dot(n + contact.normal, contact.normal) < -kAngularSlop) continue;
    if (separation > best.separation) best = {static_cast<int>(i), separation};
  }
  return best;
}

// The face to which the other shape is clipped, and the part of the other shape.
struct Clipping {
  Vec2 v1, v2, normal;
  std::uint8_t i1, i2;
  ClipVertex incident[2];
};

constexpr std::uint32_t following(std::uint32_t i, std::uint32_t count) { return i + 1 < count ? i + 1 : 0; }

// The segment is the face: the polygon's side that is most opposed to it is clipped.
inline Clipping clip_polygon(const EdgeContact& contact) {
  std::uint32_t best = 0;
  float least = dot(contact.normal, contact.normals[0]);
  for (std::uint32_t i = 1; i < contact.count; ++i) {
    const float value = dot(contact.normal, contact.normals[i]);
    if (value < least) {
      least = value;
      best = i;
    }
  }
  const std::uint32_t next = following(best, contact.count);
  Clipping clip;
  clip.incident[0] = {contact.vertices[best],
                      {0, static_cast<std::uint8_t>(best), Feature::kFace, Feature::kVertex}};
  clip.incident[1] = {contact.vertices[next],
                      {0, static_cast<std::uint8_t>(next), Feature::kFace, Feature::kVertex}};
  clip.i1 = contact.front ? 0 : 1;
  clip.i2 = contact.front ? 1 : 0;
  clip.v1 = contact.front ? contact.edge.a : contact.edge.b;
  clip.v2 = contact.front ? contact.edge.b : contact.edge.a;
  clip.normal = contact.normal;
  return clip;
}

// A side of the polygon is the face: the segment is clipped.
inline Clipping clip_edge(const EdgeContact& contact, int side) {
  const auto i1 = static_cast<std::uint32_t>(side);
  const std::uint32_t i2 = following(i1, contact.count);
  const auto index = static_cast<std::uint8_t>(side);
  Clipping clip;
  clip.incident[0] = {contact.edge.a, {0, index, Feature::kVertex, Feature::kFace}};
  clip.incident[1] = {contact.edge.b, {0, index, Feature::kVertex, Feature::kFace}};
  clip.i1 = index;
  clip.i2 = static_cast<std::uint8_t>(i2);
  clip.v1 = contact.vertices[i1];
  clip.v2 = contact.vertices[i2];
  clip.normal = contact.normals[i1];
  return clip;
}

}  // namespace detail

// The manifold of a segment that rests in the world, shape A, and a polygon, shape B. Impulses are left to the
// caller; without a point only `count` is set, or `type` too.
inline void collide_edge(const Edge& edge, const Polygon& polygon, const Transform& transform,
                         Manifold& manifold) {
  manifold.count = 0;
  detail::EdgeContact contact;
  contact.count = polygon.count;
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    contact.vertices[i] = apply(transform, polygon.vertices[i]);
  }
  if (detail::is_beside(edge, contact.vertices, contact.count)) return;
  detail::place(edge, polygon, transform, contact);
  const float edge_separation = detail::edge_separation(contact);
  if (edge_separation > detail::kTouchDistance) return;
  const detail::Side side = detail::polygon_separation(contact);
  if (side.index >= 0 && side.separation > detail::kTouchDistance) return;
  // the segment is preferred, so that the face does not change all the time
  const bool by_edge = side.index < 0 || !(side.separation > 0.98F * edge_separation + 0.001F);
  const detail::Clipping clip =
      by_edge ? detail::clip_polygon(contact) : detail::clip_edge(contact, side.index);
  manifold.type = by_edge ? Manifold::kFaceA : Manifold::kFaceB;

  const Vec2 side1{clip.normal.y, -clip.normal.x};
  const Vec2 side2 = -side1;
  ClipVertex once[2], twice[2];
  if (clip_segment(once, clip.incident, side1, dot(side1, clip.v1), clip.i1) < kMaxPoints) return;
  if (clip_segment(twice, once, side2, dot(side2, clip.v2), clip.i2) < kMaxPoints) return;
  manifold.local_normal = by_edge ? clip.normal : polygon.normals[clip.i1];
  manifold.local_point = by_edge ? clip.v1 : polygon.vertices[clip.i1];
  for (const ClipVertex& point : twice) {
    if (!(dot(clip.normal, point.v - clip.v1) <= detail::kTouchDistance)) continue;
    ManifoldPoint& made = manifold.points[manifold.count++];
    const Feature& id = point.id;
    made.local = by_edge ? apply_back(transform, point.v) : point.v;
    made.id = by_edge ? id : Feature{id.index_b, id.index_a, id.kind_b, id.kind_a};
  }
}

}  // namespace plyo::physics2d
