// Where bodies, geoms and sites are, and what follows from the positions alone.

template <Shape kShape, class V>
PLYO_LANES_STAGE void place_joint(const Model& model, Work<V>& work, std::size_t j, Vec3<V>& position,
                                  Quat<V>& orientation) {
  const auto q = static_cast<std::size_t>(model.jnt_qposadr[j]);
  const V moved = work.qpos[q] - model.qpos0[q];
  const Vec3<V> before = seen<kShape>(position);
  const Quat<V> from = seen<kShape>(orientation);
  const Vec3<double> anchor = vector_of<kShape>(&model.jnt_pos[3 * j]);
  const bool is_centred = is_nothing(anchor);
  const Vec3<V> place = is_centred ? before : rotated(from, anchor) + before;
  put<kShape>(work.xanchor[j], place);
  if (model.jnt_type[j] == static_cast<std::int32_t>(JointType::kSlide)) {
    const Vec3<V> axis = rotated(from, vector_of<kShape>(&model.jnt_axis[3 * j]));
    put<kShape>(work.xaxis[j], axis);
    put<kShape>(position, before + axis * moved);
    return;
  }
  const Vec3<double> axis = hinge_axis_of<kShape>(&model.jnt_axis[3 * j]);
  work.xaxis[j] = rotated(from, axis);
  V sine, cosine;
  sine_cosine<V>(moved * 0.5, sine, cosine);
  const Quat<V> to =
      product(model.dialect, from, Quat<V>{cosine, axis.x * sine, axis.y * sine, axis.z * sine});
  put<kShape>(orientation, to);
  if (!is_centred) put<kShape>(position, place - rotated(seen<kShape>(to), anchor));
}

template <class V>
PLYO_LANES void place_free_body(const Model& model, Work<V>& work, std::size_t j, Vec3<V>& position,
                                Quat<V>& orientation) {
  const V* const q = work.qpos + model.jnt_qposadr[j];
  position = {q[0], q[1], q[2]};
  orientation = normalized(model.dialect, Quat<V>{q[3], q[4], q[5], q[6]});
  work.xanchor[j] = position;
  work.xaxis[j] = broadcast_vec<V>(&model.jnt_axis[3 * j]);
}

// Where something is that is fixed to a body.
template <Shape kShape, class V>
PLYO_LANES Vec3<V> fixed_position(const Work<V>& work, std::size_t body, SameFrame same,
                                  const double* position) {
  if (same == SameFrame::kBody) return seen<kShape>(work.xpos[body]);
  if (same == SameFrame::kInertia) return seen<kShape>(work.xipos[body]);
  const Vec3<double> offset = vector_of<kShape>(position);
  const Vec3<V> origin = seen<kShape>(work.xpos[body]);
  return is_nothing(offset) ? origin : rotated(seen<kShape>(work.xmat[body]), offset) + origin;
}
template <Shape kShape, class V>
PLYO_LANES_STAGE void place_body(const Model& model, Work<V>& work, std::size_t b) {
  const auto first = static_cast<std::size_t>(model.body_jntadr[b] < 0 ? 0 : model.body_jntadr[b]);
  const auto count = static_cast<std::size_t>(model.body_jntnum[b]);
  Vec3<V> position{};
  Quat<V> orientation{};
  if (count == 1 && model.jnt_type[first] == static_cast<std::int32_t>(JointType::kFree)) {
    place_free_body(model, work, first, position, orientation);
  } else {
    const auto parent = static_cast<std::size_t>(model.body_parentid[b]);
    const Vec3<double> offset = vector_of<kShape>(&model.body_pos[3 * b]);
    const Quat<double> turn = quaternion_of<kShape>(&model.body_quat[4 * b]);
    if (parent != 0) {
      put<kShape>(position, fixed_position<kShape>(work, parent, SameFrame::kNone, &model.body_pos[3 * b]));
      const Quat<V> from = seen<kShape>(work.xquat[parent]);
      put<kShape>(orientation,
                  is_nothing(turn) ? from : product(model.dialect, from, broadcast_quat<V>(turn)));
    } else {
      put<kShape>(position, broadcast_vec<V>(offset));
      put<kShape>(orientation, broadcast_quat<V>(turn));
    }
    for (std::size_t j = first; j < first + count; ++j)
      place_joint<kShape>(model, work, j, position, orientation);
  }
  const Quat<V> unit = normalized(model.dialect, seen<kShape>(orientation));
  put<kShape>(work.xpos[b], position);
  put<kShape>(work.xquat[b], unit);
  put<kShape>(work.xmat[b], matrix_of(model.dialect, seen<kShape>(unit)));
}

// How it is turned.
template <Shape kShape, class V>
PLYO_LANES Mat3<V> fixed_matrix(const Model& model, const Work<V>& work, std::size_t body, SameFrame same,
                                const double* orientation) {
  if (same == SameFrame::kNone) {
    const Quat<V> turn = broadcast_quat<V>(quaternion_of<kShape>(orientation));
    return matrix_of(model.dialect, product(model.dialect, seen<kShape>(work.xquat[body]), turn));
  }
  const bool is_body = same == SameFrame::kBody || same == SameFrame::kBodyRotation;
  return seen<kShape>(is_body ? work.xmat[body] : work.ximat[body]);
}

template <Shape kShape, class V>
PLYO_LANES void place_inertia(const Model& model, Work<V>& work, std::size_t b, SameFrame same) {
  put<kShape>(work.ximat[b], fixed_matrix<kShape>(model, work, b, same, &model.body_iquat[4 * b]));
}

// mj_kinematics: positions and orientations.
template <Shape kShape, class V>
PLYO_LANES_STAGE void place_all(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  for (std::size_t b = 1; b < model.nbody; ++b) place_body<kShape>(model, work, b);
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const auto same = static_cast<SameFrame>(model.body_sameframe[b]);
    put<kShape>(work.xipos[b], fixed_position<kShape>(work, b, same, &model.body_ipos[3 * b]));
    if (kShape == Shape::kPlane && plan.has_plane_inertia[b] == 0) {
      place_inertia<Shape::kAny>(model, work, b, same);
    } else {
      place_inertia<kShape>(model, work, b, same);
    }
  }
  for (std::size_t g = 0; g < model.geoms.size(); ++g) {
    const Model::Placed& geom = model.geoms[g];
    const auto body = static_cast<std::size_t>(geom.body);
    const auto same = static_cast<SameFrame>(geom.sameframe);
    put<kShape>(work.geom_xpos[g], fixed_position<kShape>(work, body, same, geom.pos));
    put<kShape>(work.geom_axis[g], column(fixed_matrix<kShape>(model, work, body, same, geom.quat), 2));
  }
}

// The same for sites, which may lie beside the plane.
template <class V>
PLYO_LANES_STAGE void place_sites(const Model& model, Work<V>& work) {
  for (std::size_t s = 0; s < model.sites.size(); ++s) {
    const Model::Placed& site = model.sites[s];
    const auto body = static_cast<std::size_t>(site.body);
    const auto same = static_cast<SameFrame>(site.sameframe);
    work.site_xpos[s] = fixed_position<Shape::kAny>(work, body, same, site.pos);
    work.site_xmat[s] = fixed_matrix<Shape::kAny>(model, work, body, same, site.quat);
  }
}

// The world, which never moves: once a pack.
template <class V>
PLYO_LANES void place_world(Work<V>& work) {
  for (std::size_t k = 0; k < 9; ++k) {
    work.xmat[0].at[k] = work.ximat[0].at[k] = broadcast<V>(k % 4 == 0 ? 1.0 : 0.0);
  }
  work.xquat[0].w = broadcast<V>(1.0);
}

// The inertia of a body about its tree's centre of mass, at an offset from the body's own.
template <class V>
PLYO_LANES Inertia<V> inertia_about(const Mat3<V>& frame, const V* inertia, const V& mass,
                                    const Vec3<V>& offset) {
  const V* const a = frame.at;
  const V ix = inertia[0], iy = inertia[1], iz = inertia[2];
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
  r[9] = mass;
  return result;
}

template <class V>
PLYO_LANES Spatial<V> hinge_motion(const Vec3<V>& axis, const Vec3<V>& offset) {
  const Vec3<V> linear = cross(axis, offset);
  return {{axis.x, axis.y, axis.z, linear.x, linear.y, linear.z}};
}

// The motion of each degree of freedom of a joint, about the tree's centre of mass.
template <Shape kShape, class V>
PLYO_LANES_STAGE void find_motions(const Model& model, Work<V>& work, std::size_t body, std::int32_t j) {
  Spatial<V>* const motion = work.cdof + model.jnt_dofadr[j];
  const auto root = static_cast<std::size_t>(model.body_rootid[body]);
  const Vec3<V> offset = seen<kShape>(work.subtree_com[root]) - seen<kShape>(work.xanchor[j]);
  const auto type = static_cast<JointType>(model.jnt_type[j]);
  if (type == JointType::kHinge) {
    Vec3<V> axis = work.xaxis[j];
    if constexpr (kShape == Shape::kPlane) axis = {V{}, axis.y, V{}};
    put<kShape>(motion[0], hinge_motion(axis, offset));
  } else if (type == JointType::kSlide) {
    const Vec3<V> axis = seen<kShape>(work.xaxis[j]);
    put<kShape>(motion[0], Spatial<V>{{V{}, V{}, V{}, axis.x, axis.y, axis.z}});
  } else {
    for (std::size_t k = 0; k < 3; ++k) {
      motion[k] = Spatial<V>{};
      motion[k].at[3 + k] = broadcast<V>(1.0);
      motion[3 + k] = hinge_motion(column(work.xmat[body], k), offset);
    }
  }
}

// The shape is that of the inertia's frame.
template <Shape kShape, class V>
PLYO_LANES void find_inertia_of(Work<V>& work, std::size_t b, const Vec3<V>& offset) {
  put<kShape>(work.cinert[b],
              inertia_about(seen<kShape>(work.ximat[b]), work.numbers + Numbers::kBodyInertia + 3 * b,
                            work.numbers[Numbers::kMass + b], offset));
}

// mj_comPos: centres of mass of subtrees, inertias and motions about them.
template <Shape kShape, class V>
PLYO_LANES_STAGE void find_centres(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  for (std::size_t b = 0; b < model.nbody; ++b) {
    put<kShape>(work.subtree_com[b], seen<kShape>(work.xipos[b]) * work.numbers[Numbers::kMass + b]);
  }
  for (std::size_t b = model.nbody - 1; b > 0; --b) {
    Vec3<V>& parent = work.subtree_com[model.body_parentid[b]];
    put<kShape>(parent, seen<kShape>(parent) + seen<kShape>(work.subtree_com[b]));
  }
  for (std::size_t b = 0; b < model.nbody; ++b) {
    const Vec3<V> sum = seen<kShape>(work.subtree_com[b]);
    // which is so in all lanes or in none
    const bool has_mass = !(model.body_subtreemass[b] < kLeast);
    put<kShape>(work.subtree_com[b],
                has_mass ? sum * work.numbers[Numbers::kOverMass + b] : seen<kShape>(work.xipos[b]));
  }
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const auto root = static_cast<std::size_t>(model.body_rootid[b]);
    const Vec3<V> offset = seen<kShape>(work.xipos[b]) - seen<kShape>(work.subtree_com[root]);
    if (kShape == Shape::kPlane && plan.has_plane_inertia[b] == 0) {
      find_inertia_of<Shape::kAny>(work, b, offset);
    } else {
      find_inertia_of<kShape>(work, b, offset);
    }
  }
  for (std::size_t b = 1; b < model.nbody; ++b) {
    const std::int32_t first = model.body_jntadr[b];
    for (std::int32_t j = first; j < first + model.body_jntnum[b]; ++j)
      find_motions<kShape>(model, work, b, j);
  }
}
