// When two moving convex shapes first touch: conservative advancement along separating axes, with Box2D 2.3's
// operations in its order.
#pragma once

#include "distance.hpp"
#include "shapes.hpp"

namespace plyo::physics2d {

// How near to its distance an impact is found.
inline constexpr float kImpactTolerance = 0.25F * kLinearSlop;

// The distance without radii at which an impact is put: a little inside both skins.
constexpr float impact_distance(float radius_a, float radius_b) {
  return max(kLinearSlop, radius_a + radius_b - 3.0F * kLinearSlop);
}

// A shape in motion, from sweep.c0 and sweep.a0 at time 0 to sweep.c and sweep.a at time 1; or one that rests at the
// origin of the world.
struct MovingShape {
  ConvexPoints points{};
  float radius = 0;
  Sweep sweep{};
  bool rests = false;

  template <RotationOf kRotationOf>
  Transform at(float time) const {
    return rests ? Transform{} : sweep.transform_at(time, kRotationOf);
  }
};

namespace detail {

// A corner of each shape; -1: the middle of the face.
struct Corners {
  int a, b;
};

// The separation of two moving shapes along an axis: one between two corners that stays in the world, or the
// normal of a face that turns with its shape.
template <RotationOf kRotationOf>
class Separation {
 public:
  Separation(const SimplexMemory& nearest, const MovingShape& a, const MovingShape& b, float time)
      : a_(a), b_(b) {
    const Transform at_a = a.template at<kRotationOf>(time), at_b = b.template at<kRotationOf>(time);
    if (nearest.count == 1) {
      axis_ = apply(at_b, b.points.points[nearest.b[0]]) - apply(at_a, a.points.points[nearest.a[0]]);
      axis_.normalize();
    } else if (nearest.a[0] == nearest.a[1]) {
      kind_ = Kind::kFaceOfB;
      take_face(b.points.points[nearest.b[0]], b.points.points[nearest.b[1]], at_b,
                apply(at_a, a.points.points[nearest.a[0]]));
    } else {
      kind_ = Kind::kFaceOfA;
      take_face(a.points.points[nearest.a[0]], a.points.points[nearest.a[1]], at_a,
                apply(at_b, b.points.points[nearest.b[0]]));
    }
  }

  // The least separation at a time, and the corners that have it.
  float least(Corners& corners, float time) const {
    const Transform at_a = a_.template at<kRotationOf>(time), at_b = b_.template at<kRotationOf>(time);
    if (kind_ == Kind::kCorners) {
      corners = {farthest_point(a_.points, rotate_back(at_a.q, axis_)),
                 farthest_point(b_.points, rotate_back(at_b.q, -axis_))};
    } else if (kind_ == Kind::kFaceOfA) {
      corners = {-1, farthest_point(b_.points, rotate_back(at_b.q, -rotate(at_a.q, axis_)))};
    } else {
      corners = {farthest_point(a_.points, rotate_back(at_a.q, -rotate(at_b.q, axis_))), -1};
    }
    return between(corners, at_a, at_b);
  }

  // The separation of given corners.
  float of(const Corners& corners, float time) const {
    return between(corners, a_.template at<kRotationOf>(time), b_.template at<kRotationOf>(time));
  }

 private:
  enum class Kind { kCorners, kFaceOfA, kFaceOfB };

  // The face between two corners of a shape, its normal towards a point of the other.
  void take_face(const Vec2& first, const Vec2& second, const Transform& at, const Vec2& towards) {
    axis_ = cross(second - first, 1.0F);
    axis_.normalize();
    middle_ = 0.5F * (first + second);
    if (dot(towards - apply(at, middle_), rotate(at.q, axis_)) < 0.0F) axis_ = -axis_;
  }

  float between(const Corners& corners, const Transform& at_a, const Transform& at_b) const {
    if (kind_ == Kind::kCorners) {
      return dot(apply(at_b, b_.points.points[corners.b]) - apply(at_a, a_.points.points[corners.a]), axis_);
    }
    if (kind_ == Kind::kFaceOfA) {
      return dot(apply(at_b, b_.points.points[corners.b]) - apply(at_a, middle_), rotate(at_a.q, axis_));
    }
    return dot(apply(at_a, a_.points.points[corners.a]) - apply(at_b, middle_), rotate(at_b.q, axis_));
  }

  const MovingShape& a_;
  const MovingShape& b_;
  Kind kind_ = Kind::kCorners;
  Vec2 axis_{};
  Vec2 middle_{};  // of the face
};

// The time at which the corners' separation is `target`: between `low`, where it is `above`, and `high`, where
// it is `below`. Bisection and the secant rule take turns. Leaves `high` as it is where they do not converge.
template <RotationOf kRotationOf>
float find_root(const Separation<kRotationOf>& separation, const Corners& corners, float target, float low,
                float above, float high, float below) {
  constexpr int kMaxRounds = 50;
  const float end = high;
  for (int round = 0; round < kMaxRounds; ++round) {
    const float time =
        round % 2 == 1 ? low + (target - above) * (high - low) / (below - above) : 0.5F * (low + high);
    const float now = separation.of(corners, time);
    const float error = now - target;
    if (abs(error) < kImpactTolerance) return time;
    if (now > target) {
      low = time;
      above = now;
    } else {
      high = time;
      below = now;
    }
  }
  return end;
}

enum class Advance { kOn, kSeparated, kFailed, kTouching };

// Advances `time` until the shapes are at `target` along one axis.
template <RotationOf kRotationOf>
Advance advance_along(const Separation<kRotationOf>& separation, float target, float& time) {
  constexpr int kMaxCorners = 16;
  float end = 1.0F;
  for (int i = 0; i < kMaxCorners; ++i) {
    Corners corners;
    const float at_end = separation.least(corners, end);
    if (at_end > target + kImpactTolerance) return Advance::kSeparated;
    if (at_end > target - kImpactTolerance) {
      time = end;
      return Advance::kOn;
    }
    const float at_start = separation.of(corners, time);
    if (at_start < target - kImpactTolerance) return Advance::kFailed;
    if (at_start <= target + kImpactTolerance) return Advance::kTouching;
    end = find_root(separation, corners, target, time, at_start, end, at_end);
  }
  return Advance::kOn;
}

}  // namespace detail

// The time in [0, 1] at which two shapes touch; 1 if they do not, if they overlap from the start, or if the
// search fails.
template <RotationOf kRotationOf>
float time_of_impact(MovingShape a, MovingShape b) {
  constexpr int kMaxAxes = 20;
  a.sweep.normalize();
  b.sweep.normalize();
  const float target = impact_distance(a.radius, b.radius);
  float time = 0.0F;
  SimplexMemory memory;
  for (int i = 0; i < kMaxAxes; ++i) {
    const float apart = distance(a.points, a.template at<kRotationOf>(time), b.points,
                                 b.template at<kRotationOf>(time), memory);
    if (apart <= 0.0F) return 1.0F;
    if (apart < target + kImpactTolerance) return time;
    const detail::Separation<kRotationOf> separation(memory, a, b, time);
    switch (detail::advance_along(separation, target, time)) {
      case detail::Advance::kOn:
        break;
      case detail::Advance::kTouching:
        return time;
      case detail::Advance::kSeparated:
      case detail::Advance::kFailed:
        return 1.0F;
    }
  }
  return 1.0F;
}

}  // namespace plyo::physics2d
