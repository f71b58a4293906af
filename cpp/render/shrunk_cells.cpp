#include "render/shrunk_cells.hpp"

#include <algorithm>
#include <cstring>

namespace plyo::render {

std::uint8_t CellColors::index_of(Color color) {
  for (std::uint32_t i = count_; i-- > 0;) {
    if (colors_[i] == color) return static_cast<std::uint8_t>(i);
  }
  const std::uint32_t index = std::min(count_, kMost - 1);
  count_ = index + 1;
  if (!(colors_[index] == color) || !has_sums_[index]) {
    colors_[index] = color;
    has_sums_[index] = true;
    make_sums(index);
  }
  return static_cast<std::uint8_t>(index);
}

void CellColors::make_sums(std::uint32_t index) {
  const Color color = colors_[index];
  const std::uint32_t levels[4] = {color.red, color.green, color.blue, 0};
  for (int i = 0; i < 4; ++i) {
    levels_[index][i] = static_cast<std::uint16_t>(levels[i]);
    plain_[index][i] = static_cast<std::uint16_t>(levels[i] > 0 ? levels[i] - 1 : 0);
  }
  for (int cell = 0; cell < kCellSide; ++cell) {
    const auto whole = static_cast<std::uint32_t>(kAcross.shared[cell + 1] - kAcross.shared[cell] - 1);
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t level = levels[i];
      sums_[index][cell][i] = static_cast<std::uint16_t>(level * kAcross.rest[cell] >> 14);
      sums_[index][cell][4 + i] =
          static_cast<std::uint16_t>(level * whole + (level * kAcross.part[cell] >> 14));
    }
  }
}

void CellRows::begin() {
  std::memset(from_, 0, sizeof(from_));
  std::memset(at_, 0, sizeof(at_));
  std::memset(shared_, 0, sizeof(shared_));
}

void CellRows::finish(int band, const std::uint16_t (*last)[4], Picture& picture) {
  const Octet16 part = Octet16::all(kDown.part[band]), rest = Octet16::all(kDown.rest[band + 1]);
  const Octet16 scale = Octet16::all(kDown.kScale), zero;
  std::uint8_t* out = picture[band][0];
  Octet16 sum;
  for (int cell = 0; cell < kCellSide; cell += 2, out += 6) {
    sum = sum + Octet16::load(from_[cell]).summed();
    zero.store(from_[cell]);
    const Octet16 level = Octet16::load(last[cell]).shifted<2>();
    const Octet16 own = Octet16::load(at_[cell]) + Octet16::load(shared_[cell]) + high(level, part);
    zero.store(at_[cell]);
    high(level, rest).store(shared_[cell]);
    const std::uint64_t two = high(sum + own, scale).bytes();
    sum = sum.second_twice();
    // red, green, blue and nothing, twice
    const std::uint64_t six = (two & 0xFFFFFFU) | (two >> 8 & 0xFFFFFF000000U);
    if constexpr (std::endian::native == std::endian::little) {
      if (cell + 2 < kCellSide) {
        std::memcpy(out, &six, sizeof(six));  // the next pixels overwrite the rest
      } else {
        std::memcpy(out, &six, 6);
      }
    } else {
      for (int i = 0; i < 6; ++i) out[i] = static_cast<std::uint8_t>(six >> (8 * i));
    }
  }
}

}  // namespace plyo::render
