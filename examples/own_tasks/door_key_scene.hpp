// The grid from above, with the cells that the agent looks at in a lighter shade.
#pragma once

#include <plyo/scene.hpp>

#include "door_key.hpp"

struct DoorKeyScene {
  static constexpr int kCell = 32;  // pixels

  static constexpr render::Size size(const DoorKey::Params&) {
    return {kCell * DoorKey::kSize, kCell * DoorKey::kSize};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const DoorKey::State& s, const DoorKey::Params&) {
    constexpr render::Color kGrey{100, 100, 100}, kYellow{255, 255, 0}, kRed{255, 0, 0}, kGreen{0, 255, 0};
    canvas.clear(render::kBlack);
    for (std::int32_t y = 0; y < DoorKey::kSize; ++y) {
      for (std::int32_t x = 0; x < DoorKey::kSize; ++x) {
        if (DoorKey::is_wall(s, x, y)) cell(canvas, x, y, 0, kGrey);
      }
    }
    cell(canvas, DoorKey::kGoal, DoorKey::kGoal, 1, kGreen);
    cell(canvas, s.wall_x, s.door_y, 1, kYellow);
    cell(canvas, s.wall_x, s.door_y, s.is_open == 1 ? 3 : 10, render::kBlack);
    if (s.has_key == 0) {
      const double x = kCell * (s.key_x + 0.5), y = kCell * (s.key_y + 0.5);
      canvas.circle({x, y - 5}, 6, kYellow);
      canvas.rect(x - 2, y - 2, 4, 14, kYellow);
    }
    const std::int32_t dx = DoorKey::step_x(s.direction), dy = DoorKey::step_y(s.direction);
    const double x = kCell * (s.x + 0.5), y = kCell * (s.y + 0.5);
    const render::Point corners[] = {{x + 12 * dx, y + 12 * dy},
                                     {x - 10 * dx - 9 * dy, y - 10 * dy + 9 * dx},
                                     {x - 10 * dx + 9 * dy, y - 10 * dy - 9 * dx}};
    canvas.polygon(corners, 3, kRed);
    // the cells in sight
    const double left = kCell * (s.x + (dx > 0   ? 0
                                        : dx < 0 ? -6
                                                 : -3)),
                 top = kCell * (s.y + (dy > 0   ? 0
                                       : dy < 0 ? -6
                                                : -3));
    canvas.rect(left, top, 7 * kCell, 7 * kCell, render::kWhite, 60);
  }

  template <class Canvas>
  static constexpr void cell(Canvas& canvas, std::int32_t x, std::int32_t y, int inset, render::Color color) {
    canvas.rect(kCell * x + inset, kCell * y + inset, kCell - 2 * inset, kCell - 2 * inset, color);
  }
};
