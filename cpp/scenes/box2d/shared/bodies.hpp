// Polygons that are fixed to bodies, as gymnasium 1.4.0 draws them.
#pragma once

#include <cstdint>

#include "physics2d/shapes.hpp"
#include "render/canvas.hpp"

namespace plyo::scenes {

// The corners of a polygon in pixels, of which a metre has `scale`; returns how many there are.
constexpr int corners_of(const physics2d::Polygon& shape, const physics2d::Transform& at, float scale,
                         render::Point (&corners)[physics2d::kMaxVertices]) {
  for (std::uint32_t i = 0; i < shape.count; ++i) {
    const physics2d::Vec2 corner = scale * physics2d::apply(at, shape.vertices[i]);
    corners[i] = {static_cast<double>(corner.x), static_cast<double>(corner.y)};
  }
  return static_cast<int>(shape.count);
}

// Filled, and with a line around it.
template <class Canvas>
constexpr void draw_body(Canvas& canvas, const physics2d::Polygon& shape, const physics2d::Transform& at,
                         float scale, render::Color fill, render::Color line) {
  render::Point corners[physics2d::kMaxVertices] = {};
  const int count = corners_of(shape, at, scale, corners);
  canvas.polygon(corners, count, fill);
  canvas.outline(corners, count, 1, line, true);
}

}  // namespace plyo::scenes
