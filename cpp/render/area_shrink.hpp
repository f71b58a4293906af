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

// A picture that was shrunk before: where rows have not changed since, its result is copied.
struct ShrunkBefore {
  const std::uint8_t* changed =
      nullptr;                        // [row of the picture], not 0 where one may differ; or null: all may
  const std::uint8_t* out = nullptr;  // what it was shrunk to; may be where the new result goes
};

// Shrinks pictures of one size to another. Any number of threads may use it at once.
class AreaShrink {
 public:
  // The sizes after must be from 1 to those before.
  explicit AreaShrink(const ShrinkSizes& sizes);

  const ShrinkSizes& sizes() const { return sizes_; }
  void shrink(const ShrinkSource& source, std::uint8_t* out, const ShrunkBefore& before = {}) const;

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
  // Copies a row of the result if the rows that it sums up have not changed; whether they have not.
  bool copy_same(const ShrunkBefore& before, std::size_t first, std::size_t count, std::size_t y,
                 std::uint8_t* out) const;
  void shrink_blocks(Rows& rows, std::uint8_t* out, const ShrunkBefore& before) const;
  void shrink_areas(Rows& rows, std::uint8_t* out, const ShrunkBefore& before) const;
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

// Pictures of lanes, one byte or three a pixel, and stacks of what they are shrunk to.
struct ShrinkStacks {
  const std::uint8_t* pictures = nullptr;  // [lane][row][pixel]
  const std::uint8_t* before = nullptr;    // the pictures whose results are the newest but one, or null
  std::uint8_t* rings = nullptr;   // [lane][place]: results, the older ones behind the newest in a ring
  std::uint8_t* stacks = nullptr;  // [lane][age]: gets the same results, the newest last
  std::size_t size = 0;            // of a stack
  std::size_t newest = 0;          // the place in the rings where the results go
};

// Shrinks the picture of a lane into its ring, and copies the ring. Lanes may be shrunk by several threads.
void shrink_stack(const AreaShrink& shrink, const ShrinkStacks& stacks, std::size_t lane);

}  // namespace plyo::render
