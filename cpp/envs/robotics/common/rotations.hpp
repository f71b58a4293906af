// Rotations as Gymnasium-Robotics computes them: the order of the operations decides the last bits.
// Quaternions have their real part first. Euler angles are about x, y and z, each in the frame that the one
// before has turned.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../mujoco/common/mujoco_task.hpp"

namespace PLYO_ENVS {

using Vector3 = std::array<double, 3>;
using Quaternion = std::array<double, 4>;
using Matrix3 = std::array<double, 9>;

// Divides by np.linalg.norm.
template <std::size_t kSize>
void normalise(const Model& model, std::array<double, kSize>& vector) {
  double plain[kSize];
  for (std::size_t i = 0; i < kSize; ++i) plain[i] = vector[i];
  const double length = norm(model, plain);
  for (double& number : vector) number /= length;
}

inline Quaternion about_axis(const Model& model, double angle, Vector3 axis) {
  normalise(model, axis);
  const double sine = std::sin(angle / 2.0);
  Quaternion turn{std::cos(angle / 2.0), sine * axis[0], sine * axis[1], sine * axis[2]};
  normalise(model, turn);
  return turn;
}

inline Quaternion product(const Quaternion& a, const Quaternion& b) {
  return {a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
          a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
          a[0] * b[2] + a[2] * b[0] + a[3] * b[1] - a[1] * b[3],
          a[0] * b[3] + a[3] * b[0] + a[1] * b[2] - a[2] * b[1]};
}

inline Quaternion conjugate(const Quaternion& q) { return {q[0], -q[1], -q[2], -q[3]}; }

// The angle between two orientations, in rad.
inline double angle_between(const Quaternion& a, const Quaternion& b) {
  return 2.0 * std::acos(Writer::clip(product(a, conjugate(b))[0], -1.0, 1.0));
}

inline Vector3 to_euler(const Matrix3& m) {
  const double cosine = std::sqrt(m[8] * m[8] + m[5] * m[5]);
  const bool is_regular = cosine > 4.0 * std::numeric_limits<double>::epsilon();
  return {is_regular ? -std::atan2(m[5], m[8]) : 0.0, -std::atan2(-m[2], cosine),
          is_regular ? -std::atan2(m[1], m[0]) : -std::atan2(-m[3], m[4])};
}

inline Matrix3 to_matrix(const Quaternion& q) {
  const double square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  if (!(square > std::numeric_limits<double>::epsilon())) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const double s = 2.0 / square;
  const double x = q[1] * s, y = q[2] * s, z = q[3] * s;
  const double wx = q[0] * x, wy = q[0] * y, wz = q[0] * z;
  const double xx = q[1] * x, xy = q[1] * y, xz = q[1] * z;
  const double yy = q[2] * y, yz = q[2] * z, zz = q[3] * z;
  return {1.0 - (yy + zz), xy - wz, xz + wy, xy + wz,        1.0 - (xx + zz),
          yz - wx,         xz - wy, yz + wx, 1.0 - (xx + yy)};
}

inline Matrix3 to_matrix(const Vector3& euler) {
  const double si = std::sin(-euler[2]), sj = std::sin(-euler[1]), sk = std::sin(-euler[0]);
  const double ci = std::cos(-euler[2]), cj = std::cos(-euler[1]), ck = std::cos(-euler[0]);
  const double cc = ci * ck, cs = ci * sk, sc = si * ck, ss = si * sk;
  return {cj * ci, cj * si, -sj, sj * cs - sc, sj * ss + cc, cj * sk, sj * cc + ss, sj * sc - cs, cj * ck};
}

inline Quaternion to_quaternion(const Vector3& euler) {
  const double ai = euler[2] / 2.0, aj = -euler[1] / 2.0, ak = euler[0] / 2.0;
  const double si = std::sin(ai), sj = std::sin(aj), sk = std::sin(ak);
  const double ci = std::cos(ai), cj = std::cos(aj), ck = std::cos(ak);
  const double cc = ci * ck, cs = ci * sk, sc = si * ck, ss = si * sk;
  return {cj * cc + sj * ss, cj * cs - sj * sc, -(cj * ss + sj * cc), cj * sc - sj * cs};
}

// The 24 orientations of a cube whose faces are parallel to the axes, in the order in which
// Gymnasium-Robotics finds them.
inline std::vector<Quaternion> parallel_orientations() {
  constexpr double kQuarter = math::kPi / 2;
  constexpr double kTurns[] = {0, kQuarter, -kQuarter, math::kPi};
  std::vector<Vector3> found;
  const auto add = [&found](const Vector3& euler) {
    Vector3 quarters = to_euler(to_matrix(euler));
    for (double& angle : quarters) angle = std::nearbyint(angle / kQuarter);
    for (const std::size_t i : {0, 2}) {
      if (quarters[i] == -2) quarters[i] = 2;
    }
    for (double& angle : quarters) angle *= kQuarter;
    for (const Vector3& other : found) {
      if (other == quarters) return;
    }
    found.push_back(quarters);
  };
  for (const double x : kTurns) {
    for (const double y : kTurns) {
      for (const double z : kTurns) add({x, y, z});
    }
  }
  std::vector<Quaternion> turns;
  turns.reserve(found.size());
  for (const Vector3& euler : found) turns.push_back(to_quaternion(euler));
  return turns;
}

}  // namespace PLYO_ENVS
