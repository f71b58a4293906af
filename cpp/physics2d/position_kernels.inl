// The position iterations for one instruction set (lanes/lanes.hpp). Vector is a register of lanes or one
// float. Lanes in place are computed with the others, and keep what they had.

// The place of a body.
template <class Vector>
struct Place {
  Vector x, y, angle;
};

// A rotation, or a vector.
template <class Vector>
struct Pair {
  Vector x, y;
};

template <class Vector>
PLYO_LANES Vector place_number(const float* at, std::size_t index) {
  return load<Vector>(at + index * lanes::kLanesOf<Vector>);
}

// The cosine and sine of angles.
template <RotationOf kRotationOf, class Vector>
PLYO_LANES Pair<Vector> turn_by(const Vector& angle) {
  constexpr std::size_t kWidth = lanes::kLanesOf<Vector>;
  float angles[kWidth], cosines[kWidth], sines[kWidth];
  store<Vector>(angles, angle);
  if constexpr (kIsOwnRotation<kRotationOf>) {
    // a loop without calls, which compilers turn into vectors; most of a sine is a part of its cosine
    for (std::size_t i = 0; i < kWidth; ++i) {
      sines[i] = plyo::math::sin(angles[i]);
      cosines[i] = plyo::math::cos(angles[i]);
    }
  } else {
    for (std::size_t i = 0; i < kWidth; ++i) {
      const Rot rotation = kRotationOf(angles[i]);
      sines[i] = rotation.s;
      cosines[i] = rotation.c;
    }
  }
  return {load<Vector>(cosines), load<Vector>(sines)};
}

template <class Vector>
PLYO_LANES Pair<Vector> turned(const Pair<Vector>& turn, const Vector& x, const Vector& y) {
  return {turn.x * x - turn.y * y, turn.y * x + turn.x * y};
}

template <class Vector>
PLYO_LANES Vector clamp_place(const Vector& value, float low, float high) {
  return max(broadcast<Vector>(low), min(value, broadcast<Vector>(high)));
}

// Turns the bodies of a joint that is beyond its limit; returns by how much it was.
template <class Vector>
PLYO_LANES Vector limit_angle(const float* at, Place<Vector>& a, Place<Vector>& b) {
  const Vector zero = Vector{};
  const Vector limit = place_number<Vector>(at, place_pack::kLimit);
  const auto is_lower = limit<zero, is_upper = limit> zero;
  const Vector angle = b.angle - a.angle - place_number<Vector>(at, place_pack::kReference);
  const Vector below = angle - place_number<Vector>(at, place_pack::kLower),
               above = angle - place_number<Vector>(at, place_pack::kUpper);
  const Vector slop = broadcast<Vector>(kAngularSlop);
  const Vector up = clamp_place<Vector>(below + slop, -kMaxTurnCorrection, 0.0F);
  const Vector down = clamp_place<Vector>(above - slop, 0.0F, kMaxTurnCorrection);
  const Vector correction = select<Vector>(is_lower, up, down);
  const Vector impulse = -place_number<Vector>(at, place_pack::kMotorMass) * correction;
  const auto is_at_limit = either(is_lower, is_upper);
  a.angle = select<Vector>(is_at_limit, a.angle - place_number<Vector>(at, place_pack::kInertiaA) * impulse,
                           a.angle);
  b.angle = select<Vector>(is_at_limit, b.angle + place_number<Vector>(at, place_pack::kInertiaB) * impulse,
                           b.angle);
  return select<Vector>(is_lower, -below, select<Vector>(is_upper, above, zero));
}

// Brings the anchors of a joint together. Returns in which lanes it was in place before.
template <RotationOf kRotationOf, class Vector>
PLYO_LANES lanes::Mask<Vector> place_joint(const float* at, Place<Vector>& a, Place<Vector>& b,
                                           bool has_limits) {
  const Vector zero = Vector{};
  Vector angular_error = zero;
  if (has_limits) angular_error = limit_angle<Vector>(at, a, b);

  const Vector mass_a = place_number<Vector>(at, place_pack::kMassA),
               mass_b = place_number<Vector>(at, place_pack::kMassB);
  const Vector inertia_a = place_number<Vector>(at, place_pack::kInertiaA),
               inertia_b = place_number<Vector>(at, place_pack::kInertiaB);
  const Pair<Vector> arm_a =
      turned<Vector>(turn_by<kRotationOf, Vector>(a.angle), place_number<Vector>(at, place_pack::kArmAX),
                     place_number<Vector>(at, place_pack::kArmAY));
  const Pair<Vector> arm_b =
      turned<Vector>(turn_by<kRotationOf, Vector>(b.angle), place_number<Vector>(at, place_pack::kArmBX),
                     place_number<Vector>(at, place_pack::kArmBY));
  const Vector gap_x = b.x + arm_b.x - a.x - arm_a.x, gap_y = b.y + arm_b.y - a.y - arm_a.y;
  const Vector error = sqrt(gap_x * gap_x + gap_y * gap_y);

  const Vector masses = mass_a + mass_b;
  const Vector xx = masses + inertia_a * arm_a.y * arm_a.y + inertia_b * arm_b.y * arm_b.y;
  const Vector xy = -inertia_a * arm_a.x * arm_a.y - inertia_b * arm_b.x * arm_b.y;
  const Vector yy = masses + inertia_a * arm_a.x * arm_a.x + inertia_b * arm_b.x * arm_b.x;
  const Vector determinant = xx * yy - xy * xy;
  const Vector inverse =
      select<Vector>(determinant == zero, determinant, broadcast<Vector>(1.0F) / determinant);
  const Vector px = -(inverse * (yy * gap_x - xy * gap_y)), py = -(inverse * (xx * gap_y - xy * gap_x));

  a.x = a.x - mass_a * px;
  a.y = a.y - mass_a * py;
  a.angle = a.angle - inertia_a * (arm_a.x * py - arm_a.y * px);
  b.x = b.x + mass_b * px;
  b.y = b.y + mass_b * py;
  b.angle = b.angle + inertia_b * (arm_b.x * py - arm_b.y * px);
  return both(error <= broadcast<Vector>(kLinearSlop), angular_error <= broadcast<Vector>(kAngularSlop));
}

// Pushes a body out of the ground at a point. Returns how far apart they were.
template <RotationOf kRotationOf, class Vector>
PLYO_LANES Vector place_point(const float* at, Place<Vector>& body, std::size_t point) {
  const Vector zero = Vector{};
  const Vector normal_x = place_number<Vector>(at, place_pack::kNormalX),
               normal_y = place_number<Vector>(at, place_pack::kNormalY);
  const Vector face_x = place_number<Vector>(at, place_pack::kFaceX),
               face_y = place_number<Vector>(at, place_pack::kFaceY);
  const Vector point_x = place_number<Vector>(at, place_pack::kFirstX + 2 * point),
               point_y = place_number<Vector>(at, place_pack::kFirstY + 2 * point);
  const auto is_of_body = place_number<Vector>(at, place_pack::kFaceOfBody) > zero;
  const Pair<Vector> turn = turn_by<kRotationOf, Vector>(body.angle);
  const Pair<Vector> center = turned<Vector>(turn, place_number<Vector>(at, place_pack::kCenterX),
                                             place_number<Vector>(at, place_pack::kCenterY));
  const Vector origin_x = body.x - center.x, origin_y = body.y - center.y;

  // what is the body's in the world; the ground's is there already
  const Pair<Vector> own_normal = turned<Vector>(turn, normal_x, normal_y);
  const Pair<Vector> own = turned<Vector>(turn, select<Vector>(is_of_body, face_x, point_x),
                                          select<Vector>(is_of_body, face_y, point_y));
  const Vector own_x = own.x + origin_x, own_y = own.y + origin_y;
  const Vector at_x = select<Vector>(is_of_body, point_x, own_x),
               at_y = select<Vector>(is_of_body, point_y, own_y);
  const Vector plane_x = select<Vector>(is_of_body, own_x, face_x),
               plane_y = select<Vector>(is_of_body, own_y, face_y);
  const Vector out_x = select<Vector>(is_of_body, own_normal.x, normal_x),
               out_y = select<Vector>(is_of_body, own_normal.y, normal_y);
  const Vector skin = broadcast<Vector>(kPolygonRadius);
  const Vector apart = ((at_x - plane_x) * out_x + (at_y - plane_y) * out_y) - skin - skin;

  // from the ground to the body
  const Vector push_x = select<Vector>(is_of_body, -out_x, out_x),
               push_y = select<Vector>(is_of_body, -out_y, out_y);
  const Vector arm_x = at_x - body.x, arm_y = at_y - body.y;
  const Vector correction = clamp_place<Vector>(
      broadcast<Vector>(kCorrection) * (apart + broadcast<Vector>(kLinearSlop)), -kMaxCorrection, 0.0F);
  const Vector mass = place_number<Vector>(at, place_pack::kMass),
               inertia = place_number<Vector>(at, place_pack::kInertia);
  const Vector lever = arm_x * push_y - arm_y * push_x;
  const Vector resistance = mass + inertia * lever * lever;
  const Vector impulse = select<Vector>(resistance > zero, -correction / resistance, zero);
  const Vector px = impulse * push_x, py = impulse * push_y;
  body.x = body.x + mass * px;
  body.y = body.y + mass * py;
  body.angle = body.angle + inertia * (arm_x * py - arm_y * px);
  return apart;
}

// The places that lanes keep, where `moves` says so.
template <class Vector>
PLYO_LANES void keep_places(const lanes::Mask<Vector>& moves, const Place<Vector>& moved,
                            Place<Vector>& body) {
  body.x = select<Vector>(moves, moved.x, body.x);
  body.y = select<Vector>(moves, moved.y, body.y);
  body.angle = select<Vector>(moves, moved.angle, body.angle);
}

// The points of one contact, in the lanes that have them.
template <RotationOf kRotationOf, class Vector>
PLYO_LANES void place_contact(const float* at, Place<Vector>& body, std::uint8_t points, Vector& least) {
  const Vector count = place_number<Vector>(at, place_pack::kNumPoints);
  for (std::size_t point = 0; point < (points == 1 ? 1U : 2U); ++point) {
    Place<Vector> moved = body;
    const Vector apart = place_point<kRotationOf, Vector>(at, moved, point);
    const auto is_there = count > broadcast<Vector>(static_cast<float>(point) + 0.5F);
    least = select<Vector>(is_there, min(least, apart), least);
    keep_places<Vector>(is_there, moved, body);
  }
}

// ---- a whole linkage ----

// The joints; returns in which lanes all were in place.
template <const Linkage& kLinkage, RotationOf kRotationOf, class Vector>
PLYO_LANES lanes::Mask<Vector> place_joints(const float* numbers, Place<Vector>* bodies,
                                            const bool* has_limits) {
  lanes::Mask<Vector> are_in_place = Vector{} <= Vector{};
  for (std::size_t j = 0; j < kLinkage.joints; ++j) {
    const float* const at = numbers + place_pack::joint_at(kLinkage, j) * lanes::kLanesOf<Vector>;
    const auto is_in_place =
        place_joint<kRotationOf, Vector>(at, bodies[kLinkage.a[j]], bodies[kLinkage.b[j]], has_limits[j]);
    are_in_place = both(are_in_place, is_in_place);
  }
  return are_in_place;
}

// The contacts; returns the least separation of a point.
template <const Linkage& kLinkage, RotationOf kRotationOf, class Vector>
PLYO_LANES Vector place_contacts(const float* numbers, Place<Vector>* bodies, const PackShape& shape) {
  Vector least = Vector{};
  for (std::size_t c = 0; c < shape.num_contacts; ++c) {
    const float* const at = numbers + place_pack::contact_at(kLinkage, c) * lanes::kLanesOf<Vector>;
    place_contact<kRotationOf, Vector>(at, bodies[shape.bodies[c]], shape.points[c], least);
  }
  return least;
}

template <class Vector>
PLYO_LANES void put_in_place(const lanes::Mask<Vector>& is_in_place, std::uint8_t* in_place) {
  float ones[lanes::kLanesOf<Vector>];
  store<Vector>(ones, select<Vector>(is_in_place, broadcast<Vector>(1.0F), Vector{}));
  for (std::size_t i = 0; i < lanes::kLanesOf<Vector>; ++i) in_place[i] = ones[i] > 0.0F ? 1 : 0;
}

template <const Linkage& kLinkage, RotationOf kRotationOf, class Vector>
PLYO_LANES void iterate_places(float* numbers, const PackShape& shape, std::size_t iterations,
                               std::uint8_t* in_place) {
  constexpr std::size_t kWidth = lanes::kLanesOf<Vector>;
  const Vector zero = Vector{};
  Place<Vector> bodies[kLinkage.bodies];
  for (std::size_t b = 0; b < kLinkage.bodies; ++b) {
    const float* const at = numbers + place_pack::kPlace * b * kWidth;
    bodies[b] = {place_number<Vector>(at, 0), place_number<Vector>(at, 1), place_number<Vector>(at, 2)};
  }
  bool has_limits[kLinkage.joints];
  for (std::size_t j = 0; j < kLinkage.joints; ++j) {
    const float* const at = numbers + place_pack::joint_at(kLinkage, j) * kWidth;
    const Vector limit = place_number<Vector>(at, place_pack::kLimit);
    has_limits[j] = any(either(limit<zero, limit> zero));
  }
  lanes::Mask<Vector> moves = zero <= zero;
  for (std::size_t i = 0; i < iterations && any(moves); ++i) {
    Place<Vector> moved[kLinkage.bodies];
    for (std::size_t b = 0; b < kLinkage.bodies; ++b) moved[b] = bodies[b];
    const Vector least = place_contacts<kLinkage, kRotationOf, Vector>(numbers, moved, shape);
    const auto is_out = least >= broadcast<Vector>(-3.0F * kLinearSlop);
    const auto is_in_place =
        both(is_out, place_joints<kLinkage, kRotationOf, Vector>(numbers, moved, has_limits));
    for (std::size_t b = 0; b < kLinkage.bodies; ++b) keep_places<Vector>(moves, moved[b], bodies[b]);
    moves = both(moves, opposite(is_in_place));
  }
  for (std::size_t b = 0; b < kLinkage.bodies; ++b) {
    float* const at = numbers + place_pack::kPlace * b * kWidth;
    store<Vector>(at, bodies[b].x);
    store<Vector>(at + kWidth, bodies[b].y);
    store<Vector>(at + 2 * kWidth, bodies[b].angle);
  }
  put_in_place<Vector>(opposite(moves), in_place);
}

template <const Linkage& kLinkage, RotationOf kRotationOf>
PLYO_LANES_ENTRY void place(float* numbers, const PackShape& shape, std::size_t iterations,
                            std::uint8_t* in_place) {
  iterate_places<kLinkage, kRotationOf, lanes::Vector<float, kFloats>>(numbers, shape, iterations, in_place);
}

template <const Linkage& kLinkage>
constexpr PositionKernels kPlaceTable{.width = kFloats,
                                      .with_own = &place<kLinkage, &own_rotation>,
                                      .with_platform = &place<kLinkage, &platform_rotation>};
