// The one header that a scene of a user's includes: the functions that it may call stand in render/canvas.hpp.
#pragma once

#include "../render/canvas.hpp"

// Outside of namespaces too.
namespace render = plyo::render;
