// Which rows of a picture have changed since it was seen before, and which values they bring.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plyo::render {

// A picture of one byte a pixel, and one that was seen before.
struct SeenPictures {
  const std::uint8_t* picture = nullptr;
  const std::uint8_t* before = nullptr;  // all of its values are marked; or null
  std::size_t height = 0;
  std::size_t width = 0;
};

// Marks the values of a picture in a table of 256; whether one had no mark. Where a row differs from that of the
// picture before, `changed`, which may be null, becomes 1.
bool mark_values(const SeenPictures& pictures, std::uint8_t* marks, std::uint8_t* changed);

// Copies the rows of a picture that a table marks.
void copy_rows(const std::uint8_t* picture, std::size_t height, std::size_t width, const std::uint8_t* rows,
               std::uint8_t* out);

}  // namespace plyo::render
