// The grid from above, with the cells that the agent looks at in a lighter shade.
#pragma once

#include <plyo/scene.hpp>

#include "door_key.hpp"

struct DoorKeyScene {
  using Grid = DoorKey::Grid;
  static constexpr int kCell = 32;  // pixels

  static constexpr render::Size size(const DoorKey::Params&) {
    return {kCell * Grid::kSize, kCell * Grid::kSize};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const DoorKey::State& s, const DoorKey::Params&) {
    constexpr render::Color kGrey{100, 100, 100}, kYellow{255, 255, 0}, kRed{255, 0, 0}, kGreen{0, 255, 0};
    canvas.clear(render::kBlack);
    for (std::int32_t y = 0; y < Grid::kSize; ++y) {
      for (std::int32_t x = 0; x < Grid::kSize; ++x) {
        if (DoorKey::is_wall(s, Grid::kRow * y + x)) fill(canvas, Grid::kRow * y + x, 0, kGrey);
      }
    }
    fill(canvas, Grid::kGoal, 1, kGreen);
    fill(canvas, s.door, 1, kYellow);
    fill(canvas, s.door, s.stage == DoorKey::kIsOpen ? 3 : 10, render::kBlack);
    if (s.stage == DoorKey::kSeeksKey) {
      const double x = kCell * (DoorKey::x_of(s.key) + 0.5), y = kCell * (DoorKey::y_of(s.key) + 0.5);
      canvas.circle({x, y - 5}, 6, kYellow);
      canvas.rect(x - 2, y - 2, 4, 14, kYellow);
    }
    const std::int32_t dx = DoorKey::step_x(s.direction), dy = DoorKey::step_y(s.direction);
    const std::int32_t column = DoorKey::x_of(s.agent), row = DoorKey::y_of(s.agent);
    const double x = kCell * (column + 0.5), y = kCell * (row + 0.5);
    const render::Point corners[] = {{x + 12 * dx, y + 12 * dy},
                                     {x - 10 * dx - 9 * dy, y - 10 * dy + 9 * dx},
                                     {x - 10 * dx + 9 * dy, y - 10 * dy - 9 * dx}};
    canvas.polygon(corners, 3, kRed);
    // the cells in sight
    const double left = kCell * (dx > 0 ? column : dx < 0 ? column - 6 : column - 3);
    const double top = kCell * (dy > 0 ? row : dy < 0 ? row - 6 : row - 3);
    canvas.rect(left, top, 7 * kCell, 7 * kCell, render::kWhite, 60);
  }

  template <class Canvas>
  static constexpr void fill(Canvas& canvas, std::int32_t cell, int inset, render::Color color) {
    canvas.rect(kCell * DoorKey::x_of(cell) + inset, kCell * DoorKey::y_of(cell) + inset, kCell - 2 * inset,
                kCell - 2 * inset, color);
  }
};
