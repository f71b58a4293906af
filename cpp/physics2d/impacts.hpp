// The last part of a step: bodies that would pass through the ground are put back to where they touch it first.
//
// After an impact the contacts of the body are solved. Mostly that is soon done; where it is not, lanes wait for
// each other and are solved together (solve_waiting).
#pragma once

#include <cstddef>
#include <cstdint>

#include "constraints.hpp"
#include "contact_slots.hpp"
#include "impact_bound.hpp"
#include "time_of_impact.hpp"
#include "velocity_kernels.hpp"
#include "world.hpp"

namespace plyo::physics2d {

// The most contacts that are solved after an impact.
inline constexpr std::uint32_t kMaxSolved = kMaxContactsAlone;

// What is known of a lane's impacts in a step.
template <class Scene>
struct ImpactProgress {
  struct Known {
    float time;
    std::uint32_t count;
    bool is_valid;
  };
  struct Swept {
    bool is_known = false;
    Sweep sweep;
    SweptCorners corners;
  };
  // How far in the step a resting body's sweep begins. It does not move, but bodies that meet it are brought
  // to the same time.
  struct Rest {
    std::uint32_t body;
    float alpha0;
  };

  Swept swept[Scene::kFixtures];
  Known known[Scene::kMaxContacts];  // of the first num_known contacts
  std::uint32_t num_known = 0;
  Rest rests[Scene::kMaxContacts];
  std::uint32_t num_rests = 0;

  // the impact that is being solved: the body, where it is, the rest of the step, and the contacts
  std::uint32_t body = 0;
  Placement place;
  float dt = 0;
  std::uint16_t solved[kMaxSolved];
  std::uint32_t num_solved = 0;
  std::size_t iterations_left = 0;
  float numbers[pack::contact_alone_at(kMaxSolved)];
};

template <class Scene, RotationOf kRotationOf, class Listener>
class Impacts {
 public:
  using Progress = ImpactProgress<Scene>;

  Impacts(World<Scene>& world, Listener& listener, Progress& progress)
      : world_(world), listener_(listener), progress_(progress) {}

  void begin() {
    for (Swept& swept : progress_.swept) swept.is_known = false;
    progress_.num_known = progress_.num_rests = 0;
    for (Body& body : world_.bodies) body.sweep.alpha0 = 0.0F;
  }

  // Solves one impact after the other. Returns whether no more is left; false where contacts asked for more than
  // `patience` iterations, the rest of which are to be done before finish_one().
  bool advance(float dt, std::size_t iterations, std::size_t patience) {
    while (true) {
      const First first = find_first();
      if (first.contact == kNobody || 1.0F - 10.0F * kEpsilon < first.time) return true;
      if (!begin_one(first, dt)) continue;
      const bool is_packable = progress_.num_solved <= kMaxPackedContacts;
      progress_.iterations_left = solve_contacts_alone(progress_.numbers, progress_.num_solved, iterations,
                                                       is_packable ? patience : iterations);
      if (progress_.iterations_left > 0) return false;
      finish_one();
    }
  }

  // Moves the body for the rest of the step.
  void finish_one() {
    const std::uint32_t index = progress_.body;
    Body& body = world_.bodies[index];
    Placement& place = progress_.place;
    const Rot start = place.rotation(kRotationOf);
    Velocity velocity{{progress_.numbers[0], progress_.numbers[1]}, progress_.numbers[2]};
    integrate(progress_.dt, velocity, place.center, place.angle);
    body.sweep.c = place.center;
    body.sweep.a = place.angle;
    body.velocity = velocity.linear;
    body.spin = velocity.spin;
    world_.follow_sweep(body, kRotationOf);

    bool moved[Scene::kFixtures] = {};
    world_.follow_boxes(index, start, moved);
    for (std::uint32_t i = 0; i < progress_.num_known; ++i) {
      if (world_.body_of(world_.contacts[i]) == index) progress_.known[i].is_valid = false;
    }
    world_.meet(moved, listener_);
  }

 private:
  using Known = typename Progress::Known;
  using Swept = typename Progress::Swept;

  struct First {
    std::uint32_t contact = kNobody;
    float time = 1.0F;
  };

  const auto& plan() const { return Scene::blueprint(); }

  float& rest_of(std::uint32_t body) {
    for (std::uint32_t i = 0; i < progress_.num_rests; ++i) {
      if (progress_.rests[i].body == body) return progress_.rests[i].alpha0;
    }
    progress_.rests[progress_.num_rests] = {body, 0.0F};
    return progress_.rests[progress_.num_rests++].alpha0;
  }

  // The contact with the first impact of those that are not solved yet.
  First find_first() {
    while (progress_.num_known < world_.num_contacts)
      progress_.known[progress_.num_known++] = {1.0F, 0, false};
    First first;
    for (std::uint32_t i = world_.num_contacts; i-- > 0;) {
      const Contact& contact = world_.contacts[i];
      Known& known = progress_.known[i];
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
    if (progress_.num_rests > 0 || alpha0 > 0.0F) {
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
    const MovingShape ground{.points = resting, .radius = kPolygonRadius, .rests = true};
    const MovingShape moving{points_of(fixture.shape), kPolygonRadius, body.sweep};
    const bool is_exchanged = KnowsProxies<Listener> && contact.exchanged != 0;
    const float beta = is_exchanged ? time_of_impact<kRotationOf>(moving, ground)
                                    : time_of_impact<kRotationOf>(ground, moving);
    return min(alpha0 + (1.0F - alpha0) * beta, 1.0F);
  }

  // Where the corners of a fixture are at both ends of its body's sweep, which many contacts ask.
  const SweptCorners& corners_of(std::uint32_t fixture, const Body& body) {
    Swept& swept = progress_.swept[fixture];
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

  // Puts the body where it meets the ground, and sets up what touches there. Returns false where nothing does.
  bool begin_one(const First& first, float dt) {
    Contact& contact = world_.contacts[first.contact];
    const std::uint32_t index = world_.body_of(contact);
    Body& body = world_.bodies[index];
    const Sweep backup = body.sweep;
    float& rest = rest_of(world_.ground.body(contact.shape));
    const float old_rest = rest;
    rest = first.time;
    advance(body, first.time);
    world_.update_contact(contact, listener_);
    progress_.known[first.contact].is_valid = false;
    ++progress_.known[first.contact].count;
    if (contact.touching == 0) {
      contact.enabled = 0;
      rest = old_rest;
      body.sweep = backup;
      world_.follow_sweep(body, kRotationOf);
      return false;
    }
    world_.wake(body);
    gather(first, index);
    progress_.body = index;
    progress_.dt = (1.0F - first.time) * dt;
    set_up(body, plan().bodies[index]);
    return true;
  }

  // The contacts that are solved together: that of the impact, and those of the body that touch at its time.
  void gather(const First& first, std::uint32_t index) {
    progress_.num_solved = 0;
    progress_.solved[progress_.num_solved++] = static_cast<std::uint16_t>(first.contact);
    std::uint32_t grounds[kMaxSolved];
    std::uint32_t num_grounds = 0;
    grounds[num_grounds++] = world_.ground.body(world_.contacts[first.contact].shape);
    for (std::uint32_t i = world_.num_contacts; i-- > 0 && progress_.num_solved < kMaxSolved;) {
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
      progress_.solved[progress_.num_solved++] = static_cast<std::uint16_t>(i);
      if (!is_in) grounds[num_grounds++] = ground;
    }
  }

  // Corrects the body's place, and writes the numbers of its contacts.
  void set_up(Body& body, const BodyPlan& mass) {
    constexpr int kPositionIterations = 20;
    Placement& place = progress_.place;
    place = {body.sweep.c, body.sweep.a, body.transform.q, body.sweep.a};
    for (int i = 0; i < kPositionIterations; ++i) {
      float least = 0.0F;
      for (std::uint32_t k = 0; k < progress_.num_solved; ++k) {
        least = correct_contact<kRotationOf>(world_.contacts[progress_.solved[k]].manifold, mass,
                                             kImpactCorrection, place, least);
      }
      if (least >= -1.5F * kLinearSlop) break;
    }
    body.sweep.c0 = place.center;
    body.sweep.a0 = place.angle;

    const Rot q = place.rotation(kRotationOf);
    for (std::uint32_t k = 0; k < progress_.num_solved; ++k) {
      const Contact& contact = world_.contacts[progress_.solved[k]];
      set_up_contact(contact.manifold, world_.friction_of(contact), 0, mass, place.center, q, 0.0F,
                     {progress_.numbers + pack::contact_alone_at(k), 1});
    }
    progress_.numbers[0] = body.velocity.x;
    progress_.numbers[1] = body.velocity.y;
    progress_.numbers[2] = body.spin;
  }

  World<Scene>& world_;
  Listener& listener_;
  Progress& progress_;
};

// Solves the contacts of lanes that wait together, `count` of them, at most a register: `waiting(i)` is the
// progress of lane i. All have as many iterations left.
template <class Scene, class Waiting>
void solve_waiting(const VelocityKernels& kernels, std::size_t count, Waiting waiting) {
  alignas(lanes::kPackAlignment) float numbers[pack::contact_alone_at(kMaxPackedContacts) * lanes::kMaxLanes];
  const std::size_t width = kernels.width;
  PackShape shape;
  for (std::size_t i = 0; i < count; ++i) {
    const ImpactProgress<Scene>& lane = waiting(i);
    if (shape.num_contacts < lane.num_solved) shape.num_contacts = lane.num_solved;
    for (std::size_t c = 0; c < lane.num_solved; ++c) {
      shape.add_points(c, lane.numbers[pack::contact_alone_at(c) + pack::kNumPoints]);
    }
  }
  for (std::size_t i = 0; i < width; ++i) {
    const ImpactProgress<Scene>* const lane = i < count ? &waiting(i) : nullptr;
    const std::size_t own = lane == nullptr ? 0 : pack::contact_alone_at(lane->num_solved);
    for (std::size_t k = 0; k < own; ++k) numbers[k * width + i] = lane->numbers[k];
    for (std::size_t k = own; k < pack::contact_alone_at(shape.num_contacts); ++k) {
      numbers[k * width + i] = 0.0F;
    }
  }
  kernels.solve_contacts(numbers, shape, waiting(0).iterations_left);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < pack::kVelocity; ++k) waiting(i).numbers[k] = numbers[k * width + i];
  }
}

}  // namespace plyo::physics2d
