// A meadow above a cliff, laid out as in gymnasium 1.4.0.
#pragma once

#include <cstdint>

#include "envs/toy_text/cliff_walking.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"

namespace PLYO_ENVS {

struct CliffWalkingScene {
  static constexpr render::Size size(const CliffWalking::Params&) {
    return {CliffWalking::kColumns * kTile, CliffWalking::kRows * kTile};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const CliffWalking::State& s, const CliffWalking::Params&) {
    draw_meadow(canvas);
    draw_cliff(canvas);
    draw_letter(canvas, "S", CliffWalking::kStart);
    draw_letter(canvas, "G", CliffWalking::kGoal);
    const render::Point goal = corner(CliffWalking::kGoal), agent = corner(s.s);
    canvas.cells(scenes::kFlag, goal.x + 28, goal.y + 16, kCell);
    canvas.cells(scenes::kRobot, agent.x + 12, agent.y + 20, kCell);
  }

 private:
  static constexpr int kTile = 64, kCell = 4;  // pixels

  static constexpr render::Point corner(std::int32_t place) {
    const std::int32_t row = place / CliffWalking::kColumns, column = place % CliffWalking::kColumns;
    return {static_cast<double>(column * kTile), static_cast<double>(row * kTile)};
  }

  template <class Canvas>
  static constexpr void draw_letter(Canvas& canvas, Text letter, std::int32_t place) {
    const render::Point at = corner(place);
    canvas.text(letter, at.x + 8, at.y + 8, 5 * kCell, render::Align::kLeft, scenes::kInk,
                render::Font::k3x5);
  }

  template <class Canvas>
  static constexpr void draw_meadow(Canvas& canvas) {
    constexpr render::Color kGrass{0xc4, 0xd8, 0x9e}, kFurrow{0xac, 0xc2, 0x82};
    canvas.clear(kGrass);
    for (int row = 0; row < CliffWalking::kRows; ++row) {
      canvas.rect(0, row * kTile, CliffWalking::kColumns * kTile, kCell, kFurrow);
    }
    for (int column = 0; column < CliffWalking::kColumns; ++column) {
      canvas.rect(column * kTile, 0, kCell, CliffWalking::kRows * kTile, kFurrow);
    }
  }

  // The lowest row without its two ends, with cracks that differ from tile to tile.
  template <class Canvas>
  static constexpr void draw_cliff(Canvas& canvas) {
    constexpr render::Color kRock{0xa8, 0x7c, 0x52}, kSoil{0x7e, 0x5a, 0x3a}, kBase{0x4a, 0x46, 0x4e};
    constexpr render::Color kLight{0xc6, 0x9c, 0x6e};
    constexpr double kTop = (CliffWalking::kRows - 1) * kTile, kBottom = CliffWalking::kRows * kTile;
    constexpr double kLeft = kTile, kRight = (CliffWalking::kColumns - 1) * kTile, kWidth = kRight - kLeft;
    canvas.rect(kLeft, kTop, kWidth, kTile, kRock);
    canvas.rect(kLeft, kBottom - 20, kWidth, 12, kSoil);
    canvas.rect(kLeft, kBottom - 8, kWidth, 8, kBase);
    for (int column = 1; column < CliffWalking::kColumns - 1; ++column) {
      const double x = column * kTile;
      const bool even = column % 2 == 0;
      canvas.rect(x + (even ? 20 : 32), kTop + 16, kCell, 20, kSoil);
      canvas.rect(x + (even ? 48 : 12), kTop + 24, kCell, 12, kSoil);
      canvas.rect(x + (even ? 8 : 24), kTop + kCell, 12, kCell, kSoil);
      canvas.rect(x + (even ? 40 : 44), kTop + kCell, 8, kCell, kSoil);
    }
    // both ends and the edge
    canvas.rect(kLeft, kTop, 12, kTile, kLight);
    canvas.rect(kRight - 12, kTop, 12, kTile, kLight);
    canvas.rect(kLeft, kTop, kCell, kTile, scenes::kInk);
    canvas.rect(kRight - kCell, kTop, kCell, kTile, scenes::kInk);
    canvas.rect(kLeft, kTop, kWidth, kCell, scenes::kInk);
  }
};

}  // namespace PLYO_ENVS
