// Sorting lanes by their work, so that the lanes of a register have the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace plyo::lanes {

// Counting sort of `count` lanes by `work[lane]`, which is less than kKinds: `order` gets the lanes, those with
// the least work first and otherwise as they were; `starts[k]` gets the place of the first lane with work k, and
// starts[kKinds] the count.
template <std::size_t kKinds, class Index>
void sort_by_work(const std::uint8_t* work, std::size_t count, Index* order, std::size_t* starts) {
  for (std::size_t k = 0; k <= kKinds; ++k) starts[k] = 0;
  for (std::size_t i = 0; i < count; ++i) ++starts[work[i] + 1];
  for (std::size_t k = 0; k < kKinds; ++k) starts[k + 1] += starts[k];
  std::size_t next[kKinds];
  for (std::size_t k = 0; k < kKinds; ++k) next[k] = starts[k];
  for (std::size_t i = 0; i < count; ++i) order[next[work[i]]++] = static_cast<Index>(i);
}

// The same for work of any size, by comparing. `memory` has room for `count` numbers.
template <class Index>
void sort_by_any_work(const std::uint32_t* work, std::size_t count, std::uint64_t* memory, Index* order) {
  for (std::size_t i = 0; i < count; ++i) memory[i] = std::uint64_t{work[i]} << 32 | i;
  std::sort(memory, memory + count);
  for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<Index>(memory[i] & 0xFFFFFFFFU);
}

}  // namespace plyo::lanes
