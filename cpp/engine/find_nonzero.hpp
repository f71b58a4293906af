// The lanes of a tile that have a mark.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../kernels/lane_view.hpp"

namespace plyo {

// The positions of the non-zero bytes, in ascending order; `positions` has room for all.
std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions);

}  // namespace plyo
