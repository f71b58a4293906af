// The instruction sets and threads of this build and this machine.
#include <pybind11/stl.h>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/thread_pool.hpp"
#include "register.hpp"
#include "tensors.hpp"

namespace plyo::bindings {

void register_machine(pybind11::module_& module) {
  module.def(
      "isa", [] { return std::string(isa_name(selected_isa())); },
      "The instruction set in use: 'baseline', 'avx2' or 'avx512'. Raises RuntimeError if PLYO_ISA names one "
      "that is unknown or that this machine or this build lacks.");
  module.def(
      "supported_isas",
      [] {
        std::vector<std::string> names;
        for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
          if (isa_supported(isa)) names.emplace_back(isa_name(isa));
        }
        return names;
      },
      "The instruction sets that this machine and this build have.");
  module.def(
      "omitted_isas",
      [] {
        std::vector<std::string> names;
#if PLYO_HAS_X86_VARIANTS
        for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
          if (!has_kernels(isa)) names.emplace_back(isa_name(isa));
        }
#endif
        return names;
      },
      "The instruction sets that this build was made without, because the machine that built it does not use "
      "them.");
  module.def("available_threads", &available_threads,
             "The processors that this process may use, by its affinity and its control group.");
  module.def(
      "default_threads", &default_threads,
      "The threads of a batch that is not told: available_threads(), at most PLYO_NUM_THREADS if that "
      "is set, else at most OMP_NUM_THREADS. Raises ValueError for a PLYO_NUM_THREADS that is no number.");
  module.def(
      "array_view",
      [](const pybind11::object& tensor) {
        TensorView view = view_tensor(tensor);
        if (!view.complaint.empty()) throw pybind11::type_error("got " + view.complaint);
        return view.array ? view.array : pybind11::object(pybind11::none());
      },
      pybind11::arg("tensor"),
      "A NumPy array on the memory of a tensor of another library, None for any other object. Raises "
      "TypeError "
      "for a tensor that requires grad or is on another device.");
  module.def(
      "num_workers", [] { return ThreadPool::shared().num_workers(); },
      "Worker threads started so far in this process.");
}

}  // namespace plyo::bindings
