// The position iterations over lanes against those of one lane at a time, which have Box2D's operations: the
// same bits for every instruction set, linkage, number of lanes and mixture of contacts.
#include <bit>
#include <vector>

#include "check.hpp"
#include "core/isa.hpp"
#include "core/rng.hpp"
#include "engine/cpu_dispatch.hpp"
#include "physics2d/constraints.hpp"
#include "physics2d/place_packing.hpp"

namespace {

namespace place_pack = plyo::physics2d::place_pack;
using plyo::physics2d::BodyPlan;
using plyo::physics2d::JointPlan;
using plyo::physics2d::kLegs;
using plyo::physics2d::LaneNumbers;
using plyo::physics2d::Limit;
using plyo::physics2d::Linkage;
using plyo::physics2d::Manifold;
using plyo::physics2d::ManifoldPoint;
using plyo::physics2d::own_rotation;
using plyo::physics2d::PackShape;
using plyo::physics2d::Placement;
using plyo::physics2d::platform_rotation;
using plyo::physics2d::PositionKernels;
using plyo::physics2d::RotationOf;

plyo::Rng& random_source() {
  static plyo::Rng source = plyo::seeded_rng(5);
  return source;
}
float uniform(float low, float high) {
  return static_cast<float>(random_source().uniform(static_cast<double>(low), static_cast<double>(high)));
}
std::uint32_t below(std::uint32_t count) {
  return static_cast<std::uint32_t>(random_source().integers(0, count));
}

struct LaneContact {
  std::uint32_t body = 0;
  Manifold manifold;
};

// A lane with places near those where its joints are satisfied, and contacts near the ground y = 0.
struct Lane {
  BodyPlan bodies[5];
  JointPlan joints[4];
  Limit limits[4];
  Placement places[5];
  std::vector<LaneContact> contacts;
};

Lane random_lane(const Linkage& linkage, const std::vector<std::uint8_t>& contact_bodies, float error) {
  Lane lane;
  for (std::size_t b = 0; b < linkage.bodies; ++b) {
    lane.bodies[b].inverse_mass = uniform(0.2F, 4.0F);
    lane.bodies[b].inverse_inertia = uniform(0.5F, 40.0F);
    lane.bodies[b].local_center = {uniform(-0.02F, 0.02F), uniform(-0.02F, 0.02F)};
    const float angle = uniform(-1.0F, 1.0F);
    lane.places[b] = {{uniform(0.0F, error), uniform(0.3F, 0.3F + error)}, angle, {}, 1e9F};
  }
  for (std::size_t j = 0; j < linkage.joints; ++j) {
    JointPlan& joint = lane.joints[j];
    joint.body_a = linkage.a[j];
    joint.body_b = linkage.b[j];
    joint.anchor_a = {uniform(-error, error), uniform(-error, error)};
    joint.anchor_b = {uniform(-error, error), uniform(-error, error)};
    joint.lower_angle = uniform(-1.0F, 0.0F);
    joint.upper_angle = joint.lower_angle + uniform(0.2F, 1.0F);
    lane.limits[j] = static_cast<Limit>(below(3));
  }
  for (const std::uint8_t body : contact_bodies) {
    LaneContact contact{body, {}};
    contact.manifold.type = below(2) == 0 ? Manifold::kFaceA : Manifold::kFaceB;
    contact.manifold.count = static_cast<std::uint8_t>(1 + below(2));
    contact.manifold.local_normal = {uniform(-0.2F, 0.2F), 0.98F};
    contact.manifold.local_point = {uniform(-0.5F, 0.5F), uniform(0.0F, 0.1F)};
    for (ManifoldPoint& point : contact.manifold.points)
      point.local = {uniform(-0.5F, 0.5F), uniform(-0.3F, 0.3F)};
    lane.contacts.push_back(contact);
  }
  return lane;
}

// The iterations of one lane, from functions that are compared with Box2D elsewhere.
template <RotationOf kRotationOf>
bool solve_alone(const Linkage& linkage, Lane& lane, std::size_t iterations) {
  for (std::size_t i = 0; i < iterations; ++i) {
    float least = 0.0F;
    for (const LaneContact& contact : lane.contacts) {
      least = plyo::physics2d::correct_contact<kRotationOf>(contact.manifold, lane.bodies[contact.body],
                                                            plyo::physics2d::kCorrection,
                                                            lane.places[contact.body], least);
    }
    bool joints_are_fine = true;
    for (std::size_t j = 0; j < linkage.joints; ++j) {
      const JointPlan& joint = lane.joints[j];
      const bool is_fine = plyo::physics2d::correct_joint<kRotationOf>(
          joint, lane.limits[j], lane.bodies[joint.body_a], lane.bodies[joint.body_b],
          lane.places[joint.body_a], lane.places[joint.body_b]);
      joints_are_fine = joints_are_fine && is_fine;
    }
    if (least >= -3.0F * plyo::physics2d::kLinearSlop && joints_are_fine) return true;
  }
  return false;
}

void pack_lane(const Linkage& linkage, const Lane& lane, const LaneNumbers& out) {
  for (std::size_t b = 0; b < linkage.bodies; ++b) {
    plyo::physics2d::pack_place(lane.places[b], out.from(place_pack::kPlace * b));
  }
  for (std::size_t j = 0; j < linkage.joints; ++j) {
    const JointPlan& joint = lane.joints[j];
    plyo::physics2d::pack_joint(joint, lane.limits[j], lane.bodies[joint.body_a], lane.bodies[joint.body_b],
                                out.from(place_pack::joint_at(linkage, j)));
  }
  for (std::size_t c = 0; c < lane.contacts.size(); ++c) {
    const LaneContact& contact = lane.contacts[c];
    plyo::physics2d::pack_contact(contact.manifold, lane.bodies[contact.body],
                                  out.from(place_pack::contact_at(linkage, c)));
  }
}

bool is_same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || a == b;
}

// One pack of lanes with the same bodies in contact; contacts may be missing.
template <RotationOf kRotationOf>
int count_in_place(const Linkage& linkage, const PositionKernels& kernels, bool may_miss, float error) {
  PackShape shape;
  shape.num_contacts = below(5);
  std::vector<std::uint8_t> bodies;
  for (std::size_t c = 0; c < shape.num_contacts; ++c) {
    bodies.push_back(static_cast<std::uint8_t>(below(static_cast<std::uint32_t>(linkage.bodies))));
    shape.bodies[c] = bodies.back();
    shape.points[c] = PackShape::kMixed;
  }
  const std::size_t width = kernels.width;
  const std::size_t size = place_pack::contact_at(linkage, shape.num_contacts);
  std::vector<float> numbers(size * width, 0.0F);
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < width; ++i) {
    std::vector<std::uint8_t> own = bodies;
    if (may_miss && !own.empty()) own.resize(below(static_cast<std::uint32_t>(own.size()) + 1));
    lanes.push_back(random_lane(linkage, own, error));
    pack_lane(linkage, lanes.back(), {numbers.data() + i, width});
  }
  constexpr std::size_t kIterations = 60;
  std::uint8_t in_place[plyo::lanes::kMaxLanes];
  kernels.with(kRotationOf)(numbers.data(), shape, kIterations, in_place);
  int count = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const bool is_in_place = solve_alone<kRotationOf>(linkage, lanes[i], kIterations);
    CHECK_EQ(int{in_place[i]}, is_in_place ? 1 : 0);
    count += is_in_place ? 1 : 0;
    for (std::size_t b = 0; b < linkage.bodies; ++b) {
      const LaneNumbers at{numbers.data() + place_pack::kPlace * b * width + i, width};
      CHECK(is_same(at[0], lanes[i].places[b].center.x));
      CHECK(is_same(at[1], lanes[i].places[b].center.y));
      CHECK(is_same(at[2], lanes[i].places[b].angle));
    }
  }
  return count;
}

template <RotationOf kRotationOf>
void compare_all(const Linkage& linkage, const plyo::ByIsa<PositionKernels>& kernels) {
  for (const plyo::Isa isa : {plyo::Isa::kBaseline, plyo::Isa::kAvx2, plyo::Isa::kAvx512}) {
    if (!plyo::isa_supported(isa)) continue;
    int packs = 0, in_place = 0;
    for (int i = 0; i < 60; ++i) {
      in_place +=
          count_in_place<kRotationOf>(linkage, *kernels.find(isa), i % 2 == 1, i % 3 == 0 ? 0.05F : 0.4F);
      ++packs;
    }
    CHECK(in_place > 0);
    CHECK(in_place < packs * static_cast<int>(kernels.find(isa)->width));
  }
}

PLYO_TEST(position_kernels_place_legs_as_one_lane) {
  compare_all<&own_rotation>(kLegs, plyo::physics2d::legs_places());
  compare_all<&platform_rotation>(kLegs, plyo::physics2d::legs_places());
}

}  // namespace
