// A grid world of the MiniGrid kind: fetch the key, open the door in the wall, reach the goal behind it. The agent
// looks at the 7 x 7 cells before it. Reference: Chevalier-Boisvert et al. 2023, "Minigrid & Miniworld",
// MiniGrid-DoorKey-8x8. Differences: the agent looks through walls, and it cannot drop the key.
#pragma once

#include <core/fetch.hpp>
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

  // The view of 7 x 7 cells, in bytes.
  static constexpr std::int32_t kViewRow = 3 * 7, kView = 7 * kViewRow;

  // A map has the grid without its door and key, turned so that the agent looks up, and three to six cells of wall
  // around it: every view is a window of it. It is kept as strips as wide as the view, one for each place where a
  // window can begin in a row, so that a window is in one piece.
  static constexpr std::int32_t kMapSize = kSize + 6, kStrip = kViewRow * kMapSize,
                                kMap = kSize * kStrip;  // bytes

  // The columns of the wall are 2 to 5, and the lowest two bits tell which.
  static constexpr std::int32_t kWalls = 4;
  static constexpr std::int32_t wall_index(std::int32_t wall_x) { return wall_x & (kWalls - 1); }

  static constexpr std::uint8_t kUnseen = 255;  // no place in the view

  std::uint8_t maps[4 * kWalls * kMap]{};  // by the direction and the column of the wall
  std::int32_t windows[4][kNumCells]{};    // where the view begins in the first map, by direction and agent
  // where a cell is in the view, in bytes from its beginning, or kUnseen, by the direction and the cell less the agent's
  std::uint8_t sights[4][2 * kFar + 1]{};

  constexpr DoorKeyGrid() {
    for (std::int32_t direction = 0; direction < 4; ++direction) {
      for (std::int32_t wall_x = 2; wall_x < kSize - 2; ++wall_x) draw_map(direction, wall_x);
      for (std::uint8_t& sight : sights[direction]) sight = kUnseen;
      for (std::int32_t y = -kEnd; y <= kEnd; ++y) {
        for (std::int32_t x = -kEnd; x <= kEnd; ++x) {
          const std::int32_t row = 6 - ahead(direction, x, y), column = 3 + right(direction, x, y);
          if ((row < 0) | (row > 6) | (column < 0) | (column > 6)) continue;
          sights[direction][kRow * y + x + kFar] = static_cast<std::uint8_t>(kViewRow * row + 3 * column);
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
    // the map's row and column of the grid's first cell
    const std::int32_t top = direction == 0 || direction == 1 ? 6 + kEnd : 6;
    const std::int32_t left = direction == 1 || direction == 2 ? 3 + kEnd : 3;
    std::uint8_t objects[kMapSize][kMapSize]{};
    for (auto& row : objects) {
      for (std::uint8_t& object : row) object = kWall;
    }
    for (std::int32_t y = 0; y < kSize; ++y) {
      for (std::int32_t x = 0; x < kSize; ++x) {
        const std::int32_t row = top - ahead(direction, x, y), column = left + right(direction, x, y);
        windows[direction][kRow * y + x] =
            direction * kWalls * kMap + (column - 3) * kStrip + (row - 6) * kViewRow;
        const bool is_wall = (x == 0) | (x == kEnd) | (y == 0) | (y == kEnd) | (x == wall_x);
        if (!is_wall) objects[row][column] = kRow * y + x == kGoal ? kGoalCell : kEmpty;
      }
    }
    std::int32_t at = (direction * kWalls + wall_index(wall_x)) * kMap;
    for (std::int32_t first = 0; first < kSize; ++first) {
      for (const auto& row : objects) {
        for (std::int32_t column = first; column < first + 7; ++column, at += 3) put(at, row[column]);
      }
    }
  }
  constexpr void put(std::int32_t at, std::uint8_t object) {
    maps[at] = object;
    maps[at + 1] = object == kWall ? kGrey : object == kGoalCell ? kGreen : std::uint8_t{0};
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
    const std::int32_t map = Grid::wall_index(x_of(s.door)) * Grid::kMap;
    copy_view(kGrid.maps + kGrid.windows[s.direction][s.agent] + map, out);
    put(s, s.key, s.stage == kSeeksKey, Grid::kKey, 0, out);
    put(s, s.door, true, Grid::kDoor, s.stage == kIsOpen ? 0 : Grid::kLocked, out);
  }

  // Shows a yellow thing if it is there and in sight; else it writes to where nobody reads, as that is no branch.
  static constexpr void put(const State& s, std::int32_t cell, bool is_there, std::uint8_t object,
                            std::uint8_t state, Observation& out) {
    const std::uint8_t at = kGrid.sights[s.direction][cell - s.agent + Grid::kFar];
    std::uint8_t nowhere[3]{};
    std::uint8_t* const place = place_if((at < Grid::kView) & is_there, out, at, nowhere);
    place[0] = object;
    place[1] = Grid::kYellow;
    if (object == Grid::kDoor) place[2] = state;  // other states are zeros, as in the map
  }
  // The place in the view, or another one. By arithmetic: a choice between pointers becomes a branch in GCC.
  static constexpr std::uint8_t* place_if(bool is_seen, Observation& out, std::int32_t at,
                                          std::uint8_t* other) {
    if (std::is_constant_evaluated()) return is_seen ? place_in(out, at) : other;
    const auto here = reinterpret_cast<std::uintptr_t>(out) + static_cast<std::uintptr_t>(at);
    const auto there = reinterpret_cast<std::uintptr_t>(other);
    return reinterpret_cast<std::uint8_t*>(there + ((here - there) & -std::uintptr_t{is_seen}));
  }
  static constexpr std::uint8_t* place_in(Observation& out, std::int32_t at) {
    if (std::is_constant_evaluated()) return out[at / Grid::kViewRow][at % Grid::kViewRow / 3];
    return reinterpret_cast<std::uint8_t*>(out) + at;
  }

  // Copies a window, the last bytes together with some before them: five loads and five stores of 32 bytes. They are
  // written one by one, as GCC keeps more addresses in registers for a loop than there are. Observations of a batch lie
  // one after another and are more than a cache holds: memory a little ahead is fetched meanwhile.
  static constexpr void copy_view(const std::uint8_t* from, Observation& out) {
    if (std::is_constant_evaluated()) {
      for (std::int32_t k = 0; k < Grid::kView; ++k) place_in(out, k)[k % 3] = from[k];
      return;
    }
    auto* const to = reinterpret_cast<std::uint8_t*>(out);
    plyo::fetch(to + 1024, Grid::kView);
    copy_wide(to, from);
    copy_wide(to + 32, from + 32);
    copy_wide(to + 64, from + 64);
    copy_wide(to + 96, from + 96);
    copy_wide(to + Grid::kView - 32, from + Grid::kView - 32);
  }
  // GCC's memcpy would take two of 16 bytes.
  typedef std::uint64_t Wide __attribute__((vector_size(32), aligned(1), may_alias));
  static void copy_wide(std::uint8_t* to, const std::uint8_t* from) {
    *reinterpret_cast<Wide*>(to) = *reinterpret_cast<const Wide*>(from);
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
