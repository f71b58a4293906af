// The rows of the constraints: a limit has one, a contact four, the edges of its friction pyramid.

// A number of each lane's limit or geom.
template <class V, class Thing>
PLYO_LANES V number_of(const std::vector<Thing>& things, const std::int32_t* which, double Thing::* number) {
  V result;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) lane(result, l) = things[which[l]].*number;
  return result;
}
template <class V, class Thing>
PLYO_LANES V softness_of(const std::vector<Thing>& things, const std::int32_t* which,
                         double Softness::* number) {
  V result;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) lane(result, l) = things[which[l]].softness.*number;
  return result;
}

// One of the numbers that lanes may have of their own.
template <class V>
PLYO_LANES V own_number_of(const V* numbers, const std::int32_t* which) {
  V result;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) lane(result, l) = lane(numbers[which[l]], l);
  return result;
}

template <class V>
struct SoftRow {
  V low, high, width, middle, stiffness, damping;
};
template <class V, class Thing>
PLYO_LANES SoftRow<V> soft_row(const std::vector<Thing>& things, const std::int32_t* which) {
  return {
      softness_of<V>(things, which, &Softness::low),       softness_of<V>(things, which, &Softness::high),
      softness_of<V>(things, which, &Softness::width),     softness_of<V>(things, which, &Softness::middle),
      softness_of<V>(things, which, &Softness::stiffness), softness_of<V>(things, which, &Softness::damping)};
}
template <class V>
PLYO_LANES SoftRow<V> soft_row(const Softness& softness) {
  return {broadcast<V>(softness.low),    broadcast<V>(softness.high),      broadcast<V>(softness.width),
          broadcast<V>(softness.middle), broadcast<V>(softness.stiffness), broadcast<V>(softness.damping)};
}

// getimpedance with power 2: two parabolas from `low` to `high`.
template <class V>
PLYO_LANES V impedance_of(const SoftRow<V>& soft, const V& distance) {
  const V one = broadcast<V>(1.0);
  const V x = abs<V>(distance / soft.width);
  const V rising = (1.0 / soft.middle) * (x * x);
  const V left = 1.0 - x;
  const V falling = 1.0 - (1.0 / (1.0 - soft.middle)) * (left * left);
  const V part = select<V>(x <= soft.middle, rising, falling);
  const V between = soft.low + part * (soft.high - soft.low);
  return select<V>(x >= one, soft.high, select<V>(x <= V{}, soft.low, between));
}

template <class V>
PLYO_LANES lanes::Mask<V> lanes_with_more(const std::int32_t* counts, std::int32_t n) {
  V has;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) lane(has, l) = counts[l] > n ? 1.0 : 0.0;
  return has != V{};
}

// Row `r` of lanes without a constraint there: its residual is 1 for ever, and it never pushes.
template <class V>
PLYO_LANES_STAGE void pad_row(const Model& model, Rows<V>& rows, std::size_t r,
                              const lanes::Mask<V>& exists) {
  for (std::size_t i = 0; i < model.nv; ++i)
    rows.jacobian[r][i] = select<V>(exists, rows.jacobian[r][i], V{});
  rows.weight[r] = select<V>(exists, rows.weight[r], V{});
  rows.reference[r] = select<V>(exists, rows.reference[r], broadcast<V>(-1.0));
}

// The products of `count` rows of Jacobians with a vector of n numbers.
template <class V>
PLYO_LANES_STAGE void multiply_rows(const V (*jacobian)[kMaxDofs], std::size_t count, const V* x,
                                    std::size_t n, V* products) {
  std::size_t r = 0;
  for (; r + 2 <= count; r += 2) {
    const TwoDots<V> dots = two_dots(jacobian[r], jacobian[r + 1], x, n);
    products[r] = dots.first;
    products[r + 1] = dots.second;
  }
  if (r < count) products[r] = dot(jacobian[r], x, n);
}

template <class V>
PLYO_LANES_STAGE void make_limit_row(const Plan& plan, Work<V>& work, std::int32_t n) {
  const Model& model = plan.model;
  Rows<V>& rows = work.rows;
  const std::size_t r = rows.count++;
  ReachedLimit<V>& reached = work.reached[n];
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    if (n >= work.num_limits[l]) {
      reached.limit[l] = 0;
      lane(reached.distance, l) = lane(reached.sign, l) = 0.0;
    }
    rows.tree[r][l] = plan.limit_trees[reached.limit[l]];
  }
  V* const jacobian = rows.jacobian[r];
  for (std::size_t i = 0; i < model.nv; ++i) jacobian[i] = V{};
  V speed;  // the product of the row with the velocities
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    const auto dof = static_cast<std::size_t>(model.limits[reached.limit[l]].dof);
    lane(jacobian[dof], l) = lane(reached.sign, l);
    lane(speed, l) = lane(reached.sign, l) * lane(work.qvel[dof], l);
  }
  const SoftRow<V> soft = plan.has_one_limit_softness ? soft_row<V>(model.limits[0].softness)
                                                      : soft_row<V>(model.limits, reached.limit);
  const V penetration = reached.distance - number_of<V>(model.limits, reached.limit, &Limit::margin);
  const V impedance = impedance_of(soft, penetration);
  const V inverse_weight = own_number_of(work.numbers + Numbers::kLimitWeight, reached.limit);
  const V regulariser = max((1.0 - impedance) * inverse_weight / impedance, broadcast<V>(kLeast));
  rows.weight[r] = 1.0 / regulariser;
  rows.reference[r] = -soft.damping * speed - soft.stiffness * impedance * penetration;
  pad_row<V>(model, rows, r, lanes_with_more<V>(work.num_limits, n));
}

// mju_makeFrame: the point of contact and the tangents.
template <class V>
PLYO_LANES_STAGE void make_frame(const Plan& plan, FloorContact<V>& contact) {
  const Vec3<V> normal = broadcast_vec<V>(plan.normal);
  const V radius = number_of<V>(plan.model.floor_geoms, contact.geom, &FloorGeom::radius);
  contact.position =
      contact.end + broadcast_vec<V>(plan.model.floor_normal) * (-contact.distance / 2.0 - radius);
  const Vec3<V> across = contact.axis - normal * dot(normal, contact.axis);
  contact.first = normalized(across);
  contact.second = cross(normal, contact.first);
}

// mj_instantiateContact: four rows of the velocities of the body's point along the pyramid's edges.
template <Shape kShape, class V>
PLYO_LANES_STAGE void make_pyramid(const Plan& plan, Work<V>& work, const FloorContact<V>& contact,
                                   std::size_t r) {
  const Vec3<V> normal = broadcast_vec<V>(plan.normal);
  const V friction = contact.friction, opposite_friction = -contact.friction;
  Rows<V>& rows = work.rows;
  Vec3<V> offset;
  std::uint32_t moved_anywhere = 0;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    const std::size_t root = static_cast<std::size_t>(plan.geom_roots[contact.geom[l]]);
    const Vec3<V>& centre = work.subtree_com[root];
    lane(offset.x, l) = lane(contact.position.x, l) - lane(centre.x, l);
    lane(offset.y, l) = lane(contact.position.y, l) - lane(centre.y, l);
    lane(offset.z, l) = lane(contact.position.z, l) - lane(centre.z, l);
    moved_anywhere |= plan.geom_dofs[contact.geom[l]];
  }
  for (std::size_t i = 0; i < plan.model.nv; ++i) {
    V along{}, first{}, second{};
    if ((moved_anywhere >> i & 1) != 0) {
      V moves;
      for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
        lane(moves, l) = (plan.geom_dofs[contact.geom[l]] >> i & 1) != 0 ? 1.0 : 0.0;
      }
      const Spatial<V> motion = seen<kShape>(work.cdof[i]);
      const Vec3<V> lever = cross(Vec3<V>{motion.at[0], motion.at[1], motion.at[2]}, seen<kShape>(offset));
      const auto is_moved = moves != V{};
      const Vec3<V> velocity = seen<kShape>(Vec3<V>{select<V>(is_moved, motion.at[3] + lever.x, V{}),
                                                    select<V>(is_moved, motion.at[4] + lever.y, V{}),
                                                    select<V>(is_moved, motion.at[5] + lever.z, V{})});
      along = dot(normal, velocity);
      first = dot(contact.first, velocity);
      second = dot(contact.second, velocity);
    }
    rows.jacobian[r][i] = along + first * friction;
    rows.jacobian[r + 1][i] = along + first * opposite_friction;
    rows.jacobian[r + 2][i] = along + second * friction;
    rows.jacobian[r + 3][i] = along + second * opposite_friction;
  }
}

template <class V>
PLYO_LANES_STAGE void make_contact_rows(const Plan& plan, Work<V>& work, std::int32_t n) {
  const Model& model = plan.model;
  const std::vector<FloorGeom>& geoms = model.floor_geoms;
  Rows<V>& rows = work.rows;
  const std::size_t r = rows.count;
  rows.count += 4;
  FloorContact<V>& contact = work.contacts[n];
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    if (n >= work.num_contacts[l]) {
      contact.geom[l] = 0;
      lane(contact.end.x, l) = lane(contact.end.y, l) = lane(contact.end.z, l) = lane(contact.distance, l) =
          0.0;
      lane(contact.axis.x, l) = lane(contact.axis.y, l) = lane(contact.axis.z, l) = 0.0;
    }
    for (std::size_t k = 0; k < 4; ++k) rows.tree[r + k][l] = plan.geom_trees[contact.geom[l]];
  }
  const bool is_one = plan.has_one_floor_softness;
  contact.friction = own_number_of(work.numbers + Numbers::kFriction, contact.geom);
  const SoftRow<V> soft = is_one ? soft_row<V>(geoms[0].softness) : soft_row<V>(geoms, contact.geom);
  const V margin =
      is_one ? broadcast<V>(geoms[0].margin) : number_of<V>(geoms, contact.geom, &FloorGeom::margin);
  make_frame(plan, contact);
  if (plan.is_planar) {
    make_pyramid<Shape::kPlane>(plan, work, contact, r);
  } else {
    make_pyramid<Shape::kAny>(plan, work, contact, r);
  }
  const V penetration = contact.distance - margin;
  const V impedance = impedance_of(soft, penetration);
  const V inverse_weight = own_number_of(work.numbers + Numbers::kFloorWeight, contact.geom);
  const V approximate = inverse_weight + contact.friction * contact.friction * inverse_weight;
  const V regulariser = max((1.0 - impedance) * approximate / impedance, broadcast<V>(kLeast));
  const V weight = 1.0 / (2.0 * contact.friction * contact.friction * regulariser);
  const auto exists = lanes_with_more<V>(work.num_contacts, n);
  V speeds[4];
  multiply_rows(&rows.jacobian[r], 4, work.qvel, model.nv, speeds);
  for (std::size_t k = 0; k < 4; ++k) {
    rows.weight[r + k] = weight;
    rows.reference[r + k] = -soft.damping * speeds[k] - soft.stiffness * impedance * penetration;
    pad_row<V>(model, rows, r + k, exists);
  }
}

// mj_makeConstraint
template <class V>
PLYO_LANES_STAGE void make_rows(const Plan& plan, Work<V>& work) {
  std::int32_t most_limits = 0, most_contacts = 0;
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    most_limits = std::max(most_limits, work.num_limits[l]);
    most_contacts = std::max(most_contacts, work.num_contacts[l]);
    work.num_rows[l] = work.num_limits[l] + 4 * work.num_contacts[l];
  }
  work.rows.count = 0;
  work.num_iterations = V{};
  for (std::int32_t n = 0; n < most_limits; ++n) make_limit_row(plan, work, n);
  for (std::int32_t n = 0; n < most_contacts; ++n) make_contact_rows(plan, work, n);
}
