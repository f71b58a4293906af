// The arrays of MuJoCo's models and data.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plyo::mujoco {

class NearPairs;

// Numbers in an mjModel or mjData.
template <class T>
struct Numbers {
  T* at = nullptr;
  std::size_t count = 0;

  T& operator[](std::size_t i) const { return at[i]; }
  T* begin() const { return at; }
  T* end() const { return at + count; }
};
using Reals = Numbers<double>;
using Ints = Numbers<std::int32_t>;

// The arrays of one mjData, whose addresses stay while it lives. Those of a body have three numbers each
// (positions), nine (matrices), four (quaternions), six (forces and velocities) or ten (inertias).
struct Data {
  void* raw = nullptr;
  // The mjModel that steps it at present, and the one for substeps that are not the last of a step.
  const void* model = nullptr;
  const void* between = nullptr;
  // What steps it in place of both; null where they do.
  NearPairs* near_pairs = nullptr;
  Reals body_mass;                                   // of the former
  Reals qpos, qvel, act, ctrl;                       // generalised positions and velocities, actions
  Reals xpos, xquat, xipos, cinert, cvel, cfrc_ext;  // a row a body
  Reals site_xpos, site_xmat;                        // a row a site
  Reals qacc, qfrc_actuator, qfrc_constraint;        // one a degree of freedom
  Reals ten_length, ten_velocity;                    // one a tendon
  Reals mocap_pos, mocap_quat, sensordata;
  Reals geom_xpos, geom_xmat;  // a row a geom
  Ints num_placed;             // one number: how often MuJoCo has placed bodies and geoms
  Ints warnings;               // pairs of numbers, one a kind: the second counts them
};

}  // namespace plyo::mujoco
