// Where bodies, geoms and sites are, and what follows from the positions alone.

template <class V>
PLYO_LANES_STAGE void place_joint(const Model& model, Work<V>& work, std::size_t j, Vec3<V>& position,
                                  Quat<V>& orientation) {
  const double* const axis = &model.jnt_axis[3 * j];
  const double* const anchor = &model.jnt_pos[3 * j];
  const auto q = static_cast<std::size_t>(model.jnt_qposadr[j]);
  work.xaxis[j] = rotated(orientation, axis);
  work.xanchor[j] = rotated(orientation, anchor) + position;
  const V moved = work.qpos[q] - model.qpos0[q];
  if (model.jnt_type[j] == static_cast<std::int32_t>(JointType::kSlide)) {
    position = position + work.xaxis[j] * moved;
    return;
  }
  V sine, cosine;
  sine_cosine<V>(moved * 0.5, sine, cosine);
  const Quat<V> turn{cosine, axis[0] * sine, axis[1] * sine, axis[2] * sine};
  orientation = product(model.dialect, orientation, turn);
  position = work.xanchor[j] - rotated(orientation, anchor);
}

template <class V>
PLYO_LANES_STAGE void place_body(const Model& model, Work<V>& work, std::size_t b) {
  const auto first = static_cast<std::size_t>(model.body_jntadr[b] < 0 ? 0 : model.body_jntadr[b]);
  const auto count = static_cast<std::size_t>(model.body_jntnum[b]);
  Vec3<V> position;
  Quat<V> orientation;
  if (count == 1 && model.jnt_type[first] == static_cast<std::int32_t>(JointType::kFree)) {
    const V* const q = work.qpos + model.jnt_qposadr[first];
    position = {q[0], q[1], q[2]};
    orientation = normalized(model.dialect, Quat<V>{q[3], q[4], q[5], q[6]});
    work.xanchor[first] = position;
    work.xaxis[first] = broadcast_vec<V>(&model.jnt_axis[3 * first]);
  } else {
    const auto parent = static_cast<std::size_t>(model.body_parentid[b]);
    position = broadcast_vec<V>(&model.body_pos[3 * b]);
    orientation = broadcast_quat<V>(&model.body_quat[4 * b]);
    if (parent != 0) {
      position = rotated(work.xmat[parent], &model.body_pos[3 * b]) + work.xpos[parent];
      orientation = product(model.dialect, work.xquat[parent], orientation);
    }
    for (std::size_t j = first; j < first + count; ++j) place_joint(model, work, j, position, orientation);
  }
  orientation = normalized(model.dialect, orientation);
  work.xpos[b] = position;
  work.xquat[b] = orientation;
  work.xmat[b] = matrix_of(model.dialect, orientation);
}

// Where something is that is fixed to a body.
template <class V>
PLYO_LANES Vec3<V> fixed_position(const Work<V>& work, std::size_t body, SameFrame same,
                                  const double* position) {
  if (same == SameFrame::kBody) return work.xpos[body];
  if (same == SameFrame::kInertia) return work.xipos[body];
  return rotated(work.xmat[body], position) + work.xpos[body];
}
template <class V>
PLYO_LANES Mat3<V> fixed_matrix(const Model& model, const Work<V>& work, std::size_t body, SameFrame same,
                                const double* orientation) {
  if (same == SameFrame::kNone) {
    return matrix_of(model.dialect, product(model.dialect, work.xquat[body], broadcast_quat<V>(orientation)));
  }
  return same == SameFrame::kBody || same == SameFrame::kBodyRotation ? work.xmat[body] : work.ximat[body];
}

// mj_kinematics: positions and orientations.
template <class V>
PLYO_LANES_STAGE void place_all(const Model& model, Work<V>& work) {
  const double origin[4] = {1, 0, 0, 0};
  work.xpos[0] = work.xipos[0] = Vec3<V>{};
  work.xquat[0] = broadcast_quat<V>(origin);
  for (std::size_t k = 0; k < 9; ++k) {
    work.xmat[0].at[k] = work.ximat[0].at[k] = broadcast<V>(k % 4 == 0 ? 1.0 : 0.0);
  }
  for (std::size_t b = 1; b < model.nbody; ++b) place_body(model, work, b);
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const auto same = static_cast<SameFrame>(model.body_sameframe[b]);
    work.xipos[b] = fixed_position(work, b, same, &model.body_ipos[3 * b]);
    work.ximat[b] = fixed_matrix(model, work, b, same, &model.body_iquat[4 * b]);
  }
  for (std::size_t g = 0; g < model.geoms.size(); ++g) {
    const Model::Placed& geom = model.geoms[g];
    const auto body = static_cast<std::size_t>(geom.body);
    const auto same = static_cast<SameFrame>(geom.sameframe);
    work.geom_xpos[g] = fixed_position(work, body, same, geom.pos);
    work.geom_axis[g] = column(fixed_matrix(model, work, body, same, geom.quat), 2);
  }
  for (std::size_t s = 0; s < model.sites.size(); ++s) {
    const Model::Placed& site = model.sites[s];
    const auto body = static_cast<std::size_t>(site.body);
    const auto same = static_cast<SameFrame>(site.sameframe);
    work.site_xpos[s] = fixed_position(work, body, same, site.pos);
    work.site_xmat[s] = fixed_matrix(model, work, body, same, site.quat);
  }
}

// The inertia of a body about its tree's centre of mass, at an offset from the body's own.
template <class V>
PLYO_LANES_STAGE Inertia<V> inertia_about(const Mat3<V>& frame, const double* inertia, double mass,
                                          const Vec3<V>& offset) {
  const V* const a = frame.at;
  const double ix = inertia[0], iy = inertia[1], iz = inertia[2];
  const V t[9] = {a[0] * ix, a[3] * ix, a[6] * ix, a[1] * iy, a[4] * iy,
                  a[7] * iy, a[2] * iz, a[5] * iz, a[8] * iz};
  const V x = offset.x, y = offset.y, z = offset.z;
  Inertia<V> result;
  V* const r = result.at;
  r[0] = a[0] * t[0] + a[1] * t[3] + a[2] * t[6];
  r[1] = a[3] * t[1] + a[4] * t[4] + a[5] * t[7];
  r[2] = a[6] * t[2] + a[7] * t[5] + a[8] * t[8];
  r[3] = a[0] * t[1] + a[1] * t[4] + a[2] * t[7];
  r[4] = a[0] * t[2] + a[1] * t[5] + a[2] * t[8];
  r[5] = a[3] * t[2] + a[4] * t[5] + a[5] * t[8];
  r[0] = r[0] + mass * (y * y + z * z);
  r[1] = r[1] + mass * (x * x + z * z);
  r[2] = r[2] + mass * (x * x + y * y);
  r[3] = r[3] - mass * x * y;
  r[4] = r[4] - mass * x * z;
  r[5] = r[5] - mass * y * z;
  r[6] = mass * x;
  r[7] = mass * y;
  r[8] = mass * z;
  r[9] = broadcast<V>(mass);
  return result;
}

template <class V>
PLYO_LANES Spatial<V> hinge_motion(const Vec3<V>& axis, const Vec3<V>& offset) {
  const Vec3<V> linear = cross(axis, offset);
  return {{axis.x, axis.y, axis.z, linear.x, linear.y, linear.z}};
}

// The motion of each degree of freedom of a joint, about the tree's centre of mass.
template <class V>
PLYO_LANES_STAGE void find_motions(const Model& model, Work<V>& work, std::size_t body, std::size_t j) {
  Spatial<V>* const motion = work.cdof + model.jnt_dofadr[j];
  const Vec3<V> offset = work.subtree_com[model.body_rootid[body]] - work.xanchor[j];
  const auto type = static_cast<JointType>(model.jnt_type[j]);
  if (type == JointType::kHinge) {
    motion[0] = hinge_motion(work.xaxis[j], offset);
  } else if (type == JointType::kSlide) {
    const Vec3<V>& axis = work.xaxis[j];
    motion[0] = {{V{}, V{}, V{}, axis.x, axis.y, axis.z}};
  } else {
    for (std::size_t k = 0; k < 3; ++k) {
      motion[k] = Spatial<V>{};
      motion[k].at[3 + k] = broadcast<V>(1.0);
      motion[3 + k] = hinge_motion(column(work.xmat[body], k), offset);
    }
  }
}

// mj_comPos: centres of mass of subtrees, inertias and motions about them.
template <class V>
PLYO_LANES_STAGE void find_centres(const Model& model, Work<V>& work) {
  for (std::size_t b = 0; b < model.nbody; ++b) {
    work.subtree_com[b] = work.xipos[b] * broadcast<V>(model.body_mass[b]);
  }
  for (std::size_t b = model.nbody - 1; b > 0; --b) {
    Vec3<V>& parent = work.subtree_com[model.body_parentid[b]];
    parent = parent + work.subtree_com[b];
  }
  for (std::size_t b = 0; b < model.nbody; ++b) {
    const double mass = model.body_subtreemass[b];
    work.subtree_com[b] = mass < kLeast ? work.xipos[b] : work.subtree_com[b] * broadcast<V>(1.0 / mass);
  }
  work.cinert[0] = Inertia<V>{};
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const Vec3<V> offset = work.xipos[b] - work.subtree_com[model.body_rootid[b]];
    work.cinert[b] = inertia_about(work.ximat[b], &model.body_inertia[3 * b], model.body_mass[b], offset);
  }
  for (std::size_t b = 1; b < model.nbody; ++b) {
    for (std::int32_t k = 0; k < model.body_jntnum[b]; ++k) {
      find_motions(model, work, b, static_cast<std::size_t>(model.body_jntadr[b] + k));
    }
  }
}
