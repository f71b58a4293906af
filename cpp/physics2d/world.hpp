// The bodies, joints and contacts of one lane, and what a step does with them outside the solver: pairs of boxes
// that overlap, contacts, the island. The ground rests at the origin; what moves is joined to one whole and
// collides with the ground only.
//
// A scene says what it is made of:
//
//   struct MyScene {
//     static constexpr std::size_t kBodies = 3, kFixtures = 3, kJoints = 2, kMaxContacts = 33;
//     static const Blueprint<kBodies, kFixtures, kJoints>& blueprint();
//     static constexpr const Linkage& kLinkage = kWings;        // velocity_kernels.hpp
//     static constexpr std::uint8_t kJointOrder[kJoints];       // in which the linkage has the joints
//     static const ByIsa<VelocityKernels>& velocity_kernels();
//     struct Ground {                                           // a plain value: a part of the lane's State
//       std::uint32_t count() const;                            // of its shapes, in the order of creation
//       const Box& fat_box(std::uint32_t shape) const;          // box_of(...), extended by kBoxMargin
//       void collide(std::uint32_t shape, const Polygon&, const Transform&, Manifold&) const;
//       float friction(std::uint32_t shape) const;
//       std::uint32_t body(std::uint32_t shape) const;          // shapes of one body have the same number
//       ConvexPoints points(std::uint32_t shape) const;         // for the time of impact
//       // calls visit(shape), in ascending order, for all shapes whose fat box may overlap `box`
//       template <class Visit> void near(const Box& box, Visit visit) const;
//     };
//   };
//
// A listener hears which contacts begin and end: `begin(fixture, shape)` and `end(fixture, shape)`. That of a world
// which outlives its episodes has its `proxies()`, too (proxies.hpp).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "blueprint.hpp"
#include "distance.hpp"
#include "manifold.hpp"
#include "math.hpp"
#include "proxies.hpp"
#include "shapes.hpp"

namespace plyo::physics2d {

inline constexpr float kBoxMargin = 0.1F;        // m, of fat boxes
inline constexpr float kBoxPrediction = 2.0F;    // of a body's last displacement
inline constexpr std::uint32_t kMaxImpacts = 8;  // of a contact in a step
inline constexpr std::uint32_t kNobody = 0xFFFFFFFFU;

// The corners of a shape.
inline ConvexPoints points_of(const Polygon& polygon) {
  return {polygon.vertices, static_cast<int>(polygon.count)};
}
inline ConvexPoints points_of(const Edge& edge) { return {&edge.a, 2}; }

constexpr Box fatten(const Box& box) {
  constexpr Vec2 kMargin{kBoxMargin, kBoxMargin};
  return {box.lower - kMargin, box.upper + kMargin};
}

// Every member of the following is four bytes wide or fills four with its neighbours: no padding.

struct Body {
  Sweep sweep;
  Transform transform;
  Vec2 velocity;        // m/s, of the centre of mass
  float spin = 0;       // rad/s
  Vec2 force;           // N, of this step
  float torque = 0;     // N m
  float rest_time = 0;  // s
  std::uint32_t awake = 1;

  bool is_legal() const {
    bool legal = awake <= 1 && sweep.alpha0 >= 0.0F && sweep.alpha0 < 1.0F;
    for (const Vec2& v : {sweep.local_center, sweep.c0, sweep.c, transform.p, velocity, force}) {
      legal = legal && is_finite(v);
    }
    for (const float number : {sweep.a0, sweep.a, transform.q.s, transform.q.c, spin, torque, rest_time}) {
      legal = legal && std::isfinite(number);
    }
    return legal;
  }
};

enum class Limit : std::uint32_t { kNone, kLower, kUpper };

struct Joint {
  float impulse_x = 0, impulse_y = 0, impulse_z = 0;  // N s, N m s, of the last step
  float motor_impulse = 0;                            // N m s
  Limit limit = Limit::kNone;
  float motor_speed = 0;  // rad/s
  float max_torque = 0;   // N m

  bool is_legal() const {
    bool legal = limit <= Limit::kUpper;
    for (const float number : {impulse_x, impulse_y, impulse_z, motor_impulse, motor_speed, max_torque}) {
      legal = legal && std::isfinite(number);
    }
    return legal;
  }
};

struct Contact {
  Manifold manifold;
  std::uint16_t shape = 0;  // of the ground
  std::uint8_t fixture = 0;
  std::uint8_t touching = 0;
  std::uint8_t enabled = 1;
  std::uint8_t exchanged = 0;  // whether Box2D's first shape is the moving one
  std::uint8_t unused[2] = {0, 0};

  bool is_legal() const {
    bool legal = manifold.count <= kMaxPoints && manifold.type <= Manifold::kFaceB && touching <= 1 &&
                 enabled <= 1 && exchanged <= 1;
    legal = legal && is_finite(manifold.local_normal) && is_finite(manifold.local_point);
    for (const ManifoldPoint& point : manifold.points) {
      legal = legal && is_finite(point.local) && std::isfinite(point.normal_impulse) &&
              std::isfinite(point.tangent_impulse);
    }
    return legal;
  }
};

// What the solver works on in a step: indices of bodies, joints and contacts, in the order in which a search
// from the youngest body that is awake meets them.
template <class Scene>
struct Island {
  std::uint32_t num_bodies = 0, num_joints = 0, num_contacts = 0;
  std::uint8_t bodies[Scene::kBodies];
  std::uint8_t joints[Scene::kJoints];
  std::uint16_t contacts[Scene::kMaxContacts];
};

template <class SceneType>
struct World {
  using Scene = SceneType;
  using Ground = typename Scene::Ground;
  static constexpr std::size_t kBodies = Scene::kBodies, kFixtures = Scene::kFixtures,
                               kJoints = Scene::kJoints, kMaxContacts = Scene::kMaxContacts;

  Body bodies[kBodies];
  Joint joints[kJoints];
  Box fat_boxes[kFixtures];
  std::uint32_t num_contacts = 0;
  float inverse_dt = 0;            // 1/s, of the last step
  std::uint32_t is_new = 1;        // whether boxes have not been compared yet
  Contact contacts[kMaxContacts];  // the youngest is the last; Box2D's lists begin with it
  Ground ground;

  // Whether it may be stepped, if its bytes come from anywhere; the ground is not looked at.
  bool is_legal() const {
    bool legal = num_contacts <= kMaxContacts && is_new <= 1 && std::isfinite(inverse_dt);
    for (const Body& body : bodies) legal = legal && body.is_legal();
    for (const Joint& joint : joints) legal = legal && joint.is_legal();
    for (const Box& box : fat_boxes) legal = legal && is_finite(box.lower) && is_finite(box.upper);
    for (std::uint32_t i = 0; legal && i < num_contacts; ++i) {
      legal = contacts[i].is_legal() && contacts[i].shape < ground.count() && contacts[i].fixture < kFixtures;
    }
    return legal;
  }

  // ---- bodies ----

  // Puts a body at rest where its origin and angle say.
  void place_body(std::uint32_t index, const Vec2& position, float angle, RotationOf rotation_of) {
    Body& body = bodies[index];
    body = {};
    body.transform = {position, rotation_of(angle)};
    body.sweep.local_center = Scene::blueprint().bodies[index].local_center;
    body.sweep.c0 = body.sweep.c = apply(body.transform, body.sweep.local_center);
    body.sweep.a0 = body.sweep.a = angle;
    for (std::uint32_t f = 0; f < kFixtures; ++f) {
      const FixturePlan& fixture = Scene::blueprint().fixtures[f];
      if (fixture.body == index) fat_boxes[f] = fatten(box_of(fixture.shape, body.transform));
    }
  }
  void wake(Body& body) {
    if (body.awake != 0) return;
    body.awake = 1;
    body.rest_time = 0.0F;
  }
  void put_to_sleep(Body& body) {
    body.awake = 0;
    body.rest_time = 0.0F;
    body.velocity = {};
    body.spin = 0.0F;
    body.force = {};
    body.torque = 0.0F;
  }
  void push(std::uint32_t index, const Vec2& force) {
    wake(bodies[index]);
    bodies[index].force += force;
  }
  void twist(std::uint32_t index, float torque) {
    wake(bodies[index]);
    bodies[index].torque += torque;
  }
  void kick(std::uint32_t index, const Vec2& impulse, const Vec2& point) {
    Body& body = bodies[index];
    wake(body);
    const BodyPlan& plan = Scene::blueprint().bodies[index];
    body.velocity += plan.inverse_mass * impulse;
    body.spin += plan.inverse_inertia * cross(point - body.sweep.c, impulse);
  }

  // ---- joints ----

  float joint_angle(std::uint32_t index) const {
    const JointPlan& plan = Scene::blueprint().joints[index];
    return bodies[plan.body_b].sweep.a - bodies[plan.body_a].sweep.a - plan.reference_angle;
  }
  float joint_speed(std::uint32_t index) const {
    const JointPlan& plan = Scene::blueprint().joints[index];
    return bodies[plan.body_b].spin - bodies[plan.body_a].spin;
  }
  // Both wake the bodies, even where nothing changes.
  void set_motor_speed(std::uint32_t index, float speed) {
    wake_joined(index);
    joints[index].motor_speed = speed;
  }
  void set_max_torque(std::uint32_t index, float torque) {
    wake_joined(index);
    joints[index].max_torque = torque;
  }
  void wake_joined(std::uint32_t index) {
    const JointPlan& plan = Scene::blueprint().joints[index];
    wake(bodies[plan.body_a]);
    wake(bodies[plan.body_b]);
  }

  // ---- contacts ----

  std::uint32_t body_of(const Contact& contact) const {
    return Scene::blueprint().fixtures[contact.fixture].body;
  }

  float friction_of(const Contact& contact) const {
    return std::sqrt(ground.friction(contact.shape) * Scene::blueprint().fixtures[contact.fixture].friction);
  }

  // Computes where the shapes of a contact touch, and tells the listener.
  template <class Listener>
  void update_contact(Contact& contact, Listener& listener) {
    const Manifold old = contact.manifold;
    const FixturePlan& fixture = Scene::blueprint().fixtures[contact.fixture];
    Body& body = bodies[fixture.body];
    contact.enabled = 1;
    compute_manifold<Listener>(contact, fixture.shape, body.transform);
    keep_impulses(old, contact.manifold);
    const bool was_touching = contact.touching != 0, touching = contact.manifold.count > 0;
    if (touching != was_touching) wake(body);
    contact.touching = touching ? 1 : 0;
    if (touching && !was_touching) listener.begin(contact.fixture, contact.shape);
    if (was_touching && !touching) listener.end(contact.fixture, contact.shape);
  }

  // The first part of a step: contacts that ended or changed.
  template <class Listener>
  void collide(Listener& listener) {
    if (is_new != 0) {
      bool all[kFixtures];
      for (bool& moved : all) moved = true;
      find_contacts(all, listener);
      is_new = 0;
    }
    for (std::uint32_t i = num_contacts; i-- > 0;) {
      Contact& contact = contacts[i];
      if (bodies[body_of(contact)].awake == 0) continue;
      if (overlap(ground.fat_box(contact.shape), fat_boxes[contact.fixture])) {
        update_contact(contact, listener);
      } else {
        remove_contact(i, listener);
      }
    }
  }

  // Updates the fat boxes of a body that moved from the beginning of its sweep, where it had the rotation
  // `start`, to its transform; `moved` gets the fixtures that left theirs.
  void follow_boxes(std::uint32_t index, const Rot& start, bool (&moved)[kFixtures]) {
    const Body& body = bodies[index];
    const Transform before{body.sweep.c0 - rotate(start, body.sweep.local_center), start};
    for (std::uint32_t f = 0; f < kFixtures; ++f) {
      const FixturePlan& fixture = Scene::blueprint().fixtures[f];
      if (fixture.body != index) continue;
      const Box box = combine(box_of(fixture.shape, before), box_of(fixture.shape, body.transform));
      if (fat_boxes[f].contains(box)) continue;
      Box fat = fatten(box);
      const Vec2 ahead = kBoxPrediction * (body.transform.p - before.p);
      if (ahead.x < 0.0F) {
        fat.lower.x += ahead.x;
      } else {
        fat.upper.x += ahead.x;
      }
      if (ahead.y < 0.0F) {
        fat.lower.y += ahead.y;
      } else {
        fat.upper.y += ahead.y;
      }
      fat_boxes[f] = fat;
      moved[f] = true;
    }
  }

  // What follows where fixtures may have left their fat boxes.
  template <class Listener>
  void meet(const bool (&moved)[kFixtures], Listener& listener) {
    if constexpr (KnowsProxies<Listener>) listener.proxies().move(*this, moved);
    find_contacts(moved, listener);
  }

  // Makes contacts of fixtures that moved and shapes of the ground whose fat boxes overlap.
  template <class Listener>
  void find_contacts(const bool (&moved)[kFixtures], Listener& listener) {
    bool any = false;
    Box box;
    for (std::uint32_t f = 0; f < kFixtures; ++f) {
      if (!moved[f]) continue;
      box = any ? combine(box, fat_boxes[f]) : fat_boxes[f];
      any = true;
    }
    if (!any) return;
    [[maybe_unused]] PairList pairs;
    ground.near(box, [&](std::uint32_t shape) {
      const Box& fat = ground.fat_box(shape);
      for (std::uint32_t f = 0; f < kFixtures; ++f) {
        if (!moved[f] || !overlap(fat, fat_boxes[f]) || has_contact(shape, f)) continue;
        if constexpr (KnowsProxies<Listener>) {
          pairs.add(listener.proxies().key_of(*this, shape, f), shape, f);
        } else {
          add_contact(shape, f);
        }
      }
    });
    if constexpr (KnowsProxies<Listener>) {
      for (std::size_t i = 0; i < pairs.count && num_contacts < kMaxContacts; ++i) {
        const auto& [key, shape, fixture] = pairs.sorted[i];
        add_contact(shape, fixture);
        const bool is_first = listener.proxies().begins_with_fixture(*this, shape, fixture);
        contacts[num_contacts - 1].exchanged = is_first && ground.may_be_second(shape) ? 1 : 0;
      }
    }
  }

  // ---- the island ----

  // All that moves is joined: either everything is in the one island, or all bodies sleep. Sleeping bodies in
  // it wake up.
  void build_island(Island<Scene>& island) {
    island.num_bodies = island.num_joints = island.num_contacts = 0;
    std::uint32_t seed = kBodies;
    while (seed > 0 && bodies[seed - 1].awake == 0) --seed;
    if (seed == 0) return;
    static const SearchOrder from_youngest(kBodies - 1);
    const SearchOrder order = seed == kBodies ? from_youngest : SearchOrder(seed - 1);
    island.num_bodies = kBodies;
    island.num_joints = kJoints;
    for (std::size_t b = 0; b < kBodies; ++b) {
      island.bodies[b] = order.bodies[b];
      wake(bodies[b]);
    }
    for (std::size_t j = 0; j < kJoints; ++j) island.joints[j] = order.joints[j];
    // Box2D has those of one body after those of another; their order counts only among those of the same
    for (std::uint32_t i = num_contacts; i-- > 0;) {
      if (contacts[i].enabled == 0 || contacts[i].touching == 0) continue;
      island.contacts[island.num_contacts++] = static_cast<std::uint16_t>(i);
    }
  }

  // Puts a body's transform where its sweep ends.
  void follow_sweep(Body& body, RotationOf rotation_of) {
    body.transform.q = rotation_of(body.sweep.a);
    body.transform.p = body.sweep.c - rotate(body.transform.q, body.sweep.local_center);
  }

 private:
  template <class Listener>
  void compute_manifold(Contact& contact, const Polygon& shape, const Transform& at) const {
    if constexpr (KnowsProxies<Listener>) {
      if (contact.exchanged != 0) {
        return ground.collide_exchanged(contact.shape, shape, at, contact.manifold);
      }
    }
    ground.collide(contact.shape, shape, at, contact.manifold);
  }

  // Contacts to be made, as many as a world can have.
  struct PairList {
    struct Pair {
      std::uint32_t key, shape, fixture;
    };
    std::size_t count = 0;
    Pair sorted[kMaxContacts];

    void add(std::uint32_t key, std::uint32_t shape, std::uint32_t fixture) {
      if (count == kMaxContacts && sorted[count - 1].key < key) return;
      std::size_t at = count < kMaxContacts ? count++ : count - 1;
      for (; at > 0 && sorted[at - 1].key > key; --at) sorted[at] = sorted[at - 1];
      sorted[at] = {key, shape, fixture};
    }
  };

  // The order in which a search along joints from one body meets the bodies and the joints.
  struct SearchOrder {
    std::uint8_t bodies[kBodies], joints[kJoints];

    explicit SearchOrder(std::uint32_t seed) {
      std::size_t num_bodies = 0, num_joints = 0, height = 0;
      bool seen[kBodies] = {}, joined[kJoints] = {};
      std::uint8_t stack[kBodies];
      stack[height++] = static_cast<std::uint8_t>(seed);
      seen[seed] = true;
      while (height > 0) {
        const std::uint32_t b = stack[--height];
        bodies[num_bodies++] = static_cast<std::uint8_t>(b);
        for (std::uint32_t j = kJoints; j-- > 0;) {
          const JointPlan& joint = Scene::blueprint().joints[j];
          if (joined[j] || (joint.body_a != b && joint.body_b != b)) continue;
          joined[j] = true;
          joints[num_joints++] = static_cast<std::uint8_t>(j);
          const std::uint32_t other = joint.body_a == b ? joint.body_b : joint.body_a;
          if (seen[other]) continue;
          seen[other] = true;
          stack[height++] = static_cast<std::uint8_t>(other);
        }
      }
    }
  };

  static void keep_impulses(const Manifold& old, Manifold& manifold) {
    for (std::uint32_t i = 0; i < manifold.count; ++i) {
      ManifoldPoint& point = manifold.points[i];
      point.normal_impulse = point.tangent_impulse = 0.0F;
      for (std::uint32_t j = 0; j < old.count; ++j) {
        if (!(old.points[j].id == point.id)) continue;
        point.normal_impulse = old.points[j].normal_impulse;
        point.tangent_impulse = old.points[j].tangent_impulse;
        break;
      }
    }
  }

  bool has_contact(std::uint32_t shape, std::uint32_t fixture) const {
    for (std::uint32_t i = 0; i < num_contacts; ++i) {
      if (contacts[i].shape == shape && contacts[i].fixture == fixture) return true;
    }
    return false;
  }

  void add_contact(std::uint32_t shape, std::uint32_t fixture) {
    if (num_contacts == kMaxContacts) return;
    Contact& contact = contacts[num_contacts++];
    contact = {};
    contact.shape = static_cast<std::uint16_t>(shape);
    contact.fixture = static_cast<std::uint8_t>(fixture);
    wake(bodies[body_of(contact)]);
  }

  template <class Listener>
  void remove_contact(std::uint32_t index, Listener& listener) {
    const Contact& contact = contacts[index];
    if (contact.touching != 0) listener.end(contact.fixture, contact.shape);
    if (contact.manifold.count > 0) wake(bodies[body_of(contact)]);
    --num_contacts;
    for (std::uint32_t i = index; i < num_contacts; ++i) contacts[i] = contacts[i + 1];
    contacts[num_contacts] = {};
  }
};

}  // namespace plyo::physics2d
