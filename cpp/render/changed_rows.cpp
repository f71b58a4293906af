#include "render/changed_rows.hpp"

#include <cstring>

namespace plyo::render {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

std::uint64_t word_at(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, kWordBytes);
  return word;
}

}  // namespace

bool mark_values(const SeenPictures& pictures, std::uint8_t* marks, std::uint8_t* changed) {
  const std::size_t width = pictures.width;
  bool is_new = false;
  const auto mark = [&](std::uint8_t value) {
    is_new |= marks[value] == 0;
    marks[value] = 1;
  };
  for (std::size_t y = 0; y < pictures.height; ++y) {
    const std::uint8_t* row = pictures.picture + y * width;
    const std::uint8_t* before = pictures.before == nullptr ? nullptr : pictures.before + y * width;
    if (before != nullptr) {
      if (std::memcmp(row, before, width) == 0) continue;
      if (changed != nullptr) changed[y] = 1;
    }
    if (y > 0 && std::memcmp(row, row - width, width) == 0) continue;
    std::size_t x = 0;
    std::uint64_t word = 0;
    for (; x + kWordBytes <= width; x += kWordBytes) {
      const std::uint64_t next = word_at(row + x);
      if (x > 0 && next == word) continue;
      word = next;
      if (before != nullptr && next == word_at(before + x)) continue;
      for (std::size_t i = x; i < x + kWordBytes; ++i) mark(row[i]);
    }
    for (; x < width; ++x) mark(row[x]);
  }
  return is_new;
}

void copy_rows(const std::uint8_t* picture, std::size_t height, std::size_t width, const std::uint8_t* rows,
               std::uint8_t* out) {
  for (std::size_t y = 0; y < height; ++y) {
    if (rows[y] != 0) std::memcpy(out + y * width, picture + y * width, width);
  }
}

}  // namespace plyo::render
