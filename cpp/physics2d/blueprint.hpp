// What stays of a scene's moving bodies: their shapes, masses and joints. One is made for a task, not for a lane.
#pragma once

#include <cstddef>
#include <cstdint>

#include "shapes.hpp"

namespace plyo::physics2d {

// A body's part of a scene: numbers of its mass, which follow from its fixtures.
struct BodyPlan {
  float mass = 0, inverse_mass = 0;        // kg, 1/kg
  float inertia = 0, inverse_inertia = 0;  // kg m^2 about the centre of mass, and 1 by that
  Vec2 local_center;                       // m
};

// A polygon that is fixed to a body.
struct FixturePlan {
  std::uint32_t body = 0;
  Polygon shape;
  float density = 0;   // kg/m^2
  float friction = 0;  // a coefficient
};

// A revolute joint with limits and a motor. The bodies that it joins do not collide.
struct JointPlan {
  std::uint32_t body_a = 0, body_b = 0;
  Vec2 anchor_a, anchor_b;                 // m, in the frames of the bodies
  float reference_angle = 0;               // rad, of body b less that of body a when the joint was made
  float lower_angle = 0, upper_angle = 0;  // rad
};

template <std::size_t kBodyCount, std::size_t kFixtureCount, std::size_t kJointCount>
struct Blueprint {
  static constexpr std::size_t kBodies = kBodyCount, kFixtures = kFixtureCount, kJoints = kJointCount;

  BodyPlan bodies[kBodies];
  FixturePlan fixtures[kFixtures];  // in the order in which they were made
  JointPlan joints[kJoints];        // likewise

  // Computes the masses of the bodies from their fixtures.
  void weigh() {
    for (std::size_t b = 0; b < kBodies; ++b) {
      BodyPlan& body = bodies[b];
      body = {};
      Vec2 center;
      for (std::size_t f = kFixtures; f-- > 0;) {
        if (fixtures[f].body != b) continue;
        const Mass mass = mass_of(fixtures[f].shape, fixtures[f].density);
        body.mass += mass.mass;
        center += mass.mass * mass.center;
        body.inertia += mass.inertia;
      }
      body.inverse_mass = 1.0F / body.mass;
      center *= body.inverse_mass;
      body.inertia -= body.mass * dot(center, center);
      body.inverse_inertia = 1.0F / body.inertia;
      body.local_center = center;
    }
  }
};

}  // namespace plyo::physics2d
