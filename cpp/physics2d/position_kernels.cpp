#include "position_kernels.hpp"

#include "constraints.hpp"

namespace plyo::physics2d {
namespace {

#define PLYO_LANES_KERNELS "../physics2d/position_kernels.inl"
#include "../lanes/for_each_isa.inl"

constexpr ByIsa<PositionKernels> kLegsPlaces = PLYO_LANES_TABLES(kPlaceTable<kLegs>);

}  // namespace

const ByIsa<PositionKernels>& legs_places() { return kLegsPlaces; }

}  // namespace plyo::physics2d
