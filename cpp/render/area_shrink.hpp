// Shrinks pictures by averaging areas, with the bits of OpenCV's `resize(..., INTER_AREA)`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plyo::render {

// The sizes of the pictures before and after, in pixels; a pixel has 1 or 3 bytes.
struct ShrinkSizes {
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t out_height = 0;
  std::size_t out_width = 0;
  std::size_t channels = 1;
};

// What is shrunk: pixels, or their numbers in a palette of 256 pixels. Of two pictures it is the greater value.
struct ShrinkSource {
  const std::uint8_t* picture = nullptr;
  const std::uint8_t* other = nullptr;    // a second picture, or null
  const std::uint8_t* palette = nullptr;  // or null
};

// Shrinks pictures of one size to another. Any number of threads may use it at once.
class AreaShrink {
 public:
  // The sizes after must be from 1 to those before.
  explicit AreaShrink(const ShrinkSizes& sizes);

  const ShrinkSizes& sizes() const { return sizes_; }
  void shrink(const ShrinkSource& source, std::uint8_t* out) const;

 private:
  // Which values of a line make up those of a shorter one, by how much: the first of each, and the same number of
  // weights for all, some of them 0.
  struct Axis {
    std::size_t taps = 0;
    std::vector<std::uint32_t> first;
    std::vector<float> weights;  // [tap][value]
  };
  // A picture read row by row, as values.
  class Rows;

  static Axis make_axis(std::size_t size, std::size_t out_size);
  // For each value the last one before it with the same weights; itself if there is none.
  static std::vector<std::uint32_t> find_twins(const Axis& axis, std::size_t out_size);
  void shrink_blocks(Rows& rows, std::uint8_t* out) const;
  void shrink_areas(Rows& rows, std::uint8_t* out) const;
  void shrink_row(const std::uint8_t* row, float* floats, float* out) const;

  ShrinkSizes sizes_;
  // The sides of the blocks where both ratios are whole numbers, else 0.
  std::size_t block_height_ = 0;
  std::size_t block_width_ = 0;
  Axis across_;
  Axis down_;
  std::vector<std::uint32_t> twins_;   // of the rows
  std::vector<std::uint32_t> places_;  // [tap][value of an output row]: where it is in a row
  std::vector<float> factors_;         // the same, its weight
};

// Marks the values of a picture of one byte a pixel in a table of 256; whether one had no mark.
bool mark_values(const std::uint8_t* picture, std::size_t height, std::size_t width, std::uint8_t* marks);

}  // namespace plyo::render
