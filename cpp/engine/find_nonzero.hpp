// The lanes of a tile that have a mark.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../kernels/lane_view.hpp"

namespace plyo {

// A bit for each of eight bytes: whether it is not zero.
inline std::uint64_t nonzero_bits(const std::uint8_t* bytes) {
  constexpr std::uint64_t kLowBits = 0x0101010101010101U;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  word |= word >> 4 & 0x0F0F0F0F0F0F0F0FU;
  word |= word >> 2 & 0x0303030303030303U;
  word |= word >> 1 & kLowBits;
  return (word & kLowBits) * 0x0102040810204080U >> 56;
}

// Calls `visit(i)` for every byte that is not zero; most of them are.
template <class Visit>
void for_each_marked(const std::uint8_t* bytes, std::size_t count, const Visit& visit) {
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    const auto visit_bits = [&](std::uint64_t marked) {
      for (; marked != 0; marked &= marked - 1) visit(i + static_cast<std::size_t>(std::countr_zero(marked)));
    };
    // many at a time, as a loop that ends at a random place costs more than these operations
    for (; i + 64 <= count; i += 64) {
      std::uint64_t marked = 0;
      for (std::size_t k = 0; k < 8; ++k) marked |= nonzero_bits(bytes + i + 8 * k) << (8 * k);
      visit_bits(marked);
    }
    for (; i + 8 <= count; i += 8) visit_bits(nonzero_bits(bytes + i));
  }
  for (; i < count; ++i) {
    if (bytes[i] != 0) visit(i);
  }
}

// The positions of the non-zero bytes, in ascending order; `positions` has room for all.
std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions);

}  // namespace plyo
