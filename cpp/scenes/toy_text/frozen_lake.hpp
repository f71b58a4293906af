// A lake from above, laid out as in gymnasium 1.4.0; large maps show no details.
#pragma once

#include <cstddef>
#include <cstdint>

#include "envs/toy_text/frozen_lake.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"

namespace PLYO_ENVS {

struct FrozenLakeScene {
  static constexpr render::Size size(const FrozenLake::Params& params) {
    const Texts map = FrozenLake::map_of(params);
    return {pixels(map[0].size()), pixels(map.size())};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const FrozenLake::State& s, const FrozenLake::Params& params) {
    const Texts map = FrozenLake::map_of(params);
    const Grid grid = grid_of(canvas, map);
    const auto columns = static_cast<int>(map[0].size()), rows = static_cast<int>(map.size());
    draw_ice(canvas, columns * grid.width, rows * grid.height);
    if (grid.cell() >= kDetailed) {
      draw_frost(canvas, grid, columns, rows);
      draw_tiles(canvas, grid, map);
      draw_lines(canvas, grid, columns, rows);
    } else {
      draw_spots(canvas, grid, map);
    }
    draw_agent(canvas, grid, map, s.s);
  }

 private:
  static constexpr render::Color kIce{0xc6, 0xe0, 0xf2}, kFrost{0xae, 0xcd, 0xe6}, kLine{180, 200, 230};
  static constexpr render::Color kCrack{0xb8, 0xd4, 0xec};
  static constexpr render::Color kWater{0x5c, 0x8a, 0xbe}, kEdge{0x46, 0x70, 0xa4}, kGlint{0x82, 0xaa, 0xd6};

  static constexpr double kTile = 64;     // pixels of a tile in full size, 16 cells of art
  static constexpr double kDetailed = 8;  // pixels of the least tile of several colours
  static constexpr double kVisible = 16;  // pixels of the least tile that shows the walker

  static constexpr int pixels(std::size_t tiles) { return static_cast<int>(tiles < 8 ? 64 * tiles : 512); }

  // The extent of a tile in pixels.
  struct Grid {
    double width, height;
    constexpr double cell() const { return width < height ? width : height; }
  };
  template <class Canvas>
  static constexpr Grid grid_of(const Canvas& canvas, const Texts& map) {
    const double width = pixels(map[0].size()) / static_cast<double>(map[0].size());
    const double height = pixels(map.size()) / static_cast<double>(map.size());
    // whole pixels, as in the reference, which cannot show a smaller tile
    if (canvas.style() == render::Style::kSmooth || width < 1 || height < 1) return {width, height};
    return {plyo::math::floor(width), plyo::math::floor(height)};
  }

  // Ice, and black in the remainder of whole pixels.
  template <class Canvas>
  static constexpr void draw_ice(Canvas& canvas, double right, double bottom) {
    const auto [width, height] = canvas.size();
    canvas.clear(kIce);
    if (right < width) canvas.rect(right, 0, width - right, height, render::kBlack);
    if (bottom < height) canvas.rect(0, bottom, width, height - bottom, render::kBlack);
  }

  // The tiles' upper and left edges, each in one piece for all of them.
  template <class Canvas>
  static constexpr void draw_frost(Canvas& canvas, const Grid& grid, int columns, int rows) {
    const double right = columns * grid.width, bottom = rows * grid.height;
    for (int row = 0; row < rows; ++row) {
      canvas.rect(0, row * grid.height, right, grid.height / 16, kFrost);
    }
    for (int column = 0; column < columns; ++column) {
      canvas.rect(column * grid.width, 0, grid.width / 16, bottom, kFrost);
    }
  }

  // One pixel on either side of the edges of tiles.
  template <class Canvas>
  static constexpr void draw_lines(Canvas& canvas, const Grid& grid, int columns, int rows) {
    const double right = columns * grid.width, bottom = rows * grid.height;
    for (int row = 0; row <= rows; ++row) {
      const double above = row > 0 ? 1 : 0, below = row < rows ? 1 : 0;
      canvas.rect(0, row * grid.height - above, right, above + below, kLine);
    }
    for (int column = 0; column <= columns; ++column) {
      const double before = column > 0 ? 1 : 0, after = column < columns ? 1 : 0;
      canvas.rect(column * grid.width - before, 0, before + after, bottom, kLine);
    }
  }

  template <class Canvas>
  static constexpr void draw_tiles(Canvas& canvas, const Grid& grid, const Texts& map) {
    for (std::size_t row = 0; row < map.size(); ++row) {
      for (std::size_t column = 0; column < map[row].size(); ++column) {
        const char letter = map[row][column];
        const double x = static_cast<double>(column) * grid.width;
        const double y = static_cast<double>(row) * grid.height;
        const std::size_t pattern = (3 * column + 5 * row) % 7;
        if (letter == 'F' && pattern > 1) continue;
        canvas.push({grid.width / kTile, 0, x, 0, grid.height / kTile, y});
        if (letter == 'H') draw_hole(canvas);
        if (letter == 'F') draw_crack(canvas, pattern == 0);
        canvas.pop();
        if (letter == 'S' || letter == 'G') draw_sign(canvas, grid, x, y, letter);
      }
    }
  }

  // Both on a tile in full size.
  template <class Canvas>
  static constexpr void draw_hole(Canvas& canvas) {
    canvas.rect(8, 12, 48, 40, kWater);
    canvas.rect(12, 52, 40, 4, kWater);
    canvas.rect(12, 8, 40, 4, kEdge);
    for (const render::Point glint : {render::Point{16, 20}, {36, 28}, {20, 40}}) {
      canvas.rect(glint.x, glint.y, 12, 4, kGlint);
    }
  }
  template <class Canvas>
  static constexpr void draw_crack(Canvas& canvas, bool rising) {
    constexpr double kCell = 4;
    for (int i = 0; i < 6; ++i) {
      const double x = (rising ? 4 : 6) + i, y = rising ? 11 - (i + 1) / 2 : 5 + (i + 1) / 2;
      canvas.rect(x * kCell, y * kCell, kCell, kCell, kCrack);
    }
  }

  // A letter in the corner, with a flag under that of the goal; these keep their shape on oblong tiles.
  template <class Canvas>
  static constexpr void draw_sign(Canvas& canvas, const Grid& grid, double x, double y, char letter) {
    const double cell = 4 * grid.cell() / kTile;
    if (letter == 'G') {
      const double left = x + (grid.width - scenes::kFlag.width * cell) / 2;
      const double margin = plyo::math::round_even(0.12 * grid.height);
      canvas.cells(scenes::kFlag, left, y + grid.height - margin - scenes::kFlag.height * cell, cell);
    }
    canvas.text({&letter, 1}, x + plyo::math::round_even(0.06 * grid.width),
                y + plyo::math::round_even(0.06 * grid.height), 5 * cell, render::Align::kLeft, scenes::kInk,
                render::Font::k3x5);
  }

  // Tiles of one colour, neighbours in one piece.
  template <class Canvas>
  static constexpr void draw_spots(Canvas& canvas, const Grid& grid, const Texts& map) {
    for (std::size_t row = 0; row < map.size(); ++row) {
      const Text letters = map[row];
      for (std::size_t column = 0; column < letters.size();) {
        const char letter = letters[column];
        const std::size_t first = column;
        while (column < letters.size() && letters[column] == letter) ++column;
        if (letter == 'F') continue;
        const render::Color color = letter == 'H' ? kWater : (letter == 'G' ? scenes::kRed : kFrost);
        canvas.rect(static_cast<double>(first) * grid.width, static_cast<double>(row) * grid.height,
                    static_cast<double>(column - first) * grid.width, grid.height, color);
      }
    }
  }

  // In the middle of its tile, hidden in a hole; a disc where it would be too small.
  template <class Canvas>
  static constexpr void draw_agent(Canvas& canvas, const Grid& grid, const Texts& map, std::int32_t place) {
    const auto columns = static_cast<std::int32_t>(map[0].size());
    const std::int32_t row = place / columns, column = place % columns;
    if (map[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] == 'H') return;
    const double x = (column + 0.5) * grid.width, y = (row + 0.5) * grid.height;
    if (grid.cell() < kVisible) {
      canvas.circle({x, y}, 5, scenes::kInk);
      canvas.circle({x, y}, 3, scenes::kYellow);
      return;
    }
    const double cell = 4 * grid.cell() / kTile;
    canvas.cells(scenes::kRobot, x - scenes::kRobot.width * cell / 2, y - scenes::kRobot.height * cell / 2,
                 cell);
  }
};

}  // namespace PLYO_ENVS
