// mj_solPrimal, dense, with pyramids only: Newton's method on the accelerations of a tree of bodies.

// One iteration of the running lanes: along the search vector, to a new Hessian and a new search vector.
// Returns the lanes that go on.
template <class V>
PLYO_LANES_STAGE lanes::Mask<V> iterate(const Problem<V>& problem, Work<V>& work, const V& scale,
                                        lanes::Mask<V> running) {
  SolverWork<V>& solver = work.solver;
  Rows<V>& rows = *problem.rows;
  const V tolerance = broadcast<V>(problem.model->tolerance);
  const std::size_t first = problem.first, last = first + problem.size;
  V improvement;
  V alpha = search_line(problem, work, scale, running, improvement);
  running = both(running, alpha != V{});
  alpha = select<V>(running, alpha, V{});
  for (std::size_t i = first; i < last; ++i) {
    work.qacc[i] += solver.search[i] * alpha;
    solver.inertia_acceleration[i] += solver.inertia_search[i] * alpha;
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    rows.residual[r] += solver.row_search[r] * alpha;
    solver.pushed_before[r] = rows.pushes[r];
  }
  update_forces(problem, work.qfrc_constraint);
  const auto deficient = update_hessian(problem, work, running);
  if (any(deficient)) escape_from(work, bits_of<V>(deficient), Escape::kRankDeficient);
  find_gradient(problem, work);
  find_step(problem, solver);
  const V improved = scale * improvement;
  const auto improves_little = both(improved > V{}, improved < tolerance);
  const auto is_flat = gradient_size(problem, solver, scale) < tolerance;
  const auto stops = either(either(improves_little, is_flat), gains_little(problem, solver, scale));
  running = both(running, opposite(stops));
  for (std::size_t i = first; i < last; ++i) {
    solver.search[i] = select<V>(running, -solver.step[i], solver.search[i]);
  }
  return running;
}

// From work.qacc and the rows' residuals to the accelerations, forces and generalised forces of the
// constraints.
template <class V>
PLYO_LANES_STAGE void solve_tree(const Problem<V>& problem, Work<V>& work) {
  const Model& model = *problem.model;
  SolverWork<V>& solver = work.solver;
  const std::size_t first = problem.first, last = first + problem.size;
  const auto takes_part = problem.takes_part;
  multiply_inertia(model, solver.inertia_acceleration, work.inertia, work.qacc, first, last);
  update_forces(problem, work.qfrc_constraint);
  find_gradient(problem, work);
  V trace{};
  for (std::size_t i = first; i < last; ++i) trace += work.inertia[model.M_rowadr[i] + model.M_rownnz[i] - 1];
  const V scale = 1.0 / trace;
  // a good start needs no Hessian
  for (std::size_t i = first; i < last; ++i) solver.step[i] = solver.gradient[i];
  solve_inertia(model, solver.step, work.inertia_factor, work.inverse_diagonal, first, last);
  const auto is_flat = gradient_size(problem, solver, scale) < broadcast<V>(model.tolerance);
  const auto is_solved = both(gains_little(problem, solver, scale), is_flat);
  auto running = both(takes_part, opposite(is_solved));
  if (any(running)) {
    const auto deficient = both(make_hessian(problem, work), running);
    if (any(deficient)) escape_from(work, bits_of<V>(deficient), Escape::kRankDeficient);
    find_step(problem, solver);
    running = both(running, opposite(both(gains_little(problem, solver, scale), is_flat)));
    for (std::size_t i = first; i < last; ++i) solver.search[i] = -solver.step[i];
    for (std::int32_t k = 0; k < model.iterations && any(running); ++k) {
      work.num_iterations += select<V>(running, broadcast<V>(1.0), V{});
      running = iterate(problem, work, scale, running);
    }
  }
  for (std::size_t i = first; i < last; ++i) {
    work.qacc[i] = select<V>(takes_part, work.qacc[i], work.qacc_smooth[i]);
    work.qfrc_constraint[i] = select<V>(takes_part, work.qfrc_constraint[i], V{});
  }
}
