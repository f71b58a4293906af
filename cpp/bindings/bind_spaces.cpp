// Puts native functions in front of those of plyo.spaces.
#include <algorithm>
#include <string>

#include "register.hpp"
#include "space_kernels.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

void accelerate_class(const py::type& cls) {
  const std::string prefix = cls.attr("__name__").cast<std::string>() + ".";
  for (const SpaceKernel& kernel : leaf_kernels()) {
    const std::string name = kernel.name;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string method = name.substr(prefix.size());
    const py::object python = cls.attr("__dict__")[method.c_str()];
    py::setattr(cls, method.c_str(), make_fast_function(kernel.kernel, kernel.num_arguments, cls, python));
  }
}

}  // namespace

void register_spaces(py::module_& module) {
  module.def(
      "accelerate_class", &accelerate_class, py::arg("cls"),
      "Puts native methods in front of those of a class of plyo.spaces: they take the usual calls of objects "
      "of exactly this class, and leave all others to the methods that the class had.");
}

}  // namespace plyo::bindings
