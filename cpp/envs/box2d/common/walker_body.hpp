// The moving parts of BipedalWalker and its ground as a scene of physics2d. Reference: gymnasium 1.4.0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../physics2d/blueprint.hpp"
#include "../../../physics2d/collide_edge.hpp"
#include "../../../physics2d/collide_polygons.hpp"
#include "../../../physics2d/distance.hpp"
#include "../../../physics2d/position_kernels.hpp"
#include "../../../physics2d/velocity_kernels.hpp"
#include "../../../physics2d/world.hpp"
#include "walker_terrain.hpp"

namespace plyo::walker {

// The bodies in the order in which they are made; the left leg is the first. Each has one fixture of the same
// number.
enum BodyIndex : std::uint32_t { kHull, kUpper1, kLower1, kUpper2, kLower2 };

inline constexpr double kLegDown = -8 / kScale;  // m, of the hips above the hull's origin
inline constexpr double kLegWidth = 8 / kScale, kLegHeight = 34 / kScale;  // m
inline constexpr float kGroundFriction = 2.5F;

using WalkerPlan = physics2d::Blueprint<5, 5, 4>;

inline WalkerPlan make_plan() {
  using physics2d::Vec2;
  constexpr auto kMetres = [](double pixels) { return static_cast<float>(pixels / kScale); };
  const Vec2 hull[5] = {{kMetres(-30), kMetres(9)},
                        {kMetres(6), kMetres(9)},
                        {kMetres(34), kMetres(1)},
                        {kMetres(34), kMetres(-8)},
                        {kMetres(-30), kMetres(-8)}};
  const auto half_height = static_cast<float>(kLegHeight / 2);
  const physics2d::Polygon upper = physics2d::make_box(static_cast<float>(kLegWidth / 2), half_height);
  const physics2d::Polygon lower = physics2d::make_box(static_cast<float>(0.8 * kLegWidth / 2), half_height);

  WalkerPlan plan;
  plan.fixtures[kHull] = {kHull, physics2d::make_polygon(hull, 5), 5.0F, 0.1F};
  for (std::uint32_t leg = 0; leg < 2; ++leg) {
    const std::uint32_t thigh = kUpper1 + 2 * leg, shin = kLower1 + 2 * leg;
    plan.fixtures[thigh] = {thigh, upper, 1.0F, 0.2F};
    plan.fixtures[shin] = {shin, lower, 1.0F, 0.2F};
    physics2d::JointPlan* const joints = plan.joints + std::size_t{2} * leg;
    joints[0] = {.body_a = kHull,
                 .body_b = thigh,
                 .anchor_a = {0.0F, static_cast<float>(kLegDown)},
                 .anchor_b = {0.0F, half_height},
                 .reference_angle = leg == 0 ? -0.05F : 0.05F,
                 .lower_angle = -0.8F,
                 .upper_angle = 1.1F};
    joints[1] = {.body_a = thigh,
                 .body_b = shin,
                 .anchor_a = {0.0F, -half_height},
                 .anchor_b = {0.0F, half_height},
                 .reference_angle = 0.0F,
                 .lower_angle = -1.6F,
                 .upper_angle = -0.1F};
  }
  plan.weigh();
  return plan;
}

// The shapes of the ground are the boxes, then the edges; each belongs to a body of its own.
struct Ground {
  Terrain terrain;

  std::uint32_t count() const { return terrain.num_boxes + static_cast<std::uint32_t>(kEdges); }
  bool is_box(std::uint32_t shape) const { return shape < terrain.num_boxes; }
  physics2d::Edge edge(std::uint32_t shape) const { return terrain.edge(shape - terrain.num_boxes); }

  physics2d::Box fat_box(std::uint32_t shape) const {
    return physics2d::fatten(is_box(shape) ? physics2d::box_of(terrain.boxes[shape], {})
                                           : physics2d::box_of(edge(shape)));
  }
  void collide(std::uint32_t shape, const physics2d::Polygon& polygon, const physics2d::Transform& at,
               physics2d::Manifold& manifold) const {
    if (is_box(shape)) {
      physics2d::collide_polygons(terrain.boxes[shape], {}, polygon, at, manifold);
    } else {
      physics2d::collide_edge(edge(shape), polygon, at, manifold);
    }
  }
  // In a world that outlives its episodes, a box may be Box2D's second shape.
  bool may_be_second(std::uint32_t shape) const { return is_box(shape); }
  void collide_exchanged(std::uint32_t shape, const physics2d::Polygon& polygon,
                         const physics2d::Transform& at, physics2d::Manifold& manifold) const {
    using physics2d::Manifold;
    physics2d::collide_polygons(polygon, at, terrain.boxes[shape], {}, manifold);
    if (manifold.count > 0) {
      manifold.type = manifold.type == Manifold::kFaceA ? Manifold::kFaceB : Manifold::kFaceA;
    }
  }
  float friction(std::uint32_t /*shape*/) const { return kGroundFriction; }
  std::uint32_t body(std::uint32_t shape) const { return shape; }
  physics2d::ConvexPoints points(std::uint32_t shape) const {
    if (is_box(shape)) return {terrain.boxes[shape].vertices, static_cast<int>(terrain.boxes[shape].count)};
    return {&terrain.points[shape - terrain.num_boxes], 2};
  }
  template <class Visit>
  void near(const physics2d::Box& box, Visit visit) const {
    constexpr float kMargin = 0.2F;  // more than that of a fat box
    for (std::uint32_t i = 0; i < terrain.num_boxes; ++i) visit(i);
    for (std::size_t i = point_left_of(box.lower.x - kMargin); i < kEdges; ++i) {
      if (terrain.points[i].x > box.upper.x + kMargin) break;
      visit(terrain.num_boxes + static_cast<std::uint32_t>(i));
    }
  }
};

struct Scene {
  static constexpr std::size_t kBodies = 5, kFixtures = 5, kJoints = 4, kMaxContacts = 64;
  static constexpr std::size_t kMaxShapes = kMaxBoxes + kEdges;
  static constexpr const physics2d::Linkage& kLinkage = physics2d::kLegs;
  static constexpr std::uint8_t kJointOrder[kJoints] = {3, 2, 0, 1};
  using Ground = walker::Ground;

  static const ByIsa<physics2d::VelocityKernels>& velocity_kernels() { return physics2d::legs_kernels(); }
  static const ByIsa<physics2d::PositionKernels>& position_kernels() { return physics2d::legs_places(); }
  static const WalkerPlan& blueprint() {
    static const WalkerPlan plan = make_plan();
    return plan;
  }
};

}  // namespace plyo::walker
