// Tasks and spaces as plain Python values.
#pragma once

#include <pybind11/pybind11.h>

#include "../core/env_info.hpp"

namespace plyo::bindings {

// kind "box", "discrete", "tuple" or "dict" with what belongs to it. The parts are in the order of the task.
pybind11::dict describe_space(const SpaceInfo& space);

// The name, documentation, type and shape of each.
pybind11::list describe_infos(const InfoList& infos);

}  // namespace plyo::bindings
