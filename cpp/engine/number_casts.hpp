// Conversions of whole arrays of numbers to the types of actions, compiled for each instruction set.
#pragma once

#include <cstddef>

#include "../spaces/element_type.hpp"

namespace plyo {

// Converts `count` numbers. Each is read once, so that another thread may write them meanwhile.
using NumberCast = void (*)(const void* from, void* to, std::size_t count);

// To int64, float32 or float64; null for other types. An integer beyond int64 becomes the nearest one, a
// number beyond float32 infinite.
NumberCast number_cast(spaces::ElementType from, spaces::ElementType to);

}  // namespace plyo
