// What steps packs, compiled for each instruction set.
#pragma once

#include <cstddef>

#include "../core/isa.hpp"
#include "plan.hpp"
#include "step.hpp"

namespace plyo::physics3d {

struct PackKernels {
  std::size_t lanes;
  std::size_t work_bytes;
  // Work is memory of zeros that begins at a multiple of 64 bytes, and is prepared once.
  PackArrays (*prepare)(void* work);
  LaneMask (*step)(const Plan& plan, void* work);
  LaneMask (*forward)(const Plan& plan, void* work);
  void (*sum_contact_forces)(const Plan& plan, void* work);
};

extern const ByIsa<PackKernels> kPackKernels;

}  // namespace plyo::physics3d
