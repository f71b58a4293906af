// A grid world of the MiniGrid kind: fetch the key, open the door in the wall, reach the goal behind it. The agent
// looks at the 7 x 7 cells before it. Reference: Chevalier-Boisvert et al. 2023, "Minigrid & Miniworld",
// MiniGrid-DoorKey-8x8. Differences: the agent looks through walls, and it cannot drop the key.
#pragma once

#include <cstring>
#include <plyo/environment.hpp>

// The grid, and tables of what an agent in it sees, which the compiler fills.
struct DoorKeyGrid {
  static constexpr std::int32_t kSize = 8, kEnd = kSize - 1;  // cells, with the walls around
  // A cell is a number, kRow * y + x from the upper left corner. Rows lie so far apart that the difference of two
  // cells tells how far apart they are along each axis.
  static constexpr std::int32_t kRow = 16, kNumCells = kRow * kSize;
  static constexpr std::int32_t kFar = kRow * kEnd + kEnd;  // the largest difference
  static constexpr std::int32_t kGoal = kRow * (kSize - 2) + kSize - 2;
  // MiniGrid's numbers of objects, colours and states of doors.
  static constexpr std::uint8_t kEmpty = 1, kWall = 2, kDoor = 4, kKey = 5, kGoalCell = 8;
  static constexpr std::uint8_t kGreen = 1, kYellow = 4, kGrey = 5;
  static constexpr std::uint8_t kLocked = 2;

  // A map has the grid without its door and key, turned so that the agent looks up, and three to six cells of wall
  // around it: every view is a window of it.
  static constexpr std::int32_t kMapSize = kSize + 6, kMapRow = 3 * kMapSize,
                                kMap = kMapRow * kMapSize;  // bytes

  static constexpr std::int32_t kViewRow = 3 * 7;  // bytes of a row of the view

  // Where a cell is in the view and in its window of the map, in bytes from their beginnings, and a mask of the bits
  // that show a thing there. A cell that is not seen has the place of the agent, and no bits.
  struct Sight {
    std::uint16_t in_view = 6 * kViewRow + 3 * 3, in_map = 6 * kMapRow + 3 * 3;
    std::uint32_t mask = 0;
  };

  std::uint8_t maps[4 * kSize * kMap]{};  // by the direction and the column of the wall
  std::int32_t windows[4][kNumCells]{};   // where the view begins in the first map, by direction and agent
  Sight sights[4][2 * kFar + 1]{};        // by the direction and the cell less the agent's

  constexpr DoorKeyGrid() {
    for (std::int32_t direction = 0; direction < 4; ++direction) {
      for (std::int32_t wall_x = 0; wall_x < kSize; ++wall_x) draw_map(direction, wall_x);
      for (std::int32_t y = -kEnd; y <= kEnd; ++y) {
        for (std::int32_t x = -kEnd; x <= kEnd; ++x) {
          const std::int32_t row = 6 - ahead(direction, x, y), column = 3 + right(direction, x, y);
          if ((row < 0) | (row > 6) | (column < 0) | (column > 6)) continue;
          sights[direction][kRow * y + x + kFar] = {static_cast<std::uint16_t>(kViewRow * row + 3 * column),
                                                    static_cast<std::uint16_t>(kMapRow * row + 3 * column),
                                                    ~0U};
        }
      }
    }
  }

  // A step to (x, y) as steps ahead and to the right; directions are right, down, left, up.
  static constexpr std::int32_t ahead(std::int32_t direction, std::int32_t x, std::int32_t y) {
    return direction == 0 ? x : direction == 1 ? y : direction == 2 ? -x : -y;
  }
  static constexpr std::int32_t right(std::int32_t direction, std::int32_t x, std::int32_t y) {
    return ahead((direction + 1) & 3, x, y);
  }

  constexpr void draw_map(std::int32_t direction, std::int32_t wall_x) {
    const std::int32_t map = (direction * kSize + wall_x) * kMap;
    // the map's row and column of the grid's first cell
    const std::int32_t top = direction == 0 || direction == 1 ? 6 + kEnd : 6;
    const std::int32_t left = direction == 1 || direction == 2 ? 3 + kEnd : 3;
    for (std::int32_t k = 0; k < kMapSize * kMapSize; ++k) put(map + 3 * k, kWall, kGrey);
    for (std::int32_t y = 0; y < kSize; ++y) {
      for (std::int32_t x = 0; x < kSize; ++x) {
        const std::int32_t row = top - ahead(direction, x, y), column = left + right(direction, x, y);
        windows[direction][kRow * y + x] = direction * kSize * kMap + (row - 6) * kMapRow + 3 * (column - 3);
        const bool is_wall = (x == 0) | (x == kEnd) | (y == 0) | (y == kEnd) | (x == wall_x);
        const bool is_goal = kRow * y + x == kGoal;
        const std::int32_t at = map + row * kMapRow + 3 * column;
        if (!is_wall) put(at, is_goal ? kGoalCell : kEmpty, is_goal ? kGreen : std::uint8_t{0});
      }
    }
  }
  constexpr void put(std::int32_t at, std::uint8_t object, std::uint8_t colour) {
    maps[at] = object;
    maps[at + 1] = colour;
  }
};

struct DoorKey {
  using Grid = DoorKeyGrid;

  struct State {
    std::int32_t agent, direction;  // a cell; right, down, left, up
    std::int32_t key, door;         // cells; the wall is the door's column
    std::int32_t stage;             // kSeeksKey, kHasKey, kIsOpen
    std::int32_t steps;             // in this episode
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::uint8_t[7][7][3];  // row, column, {object, colour, state}; the agent is in [6][3]

  static constexpr std::int32_t kSeeksKey = 0, kHasKey = 1, kIsOpen = 2;
  static constexpr int kLimit = 10 * Grid::kSize * Grid::kSize;  // steps
  static constexpr Grid kGrid{};

  static constexpr EnvInfo info{
      .summary = "Fetch the key, open the door, reach the goal; a partial view of a grid.",
      .source = "MiniGrid-DoorKey-8x8 (Chevalier-Boisvert et al., 2023)",
      .variants = variants(Variant{"DoorKey-v0", kLimit, 0.9}),
      .observation = box<Observation>({"cell", "", 0, 10}),
      .action = discrete({"turn left", "turn right", "go forward", "take the key", "open the door"}),
      .render_fps = 10};

  static constexpr std::int32_t x_of(std::int32_t cell) { return cell & (Grid::kRow - 1); }
  static constexpr std::int32_t y_of(std::int32_t cell) { return cell / Grid::kRow; }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    const auto wall_x = static_cast<std::int32_t>(rng.integers(2, Grid::kSize - 2));
    s.door = wall_x + Grid::kRow * static_cast<std::int32_t>(rng.integers(1, Grid::kEnd));
    const auto x = static_cast<std::int32_t>(rng.integers(1, wall_x));
    const auto y = static_cast<std::int32_t>(rng.integers(1, Grid::kEnd));
    s.agent = Grid::kRow * y + x;
    s.direction = static_cast<std::int32_t>(rng.integers(0, 4));
    // one of the cells of the room that the agent is not in
    const std::int32_t columns = wall_x - 1, cells = columns * (Grid::kSize - 2);
    const std::int32_t own = (y - 1) * columns + x - 1;
    const auto drawn = static_cast<std::int32_t>(rng.integers(0, cells - 1));
    const std::int32_t cell = drawn + (drawn >= own ? 1 : 0);
    s.key = Grid::kRow * (1 + cell / columns) + 1 + cell % columns;
    s.stage = kSeeksKey;
    s.steps = 0;
  }

  // Compared by order: `(x == 0) | (x == kEnd)` becomes a look-up of bits in GCC, which is no vector code.
  static constexpr bool is_wall(const State& s, std::int32_t cell) {
    const std::int32_t x = x_of(cell), y = y_of(cell);
    return (x <= 0) | (x >= Grid::kEnd) | (y <= 0) | (y >= Grid::kEnd) |
           ((x == x_of(s.door)) & (cell != s.door));
  }

  static constexpr std::int32_t step_x(std::int32_t direction) { return (direction == 0) - (direction == 2); }
  static constexpr std::int32_t step_y(std::int32_t direction) { return (direction == 1) - (direction == 3); }

  // Lanes are stepped side by side by vector code, as there is no branch.
  static constexpr Step step(State& s, const Action& action, const Params&) {
    s.steps += 1;
    s.direction = (s.direction + (action == 0 ? 3 : 0) + (action == 1 ? 1 : 0)) & 3;
    const std::int32_t ahead = s.agent + step_x(s.direction) + Grid::kRow * step_y(s.direction);
    const bool before_key = (ahead == s.key) & (s.stage == kSeeksKey), before_door = ahead == s.door;
    const bool blocked = is_wall(s, ahead) | before_key | (before_door & (s.stage != kIsOpen));
    s.agent = (action == 2) & !blocked ? ahead : s.agent;
    const bool takes = (action == 3) & before_key, opens = (action == 4) & before_door & (s.stage == kHasKey);
    s.stage += takes | opens ? 1 : 0;
    const bool arrived = s.agent == Grid::kGoal;
    return {arrived ? 1.0 - 0.9 * s.steps / kLimit : 0.0, arrived};
  }

  // Tables, and no branch that depends on the state: a processor would guess every other one wrongly, which takes as
  // long as all of this.
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    const std::int32_t window = kGrid.windows[s.direction][s.agent] + x_of(s.door) * Grid::kMap;
    copy_view(kGrid.maps + window, out);
    // the key first: one that is not there leaves the map's bytes, which may be at the agent, where the door can be
    put(s, window, s.key, s.stage == kSeeksKey, Grid::kKey, 0, out);
    const std::uint8_t lock = s.stage == kIsOpen ? 0 : Grid::kLocked;
    put(s, window, s.door, true, Grid::kDoor, lock, out);
  }

  // Shows a yellow thing if it is there and in sight; else it writes what the map has anyway, as that is no branch.
  static constexpr void put(const State& s, std::int32_t window, std::int32_t cell, bool is_there,
                            std::uint32_t object, std::uint32_t state, Observation& out) {
    const Grid::Sight& sight = kGrid.sights[s.direction][cell - s.agent + Grid::kFar];
    const std::uint8_t* const ground = kGrid.maps + window + sight.in_map;
    const std::uint32_t before = ground[0] | std::uint32_t{ground[1]} << 8;
    const std::uint32_t thing = object | std::uint32_t{Grid::kYellow} << 8 | state << 16;
    const std::uint32_t mask = sight.mask & -static_cast<std::uint32_t>(is_there);
    const std::uint32_t bytes = before ^ ((before ^ thing) & mask);
    std::uint8_t* const place = place_in(out, sight.in_view);
    for (int k = 0; k < 3; ++k) place[k] = static_cast<std::uint8_t>(bytes >> (8 * k));
  }
  static constexpr std::uint8_t* place_in(Observation& out, std::int32_t at) {
    if (std::is_constant_evaluated()) return out[at / Grid::kViewRow][at % Grid::kViewRow / 3];
    return reinterpret_cast<std::uint8_t*>(out) + at;
  }

  // Copies the rows of a window. All but the last are copied with bytes to spare, which the next one overwrites: 32
  // bytes are one load and one store, 21 are two.
  static constexpr void copy_view(const std::uint8_t* rows, Observation& out) {
    if (std::is_constant_evaluated()) {
      for (std::int32_t k = 0; k < 7 * Grid::kViewRow; ++k) {
        const std::int32_t row = k / Grid::kViewRow, at = k % Grid::kViewRow;
        out[row][at / 3][at % 3] = rows[row * Grid::kMapRow + at];
      }
      return;
    }
    auto* const to = reinterpret_cast<std::uint8_t*>(out);
    constexpr std::ptrdiff_t kLast = 6;
    for (std::ptrdiff_t row = 0; row < kLast; ++row) {
      std::memcpy(to + row * Grid::kViewRow, rows + row * Grid::kMapRow, 32);
    }
    std::memcpy(to + kLast * Grid::kViewRow, rows + kLast * Grid::kMapRow, Grid::kViewRow);
  }

  // The tables above are read at places that a State names: a snapshot from outside has to name ones in them.
  static constexpr bool is_state(const State& s, const Params&) {
    return is_in_grid(s.agent) & is_in_grid(s.key) & is_in_grid(s.door) & (s.direction >= 0) &
           (s.direction < 4);
  }
  static constexpr bool is_in_grid(std::int32_t cell) {
    return (cell >= 0) & (cell < Grid::kNumCells) & (x_of(cell) < Grid::kSize);
  }
};
