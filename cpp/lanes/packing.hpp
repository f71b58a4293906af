// Sorting lanes by their work, so that the lanes of a register have the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace plyo::lanes {

// Sorts `count` entries by `work[entry]`, those with the least first and equal ones as they were. `order` gets
// them; `memory` has room for `count` numbers.
template <class Index>
void sort_by_work(const std::uint32_t* work, std::size_t count, std::uint64_t* memory, Index* order) {
  for (std::size_t i = 0; i < count; ++i) memory[i] = std::uint64_t{work[i]} << 32 | i;
  std::sort(memory, memory + count);
  for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<Index>(memory[i] & 0xFFFFFFFFU);
}

}  // namespace plyo::lanes
