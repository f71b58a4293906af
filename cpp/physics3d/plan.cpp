#include "plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string>

#include "step.hpp"

namespace plyo::physics3d {
namespace {

// The degrees of freedom that move a body, one a bit.
std::uint32_t dofs_above(const Model& model, std::int32_t body) {
  std::uint32_t dofs = 0;
  for (; body > 0; body = model.body_parentid[body]) {
    for (std::int32_t k = 0; k < model.body_dofnum[body]; ++k) {
      dofs |= std::uint32_t{1} << (model.body_dofadr[body] + k);
    }
  }
  return dofs;
}

bool is_same(const Softness& p, const Softness& q) {
  return p.low == q.low && p.high == q.high && p.width == q.width && p.middle == q.middle &&
         p.stiffness == q.stiffness && p.damping == q.damping;
}
bool is_same(const FloorGeom& a, const FloorGeom& b) {
  return a.friction == b.friction && a.margin == b.margin && is_same(a.softness, b.softness);
}

// y of a vector, or x and z of a rotation's quaternion, in an array of them.
bool is_in_plane(const double* vector) { return vector[1] == 0; }
bool turns_in_plane(const double* quaternion) { return quaternion[1] == 0 && quaternion[3] == 0; }

bool has_plane_joints(const Model& model) {
  for (std::size_t j = 0; j < model.njnt; ++j) {
    const double* const axis = &model.jnt_axis[3 * j];
    const auto type = static_cast<JointType>(model.jnt_type[j]);
    const bool is_hinge = type == JointType::kHinge && axis[0] == 0 && axis[2] == 0;
    const bool is_slide = type == JointType::kSlide && axis[1] == 0;
    if (!is_in_plane(&model.jnt_pos[3 * j]) || !(is_hinge || is_slide)) return false;
  }
  return true;
}

// Whether a geom's frame is in the plane, which may be that of its body's inertia.
bool has_plane_frame(const Model& model, const Model::Placed& geom) {
  const auto same = static_cast<SameFrame>(geom.sameframe);
  const bool has_inertia_frame = same == SameFrame::kInertia || same == SameFrame::kInertiaRotation;
  return is_in_plane(geom.pos) &&
         turns_in_plane(has_inertia_frame ? &model.body_iquat[4 * static_cast<std::size_t>(geom.body)]
                                          : geom.quat);
}

// Inertia frames may lie as they like: what they have beside the plane turns nothing in it.
bool lies_in_plane(const Model& model) {
  for (std::size_t b = 1; b < model.nbody; ++b) {
    if (!is_in_plane(&model.body_pos[3 * b]) || !is_in_plane(&model.body_ipos[3 * b])) return false;
    if (!turns_in_plane(&model.body_quat[4 * b])) return false;
  }
  const auto is_plane = [&model](const Model::Placed& geom) { return has_plane_frame(model, geom); };
  return std::all_of(model.geoms.begin(), model.geoms.end(), is_plane) && is_in_plane(model.gravity) &&
         has_plane_joints(model);
}

}  // namespace

std::vector<double> Plan::numbers_of(const Model& model) {
  std::vector<double> numbers(Numbers::kCount);
  const auto put = [&](std::size_t place, const auto& values) {
    std::copy(std::begin(values), std::end(values), numbers.begin() + static_cast<std::ptrdiff_t>(place));
  };
  put(Numbers::kGravity, model.gravity);
  put(Numbers::kMass, model.body_mass);
  for (std::size_t b = 0; b < model.nbody; ++b) {
    numbers[Numbers::kOverMass + b] = over_mass(model.body_subtreemass[b]);
  }
  put(Numbers::kBodyInertia, model.body_inertia);
  put(Numbers::kInitialInertia, model.dof_M0);
  put(Numbers::kArmature, model.dof_armature);
  put(Numbers::kDamping, model.dof_damping);
  put(Numbers::kStiffness, model.jnt_stiffness);
  for (std::size_t u = 0; u < model.motors.size(); ++u) numbers[Numbers::kGear + u] = model.motors[u].gear;
  for (std::size_t k = 0; k < model.limits.size(); ++k) {
    numbers[Numbers::kLimitWeight + k] = model.limits[k].inverse_weight;
  }
  for (std::size_t k = 0; k < model.floor_geoms.size(); ++k) {
    numbers[Numbers::kFriction + k] = model.floor_geoms[k].friction;
    numbers[Numbers::kFloorWeight + k] = model.floor_geoms[k].inverse_weight;
  }
  return numbers;
}

Plan::Plan(const Model& of_model) : model(of_model) {
  if (const char* const excess = model.find_excess()) {
    throw std::invalid_argument(std::string("a pack cannot step the model: ") + excess);
  }
  for (std::size_t i = 0; i < model.nv; ++i) {
    const auto tree = static_cast<std::size_t>(model.dof_treeid[i]);
    if (tree >= trees.size()) trees.resize(tree + 1, Tree{i, i});
    trees[tree].last = i + 1;
    has_damping = has_damping || model.dof_damping[i] > 0;
    num_nonzeros += static_cast<std::size_t>(model.M_rownnz[i]);
  }
  for (const FloorGeom& geom : model.floor_geoms) {
    const std::int32_t body = model.geoms[static_cast<std::size_t>(geom.geom)].body;
    const std::uint32_t dofs = dofs_above(model, body);
    geom_dofs.push_back(dofs);
    geom_roots.push_back(model.body_rootid[body]);
    geom_trees.push_back(dofs == 0 ? 0 : model.dof_treeid[static_cast<std::size_t>(std::countr_zero(dofs))]);
    has_one_floor_softness = has_one_floor_softness && is_same(geom, model.floor_geoms.front());
  }
  for (const Limit& limit : model.limits) {
    limit_trees.push_back(model.dof_treeid[limit.dof]);
    has_one_limit_softness = has_one_limit_softness && is_same(limit.softness, model.limits.front().softness);
  }
  is_planar = lies_in_plane(model);
  for (std::size_t b = 0; b < model.nbody; ++b) {
    has_plane_inertia.push_back(is_planar && turns_in_plane(&model.body_iquat[4 * b]) ? 1 : 0);
  }
  const double* const n = model.floor_normal;
  has_level_floor = n[0] == 0 && n[1] == 0 && n[2] == 1;
  const double inverse = 1 / std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  for (std::size_t k = 0; k < 3; ++k) normal[k] = n[k] * inverse;
  if (!(normal[1] < 0.5 && normal[1] > -0.5)) {
    sphere_tangent[1] = 0;
    sphere_tangent[2] = 1;
  }
}

}  // namespace plyo::physics3d
