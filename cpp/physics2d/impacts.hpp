// The last part of a step: bodies that would pass through the ground are put back to where they touch it first.
#pragma once

#include <cstddef>
#include <cstdint>

#include "constraints.hpp"
#include "impact_bound.hpp"
#include "time_of_impact.hpp"
#include "world.hpp"

namespace plyo::physics2d {

template <class Scene, RotationOf kRotationOf, class Listener>
class Impacts {
 public:
  Impacts(World<Scene>& world, Listener& listener) : world_(world), listener_(listener) {}

  void solve(float dt, std::size_t iterations) {
    for (Body& body : world_.bodies) body.sweep.alpha0 = 0.0F;
    while (true) {
      const First first = find_first();
      if (first.contact == kNobody || 1.0F - 10.0F * kEpsilon < first.time) return;
      solve_one(first, dt, iterations);
    }
  }

 private:
  static constexpr std::size_t kMaxContacts = Scene::kMaxContacts;
  // The most contacts that are solved after an impact.
  static constexpr std::uint32_t kMaxSolved = kMaxContactsAlone;

  struct First {
    std::uint32_t contact = kNobody;
    float time = 1.0F;
  };
  // How far in the step a resting body's sweep begins. It does not move, but bodies that meet it are brought
  // to the same time.
  struct Rest {
    std::uint32_t body;
    float alpha0;
  };

  const auto& plan() const { return Scene::blueprint(); }

  float& rest_of(std::uint32_t body) {
    for (std::uint32_t i = 0; i < num_rests_; ++i) {
      if (rests_[i].body == body) return rests_[i].alpha0;
    }
    rests_[num_rests_] = {body, 0.0F};
    return rests_[num_rests_++].alpha0;
  }

  // The contact with the first impact of those that are not solved yet.
  First find_first() {
    First first;
    for (std::uint32_t i = world_.num_contacts; i-- > 0;) {
      const Contact& contact = world_.contacts[i];
      Known& known = known_[i];
      if (contact.enabled == 0 || known.count > kMaxImpacts) continue;
      if (!known.is_valid) {
        Body& body = world_.bodies[world_.body_of(contact)];
        if (body.awake == 0) continue;
        known.time = time_of(contact, body);
        known.is_valid = true;
      }
      if (known.time < first.time) first = {i, known.time};
    }
    return first;
  }

  float time_of(const Contact& contact, Body& body) {
    float alpha0 = body.sweep.alpha0;
    if (num_rests_ > 0 || alpha0 > 0.0F) {
      float& rest = rest_of(world_.ground.body(contact.shape));
      if (rest < alpha0) {
        rest = alpha0;
      } else if (alpha0 < rest) {
        alpha0 = rest;
        body.sweep.advance(rest);
      }
    }
    const FixturePlan& fixture = plan().fixtures[contact.fixture];
    const ConvexPoints resting = world_.ground.points(contact.shape);
    if (surely_keeps_away(resting, corners_of(contact.fixture, body), kPolygonRadius + kPolygonRadius)) {
      return 1.0F;
    }
    const float beta =
        time_of_impact<kRotationOf>({.points = resting, .radius = kPolygonRadius, .rests = true},
                                    {points_of(fixture.shape), kPolygonRadius, body.sweep});
    return min(alpha0 + (1.0F - alpha0) * beta, 1.0F);
  }

  // Where the corners of a fixture are at both ends of its body's sweep, which many contacts ask.
  const SweptCorners& corners_of(std::uint32_t fixture, const Body& body) {
    Swept& swept = swept_[fixture];
    const Sweep &old = swept.sweep, &sweep = body.sweep;
    if (!swept.is_known || !(old.c0 == sweep.c0 && old.c == sweep.c) || old.a0 != sweep.a0 ||
        old.a != sweep.a) {
      swept.is_known = true;
      swept.sweep = sweep;
      swept.corners =
          sweep_corners<kRotationOf>(points_of(plan().fixtures[fixture].shape), sweep, body.transform);
    }
    return swept.corners;
  }

  void advance(Body& body, float time) {
    body.sweep.advance(time);
    body.sweep.c = body.sweep.c0;
    body.sweep.a = body.sweep.a0;
    world_.follow_sweep(body, kRotationOf);
  }

  void solve_one(const First& first, float dt, std::size_t iterations) {
    Contact& contact = world_.contacts[first.contact];
    const std::uint32_t index = world_.body_of(contact);
    Body& body = world_.bodies[index];
    const Sweep backup = body.sweep;
    float& rest = rest_of(world_.ground.body(contact.shape));
    const float old_rest = rest;
    rest = first.time;
    advance(body, first.time);
    world_.update_contact(contact, listener_);
    known_[first.contact].is_valid = false;
    ++known_[first.contact].count;
    if (contact.touching == 0) {
      contact.enabled = 0;
      rest = old_rest;
      body.sweep = backup;
      world_.follow_sweep(body, kRotationOf);
      return;
    }
    world_.wake(body);
    gather(first, index);
    const Rot start = solve_island(index, (1.0F - first.time) * dt, iterations);

    bool moved[Scene::kFixtures] = {};
    world_.follow_boxes(index, start, moved);
    for (std::uint32_t i = 0; i < world_.num_contacts; ++i) {
      if (world_.body_of(world_.contacts[i]) == index) known_[i].is_valid = false;
    }
    world_.find_contacts(moved);
  }

  // The contacts that are solved together: that of the impact, and those of the body that touch at its time.
  void gather(const First& first, std::uint32_t index) {
    num_solved_ = 0;
    solved_[num_solved_++] = static_cast<std::uint16_t>(first.contact);
    std::uint32_t grounds[kMaxSolved];
    std::uint32_t num_grounds = 0;
    grounds[num_grounds++] = world_.ground.body(world_.contacts[first.contact].shape);
    for (std::uint32_t i = world_.num_contacts; i-- > 0 && num_solved_ < kMaxSolved;) {
      Contact& contact = world_.contacts[i];
      if (i == first.contact || world_.body_of(contact) != index) continue;
      const std::uint32_t ground = world_.ground.body(contact.shape);
      bool is_in = false;
      for (std::uint32_t k = 0; k < num_grounds; ++k) is_in |= grounds[k] == ground;
      float& rest = rest_of(ground);
      const float old_rest = rest;
      if (!is_in) rest = first.time;
      world_.update_contact(contact, listener_);
      if (contact.touching == 0) {
        rest = old_rest;
        continue;
      }
      solved_[num_solved_++] = static_cast<std::uint16_t>(i);
      if (!is_in) grounds[num_grounds++] = ground;
    }
  }

  // Returns the rotation with which the body starts again.
  Rot solve_island(std::uint32_t index, float dt, std::size_t iterations) {
    constexpr int kPositionIterations = 20;
    Body& body = world_.bodies[index];
    const BodyPlan& mass = plan().bodies[index];
    Placement place{body.sweep.c, body.sweep.a, body.transform.q, body.sweep.a};
    for (int i = 0; i < kPositionIterations; ++i) {
      float least = 0.0F;
      for (std::uint32_t k = 0; k < num_solved_; ++k) {
        least = correct_contact<kRotationOf>(world_.contacts[solved_[k]].manifold, mass, kImpactCorrection,
                                             place, least);
      }
      if (least >= -1.5F * kLinearSlop) break;
    }
    body.sweep.c0 = place.center;
    body.sweep.a0 = place.angle;

    float numbers[kMaxSolved * pack::kContactNumbers];
    const Rot q = place.rotation(kRotationOf);
    for (std::uint32_t k = 0; k < num_solved_; ++k) {
      const Contact& contact = world_.contacts[solved_[k]];
      set_up_contact(contact.manifold, world_.friction_of(contact), 0, mass, place.center, q, 0.0F,
                     {numbers + k * pack::kContactNumbers, 1});
    }
    float motion[3] = {body.velocity.x, body.velocity.y, body.spin};
    solve_contacts_alone(numbers, num_solved_, motion, iterations);
    Velocity velocity{{motion[0], motion[1]}, motion[2]};
    integrate(dt, velocity, place.center, place.angle);
    body.sweep.c = place.center;
    body.sweep.a = place.angle;
    body.velocity = velocity.linear;
    body.spin = velocity.spin;
    world_.follow_sweep(body, kRotationOf);
    return q;
  }

  struct Known {
    float time = 1.0F;
    std::uint32_t count = 0;
    bool is_valid = false;
  };

  struct Swept {
    bool is_known = false;
    Sweep sweep;
    SweptCorners corners;
  };

  World<Scene>& world_;
  Listener& listener_;
  Swept swept_[Scene::kFixtures];
  Known known_[kMaxContacts];
  Rest rests_[kMaxContacts];
  std::uint32_t num_rests_ = 0;
  std::uint16_t solved_[kMaxSolved];
  std::uint32_t num_solved_ = 0;
};

}  // namespace plyo::physics2d
