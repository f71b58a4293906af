// The flight of a spark: a small disc that falls, and bounces off the ground as Box2D 2.3 has it. Nothing else is in
// its way. Where nothing is hit it has Box2D's bits; an impact is where the disc meets the ground, of which Box2D finds
// a place that is nearer than a millimetre or two.
#pragma once

#include <cmath>
#include <cstdint>

#include "envs/box2d/common/lander_sparks.hpp"
#include "physics2d/stepper.hpp"

namespace PLYO_ENVS::lunar_lander {

class SparkFlight {
  using Vec2 = physics2d::Vec2;

 public:
  explicit SparkFlight(const Spark& spark) : place_(spark.place), velocity_(spark.velocity) {}

  const Vec2& place() const { return place_; }

  // `ground` is that of a scene (physics2d/world.hpp), made of edges.
  template <class Ground>
  void step(const Ground& ground, const physics2d::StepRules& rules) {
    velocity_ += rules.dt * rules.gravity;
    bounce(touches_of(ground));
    float rest = rules.dt;
    for (int impacts = 0; impacts < kMostImpacts; ++impacts) {
      const float time = first_impact(ground, rest * velocity_);
      if (!(time < 1.0F)) break;
      place_ += time * rest * velocity_;
      rest *= 1.0F - time;
      const Touches touches = touches_of(ground);
      push_out(touches);
      bounce(touches);
    }
    place_ += rest * velocity_;
  }

 private:
  static constexpr float kTouching = kSparkRadius + physics2d::kPolygonRadius;  // m, from an edge
  static constexpr float kImpact = kTouching - 3.0F * physics2d::kLinearSlop;   // m, where it is stopped
  static constexpr float kFriction = 0.1F, kRestitution = 0.3F;
  static constexpr float kSoftest = 1.0F;  // m/s, of an impact after which it leaves the ground
  static constexpr int kMostImpacts = 8;   // in a step
  static constexpr int kMostTouches = 4;   // at a time
  static constexpr int kIterations = 180, kPlaceIterations = 20;

  // An edge that it touches.
  struct Touch {
    const physics2d::Edge* edge;
    float friction;
  };
  struct Touches {
    int count = 0;
    Touch list[kMostTouches];
  };
  // How far the centre is from an edge, and which way.
  struct Gap {
    float distance;
    Vec2 normal;  // from the edge to the centre
  };

  Gap gap_to(const physics2d::Edge& edge) const {
    const Vec2 along = edge.b - edge.a;
    const float part = physics2d::clamp(dot(place_ - edge.a, along) / along.length_squared(), 0.0F, 1.0F);
    Vec2 normal = place_ - (edge.a + part * along);
    const float distance = normal.normalize();
    return {distance, normal};
  }

  template <class Ground>
  Touches touches_of(const Ground& ground) const {
    Touches touches;
    each_near(ground, {}, [&](std::uint32_t shape) {
      const physics2d::Edge& edge = ground.edges[shape];
      if (touches.count == kMostTouches || !(gap_to(edge).distance <= kTouching)) return;
      touches.list[touches.count++] = {&edge, std::sqrt(kFriction * ground.friction(shape))};
    });
    return touches;
  }

  // Calls `visit(shape)` for the edges near the way to place + motion.
  template <class Ground, class Visit>
  void each_near(const Ground& ground, const Vec2& motion, Visit visit) const {
    const Vec2 end = place_ + motion;
    const physics2d::Box way{min(place_, end), max(place_, end)};
    for (std::uint32_t shape = 0; shape < ground.count(); ++shape) {
      if (overlap(ground.fat_box(shape), way)) visit(shape);
    }
  }

  // The part of the motion after which it is stopped; 1 if it is not.
  template <class Ground>
  float first_impact(const Ground& ground, const Vec2& motion) const {
    float first = 1.0F;
    each_near(ground, motion, [&](std::uint32_t shape) {
      first = physics2d::min(impact_time(ground.edges[shape], motion), first);
    });
    return first;
  }

  // When the centre is kImpact away from an edge, from which it was farther; 1 if never.
  float impact_time(const physics2d::Edge& edge, const Vec2& motion) const {
    Vec2 along = edge.b - edge.a;
    const float length = along.normalize();
    const Vec2 from_a = place_ - edge.a;
    const float height = cross(along, from_a), rise = cross(along, motion);
    const float away = height < 0.0F ? -height : height, closing = height < 0.0F ? rise : -rise;
    if (away > kImpact && closing > 0.0F) {
      const float time = (away - kImpact) / closing;
      const float foot = dot(from_a + time * motion, along);
      if (foot >= 0.0F && foot <= length) return time;
    }
    return physics2d::min(corner_time(from_a, motion), corner_time(place_ - edge.b, motion));
  }

  static float corner_time(const Vec2& from_corner, const Vec2& motion) {
    const float square = motion.length_squared(), closing = -dot(from_corner, motion);
    const float outside = from_corner.length_squared() - kImpact * kImpact;
    const float under_root = closing * closing - square * outside;
    if (!(outside > 0.0F && closing > 0.0F && under_root >= 0.0F)) return 1.0F;
    return (closing - std::sqrt(under_root)) / square;
  }

  // Moves it away from what it has been pressed into.
  void push_out(const Touches& touches) {
    float deepest = kTouching;
    for (int k = 0; k < kPlaceIterations && deepest > 1.5F * physics2d::kLinearSlop; ++k) {
      deepest = 0.0F;
      for (int i = 0; i < touches.count; ++i) {
        const Gap gap = gap_to(*touches.list[i].edge);
        const float depth = kTouching - gap.distance;
        deepest = physics2d::max(depth, deepest);
        place_ += physics2d::max(0.75F * (depth - physics2d::kLinearSlop), 0.0F) * gap.normal;
      }
    }
  }

  // What the edges do to its velocity: that of a disc of mass 1.
  void bounce(const Touches& touches) {
    constexpr float kInverseInertia = 2.0F / (kSparkRadius * kSparkRadius);
    struct Contact {
      Vec2 normal, tangent;
      float arm;                 // from the centre to the ground
      float aim;                 // m/s, away from the ground
      float push = 0, grip = 0;  // impulses
    };
    Contact contacts[kMostTouches];
    for (int i = 0; i < touches.count; ++i) {
      const Gap gap = gap_to(*touches.list[i].edge);
      const float approach = -dot(velocity_, gap.normal);
      contacts[i] = {.normal = gap.normal,
                     .tangent = cross(gap.normal, 1.0F),
                     .arm = 0.5F * (gap.distance + kSparkRadius - physics2d::kPolygonRadius),
                     .aim = approach > kSoftest ? kRestitution * approach : 0.0F};
    }
    bool has_changed = touches.count > 0;
    for (int k = 0; k < kIterations && has_changed; ++k) {
      has_changed = false;
      for (int i = 0; i < touches.count; ++i) {
        Contact& contact = contacts[i];
        const float most = touches.list[i].friction * contact.push;
        const float slip = dot(velocity_, contact.tangent) + spin_ * contact.arm;
        const float mass = 1.0F / (1.0F + kInverseInertia * contact.arm * contact.arm);
        const float grip = physics2d::clamp(contact.grip - mass * slip, -most, most);
        velocity_ += (grip - contact.grip) * contact.tangent;
        spin_ += kInverseInertia * contact.arm * (grip - contact.grip);
        const float push = physics2d::max(contact.push + contact.aim - dot(velocity_, contact.normal), 0.0F);
        velocity_ += (push - contact.push) * contact.normal;
        has_changed = has_changed || push != contact.push || grip != contact.grip;
        contact.push = push;
        contact.grip = grip;
      }
    }
  }

  Vec2 place_, velocity_;  // m, m/s
  float spin_ = 0;         // rad/s
};

}  // namespace PLYO_ENVS::lunar_lander
