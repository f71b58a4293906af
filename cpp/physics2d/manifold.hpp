// Where two shapes touch.
#pragma once

#include <cstdint>

#include "math.hpp"

namespace plyo::physics2d {

inline constexpr std::uint32_t kMaxPoints = 2;

// The parts of the two shapes that make a point, by which it is known again in the next step.
struct Feature {
  enum Kind : std::uint8_t { kVertex = 0, kFace = 1 };

  std::uint8_t index_a = 0, index_b = 0;
  std::uint8_t kind_a = kVertex, kind_b = kVertex;

  friend constexpr bool operator==(const Feature&, const Feature&) = default;
};

struct ManifoldPoint {
  Vec2 local;                                     // in the frame of the shape that does not have the face
  float normal_impulse = 0, tangent_impulse = 0;  // N s, of the last step
  Feature id;
};

// The face of one shape and up to two points of the other. Shape A is the static one.
struct Manifold {
  enum Type : std::uint8_t { kFaceA, kFaceB };

  Vec2 local_normal, local_point;  // of the face, in its shape's frame
  ManifoldPoint points[kMaxPoints];
  std::uint8_t count = 0;
  Type type = kFaceA;
  std::uint8_t unused[2] = {0, 0};  // no padding: a State is saved as its bytes
};

struct ClipVertex {
  Vec2 v;
  Feature id;
};

// Clips the segment between two points to the half-plane `dot(normal, v) <= offset`; returns the number of
// points left. A point on the line has the vertex `vertex_a` of the shape to which the line belongs.
constexpr std::uint32_t clip_segment(ClipVertex (&out)[2], const ClipVertex (&in)[2], const Vec2& normal,
                                     float offset, std::uint8_t vertex_a) {
  std::uint32_t count = 0;
  const float distance0 = dot(normal, in[0].v) - offset;
  const float distance1 = dot(normal, in[1].v) - offset;
  if (distance0 <= 0.0F) out[count++] = in[0];
  if (distance1 <= 0.0F) out[count++] = in[1];
  if (distance0 * distance1 < 0.0F) {
    const float fraction = distance0 / (distance0 - distance1);
    out[count].v = in[0].v + fraction * (in[1].v - in[0].v);
    out[count].id = {vertex_a, in[0].id.index_b, Feature::kVertex, Feature::kFace};
    ++count;
  }
  return count;
}

}  // namespace plyo::physics2d
