// Mechanisms that move in the xz plane only, such as HalfCheetah, Hopper and Walker2d: three quarters of the
// numbers in their vectors and matrices are zeros. Functions over a Shape read numbers through the functions
// below, which give zeros that the compiler knows: it leaves out what is multiplied by them (pack_kernels.cpp
// is compiled without regard for signs of zeros, and for infinities). What is left is done in the same order,
// so that no bit changes.

enum class Shape : std::uint8_t { kAny, kPlane };

template <Shape kShape, class V>
PLYO_LANES Vec3<V> seen(const Vec3<V>& v) {
  if constexpr (kShape == Shape::kAny) return v;
  return {v.x, V{}, v.z};
}
template <Shape kShape, class V>
PLYO_LANES Quat<V> seen(const Quat<V>& q) {
  if constexpr (kShape == Shape::kAny) return q;
  return {q.w, V{}, q.y, V{}};
}
template <Shape kShape, class V>
PLYO_LANES Mat3<V> seen(const Mat3<V>& m) {
  if constexpr (kShape == Shape::kAny) return m;
  return {{m.at[0], V{}, m.at[2], V{}, m.at[4], V{}, m.at[6], V{}, m.at[8]}};
}
// Velocities, accelerations, motions and forces: about the y axis, and along x and z.
template <Shape kShape, class V>
PLYO_LANES Spatial<V> seen(const Spatial<V>& s) {
  if constexpr (kShape == Shape::kAny) return s;
  return {{V{}, s.at[1], V{}, s.at[3], V{}, s.at[5]}};
}
template <Shape kShape, class V>
PLYO_LANES Inertia<V> seen(const Inertia<V>& i) {
  if constexpr (kShape == Shape::kAny) return i;
  return {{i.at[0], i.at[1], i.at[2], V{}, i.at[4], V{}, i.at[6], V{}, i.at[8], i.at[9]}};
}

// The same of a model's numbers; an axis is the y axis of a hinge, or in the plane.
template <Shape kShape>
PLYO_LANES Vec3<double> vector_of(const double* v) {
  if constexpr (kShape == Shape::kAny) return {v[0], v[1], v[2]};
  return {v[0], 0.0, v[2]};
}
template <Shape kShape>
PLYO_LANES Vec3<double> hinge_axis_of(const double* v) {
  if constexpr (kShape == Shape::kAny) return {v[0], v[1], v[2]};
  return {0.0, v[1], 0.0};
}
template <Shape kShape>
PLYO_LANES Quat<double> quaternion_of(const double* q) {
  if constexpr (kShape == Shape::kAny) return {q[0], q[1], q[2], q[3]};
  return {q[0], 0.0, q[2], 0.0};
}

// Writes what is seen; the memory of the rest is zero.
template <Shape kShape, class V>
PLYO_LANES void put(Vec3<V>& to, const Vec3<V>& v) {
  to.x = v.x;
  if constexpr (kShape == Shape::kAny) to.y = v.y;
  to.z = v.z;
}
template <Shape kShape, class V>
PLYO_LANES void put(Quat<V>& to, const Quat<V>& q) {
  to.w = q.w;
  if constexpr (kShape == Shape::kAny) to.x = q.x;
  to.y = q.y;
  if constexpr (kShape == Shape::kAny) to.z = q.z;
}
template <Shape kShape, class V>
PLYO_LANES void put(Mat3<V>& to, const Mat3<V>& m) {
  for (std::size_t k = 0; k < 9; ++k) {
    if (kShape == Shape::kAny || k % 2 == 0) to.at[k] = m.at[k];
  }
}
template <Shape kShape, class V>
PLYO_LANES void put(Spatial<V>& to, const Spatial<V>& s) {
  for (std::size_t k = 0; k < 6; ++k) {
    if (kShape == Shape::kAny || k % 2 == 1) to.at[k] = s.at[k];
  }
}
template <Shape kShape, class V>
PLYO_LANES void put(Inertia<V>& to, const Inertia<V>& i) {
  for (std::size_t k = 0; k < 10; ++k) {
    if (kShape == Shape::kAny || (k != 3 && k != 5 && k != 7)) to.at[k] = i.at[k];
  }
}
