// Puts native functions in front of the functions of plyo.spaces.
#include <algorithm>
#include <string>
#include <vector>

#include "batch_iterators.hpp"
#include "register.hpp"
#include "space_kernels.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

const std::vector<SpaceKernel>& all_kernels() {
  static const std::vector<SpaceKernel> all = [] {
    std::vector<SpaceKernel> kernels;
    for (const auto part : {leaf_kernels(), tree_kernels(), flat_kernels(), batch_kernels()}) {
      kernels.insert(kernels.end(), part.begin(), part.end());
    }
    return kernels;
  }();
  return all;
}

void accelerate_class(const py::type& cls) {
  const std::string prefix = cls.attr("__name__").cast<std::string>() + ".";
  for (const SpaceKernel& kernel : all_kernels()) {
    const std::string name = kernel.name;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string method = name.substr(prefix.size());
    const py::object python = cls.attr("__dict__")[method.c_str()];
    const py::handle scope = kernel.scope == SpaceKernel::kExactClass ? py::handle(cls) : py::handle();
    py::setattr(cls, method.c_str(), make_fast_function(kernel.kernel, kernel.num_arguments, scope, python));
  }
}

py::object accelerate(const py::object& function, const std::string& name, const py::object& cls) {
  const auto& kernels = all_kernels();
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const SpaceKernel& kernel) { return kernel.name == name; });
  if (found == kernels.end()) throw py::value_error("there is no native function of the name " + name);
  return make_fast_function(found->kernel, found->num_arguments,
                            cls.is_none() ? py::handle() : py::handle(cls), function);
}

}  // namespace

void register_spaces(py::module_& module) {
  make_iterator_types();
  module.def(
      "accelerate_class", &accelerate_class, py::arg("cls"),
      "Puts native methods in front of those of a class of plyo.spaces: they take the usual calls of objects "
      "of exactly this class, and leave all others to the methods that the class had.");
  module.def("accelerate", &accelerate, py::arg("function"), py::arg("name"), py::arg("cls") = py::none(),
             "A native function in front of a function of plyo.spaces or plyo.vector.utils: it takes the "
             "usual calls, "
             "with a first argument of exactly the class cls if that is given, and leaves all others to the "
             "function.");
  module.def(
      "fast_dispatch", &make_fast_dispatch, py::arg("function"),
      "A function like those of functools.singledispatch, which finds what is registered for the class of "
      "its "
      "first argument without a call of Python, and leaves classes that nothing is registered for to the "
      "function.");
}

}  // namespace plyo::bindings
