// A roulette wheel and its rewards. The task remembers no result, so the picture has none.
#pragma once

#include <cstdint>

#include "envs/retired/roulette.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace PLYO_ENVS {

struct RouletteScene {
  static constexpr render::Size size(const Roulette::Params&) { return {kSize, kSize}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Roulette::State&, const Roulette::Params& params) {
    canvas.clear({0x5c, 0x8a, 0x68});
    canvas.circle(kCenter, kRim, {0x7a, 0x56, 0x3a});
    canvas.circle(kCenter, kOuter, scenes::kRed);
    // a wheel of too many numbers to distinguish is drawn with fewer
    const int pockets = static_cast<int>(params.spots < kMostPockets ? params.spots : kMostPockets);
    for (int i = 0; i < pockets; ++i) draw_pocket(canvas, i, pockets, params.spots <= kMostPockets);
    canvas.circle(kCenter, kInner, {0xcd, 0xa6, 0x5e});
    canvas.circle(kCenter, kInner - 4, scenes::kPaper);

    const scenes::NumberText zero = scenes::NumberText().text("0 PAYS ").integer(params.spots - 1);
    const scenes::NumberText numbers = scenes::NumberText().text("0 TO ").integer(params.spots - 1);
    write(canvas, numbers, -32);
    write(canvas, zero, -7);
    write(canvas, "PARITY PAYS 1", 18);
  }

 private:
  // pixels
  static constexpr int kSize = 400;
  static constexpr render::Point kCenter{kSize / 2.0, kSize / 2.0};
  static constexpr double kRim = 188, kOuter = 174, kInner = 112;

  static constexpr std::int64_t kMostPockets = 60;

  // Clockwise from the top: the zero green, even numbers black, odd ones red as the wheel is.
  template <class Canvas>
  static constexpr void draw_pocket(Canvas& canvas, int number, int pockets, bool numbered) {
    const double turn = plyo::math::kTwoPi / pockets, middle = turn * number - plyo::math::kHalfPi;
    const double radius = (kOuter + kInner) / 2;
    const render::Color color = number == 0 ? render::Color{0x4e, 0x9a, 0x5a} : scenes::kInk;
    if (number % 2 == 0) {
      canvas.arc(kCenter, radius, middle - turn / 2, middle + turn / 2, kOuter - kInner, color);
    }
    if (!numbered) return;
    // on whole pixels
    constexpr double kNumbers = kOuter - 14, kLetter = 10;
    const scenes::NumberText text(number);
    const plyo::math::SinCos place = plyo::math::sincos(middle);
    const double width = render::text_width(text, kLetter, render::Font::k3x5);
    const double x = plyo::math::round_even(kCenter.x + kNumbers * place.cos - width / 2);
    const double y = plyo::math::round_even(kCenter.y + kNumbers * place.sin - kLetter / 2);
    canvas.text(text, x, y, kLetter, render::Align::kLeft, render::kWhite, render::Font::k3x5);
  }

  template <class Canvas>
  static constexpr void write(Canvas& canvas, Text text, double y) {
    canvas.text(text, kCenter.x, kCenter.y + y, 14, render::Align::kCenter, scenes::kInk);
  }
};

}  // namespace PLYO_ENVS
