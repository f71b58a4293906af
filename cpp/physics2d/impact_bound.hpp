// A quick proof that a moving shape does not touch a resting one, which saves most searches for a time of
// impact: the search answers 1 wherever the proof succeeds.
#pragma once

#include <cmath>

#include "time_of_impact.hpp"

namespace plyo::physics2d {

// Where the corners of a moving shape are at both ends of its sweep, and how far the arc of one can bulge from
// its chord.
struct SweptCorners {
  static constexpr int kMaxCorners = kMaxVertices;

  int count = 0;
  float bulge = 0;  // m
  Vec2 start[kMaxCorners], end[kMaxCorners];
};

template <RotationOf kRotationOf>
SweptCorners sweep_corners(const ConvexPoints& shape, const Sweep& sweep) {
  SweptCorners swept;
  swept.count = shape.count;
  const Transform before = sweep.transform_at(0.0F, kRotationOf),
                  after = sweep.transform_at(1.0F, kRotationOf);
  float farthest = 0.0F;  // squared, from the centre of mass
  for (int i = 0; i < shape.count; ++i) {
    swept.start[i] = apply(before, shape.points[i]);
    swept.end[i] = apply(after, shape.points[i]);
    const Vec2 arm = shape.points[i] - sweep.local_center;
    farthest = max(arm.length_squared(), farthest);
  }
  const float turn = sweep.a - sweep.a0;
  swept.bulge = std::sqrt(farthest) * (turn * turn) * 0.125F;
  return swept;
}

namespace detail {

// How far the corners stay beyond a line: at least so much at all times of the sweep.
inline float least_beyond(const SweptCorners& swept, const Vec2& normal, const Vec2& on_line) {
  const float line = dot(normal, on_line);
  float least = dot(normal, swept.start[0]);
  for (int i = 0; i < swept.count; ++i) {
    least = min(min(dot(normal, swept.start[i]), dot(normal, swept.end[i])), least);
  }
  return least - line - swept.bulge;
}

}  // namespace detail

// Whether it is certain that the moving shape keeps its distance from a shape that rests in the world: a line
// along one of its sides, or upright at one of its ends, lies between them all the time. `radii` is the sum of
// the shapes' radii. The margin is a hundred times the rounding errors of positions up to 100 m.
inline bool surely_keeps_away(const ConvexPoints& resting, const SweptCorners& swept, float radii) {
  constexpr float kMargin = 1e-3F;
  const float needed = impact_distance(radii, 0.0F) + kImpactTolerance + kMargin;
  float left = resting.points[0].x, right = left;
  for (int i = 1; i < resting.count; ++i) {
    left = min(resting.points[i].x, left);
    right = max(resting.points[i].x, right);
  }
  if (detail::least_beyond(swept, {1.0F, 0.0F}, {right, 0.0F}) > needed) return true;
  if (detail::least_beyond(swept, {-1.0F, 0.0F}, {left, 0.0F}) > needed) return true;
  for (int i = 0; i < resting.count; ++i) {
    const Vec2 first = resting.points[i];
    Vec2 outwards = cross(resting.points[i + 1 < resting.count ? i + 1 : 0] - first, 1.0F);
    outwards.normalize();
    if (detail::least_beyond(swept, outwards, first) > needed) return true;
  }
  return false;
}

}  // namespace plyo::physics2d
