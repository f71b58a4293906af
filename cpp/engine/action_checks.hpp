// Quick looks at many actions at once, compiled for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/isa.hpp"

namespace plyo {

struct ActionChecks {
  // Whether all of these choices are from `start` on and at most `last` behind it.
  bool (*all_choices)(const std::int64_t* values, std::size_t count, std::int64_t start, std::uint64_t last);
  // Whether all of these numbers are zero, or finite and not denormal.
  bool (*all_plain_floats)(const void* values, std::size_t count);
  bool (*all_plain_doubles)(const void* values, std::size_t count);
};

const ActionChecks& action_checks(Isa isa);

}  // namespace plyo
