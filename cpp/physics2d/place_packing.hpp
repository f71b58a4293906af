// The position iterations of several lanes together: their numbers in a pack, and back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "constraints.hpp"
#include "contact_slots.hpp"
#include "position_kernels.hpp"
#include "world.hpp"

namespace plyo::physics2d {

inline void pack_place(const Placement& place, const LaneNumbers& out) {
  out[0] = place.center.x;
  out[1] = place.center.y;
  out[2] = place.angle;
}
inline void unpack_place(const LaneNumbers& in, Placement& place) {
  place.center = {in[0], in[1]};
  place.angle = in[2];
}

inline void pack_limit(Limit limit, const LaneNumbers& joint) {
  joint[place_pack::kLimit] = limit == Limit::kLower ? -1.0F : (limit == Limit::kUpper ? 1.0F : 0.0F);
}

inline void pack_joint(const JointPlan& plan, Limit limit, const BodyPlan& a, const BodyPlan& b,
                       const LaneNumbers& out) {
  const Vec2 arm_a = plan.anchor_a - a.local_center, arm_b = plan.anchor_b - b.local_center;
  const float inertias = a.inverse_inertia + b.inverse_inertia;
  out[place_pack::kArmAX] = arm_a.x;
  out[place_pack::kArmAY] = arm_a.y;
  out[place_pack::kArmBX] = arm_b.x;
  out[place_pack::kArmBY] = arm_b.y;
  out[place_pack::kMassA] = a.inverse_mass;
  out[place_pack::kInertiaA] = a.inverse_inertia;
  out[place_pack::kMassB] = b.inverse_mass;
  out[place_pack::kInertiaB] = b.inverse_inertia;
  out[place_pack::kMotorMass] = inertias > 0.0F ? 1.0F / inertias : inertias;
  out[place_pack::kReference] = plan.reference_angle;
  out[place_pack::kLower] = plan.lower_angle;
  out[place_pack::kUpper] = plan.upper_angle;
  pack_limit(limit, out);
}

inline void pack_contact(const Manifold& manifold, const BodyPlan& plan, const LaneNumbers& out) {
  out[place_pack::kNumPoints] = static_cast<float>(manifold.count);
  out[place_pack::kFaceOfBody] = manifold.type == Manifold::kFaceB ? 1.0F : 0.0F;
  out[place_pack::kNormalX] = manifold.local_normal.x;
  out[place_pack::kNormalY] = manifold.local_normal.y;
  out[place_pack::kFaceX] = manifold.local_point.x;
  out[place_pack::kFaceY] = manifold.local_point.y;
  out[place_pack::kFirstX] = manifold.points[0].local.x;
  out[place_pack::kFirstY] = manifold.points[0].local.y;
  out[place_pack::kSecondX] = manifold.points[1].local.x;
  out[place_pack::kSecondY] = manifold.points[1].local.y;
  out[place_pack::kCenterX] = plan.local_center.x;
  out[place_pack::kCenterY] = plan.local_center.y;
  out[place_pack::kMass] = plan.inverse_mass;
  out[place_pack::kInertia] = plan.inverse_inertia;
}

// A lane whose places are to be corrected. Its joints are in the linkage's order.
template <class Scene>
struct Misplaced {
  const World<Scene>* world;
  const Island<Scene>* island;
  Placement* places;  // of all bodies
  bool solved = false;
};

namespace detail {

// Writes the numbers of the joints, all but the limits, which lanes have in common.
template <class Scene>
void pack_joints(float* numbers, std::size_t width) {
  const auto& plan = Scene::blueprint();
  for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
    const JointPlan& joint = plan.joints[Scene::kJointOrder[slot]];
    float* const at = numbers + place_pack::joint_at(Scene::kLinkage, slot) * width;
    pack_joint(joint, Limit::kNone, plan.bodies[joint.body_a], plan.bodies[joint.body_b], {at, width});
    for (std::size_t k = 0; k < place_pack::kJointNumbers; ++k) {
      for (std::size_t i = 1; i < width; ++i) at[k * width + i] = at[k * width];
    }
  }
}

// Writes the numbers of a lane.
template <class Scene>
void pack_misplaced(const Misplaced<Scene>& lane, const ContactSlots<Scene>& slots, const LaneNumbers& out) {
  const auto& plan = Scene::blueprint();
  for (std::size_t b = 0; b < Scene::kBodies; ++b)
    pack_place(lane.places[b], out.from(place_pack::kPlace * b));
  for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
    pack_limit(lane.world->joints[Scene::kJointOrder[slot]].limit,
               out.from(place_pack::joint_at(Scene::kLinkage, slot)));
  }
  slots.visit(*lane.world, *lane.island, [&](std::size_t slot, std::uint32_t body, const Contact* contact) {
    const LaneNumbers at = out.from(place_pack::contact_at(Scene::kLinkage, slot));
    if (contact != nullptr) {
      pack_contact(contact->manifold, plan.bodies[body], at);
    } else {
      for (std::size_t k = 0; k < place_pack::kContactNumbers; ++k) at[k] = 0.0F;
    }
  });
}

}  // namespace detail

// Corrects the places of lanes from the first on, as many as fit together of `count`, none with more than
// kMaxPackedContacts contacts, with the bits of one lane after the other. Returns how many.
template <RotationOf kRotationOf, class Scene>
std::size_t correct_together(const PositionKernels& kernels, Misplaced<Scene>* lanes, std::size_t count,
                             std::size_t iterations) {
  constexpr std::size_t kMost = place_pack::contact_at(Scene::kLinkage, kMaxPackedContacts);
  alignas(plyo::lanes::kPackAlignment) float numbers[kMost * plyo::lanes::kMaxLanes];
  const std::size_t width = kernels.width;
  ContactSlots<Scene> slots;
  count = take_lanes(count < width ? count : width, slots, [&](std::size_t i) {
    return ContactSlots<Scene>::of(*lanes[i].world, *lanes[i].island);
  });
  PackShape shape = slots.shape();
  detail::pack_joints<Scene>(numbers, width);
  for (std::size_t i = 0; i < count; ++i) detail::pack_misplaced(lanes[i], slots, {numbers + i, width});
  find_points(numbers + place_pack::contact_at(Scene::kLinkage, 0) * width + place_pack::kNumPoints * width,
              place_pack::kContactNumbers * width, count, shape);
  const std::size_t used = place_pack::contact_at(Scene::kLinkage, shape.num_contacts);
  // what is left of the register does what its first lane does, and keeps no one waiting
  for (std::size_t k = 0; k < used && count < width; ++k) {
    for (std::size_t i = count; i < width; ++i) numbers[k * width + i] = numbers[k * width];
  }
  std::uint8_t in_place[plyo::lanes::kMaxLanes];
  kernels.with(kRotationOf)(numbers, shape, iterations, in_place);
  for (std::size_t i = 0; i < count; ++i) {
    lanes[i].solved = in_place[i] != 0;
    for (std::size_t b = 0; b < Scene::kBodies; ++b) {
      unpack_place({numbers + place_pack::kPlace * b * width + i, width}, lanes[i].places[b]);
    }
  }
  return count;
}

}  // namespace plyo::physics2d
