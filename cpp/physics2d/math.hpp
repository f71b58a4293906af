// Points, rotations and motions in the plane, in float32. Every function performs its operations in the order
// that Box2D 2.3 has them, so that results have its bits.
#pragma once

#include <cmath>

#include "../core/math.hpp"

namespace plyo::physics2d {

inline constexpr float kPi = 3.14159265359F;
inline constexpr float kEpsilon = 1.1920928955078125e-07F;  // of a float
inline constexpr float kMaxFloat = 3.402823466e+38F;

// `a` where the comparison holds, else `b`: one machine instruction each, and the operand order matters for
// zeros of both signs.
constexpr float min(float a, float b) { return a < b ? a : b; }
constexpr float max(float a, float b) { return a > b ? a : b; }
constexpr float clamp(float value, float low, float high) { return max(low, min(value, high)); }
constexpr float abs(float value) { return value > 0.0F ? value : -value; }

struct Vec2 {
  float x = 0, y = 0;

  constexpr Vec2 operator-() const { return {-x, -y}; }
  constexpr void operator+=(const Vec2& other) {
    x += other.x;
    y += other.y;
  }
  constexpr void operator-=(const Vec2& other) {
    x -= other.x;
    y -= other.y;
  }
  constexpr void operator*=(float scale) {
    x *= scale;
    y *= scale;
  }
  float length() const { return std::sqrt(x * x + y * y); }
  constexpr float length_squared() const { return x * x + y * y; }
  // Makes the length 1 and returns what it was; a shorter vector than kEpsilon stays, and 0 is returned.
  float normalize() {
    const float old = length();
    if (old < kEpsilon) return 0.0F;
    const float inverse = 1.0F / old;
    x *= inverse;
    y *= inverse;
    return old;
  }
};

constexpr Vec2 operator+(const Vec2& a, const Vec2& b) { return {a.x + b.x, a.y + b.y}; }
constexpr Vec2 operator-(const Vec2& a, const Vec2& b) { return {a.x - b.x, a.y - b.y}; }
constexpr Vec2 operator*(float scale, const Vec2& a) { return {scale * a.x, scale * a.y}; }
constexpr bool operator==(const Vec2& a, const Vec2& b) { return a.x == b.x && a.y == b.y; }

constexpr float dot(const Vec2& a, const Vec2& b) { return a.x * b.x + a.y * b.y; }
constexpr float cross(const Vec2& a, const Vec2& b) { return a.x * b.y - a.y * b.x; }
constexpr Vec2 cross(const Vec2& a, float s) { return {s * a.y, -s * a.x}; }
constexpr Vec2 cross(float s, const Vec2& a) { return {-s * a.y, s * a.x}; }
constexpr Vec2 min(const Vec2& a, const Vec2& b) { return {min(a.x, b.x), min(a.y, b.y)}; }
constexpr Vec2 max(const Vec2& a, const Vec2& b) { return {max(a.x, b.x), max(a.y, b.y)}; }

inline bool is_finite(const Vec2& v) { return std::isfinite(v.x) && std::isfinite(v.y); }

// The sine and cosine of an angle.
struct Rot {
  float s = 0, c = 1;
};

// The rotation by an angle in radians: with the platform's libm, as an installed Box2D has it, or with the
// arithmetic that has one result everywhere. Solvers take one of them as a RotationOf.
inline Rot platform_rotation(float angle) { return {std::sin(angle), std::cos(angle)}; }
inline Rot own_rotation(float angle) { return {plyo::math::sin(angle), plyo::math::cos(angle)}; }
using RotationOf = Rot (*)(float angle);

constexpr Vec2 rotate(const Rot& q, const Vec2& v) { return {q.c * v.x - q.s * v.y, q.s * v.x + q.c * v.y}; }
constexpr Vec2 rotate_back(const Rot& q, const Vec2& v) {
  return {q.c * v.x + q.s * v.y, -q.s * v.x + q.c * v.y};
}
// The rotation by `r` after the inverse of `q`.
constexpr Rot relative(const Rot& q, const Rot& r) { return {q.c * r.s - q.s * r.c, q.c * r.c + q.s * r.s}; }

// A place and a rotation.
struct Transform {
  Vec2 p;
  Rot q;
};

constexpr Vec2 apply(const Transform& transform, const Vec2& v) {
  const float x = (transform.q.c * v.x - transform.q.s * v.y) + transform.p.x;
  const float y = (transform.q.s * v.x + transform.q.c * v.y) + transform.p.y;
  return {x, y};
}
constexpr Vec2 apply_back(const Transform& transform, const Vec2& v) {
  const float x = v.x - transform.p.x, y = v.y - transform.p.y;
  return {transform.q.c * x + transform.q.s * y, -transform.q.s * x + transform.q.c * y};
}
// `b` as seen from `a`.
constexpr Transform relative(const Transform& a, const Transform& b) {
  return {rotate_back(a.q, b.p - a.p), relative(a.q, b.q)};
}

// The motion of a body in a step: its centre of mass and angle, from those at the fraction `alpha0` of the step
// to those at its end.
struct Sweep {
  Vec2 local_center;
  Vec2 c0, c;
  float a0 = 0, a = 0;
  float alpha0 = 0;

  // The body's transform at the fraction `beta` of the rest of the step.
  Transform transform_at(float beta, RotationOf rotation_of) const {
    Transform transform;
    transform.p = (1.0F - beta) * c0 + beta * c;
    const float angle = (1.0F - beta) * a0 + beta * a;
    transform.q = rotation_of(angle);
    transform.p -= rotate(transform.q, local_center);
    return transform;
  }
  // Moves the beginning to the fraction `alpha` of the step.
  void advance(float alpha) {
    const float beta = (alpha - alpha0) / (1.0F - alpha0);
    c0 = (1.0F - beta) * c0 + beta * c;
    a0 = (1.0F - beta) * a0 + beta * a;
    alpha0 = alpha;
  }
  // Brings the first angle into [0, 2 pi).
  void normalize() {
    constexpr float kTwoPi = 2.0F * kPi;
    const float turns = kTwoPi * std::floor(a0 / kTwoPi);
    a0 -= turns;
    a -= turns;
  }
};

}  // namespace plyo::physics2d
