// The constants of a model of rigid bodies that is stepped in vector lanes: a plain struct, filled by
// whoever has the model. It describes bodies in trees with hinge, slide and free joints, motors at joints,
// limits of joints, and capsules and spheres that touch one floor.
//
// Arrays have MuJoCo's names and layout (mjModel), so that each is a copy of the model's array. What MuJoCo
// mixes of two geoms, or computes anew in every step though it never changes, stands here mixed and
// computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plyo::physics3d {

// The largest model. `Model::fits()` says whether one is within.
inline constexpr std::size_t kMaxBodies = 16;  // the world counts
inline constexpr std::size_t kMaxJoints = 16;
inline constexpr std::size_t kMaxDofs = 16;
inline constexpr std::size_t kMaxPositions = 17;
inline constexpr std::size_t kMaxActuators = 16;
inline constexpr std::size_t kMaxSites = 4;
inline constexpr std::size_t kMaxTouching = 16;  // geoms that can touch the floor or one another
inline constexpr std::size_t kMaxNonzeros = kMaxDofs * (kMaxDofs + 1) / 2;  // of the inertia matrix
// The most that one lane may have in an evaluation; with more it escapes.
inline constexpr std::size_t kMaxLimits = 16;
inline constexpr std::size_t kMaxContacts = 12;
inline constexpr std::size_t kMaxRows = kMaxLimits + 4 * kMaxContacts;

enum class JointType : std::int32_t { kFree = 0, kSlide = 2, kHinge = 3 };  // mjtJoint's values
enum class SameFrame : std::uint8_t {
  kNone,
  kBody,
  kInertia,
  kBodyRotation,
  kInertiaRotation
};  // mjtSameFrame's
enum class Integrator : std::uint8_t { kEuler, kRungeKutta4 };

// The orders of operations that differ between releases of MuJoCo. As they are here: 4.0.0.
struct Dialect {
  // The four products of a component of a quaternion's product, and the squares of a norm, are added in
  // pairs; else one after the other.
  bool adds_in_pairs = true;
  // Back substitution with a Cholesky factor divides, and then subtracts from all earlier rows; else each
  // row subtracts a dot product, and divides.
  bool substitutes_forward = true;
  // The stages of a Runge-Kutta step correct the angular velocity of free joints (Munthe-Kaas).
  bool corrects_stages = true;
  // After a Runge-Kutta step `qacc` is the combined derivative; else the last stage's acceleration.
  bool combines_accelerations = true;
  // What the start of the solver costs is 1/2 d' M d, where d is how far it is from the accelerations without
  // constraints; else the sum of 1/2 (M a - f) d, in which M a and the forces f are rounded before they are
  // subtracted.
  bool weighs_difference = true;
};

// How a constraint gives way: the impedance is a function of the distance (solimp, with power 2), and
// stiffness and damping follow from solref.
struct Softness {
  double low = 0.9, high = 0.95;  // impedance at distance 0 and beyond `width`, within (0, 1)
  double width = 0.001;           // m or rad
  double middle = 0.5;            // where the two parabolas meet, as a part of the width
  double stiffness = 0;           // K of the reference acceleration, 1/s^2
  double damping = 0;             // B, 1/s

  // Those of a joint's or a contact's mixed solref (2 numbers) and solimp (the first 4 of 5), as MuJoCo
  // clamps them.
  static Softness of(const double* solref, const double* solimp, double timestep);
};

// The range of a hinge or slide joint.
struct Limit {
  std::int32_t position = 0, dof = 0;  // which number of qpos and qvel
  double low = 0, high = 0, margin = 0;
  double inverse_weight = 0;  // dof_invweight0
  Softness softness;
};

// A capsule or sphere that can touch the floor.
struct FloorGeom {
  std::int32_t geom = 0;      // its place in Model::geoms
  double radius = 0;          // m
  double half_length = 0;     // of a capsule, m
  bool is_capsule = false;    // has two ends that can touch
  double friction = 1;        // of both tangents, mixed
  double margin = 0;          // mixed, without gap, m
  double inverse_weight = 0;  // body_invweight0 of both bodies, translation, added
  Softness softness;
};

// Two geoms that may come near each other, and whose contact is not computed here: a lane in which they do
// escapes. Both are covered by capsules (or spheres, with length 0) about their centre and along their z
// axis.
struct OtherPair {
  std::int32_t first = 0, second = 0;                    // places in Model::geoms
  double first_half_length = 0, second_half_length = 0;  // m
  double reach = 0;                                      // both radii and the margin, m
};

struct Model {
  std::size_t nq = 0, nv = 0, nu = 0, nbody = 0, njnt = 0, nsite = 0, ntree = 0;

  // ---- options ----
  double timestep = 0.002;  // s
  double gravity[3] = {0, 0, -9.81};
  double wind[3] = {0, 0, 0};
  double density = 0, viscosity = 0;  // of the fluid about the bodies
  double tolerance = 1e-8, ls_tolerance = 0.01;
  std::int32_t iterations = 100, ls_iterations = 50;
  Integrator integrator = Integrator::kEuler;
  Dialect dialect;

  // ---- bodies: one number a body, three a vector, four a quaternion ----
  std::vector<std::int32_t> body_parentid, body_rootid, body_jntadr, body_jntnum, body_dofadr, body_dofnum;
  std::vector<std::uint8_t> body_sameframe;
  std::vector<double> body_pos, body_quat, body_ipos, body_iquat, body_mass, body_subtreemass, body_inertia;

  // ---- joints and degrees of freedom ----
  std::vector<std::int32_t> jnt_type, jnt_qposadr, jnt_dofadr;
  std::vector<double> jnt_pos, jnt_axis, jnt_stiffness;
  std::vector<double> qpos0, qpos_spring;
  std::vector<std::int32_t> dof_bodyid, dof_jntid, dof_parentid, dof_simplenum, dof_treeid;
  // NOLINTBEGIN(readability-identifier-naming): MuJoCo's names
  std::vector<double> dof_armature, dof_damping, dof_M0;
  std::vector<std::int32_t> M_rownnz, M_rowadr, M_colind;  // of the inertia matrix, lower triangle by rows
  // NOLINTEND(readability-identifier-naming)

  // ---- geoms that can touch something, in the model's order, and sites ----
  struct Placed {
    std::int32_t body = 0;
    std::uint8_t sameframe = 0;
    double pos[3] = {0, 0, 0}, quat[4] = {1, 0, 0, 0};
  };
  std::vector<Placed> geoms, sites;

  // ---- motors: force = gear * clamp(gain * clamp(ctrl)) ----
  struct Motor {
    std::int32_t dof = 0;
    double gain = 1, gear = 1;
    bool limits_control = false, limits_force = false;
    double control_low = 0, control_high = 0, force_low = 0, force_high = 0;
  };
  std::vector<Motor> motors;

  // ---- constraints ----
  std::vector<Limit> limits;           // in the order of joints
  std::vector<FloorGeom> floor_geoms;  // in the order of geoms
  std::vector<OtherPair> other_pairs;
  double floor_normal[3] = {0, 0, 1};    // third column of the plane's geom_xmat
  double floor_position[3] = {0, 0, 0};  // its geom_xpos

  // Null if a pack can step the model, else what is too large.
  const char* find_excess() const;
};

}  // namespace plyo::physics3d
