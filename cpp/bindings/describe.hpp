// Tasks and spaces as plain Python values.
#pragma once

#include <pybind11/pybind11.h>

#include "../core/space.hpp"

namespace plyo::bindings {

// kind "box", "discrete" or "tuple" with what belongs to it.
pybind11::dict describe_space(const SpaceInfo& space);

}  // namespace plyo::bindings
