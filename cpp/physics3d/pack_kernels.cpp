#include "pack_kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "../lanes/lanes.hpp"

namespace plyo::physics3d {
namespace {

#define PLYO_LANES_KERNELS "../physics3d/pack_kernels.inl"
#include "../lanes/for_each_isa.inl"

}  // namespace

const ByIsa<PackKernels> kPackKernels = PLYO_LANES_TABLES(kTable);

}  // namespace plyo::physics3d
