// mj_fwdConstraint: the start of the solver, and a problem for each tree of bodies.

template <class V>
PLYO_LANES_STAGE V cost_of_rows(const Rows<V>& rows, const V* residual) {
  V cost{};
  for (std::size_t r = 0; r < rows.count; ++r) {
    cost += select<V>(residual[r] < V{}, 0.5 * rows.weight[r] * residual[r] * residual[r], V{});
  }
  return cost;
}

// To what the rows of the last step's accelerations cost, adds what it costs that they are not those without
// constraints.
template <class V>
PLYO_LANES_STAGE V add_cost_of_inertia(const Model& model, Work<V>& work, V cost) {
  V* const difference = work.solver.search;
  V* const force = work.solver.inertia_search;
  for (std::size_t i = 0; i < model.nv; ++i) difference[i] = work.qacc_warmstart[i] - work.qacc_smooth[i];
  if (model.dialect.weighs_difference) {
    multiply_inertia(model, force, work.inertia, difference, 0, model.nv);
    return cost + 0.5 * dot(difference, force, model.nv);
  }
  multiply_inertia(model, force, work.inertia, work.qacc_warmstart, 0, model.nv);
  for (std::size_t i = 0; i < model.nv; ++i) cost += 0.5 * (force[i] - work.qfrc_smooth[i]) * difference[i];
  return cost;
}

// warmstart: accelerations begin with those of the last step, or without constraints, whichever costs less.
template <class V>
PLYO_LANES_STAGE void choose_start(const Model& model, Work<V>& work) {
  Rows<V>& rows = work.rows;
  V* const smooth_residual = work.solver.smooth_residual;
  multiply_rows(rows.jacobian, rows.count, work.qacc_smooth, model.nv, smooth_residual);
  multiply_rows(rows.jacobian, rows.count, work.qacc_warmstart, model.nv, rows.residual);
  for (std::size_t r = 0; r < rows.count; ++r) {
    smooth_residual[r] -= rows.reference[r];
    rows.residual[r] -= rows.reference[r];
  }
  const V cost = add_cost_of_inertia(model, work, cost_of_rows(rows, rows.residual));
  const auto is_cold = cost > cost_of_rows(rows, smooth_residual);
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qacc[i] = select<V>(is_cold, work.qacc_smooth[i], work.qacc_warmstart[i]);
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    rows.residual[r] = select<V>(is_cold, smooth_residual[r], rows.residual[r]);
  }
}

template <class V>
PLYO_LANES lanes::Mask<V> lanes_of_tree(const Rows<V>& rows, std::size_t r, std::size_t tree) {
  V is_there;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    lane(is_there, l) = rows.tree[r][l] == static_cast<std::int32_t>(tree) ? 1.0 : 0.0;
  }
  return is_there != V{};
}

// MuJoCo solves trees that no constraint ties together apart. The rows of the other trees are padding here.
template <class V>
PLYO_LANES_STAGE void solve_one_of_trees(const Plan& plan, Work<V>& work, std::size_t tree) {
  const std::size_t first = plan.trees[tree].first, size = plan.trees[tree].last - first;
  Rows<V>& rows = work.tree_rows;
  rows.count = work.rows.count;
  auto takes_part = nowhere<V>();
  for (std::size_t r = 0; r < rows.count; ++r) {
    const auto is_own = both(lanes_of_tree(work.rows, r, tree), work.rows.weight[r] > V{});
    takes_part = either(takes_part, is_own);
    for (std::size_t i = 0; i < size; ++i) {
      rows.jacobian[r][i] = select<V>(is_own, work.rows.jacobian[r][first + i], V{});
    }
    rows.weight[r] = select<V>(is_own, work.rows.weight[r], V{});
    rows.reference[r] = select<V>(is_own, work.rows.reference[r], broadcast<V>(-1.0));
    rows.residual[r] = dot(rows.jacobian[r], work.qacc + first, size) - rows.reference[r];
  }
  solve_tree(Problem<V>{&plan.model, &rows, first, size, takes_part}, work);
  for (std::size_t r = 0; r < rows.count; ++r) {
    work.rows.force[r] = select<V>(rows.weight[r] > V{}, rows.force[r], work.rows.force[r]);
  }
}

template <class V>
PLYO_LANES_STAGE void solve_constraints(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  if (work.rows.count == 0) {
    for (std::size_t i = 0; i < model.nv; ++i) {
      work.qacc[i] = work.qacc_smooth[i];
      work.qfrc_constraint[i] = V{};
    }
    return;
  }
  choose_start(model, work);
  if (plan.trees.size() > 1) {
    for (std::size_t t = 0; t < plan.trees.size(); ++t) solve_one_of_trees(plan, work, t);
    return;
  }
  solve_tree(Problem<V>{&model, &work.rows, 0, model.nv, lanes_with_more<V>(work.num_rows, 0)}, work);
}

// mj_rnePostConstraint's cfrc_ext: the forces of contacts on bodies, about their trees' centres of mass.
template <class V>
PLYO_LANES_STAGE void sum_contact_forces(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  const Vec3<V> normal = broadcast_vec<V>(plan.normal);
  for (std::size_t b = 0; b < model.nbody; ++b) work.cfrc_ext[b] = Spatial<V>{};
  std::int32_t most_limits = 0, most_contacts = 0;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    most_limits = std::max(most_limits, work.num_limits[l]);
    most_contacts = std::max(most_contacts, work.num_contacts[l]);
  }
  for (std::int32_t n = 0; n < most_contacts; ++n) {
    const FloorContact<V>& contact = work.contacts[n];
    const V* const edges = work.rows.force + most_limits + 4 * n;
    // mju_decodePyramid
    const V along = edges[0] + edges[1] + edges[2] + edges[3];
    const V first = (edges[0] - edges[1]) * contact.friction;
    const V second = (edges[2] - edges[3]) * contact.friction;
    const Vec3<V> force = normal * along + contact.first * first + contact.second * second;
    for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
      if (n >= work.num_contacts[l]) continue;
      const auto body = static_cast<std::size_t>(model.geoms[model.floor_geoms[contact.geom[l]].geom].body);
      const Vec3<V>& centre = work.subtree_com[model.body_rootid[body]];
      const Vec3<double> f{lane(force.x, l), lane(force.y, l), lane(force.z, l)};
      const Vec3<double> lever{lane(centre.x, l) - lane(contact.position.x, l),
                               lane(centre.y, l) - lane(contact.position.y, l),
                               lane(centre.z, l) - lane(contact.position.z, l)};
      const Vec3<double> torque = cross(lever, f);
      Spatial<V>& sum = work.cfrc_ext[body];
      lane(sum.at[0], l) += 0.0 - torque.x;
      lane(sum.at[1], l) += 0.0 - torque.y;
      lane(sum.at[2], l) += 0.0 - torque.z;
      lane(sum.at[3], l) += f.x;
      lane(sum.at[4], l) += f.y;
      lane(sum.at[5], l) += f.z;
    }
  }
}
