// The arithmetic by which pygame's smoothscale shrinks a line of pixels: each of the new pixels, called cells
// here, is a mean over pixels, the last of which it shares with the next cell.
#pragma once

#include <cstdint>

namespace plyo::render {

// A line of kFrom pixels that becomes kTo cells. Cell j gets the pixels after `shared(j - 1)` up to `shared(j)`, of
// the latter `part(j)` 16384ths, and the rest of the pixel shared(j - 1). Parts of levels are cut to integers.
template <int kFrom, int kTo>
struct ShrinkTable {
  static constexpr int kUnit = 1 << 14;
  static constexpr int kSpace = kUnit * kFrom / kTo;
  // 65536ths of a cell's sum that are its level
  static constexpr std::uint16_t kScale = (1 << 30) / kSpace;

  std::int16_t shared[kTo + 1]{};  // of cell j at j + 1; -1 before the first cell
  std::uint16_t part[kTo]{};       // of the shared pixel that is the cell's own, in 16384ths
  std::uint16_t rest[kTo + 1]{};   // of the shared pixel before the cell that is the cell's own
  std::uint8_t
      cell_of[kFrom + 1]{};  // the cell in which a pixel is the second or a later one, or the shared one

  constexpr ShrinkTable() {
    shared[0] = -1;
    int left = kSpace, cell = 0;
    for (int at = 0; at < kFrom && cell < kTo; ++at) {
      cell_of[at] = static_cast<std::uint8_t>(cell);
      if (left > kUnit) {
        left -= kUnit;
        continue;
      }
      shared[cell + 1] = static_cast<std::int16_t>(at);
      part[cell] = static_cast<std::uint16_t>(left);
      rest[cell + 1] = static_cast<std::uint16_t>(kUnit - left);
      left = kSpace - (kUnit - left);
      ++cell;
    }
  }
};

}  // namespace plyo::render
