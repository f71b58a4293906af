// The lanes of a tile that have a mark.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../kernels/lane_view.hpp"

namespace plyo {

// The positions of the non-zero bytes, in ascending order; `positions` has room for `count`. Returns how many there are.
// Made for few of them at places that are hard to foresee.
std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions);
std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, std::int64_t* positions);

}  // namespace plyo
