// The parts of Newton's method on the accelerations of a tree of bodies: the minimum of
//   1/2 (a - a_smooth)' M (a - a_smooth) + sum of 1/2 D_r min(J_r a - aref_r, 0)^2.

// The part of a problem that one tree is: its degrees of freedom begin at `first`, and it has `size` of
// them.
template <class V>
struct Problem {
  const Model* model;
  Rows<V>* rows;  // their Jacobians have the tree's degrees of freedom only
  std::size_t first, size;
  lanes::Mask<V> takes_part;  // lanes with a constraint in the tree
};

// mju_cholFactor. Pivots that are too small are raised, as there; their lanes escape.
template <class V>
PLYO_LANES_STAGE lanes::Mask<V> factorize_dense(V* matrix, std::size_t n) {
  auto is_deficient = nowhere<V>();
  for (std::size_t j = 0; j < n; ++j) {
    V* const row = matrix + j * n;
    V pivot = row[j];
    if (j > 0) pivot -= dot(row, row, j);
    is_deficient = either(is_deficient, pivot < broadcast<V>(kLeast));
    pivot = sqrt(max(pivot, broadcast<V>(kLeast)));
    row[j] = pivot;
    const V inverse = 1.0 / pivot;
    std::size_t i = j + 1;
    for (; i + 2 <= n; i += 2) {
      V* const below = matrix + i * n;
      const TwoDots<V> dots = two_dots(below, below + n, row, j);
      below[j] = (below[j] - dots.first) * inverse;
      below[n + j] = (below[n + j] - dots.second) * inverse;
    }
    if (i < n) matrix[i * n + j] = (matrix[i * n + j] - dot(matrix + i * n, row, j)) * inverse;
  }
  return is_deficient;
}

// mju_cholSolve
template <class V>
PLYO_LANES_STAGE void solve_dense(const Dialect& dialect, V* x, const V* factor, const V* right,
                                  std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    V number = right[i];
    if (i > 0) number -= dot(factor + i * n, x, i);
    x[i] = number / factor[i * n + i];
  }
  if (dialect.substitutes_forward) {
    for (std::size_t i = n; i-- > 0;) {
      const V number = x[i] / factor[i * n + i];
      x[i] = number;
      for (std::size_t j = 0; j < i; ++j) x[j] -= factor[i * n + j] * number;
    }
    return;
  }
  for (std::size_t i = n; i-- > 0;) {
    V number = x[i];
    for (std::size_t j = i + 1; j < n; ++j) number -= factor[j * n + i] * x[j];
    x[i] = number / factor[i * n + i];
  }
}

// A row that begins or stops to push: the Hessian gets sign * x x'.
template <class V>
struct Update {
  V x[kMaxDofs];
  V sign;
  lanes::Mask<V> changed;  // the lanes in which it is so; x is zero in the others
};

// One column of mju_cholUpdate. Returns where the pivot became too small.
template <class V>
PLYO_LANES lanes::Mask<V> update_column(V* factor, Update<V>& update, std::size_t k, std::size_t n) {
  V* const x = update.x;
  if (!any(x[k] != V{})) return nowhere<V>();
  const V pivot = factor[k * n + k];
  const V square = pivot * pivot + update.sign * (x[k] * x[k]);
  const V root = sqrt(max(square, broadcast<V>(kLeast)));
  const V c = root / pivot, s = x[k] / pivot;
  const V inverse = 1.0 / c;
  const V signed_s = update.sign * s;
  factor[k * n + k] = root;
  for (std::size_t i = k + 1; i < n; ++i) {
    const V number = (factor[i * n + k] + signed_s * x[i]) * inverse;
    factor[i * n + k] = number;
    x[i] = c * x[i] - s * number;
  }
  return both(square < broadcast<V>(kLeast), update.changed);
}

// mju_cholUpdate: the factor after several updates. Each column gets all of them, one after the other, so that
// the long chain of roots and quotients of one does not wait for the end of that of another.
template <class V>
PLYO_LANES_STAGE lanes::Mask<V> update_factor(V* factor, Update<V>* updates, std::size_t count,
                                              std::size_t n) {
  auto is_deficient = nowhere<V>();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t u = 0; u < count; ++u) {
      is_deficient = either(is_deficient, update_column(factor, updates[u], k, n));
    }
  }
  return is_deficient;
}

// Forces of the rows, and the generalised force of all.
template <class V>
PLYO_LANES_STAGE void update_forces(const Problem<V>& problem, V* qfrc_constraint) {
  Rows<V>& rows = *problem.rows;
  V* const qfrc = qfrc_constraint + problem.first;
  for (std::size_t i = 0; i < problem.size; ++i) qfrc[i] = V{};
  for (std::size_t r = 0; r < rows.count; ++r) {
    rows.pushes[r] = rows.residual[r] < V{};
    const V force = select<V>(rows.pushes[r], -rows.weight[r] * rows.residual[r], V{});
    rows.force[r] = force;
    if (!any(rows.pushes[r])) continue;
    for (std::size_t i = 0; i < problem.size; ++i) qfrc[i] += rows.jacobian[r][i] * force;
  }
}

template <class V>
PLYO_LANES_STAGE void find_gradient(const Problem<V>& problem, Work<V>& work) {
  SolverWork<V>& solver = work.solver;
  for (std::size_t i = problem.first; i < problem.first + problem.size; ++i) {
    solver.gradient[i] = solver.inertia_acceleration[i] - work.qfrc_smooth[i] - work.qfrc_constraint[i];
  }
}

// The factor of the Hessian M + J' D J, where D is that of the rows that push.
template <class V>
PLYO_LANES_STAGE lanes::Mask<V> make_hessian(const Problem<V>& problem, Work<V>& work) {
  const Model& model = *problem.model;
  const std::size_t n = problem.size;
  V* const hessian = work.solver.factor;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k <= i; ++k) hessian[i * n + k] = V{};
  }
  const Rows<V>& rows = *problem.rows;
  for (std::size_t r = 0; r < rows.count; ++r) {
    if (!any(rows.pushes[r])) continue;
    const V weight = select<V>(rows.pushes[r], rows.weight[r], V{});
    const V* const jacobian = rows.jacobian[r];
    for (std::size_t i = 0; i < n; ++i) {
      const V scaled = jacobian[i] * weight;
      if (!any(scaled != V{})) continue;
      for (std::size_t k = 0; k <= i; ++k) hessian[i * n + k] += jacobian[k] * scaled;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto start = static_cast<std::size_t>(model.M_rowadr[problem.first + i]);
    const auto count = static_cast<std::size_t>(model.M_rownnz[problem.first + i]);
    for (std::size_t a = start; a < start + count; ++a) {
      hessian[i * n + static_cast<std::size_t>(model.M_colind[a]) - problem.first] += work.inertia[a];
    }
  }
  return factorize_dense(hessian, n);
}

// HessianIncremental: one update for each row that began or stopped to push, in the order of rows.
template <class V>
PLYO_LANES_STAGE lanes::Mask<V> update_hessian(const Problem<V>& problem, Work<V>& work,
                                               const lanes::Mask<V>& running) {
  constexpr std::size_t kTogether = 4;
  Update<V> updates[kTogether];
  std::size_t count = 0;
  auto is_deficient = nowhere<V>();
  const Rows<V>& rows = *problem.rows;
  for (std::size_t r = 0; r < rows.count; ++r) {
    const V now = select<V>(rows.pushes[r], broadcast<V>(1.0), V{});
    const V before = select<V>(work.solver.pushed_before[r], broadcast<V>(1.0), V{});
    const auto changed = both(now != before, running);
    if (!any(changed)) continue;
    const V scale = select<V>(changed, sqrt(rows.weight[r]), V{});
    Update<V>& update = updates[count++];
    for (std::size_t i = 0; i < problem.size; ++i) update.x[i] = rows.jacobian[r][i] * scale;
    update.sign = select<V>(now < before, broadcast<V>(-1.0), broadcast<V>(1.0));
    update.changed = changed;
    if (count < kTogether) continue;
    is_deficient = either(is_deficient, update_factor(work.solver.factor, updates, count, problem.size));
    count = 0;
  }
  if (count == 0) return is_deficient;
  return either(is_deficient, update_factor(work.solver.factor, updates, count, problem.size));
}

// Whether half the product of the gradient and the solver's step, which bounds what there is to gain, is
// small.
template <class V>
PLYO_LANES lanes::Mask<V> gains_little(const Problem<V>& problem, const SolverWork<V>& solver,
                                       const V& scale) {
  const V gain =
      0.5 * scale * dot(solver.gradient + problem.first, solver.step + problem.first, problem.size);
  return gain < broadcast<V>(problem.model->tolerance);
}
// The step H^-1 gradient.
template <class V>
PLYO_LANES void find_step(const Problem<V>& problem, SolverWork<V>& solver) {
  solve_dense(problem.model->dialect, solver.step + problem.first, solver.factor,
              solver.gradient + problem.first, problem.size);
}
template <class V>
PLYO_LANES V gradient_size(const Problem<V>& problem, const SolverWork<V>& solver, const V& scale) {
  const V* const gradient = solver.gradient + problem.first;
  return scale * sqrt(dot(gradient, gradient, problem.size));
}
