// The position iterations of several lanes at once: after a step's motion they bring joints together again, and
// bodies out of the ground. One lane in each place of a vector register.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/isa.hpp"
#include "math.hpp"
#include "velocity_kernels.hpp"

namespace plyo::physics2d {

// The numbers of a pack of lanes, as those of velocity iterations: first the places of the bodies, then the
// joints, then the contacts.
namespace place_pack {

inline constexpr std::size_t kPlace = 3;  // x and y of the centre of mass, angle

enum JointNumber : std::size_t {
  kArmAX,  // m, from the centres of mass to the anchors, in the bodies' frames
  kArmAY,
  kArmBX,
  kArmBY,
  kMassA,  // inverse
  kInertiaA,
  kMassB,
  kInertiaB,
  kMotorMass,
  kReference,  // rad
  kLower,
  kUpper,
  kLimit,  // -1 at the lower limit, 1 at the upper one, else 0
  kJointNumbers
};

enum ContactNumber : std::size_t {
  kNumPoints,
  kFaceOfBody,  // 1 where the face is the body's, 0 where it is the ground's
  kNormalX,     // of the face, in its shape's frame
  kNormalY,
  kFaceX,  // a point of the face, likewise
  kFaceY,
  kFirstX,  // the points, in the other shape's frame
  kFirstY,
  kSecondX,
  kSecondY,
  kCenterX,  // the centre of mass, in the body's frame
  kCenterY,
  kMass,  // inverse
  kInertia,
  kContactNumbers
};

constexpr std::size_t joint_at(const Linkage& linkage, std::size_t joint) {
  return kPlace * linkage.bodies + kJointNumbers * joint;
}
constexpr std::size_t contact_at(const Linkage& linkage, std::size_t contact) {
  return joint_at(linkage, linkage.joints) + kContactNumbers * contact;
}

}  // namespace place_pack

// Whether it is own_rotation. (Under sanitizers GCC takes no comparison of functions for a constant.)
template <RotationOf kRotationOf>
inline constexpr bool kIsOwnRotation = false;
template <>
inline constexpr bool kIsOwnRotation<&own_rotation> = true;

// Iterates until all lanes are in place, at most `iterations` times, and writes which lanes are, 1 or 0. A lane
// in place moves no more. Bodies and points of contacts are as the PackShape says.
using PlacePack = void (*)(float* numbers, const PackShape& shape, std::size_t iterations,
                           std::uint8_t* in_place);

// The kernels of one instruction set for one linkage.
struct PositionKernels {
  std::size_t width;        // lanes of a pack
  PlacePack with_own;       // with own_rotation
  PlacePack with_platform;  // with platform_rotation

  PlacePack with(RotationOf rotation_of) const {
    return rotation_of == &own_rotation ? with_own : with_platform;
  }
};

// For two legs of two parts: their joints are rarely in place after a single iteration.
const ByIsa<PositionKernels>& legs_places();

}  // namespace plyo::physics2d
