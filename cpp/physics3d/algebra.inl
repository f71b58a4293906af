// Vectors, quaternions, matrices and spatial vectors with a number in each lane, in MuJoCo's order of
// operations. Included for each instruction set by step_kernels.inl.

template <class V>
struct Vec3 {
  V x, y, z;
};

template <class V>
struct Quat {
  V w, x, y, z;
};

// By rows.
template <class V>
struct Mat3 {
  V at[9];
};

// A rotational and a translational part.
template <class V>
struct Spatial {
  V at[6];
};

// Inertia about a point: the matrix (xx, yy, zz, xy, xz, yz), the mass times the centre's offset, and the
// mass.
template <class V>
struct Inertia {
  V at[10];
};

// The number in one lane.
template <class V>
PLYO_LANES double& lane(V& vector, std::size_t l) {
  return reinterpret_cast<double*>(&vector)[l];
}
template <class V>
PLYO_LANES double lane(const V& vector, std::size_t l) {
  return reinterpret_cast<const double*>(&vector)[l];
}

// The lanes in which a condition holds, one a bit.
template <class V>
PLYO_LANES LaneMask bits_of(const lanes::Mask<V>& mask) {
  if constexpr (lanes::kLanesOf<V> == 1) {
    return mask ? 1 : 0;
  } else {
    LaneMask bits = 0;
    for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) bits |= static_cast<LaneMask>(mask[l] & 1) << l;
    return bits;
  }
}
// A condition that holds nowhere.
template <class V>
PLYO_LANES lanes::Mask<V> nowhere() {
  return V{} != V{};
}

template <class V>
PLYO_LANES V broadcast_to(double number) {
  return broadcast<V>(number);
}
template <class V>
PLYO_LANES V abs(const V& x) {
  return select<V>(x < V{}, -x, x);
}
template <class V>
PLYO_LANES V clamp(const V& x, double low, double high) {
  const V least = broadcast<V>(low), most = broadcast<V>(high);
  return select<V>(x < least, least, select<V>(x > most, most, x));
}

template <class V>
PLYO_LANES Vec3<V> broadcast_vec(const Vec3<double>& v) {
  return {broadcast<V>(v.x), broadcast<V>(v.y), broadcast<V>(v.z)};
}
template <class V>
PLYO_LANES Vec3<V> broadcast_vec(const double* v) {
  return {broadcast<V>(v[0]), broadcast<V>(v[1]), broadcast<V>(v[2])};
}
template <class V>
PLYO_LANES Quat<V> broadcast_quat(const Quat<double>& q) {
  return {broadcast<V>(q.w), broadcast<V>(q.x), broadcast<V>(q.y), broadcast<V>(q.z)};
}

template <class V>
PLYO_LANES Vec3<V> operator+(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class V>
PLYO_LANES Vec3<V> operator-(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class V>
PLYO_LANES Vec3<V> operator*(const Vec3<V>& a, const V& factor) {
  return {a.x * factor, a.y * factor, a.z * factor};
}
template <class V>
PLYO_LANES V dot(const Vec3<V>& a, const Vec3<V>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class V>
PLYO_LANES Vec3<V> cross(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

// A vector of length 1, or (1, 0, 0) for one that is too short.
template <class V>
PLYO_LANES Vec3<V> normalized(const Vec3<V>& v, V* length = nullptr) {
  const V norm = sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
  const auto is_short = norm < broadcast<V>(kLeast);
  const V inverse = 1.0 / norm;
  if (length != nullptr) *length = norm;
  return {select<V>(is_short, broadcast<V>(1.0), v.x * inverse), select<V>(is_short, V{}, v.y * inverse),
          select<V>(is_short, V{}, v.z * inverse)};
}

// Of a vector in each lane, or the same in all.
template <class V, class Number>
PLYO_LANES Vec3<V> rotated(const Mat3<V>& m, const Vec3<Number>& v) {
  return {m.at[0] * v.x + m.at[1] * v.y + m.at[2] * v.z, m.at[3] * v.x + m.at[4] * v.y + m.at[5] * v.z,
          m.at[6] * v.x + m.at[7] * v.y + m.at[8] * v.z};
}
// By the inverse of a rotation.
template <class V>
PLYO_LANES Vec3<V> rotated_back(const Mat3<V>& m, const Vec3<V>& v) {
  return {m.at[0] * v.x + m.at[3] * v.y + m.at[6] * v.z, m.at[1] * v.x + m.at[4] * v.y + m.at[7] * v.z,
          m.at[2] * v.x + m.at[5] * v.y + m.at[8] * v.z};
}
template <class V>
PLYO_LANES Vec3<V> column(const Mat3<V>& m, std::size_t k) {
  return {m.at[k], m.at[3 + k], m.at[6 + k]};
}

template <class V>
PLYO_LANES Quat<V> product(const Dialect& dialect, const Quat<V>& a, const Quat<V>& b) {
  if (dialect.adds_in_pairs) {
    return {(a.w * b.w - a.x * b.x) + (-(a.y * b.y) - a.z * b.z),
            (a.w * b.x + a.x * b.w) + (a.y * b.z - a.z * b.y),
            (a.w * b.y - a.x * b.z) + (a.y * b.w + a.z * b.x),
            (a.w * b.z + a.x * b.y) + (-(a.y * b.x) + a.z * b.w)};
  }
  return {a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z, a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
          a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x, a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w};
}

template <class V>
PLYO_LANES Vec3<V> rotated(const Quat<V>& q, const Vec3<double>& v) {
  const double x = v.x, y = v.y, z = v.z;
  const Vec3<V> t{q.w * x + q.y * z - q.z * y, q.w * y + q.z * x - q.x * z, q.w * z + q.x * y - q.y * x};
  return {x + 2.0 * (q.y * t.z - q.z * t.y), y + 2.0 * (q.z * t.x - q.x * t.z),
          z + 2.0 * (q.x * t.y - q.y * t.x)};
}

// A quaternion whose length is not 1 up to rounding gets that length; (1, 0, 0, 0) if it is too short.
template <class V>
PLYO_LANES Quat<V> normalized(const Dialect& dialect, const Quat<V>& q) {
  const V squares = dialect.adds_in_pairs ? (q.w * q.w + q.x * q.x) + (q.y * q.y + q.z * q.z)
                                          : q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z;
  const V norm = sqrt(squares);
  const auto is_off = abs<V>(norm - 1.0) > broadcast<V>(kLeast);
  if (!any(is_off)) return {q.w, q.x, q.y, q.z};
  const auto is_short = norm < broadcast<V>(kLeast);
  const V inverse = 1.0 / norm;
  const V zero{};
  return {select<V>(is_short, broadcast<V>(1.0), select<V>(is_off, q.w * inverse, q.w)),
          select<V>(is_short, zero, select<V>(is_off, q.x * inverse, q.x)),
          select<V>(is_short, zero, select<V>(is_off, q.y * inverse, q.y)),
          select<V>(is_short, zero, select<V>(is_off, q.z * inverse, q.z))};
}

template <class V>
PLYO_LANES Mat3<V> matrix_of(const Dialect& dialect, const Quat<V>& q) {
  const V ww = q.w * q.w, wx = q.w * q.x, wy = q.w * q.y, wz = q.w * q.z, xx = q.x * q.x, xy = q.x * q.y;
  const V xz = q.x * q.z, yy = q.y * q.y, yz = q.y * q.z, zz = q.z * q.z;
  Mat3<V> m;
  if (dialect.adds_in_pairs) {
    m.at[0] = (ww - yy) + (xx - zz);
    m.at[4] = (ww + yy) - (xx + zz);
    m.at[8] = (ww - yy) - (xx - zz);
  } else {
    m.at[0] = ww + xx - yy - zz;
    m.at[4] = ww - xx + yy - zz;
    m.at[8] = ww - xx - yy + zz;
  }
  m.at[1] = 2.0 * (xy - wz);
  m.at[2] = 2.0 * (xz + wy);
  m.at[3] = 2.0 * (xy + wz);
  m.at[5] = 2.0 * (yz - wx);
  m.at[6] = 2.0 * (xz - wy);
  m.at[7] = 2.0 * (yz + wx);
  return m;
}

// The platform's own functions, as MuJoCo calls them.
template <class V>
PLYO_LANES void sine_cosine(const V& x, V& sine, V& cosine) {
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    lane(sine, l) = std::sin(lane(x, l));
    lane(cosine, l) = std::cos(lane(x, l));
  }
}

template <class V>
PLYO_LANES V dot(const Spatial<V>& a, const Spatial<V>& b) {
  return ((a.at[0] * b.at[0] + a.at[2] * b.at[2]) + (a.at[1] * b.at[1] + a.at[3] * b.at[3])) +
         (a.at[4] * b.at[4] + a.at[5] * b.at[5]);
}

template <class V>
PLYO_LANES Spatial<V> operator*(const Inertia<V>& inertia, const Spatial<V>& velocity) {
  const V* const i = inertia.at;
  const V* const v = velocity.at;
  return {{i[0] * v[0] + i[3] * v[1] + i[4] * v[2] - i[8] * v[4] + i[7] * v[5],
           i[3] * v[0] + i[1] * v[1] + i[5] * v[2] + i[8] * v[3] - i[6] * v[5],
           i[4] * v[0] + i[5] * v[1] + i[2] * v[2] - i[7] * v[3] + i[6] * v[4],
           i[8] * v[1] - i[7] * v[2] + i[9] * v[3], i[6] * v[2] - i[8] * v[0] + i[9] * v[4],
           i[7] * v[0] - i[6] * v[1] + i[9] * v[5]}};
}

template <class V>
PLYO_LANES Spatial<V> cross_motion(const Spatial<V>& by, const Spatial<V>& motion) {
  const V* const w = by.at;
  const V* const v = motion.at;
  return {{-w[2] * v[1] + w[1] * v[2], w[2] * v[0] - w[0] * v[2], -w[1] * v[0] + w[0] * v[1],
           (-w[2] * v[4] + w[1] * v[5]) + (-w[5] * v[1] + w[4] * v[2]),
           (w[2] * v[3] - w[0] * v[5]) + (w[5] * v[0] - w[3] * v[2]),
           (-w[1] * v[3] + w[0] * v[4]) + (-w[4] * v[0] + w[3] * v[1])}};
}

template <class V>
PLYO_LANES Spatial<V> cross_force(const Spatial<V>& by, const Spatial<V>& force) {
  const V* const w = by.at;
  const V* const f = force.at;
  return {{(-w[2] * f[1] + w[1] * f[2]) + (-w[5] * f[4] + w[4] * f[5]),
           (w[2] * f[0] - w[0] * f[2]) + (w[5] * f[3] - w[3] * f[5]),
           (-w[1] * f[0] + w[0] * f[1]) + (-w[4] * f[3] + w[3] * f[4]), -w[2] * f[4] + w[1] * f[5],
           w[2] * f[3] - w[0] * f[5], -w[1] * f[3] + w[0] * f[4]}};
}

template <class V>
PLYO_LANES Spatial<V> operator+(const Spatial<V>& a, const Spatial<V>& b) {
  Spatial<V> sum;
  for (std::size_t k = 0; k < 6; ++k) sum.at[k] = a.at[k] + b.at[k];
  return sum;
}
template <class V>
PLYO_LANES Spatial<V> operator*(const Spatial<V>& a, const V& factor) {
  Spatial<V> scaled;
  for (std::size_t k = 0; k < 6; ++k) scaled.at[k] = a.at[k] * factor;
  return scaled;
}

// What is left over of a dot product in MuJoCo's order.
template <class V>
PLYO_LANES V dot_rest(const V* a, const V* b, std::size_t n, const V& sum) {
  switch (n) {
    case 3:
      return sum + ((a[0] * b[0] + a[1] * b[1]) + a[2] * b[2]);
    case 2:
      return sum + (a[0] * b[0] + a[1] * b[1]);
    case 1:
      return sum + a[0] * b[0];
    default:
      return sum;
  }
}

// A dot product in MuJoCo's order: four sums, those of numbers 4k + 0..3, and what is left over on its own.
template <class V>
PLYO_LANES_STAGE V dot(const V* a, const V* b, std::size_t n) {
  std::size_t i = 0;
  V sum{};
  if (n >= 4) {
    V s0 = a[0] * b[0], s1 = a[1] * b[1], s2 = a[2] * b[2], s3 = a[3] * b[3];
    for (i = 4; i + 4 <= n; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    sum = (s0 + s2) + (s1 + s3);
  }
  return dot_rest(a + i, b + i, n - i, sum);
}

// The dot products of two vectors with the same third one, which is then read once.
template <class V>
struct TwoDots {
  V first, second;
};
template <class V>
PLYO_LANES_STAGE TwoDots<V> two_dots(const V* a, const V* b, const V* x, std::size_t n) {
  std::size_t i = 0;
  V first{}, second{};
  if (n >= 4) {
    V p0 = a[0] * x[0], p1 = a[1] * x[1], p2 = a[2] * x[2], p3 = a[3] * x[3];
    V q0 = b[0] * x[0], q1 = b[1] * x[1], q2 = b[2] * x[2], q3 = b[3] * x[3];
    for (i = 4; i + 4 <= n; i += 4) {
      const V x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
      p0 += a[i] * x0;
      q0 += b[i] * x0;
      p1 += a[i + 1] * x1;
      q1 += b[i + 1] * x1;
      p2 += a[i + 2] * x2;
      q2 += b[i + 2] * x2;
      p3 += a[i + 3] * x3;
      q3 += b[i + 3] * x3;
    }
    first = (p0 + p2) + (p1 + p3);
    second = (q0 + q2) + (q1 + q3);
  }
  return {dot_rest(a + i, x + i, n - i, first), dot_rest(b + i, x + i, n - i, second)};
}
