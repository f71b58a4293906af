// Where the contacts of lanes are among the numbers of their pack. A contact with the ground changes one body,
// so that the order of contacts counts only among those of a body. A pack has slots for the contacts of its
// first body, then for those of the second, and so on, as many for each as the lane with most has: all lanes
// have the same body in a slot.
#pragma once

#include <cstddef>
#include <cstdint>

#include "constraints.hpp"
#include "velocity_kernels.hpp"
#include "world.hpp"

namespace plyo::physics2d {

template <class Scene>
struct ContactSlots {
  std::uint8_t counts[Scene::kBodies] = {};  // of slots for a body's contacts

  // Those that a lane needs.
  static ContactSlots of(const World<Scene>& world, const Island<Scene>& island) {
    ContactSlots slots;
    for (std::size_t c = 0; c < island.num_contacts; ++c) {
      ++slots.counts[world.body_of(world.contacts[island.contacts[c]])];
    }
    return slots;
  }
  // Those that serve lanes of both kinds.
  ContactSlots with(const ContactSlots& other) const {
    ContactSlots slots = *this;
    for (std::size_t b = 0; b < Scene::kBodies; ++b) {
      if (slots.counts[b] < other.counts[b]) slots.counts[b] = other.counts[b];
    }
    return slots;
  }
  std::size_t total() const {
    std::size_t sum = 0;
    for (const std::uint8_t count : counts) sum += count;
    return sum;
  }

  // Calls visit(slot, body, contact) for every slot in turn, and with null where the lane has no contact for it.
  // `AnyWorld` is the world, which may be constant.
  template <class AnyWorld, class Visit>
  void visit(AnyWorld& world, const Island<Scene>& island, Visit visit) const {
    std::size_t slot = 0;
    for (std::uint32_t b = 0; b < Scene::kBodies; ++b) {
      const std::size_t end = slot + counts[b];
      for (std::size_t c = 0; slot < end && c < island.num_contacts; ++c) {
        auto& contact = world.contacts[island.contacts[c]];
        if (world.body_of(contact) == b) visit(slot++, b, &contact);
      }
      for (; slot < end; ++slot) visit(slot, b, decltype(&world.contacts[0]){nullptr});
    }
  }

  // What a pack with these slots has in common, before its lanes are known.
  PackShape shape() const {
    PackShape shape;
    for (std::uint8_t b = 0; b < Scene::kBodies; ++b) {
      for (std::size_t i = 0; i < counts[b]; ++i) shape.bodies[shape.num_contacts++] = b;
    }
    return shape;
  }
};

// How many of `count` lanes, from the first on, fit in one pack: at least one. `slots` gets theirs;
// `slots_of(i)` is those of a lane.
template <class Scene, class SlotsOf>
std::size_t take_lanes(std::size_t count, ContactSlots<Scene>& slots, SlotsOf slots_of) {
  slots = slots_of(std::size_t{0});
  for (std::size_t i = 1; i < count; ++i) {
    const ContactSlots<Scene> wider = slots.with(slots_of(i));
    if (wider.total() > kMaxPackedContacts) return i;
    slots = wider;
  }
  return count;
}

// Finds the points that the contacts of a pack have in common. `at` is the first slot's number of points in the
// first of `count` lanes, and `stride` later is the next slot's. A lane without the contact fits all.
inline void find_points(const float* at, std::size_t stride, std::size_t count, PackShape& shape) {
  for (std::size_t c = 0; c < shape.num_contacts; ++c) {
    for (std::size_t i = 0; i < count; ++i) shape.add_points(c, at[c * stride + i]);
  }
}

// A number by which lanes are sorted before they are packed: the nearer two lanes' numbers, the more alike is
// their work. It counts the contacts of each body, and then tells the joints that are at a limit.
template <class Scene>
std::uint32_t work_of(const World<Scene>& world, const Island<Scene>& island) {
  constexpr std::uint32_t kBitsPerBody = 3, kMostContacts = 3;
  static_assert(kBitsPerBody * Scene::kBodies + Scene::kJoints <= 32);
  const ContactSlots<Scene> slots = ContactSlots<Scene>::of(world, island);
  std::uint32_t work = 0;
  for (const std::uint8_t count : slots.counts) {
    work = (work << kBitsPerBody) | (count < kMostContacts ? count : kMostContacts) << 1;
  }
  for (std::size_t c = 0; c < island.num_contacts; ++c) {
    const Contact& contact = world.contacts[island.contacts[c]];
    const std::size_t place = Scene::kBodies - 1 - world.body_of(contact);
    if (contact.manifold.count == 2) work |= 1U << (kBitsPerBody * place);
  }
  for (std::uint32_t j = 0; j < Scene::kJoints; ++j) {
    const JointPlan& plan = Scene::blueprint().joints[j];
    work = work << 1 | (detail::limit_of(plan, world.joint_angle(j)) != Limit::kNone ? 1U : 0U);
  }
  return work;
}

}  // namespace plyo::physics2d
