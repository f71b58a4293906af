// The velocity iterations of several lanes at once: sequential impulses of revolute joints and contacts with
// the ground, one lane in each place of a vector register.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/isa.hpp"
#include "../lanes/lanes.hpp"

namespace plyo::physics2d {

// Which bodies the joints join, in the order in which they are solved.
struct Linkage {
  std::size_t bodies, joints;
  std::uint8_t a[4], b[4];
};

// A middle with a part on either side; a trunk with two legs of two parts; a hull with four wheels. Bodies are
// numbered in the order in which they are made.
inline constexpr Linkage kWings{3, 2, {0, 0}, {2, 1}};
inline constexpr Linkage kLegs{5, 4, {3, 0, 0, 1}, {4, 3, 1, 2}};
inline constexpr Linkage kWheels{5, 4, {0, 0, 0, 0}, {4, 3, 2, 1}};

// The numbers of a pack of lanes: number k of lane i is at `numbers[k * width + i]`. First the velocities of
// the bodies, then the joints, then the contacts.
namespace pack {

inline constexpr std::size_t kVelocity = 3;  // x, y, spin

enum JointNumber : std::size_t {
  kArmAX,
  kArmAY,
  kArmBX,
  kArmBY,  // m, from the centres of mass to the anchors
  kMassA,
  kInertiaA,
  kMassB,
  kInertiaB,  // inverse
  kXx,
  kXy,
  kYy,
  kXz,
  kYz,
  kZz,  // the joint's symmetric matrix
  kDet3,
  kCrossX,
  kCrossY,
  kCrossZ,
  kDet2,  // 1 by its determinants; its second column times its third
  kMotorMass,
  kMotorSpeed,
  kMaxMotor,
  kLimit,  // -1 at the lower limit, 1 at the upper one, else 0
  kImpulseX,
  kImpulseY,
  kImpulseZ,
  kMotor,
  kJointNumbers
};

enum PointNumber : std::size_t {
  kArmX,
  kArmY,
  kNormalMass,
  kTangentMass,
  kNormalImpulse,
  kTangentImpulse,
  kPointNumbers
};
enum ContactNumber : std::size_t {
  kBody,
  kNumPoints,
  kNormalX,
  kNormalY,
  kFriction,
  kMass,
  kInertia,  // inverse
  kK11,
  kK12,
  kK22,
  kInverse11,
  kInverse12,
  kInverse22  // of two points
};
inline constexpr std::size_t kPoints = kInverse22 + 1;  // of the first point
inline constexpr std::size_t kContactNumbers = kPoints + 2 * kPointNumbers;

constexpr std::size_t joint_at(const Linkage& linkage, std::size_t joint) {
  return kVelocity * linkage.bodies + kJointNumbers * joint;
}
constexpr std::size_t contact_at(const Linkage& linkage, std::size_t contact) {
  return joint_at(linkage, linkage.joints) + kContactNumbers * contact;
}
// The contacts of one body without joints come after its velocity.
constexpr std::size_t contact_alone_at(std::size_t contact) { return kVelocity + kContactNumbers * contact; }

}  // namespace pack

// The most contacts of a lane that is packed; with more it is solved on its own.
inline constexpr std::size_t kMaxPackedContacts = 16;

// What the lanes of a pack have in common.
struct PackShape {
  static constexpr std::uint8_t kMixed = 0xFF;

  std::size_t num_contacts = 0;               // what a lane does not have is zeros
  std::uint8_t bodies[kMaxPackedContacts]{};  // of the contacts
  std::uint8_t points[kMaxPackedContacts]{};  // 1, 2 or kMixed

  // A lane has so many points in a contact; 0, without the contact, fits all.
  void add_points(std::size_t contact, float count) {
    const auto here = static_cast<std::uint8_t>(count);
    if (here == 0) return;
    points[contact] = points[contact] == 0 || points[contact] == here ? here : kMixed;
  }
};

// The kernels of one instruction set for one linkage.
struct VelocityKernels {
  std::size_t width;  // lanes of a pack
  void (*solve)(float* numbers, const PackShape& shape, std::size_t iterations);
  // a single lane
  void (*solve_one)(float* numbers, const PackShape& shape, std::size_t iterations);
  // the contacts of one body without joints, in every lane of a pack
  void (*solve_contacts)(float* numbers, const PackShape& shape, std::size_t iterations);
};

const ByIsa<VelocityKernels>& wings_kernels();
const ByIsa<VelocityKernels>& legs_kernels();
const ByIsa<VelocityKernels>& wheels_kernels();

// A lane whose joints are to be solved in another order, or which has more contacts than a pack: `order[slot]`
// is the linkage's joint in a slot, and contacts are anywhere in number.
void solve_in_order(const Linkage& linkage, float* numbers, const std::uint8_t* order,
                    std::size_t num_contacts, std::size_t iterations);

// The most contacts of solve_contacts_alone().
inline constexpr std::size_t kMaxContactsAlone = 32;

// The contacts of one body without joints, of a single lane. Gives up after `patience` iterations without their
// end in sight; returns how many are left.
std::size_t solve_contacts_alone(float* numbers, std::size_t num_contacts, std::size_t iterations,
                                 std::size_t patience);

}  // namespace plyo::physics2d
