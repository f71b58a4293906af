// What follows from a model, computed once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model.hpp"

namespace plyo::physics3d {

// Lengths and pivots below it are taken as zero (mjMINVAL), larger numbers as errors (mjMAXVAL).
inline constexpr double kLeast = 1e-15;
inline constexpr double kLargest = 1e10;

// The degrees of freedom of a tree of bodies, which are [first, last).
struct Tree {
  std::size_t first = 0, last = 0;
};

// What sums of moments are multiplied with; 0 for no mass.
inline double over_mass(double mass) { return mass < kLeast ? 0.0 : 1.0 / mass; }

struct Plan {
  // The numbers of the model, in the order of Numbers.
  static std::vector<double> numbers_of(const Model& model);

  // Keeps a reference to the model. Throws std::invalid_argument for one that is too large.
  explicit Plan(const Model& of_model);

  const Model& model;
  std::vector<Tree> trees;
  // Of each floor geom and each limit: its tree; of floor geoms also the body's root and the degrees of
  // freedom that move it, one a bit.
  std::vector<std::int32_t> geom_trees, geom_roots, limit_trees;
  std::vector<std::uint32_t> geom_dofs;
  // Whether all floor geoms have the same friction, margin and softness, and all limits the same softness.
  bool has_one_floor_softness = true, has_one_limit_softness = true;
  bool has_level_floor = false;  // its normal is the z axis
  bool has_damping = false;
  // Whether all that moves does so in the xz plane, with y = 0 and rotations about the y axis.
  bool is_planar = false;
  std::vector<std::uint8_t> has_plane_inertia;  // of each body: whether its inertia's frame does so too
  // The contact frames' normal, which is the floor's up to rounding, and what a sphere's first tangent is
  // made of.
  double normal[3] = {0, 0, 1}, sphere_tangent[3] = {0, 1, 0};
  std::size_t num_nonzeros = 0;  // of the inertia matrix
};

}  // namespace plyo::physics3d
