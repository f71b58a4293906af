// A number to guess: its possible range, the direction of the next guess, and the count of guesses. The
// number itself is not shown.
#pragma once

#include <cstdint>

#include "envs/retired/shared/guess.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace PLYO_ENVS {

template <class Env>
struct NumberLineScene {
  static constexpr render::Size size(const typename Env::Params&) { return {kWidth, 200}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Guess::State& s, const typename Env::Params& params) {
    canvas.clear(scenes::kPaper);
    const scenes::NumberText guesses =
        scenes::NumberText().text("GUESSES ").integer(s.guesses).text(" OF ").integer(params.guess_max);
    write(canvas, guesses, kLeft, 16, render::Align::kLeft);
    const double share =
        plyo::math::min(static_cast<double>(s.guesses) / static_cast<double>(params.guess_max), 1);
    canvas.rect(kLeft, 38, kRight - kLeft, 6, kGray);
    canvas.rect(kLeft, 38, (kRight - kLeft) * share, 6, scenes::kBlue);
    draw_hint(canvas, s.hint);
    draw_line(canvas, params.range);
  }

 private:
  // pixels
  static constexpr int kWidth = 600;
  static constexpr double kLeft = 40, kRight = kWidth - 40, kMiddle = kWidth / 2.0, kLine = 150, kHint = 92;
  static constexpr render::Color kGray{0xd4, 0xd2, 0xca};

  template <class Canvas>
  static constexpr void write(Canvas& canvas, Text text, double x, double y, render::Align align) {
    canvas.text(text, x, y, 14, align, scenes::kInk);
  }

  // From the least to the greatest guess, with the part that has the number.
  template <class Canvas>
  static constexpr void draw_line(Canvas& canvas, double range) {
    const double reach = plyo::math::min((kRight - kMiddle) * range / Env::kBounds, kRight - kMiddle);
    canvas.rect(kMiddle - reach, kLine - 8, 2 * reach, 16, scenes::kYellow);
    canvas.rect(kLeft, kLine - 1, kRight - kLeft, 2, scenes::kInk);
    for (int i = -2; i <= 2; ++i) {
      const double x = kMiddle + (kRight - kMiddle) * i / 2;
      canvas.rect(x - 1, kLine - 8, 2, 16, scenes::kInk);
      const scenes::NumberText number(static_cast<std::int64_t>(Env::kBounds) * i / 2);
      write(canvas, number, x, kLine + 16, render::Align::kCenter);
    }
  }

  // The last guess, with an arrow towards the number.
  template <class Canvas>
  static constexpr void draw_hint(Canvas& canvas, std::int64_t hint) {
    constexpr Text kTexts[4] = {"NO GUESS YET", "TOO LOW", "RIGHT", "TOO HIGH"};
    write(canvas, kTexts[hint], kMiddle, kHint - 7, render::Align::kCenter);
    if (hint != 1 && hint != 3) return;
    const double side = hint == 1 ? 1 : -1, tail = kMiddle + 80 * side, tip = tail + 60 * side;
    const render::Point head[3] = {
        {tip - 16 * side, kHint - 12}, {tip, kHint}, {tip - 16 * side, kHint + 12}};
    canvas.rect(tail, kHint - 3, 44 * side, 6, scenes::kRed);
    canvas.polygon(head, 3, scenes::kRed);
  }
};

}  // namespace PLYO_ENVS
