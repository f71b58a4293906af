// Steps several simulations of one model at once, one in each lane of vector registers, with the operations
// of MuJoCo's mj_step in MuJoCo's order: the numbers are the same, bit for bit (signs of zeros apart).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../core/isa.hpp"
#include "model.hpp"

namespace plyo::physics3d {

// Bit l is lane l.
using LaneMask = std::uint32_t;

// Why a lane must be stepped by somebody else.
enum class Escape : std::uint8_t {
  kNone,
  kTooManyRows,    // more limits or contacts at once than there is room for
  kNearPair,       // two geoms whose contact is not computed here are near
  kRankDeficient,  // an update of the Hessian's factor met a pivot below MuJoCo's least
  kBadNumber,      // a control, position, velocity or acceleration for which MuJoCo warns and resets
};
inline constexpr std::size_t kEscapeCount = 5;

// Numbers of the model of which each lane may have its own: where they begin in PackArrays::numbers. A pack begins
// with the model's.
struct Numbers {
  static constexpr std::size_t kGravity = 0;
  static constexpr std::size_t kMass = kGravity + 3;                             // body_mass
  static constexpr std::size_t kOverMass = kMass + kMaxBodies;                   // 1 / body_subtreemass, or 0
  static constexpr std::size_t kBodyInertia = kOverMass + kMaxBodies;            // three a body
  static constexpr std::size_t kInitialInertia = kBodyInertia + 3 * kMaxBodies;  // dof_M0
  static constexpr std::size_t kArmature = kInitialInertia + kMaxDofs;
  static constexpr std::size_t kDamping = kArmature + kMaxDofs;
  static constexpr std::size_t kStiffness = kDamping + kMaxDofs;  // of joints
  static constexpr std::size_t kGear = kStiffness + kMaxJoints;
  static constexpr std::size_t kLimitWeight = kGear + kMaxActuators;     // Limit::inverse_weight
  static constexpr std::size_t kFriction = kLimitWeight + kMaxLimits;    // FloorGeom::friction
  static constexpr std::size_t kFloorWeight = kFriction + kMaxTouching;  // FloorGeom::inverse_weight
  static constexpr std::size_t kCount = kFloorWeight + kMaxTouching;
};

// Number i of lane l of an array is at[i * lanes + l].
struct PackArrays {
  std::size_t lanes = 0;

  // ---- in and out ----
  double* qpos = nullptr;
  double* qvel = nullptr;
  double* qacc_warmstart = nullptr;
  double* ctrl = nullptr;     // in only
  double* numbers = nullptr;  // in only: Numbers::kCount

  // ---- out, of the last evaluation of the forces, which mjData has after mj_step too ----
  const double* qacc = nullptr;             // nv
  const double* qfrc_constraint = nullptr;  // nv
  const double* qfrc_actuator = nullptr;    // nv
  const double* xpos = nullptr;             // nbody * 3, m
  const double* xquat = nullptr;            // nbody * 4
  const double* xipos = nullptr;            // nbody * 3, m
  const double* site_xpos = nullptr;        // nsite * 3, m
  const double* site_xmat = nullptr;        // nsite * 9
  const double* cfrc_ext = nullptr;         // nbody * 6, of compute_contact_forces()
  const double* subtree_com = nullptr;      // nbody * 3, m
  const double* cvel = nullptr;             // nbody * 6
  const double* cinert = nullptr;           // nbody * 10
  const std::int32_t* num_rows = nullptr;   // one a lane: rows of constraints
  // One a lane: what the solver had to do, by contacts, then limits, then iterations. Lanes with the same number
  // share a pack best.
  const std::uint8_t* efforts = nullptr;
  const Escape* escapes = nullptr;  // one a lane: of the last step() or forward()
};

// A pack of simulations, with room for all that a step computes. It keeps a reference to the model. One
// thread at a time may use it.
class Pack {
 public:
  // How many lanes a pack has with an instruction set: 1 with kBaseline, 4 with kAvx2, 8 with kAvx512. A
  // machine that has a set can step packs of lesser sets too.
  static std::size_t lanes_of(Isa isa);

  // Throws std::invalid_argument for a model that is too large.
  Pack(const Model& model, Isa isa);
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  const PackArrays& arrays() const { return arrays_; }
  std::size_t lanes() const { return arrays_.lanes; }

  // One mj_step of every lane: a lane that is not needed has a copy of another lane's state. Lanes whose
  // bit is set in the result escape: their qpos, qvel and qacc_warmstart are as they were, and the other
  // arrays have nothing of use for them.
  LaneMask step();
  // One mj_forward. qacc_warmstart is left as it was, as mj_forward leaves it.
  LaneMask forward();
  // What mj_rnePostConstraint writes to cfrc_ext, after step() or forward().
  void compute_contact_forces();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  PackArrays arrays_;
};

}  // namespace plyo::physics3d
