// A grid world of the MiniGrid kind: fetch the key, open the door in the wall, reach the goal behind it. The agent
// looks at the 7 x 7 cells before it. Reference: Chevalier-Boisvert et al. 2023, "Minigrid & Miniworld",
// MiniGrid-DoorKey-8x8. Differences: the agent looks through walls, and it cannot drop the key.
#pragma once

#include <plyo/environment.hpp>

struct DoorKey {
  // Cells count from the upper left corner; directions are right, down, left, up.
  struct State {
    std::int32_t x, y, direction;  // of the agent
    std::int32_t key_x, key_y;     // of the key, until it is taken
    std::int32_t wall_x, door_y;   // the column of the wall, and the row of its door
    std::int32_t has_key, is_open;
    std::int32_t steps;  // in this episode
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::uint8_t[7][7][3];  // row, column, {object, colour, state}; the agent is in [6][3]

  static constexpr std::int32_t kSize = 8;  // cells, with the walls around
  static constexpr std::int32_t kGoal = kSize - 2;
  static constexpr int kLimit = 10 * kSize * kSize;  // steps
  // MiniGrid's numbers of objects, colours and states of doors.
  static constexpr std::int32_t kEmpty = 1, kWall = 2, kDoor = 4, kKey = 5, kGoalCell = 8;
  static constexpr std::int32_t kGreen = 1, kYellow = 4, kGrey = 5;
  static constexpr std::int32_t kLocked = 2;

  static constexpr EnvInfo info{
      .summary = "Fetch the key, open the door, reach the goal; a partial view of a grid.",
      .source = "MiniGrid-DoorKey-8x8 (Chevalier-Boisvert et al., 2023)",
      .variants = variants(Variant{"DoorKey-v0", kLimit, 0.9}),
      .observation = box<Observation>({"cell", "", 0, 10}),
      .action = discrete({"turn left", "turn right", "go forward", "take the key", "open the door"}),
      .render_fps = 10};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.wall_x = static_cast<std::int32_t>(rng.integers(2, kSize - 2));
    s.door_y = static_cast<std::int32_t>(rng.integers(1, kSize - 1));
    s.x = static_cast<std::int32_t>(rng.integers(1, s.wall_x));
    s.y = static_cast<std::int32_t>(rng.integers(1, kSize - 1));
    s.direction = static_cast<std::int32_t>(rng.integers(0, 4));
    // one of the cells of the room that the agent is not in
    const std::int32_t columns = s.wall_x - 1, cells = columns * (kSize - 2);
    const std::int32_t own = (s.y - 1) * columns + s.x - 1;
    const std::int32_t drawn = static_cast<std::int32_t>(rng.integers(0, cells - 1));
    const std::int32_t cell = drawn + (drawn >= own ? 1 : 0);
    s.key_x = 1 + cell % columns;
    s.key_y = 1 + cell / columns;
    s.has_key = s.is_open = s.steps = 0;
  }

  static constexpr bool is_wall(const State& s, std::int32_t x, std::int32_t y) {
    return (x <= 0) | (x >= kSize - 1) | (y <= 0) | (y >= kSize - 1) | ((x == s.wall_x) & (y != s.door_y));
  }

  static constexpr Step step(State& s, const Action& action, const Params&) {
    s.steps += 1;
    s.direction = (s.direction + (action == 0 ? 3 : 0) + (action == 1 ? 1 : 0)) & 3;
    const std::int32_t x = s.x + step_x(s.direction), y = s.y + step_y(s.direction);
    const bool before_key = (x == s.key_x) & (y == s.key_y) & (s.has_key == 0);
    const bool before_door = (x == s.wall_x) & (y == s.door_y);
    const bool blocked = is_wall(s, x, y) | before_key | (before_door & (s.is_open == 0));
    const bool goes = (action == 2) & !blocked;
    s.x = goes ? x : s.x;
    s.y = goes ? y : s.y;
    s.has_key |= (action == 3) & before_key;
    s.is_open |= (action == 4) & before_door & (s.has_key == 1);
    const bool arrived = (s.x == kGoal) & (s.y == kGoal);
    return {arrived ? 1.0 - 0.9 * s.steps / kLimit : 0.0, arrived};
  }

  static constexpr std::int32_t step_x(std::int32_t direction) { return (direction == 0) - (direction == 2); }
  static constexpr std::int32_t step_y(std::int32_t direction) { return (direction == 1) - (direction == 3); }

  // A cell of the grid as the agent has it: so many cells ahead, and to the right.
  static constexpr void put(const State& s, std::int32_t x, std::int32_t y, std::int32_t object,
                            std::int32_t colour, std::int32_t state, Observation& out) {
    const std::int32_t dx = step_x(s.direction), dy = step_y(s.direction);
    const std::int32_t row = 6 - ((x - s.x) * dx + (y - s.y) * dy),
                       column = 3 + (y - s.y) * dx - (x - s.x) * dy;
    if ((row < 0) | (row > 6) | (column < 0) | (column > 6)) return;
    out[row][column][0] = static_cast<std::uint8_t>(object);
    out[row][column][1] = static_cast<std::uint8_t>(colour);
    out[row][column][2] = static_cast<std::uint8_t>(state);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    // A row of the view lies along one axis of the grid, and its columns along the other: a cell is wall if its row is
    // or its column is. The few things in the grid come on top.
    const std::int32_t dx = step_x(s.direction), dy = step_y(s.direction);
    const bool turned = dx != 0;  // whether rows are columns of the grid
    std::uint8_t pattern[21]{};
    for (std::int32_t column = 0; column < 7; ++column) {
      const std::int32_t at = (turned ? s.y : s.x) + (column - 3) * (dx - dy);
      const bool wall = (at <= 0) | (at >= kSize - 1) | (!turned & (at == s.wall_x));
      pattern[3 * column] = static_cast<std::uint8_t>(wall ? kWall : kEmpty);
      pattern[3 * column + 1] = static_cast<std::uint8_t>(wall ? kGrey : 0);
    }
    for (std::int32_t row = 0; row < 7; ++row) {
      const std::int32_t at = (turned ? s.x : s.y) + (6 - row) * (dx + dy);
      const bool wall = (at <= 0) | (at >= kSize - 1) | (turned & (at == s.wall_x));
      for (std::int32_t column = 0; column < 7; ++column) {
        out[row][column][0] = wall ? std::uint8_t{kWall} : pattern[3 * column];
        out[row][column][1] = wall ? std::uint8_t{kGrey} : pattern[3 * column + 1];
        out[row][column][2] = 0;
      }
    }
    put(s, kGoal, kGoal, kGoalCell, kGreen, 0, out);
    put(s, s.wall_x, s.door_y, kDoor, kYellow, s.is_open == 1 ? 0 : kLocked, out);
    if (s.has_key == 0) put(s, s.key_x, s.key_y, kKey, kYellow, 0, out);
  }
};
