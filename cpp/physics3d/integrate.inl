// One mj_step: forces, and Euler's method or the classical one of Runge and Kutta.

// What follows from the positions, and then from the velocities.
template <Shape kShape, class V>
PLYO_LANES void evaluate_positions(const Plan& plan, Work<V>& work) {
  place_all<kShape>(plan, work);
  find_centres<kShape>(plan, work);
  find_inertia<kShape>(plan, work);
}
template <Shape kShape, class V>
PLYO_LANES void evaluate_velocities(const Plan& plan, Work<V>& work) {
  find_velocities<kShape>(plan.model, work);
  find_bias_forces<kShape>(plan.model, work);
}

// mj_forward. Lanes that escape have a reason afterwards.
template <class V>
PLYO_LANES_STAGE void evaluate(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  if (plan.is_planar) {
    evaluate_positions<Shape::kPlane>(plan, work);
    evaluate_velocities<Shape::kPlane>(plan, work);
  } else {
    evaluate_positions<Shape::kAny>(plan, work);
    evaluate_velocities<Shape::kAny>(plan, work);
  }
  place_sites(model, work);
  find_limits(plan, work);
  find_contacts(plan, work);
  look_for_near_pairs(plan, work);
  make_rows(plan, work);
  find_passive_forces(model, work);
  find_smooth_accelerations(model, work);
  solve_constraints(plan, work);
}

// mju_quatIntegrate
template <class V>
PLYO_LANES_STAGE void turn(const Dialect& dialect, V* q, const V* speed, double time) {
  V rate;
  const Vec3<V> axis = normalized(Vec3<V>{speed[0], speed[1], speed[2]}, &rate);
  V sine, cosine;
  sine_cosine<V>(time * rate * 0.5, sine, cosine);
  const Quat<V> by{cosine, axis.x * sine, axis.y * sine, axis.z * sine};
  const Quat<V> turned = product(dialect, normalized(dialect, Quat<V>{q[0], q[1], q[2], q[3]}), by);
  q[0] = turned.w;
  q[1] = turned.x;
  q[2] = turned.y;
  q[3] = turned.z;
}

// mj_integratePos
template <class V>
PLYO_LANES_STAGE void move(const Model& model, V* qpos, const V* qvel, double time) {
  for (std::size_t j = 0; j < model.njnt; ++j) {
    V* const q = qpos + model.jnt_qposadr[j];
    const V* const v = qvel + model.jnt_dofadr[j];
    if (model.jnt_type[j] != static_cast<std::int32_t>(JointType::kFree)) {
      q[0] += time * v[0];
      continue;
    }
    for (std::size_t k = 0; k < 3; ++k) q[k] += time * v[k];
    turn(model.dialect, q + 3, v + 3, time);
  }
}

// mj_EulerSkip: damping is implicit in the velocity.
template <class V>
PLYO_LANES_STAGE void step_euler(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  V acceleration[kMaxDofs];
  for (std::size_t i = 0; i < model.nv; ++i) {
    acceleration[i] = plan.has_damping ? work.qfrc_smooth[i] + work.qfrc_constraint[i] : work.qacc[i];
  }
  if (plan.has_damping) {
    V* const factor = work.damped_factor;
    for (std::size_t k = 0; k < plan.num_nonzeros; ++k) factor[k] = work.inertia[k];
    for (std::size_t i = 0; i < model.nv; ++i) {
      factor[model.M_rowadr[i] + model.M_rownnz[i] - 1] +=
          model.timestep * work.numbers[Numbers::kDamping + i];
    }
    factorize(model, factor, work.damped_inverse_diagonal);
    solve_inertia(model, acceleration, factor, work.damped_inverse_diagonal, 0, model.nv);
  }
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qvel[i] += acceleration[i] * model.timestep;
    work.qacc_warmstart[i] = work.qacc[i];
  }
  move(model, work.qpos, work.qvel, model.timestep);
}

// The factor of p x (p x w) in the inverse of the differential of the exponential map, for the square of
// p's length.
PLYO_LANES double series_factor(double square) {
  constexpr double kTerms[9] = {1.230313397310169e-14,  3.1615515500778219e-13, 1.3455485951057888e-11,
                                5.2828494303844588e-10, 2.0876900642039142e-08, 8.2671949071520734e-07,
                                3.3068783094433201e-05, 0.0013888888888859755,  0.083333333333333384};
  double sum = kTerms[0];
  for (std::size_t i = 1; i < 9; ++i) sum = square * sum + kTerms[i];
  return sum;
}
PLYO_LANES double closed_factor(double square) {
  const double half = 0.5 * std::sqrt(square);
  return (1 - half / std::tan(half)) / square;
}

// The factor in one lane; turns by more than pi are taken the other way round.
PLYO_LANES double correction_factor(double& p0, double& p1, double& p2) {
  constexpr double kSeriesEnds = 3.0625, kPiSquared = 9.869604401089358, kTwoPi = 6.2831853071795862;
  double square = p2 * p2 + (p0 * p0 + p1 * p1);
  if (square < kSeriesEnds) return series_factor(square);
  if (square > kPiSquared) {
    const double angle = std::sqrt(square);
    const double scale = (angle + std::floor(0.5 + angle / kTwoPi) * -kTwoPi) / angle;
    p0 *= scale;
    p1 *= scale;
    p2 *= scale;
    square = p2 * p2 + (p0 * p0 + p1 * p1);
    if (square < kSeriesEnds) return series_factor(square);
  }
  return closed_factor(square);
}

// The angular velocity of a stage, seen from where the step began (Munthe-Kaas): w + p x w / 2 + c p x (p x
// w).
template <class V>
PLYO_LANES_STAGE void correct_stage(const Model& model, V* speed, const V* stage) {
  for (std::size_t j = 0; j < model.njnt; ++j) {
    if (model.jnt_type[j] != static_cast<std::int32_t>(JointType::kFree)) continue;
    const auto d = static_cast<std::size_t>(model.jnt_dofadr[j]) + 3;
    Vec3<V> p{model.timestep * stage[d], model.timestep * stage[d + 1], model.timestep * stage[d + 2]};
    const Vec3<V> w{speed[d], speed[d + 1], speed[d + 2]};
    V factor;
    for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
      lane(factor, l) = correction_factor(lane(p.x, l), lane(p.y, l), lane(p.z, l));
    }
    const Vec3<V> once = cross(p, w);
    const Vec3<V> twice = cross(p, once);
    speed[d] = (once.x * 0.5 + w.x) + factor * twice.x;
    speed[d + 1] = (once.y * 0.5 + w.y) + factor * twice.y;
    speed[d + 2] = (once.z * 0.5 + w.z) + factor * twice.z;
  }
}

// The velocities and accelerations of the stages so far, weighted.
template <class V>
struct Stages {
  V speed[4][kMaxDofs], acceleration[4][kMaxDofs];
  V mean_speed[kMaxDofs], mean_acceleration[kMaxDofs];
};
template <class V>
PLYO_LANES_STAGE void weigh_stages(const Model& model, Stages<V>& stages, const double* weights,
                                   std::size_t count) {
  for (std::size_t i = 0; i < model.nv; ++i) {
    V speed{}, acceleration{};
    for (std::size_t j = 0; j < count; ++j) {
      speed += stages.speed[j][i] * weights[j];
      acceleration += stages.acceleration[j][i] * weights[j];
    }
    stages.mean_speed[i] = speed;
    stages.mean_acceleration[i] = acceleration;
  }
}

// mj_RungeKutta, after the first evaluation.
template <class V>
PLYO_LANES_STAGE void step_runge_kutta(const Plan& plan, Work<V>& work) {
  constexpr double kWeights[3][3] = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}};
  constexpr double kFinalWeights[4] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
  const Model& model = plan.model;
  Stages<V> stages;
  for (std::size_t s = 0;; ++s) {
    for (std::size_t i = 0; i < model.nv; ++i) {
      if (s == 0) stages.speed[0][i] = work.qvel[i];
      stages.acceleration[s][i] = work.qacc[i];
    }
    if (s == 3) break;
    weigh_stages(model, stages, kWeights[s], s + 1);
    for (std::size_t i = 0; i < model.nq; ++i) work.qpos[i] = work.qpos_before[i];
    move(model, work.qpos, stages.mean_speed, model.timestep);
    for (std::size_t i = 0; i < model.nv; ++i) {
      work.qvel[i] = stages.speed[0][i] + stages.mean_acceleration[i] * model.timestep;
      stages.speed[s + 1][i] = work.qvel[i];
    }
    if (model.dialect.corrects_stages) correct_stage(model, stages.speed[s + 1], stages.mean_speed);
    evaluate(plan, work);
  }
  weigh_stages(model, stages, kFinalWeights, 4);
  for (std::size_t i = 0; i < model.nq; ++i) work.qpos[i] = work.qpos_before[i];
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qvel[i] = stages.speed[0][i] + stages.mean_acceleration[i] * model.timestep;
    work.qacc_warmstart[i] = work.qacc[i];
    if (model.dialect.combines_accelerations) work.qacc[i] = stages.mean_acceleration[i];
  }
  move(model, work.qpos, stages.mean_speed, model.timestep);
}

// Whether a number is NaN or too large, by its bits: comparisons of numbers may leave NaN out of account.
template <class V>
PLYO_LANES lanes::Mask<V> is_bad(const V& number) {
  constexpr auto kWithoutSign = std::numeric_limits<long long>::max();
  constexpr auto kMost = std::bit_cast<long long>(kLargest);
  if constexpr (lanes::kLanesOf<V> == 1) {
    return (__builtin_bit_cast(long long, number) & kWithoutSign) > kMost;
  } else {
    return (__builtin_bit_cast(lanes::Mask<V>, number) & kWithoutSign) > kMost;
  }
}

// Lanes with a number for which MuJoCo warns and begins anew.
template <class V>
PLYO_LANES_STAGE void look_for_bad_numbers(Work<V>& work, const V* numbers, std::size_t count) {
  auto are_bad = nowhere<V>();
  for (std::size_t i = 0; i < count; ++i) are_bad = either(are_bad, is_bad(numbers[i]));
  if (any(are_bad)) escape_from(work, bits_of<V>(are_bad), Escape::kBadNumber);
}

template <class V>
PLYO_LANES_STAGE void begin(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) work.escapes[l] = Escape::kNone;
  for (std::size_t i = 0; i < model.nq; ++i) work.qpos_before[i] = work.qpos[i];
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qvel_before[i] = work.qvel[i];
    work.warmstart_before[i] = work.qacc_warmstart[i];
  }
  look_for_bad_numbers(work, work.qpos, model.nq);
  look_for_bad_numbers(work, work.qvel, model.nv);
  look_for_bad_numbers(work, work.ctrl, model.nu);
}

// Three bits of contacts, three of limits, and two of iterations.
template <class V>
PLYO_LANES_STAGE void note_efforts(Work<V>& work) {
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    const std::int32_t contacts = std::min(work.num_contacts[l], 7), limits = std::min(work.num_limits[l], 7);
    const auto iterations = static_cast<std::int32_t>(std::min(lane(work.num_iterations, l), 3.0));
    work.efforts[l] = static_cast<std::uint8_t>(contacts << 5 | limits << 2 | iterations);
  }
}

// Lanes that escape get their state back.
template <class V>
PLYO_LANES_ENTRY LaneMask end(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  note_efforts(work);
  LaneMask escaped = 0;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    if (work.escapes[l] == Escape::kNone) continue;
    escaped |= LaneMask{1} << l;
    for (std::size_t i = 0; i < model.nq; ++i) lane(work.qpos[i], l) = lane(work.qpos_before[i], l);
    for (std::size_t i = 0; i < model.nv; ++i) {
      lane(work.qvel[i], l) = lane(work.qvel_before[i], l);
      lane(work.qacc_warmstart[i], l) = lane(work.warmstart_before[i], l);
    }
  }
  return escaped;
}

template <class V>
PLYO_LANES_ENTRY LaneMask step_pack(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  begin(plan, work);
  evaluate(plan, work);
  look_for_bad_numbers(work, work.qacc, model.nv);
  if (model.integrator == Integrator::kEuler) {
    step_euler(plan, work);
  } else {
    step_runge_kutta(plan, work);
    look_for_bad_numbers(work, work.qacc_warmstart, model.nv);
  }
  look_for_bad_numbers(work, work.qpos, model.nq);
  look_for_bad_numbers(work, work.qvel, model.nv);
  return end(plan, work);
}

template <class V>
PLYO_LANES_ENTRY LaneMask forward_pack(const Plan& plan, Work<V>& work) {
  begin(plan, work);
  evaluate(plan, work);
  look_for_bad_numbers(work, work.qacc, plan.model.nv);
  return end(plan, work);
}
