// Which limits and contacts each lane has. A lane's first ones come first, whichever joints and geoms they
// belong to, so that lanes with few of them do not wait for others.

template <class V>
PLYO_LANES_STAGE void note_limits(Work<V>& work, std::size_t which, const V& distance, double sign,
                                  LaneMask hit) {
  for (; hit != 0; hit &= hit - 1) {
    const auto l = static_cast<std::size_t>(std::countr_zero(hit));
    if (work.num_limits[l] == static_cast<std::int32_t>(kMaxLimits)) {
      escape_from(work, LaneMask{1} << l, Escape::kTooManyRows);
      continue;
    }
    const auto n = static_cast<std::size_t>(work.num_limits[l]++);
    lane(work.reached[n].distance, l) = lane(distance, l);
    lane(work.reached[n].sign, l) = sign;
    work.reached[n].limit[l] = static_cast<std::int32_t>(which);
  }
}

// mj_instantiateLimit: in the order of joints, the lower end before the upper one.
template <class V>
PLYO_LANES_STAGE void find_limits(const Plan& plan, Work<V>& work) {
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) work.num_limits[l] = 0;
  const std::vector<Limit>& limits = plan.model.limits;
  for (std::size_t k = 0; k < limits.size(); ++k) {
    const V position = work.qpos[limits[k].position];
    const V below = position - limits[k].low, above = limits[k].high - position;
    const auto is_low = below < broadcast<V>(limits[k].margin);
    const auto is_high = above < broadcast<V>(limits[k].margin);
    if (any(is_low)) note_limits(work, k, below, 1.0, bits_of<V>(is_low));
    if (any(is_high)) note_limits(work, k, above, -1.0, bits_of<V>(is_high));
  }
}

template <class V>
PLYO_LANES_STAGE void note_contacts(Work<V>& work, std::size_t which, const Vec3<V>& end, const Vec3<V>& axis,
                                    const V& distance, LaneMask hit) {
  for (; hit != 0; hit &= hit - 1) {
    const auto l = static_cast<std::size_t>(std::countr_zero(hit));
    if (work.num_contacts[l] == static_cast<std::int32_t>(kMaxContacts)) {
      escape_from(work, LaneMask{1} << l, Escape::kTooManyRows);
      continue;
    }
    FloorContact<V>& contact = work.contacts[work.num_contacts[l]++];
    lane(contact.end.x, l) = lane(end.x, l);
    lane(contact.end.y, l) = lane(end.y, l);
    lane(contact.end.z, l) = lane(end.z, l);
    lane(contact.axis.x, l) = lane(axis.x, l);
    lane(contact.axis.y, l) = lane(axis.y, l);
    lane(contact.axis.z, l) = lane(axis.z, l);
    lane(contact.distance, l) = lane(distance, l);
    contact.geom[l] = static_cast<std::int32_t>(which);
  }
}

// The end of a capsule along its axis (end 0), the other one, or the centre of a sphere.
template <class V>
PLYO_LANES Vec3<V> end_of(const Work<V>& work, const FloorGeom& geom, std::size_t end) {
  const Vec3<V>& centre = work.geom_xpos[geom.geom];
  if (!geom.is_capsule) return centre;
  const Vec3<V> half = work.geom_axis[geom.geom] * broadcast<V>(geom.half_length);
  return end == 0 ? centre + half : centre - half;
}
template <class V>
PLYO_LANES V height_of_end(const Plan& plan, const Work<V>& work, const FloorGeom& geom, std::size_t end) {
  const double* const origin = plan.model.floor_position;
  if (plan.has_level_floor) return end_of(work, geom, end).z - origin[2];
  return dot(end_of(work, geom, end) - broadcast_vec<V>(origin), broadcast_vec<V>(plan.model.floor_normal));
}

// mjc_PlaneCapsule and mjc_PlaneSphere: in the order of geoms, a capsule's end along its axis first.
template <class V>
PLYO_LANES_STAGE void find_contacts(const Plan& plan, Work<V>& work) {
  const Model& model = plan.model;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) work.num_contacts[l] = 0;
  for (std::size_t k = 0; k < model.floor_geoms.size(); ++k) {
    const FloorGeom& geom = model.floor_geoms[k];
    for (std::size_t e = 0; e < (geom.is_capsule ? 2U : 1U); ++e) {
      const V height = height_of_end(plan, work, geom, e);
      const V distance = height - geom.radius;
      const auto touches =
          both(height <= broadcast<V>(geom.margin + geom.radius), distance < broadcast<V>(geom.margin));
      if (!any(touches)) continue;
      const Vec3<V> axis =
          geom.is_capsule ? work.geom_axis[geom.geom] : broadcast_vec<V>(plan.sphere_tangent);
      note_contacts(work, k, end_of(work, geom, e), axis, distance, bits_of<V>(touches));
    }
  }
}

// The least distance of two segments, given by their centres and half of their vectors.
PLYO_LANES double distance_of_segments(const double* offset, const double* a, const double* b) {
  const double aa = a[0] * a[0] + a[1] * a[1] + a[2] * a[2], bb = b[0] * b[0] + b[1] * b[1] + b[2] * b[2];
  const double ab = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const double ao = a[0] * offset[0] + a[1] * offset[1] + a[2] * offset[2];
  const double bo = b[0] * offset[0] + b[1] * offset[1] + b[2] * offset[2];
  const double area = aa * bb - ab * ab;
  // the place on the first segment for the lines, then the nearest on the second, then on the first again
  double s = area > kLeast ? clamp<double>((ab * bo - bb * ao) / area, -1.0, 1.0) : 0.0;
  const double t = bb > kLeast ? clamp<double>((bo + ab * s) / bb, -1.0, 1.0) : 0.0;
  s = aa > kLeast ? clamp<double>((ab * t - ao) / aa, -1.0, 1.0) : 0.0;
  double square = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double apart = offset[k] + a[k] * s - b[k] * t;
    square += apart * apart;
  }
  return std::sqrt(square);
}

// Lanes in which two other geoms are near escape. First with spheres about them in all lanes, then exactly.
template <class V>
PLYO_LANES_STAGE void look_for_near_pairs(const Plan& plan, Work<V>& work) {
  constexpr double kSlack = 1e-6;  // m, more than the errors of either computation
  for (const OtherPair& pair : plan.model.other_pairs) {
    const Vec3<V> offset = work.geom_xpos[pair.first] - work.geom_xpos[pair.second];
    const double near = pair.first_half_length + pair.second_half_length + pair.reach + kSlack;
    const auto may_touch = dot(offset, offset) < broadcast<V>(near * near);
    if (!any(may_touch)) continue;
    const Vec3<V>& first = work.geom_axis[pair.first];
    const Vec3<V>& second = work.geom_axis[pair.second];
    const double p = pair.first_half_length, q = pair.second_half_length;
    for (LaneMask left = bits_of<V>(may_touch); left != 0; left &= left - 1) {
      const auto l = static_cast<std::size_t>(std::countr_zero(left));
      const double apart[3] = {lane(offset.x, l), lane(offset.y, l), lane(offset.z, l)};
      const double a[3] = {lane(first.x, l) * p, lane(first.y, l) * p, lane(first.z, l) * p};
      const double b[3] = {lane(second.x, l) * q, lane(second.y, l) * q, lane(second.z, l) * q};
      if (distance_of_segments(apart, a, b) < pair.reach + kSlack) {
        escape_from(work, LaneMask{1} << l, Escape::kNearPair);
      }
    }
  }
}
