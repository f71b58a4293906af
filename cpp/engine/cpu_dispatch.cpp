#include "cpu_dispatch.hpp"

#include <cstdlib>
#include <stdexcept>

namespace plyo {
namespace {

constexpr Isa kAll[] = {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512};

std::string supported_names() {
  std::string names;
  for (const Isa isa : kAll) {
    if (!isa_supported(isa)) continue;
    if (!names.empty()) names += ", ";
    names += isa_name(isa);
  }
  return names;
}

// Whether the processor runs an instruction set, whatever the build has.
bool processor_runs(Isa isa) {
#if PLYO_HAS_X86_VARIANTS
  if (isa == Isa::kAvx2) return __builtin_cpu_supports("avx2") != 0;
  if (isa == Isa::kAvx512) {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  }
#endif
  return isa == Isa::kBaseline;
}

Isa choose() {
  const char* forced = std::getenv("PLYO_ISA");
  if (forced == nullptr || *forced == '\0') {
    Isa best = Isa::kBaseline;
    for (const Isa isa : kAll) {
      if (isa_supported(isa)) best = isa;
    }
    return best;
  }
  for (const Isa isa : kAll) {
    if (forced != isa_name(isa)) continue;
    if (isa_supported(isa)) return isa;
    if (processor_runs(isa)) {
      throw std::runtime_error(
          "PLYO_ISA=" + std::string(forced) +
          " asks for kernels that this build was made without; it has: " + supported_names() +
          ". A build with PLYO_KERNELS=all has them all: pip install . -C cmake.define.PLYO_KERNELS=all");
    }
    throw std::runtime_error(
        "PLYO_ISA=" + std::string(forced) +
        " asks for an instruction set that this machine lacks; it has: " + supported_names());
  }
  throw std::runtime_error("PLYO_ISA=" + std::string(forced) +
                           " is not an instruction set; use baseline, avx2 or avx512 (this machine has: " +
                           supported_names() + ")");
}

}  // namespace

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kBaseline:
      break;
  }
  return "baseline";
}

bool isa_supported(Isa isa) { return has_kernels(isa) && processor_runs(isa); }

Isa selected_isa() {
  static const Isa isa = choose();
  return isa;
}

}  // namespace plyo
