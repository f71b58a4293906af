// A coin, and amounts as bars, for the tasks of betting on a coin.
#pragma once

#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace plyo::scenes::coin_table {

inline constexpr render::Size kSize{560, 220};
inline constexpr double kLeft = 176, kRight = 536;  // pixels, of bars

// An amount of dollars and the greatest amount; large ones without cents.
constexpr NumberText dollars(double amount, double greatest) {
  const int decimals = greatest < 1e5 ? 2 : 0;
  return NumberText().text("$").real(amount, decimals).text(" OF ").real(greatest, decimals);
}

// The table, and the coin with the text of its bias.
template <class Canvas>
constexpr void draw_table(Canvas& canvas, Text chance) {
  canvas.clear(kPaper);
  constexpr render::Point kCoin{88, 110};
  canvas.circle(kCoin, 64, kInk);
  canvas.circle(kCoin, 61, kYellow);
  canvas.circle(kCoin, 50, {0xcd, 0xa6, 0x5e});
  canvas.circle(kCoin, 47, kYellow);
  canvas.text(chance, kCoin.x, kCoin.y - 10, 21, render::Align::kCenter, kInk);
}

// A name and a value above a bar; a share of it, 0 to 1, is filled.
template <class Canvas>
constexpr void draw_bar(Canvas& canvas, double y, Text name, Text value, double share, render::Color color) {
  constexpr render::Color kEmpty{0xd4, 0xd2, 0xca};
  canvas.text(name, kLeft, y, 14, render::Align::kLeft, kInk);
  canvas.text(value, kRight, y, 14, render::Align::kRight, kInk);
  canvas.rect(kLeft, y + 20, kRight - kLeft, 12, kEmpty);
  canvas.rect(kLeft, y + 20, (kRight - kLeft) * math::clip(share, 0, 1), 12, color);
}

}  // namespace plyo::scenes::coin_table
