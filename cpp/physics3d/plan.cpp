#include "plan.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

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

bool is_same(const FloorGeom& a, const FloorGeom& b) {
  const Softness &p = a.softness, &q = b.softness;
  return a.friction == b.friction && a.margin == b.margin && p.low == q.low && p.high == q.high &&
         p.width == q.width && p.middle == q.middle && p.stiffness == q.stiffness && p.damping == q.damping;
}

}  // namespace

Plan::Plan(const Model& of_model) : model(of_model) {
  if (const char* const excess = model.find_excess()) {
    throw std::invalid_argument(std::string("a pack cannot step the model: ") + excess);
  }
  for (std::size_t i = 0; i < model.nv; ++i) {
    const auto tree = static_cast<std::size_t>(model.dof_treeid[i]);
    if (tree >= trees.size()) trees.resize(tree + 1, Tree{i, i});
    trees[tree].last = i + 1;
    has_damping = has_damping || model.dof_damping[i] > 0;
    num_nonzeros = static_cast<std::size_t>(model.M_rowadr[i] + model.M_rownnz[i]);
  }
  for (const FloorGeom& geom : model.floor_geoms) {
    const std::int32_t body = model.geoms[static_cast<std::size_t>(geom.geom)].body;
    const std::uint32_t dofs = dofs_above(model, body);
    geom_dofs.push_back(dofs);
    geom_roots.push_back(model.body_rootid[body]);
    geom_trees.push_back(dofs == 0 ? 0 : model.dof_treeid[static_cast<std::size_t>(std::countr_zero(dofs))]);
    has_one_floor_softness = has_one_floor_softness && is_same(geom, model.floor_geoms.front());
  }
  for (const Limit& limit : model.limits) limit_trees.push_back(model.dof_treeid[limit.dof]);
  const double* const n = model.floor_normal;
  const double inverse = 1 / std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  for (std::size_t k = 0; k < 3; ++k) normal[k] = n[k] * inverse;
  if (!(normal[1] < 0.5 && normal[1] > -0.5)) {
    sphere_tangent[1] = 0;
    sphere_tangent[2] = 1;
  }
}

}  // namespace plyo::physics3d
