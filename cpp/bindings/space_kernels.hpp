// The native side of the methods and functions of plyo.spaces, by the name that Python asks for.
#pragma once

#include <span>

#include "fast_function.hpp"

namespace plyo::bindings {

struct SpaceKernel {
  const char* name;  // "Class.method", or a function
  FastKernel kernel;
  Py_ssize_t num_arguments;
};

std::span<const SpaceKernel> leaf_kernels();

}  // namespace plyo::bindings
