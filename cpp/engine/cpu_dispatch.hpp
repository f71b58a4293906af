// The instruction set in use: the best of this build and this machine, or the set that PLYO_ISA names.
#pragma once

#include <string>
#include <string_view>

#include "../core/isa.hpp"

namespace plyo {

std::string_view isa_name(Isa isa);

// Whether this build and this machine can run an instruction set.
bool isa_supported(Isa isa);

// Reads PLYO_ISA (baseline, avx2, avx512; unset or empty means the best supported) at the first successful
// call. Throws std::runtime_error if it names an unknown or unsupported set.
Isa selected_isa();

}  // namespace plyo
