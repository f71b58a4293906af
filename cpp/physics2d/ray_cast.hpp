// Where a ray first meets a resting edge or convex polygon, with Box2D 2.3's operations in its order.
#pragma once

#include <cstdint>

#include "shapes.hpp"

namespace plyo::physics2d {

// From `start` to `end`.
struct Ray {
  Vec2 start, end;
};

// The fraction of the ray at which it meets an edge, if that is at most `limit`; else `limit`.
inline float ray_edge(const Ray& ray, const Edge& edge, float limit) {
  const Vec2 way = ray.end - ray.start;
  const Vec2 along = edge.b - edge.a;
  Vec2 normal{along.y, -along.x};
  normal.normalize();
  const float height = dot(normal, edge.a - ray.start);
  const float speed = dot(normal, way);
  if (speed == 0.0F) return limit;
  const float fraction = height / speed;
  if (fraction < 0.0F || limit < fraction) return limit;
  const float squared = along.length_squared();
  if (squared == 0.0F) return limit;
  const Vec2 met = ray.start + fraction * way;
  const float part = dot(met - edge.a, along) / squared;
  return part < 0.0F || 1.0F < part ? limit : fraction;
}

// The same for a polygon. A ray that starts inside does not meet it.
constexpr float ray_polygon(const Ray& ray, const Polygon& polygon, float limit) {
  const Vec2 way = ray.end - ray.start;
  float enters = 0.0F, leaves = limit;
  bool is_met = false;
  for (std::uint32_t i = 0; i < polygon.count; ++i) {
    const float height = dot(polygon.normals[i], polygon.vertices[i] - ray.start);
    const float speed = dot(polygon.normals[i], way);
    if (speed == 0.0F) {
      if (height < 0.0F) return limit;
    } else if (speed < 0.0F && height < enters * speed) {
      enters = height / speed;
      is_met = true;
    } else if (speed > 0.0F && height < leaves * speed) {
      leaves = height / speed;
    }
    if (leaves < enters) return limit;
  }
  return is_met ? enters : limit;
}

}  // namespace plyo::physics2d
