// The second half of a shrunk surface: the cells of 96 x 96 pixels, made of a window's rows of 1000 pixels with the
// arithmetic of pygame's smoothscale.
#pragma once

#include <cstddef>
#include <cstdint>

#include "render/canvas.hpp"
#include "render/quad16.hpp"
#include "render/shrink_table.hpp"

namespace plyo::render {

inline constexpr int kCellSide = 96;  // cells of a row, and rows of cells
inline constexpr ShrinkTable<1000, kCellSide> kAcross;
inline constexpr ShrinkTable<800, kCellSide> kDown;

// The colours of a picture, and what each is in cells.
class CellColors {
 public:
  static constexpr std::uint32_t kMost = 32;

  // Keeps the colours, as those of the next picture are the same or nearly so, unless there are many.
  void begin() {
    if (count_ > kMost / 2) count_ = 0;
  }
  std::uint8_t index_of(Color color);

  Quad16 levels(std::uint32_t index) const { return Quad16::load(levels_[index]); }
  // What a row with the colour in all of a cell adds to it: one level less than the colour, by cut fractions.
  Quad16 plain(std::uint32_t index) const { return Quad16::load(plain_[index]); }
  // Of each cell's sum over its pixels: four numbers of the pixel that it shares with the one before, and four of
  // the rest.
  using Sums = std::uint16_t[8];
  const Sums* sums(std::uint32_t index) const { return sums_[index]; }

 private:
  void make_sums(std::uint32_t index);

  std::uint32_t count_ = 0;
  Color colors_[kMost];
  bool has_sums_[kMost] = {};
  alignas(16) std::uint16_t levels_[kMost][4];
  alignas(16) std::uint16_t plain_[kMost][4];
  alignas(16) Sums sums_[kMost][kCellSide];
};

// Sums the rows of the window that belong to a row of cells.
class CellRows {
 public:
  using Picture = std::uint8_t[kCellSide][kCellSide][3];

  // Forgets everything, before a picture's first row.
  void begin();

  // For a row of the window: adds a number to a cell and all after it, and one to the cell alone.
  void add(int cell, Quad16 from, Quad16 at) {
    (Octet16::load(sums_[cell]) + join(from, at)).store(sums_[cell]);
    mark(differs_, cell);
  }
  // Says that the last row's level in a cell is not that of the cells beside it.
  void mark_last(int cell) {
    mark(differs_, cell);
    mark(differs_next_, cell);
  }
  // Ends a row of cells: the numbers above are of all its rows but the last, which has these levels in each cell.
  void finish(int band, const std::uint16_t (*last)[4], Picture& picture);

 private:
  static void mark(std::uint8_t* flags, int cell) { flags[cell] = flags[cell + 1] = 1; }

  alignas(16) std::uint16_t sums_[kCellSide][8];    // from a cell on, and at it
  alignas(16) std::uint16_t shared_[kCellSide][4];  // what the last row leaves for the next cells
  // whether a cell may differ from the one before, in this row of cells, and by the last row in the next one
  std::uint8_t differs_[kCellSide + 1], differs_next_[kCellSide + 1];
};

}  // namespace plyo::render
