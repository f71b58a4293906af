// Run at configure time (Kernels.cmake): its exit code is the best instruction set of this machine.
#include "engine/cpu_dispatch.cpp"

int main() {
  if (plyo::isa_supported(plyo::Isa::kAvx512)) return static_cast<int>(plyo::Isa::kAvx512);
  if (plyo::isa_supported(plyo::Isa::kAvx2)) return static_cast<int>(plyo::Isa::kAvx2);
  return static_cast<int>(plyo::Isa::kBaseline);
}
