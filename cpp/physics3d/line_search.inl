// PrimalSearch: the least cost along the search vector. Two evaluations are made in all lanes, and most
// lanes end there; the others go on one by one.

// A place on the search vector, with the cost there (less that at 0) and its two derivatives.
struct LinePoint {
  double alpha, cost, slope, curvature;
};

// The search of one lane.
template <class V>
class LaneSearch {
 public:
  PLYO_LANES LaneSearch(const Rows<V>& rows, const SolverWork<V>& solver, std::size_t l, double linear,
                        double square)
      : rows_(rows), solver_(solver), lane_(l), linear_(linear), square_(square) {}

  // From the points at 0 and at the Newton step. Returns the place, and how much the cost is less there.
  PLYO_LANES double run(const LinePoint& start, LinePoint p1, double least_slope, std::int32_t most,
                        double& improvement) {
    most_ = most;
    const double direction = p1.slope < 0 ? 1.0 : -1.0;
    LinePoint p2 = start;
    while (p1.slope * direction <= -least_slope && evaluations_ < most) {
      p2 = p1;
      p1 = at(p1.alpha - p1.slope / p1.curvature);
      if (std::fabs(p1.slope) < least_slope && p1.cost < 0) return take(p1, improvement);
    }
    if (evaluations_ >= most) return take(p1, improvement);
    return run_bracketed(p1, p2, least_slope, improvement);
  }

 private:
  PLYO_LANES static double take(const LinePoint& point, double& improvement) {
    improvement = -point.cost;
    return point.alpha;
  }

  PLYO_LANES double run_bracketed(LinePoint p1, LinePoint p2, double least_slope, double& improvement) {
    LinePoint next1 = at(p1.alpha - p1.slope / p1.curvature), next2 = p1;
    while (evaluations_ < most_) {
      const LinePoint middle = at(0.5 * (p1.alpha + p2.alpha));
      const LinePoint candidates[3] = {next1, next2, middle};
      const LinePoint* best = nullptr;
      for (const LinePoint& candidate : candidates) {
        if (std::fabs(candidate.slope) < least_slope && (best == nullptr || candidate.cost < best->cost)) {
          best = &candidate;
        }
      }
      if (best != nullptr) return take(*best, improvement);
      const bool moved1 = move_end(p1, candidates, next1);
      const bool moved2 = move_end(p2, candidates, next2);
      if (!moved1 && !moved2) return take(middle, improvement);
    }
    if (p1.cost <= p2.cost && p1.cost < 0) return take(p1, improvement);
    if (p2.cost <= p1.cost && p2.cost < 0) return take(p2, improvement);
    improvement = 0;
    return 0;
  }

  // An end of the bracket becomes the candidate on its side with the smallest slope.
  PLYO_LANES bool move_end(LinePoint& end, const LinePoint* candidates, LinePoint& next) {
    bool moved = false;
    for (std::size_t i = 0; i < 3; ++i) {
      const double slope = candidates[i].slope;
      if ((end.slope < 0 && slope < 0 && end.slope < slope) ||
          (end.slope > 0 && slope > 0 && end.slope > slope)) {
        end = candidates[i];
        moved = true;
      }
    }
    if (moved) next = at(end.alpha - end.slope / end.curvature);
    return moved;
  }

  PLYO_LANES LinePoint at(double alpha) {
    double cost = 0, constant = 0, linear = linear_, square = square_;
    for (std::size_t r = 0; r < rows_.count; ++r) {
      const double residual = lane(rows_.residual[r], lane_);
      const double before = residual < 0 ? lane(solver_.constant[r], lane_) : 0.0;
      // without branches, which the processor would guess wrong
      const bool pushes = residual + alpha * lane(solver_.row_search[r], lane_) < 0;
      constant += pushes ? lane(solver_.constant[r], lane_) - before : 0.0;
      linear += pushes ? lane(solver_.linear[r], lane_) : 0.0;
      square += pushes ? lane(solver_.square[r], lane_) : 0.0;
      cost -= pushes ? 0.0 : before;
    }
    cost += alpha * alpha * square + alpha * linear + constant;
    const double curvature = 2 * square;
    ++evaluations_;
    return {alpha, cost, 2 * alpha * square + linear, curvature <= 0 ? kLeast : curvature};
  }

  const Rows<V>& rows_;
  const SolverWork<V>& solver_;
  const std::size_t lane_;
  const double linear_, square_;  // of the cost without constraints
  std::int32_t evaluations_ = 2, most_ = 0;
};

// A LinePoint in each lane.
template <class V>
struct LinePoints {
  V alpha, cost, slope, curvature;
};

template <class V>
PLYO_LANES V raised(const V& curvature) {
  return select<V>(curvature <= V{}, broadcast<V>(kLeast), curvature);
}

// PrimalPrepare, and the derivatives at 0: the cost of each row along the search vector.
template <class V>
PLYO_LANES_STAGE LinePoints<V> prepare_line(const Rows<V>& rows, SolverWork<V>& solver, V linear, V square) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const V force = rows.weight[r] * rows.residual[r];
    solver.constant[r] = rows.residual[r] * force * 0.5;
    solver.linear[r] = solver.row_search[r] * force;
    solver.square[r] = solver.row_search[r] * rows.weight[r] * solver.row_search[r] * 0.5;
    linear += select<V>(rows.pushes[r], solver.linear[r], V{});
    square += select<V>(rows.pushes[r], solver.square[r], V{});
  }
  return {V{}, V{}, linear, raised<V>(2.0 * square)};
}

// PrimalEval
template <class V>
PLYO_LANES_STAGE LinePoints<V> points_at(const Rows<V>& rows, const SolverWork<V>& solver, const V& alpha,
                                         V linear, V square) {
  V cost{}, constant{};
  for (std::size_t r = 0; r < rows.count; ++r) {
    const V before = select<V>(rows.pushes[r], solver.constant[r], V{});
    const auto pushes = rows.residual[r] + alpha * solver.row_search[r] < V{};
    constant += select<V>(pushes, solver.constant[r] - before, V{});
    linear += select<V>(pushes, solver.linear[r], V{});
    square += select<V>(pushes, solver.square[r], V{});
    cost -= select<V>(pushes, V{}, before);
  }
  cost += alpha * alpha * square + alpha * linear + constant;
  return {alpha, cost, 2.0 * alpha * square + linear, raised<V>(2.0 * square)};
}

// Returns how far the running lanes go along the search vector (0: no further), and by how much the cost
// falls.
template <class V>
PLYO_LANES_STAGE V search_line(const Problem<V>& problem, Work<V>& work, const V& scale,
                               const lanes::Mask<V>& running, V& improvement) {
  const Model& model = *problem.model;
  SolverWork<V>& solver = work.solver;
  const Rows<V>& rows = *problem.rows;
  const std::size_t size = problem.size;
  const V* const search = solver.search + problem.first;
  const V length = sqrt(dot(search, search, size));
  const V least_slope = model.tolerance * model.ls_tolerance * length / scale;
  multiply_inertia(model, solver.inertia_search, work.inertia, solver.search, problem.first,
                   problem.first + size);
  multiply_rows(rows.jacobian, rows.count, search, size, solver.row_search);
  const V linear = dot(search, solver.inertia_acceleration + problem.first, size) -
                   dot(work.qfrc_smooth + problem.first, search, size);
  const V square = 0.5 * dot(search, solver.inertia_search + problem.first, size);
  const LinePoints<V> start = prepare_line(rows, solver, linear, square);
  const LinePoints<V> newton = points_at<V>(rows, solver, -start.slope / start.curvature, linear, square);
  improvement = -newton.cost;
  const auto is_too_short = length < broadcast<V>(kLeast);
  V alpha = select<V>(is_too_short, V{}, newton.alpha);
  const auto is_good =
      both(abs<V>(newton.slope) < least_slope, either(newton.alpha == V{}, newton.cost < V{}));
  const auto goes_on = both(running, opposite(either(is_good, is_too_short)));
  if (!any(goes_on)) return alpha;
  for (LaneMask left = bits_of<V>(goes_on); left != 0; left &= left - 1) {
    const auto l = static_cast<std::size_t>(std::countr_zero(left));
    LaneSearch<V> one(rows, solver, l, lane(linear, l), lane(square, l));
    lane(alpha, l) = one.run(
        {0, 0, lane(start.slope, l), lane(start.curvature, l)},
        {lane(newton.alpha, l), lane(newton.cost, l), lane(newton.slope, l), lane(newton.curvature, l)},
        lane(least_slope, l), model.ls_iterations, lane(improvement, l));
  }
  return alpha;
}
