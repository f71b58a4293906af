#include "find_nonzero.hpp"

#include <bit>
#include <cstring>

namespace plyo {

std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions) {
  std::size_t found = 0;
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    // eight at a time: most bytes are zero
    for (; i + 8 <= count; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, 8);
      while (word != 0) {
        const int byte = std::countr_zero(word) / 8;
        positions[found++] = static_cast<LaneIndex>(i + static_cast<std::size_t>(byte));
        word &= ~(std::uint64_t{0xFF} << (byte * 8));
      }
    }
  }
  for (; i < count; ++i) {
    if (bytes[i] != 0) positions[found++] = static_cast<LaneIndex>(i);
  }
  return found;
}

}  // namespace plyo
