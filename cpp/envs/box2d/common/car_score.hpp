// The score in the corner of CarRacing's panel: white digits that fill the place of pygame's font.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../render/shrunk_surface.hpp"
#include "car_state.hpp"

namespace PLYO_ENVS::car_racing {

// A number as `f"{x:04.0f}"` writes it: rounded, a half to the even side, with zeros and the sign in front.
struct ScoreText {
  char letters[24];
  int count = 0;
};
inline ScoreText score_text(double score) {
  ScoreText text;
  const double rounded = math::round_even(math::abs(score));
  auto rest = static_cast<std::uint64_t>(rounded < 1e15 ? rounded : 1e15);
  char digits[20];
  int count = 0;
  for (; rest != 0 || count == 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
  if (score < 0) text.letters[text.count++] = '-';
  for (int zeros = 4 - text.count - count; zeros > 0; --zeros) text.letters[text.count++] = '0';
  while (count > 0) text.letters[text.count++] = digits[--count];
  return text;
}

// Strokes of a digit, one bit each: top, upper right, lower right, bottom, lower left, upper left, middle.
inline constexpr std::uint8_t kStrokes[10] = {0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
inline constexpr std::uint8_t kMinus = 0x40;

// Adds the letters, where pygame puts those of its font: numbers in pixels of the window.
template <class Sink>
void add_score(Sink& sink, double score) {
  constexpr double kMiddle = 60, kTop = 730, kHeight = 31, kStroke = 6, kGap = 4;
  constexpr double kDigit = 21, kDash = 9;  // widths
  const ScoreText text = score_text(score);
  const auto width_of = [=](char letter) { return letter == '-' ? kDash : kDigit; };
  double length = 0;
  for (int i = 0; i < text.count; ++i) length += width_of(text.letters[i]) + kGap;
  double x = kMiddle - length / 2 + kGap / 2;
  for (int i = 0; i < text.count; ++i) {
    const char letter = text.letters[i];
    const std::uint8_t strokes = letter == '-' ? kMinus : kStrokes[letter - '0'];
    const double width = width_of(letter), right = x + width - kStroke;
    const double middle = kTop + kHeight / 2, bottom = kTop + kHeight;
    const auto stroke = [&](int bit, double left, double top, double across, double down) {
      if ((strokes >> bit & 1) == 0) return;
      const double far_x = left + across - 1, far_y = top + down - 1;
      const render::Point points[4] = {{left, top}, {far_x, top}, {far_x, far_y}, {left, far_y}};
      sink.add(points, 4, render::kWhite, render::Paintwork::kDraw);
    };
    stroke(0, x, kTop, width, kStroke);
    stroke(1, right, kTop, kStroke, kHeight / 2);
    stroke(2, right, middle, kStroke, kHeight / 2);
    stroke(3, x, bottom - kStroke, width, kStroke);
    stroke(4, x, middle, kStroke, kHeight / 2);
    stroke(5, x, kTop, kStroke, kHeight / 2);
    stroke(6, x, middle - kStroke / 2, width, kStroke);
    x += width + kGap;
  }
}

}  // namespace PLYO_ENVS::car_racing
