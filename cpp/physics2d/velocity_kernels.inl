// The velocity iterations for one instruction set (lanes/lanes.hpp). Vector is a register of lanes or one
// float. All lanes do the same: where Box2D branches, both results are computed and one is selected, and what
// a lane does not have is zeros, which change nothing.
//
// A lane on its own waits: every operation needs the one before. There a branch is quicker where it is foreseen,
// because what follows begins before the condition is known. Box2D adds negative products; here products are
// subtracted, which has the same bits.

// The velocity of a body.
template <class Vector>
struct Motion {
  Vector x, y, spin;
};

template <class Vector>
PLYO_LANES Vector number(const float* at, std::size_t index) {
  return load<Vector>(at + index * lanes::kLanesOf<Vector>);
}
template <class Vector>
PLYO_LANES void put_number(float* at, std::size_t index, const Vector& value) {
  store<Vector>(at + index * lanes::kLanesOf<Vector>, value);
}

template <class Vector>
PLYO_LANES Vector clamp_to(const Vector& value, const Vector& low, const Vector& high) {
  return max(low, min(value, high));
}

// Whether a lane on its own may go on before an impulse is known, because it is 0, and not -0.
template <class Vector>
PLYO_LANES bool is_nothing(const Vector& impulse) {
  if constexpr (lanes::kLanesOf<Vector> == 1) return std::bit_cast<std::uint32_t>(impulse) == 0;
  return false;
}

template <class Vector>
PLYO_LANES void turn(const float* at, Motion<Vector>& a, Motion<Vector>& b, const Vector& impulse) {
  a.spin = a.spin - number<Vector>(at, pack::kInertiaA) * impulse;
  b.spin = b.spin + number<Vector>(at, pack::kInertiaB) * impulse;
}

template <class Vector>
PLYO_LANES void solve_motor(float* at, Motion<Vector>& a, Motion<Vector>& b) {
  const Vector speed = b.spin - a.spin - number<Vector>(at, pack::kMotorSpeed);
  const Vector old = number<Vector>(at, pack::kMotor);
  const Vector most = number<Vector>(at, pack::kMaxMotor);
  const Vector now = clamp_to<Vector>(old - number<Vector>(at, pack::kMotorMass) * speed, -most, most);
  put_number<Vector>(at, pack::kMotor, now);
  const Vector impulse = now - old;
  if (is_nothing<Vector>(impulse)) return turn<Vector>(at, a, b, Vector{});
  turn<Vector>(at, a, b, impulse);
}

// What a round takes from a joint's impulses in x and y, which no other number depends on.
template <class Vector>
struct Taken {
  Vector x, y;
};

// Keeps the anchors together, and the angle within the limit if the joint is at one.
template <class Vector>
PLYO_LANES Taken<Vector> solve_joint(float* at, Motion<Vector>& a, Motion<Vector>& b, bool has_limits) {
  const Vector zero = Vector{};
  const Vector arm_ax = number<Vector>(at, pack::kArmAX), arm_ay = number<Vector>(at, pack::kArmAY),
               arm_bx = number<Vector>(at, pack::kArmBX), arm_by = number<Vector>(at, pack::kArmBY);
  const Vector xx = number<Vector>(at, pack::kXx), xy = number<Vector>(at, pack::kXy),
               yy = number<Vector>(at, pack::kYy), xz = number<Vector>(at, pack::kXz),
               yz = number<Vector>(at, pack::kYz);
  solve_motor<Vector>(at, a, b);
  const Vector speed_x = b.x - b.spin * arm_by - a.x + a.spin * arm_ay;
  const Vector speed_y = b.y + b.spin * arm_bx - a.y - a.spin * arm_ax;
  const Vector impulse_z = number<Vector>(at, pack::kImpulseZ);

  Vector px = zero, py = zero, pz = zero, new_z = zero;  // what is taken from the impulses
  auto pushes = zero < zero;
  if (has_limits) {
    const Vector turn = b.spin - a.spin;
    const Vector zz = number<Vector>(at, pack::kZz), det3 = number<Vector>(at, pack::kDet3);
    px = det3 * (speed_x * number<Vector>(at, pack::kCrossX) + speed_y * number<Vector>(at, pack::kCrossY) +
                 turn * number<Vector>(at, pack::kCrossZ));
    py = det3 * (xx * (speed_y * zz - turn * yz) + xy * (turn * xz - speed_x * zz) +
                 xz * (speed_x * yz - speed_y * xz));
    pz = det3 * (xx * (yy * turn - yz * speed_y) + xy * (yz * speed_x - xy * turn) +
                 xz * (xy * speed_y - yy * speed_x));
    new_z = impulse_z - pz;
    const Vector limit = number<Vector>(at, pack::kLimit);
    // the sum pushes away from the limit
    pushes = either(both(limit < zero, opposite(new_z < zero)), both(limit > zero, opposite(new_z > zero)));
  }
  // without the limit, or where it would pull; a branch that is foreseen is quicker than the wait for a select
  if (!all(pushes)) {
    const Vector det2 = number<Vector>(at, pack::kDet2);
    const Vector rest_x = impulse_z * xz - speed_x, rest_y = impulse_z * yz - speed_y;
    px = select<Vector>(pushes, px, -(det2 * (yy * rest_x - xy * rest_y)));
    py = select<Vector>(pushes, py, -(det2 * (xx * rest_y - xy * rest_x)));
    pz = select<Vector>(pushes, pz, impulse_z);
    new_z = select<Vector>(pushes, new_z, zero);
  }
  put_number<Vector>(at, pack::kImpulseX, number<Vector>(at, pack::kImpulseX) - px);
  put_number<Vector>(at, pack::kImpulseY, number<Vector>(at, pack::kImpulseY) - py);
  put_number<Vector>(at, pack::kImpulseZ, new_z);

  const Vector mass_a = number<Vector>(at, pack::kMassA), mass_b = number<Vector>(at, pack::kMassB);
  a.x = a.x + mass_a * px;
  a.y = a.y + mass_a * py;
  a.spin = a.spin - number<Vector>(at, pack::kInertiaA) * ((arm_ay * px - arm_ax * py) - pz);
  b.x = b.x - mass_b * px;
  b.y = b.y - mass_b * py;
  b.spin = b.spin + number<Vector>(at, pack::kInertiaB) * ((arm_by * px - arm_bx * py) - pz);
  return {px, py};
}

// Pushes a body of a contact at a point.
template <class Vector>
PLYO_LANES void push(const float* at, Motion<Vector>& body, const Vector& arm_x, const Vector& arm_y,
                     const Vector& px, const Vector& py) {
  const Vector mass = number<Vector>(at, pack::kMass);
  body.x = body.x + mass * px;
  body.y = body.y + mass * py;
  body.spin = body.spin + number<Vector>(at, pack::kInertia) * (arm_x * py - arm_y * px);
}

// The friction of a point, whose number is known when this is compiled.
template <std::size_t kPoint, class Vector>
PLYO_LANES void solve_friction(float* at, Motion<Vector>& body, const Vector& normal_x,
                               const Vector& normal_y) {
  constexpr std::size_t kFirst = pack::kPoints + kPoint * pack::kPointNumbers;
  const Vector arm_x = number<Vector>(at, kFirst + pack::kArmX),
               arm_y = number<Vector>(at, kFirst + pack::kArmY);
  const Vector speed_x = body.x - body.spin * arm_y, speed_y = body.y + body.spin * arm_x;
  // the tangent is (normal_y, -normal_x)
  const Vector along = speed_x * normal_y - speed_y * normal_x;
  const Vector old = number<Vector>(at, kFirst + pack::kTangentImpulse);
  const Vector most = number<Vector>(at, pack::kFriction) * number<Vector>(at, kFirst + pack::kNormalImpulse);
  const Vector now =
      clamp_to<Vector>(old - number<Vector>(at, kFirst + pack::kTangentMass) * along, -most, most);
  put_number<Vector>(at, kFirst + pack::kTangentImpulse, now);
  const Vector impulse = now - old;
  if (is_nothing<Vector>(impulse)) {
    return push<Vector>(at, body, arm_x, arm_y, Vector{} * normal_y, Vector{} * -normal_x);
  }
  push<Vector>(at, body, arm_x, arm_y, impulse * normal_y, impulse * -normal_x);
}

template <class Vector>
PLYO_LANES void solve_one_point(float* at, Motion<Vector>& body, const Vector& normal_x,
                                const Vector& normal_y, const lanes::Mask<Vector>& here) {
  const Vector arm_x = number<Vector>(at, pack::kPoints + pack::kArmX),
               arm_y = number<Vector>(at, pack::kPoints + pack::kArmY);
  const Vector speed_x = body.x - body.spin * arm_y, speed_y = body.y + body.spin * arm_x;
  const Vector along = speed_x * normal_x + speed_y * normal_y;
  const Vector old = number<Vector>(at, pack::kPoints + pack::kNormalImpulse);
  const Vector now = select<Vector>(
      here, max(old - number<Vector>(at, pack::kPoints + pack::kNormalMass) * along, Vector{}), old);
  put_number<Vector>(at, pack::kPoints + pack::kNormalImpulse, now);
  const Vector impulse = now - old;
  if (is_nothing<Vector>(impulse)) {
    return push<Vector>(at, body, arm_x, arm_y, Vector{} * normal_x, Vector{} * normal_y);
  }
  push<Vector>(at, body, arm_x, arm_y, impulse * normal_x, impulse * normal_y);
}

// Two points at once: the first of the four cases of which both impulses push and no point sinks in.
template <class Vector>
PLYO_LANES void solve_two_points(float* at, Motion<Vector>& body, const Vector& normal_x,
                                 const Vector& normal_y, const lanes::Mask<Vector>& here) {
  constexpr std::size_t kFirst = pack::kPoints, kSecond = pack::kPoints + pack::kPointNumbers;
  const Vector zero = Vector{};
  const Vector arm1_x = number<Vector>(at, kFirst + pack::kArmX),
               arm1_y = number<Vector>(at, kFirst + pack::kArmY);
  const Vector arm2_x = number<Vector>(at, kSecond + pack::kArmX),
               arm2_y = number<Vector>(at, kSecond + pack::kArmY);
  const Vector old1 = number<Vector>(at, kFirst + pack::kNormalImpulse),
               old2 = number<Vector>(at, kSecond + pack::kNormalImpulse);
  const Vector k11 = number<Vector>(at, pack::kK11), k12 = number<Vector>(at, pack::kK12),
               k22 = number<Vector>(at, pack::kK22);
  const Vector speed1_x = body.x - body.spin * arm1_y, speed1_y = body.y + body.spin * arm1_x;
  const Vector speed2_x = body.x - body.spin * arm2_y, speed2_y = body.y + body.spin * arm2_x;
  const Vector along1 = speed1_x * normal_x + speed1_y * normal_y;
  const Vector along2 = speed2_x * normal_x + speed2_y * normal_y;
  const Vector b1 = along1 - (k11 * old1 + k12 * old2), b2 = along2 - (k12 * old1 + k22 * old2);

  const Vector i12 = number<Vector>(at, pack::kInverse12);
  const Vector both1 = -(number<Vector>(at, pack::kInverse11) * b1 + i12 * b2);
  const Vector both2 = -(i12 * b1 + number<Vector>(at, pack::kInverse22) * b2);
  const Vector only1 = -number<Vector>(at, kFirst + pack::kNormalMass) * b1;
  const Vector only2 = -number<Vector>(at, kSecond + pack::kNormalMass) * b2;
  const auto case1 = both(both1 >= zero, both2 >= zero);
  const auto case2 = both(only1 >= zero, k12 * only1 + b2 >= zero);
  const auto case3 = both(only2 >= zero, k12 * only2 + b1 >= zero);
  const auto case4 = both(b1 >= zero, b2 >= zero);
  Vector now1 = select<Vector>(case4, zero, old1), now2 = select<Vector>(case4, zero, old2);
  now1 = select<Vector>(case3, zero, now1);
  now2 = select<Vector>(case3, only2, now2);
  now1 = select<Vector>(case2, only1, now1);
  now2 = select<Vector>(case2, zero, now2);
  now1 = select<Vector>(here, select<Vector>(case1, both1, now1), old1);
  now2 = select<Vector>(here, select<Vector>(case1, both2, now2), old2);
  put_number<Vector>(at, kFirst + pack::kNormalImpulse, now1);
  put_number<Vector>(at, kSecond + pack::kNormalImpulse, now2);

  const Vector d1 = now1 - old1, d2 = now2 - old2;
  const Vector p1x = d1 * normal_x, p1y = d1 * normal_y, p2x = d2 * normal_x, p2y = d2 * normal_y;
  const Vector mass = number<Vector>(at, pack::kMass);
  body.x = body.x + mass * (p1x + p2x);
  body.y = body.y + mass * (p1y + p2y);
  body.spin = body.spin + number<Vector>(at, pack::kInertia) *
                              ((arm1_x * p1y - arm1_y * p1x) + (arm2_x * p2y - arm2_y * p2x));
}

template <class Vector>
PLYO_LANES void solve_contact(float* at, Motion<Vector>& body, std::uint8_t points) {
  const Vector normal_x = number<Vector>(at, pack::kNormalX), normal_y = number<Vector>(at, pack::kNormalY);
  const Vector num_points = number<Vector>(at, pack::kNumPoints);
  const Vector limit = broadcast<Vector>(1.5F);
  solve_friction<0, Vector>(at, body, normal_x, normal_y);
  if (points != 1) solve_friction<1, Vector>(at, body, normal_x, normal_y);
  if (points != 2) solve_one_point<Vector>(at, body, normal_x, normal_y, num_points < limit);
  if (points != 1) solve_two_points<Vector>(at, body, normal_x, normal_y, num_points > limit);
}

// ---- a whole linkage ----

// `taken` gets what the round takes from the joints' impulses.
template <const Linkage& kLinkage, std::size_t kJoint, class Vector>
PLYO_LANES void solve_joints(float* numbers, Motion<Vector>* bodies, const bool* has_limits,
                             Taken<Vector>* taken) {
  if constexpr (kJoint < kLinkage.joints) {
    taken[kJoint] =
        solve_joint<Vector>(numbers + pack::joint_at(kLinkage, kJoint) * lanes::kLanesOf<Vector>,
                            bodies[kLinkage.a[kJoint]], bodies[kLinkage.b[kJoint]], has_limits[kJoint]);
    solve_joints<kLinkage, kJoint + 1, Vector>(numbers, bodies, has_limits, taken);
  }
}

// A contact of one body: which it is decides at run time, but the body's velocity stays in registers.
template <const Linkage& kLinkage, std::size_t kBody, class Vector>
PLYO_LANES void solve_contact_of(float* at, Motion<Vector>* bodies, std::uint8_t body, std::uint8_t points) {
  if constexpr (kBody < kLinkage.bodies) {
    if (body == kBody) {
      solve_contact<Vector>(at, bodies[kBody], points);
    } else {
      solve_contact_of<kLinkage, kBody + 1, Vector>(at, bodies, body, points);
    }
  }
}

template <const Linkage& kLinkage, class Vector>
PLYO_LANES void solve_contacts(float* numbers, Motion<Vector>* bodies, const PackShape& shape) {
  for (std::size_t c = 0; c < shape.num_contacts; ++c) {
    float* const at = numbers + pack::contact_at(kLinkage, c) * lanes::kLanesOf<Vector>;
    solve_contact_of<kLinkage, 0, Vector>(at, bodies, shape.bodies[c], shape.points[c]);
  }
}

template <const Linkage& kLinkage, class Vector>
PLYO_LANES void take_motions(const float* numbers, Motion<Vector>* bodies) {
  for (std::size_t b = 0; b < kLinkage.bodies; ++b) {
    bodies[b] = {number<Vector>(numbers, pack::kVelocity * b),
                 number<Vector>(numbers, pack::kVelocity * b + 1),
                 number<Vector>(numbers, pack::kVelocity * b + 2)};
  }
}
template <const Linkage& kLinkage, class Vector>
PLYO_LANES void put_motions(float* numbers, const Motion<Vector>* bodies) {
  for (std::size_t b = 0; b < kLinkage.bodies; ++b) {
    put_number<Vector>(numbers, pack::kVelocity * b, bodies[b].x);
    put_number<Vector>(numbers, pack::kVelocity * b + 1, bodies[b].y);
    put_number<Vector>(numbers, pack::kVelocity * b + 2, bodies[b].spin);
  }
}

// Which joints are at a limit in any lane.
template <const Linkage& kLinkage, class Vector>
PLYO_LANES void find_limits(const float* numbers, bool* has_limits) {
  for (std::size_t j = 0; j < kLinkage.joints; ++j) {
    const float* const at = numbers + pack::joint_at(kLinkage, j) * lanes::kLanesOf<Vector>;
    const Vector limit = number<Vector>(at, pack::kLimit);
    has_limits[j] = any(either(limit<Vector{}, limit> Vector{}));
  }
}

template <const Linkage& kLinkage, class Vector>
PLYO_LANES void iterate(float* numbers, const PackShape& shape, std::size_t iterations) {
  Motion<Vector> bodies[kLinkage.bodies];
  take_motions<kLinkage, Vector>(numbers, bodies);
  bool has_limits[kLinkage.joints];
  find_limits<kLinkage, Vector>(numbers, has_limits);
  for (std::size_t i = 0; i < iterations; ++i) {
    Taken<Vector> taken[kLinkage.joints];
    solve_joints<kLinkage, 0, Vector>(numbers, bodies, has_limits, taken);
    solve_contacts<kLinkage, Vector>(numbers, bodies, shape);
  }
  put_motions<kLinkage, Vector>(numbers, bodies);
}

template <const Linkage& kLinkage>
PLYO_LANES_ENTRY void solve(float* numbers, const PackShape& shape, std::size_t iterations) {
  iterate<kLinkage, lanes::Vector<float, kFloats>>(numbers, shape, iterations);
}

PLYO_LANES_ENTRY void solve_contacts_of_body(float* numbers, const PackShape& shape, std::size_t iterations) {
  using Vector = lanes::Vector<float, kFloats>;
  Motion<Vector> body{number<Vector>(numbers, 0), number<Vector>(numbers, 1), number<Vector>(numbers, 2)};
  for (std::size_t i = 0; i < iterations; ++i) {
    for (std::size_t c = 0; c < shape.num_contacts; ++c) {
      solve_contact<Vector>(numbers + pack::contact_alone_at(c) * kFloats, body, shape.points[c]);
    }
  }
  put_number<Vector>(numbers, 0, body.x);
  put_number<Vector>(numbers, 1, body.y);
  put_number<Vector>(numbers, 2, body.spin);
}

template <const Linkage& kLinkage>
constexpr VelocityKernels kTable{.width = kFloats,
                                 .solve = &solve<kLinkage>,
                                 .solve_one = &solve_single<kLinkage>,
                                 .solve_contacts = &solve_contacts_of_body};
