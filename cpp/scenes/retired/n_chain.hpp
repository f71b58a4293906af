// A chain with a walker, and the rewards of the ways forward and back. A long chain is shown around the
// walker.
#pragma once

#include <cstdint>

#include "envs/retired/n_chain.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace PLYO_ENVS {

struct NChainScene {
  static constexpr render::Size size(const NChain::Params&) { return {kWidth, 240}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const NChain::State& s, const NChain::Params& params) {
    canvas.clear(scenes::kPaper);
    const std::int64_t shown = params.n < kMostShown ? params.n : kMostShown;
    const std::int64_t latest = params.n - shown, before = s.s - shown / 2;
    const std::int64_t first = before < 0 ? 0 : (before < latest ? before : latest);
    const double left = kWidth / 2.0 - kPitch * static_cast<double>(shown - 1) / 2;
    const auto x_of = [left, first](std::int64_t place) {
      return left + kPitch * static_cast<double>(place - first);
    };

    // the chain; a grey piece shows that it is cut off
    const double last_x = x_of(first + shown - 1);
    if (first > 0) canvas.rect(0, kChain - 1, left, 2, kGray);
    if (first < latest) canvas.rect(last_x, kChain - 1, kWidth - last_x, 2, kGray);
    for (std::int64_t place = first; place < first + shown; ++place) {
      if (place + 1 < first + shown) draw_link(canvas, x_of(place));
      draw_place(canvas, x_of(place), place, place == params.n - 1, place == s.s);
    }

    draw_way_back(canvas, x_of(s.s), first == 0 ? left : 0, first == 0, params.small);
    if (first == latest) draw_prize(canvas, last_x, params.large);
    canvas.cells(scenes::kRobot, x_of(s.s) - 20, kChain - kRadius - 40, 4);
  }

 private:
  // pixels
  static constexpr int kWidth = 600;
  static constexpr std::int64_t kMostShown = 9;
  static constexpr double kPitch = 62, kRadius = 20, kChain = 130, kLetter = 14;
  static constexpr render::Color kGray{0xb8, 0xba, 0xc2};

  template <class Canvas>
  static constexpr void draw_link(Canvas& canvas, double x) {
    const double from = x + kRadius, to = x + kPitch - kRadius;
    const render::Point head[3] = {{to - 9, kChain - 6}, {to - 1, kChain}, {to - 9, kChain + 6}};
    canvas.rect(from, kChain - 1, to - from - 8, 2, scenes::kInk);
    canvas.polygon(head, 3, scenes::kInk);
  }

  template <class Canvas>
  static constexpr void draw_place(Canvas& canvas, double x, std::int64_t place, bool end, bool here) {
    canvas.circle({x, kChain}, kRadius, scenes::kInk);
    canvas.circle({x, kChain}, kRadius - 2, here ? scenes::kYellow : (end ? scenes::kGreen : render::kWhite));
    const scenes::NumberText number(place);
    const double height = place < 1000 ? kLetter : kLetter / 2;
    canvas.text(number, x, kChain - height / 2, height, render::Align::kCenter, scenes::kInk);
  }

  // Under the chain from the walker to the first place, which may lie off to the left.
  template <class Canvas>
  static constexpr void draw_way_back(Canvas& canvas, double from, double to, bool shown, double pays) {
    constexpr double kTop = kChain + kRadius + 4, kBottom = kTop + 30;
    canvas.rect(from + 7, kTop, 2, kBottom - kTop, scenes::kInk);
    canvas.rect(to - 9, kBottom, from - to + 18, 2, scenes::kInk);
    if (shown) {
      const double x = to - 8;
      const render::Point head[3] = {{x - 6, kTop + 8}, {x, kTop}, {x + 6, kTop + 8}};
      canvas.rect(x - 1, kTop + 8, 2, kBottom - kTop - 8, scenes::kInk);
      canvas.polygon(head, 3, scenes::kInk);
    }
    const scenes::NumberText text = scenes::NumberText().text("BACK PAYS ").real(pays, decimals(pays));
    canvas.text(text, kWidth / 2.0, kBottom + 14, kLetter, render::Align::kCenter, scenes::kInk);
  }

  // Above the last place, which rewards staying.
  template <class Canvas>
  static constexpr void draw_prize(Canvas& canvas, double x, double pays) {
    const scenes::NumberText text = scenes::NumberText().text("THE END PAYS ").real(pays, decimals(pays));
    canvas.rect(x - 1, 44, 2, kChain - kRadius - 44, scenes::kGreen);
    canvas.text(text, plyo::math::min(x + 60, kWidth - 16), 22, kLetter, render::Align::kRight, scenes::kInk);
  }

  static constexpr int decimals(double value) { return plyo::math::floor(value) == value ? 0 : 2; }
};

}  // namespace PLYO_ENVS
