// Velocities of bodies, and all forces but those of constraints.

template <class V>
PLYO_LANES Spatial<V> moving(const Spatial<V>* motion, const V* speed) {
  Spatial<V> sum;
  for (std::size_t k = 0; k < 6; ++k) {
    sum.at[k] = (motion[0].at[k] * speed[0] + motion[1].at[k] * speed[1]) + motion[2].at[k] * speed[2];
  }
  return sum;
}

// mj_comVel: velocities of bodies, and how fast the motions change.
template <Shape kShape, class V>
PLYO_LANES_STAGE void find_velocities(const Model& model, Work<V>& work) {
  for (std::size_t b = 1; b < model.nbody; ++b) {
    Spatial<V> velocity = seen<kShape>(work.cvel[model.body_parentid[b]]);
    const auto first = static_cast<std::size_t>(model.body_dofadr[b] < 0 ? 0 : model.body_dofadr[b]);
    const std::size_t end = first + static_cast<std::size_t>(model.body_dofnum[b]);
    for (std::size_t d = first; d < end;) {
      const Spatial<V>* const motion = work.cdof + d;
      const V* const speed = work.qvel + d;
      if (model.jnt_type[model.dof_jntid[d]] == static_cast<std::int32_t>(JointType::kFree)) {
        for (std::size_t k = 0; k < 3; ++k) work.cdof_dot[d + k] = Spatial<V>{};
        velocity = velocity + moving(motion, speed);
        for (std::size_t k = 3; k < 6; ++k) work.cdof_dot[d + k] = cross_motion(velocity, motion[k]);
        velocity = velocity + moving(motion + 3, speed + 3);
        d += 6;
      } else {
        const Spatial<V> own = seen<kShape>(motion[0]);
        put<kShape>(work.cdof_dot[d], cross_motion(velocity, own));
        velocity = seen<kShape>(velocity + own * speed[0]);
        ++d;
      }
    }
    put<kShape>(work.cvel[b], velocity);
  }
}

// The force and torque of a fluid on a body, as MuJoCo computes it for the box with the body's inertia.
template <class V>
PLYO_LANES Spatial<V> fluid_force(const Model& model, const V* box, const Spatial<V>& velocity) {
  constexpr double kPi = 3.14159265358979323846;
  const V diameter = (box[0] + box[1] + box[2]) / 3.0;
  const V angular = -kPi * diameter * diameter * diameter * model.viscosity;
  const V linear = -3.0 * kPi * diameter * model.viscosity;
  const V* const v = velocity.at;
  Spatial<V> force{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (model.viscosity > 0) {
      force.at[k] = v[k] * angular;
      force.at[3 + k] = v[3 + k] * linear;
    }
    if (model.density > 0) {
      const V p = box[k == 0 ? 1 : 0], q = box[k == 2 ? 1 : 2];
      const V drag = (0.5 * model.density * p * q) * abs<V>(v[3 + k]) * v[3 + k];
      const V turning =
          (model.density * box[k] * (p * p * p * p + q * q * q * q)) * abs<V>(v[k]) * v[k] / 64.0;
      force.at[3 + k] = force.at[3 + k] - drag;
      force.at[k] = force.at[k] - turning;
    }
  }
  return force;
}

// Adds the generalised force of a force and torque at a body's centre of mass.
template <class V>
PLYO_LANES_STAGE void apply_force(const Model& model, const Work<V>& work, std::size_t body,
                                  const Vec3<V>& offset, const Vec3<V>& force, const Vec3<V>& torque,
                                  V* qfrc) {
  while (body != 0 && model.body_dofnum[body] == 0)
    body = static_cast<std::size_t>(model.body_parentid[body]);
  if (body == 0) return;
  for (std::int32_t i = model.body_dofadr[body] + model.body_dofnum[body] - 1; i >= 0;
       i = model.dof_parentid[i]) {
    const V* const motion = work.cdof[i].at;
    const Vec3<V> turning{motion[0], motion[1], motion[2]};
    const Vec3<V> lever = cross(turning, offset);
    const Vec3<V> moving{motion[3] + lever.x, motion[4] + lever.y, motion[5] + lever.z};
    qfrc[i] += dot(moving, force);
    qfrc[i] += dot(turning, torque);
  }
}

// mj_inertiaBoxFluidModel
template <class V>
PLYO_LANES_STAGE void add_fluid(const Model& model, Work<V>& work) {
  V qfrc[kMaxDofs] = {};
  for (std::size_t b = 1; b < model.nbody; ++b) {
    if (model.body_mass[b] < kLeast) continue;
    const V mass = work.numbers[Numbers::kMass + b];
    const V* const inertia = work.numbers + Numbers::kBodyInertia + 3 * b;
    const V sums[3] = {inertia[1] + inertia[2] - inertia[0], inertia[0] + inertia[2] - inertia[1],
                       inertia[0] + inertia[1] - inertia[2]};
    const V least = broadcast<V>(kLeast);
    V box[3];
    for (std::size_t k = 0; k < 3; ++k) {
      const V sum = select<V>(sums[k] > least, sums[k], least);
      box[k] = sqrt(sum / mass * 6.0);
    }
    const V* const v = work.cvel[b].at;
    const Vec3<V> offset = work.xipos[b] - work.subtree_com[model.body_rootid[b]];
    const Vec3<V> turning{v[0], v[1], v[2]};
    const Vec3<V> linear{v[3], v[4], v[5]};
    const Vec3<V> local_turning = rotated_back(work.ximat[b], turning);
    const Vec3<V> local_linear = rotated_back(work.ximat[b], linear - cross(offset, turning)) -
                                 rotated_back(work.ximat[b], broadcast_vec<V>(model.wind));
    const Spatial<V> local = fluid_force(model, box,
                                         Spatial<V>{{local_turning.x, local_turning.y, local_turning.z,
                                                     local_linear.x, local_linear.y, local_linear.z}});
    const Vec3<V> torque = rotated(work.ximat[b], Vec3<V>{local.at[0], local.at[1], local.at[2]});
    const Vec3<V> force = rotated(work.ximat[b], Vec3<V>{local.at[3], local.at[4], local.at[5]});
    apply_force(model, work, b, offset, force, torque, qfrc);
  }
  for (std::size_t i = 0; i < model.nv; ++i) work.qfrc_passive[i] += qfrc[i];
}

// mj_passive: springs and dampers of joints, and the fluid.
template <class V>
PLYO_LANES_STAGE void find_passive_forces(const Model& model, Work<V>& work) {
  for (std::size_t i = 0; i < model.nv; ++i) {
    const auto j = static_cast<std::size_t>(model.dof_jntid[i]);
    V spring{};
    if (model.jnt_type[j] != static_cast<std::int32_t>(JointType::kFree)) {
      const auto q = static_cast<std::size_t>(model.jnt_qposadr[j]);
      spring = -(work.qpos[q] - model.qpos_spring[q]) * work.numbers[Numbers::kStiffness + j];
    }
    work.qfrc_passive[i] = spring + -work.qvel[i] * work.numbers[Numbers::kDamping + i];
  }
  if (model.density > 0 || model.viscosity > 0) add_fluid(model, work);
}

// mj_rne without accelerations: the forces of gravity, and centrifugal and Coriolis forces.
template <Shape kShape, class V>
PLYO_LANES_STAGE void find_bias_forces(const Model& model, Work<V>& work) {
  Spatial<V> acceleration[kMaxBodies], force[kMaxBodies];
  acceleration[0] = Spatial<V>{};
  for (std::size_t k = 0; k < 3; ++k) acceleration[0].at[3 + k] = work.numbers[Numbers::kGravity + k] * -1.0;
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const auto first = static_cast<std::size_t>(model.body_dofadr[b] < 0 ? 0 : model.body_dofadr[b]);
    const auto count = static_cast<std::size_t>(model.body_dofnum[b]);
    Spatial<V> gained{};
    for (std::size_t d = first; d < first + count; ++d) {
      const Spatial<V> part = seen<kShape>(work.cdof_dot[d]) * work.qvel[d];
      gained = count == 1 ? part : gained + part;
    }
    const Spatial<V> total = seen<kShape>(seen<kShape>(acceleration[model.body_parentid[b]]) + gained);
    const Inertia<V> inertia = seen<kShape>(work.cinert[b]);
    const Spatial<V> velocity = seen<kShape>(work.cvel[b]);
    put<kShape>(acceleration[b], total);
    put<kShape>(force[b], inertia * total + cross_force(velocity, seen<kShape>(inertia * velocity)));
  }
  for (std::size_t b = model.nbody - 1; b > 0; --b) {
    const auto parent = static_cast<std::size_t>(model.body_parentid[b]);
    if (parent != 0) put<kShape>(force[parent], seen<kShape>(force[parent]) + seen<kShape>(force[b]));
  }
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qfrc_bias[i] = dot(seen<kShape>(work.cdof[i]), seen<kShape>(force[model.dof_bodyid[i]]));
  }
}

// mj_fwdActuation for motors at joints.
template <class V>
PLYO_LANES_STAGE void find_motor_forces(const Model& model, Work<V>& work) {
  for (std::size_t i = 0; i < model.nv; ++i) work.qfrc_actuator[i] = V{};
  for (std::size_t u = 0; u < model.motors.size(); ++u) {
    const Model::Motor& motor = model.motors[u];
    V control = work.ctrl[u];
    if (motor.limits_control) control = clamp<V>(control, motor.control_low, motor.control_high);
    V force = motor.gain * control;
    if (motor.limits_force) force = clamp<V>(force, motor.force_low, motor.force_high);
    work.qfrc_actuator[motor.dof] += work.numbers[Numbers::kGear + u] * force;
  }
}

// mj_fwdAcceleration: the accelerations without constraints.
template <class V>
PLYO_LANES_STAGE void find_smooth_accelerations(const Model& model, Work<V>& work) {
  find_motor_forces(model, work);
  for (std::size_t i = 0; i < model.nv; ++i) {
    work.qfrc_smooth[i] = (work.qfrc_passive[i] - work.qfrc_bias[i]) + work.qfrc_actuator[i];
    work.qacc_smooth[i] = work.qfrc_smooth[i];
  }
  solve_inertia(model, work.qacc_smooth, work.inertia_factor, work.inverse_diagonal, 0, model.nv);
}
