// Pixel art that several tasks share, in square cells, and the colours of the text tasks.
#pragma once

#include <array>
#include <cstddef>

#include "render/canvas.hpp"

namespace plyo::scenes {

using render::Color;

inline constexpr Color kInk{0x38, 0x3a, 0x46};
inline constexpr Color kRed{0xca, 0x66, 0x5c};
inline constexpr Color kYellow{0xe8, 0xc4, 0x58};
inline constexpr Color kGreen{0x98, 0xb8, 0x6e};
inline constexpr Color kBlue{0x74, 0x96, 0xc6};
inline constexpr Color kGlass{0xc6, 0xe0, 0xf2};
inline constexpr Color kPaper{0xfa, 0xfa, 0xf6};

// Cells whose columns or rows are in the opposite order.
template <int kWidth, std::size_t kSize>
constexpr std::array<char, kSize> mirrored(const char (&cells)[kSize]) {
  std::array<char, kSize> result{};
  for (std::size_t i = 0; i + 1 < kSize; ++i)
    result[i] = cells[i / kWidth * kWidth + kWidth - 1 - i % kWidth];
  return result;
}
template <int kWidth, std::size_t kSize>
constexpr std::array<char, kSize> flipped(const char (&cells)[kSize]) {
  std::array<char, kSize> result{};
  constexpr std::size_t kRows = (kSize - 1) / kWidth;
  for (std::size_t i = 0; i + 1 < kSize; ++i)
    result[i] = cells[(kRows - 1 - i / kWidth) * kWidth + i % kWidth];
  return result;
}

// The walker over lakes and along cliffs, 10 x 9.
inline constexpr Color kRobotColors[2] = {kInk, {0xd0, 0xd2, 0xd8}};
inline constexpr render::CellArt kRobot = render::cell_art<10>(
    "..aaaaaa.."
    ".abbbbbba."
    ".ababbaba."
    ".ababbaba."
    ".abbbbbba."
    "..aaaaaa.."
    "...a..a..."
    "...a..a..."
    "..aa..aa..",
    kRobotColors);

// The goal, 6 x 8.
inline constexpr Color kFlagColors[2] = {kInk, kRed};
inline constexpr render::CellArt kFlag = render::cell_art<6>(
    "abbb.."
    "abbbbb"
    "abbb.."
    "a....."
    "a....."
    "a....."
    "a....."
    "a.....",
    kFlagColors);

}  // namespace plyo::scenes
