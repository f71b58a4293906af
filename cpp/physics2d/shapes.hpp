// The shapes of bodies: convex polygons and line segments, with their mass and bounding box.
#pragma once

#include <cstddef>
#include <cstdint>

#include "math.hpp"

namespace plyo::physics2d {

inline constexpr float kLinearSlop = 0.005F;                 // m
inline constexpr float kAngularSlop = 2.0F / 180.0F * kPi;   // rad
inline constexpr float kPolygonRadius = 2.0F * kLinearSlop;  // m, the skin of polygons and edges
inline constexpr std::size_t kMaxVertices = 8;

// An axis-aligned box.
struct Box {
  Vec2 lower, upper;

  constexpr bool contains(const Box& other) const {
    return lower.x <= other.lower.x && lower.y <= other.lower.y && other.upper.x <= upper.x &&
           other.upper.y <= upper.y;
  }
};

// Whether the boxes have a point in common.
constexpr bool overlap(const Box& a, const Box& b) {
  const Vec2 d1 = b.lower - a.upper, d2 = a.lower - b.upper;
  return !(d1.x > 0.0F || d1.y > 0.0F) && !(d2.x > 0.0F || d2.y > 0.0F);
}
constexpr Box combine(const Box& a, const Box& b) { return {min(a.lower, b.lower), max(a.upper, b.upper)}; }

struct Edge {
  Vec2 a, b;
};

// The mass of a shape, its centre, and the inertia about the body's origin.
struct Mass {
  float mass = 0;     // kg
  Vec2 center;        // m
  float inertia = 0;  // kg m^2
};

// A convex polygon, counter-clockwise, with the outward normals of its sides.
struct Polygon {
  std::uint32_t count = 0;
  Vec2 vertices[kMaxVertices];
  Vec2 normals[kMaxVertices];
  Vec2 centroid;
};

namespace detail {

// The mean of a polygon's triangles, weighted by area.
constexpr Vec2 centroid_of(const Polygon& polygon) {
  Vec2 sum;
  float area = 0.0F;
  const Vec2 origin;
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    const Vec2 second = polygon.vertices[i];
    const Vec2 third = polygon.vertices[i + 1 < polygon.count ? i + 1 : 0];
    const float part = 0.5F * cross(second - origin, third - origin);
    area += part;
    sum += part * (1.0F / 3.0F) * (origin + second + third);
  }
  sum *= 1.0F / area;
  return sum;
}

}  // namespace detail

// The hull of up to kMaxVertices points that span an area. It begins with the right-most point, and the lowest
// of those.
inline Polygon make_polygon(const Vec2* points, std::uint32_t count) {
  std::uint32_t first = 0;
  for (std::uint32_t i = 1; i < count; ++i) {
    if (points[i].x > points[first].x || (points[i].x == points[first].x && points[i].y < points[first].y)) {
      first = i;
    }
  }
  // gift wrapping: from each vertex to the point to the left of which there is none
  Polygon polygon;
  std::uint32_t current = first;
  do {
    const Vec2 here = points[current];
    polygon.vertices[polygon.count++] = here;
    std::uint32_t next = 0;
    for (std::uint32_t j = 1; j < count; ++j) {
      if (next == current) {
        next = j;
        continue;
      }
      const Vec2 r = points[next] - here, v = points[j] - here;
      const float turn = cross(r, v);
      if (turn < 0.0F || (turn == 0.0F && v.length_squared() > r.length_squared())) next = j;
    }
    current = next;
  } while (current != first && polygon.count < kMaxVertices);
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    const Vec2 side = polygon.vertices[i + 1 < polygon.count ? i + 1 : 0] - polygon.vertices[i];
    polygon.normals[i] = cross(side, 1.0F);
    polygon.normals[i].normalize();
  }
  polygon.centroid = detail::centroid_of(polygon);
  return polygon;
}

// A rectangle about the origin of twice the given extents.
constexpr Polygon make_box(float half_width, float half_height) {
  Polygon box;
  box.count = 4;
  box.vertices[0] = {-half_width, -half_height};
  box.vertices[1] = {half_width, -half_height};
  box.vertices[2] = {half_width, half_height};
  box.vertices[3] = {-half_width, half_height};
  box.normals[0] = {0.0F, -1.0F};
  box.normals[1] = {1.0F, 0.0F};
  box.normals[2] = {0.0F, 1.0F};
  box.normals[3] = {-1.0F, 0.0F};
  return box;
}

constexpr Mass mass_of(const Polygon& polygon, float density) {
  // sums over the triangles about the mean of the vertices
  Vec2 mean;
  for (std::uint32_t i = 0; i < polygon.count; ++i) mean += polygon.vertices[i];
  mean *= 1.0F / static_cast<float>(polygon.count);
  constexpr float kThird = 1.0F / 3.0F;
  Vec2 center;
  float area = 0.0F, inertia = 0.0F;
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    const Vec2 e1 = polygon.vertices[i] - mean;
    const Vec2 e2 = polygon.vertices[i + 1 < polygon.count ? i + 1 : 0] - mean;
    const float twice = cross(e1, e2);
    const float part = 0.5F * twice;
    area += part;
    center += part * kThird * (e1 + e2);
    const float xx = e1.x * e1.x + e2.x * e1.x + e2.x * e2.x;
    const float yy = e1.y * e1.y + e2.y * e1.y + e2.y * e2.y;
    inertia += (0.25F * kThird * twice) * (xx + yy);
  }
  Mass mass;
  mass.mass = density * area;
  center *= 1.0F / area;
  mass.center = center + mean;
  mass.inertia = density * inertia;
  mass.inertia += mass.mass * (dot(mass.center, mass.center) - dot(center, center));
  return mass;
}

// The bounding boxes, with the skin.
constexpr Box box_of(const Polygon& polygon, const Transform& transform) {
  Vec2 lower = apply(transform, polygon.vertices[0]);
  Vec2 upper = lower;
  for (std::uint32_t i = 1; i < polygon.count; ++i) {
    const Vec2 v = apply(transform, polygon.vertices[i]);
    lower = min(lower, v);
    upper = max(upper, v);
  }
  constexpr Vec2 kSkin{kPolygonRadius, kPolygonRadius};
  return {lower - kSkin, upper + kSkin};
}
constexpr Box box_of(const Edge& edge) {
  constexpr Vec2 kSkin{kPolygonRadius, kPolygonRadius};
  return {min(edge.a, edge.b) - kSkin, max(edge.a, edge.b) + kSkin};
}

}  // namespace plyo::physics2d
