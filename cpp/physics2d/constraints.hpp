// The constraints of a step: what the velocity iterations need of a lane's joints and contacts, and the
// iterations that correct positions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "velocity_kernels.hpp"
#include "world.hpp"

namespace plyo::physics2d {

inline constexpr float kCorrection = 0.2F;                        // the part of an error corrected in a step
inline constexpr float kImpactCorrection = 0.75F;                 // the same after an impact
inline constexpr float kMaxCorrection = 0.2F;                     // m
inline constexpr float kMaxTurnCorrection = 8.0F / 180.0F * kPi;  // rad

// The numbers of one lane in a pack.
struct LaneNumbers {
  float* first;
  std::size_t stride;
  float& operator[](std::size_t k) const { return first[k * stride]; }
  LaneNumbers from(std::size_t k) const { return {first + k * stride, stride}; }
};

struct Velocity {
  Vec2 linear;
  float spin = 0;
};

// The points and the normal, from the ground to the body, of a manifold in the world.
struct WorldManifold {
  Vec2 normal, points[kMaxPoints];
};

inline WorldManifold place(const Manifold& manifold, const Transform& body) {
  WorldManifold placed;
  const bool of_ground = manifold.type == Manifold::kFaceA;
  placed.normal = of_ground ? manifold.local_normal : rotate(body.q, manifold.local_normal);
  const Vec2 plane = of_ground ? manifold.local_point : apply(body, manifold.local_point);
  for (std::uint32_t i = 0; i < manifold.count; ++i) {
    const Vec2 clip = of_ground ? apply(body, manifold.points[i].local) : manifold.points[i].local;
    const Vec2 on_face = clip + (kPolygonRadius - dot(clip - plane, placed.normal)) * placed.normal;
    const Vec2 on_other = clip - kPolygonRadius * placed.normal;
    placed.points[i] = 0.5F * (on_face + on_other);
  }
  if (!of_ground) placed.normal = -placed.normal;
  return placed;
}

namespace detail {

// The masses that two points have for one impulse each; false if they are as good as one.
inline bool set_up_two_points(const float (&across)[kMaxPoints], float mass, float inertia,
                              const LaneNumbers& out) {
  constexpr float kMaxCondition = 1000.0F;
  const float k11 = mass + inertia * across[0] * across[0];
  const float k22 = mass + inertia * across[1] * across[1];
  const float k12 = mass + inertia * across[0] * across[1];
  if (!(k11 * k11 < kMaxCondition * (k11 * k22 - k12 * k12))) return false;
  float det = k11 * k22 - k12 * k12;
  if (det != 0.0F) det = 1.0F / det;
  out[pack::kK11] = k11;
  out[pack::kK12] = k12;
  out[pack::kK22] = k22;
  out[pack::kInverse11] = det * k22;
  out[pack::kInverse12] = -det * k12;
  out[pack::kInverse22] = det * k11;
  return true;
}

}  // namespace detail

// Writes the numbers of a contact whose body is at `center` with the rotation `q`. The impulses of the last
// step are scaled. Returns the number of points.
inline std::uint32_t set_up_contact(const Manifold& manifold, float friction, std::uint32_t body,
                                    const BodyPlan& plan, const Vec2& center, const Rot& q, float scale,
                                    const LaneNumbers& out) {
  const Transform transform{center - rotate(q, plan.local_center), q};
  const WorldManifold placed = place(manifold, transform);
  const Vec2& normal = placed.normal;
  const Vec2 tangent = cross(normal, 1.0F);
  const float mass = plan.inverse_mass, inertia = plan.inverse_inertia;
  float across[kMaxPoints] = {};
  for (std::uint32_t i = 0; i < kMaxPoints; ++i) {
    const LaneNumbers point = out.from(pack::kPoints + i * pack::kPointNumbers);
    if (i >= manifold.count) {
      for (std::size_t k = 0; k < pack::kPointNumbers; ++k) point[k] = 0.0F;
      continue;
    }
    const Vec2 arm = placed.points[i] - center;
    across[i] = cross(arm, normal);
    const float along = cross(arm, tangent);
    const float normal_sum = mass + inertia * across[i] * across[i];
    const float tangent_sum = mass + inertia * along * along;
    point[pack::kArmX] = arm.x;
    point[pack::kArmY] = arm.y;
    point[pack::kNormalMass] = normal_sum > 0.0F ? 1.0F / normal_sum : 0.0F;
    point[pack::kTangentMass] = tangent_sum > 0.0F ? 1.0F / tangent_sum : 0.0F;
    point[pack::kNormalImpulse] = scale * manifold.points[i].normal_impulse;
    point[pack::kTangentImpulse] = scale * manifold.points[i].tangent_impulse;
  }
  for (std::size_t k = pack::kK11; k < pack::kPoints; ++k) out[k] = 0.0F;
  std::uint32_t count = manifold.count;
  if (count == 2 && !detail::set_up_two_points(across, mass, inertia, out)) {
    count = 1;
    const LaneNumbers second = out.from(pack::kPoints + pack::kPointNumbers);
    for (std::size_t k = 0; k < pack::kPointNumbers; ++k) second[k] = 0.0F;
  }
  out[pack::kBody] = static_cast<float>(body);
  out[pack::kNumPoints] = static_cast<float>(count);
  out[pack::kNormalX] = normal.x;
  out[pack::kNormalY] = normal.y;
  out[pack::kFriction] = friction;
  out[pack::kMass] = mass;
  out[pack::kInertia] = inertia;
  return count;
}

// Applies a contact's impulses of the last step to its body.
inline void warm_start(const LaneNumbers& contact, std::uint32_t num_points, Velocity& velocity) {
  const Vec2 normal{contact[pack::kNormalX], contact[pack::kNormalY]};
  const Vec2 tangent = cross(normal, 1.0F);
  for (std::uint32_t i = 0; i < num_points; ++i) {
    const LaneNumbers point = contact.from(pack::kPoints + i * pack::kPointNumbers);
    const Vec2 impulse = point[pack::kNormalImpulse] * normal + point[pack::kTangentImpulse] * tangent;
    const Vec2 arm{point[pack::kArmX], point[pack::kArmY]};
    velocity.spin += contact[pack::kInertia] * cross(arm, impulse);
    velocity.linear += contact[pack::kMass] * impulse;
  }
}

namespace detail {

// The matrix of a joint and 1 by its determinants.
inline void set_up_matrix(const Vec2& arm_a, const Vec2& arm_b, const BodyPlan& a, const BodyPlan& b,
                          const LaneNumbers& out) {
  const float mass_a = a.inverse_mass, mass_b = b.inverse_mass;
  const float inertia_a = a.inverse_inertia, inertia_b = b.inverse_inertia;
  const float xx = mass_a + mass_b + arm_a.y * arm_a.y * inertia_a + arm_b.y * arm_b.y * inertia_b;
  const float xy = -arm_a.y * arm_a.x * inertia_a - arm_b.y * arm_b.x * inertia_b;
  const float xz = -arm_a.y * inertia_a - arm_b.y * inertia_b;
  const float yy = mass_a + mass_b + arm_a.x * arm_a.x * inertia_a + arm_b.x * arm_b.x * inertia_b;
  const float yz = arm_a.x * inertia_a + arm_b.x * inertia_b;
  const float zz = inertia_a + inertia_b;
  const float cross_x = yy * zz - yz * yz, cross_y = yz * xz - xy * zz, cross_z = xy * yz - yy * xz;
  float det3 = xx * cross_x + xy * cross_y + xz * cross_z;
  if (det3 != 0.0F) det3 = 1.0F / det3;
  float det2 = xx * yy - xy * xy;
  if (det2 != 0.0F) det2 = 1.0F / det2;
  out[pack::kXx] = xx;
  out[pack::kXy] = xy;
  out[pack::kYy] = yy;
  out[pack::kXz] = xz;
  out[pack::kYz] = yz;
  out[pack::kZz] = zz;
  out[pack::kDet3] = det3;
  out[pack::kCrossX] = cross_x;
  out[pack::kCrossY] = cross_y;
  out[pack::kCrossZ] = cross_z;
  out[pack::kDet2] = det2;
  out[pack::kMotorMass] = zz > 0.0F ? 1.0F / zz : zz;
}

inline Limit limit_of(const JointPlan& plan, float angle) {
  if (angle <= plan.lower_angle) return Limit::kLower;
  return angle >= plan.upper_angle ? Limit::kUpper : Limit::kNone;
}

}  // namespace detail

// Writes the numbers of a joint, and applies its impulses of the last step, scaled. `angle` is the joint's.
inline void set_up_joint(const JointPlan& plan, Joint& joint, const BodyPlan& a, const BodyPlan& b,
                         const Rot& q_a, const Rot& q_b, float angle, float dt, float scale,
                         Velocity& velocity_a, Velocity& velocity_b, const LaneNumbers& out) {
  const Vec2 arm_a = rotate(q_a, plan.anchor_a - a.local_center);
  const Vec2 arm_b = rotate(q_b, plan.anchor_b - b.local_center);
  detail::set_up_matrix(arm_a, arm_b, a, b, out);
  const Limit limit = detail::limit_of(plan, angle);
  if (limit == Limit::kNone || limit != joint.limit) joint.impulse_z = 0.0F;
  joint.limit = limit;
  joint.impulse_x *= scale;
  joint.impulse_y *= scale;
  joint.impulse_z *= scale;
  joint.motor_impulse *= scale;
  const Vec2 impulse{joint.impulse_x, joint.impulse_y};
  velocity_a.linear -= a.inverse_mass * impulse;
  velocity_a.spin -= a.inverse_inertia * (cross(arm_a, impulse) + joint.motor_impulse + joint.impulse_z);
  velocity_b.linear += b.inverse_mass * impulse;
  velocity_b.spin += b.inverse_inertia * (cross(arm_b, impulse) + joint.motor_impulse + joint.impulse_z);
  out[pack::kArmAX] = arm_a.x;
  out[pack::kArmAY] = arm_a.y;
  out[pack::kArmBX] = arm_b.x;
  out[pack::kArmBY] = arm_b.y;
  out[pack::kMassA] = a.inverse_mass;
  out[pack::kInertiaA] = a.inverse_inertia;
  out[pack::kMassB] = b.inverse_mass;
  out[pack::kInertiaB] = b.inverse_inertia;
  out[pack::kMotorSpeed] = joint.motor_speed;
  out[pack::kMaxMotor] = dt * joint.max_torque;
  out[pack::kLimit] = limit == Limit::kLower ? -1.0F : (limit == Limit::kUpper ? 1.0F : 0.0F);
  out[pack::kImpulseX] = joint.impulse_x;
  out[pack::kImpulseY] = joint.impulse_y;
  out[pack::kImpulseZ] = joint.impulse_z;
  out[pack::kMotor] = joint.motor_impulse;
}

// A body's place during the position iterations. The rotation is computed again only for another angle.
struct Placement {
  Vec2 center;
  float angle = 0;
  Rot q;  // of `known_angle`
  float known_angle = 0;

  const Rot& rotation(RotationOf rotation_of) {
    if (angle != known_angle) {
      q = rotation_of(angle);
      known_angle = angle;
    }
    return q;
  }
};

// Pushes a body out of the ground at the points of a contact; returns the least separation, at most `least`.
template <RotationOf kRotationOf>
float correct_contact(const Manifold& manifold, const BodyPlan& plan, float correction, Placement& body,
                      float least) {
  for (std::uint32_t i = 0; i < manifold.count; ++i) {
    const Rot q = body.rotation(kRotationOf);
    const Transform transform{body.center - rotate(q, plan.local_center), q};
    const bool of_ground = manifold.type == Manifold::kFaceA;
    Vec2 normal = of_ground ? manifold.local_normal : rotate(q, manifold.local_normal);
    const Vec2 plane = of_ground ? manifold.local_point : apply(transform, manifold.local_point);
    const Vec2 point = of_ground ? apply(transform, manifold.points[i].local) : manifold.points[i].local;
    const float separation = dot(point - plane, normal) - kPolygonRadius - kPolygonRadius;
    if (!of_ground) normal = -normal;
    const Vec2 arm = point - body.center;
    least = min(least, separation);
    const float error = clamp(correction * (separation + kLinearSlop), -kMaxCorrection, 0.0F);
    const float across = cross(arm, normal);
    const float sum = plan.inverse_mass + plan.inverse_inertia * across * across;
    const float impulse = sum > 0.0F ? -error / sum : 0.0F;
    const Vec2 push = impulse * normal;
    body.center += plan.inverse_mass * push;
    body.angle += plan.inverse_inertia * cross(arm, push);
  }
  return least;
}

// Brings the anchors of a joint together, and its angle within the limits; returns whether both are near enough.
template <RotationOf kRotationOf>
bool correct_joint(const JointPlan& plan, Limit limit, const BodyPlan& a, const BodyPlan& b, Placement& at_a,
                   Placement& at_b) {
  const float inertia_a = a.inverse_inertia, inertia_b = b.inverse_inertia;
  float turn_error = 0.0F;
  if (limit != Limit::kNone) {
    const float angle = at_b.angle - at_a.angle - plan.reference_angle;
    float error;
    if (limit == Limit::kLower) {
      error = angle - plan.lower_angle;
      turn_error = -error;
      error = clamp(error + kAngularSlop, -kMaxTurnCorrection, 0.0F);
    } else {
      error = angle - plan.upper_angle;
      turn_error = error;
      error = clamp(error - kAngularSlop, 0.0F, kMaxTurnCorrection);
    }
    const float impulse = -(1.0F / (inertia_a + inertia_b)) * error;
    at_a.angle -= inertia_a * impulse;
    at_b.angle += inertia_b * impulse;
  }
  const Vec2 arm_a = rotate(at_a.rotation(kRotationOf), plan.anchor_a - a.local_center);
  const Vec2 arm_b = rotate(at_b.rotation(kRotationOf), plan.anchor_b - b.local_center);
  const Vec2 apart = at_b.center + arm_b - at_a.center - arm_a;
  const float mass_a = a.inverse_mass, mass_b = b.inverse_mass;
  const float xx = mass_a + mass_b + inertia_a * arm_a.y * arm_a.y + inertia_b * arm_b.y * arm_b.y;
  const float xy = -inertia_a * arm_a.x * arm_a.y - inertia_b * arm_b.x * arm_b.y;
  const float yy = mass_a + mass_b + inertia_a * arm_a.x * arm_a.x + inertia_b * arm_b.x * arm_b.x;
  float det = xx * yy - xy * xy;
  if (det != 0.0F) det = 1.0F / det;
  const Vec2 impulse{-(det * (yy * apart.x - xy * apart.y)), -(det * (xx * apart.y - xy * apart.x))};
  at_a.center -= mass_a * impulse;
  at_a.angle -= inertia_a * cross(arm_a, impulse);
  at_b.center += mass_b * impulse;
  at_b.angle += inertia_b * cross(arm_b, impulse);
  return apart.length() <= kLinearSlop && turn_error <= kAngularSlop;
}

// Moves a body for a time with its velocity, which is limited.
inline void integrate(float dt, Velocity& velocity, Vec2& center, float& angle) {
  constexpr float kMaxTranslation = 2.0F;  // m in a step
  constexpr float kMaxRotation = 0.5F * kPi;
  const Vec2 translation = dt * velocity.linear;
  if (dot(translation, translation) > kMaxTranslation * kMaxTranslation) {
    velocity.linear *= kMaxTranslation / translation.length();
  }
  const float rotation = dt * velocity.spin;
  if (rotation * rotation > kMaxRotation * kMaxRotation) velocity.spin *= kMaxRotation / abs(rotation);
  center += dt * velocity.linear;
  angle += dt * velocity.spin;
}

}  // namespace plyo::physics2d
