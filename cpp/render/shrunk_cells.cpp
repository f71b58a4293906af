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
  std::memset(sums_, 0, sizeof(sums_));
  std::memset(shared_, 0, sizeof(shared_));
  std::memset(differs_, 0, sizeof(differs_));
  std::memset(differs_next_, 0, sizeof(differs_next_));
}

namespace {

// Writes the pixels of two cells, each red, green, blue and nothing; two bytes more if that is allowed.
template <bool kHasMore>
void write_pixels(std::uint64_t two, std::uint8_t* out) {
  const std::uint64_t six = (two & 0xFFFFFFU) | (two >> 8 & 0xFFFFFF000000U);
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &six, kHasMore ? sizeof(six) : 6);
  } else {
    for (int i = 0; i < 6; ++i) out[i] = static_cast<std::uint8_t>(six >> (8 * i));
  }
}

}  // namespace

void CellRows::finish(int band, const std::uint16_t (*last)[4], Picture& picture) {
  constexpr int kGroup = 4;  // cells that are the same as the one before, or are made
  const Octet16 part = Octet16::all(kDown.part[band]), rest = Octet16::all(kDown.rest[band + 1]);
  const Octet16 scale = Octet16::all(kDown.kScale), zero;
  std::uint8_t* out = picture[band][0];
  Octet16 sum, shared;
  std::uint64_t two = 0;
  differs_[0] = 1;
  const auto make_two = [&](int cell) {
    const Octet16 first = Octet16::load(sums_[cell]), second = Octet16::load(sums_[cell + 1]);
    zero.store(sums_[cell]);
    zero.store(sums_[cell + 1]);
    sum = sum + firsts(first, second).summed();
    const Octet16 level = Octet16::load(last[cell]).shifted<2>();
    const Octet16 own = seconds(first, second) + Octet16::load(shared_[cell]) + high(level, part);
    shared = high(level, rest);
    shared.store(shared_[cell]);
    two = high(sum + own, scale).bytes();
    sum = sum.second_twice();
  };
  for (int begin = 0; begin < kCellSide - kGroup; begin += kGroup) {
    std::uint32_t flags;
    std::memcpy(&flags, differs_ + begin, kGroup);
    if (flags == 0) {
      two = (two >> 32) | (two >> 32 << 32);
      shared = shared.second_twice();
      for (int cell = begin; cell < begin + kGroup; cell += 2, out += 6) {
        shared.store(shared_[cell]);
        write_pixels<true>(two, out);
      }
    } else {
      for (int cell = begin; cell < begin + kGroup; cell += 2, out += 6) {
        make_two(cell);
        write_pixels<true>(two, out);
      }
    }
  }
  make_two(kCellSide - 4);
  write_pixels<true>(two, out);
  make_two(kCellSide - 2);
  write_pixels<false>(two, out + 6);
  std::memcpy(differs_, differs_next_, sizeof(differs_));
  std::memset(differs_next_, 0, sizeof(differs_next_));
}

}  // namespace plyo::render
