// Walking along a cliff (Sutton & Barto 2018, example 6.6).
// Reference: gymnasium 1.4.0 CliffWalking-v1. Differences: none.
#pragma once

#include "../../core/categorical.hpp"
#include "../../core/choose.hpp"
#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct CliffWalking {
  enum Outcome : std::int32_t { kReset, kCertain, kSlippery };

  struct State {
    std::int32_t s;            // row * kColumns + column
    std::int32_t last_action;  // -1: none
    std::int32_t outcome;      // how the last step came about, for the probability in the info
  };
  struct Params {
    bool is_slippery = false;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;
  struct Info {
    double prob;
  };

  static constexpr std::int32_t kRows = 4, kColumns = 12, kNumCells = kRows * kColumns;
  static constexpr std::int32_t kStart = 36, kGoal = 47;  // the cells between them are the cliff
  static constexpr std::int32_t kStepReward = -1, kFallReward = -100;
  static constexpr double kShape[2] = {kRows, kColumns};
  static constexpr double kThird = 1.0 / 3.0;

  static constexpr EnvInfo info{
      .summary = "Walk from one end of a cliff to the other without stepping over its edge.",
      .source = "Sutton & Barto (2018), example 6.6; gymnasium 1.4.0 CliffWalking",
      .variants =
          variants(Variant{"CliffWalking-v1"}, Variant{"CliffWalkingSlippery-v1", kNoTimeLimit, kNoThreshold,
                                                       presets(preset("is_slippery", true))}),
      .observation = named("cell, row by row", discrete(kNumCells)),
      .action = discrete({"up", "right", "down", "left"}),
      .reward_type = RewardType::kInt,
      .params = fields(field<&Params::is_slippery>("is_slippery", "whether a move may go to either side")),
      .python = {.module = "cliffwalking"},
      .infos =
          report(reported<double>("prob", "probability of the transition taken", InfoStyle::kIntegerAtReset)),
      .render_fps = 4};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    static_cast<void>(rng.next_double());  // the draw among one start
    s = {kStart, -1, kReset};
  }

  // The nearest row or column among `count`.
  static constexpr std::int32_t inside(std::int32_t value, std::int32_t count) {
    return choose(value < 0, 0, choose(value < count, value, count - 1));
  }

  // The cell that a direction leads to, the cliff included.
  static constexpr std::int32_t moved(std::int32_t s, std::int32_t direction) {
    const std::int32_t row = s / kColumns, column = s % kColumns;
    const std::int32_t down = (direction == 2 ? 1 : 0) - (direction == 0 ? 1 : 0);
    const std::int32_t right = (direction == 1 ? 1 : 0) - (direction == 3 ? 1 : 0);
    const std::int32_t new_row = inside(row + down, kRows);
    const std::int32_t new_column = inside(column + right, kColumns);
    return new_row * kColumns + new_column;
  }
  static constexpr bool is_cliff(std::int32_t s) { return (s > kStart) & (s < kGoal); }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const double drawn = rng.next_double();
    // to the left of the action, along it, to its right
    const std::int32_t slip = choose(drawn < kThird, 3, choose(drawn < kThird + kThird, 0, 1));
    const std::int32_t turn = choose(params.is_slippery, slip, 0);
    const std::int32_t next = moved(s.s, (action + turn) & 3);
    const bool fallen = is_cliff(next);
    s = {choose(fallen, kStart, next), action, choose(params.is_slippery, kSlippery, kCertain)};
    // whole numbers, which are chosen between in vectors too
    return {static_cast<double>(choose(fallen, kFallReward, kStepReward)), next == kGoal};
  }

  static constexpr bool is_state(const State& s, const Params&) {
    return s.s >= 0 && s.s < kNumCells && s.last_action >= -1 && s.last_action < 4 && s.outcome >= kReset &&
           s.outcome <= kSlippery;
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.s; }
  static constexpr void inform(const State& s, const Params&, Info& out) {
    out.prob = s.outcome == kSlippery ? kThird : 1.0;
  }

  static constexpr std::size_t kMaxTransitions = 3;
  static constexpr std::int64_t num_states(const Params&) { return kNumCells; }
  static constexpr std::size_t transitions(const Params& params, std::int64_t state, std::int64_t action,
                                           Transition* out) {
    const std::size_t ways = params.is_slippery ? 3 : 1;
    for (std::size_t i = 0; i < ways; ++i) {
      const auto direction =
          static_cast<std::int32_t>(action) + (params.is_slippery ? static_cast<int>(i) + 3 : 0);
      const std::int32_t next = moved(static_cast<std::int32_t>(state), direction & 3);
      const bool fallen = is_cliff(next);
      out[i] = {1.0 / static_cast<double>(ways), fallen ? kStart : next,
                static_cast<double>(fallen ? kFallReward : kStepReward), next == kGoal};
    }
    return ways;
  }

  static constexpr void write_text(const State& s, const Params&, TextWriter out) {
    for (std::int32_t cell = 0; cell < kNumCells; ++cell) {
      const std::int32_t column = cell % kColumns;
      out.write(column == 0 ? "" : " ");
      out.write(cell == s.s ? "x" : (cell == kGoal ? "T" : (is_cliff(cell) ? "C" : "o")));
      out.write(column == kColumns - 1 ? "\n" : " ");
    }
    out.write("\n");
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        settable(
            attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.s}; }>(
                "s", "the cell, 0 to 47"),
            [](void* state, std::int64_t value) {
              static_cast<State*>(state)->s = static_cast<std::int32_t>(value);
            },
            [](const void*, std::int64_t value) { return value >= 0 && value < kNumCells; }),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.last_action}; }>(
            "lastaction", "the last action, None after a reset", AttributeType::kIntegerOrNone),
        attribute<Params, State, [](const Params&) { return Numbers{{kShape, 2}, true}; }>(
            "shape", "rows and columns"),
        attribute<Params, State, [](const Params& p) { return p.is_slippery; }>(
            "is_slippery", "whether a move may go to either side"),
        attribute<Params, State, [](const Params&) { return std::int64_t{kStart}; }>("start_state_index",
                                                                                     "the first cell"),
        attribute<Params, State, [](const Params&) { return std::int64_t{kNumCells}; }>("nS", "cells"),
        attribute<Params, State, [](const Params&) { return std::int64_t{4}; }>("nA", "actions"));
  }
};

}  // namespace PLYO_ENVS
