// The native side of the methods and functions of plyo.spaces, by name.
#pragma once

#include <cstdint>
#include <span>

#include "fast_function.hpp"

namespace plyo::bindings {

struct SpaceKernel {
  // Of a method: whether it takes calls of the class itself only, or of derived classes too.
  enum Scope : std::uint8_t { kExactClass, kSubclasses };

  const char* name;  // "Class.method", or a function
  FastKernel kernel;
  Py_ssize_t num_arguments;
  Scope scope = kExactClass;
};

std::span<const SpaceKernel> leaf_kernels();
std::span<const SpaceKernel> tree_kernels();
std::span<const SpaceKernel> flat_kernels();
std::span<const SpaceKernel> batch_kernels();

}  // namespace plyo::bindings
