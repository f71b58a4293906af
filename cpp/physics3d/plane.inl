// Mechanisms that move in the xz plane only, such as HalfCheetah, Hopper and Walker2d: three quarters of the
// numbers in their vectors and matrices are zeros. Functions over a Shape read numbers through the functions
// below, which give zeros that the compiler knows: it leaves out what is multiplied by them (pack_kernels.cpp
// is compiled without regard for signs of zeros, and for infinities). What is left is done in the same order,
// so that no bit changes.
//
// They read and write number by number: GCC copies a whole struct in wider pieces, which wait until the numbers
// that were written just before are in the cache, or by a string instruction, which takes long to start.

enum class Shape : std::uint8_t { kAny, kPlane };

template <Shape kShape, class V>
PLYO_LANES Vec3<V> seen(const Vec3<V>& v) {
  if constexpr (kShape == Shape::kAny) return {v.x, v.y, v.z};
  return {v.x, V{}, v.z};
}
template <Shape kShape, class V>
PLYO_LANES Quat<V> seen(const Quat<V>& q) {
  if constexpr (kShape == Shape::kAny) return {q.w, q.x, q.y, q.z};
  return {q.w, V{}, q.y, V{}};
}
template <Shape kShape, class V>
PLYO_LANES Mat3<V> seen(const Mat3<V>& m) {
  if constexpr (kShape == Shape::kAny)
    return {{m.at[0], m.at[1], m.at[2], m.at[3], m.at[4], m.at[5], m.at[6], m.at[7], m.at[8]}};
  return {{m.at[0], V{}, m.at[2], V{}, m.at[4], V{}, m.at[6], V{}, m.at[8]}};
}
// Velocities, accelerations, motions and forces: about the y axis, and along x and z.
template <Shape kShape, class V>
PLYO_LANES Spatial<V> seen(const Spatial<V>& s) {
  if constexpr (kShape == Shape::kAny) return {{s.at[0], s.at[1], s.at[2], s.at[3], s.at[4], s.at[5]}};
  return {{V{}, s.at[1], V{}, s.at[3], V{}, s.at[5]}};
}
template <Shape kShape, class V>
PLYO_LANES Inertia<V> seen(const Inertia<V>& i) {
  if constexpr (kShape == Shape::kAny)
    return {{i.at[0], i.at[1], i.at[2], i.at[3], i.at[4], i.at[5], i.at[6], i.at[7], i.at[8], i.at[9]}};
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

// Whether a model's vector is zero, and a quaternion no rotation: what they are added or applied to stays as it is.
PLYO_LANES bool is_nothing(const Vec3<double>& v) { return v.x == 0 && v.y == 0 && v.z == 0; }
PLYO_LANES bool is_nothing(const Quat<double>& q) { return q.w == 1 && q.x == 0 && q.y == 0 && q.z == 0; }

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
// Writes some numbers of an array one by one.
template <std::size_t... kPlaces, class V>
PLYO_LANES void put_numbers(V* to, const V* from, std::index_sequence<kPlaces...>) {
  ((to[kPlaces] = from[kPlaces]), ...);
}
template <Shape kShape, class V>
PLYO_LANES void put(Mat3<V>& to, const Mat3<V>& m) {
  if constexpr (kShape == Shape::kAny) return put_numbers(to.at, m.at, std::make_index_sequence<9>());
  put_numbers(to.at, m.at, std::index_sequence<0, 2, 4, 6, 8>());
}
template <Shape kShape, class V>
PLYO_LANES void put(Spatial<V>& to, const Spatial<V>& s) {
  if constexpr (kShape == Shape::kAny) return put_numbers(to.at, s.at, std::make_index_sequence<6>());
  put_numbers(to.at, s.at, std::index_sequence<1, 3, 5>());
}
template <Shape kShape, class V>
PLYO_LANES void put(Inertia<V>& to, const Inertia<V>& i) {
  if constexpr (kShape == Shape::kAny) return put_numbers(to.at, i.at, std::make_index_sequence<10>());
  put_numbers(to.at, i.at, std::index_sequence<0, 1, 2, 4, 6, 8, 9>());
}
