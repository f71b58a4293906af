#include "model.hpp"

#include <algorithm>

#include "plan.hpp"

namespace plyo::physics3d {

Softness Softness::of(const double* solref, const double* solimp, double timestep) {
  constexpr double kLeastImpedance = 0.0001, kMostImpedance = 0.9999;
  Softness softness;
  softness.low = std::clamp(solimp[0], kLeastImpedance, kMostImpedance);
  softness.high = std::clamp(solimp[1], kLeastImpedance, kMostImpedance);
  softness.width = std::max(0.0, solimp[2]);
  softness.middle = std::clamp(solimp[3], kLeastImpedance, kMostImpedance);
  const double high = softness.high;
  if (solref[0] > 0) {
    // a time constant of at least two steps, and a damping ratio
    const double time = std::max(solref[0], 2 * timestep), ratio = solref[1];
    softness.stiffness = 1 / std::max(kLeast, high * high * time * time * ratio * ratio);
    softness.damping = 2 / std::max(kLeast, high * time);
  } else {
    softness.stiffness = -solref[0] / std::max(kLeast, high * high);
    softness.damping = -solref[1] / std::max(kLeast, high);
  }
  if (softness.low == softness.high || softness.width <= kLeast) {
    softness.low = softness.high = 0.5 * (softness.low + softness.high);
    softness.width = 1;
  }
  return softness;
}

const char* Model::find_excess() const {
  if (nbody > kMaxBodies) return "it has too many bodies";
  if (njnt > kMaxJoints) return "it has too many joints";
  if (nv > kMaxDofs) return "it has too many degrees of freedom";
  if (nq > kMaxPositions) return "it has too many positions";
  if (nu > kMaxActuators) return "it has too many actuators";
  if (sites.size() > kMaxSites) return "it has too many sites";
  if (geoms.size() > kMaxTouching) return "it has too many geoms that can touch something";
  if (floor_geoms.size() > kMaxTouching) return "it has too many geoms that can touch the floor";
  return nullptr;
}

}  // namespace plyo::physics3d
