// The inertia matrix and its factor. The matrix is sparse: row i has the degrees of freedom above dof i in
// its tree.

// mj_factorI: M = L' D L in place, and the inverse of D.
template <class V>
PLYO_LANES_STAGE void factorize(const Model& model, V* matrix, V* inverse_diagonal) {
  for (std::size_t k = model.nv; k-- > 0;) {
    const auto start = static_cast<std::size_t>(model.M_rowadr[k]);
    const std::size_t above = static_cast<std::size_t>(model.M_rownnz[k]) - 1;
    const V inverse = 1.0 / matrix[start + above];
    inverse_diagonal[k] = inverse;
    for (std::size_t a = start + above; a-- > start;) {
      const auto i = static_cast<std::size_t>(model.M_colind[a]);
      const V scale = -matrix[a] * inverse;
      V* const row = matrix + model.M_rowadr[i];
      const auto count = static_cast<std::size_t>(model.M_rownnz[i]);
      for (std::size_t j = 0; j < count; ++j) row[j] += matrix[start + j] * scale;
    }
    for (std::size_t j = 0; j < above; ++j) matrix[start + j] *= inverse;
  }
}

// mju_dotSparse: as dot(), but what is left over is added one by one.
template <class V>
PLYO_LANES_STAGE V dot_at(const V* numbers, const V* x, std::size_t n, const std::int32_t* places) {
  std::size_t i = 0;
  V sum{};
  if (n >= 4) {
    V s0 = numbers[0] * x[places[0]], s1 = numbers[1] * x[places[1]];
    V s2 = numbers[2] * x[places[2]], s3 = numbers[3] * x[places[3]];
    for (i = 4; i + 4 <= n; i += 4) {
      s0 += numbers[i] * x[places[i]];
      s1 += numbers[i + 1] * x[places[i + 1]];
      s2 += numbers[i + 2] * x[places[i + 2]];
      s3 += numbers[i + 3] * x[places[i + 3]];
    }
    sum = (s0 + s2) + (s1 + s3);
  }
  for (; i < n; ++i) sum += numbers[i] * x[places[i]];
  return sum;
}

// mj_solveLD: x = M^-1 x, for the degrees of freedom of [first, last).
template <class V>
PLYO_LANES_STAGE void solve_inertia(const Model& model, V* x, const V* factor, const V* inverse_diagonal,
                                    std::size_t first, std::size_t last) {
  for (std::size_t i = last; i-- > first;) {
    const auto start = static_cast<std::size_t>(model.M_rowadr[i]);
    const std::size_t end = start + static_cast<std::size_t>(model.M_rownnz[i]) - 1;
    const V number = x[i];
    for (std::size_t a = start; a < end; ++a) x[model.M_colind[a]] -= factor[a] * number;
  }
  for (std::size_t i = first; i < last; ++i) x[i] *= inverse_diagonal[i];
  for (std::size_t i = first; i < last; ++i) {
    const auto start = static_cast<std::size_t>(model.M_rowadr[i]);
    const std::size_t above = static_cast<std::size_t>(model.M_rownnz[i]) - 1;
    if (above > 0) x[i] -= dot_at(factor + start, x, above, &model.M_colind[start]);
  }
}

// mj_mulM: to = M x, for the degrees of freedom of [first, last).
template <class V>
PLYO_LANES_STAGE void multiply_inertia(const Model& model, V* to, const V* matrix, const V* x,
                                       std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    const auto start = static_cast<std::size_t>(model.M_rowadr[i]);
    const std::size_t above = static_cast<std::size_t>(model.M_rownnz[i]) - 1;
    const V own = x[i];
    V sum = matrix[start + above] * own;
    for (std::size_t k = above; k-- > 0;) {
      const auto j = static_cast<std::size_t>(model.M_colind[start + k]);
      const V number = matrix[start + k];
      sum += number * x[j];
      to[j] += number * own;
    }
    to[i] = sum;
  }
}

// mj_crb and mj_factorM: composite inertias, the inertia matrix and its factor.
template <Shape kShape, class V>
PLYO_LANES_STAGE void find_inertia(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  for (std::size_t b = 1; b < model.nbody; ++b) put<kShape>(work.crb[b], work.cinert[b]);
  for (std::size_t b = model.nbody - 1; b > 0; --b) {
    const auto parent = static_cast<std::size_t>(model.body_parentid[b]);
    if (parent == 0) continue;
    Inertia<V> sum = seen<kShape>(work.crb[parent]);
    for (std::size_t k = 0; k < 10; ++k) sum.at[k] += seen<kShape>(work.crb[b]).at[k];
    put<kShape>(work.crb[parent], sum);
  }
  for (std::size_t i = 0; i < model.nv; ++i) {
    auto at = static_cast<std::size_t>(model.M_rowadr[i]);
    if (model.dof_simplenum[i] != 0) {
      work.inertia[at] = work.numbers[Numbers::kInitialInertia + i];
      continue;
    }
    at += static_cast<std::size_t>(model.M_rownnz[i]) - 1;
    const Spatial<V> own = seen<kShape>(work.cdof[i]);
    const Spatial<V> momentum = seen<kShape>(seen<kShape>(work.crb[model.dof_bodyid[i]]) * own);
    work.inertia[at] = work.numbers[Numbers::kArmature + i] + dot(own, momentum);
    for (std::int32_t j = model.dof_parentid[i]; j >= 0; j = model.dof_parentid[j]) {
      work.inertia[--at] = dot(seen<kShape>(work.cdof[j]), momentum);
    }
  }
  for (std::size_t k = 0; k < plan.num_nonzeros; ++k) work.inertia_factor[k] = work.inertia[k];
  factorize(model, work.inertia_factor, work.inverse_diagonal);
}
