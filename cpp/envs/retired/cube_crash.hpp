// A falling cube to steer through a hole, in pictures: a test for networks that read pictures.
// Reference: gym 0.18.3 CubeCrash-v0, CubeCrashSparse-v0 and CubeCrashScreenBecomesBlack-v0. Differences:
// none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct CubeCrash {
  static constexpr std::int32_t kHeight = 40, kWidth = 32;  // pixels, as all lengths
  static constexpr std::int32_t kWall = 5;
  static constexpr std::int32_t kHole = 8, kHalfHole = kHole / 2;
  static constexpr std::int32_t kSeenSteps = 4;  // before the screen turns black, the reset's own included

  struct State {
    std::int32_t cube_x, cube_y;  // the cube's middle; y is downwards
    std::int32_t hole_x;
    std::int32_t step_n;
  };
  struct Params {
    bool use_shaped_reward = true;
    bool use_black_screen = false;

    // derived: GCC 12 vectorises no loop with a condition that is the same for all lanes
    std::int32_t shaping = 1;
    constexpr void derive() { shaping = use_shaped_reward ? 1 : 0; }
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::uint8_t[kHeight][kWidth][3];

  static constexpr EnvInfo info{
      .summary = "Steer a falling cube through the hole in a wall, seeing pictures.",
      .source = "OpenAI Gym 0.18.3 CubeCrash",
      .variants = variants(
          Variant{"CubeCrash-v0", kNoTimeLimit, 0.9},
          Variant{"CubeCrashSparse-v0", kNoTimeLimit, 0.9, presets(preset("use_shaped_reward", false))},
          Variant{"CubeCrashScreenBecomesBlack-v0", kNoTimeLimit, 0.9,
                  presets(preset("use_shaped_reward", false), preset("use_black_screen", true))}),
      .observation = box<std::uint8_t[kHeight][kWidth][3]>({"picture", "", 0, 255}),
      .action = discrete({"do nothing", "left", "right"}),
      .params = fields(live(field<&Params::use_shaped_reward>("use_shaped_reward",
                                                              "whether a pixel towards the hole earns 0.01")),
                       live(field<&Params::use_black_screen>(
                           "use_black_screen", "whether the picture is black from the fourth step on"))),
      .python = {.constants_of_class = true},
      .render_fps = 60};

  static constexpr RewardType reward_type(const Params& params) {
    return params.use_shaped_reward ? RewardType::kFloat : RewardType::kInt;
  }

  // Moves the cube. Past the end of an episode it stays just outside of the picture.
  static constexpr void fall(State& s, std::int32_t right) {
    const std::int32_t x = s.cube_x + right;
    s.cube_x = x < -1 ? -1 : (x > kWidth ? kWidth : x);
    s.cube_y += s.cube_y < kHeight + 2 ? 1 : 0;
    s.step_n += s.step_n <= kSeenSteps ? 1 : 0;
  }
  static constexpr std::int32_t distance(const State& s) {
    return s.cube_x < s.hole_x ? s.hole_x - s.cube_x : s.cube_x - s.hole_x;
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.cube_x = static_cast<std::int32_t>(rng.integers(3, kWidth - 3));
    s.cube_y = static_cast<std::int32_t>(rng.integers(3, kHeight / 6));
    s.hole_x = static_cast<std::int32_t>(rng.integers(kHole, kWidth - kHole));
    s.step_n = 0;
    fall(s, 0);
  }

  static constexpr Step step(State& s, const Action& action, const Params& params) {
    const std::int32_t before = distance(s);
    fall(s, (action == 2 ? 1 : 0) - (action == 1 ? 1 : 0));
    const std::int32_t dist = distance(s);
    const bool outside = (s.cube_x - 1 < 0) | (s.cube_x + 1 >= kWidth);
    const bool at_wall = s.cube_y + 1 >= kHeight - kWall;
    const bool crashed = outside | (at_wall & (dist >= kHalfHole));
    const bool through = !crashed & (s.cube_y == kHeight);
    const double shaped = (before - dist) * params.shaping * 0.01;
    const bool over = crashed | through;
    return {crashed ? -1.0 : (through ? 1.0 : shaped), over};
  }

  static constexpr bool is_state(const State& s, const Params&) {
    return (s.cube_x >= -1) & (s.cube_x <= kWidth) & (s.cube_y >= 0) & (s.cube_y <= kHeight + 2) &
           (s.hole_x >= 0) & (s.hole_x < kWidth) & (s.step_n >= 0);
  }

  static constexpr void observe(const State& s, const Params& params, Observation& out) {
    for (auto& row : out) {
      for (auto& pixel : row) {
        for (std::uint8_t& value : pixel) value = 0;
      }
    }
    if (params.use_black_screen && s.step_n > kSeenSteps) return;
    // the wall, then its hole
    constexpr std::int32_t kTop = kHeight - kWall;
    const std::int32_t left = s.hole_x - kHalfHole, right = s.hole_x + kHalfHole;
    const std::int32_t first = left < 0 ? 0 : left, last = right < kWidth ? right : kWidth - 1;
    for (std::int32_t y = kTop; y < kHeight; ++y) {
      for (auto& pixel : out[y]) {
        for (std::uint8_t& value : pixel) value = 255;
      }
    }
    for (std::int32_t y = kTop; y < kHeight; ++y) {
      for (std::int32_t x = first; x <= last; ++x) {
        for (std::uint8_t& value : out[y][x]) value = 0;
      }
    }
    // a cube beyond the left side is not drawn
    if (s.cube_x < 1) return;
    for (std::int32_t y = s.cube_y - 1; y <= s.cube_y + 1; ++y) {
      for (std::int32_t x = s.cube_x - 1; x <= s.cube_x + 1; ++x) {
        if ((y >= 0) & (y < kHeight) & (x < kWidth)) {
          out[y][x][0] = out[y][x][2] = 0;
          out[y][x][1] = 255;
        }
      }
    }
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.cube_x}; }>(
            "cube_x", "column of the cube's middle"),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.cube_y}; }>(
            "cube_y", "row of the cube's middle"),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.hole_x}; }>(
            "hole_x", "column of the hole's middle"),
        attribute<Params, State, [](const Params&) { return false; }>(
            "use_random_colors", "always False: what Gym has to make the task harder is left out"));
  }
};

}  // namespace PLYO_ENVS
