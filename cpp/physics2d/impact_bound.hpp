// A quick proof that a moving shape does not touch a resting one, which saves most searches for a time of
// impact: the search answers 1 wherever the proof succeeds.
#pragma once

#include <cmath>

#include "time_of_impact.hpp"

namespace plyo::physics2d {

// Where the corners of a moving shape are at both ends of its sweep, and how far the arc of one can bulge from
// its chord.
struct SweptCorners {
  static constexpr int kMaxCorners = 2 * kMaxVertices;

  int count = 0;
  float bulge = 0;  // m
  Vec2 corners[kMaxCorners];
  Box box;  // around them, without the bulge
};

namespace detail {

// The rotation `q`, turned back by an angle: nearly, which is as much as a bound with a margin needs.
template <RotationOf kRotationOf>
Rot turned_back(const Rot& q, float turn) {
  constexpr float kSmall = 0.25F;  // rad, whose fourth power by 24 is a sixth of a thousandth
  Rot by{turn - turn * turn * turn * (1.0F / 6.0F), 1.0F - 0.5F * (turn * turn)};
  if (!(abs(turn) < kSmall)) by = kRotationOf(turn);
  return {q.s * by.c - q.c * by.s, q.c * by.c + q.s * by.s};
}

}  // namespace detail

// `end` is the transform at the end of the sweep.
template <RotationOf kRotationOf>
SweptCorners sweep_corners(const ConvexPoints& shape, const Sweep& sweep, const Transform& end) {
  const float turn = sweep.a - sweep.a0;
  Transform start;
  start.q = detail::turned_back<kRotationOf>(end.q, turn);
  start.p = sweep.c0 - rotate(start.q, sweep.local_center);
  SweptCorners swept;
  float farthest = 0.0F;  // squared, from the centre of mass
  for (int i = 0; i < shape.count; ++i) {
    const Vec2 arm = shape.points[i] - sweep.local_center;
    farthest = max(arm.length_squared(), farthest);
    for (const Transform& transform : {start, end}) {
      const Vec2 corner = apply(transform, shape.points[i]);
      swept.box = swept.count == 0 ? Box{corner, corner} : combine(swept.box, {corner, corner});
      swept.corners[swept.count++] = corner;
    }
  }
  swept.bulge = std::sqrt(farthest) * (turn * turn) * 0.125F;
  return swept;
}

// Whether it is certain that the moving shape keeps its distance from a shape that rests in the world: a line
// along one of its sides, or one beside the box around it, lies between them all the time. `radii` is the sum of
// the shapes' radii. The margin is far more than the errors of positions up to 100 m.
inline bool surely_keeps_away(const ConvexPoints& resting, const SweptCorners& swept, float radii) {
  constexpr float kMargin = 1e-3F;
  const float needed = impact_distance(radii, 0.0F) + kImpactTolerance + kMargin + swept.bulge;
  Box box{resting.points[0], resting.points[0]};
  for (int i = 1; i < resting.count; ++i) box = combine(box, {resting.points[i], resting.points[i]});
  if (swept.box.lower.x - box.upper.x > needed || box.lower.x - swept.box.upper.x > needed ||
      swept.box.lower.y - box.upper.y > needed || box.lower.y - swept.box.upper.y > needed) {
    return true;
  }
  // a segment has two sides along the same line
  const bool is_segment = resting.count == 2;
  for (int i = 0; i < (is_segment ? 1 : resting.count); ++i) {
    const Vec2 first = resting.points[i];
    const Vec2 side = resting.points[i + 1 < resting.count ? i + 1 : 0] - first;
    const Vec2 outwards = cross(side, 1.0F);  // as long as the side
    const float line = dot(outwards, first);
    float least = dot(outwards, swept.corners[0]), most = least;
    for (int k = 1; k < swept.count; ++k) {
      const float beyond = dot(outwards, swept.corners[k]);
      least = min(beyond, least);
      most = max(beyond, most);
    }
    const float needed_there = needed * side.length();
    if (least - line > needed_there || (is_segment && line - most > needed_there)) return true;
  }
  return false;
}

}  // namespace plyo::physics2d
