#include "find_nonzero.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace plyo {
namespace {

// A bit for each of 64 bytes: whether it is not zero.
#if defined(__SSE2__)
std::uint64_t nonzero_bits(const std::uint8_t* bytes) {
  std::uint64_t zeros = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * k));
    const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(some, _mm_setzero_si128()));
    zeros |= static_cast<std::uint64_t>(static_cast<unsigned>(mask)) << (16 * k);
  }
  return ~zeros;
}
#else
std::uint64_t nonzero_bits(const std::uint8_t* bytes) {
  constexpr std::uint64_t kLowBits = 0x0101010101010101U;
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < 8; ++k) {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, bytes + 8 * k, 8);
    } else {
      for (std::size_t i = 0; i < 8; ++i) word |= static_cast<std::uint64_t>(bytes[8 * k + i]) << (8 * i);
    }
    word |= word >> 4 & 0x0F0F0F0F0F0F0F0FU;
    word |= word >> 2 & 0x0303030303030303U;
    word |= word >> 1 & kLowBits;
    bits |= ((word & kLowBits) * 0x0102040810204080U >> 56) << (8 * k);
  }
  return bits;
}
#endif

// How many bits are set: std::popcount is a call where processors need not have the instruction.
std::size_t count_bits(std::uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555U;
  bits = (bits & 0x3333333333333333U) + (bits >> 2 & 0x3333333333333333U);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FU;
  return bits * 0x0101010101010101U >> 56;
}

template <class Position>
std::size_t find(const std::uint8_t* bytes, std::size_t count, Position* positions) {
  std::size_t found = 0, i = 0;
  const auto take_lowest = [&](std::uint64_t& bits, std::size_t place) {
    positions[place] = static_cast<Position>(i + static_cast<std::size_t>(std::countr_zero(bits)));
    bits &= bits - 1;
  };
  for (; i + 64 <= count; i += 64) {
    std::uint64_t bits = nonzero_bits(bytes + i);
    if (bits == 0) continue;
    const std::size_t number = count_bits(bits);
    // a loop that ends at a random place costs more than some positions that are overwritten
    constexpr std::size_t kUsual = 6;
    for (std::size_t k = 0; k < kUsual; ++k) take_lowest(bits, found + k);
    for (std::size_t k = kUsual; k < number; ++k) take_lowest(bits, found + k);
    found += number;
  }
  for (; i < count; ++i) {
    positions[found] = static_cast<Position>(i);
    found += bytes[i] != 0 ? 1 : 0;
  }
  return found;
}

}  // namespace

std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions) {
  return find(bytes, count, positions);
}

std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, std::int64_t* positions) {
  return find(bytes, count, positions);
}

}  // namespace plyo
