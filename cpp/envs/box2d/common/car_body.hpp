// The car of CarRacing, seen from above, as a scene of physics2d: a hull and four wheels, which feel the road but
// bump into nothing. Reference: gymnasium 1.4.0 car_dynamics.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../core/environment.hpp"
#include "../../../physics2d/blueprint.hpp"
#include "../../../physics2d/velocity_kernels.hpp"
#include "../../../physics2d/world.hpp"

namespace PLYO_ENVS::car_racing {

inline constexpr double kSize = 0.02;                              // m, of a unit of the drawing below
inline constexpr double kEnginePower = 100000000 * kSize * kSize;  // W
inline constexpr double kWheelInertia = 4000 * kSize * kSize;      // kg m^2
inline constexpr double kFrictionLimit = 1000000 * kSize * kSize;  // N, on the road
inline constexpr double kWheelRadius = 1.0 * 27 * kSize;           // m
inline constexpr double kDt = 1.0 / 50;                            // s, of a step
inline constexpr std::uint32_t kHull = 0;                          // the bodies; wheel i is body i + 1
inline constexpr std::uint32_t kNumWheels = 4, kNumHullParts = 4;  // fixtures of the hull come first
inline constexpr double kWheelPlaces[kNumWheels][2] = {{-55, 80}, {55, 80}, {-55, -82}, {55, -82}};

using CarPlan = physics2d::Blueprint<5, 8, 4>;

inline physics2d::Polygon make_part(const double (*points)[2], std::uint32_t count) {
  physics2d::Vec2 vertices[physics2d::kMaxVertices];
  for (std::uint32_t i = 0; i < count; ++i) {
    vertices[i] = {static_cast<float>(points[i][0] * kSize), static_cast<float>(points[i][1] * kSize)};
  }
  return physics2d::make_polygon(vertices, count);
}

inline CarPlan make_plan() {
  constexpr double kFront[4][2] = {{-60, 130}, {60, 130}, {60, 110}, {-60, 110}};
  constexpr double kNose[4][2] = {{-15, 120}, {15, 120}, {20, 20}, {-20, 20}};
  constexpr double kMiddle[8][2] = {{25, 20},   {50, -10},  {50, -40},  {20, -90},
                                    {-20, -90}, {-50, -40}, {-50, -10}, {-25, 20}};
  constexpr double kRear[4][2] = {{-50, -120}, {50, -120}, {50, -90}, {-50, -90}};
  constexpr double kWheel[4][2] = {{-14, 27}, {14, 27}, {14, -27}, {-14, -27}};
  CarPlan plan;
  plan.fixtures[0] = {kHull, make_part(kFront, 4), 1.0F, 0.2F};
  plan.fixtures[1] = {kHull, make_part(kNose, 4), 1.0F, 0.2F};
  plan.fixtures[2] = {kHull, make_part(kMiddle, 8), 1.0F, 0.2F};
  plan.fixtures[3] = {kHull, make_part(kRear, 4), 1.0F, 0.2F};
  const physics2d::Polygon wheel = make_part(kWheel, 4);
  for (std::uint32_t i = 0; i < kNumWheels; ++i) {
    plan.fixtures[kNumHullParts + i] = {i + 1, wheel, 0.1F, 0.2F};
    plan.joints[i] = {.body_a = kHull,
                      .body_b = i + 1,
                      .anchor_a = {static_cast<float>(kWheelPlaces[i][0] * kSize),
                                   static_cast<float>(kWheelPlaces[i][1] * kSize)},
                      .anchor_b = {},
                      .reference_angle = 0.0F,
                      .lower_angle = -0.4F,
                      .upper_angle = 0.4F};
  }
  plan.weigh();
  return plan;
}

// The tiles of the road are sensors, which the solver does not know (car_tiles.hpp).
struct NoGround {
  std::uint32_t unused = 0;

  static std::uint32_t count() { return 0; }
  static physics2d::Box fat_box(std::uint32_t /*shape*/) { return {}; }
  static void collide(std::uint32_t /*shape*/, const physics2d::Polygon& /*polygon*/,
                      const physics2d::Transform& /*at*/, physics2d::Manifold& manifold) {
    manifold = {};
  }
  static float friction(std::uint32_t /*shape*/) { return 0.0F; }
  static std::uint32_t body(std::uint32_t shape) { return shape; }
  static physics2d::ConvexPoints points(std::uint32_t /*shape*/) { return {}; }
  template <class Visit>
  static void near(const physics2d::Box& /*box*/, Visit /*visit*/) {}
};

struct Scene {
  static constexpr std::size_t kBodies = 5, kFixtures = 8, kJoints = 4, kMaxContacts = 2;
  static constexpr const physics2d::Linkage& kLinkage = physics2d::kWheels;
  static constexpr std::uint8_t kJointOrder[kJoints] = {3, 2, 1, 0};
  using Ground = NoGround;

  static const ByIsa<physics2d::VelocityKernels>& velocity_kernels() { return physics2d::wheels_kernels(); }
  static const CarPlan& blueprint() {
    static const CarPlan plan = make_plan();
    return plan;
  }
};

using CarWorld = physics2d::World<Scene>;

// The rotation by an angle, as the build has mathematics.
inline constexpr physics2d::RotationOf kRotationOf =
    kReferenceMath ? &physics2d::platform_rotation : &physics2d::own_rotation;

// What a wheel has beside its body.
struct Wheel {
  double gas = 0, brake = 0, steer = 0;  // the controls; rad
  double omega = 0;                      // rad/s, about the axle
  double phase = 0;                      // rad
  std::uint64_t num_tiles = 0;           // that it touches
};

// Puts a car at rest at a point of the track.
inline void place_car(CarWorld& world, double angle, double x, double y) {
  const auto turn = static_cast<float>(angle);
  world.place_body(kHull, {static_cast<float>(x), static_cast<float>(y)}, turn, kRotationOf);
  for (std::uint32_t i = 0; i < kNumWheels; ++i) {
    // the reference does not turn the places of the wheels; the joints do so in the first steps
    world.place_body(i + 1,
                     {static_cast<float>(x + kWheelPlaces[i][0] * kSize),
                      static_cast<float>(y + kWheelPlaces[i][1] * kSize)},
                     turn, kRotationOf);
    world.joints[i] = {};
    world.joints[i].max_torque = static_cast<float>(180 * 900 * kSize * kSize);
  }
}

constexpr double sign_of(double x) { return (x > 0 ? 1.0 : 0.0) - (x < 0 ? 1.0 : 0.0); }

// Gas and steering go to the wheels in pairs; gas rises by a tenth a step at most.
inline void control(Wheel (&wheels)[kNumWheels], double steer, double gas, double brake) {
  wheels[0].steer = wheels[1].steer = steer;
  const double goal = gas < 0 ? 0 : (gas > 1 ? 1 : gas);
  for (std::uint32_t i = 2; i < kNumWheels; ++i) {
    const double rise = goal - wheels[i].gas;
    wheels[i].gas += rise > 0.1 ? 0.1 : rise;
  }
  for (Wheel& wheel : wheels) wheel.brake = brake;
}

// Engine and brakes turn a wheel about its axle.
inline void turn_wheel(Wheel& wheel) {
  constexpr double kBrakeForce = 15;  // rad/s in a step
  wheel.omega += kDt * kEnginePower * wheel.gas / kWheelInertia / (math::abs(wheel.omega) + 5.0);
  if (wheel.brake >= 0.9) {
    wheel.omega = 0;
  } else if (wheel.brake > 0) {
    const double direction = -sign_of(wheel.omega);
    double change = kBrakeForce * wheel.brake;
    if (math::abs(change) > math::abs(wheel.omega)) change = math::abs(wheel.omega);
    wheel.omega += direction * change;
  }
  wheel.phase += wheel.omega * kDt;
}

// The forces of a step on a wheel and its body. Returns the force that would hold the wheel, in N, and its limit.
struct Grip {
  double force, limit;
};
inline Grip drive_wheel(CarWorld& world, std::uint32_t index, Wheel& wheel) {
  const double error = wheel.steer - static_cast<double>(world.joint_angle(index));
  world.set_motor_speed(index, static_cast<float>(sign_of(error) * math::min(50.0 * math::abs(error), 3.0)));
  const double limit = wheel.num_tiles > 0 ? kFrictionLimit * 1.0 : kFrictionLimit * 0.6;
  const physics2d::Body& body = world.bodies[index + 1];
  const physics2d::Vec2 forward = physics2d::rotate(body.transform.q, {0.0F, 1.0F});
  const physics2d::Vec2 side = physics2d::rotate(body.transform.q, {1.0F, 0.0F});
  const auto along = [&](const physics2d::Vec2& axis) {
    return static_cast<double>(axis.x) * static_cast<double>(body.velocity.x) +
           static_cast<double>(axis.y) * static_cast<double>(body.velocity.y);
  };
  const double forward_speed = along(forward), side_speed = along(side);
  turn_wheel(wheel);
  // proportional to the difference of the speeds, with a factor that lets it settle
  constexpr double kStiffness = 205000 * kSize * kSize;
  double push = (-forward_speed + wheel.omega * kWheelRadius) * kStiffness;
  double side_push = -side_speed * kStiffness;
  const double force = math::sqrt(push * push + side_push * side_push);
  if (math::abs(force) > limit) {
    push = push / force * limit;
    side_push = side_push / force * limit;
  }
  wheel.omega -= kDt * push * kWheelRadius / kWheelInertia;
  const auto total = [&](float side_part, float forward_part) {
    return static_cast<float>(side_push * static_cast<double>(side_part) +
                              push * static_cast<double>(forward_part));
  };
  world.push(index + 1, {total(side.x, forward.x), total(side.y, forward.y)});
  return {force, limit};
}

}  // namespace PLYO_ENVS::car_racing
