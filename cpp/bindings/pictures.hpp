// Arguments about pictures.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "../engine/frame_stack.hpp"

namespace plyo::bindings {

// From size (height, width), gray, stack, channels ("first", "last") and style.
PixelConfig to_pixel_config(const pybind11::dict& values);

// "gym" or "smooth"; raises ValueError.
render::Style to_style(const std::string& name);

// (height, width); raises TypeError unless they are integers, and ValueError for what is no size.
render::Size to_size(const pybind11::handle& size);

}  // namespace plyo::bindings
