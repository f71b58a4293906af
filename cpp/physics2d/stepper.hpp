// A step of one lane's world, in the parts between which many lanes are solved together:
//
//   begin()      contacts, and the island: all that has to be solved
//   set_up()     velocities and constraints, written as numbers of a lane in a pack
//   ...          the velocity iterations (velocity_kernels.hpp)
//   finish()     positions, sleep, boxes
//   end()        impacts
//
// solve_alone() does the middle for a single lane, and step() all of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "constraints.hpp"
#include "contact_slots.hpp"
#include "impacts.hpp"
#include "velocity_kernels.hpp"
#include "world.hpp"

namespace plyo::physics2d {

inline constexpr float kTimeToSleep = 0.5F;               // s of rest
inline constexpr float kSleepSpeed = 0.01F;               // m/s
inline constexpr float kSleepSpin = 2.0F / 180.0F * kPi;  // rad/s

// How a world is stepped.
struct StepRules {
  Vec2 gravity;      // m/s^2
  float dt = 0.02F;  // s
  std::size_t velocity_iterations = 180;
  std::size_t position_iterations = 60;
};

template <class Scene, RotationOf kRotationOf>
struct Stepper {
  static constexpr std::size_t kBodies = Scene::kBodies;
  static constexpr std::size_t kNumbers = pack::contact_at(Scene::kLinkage, Scene::kMaxContacts);
  using Slots = ContactSlots<Scene>;

  template <class Listener>
  static void begin(World<Scene>& world, Island<Scene>& island, Listener& listener) {
    world.collide(listener);
    world.build_island(island);
  }

  // Whether the lane may be solved in a pack.
  static bool is_usual(const Island<Scene>& island) {
    if (island.num_contacts > kMaxPackedContacts) return false;
    for (std::size_t j = 0; j < Scene::kJoints; ++j) {
      if (island.joints[j] != Scene::kJointOrder[j]) return false;
    }
    return true;
  }

  // Moves velocities by the forces and writes the lane's numbers, with the contacts in their slots.
  static void set_up(World<Scene>& world, const Island<Scene>& island, const StepRules& rules,
                     const Slots& slots, const LaneNumbers& numbers) {
    const auto& plan = Scene::blueprint();
    const float dt = rules.dt;
    const float scale = world.inverse_dt * dt;
    Velocity velocities[kBodies];
    for (std::size_t b = 0; b < kBodies; ++b) {
      Body& body = world.bodies[b];
      body.sweep.c0 = body.sweep.c;
      body.sweep.a0 = body.sweep.a;
      velocities[b] = {body.velocity, body.spin};
      velocities[b].linear += dt * (rules.gravity + plan.bodies[b].inverse_mass * body.force);
      velocities[b].spin += dt * plan.bodies[b].inverse_inertia * body.torque;
    }
    slots.visit(world, island, [&](std::size_t slot, std::uint32_t b, const Contact* contact) {
      const LaneNumbers out = numbers.from(pack::contact_at(Scene::kLinkage, slot));
      if (contact == nullptr) {
        for (std::size_t k = 0; k < pack::kContactNumbers; ++k) out[k] = 0.0F;
        return;
      }
      const Body& body = world.bodies[b];
      const std::uint32_t count = set_up_contact(contact->manifold, world.friction_of(*contact), b,
                                                 plan.bodies[b], body.sweep.c, body.transform.q, scale, out);
      warm_start(out, count, velocities[b]);
    });
    for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
      const std::size_t j = island.joints[slot];
      const JointPlan& joint = plan.joints[j];
      set_up_joint(joint, world.joints[j], plan.bodies[joint.body_a], plan.bodies[joint.body_b],
                   world.bodies[joint.body_a].transform.q, world.bodies[joint.body_b].transform.q,
                   world.joint_angle(static_cast<std::uint32_t>(j)), dt, scale, velocities[joint.body_a],
                   velocities[joint.body_b], numbers.from(pack::joint_at(Scene::kLinkage, slot)));
    }
    for (std::size_t b = 0; b < kBodies; ++b) {
      numbers[pack::kVelocity * b] = velocities[b].linear.x;
      numbers[pack::kVelocity * b + 1] = velocities[b].linear.y;
      numbers[pack::kVelocity * b + 2] = velocities[b].spin;
    }
  }

  // The velocity iterations of a single lane, whose numbers have the stride 1.
  static void solve_alone(const Island<Scene>& island, const StepRules& rules, const Slots& slots,
                          float* numbers) {
    if (!is_usual(island)) {
      std::uint8_t order[Scene::kJoints];
      for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
        for (std::size_t k = 0; k < Scene::kJoints; ++k) {
          if (Scene::kJointOrder[k] == island.joints[slot]) order[slot] = static_cast<std::uint8_t>(k);
        }
      }
      solve_in_order(Scene::kLinkage, numbers, order, island.num_contacts, rules.velocity_iterations);
      return;
    }
    PackShape shape = slots.shape();
    for (std::size_t c = 0; c < shape.num_contacts; ++c) {
      const float* const at = numbers + pack::contact_at(Scene::kLinkage, c);
      shape.points[c] = static_cast<std::uint8_t>(at[pack::kNumPoints]);
    }
    Scene::velocity_kernels().find(Isa::kBaseline)->solve_one(numbers, shape, rules.velocity_iterations);
  }

  template <class Listener>
  static void finish(World<Scene>& world, const Island<Scene>& island, const StepRules& rules,
                     const Slots& slots, const LaneNumbers& numbers, Listener& listener) {
    Placement places[kBodies];
    move(world, island, rules, slots, numbers, places);
    const bool solved = correct(world, island, rules.position_iterations, places);
    settle(world, rules, places, solved, listener);
  }

  // The parts of finish(): first the bodies move freely.
  static void move(World<Scene>& world, const Island<Scene>& island, const StepRules& rules,
                   const Slots& slots, const LaneNumbers& numbers, Placement (&places)[kBodies]) {
    keep_impulses(world, island, slots, numbers);
    for (std::size_t b = 0; b < kBodies; ++b) {
      Body& body = world.bodies[b];
      Velocity velocity{{numbers[pack::kVelocity * b], numbers[pack::kVelocity * b + 1]},
                        numbers[pack::kVelocity * b + 2]};
      places[b] = {body.sweep.c, body.sweep.a, body.transform.q, body.sweep.a};
      integrate(rules.dt, velocity, places[b].center, places[b].angle);
      body.velocity = velocity.linear;
      body.spin = velocity.spin;
    }
  }

  // Then their places are corrected; returns whether the errors became small in so many iterations.
  static bool correct(const World<Scene>& world, const Island<Scene>& island, std::size_t iterations,
                      Placement (&places)[kBodies]) {
    const auto& plan = Scene::blueprint();
    bool solved = false;
    for (std::size_t i = 0; i < iterations && !solved; ++i) {
      float least = 0.0F;
      for (std::size_t c = 0; c < island.num_contacts; ++c) {
        const Contact& contact = world.contacts[island.contacts[c]];
        const std::uint32_t b = world.body_of(contact);
        least = correct_contact<kRotationOf>(contact.manifold, plan.bodies[b], kCorrection, places[b], least);
      }
      solved = least >= -3.0F * kLinearSlop;
      for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
        const std::size_t j = island.joints[slot];
        const JointPlan& joint = plan.joints[j];
        const bool near =
            correct_joint<kRotationOf>(joint, world.joints[j].limit, plan.bodies[joint.body_a],
                                       plan.bodies[joint.body_b], places[joint.body_a], places[joint.body_b]);
        solved = solved && near;
      }
    }
    return solved;
  }

  // Last, they stay there.
  template <class Listener>
  static void settle(World<Scene>& world, const StepRules& rules, Placement (&places)[kBodies], bool solved,
                     Listener& listener) {
    Rot before[kBodies];
    for (std::size_t b = 0; b < kBodies; ++b) {
      Body& body = world.bodies[b];
      before[b] = body.transform.q;
      body.sweep.c = places[b].center;
      body.sweep.a = places[b].angle;
      body.transform.q = places[b].rotation(kRotationOf);
      body.transform.p = body.sweep.c - rotate(body.transform.q, body.sweep.local_center);
    }
    rest(world, rules.dt, solved);
    bool moved[Scene::kFixtures] = {};
    for (std::uint32_t b = 0; b < kBodies; ++b) world.follow_boxes(b, before[b], moved);
    world.meet(moved, listener);
  }

  // What ends every step, also that of a world in which all bodies sleep.
  template <class Listener>
  static void end(World<Scene>& world, const StepRules& rules, Listener& listener) {
    ImpactProgress<Scene> progress;
    begin_impacts(world, rules, listener, progress, rules.velocity_iterations);
    conclude(world, rules);
  }

  // The parts of end(): impacts, until contacts ask for more than `patience` iterations. Returns whether no more
  // is left.
  template <class Listener>
  static bool begin_impacts(World<Scene>& world, const StepRules& rules, Listener& listener,
                            ImpactProgress<Scene>& progress, std::size_t patience) {
    Impacts<Scene, kRotationOf, Listener> impacts(world, listener, progress);
    impacts.begin();
    return impacts.advance(rules.dt, rules.velocity_iterations, patience);
  }
  // Goes on once those contacts are solved.
  template <class Listener>
  static bool continue_impacts(World<Scene>& world, const StepRules& rules, Listener& listener,
                               ImpactProgress<Scene>& progress, std::size_t patience) {
    Impacts<Scene, kRotationOf, Listener> impacts(world, listener, progress);
    impacts.finish_one();
    return impacts.advance(rules.dt, rules.velocity_iterations, patience);
  }
  static void conclude(World<Scene>& world, const StepRules& rules) {
    world.inverse_dt = 1.0F / rules.dt;
    for (Body& body : world.bodies) {
      body.force = {};
      body.torque = 0.0F;
    }
  }

  template <class Listener>
  static void step(World<Scene>& world, const StepRules& rules, Listener& listener) {
    Island<Scene> island;
    begin(world, island, listener);
    if (island.num_bodies > 0) {
      step_island(world, island, rules, listener);
    }
    end(world, rules, listener);
  }

  // The middle of a step, without neighbours.
  template <class Listener>
  static void step_island(World<Scene>& world, const Island<Scene>& island, const StepRules& rules,
                          Listener& listener) {
    float numbers[kNumbers];
    const Slots slots = Slots::of(world, island);
    set_up(world, island, rules, slots, {numbers, 1});
    solve_alone(island, rules, slots, numbers);
    finish(world, island, rules, slots, {numbers, 1}, listener);
  }

 private:
  // The impulses, from which the next step begins.
  static void keep_impulses(World<Scene>& world, const Island<Scene>& island, const Slots& slots,
                            const LaneNumbers& numbers) {
    for (std::size_t slot = 0; slot < Scene::kJoints; ++slot) {
      Joint& joint = world.joints[island.joints[slot]];
      const LaneNumbers at = numbers.from(pack::joint_at(Scene::kLinkage, slot));
      joint.impulse_x = at[pack::kImpulseX];
      joint.impulse_y = at[pack::kImpulseY];
      joint.impulse_z = at[pack::kImpulseZ];
      joint.motor_impulse = at[pack::kMotor];
    }
    slots.visit(world, island, [&](std::size_t slot, std::uint32_t /*body*/, Contact* contact) {
      if (contact == nullptr) return;
      const LaneNumbers at = numbers.from(pack::contact_at(Scene::kLinkage, slot));
      const auto count = static_cast<std::size_t>(at[pack::kNumPoints]);
      for (std::size_t i = 0; i < count; ++i) {
        const LaneNumbers point = at.from(pack::kPoints + i * pack::kPointNumbers);
        contact->manifold.points[i].normal_impulse = point[pack::kNormalImpulse];
        contact->manifold.points[i].tangent_impulse = point[pack::kTangentImpulse];
      }
    });
  }

  // Puts all bodies to sleep once each has rested long enough.
  static void rest(World<Scene>& world, float dt, bool solved) {
    float least = kMaxFloat;
    for (Body& body : world.bodies) {
      if (body.spin * body.spin > kSleepSpin * kSleepSpin ||
          dot(body.velocity, body.velocity) > kSleepSpeed * kSleepSpeed) {
        body.rest_time = 0.0F;
        least = 0.0F;
      } else {
        body.rest_time += dt;
        least = min(least, body.rest_time);
      }
    }
    if (!(least >= kTimeToSleep) || !solved) return;
    for (Body& body : world.bodies) world.put_to_sleep(body);
  }
};

}  // namespace plyo::physics2d
