// engine/stages/: stages over the steps of a batch, whatever the threads.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "check.hpp"
#include "engine/cpu_dispatch.hpp"
#include "engine/stages/episode_statistics.hpp"
#include "engine/stages/map_action.hpp"
#include "engine/stages/map_observation.hpp"
#include "engine/stages/map_reward.hpp"
#include "engine/stages/normalize_observation.hpp"
#include "engine/stages/normalize_reward.hpp"
#include "engine/stages/stack_observation.hpp"
#include "engine/stages/stage_chain.hpp"
#include "engine/stages/stage_kernels.hpp"
#include "engine/stages/time_observation.hpp"

namespace {

using namespace plyo;  // NOLINT(google-build-using-namespace): a test of everything in there

// A step of some lanes whose arrays live here.
struct OwnStep {
  explicit OwnStep(std::size_t num_envs, std::size_t row_size = 2)
      : rewards(num_envs), flags(num_envs), rows(num_envs * row_size), shown(rows.size()) {
    for (std::size_t i = 0; i < num_envs; ++i) {
      rewards[i] = 0.5 * static_cast<double>(i % 7) - 1;
      flags[i] = i % 11 == 3 ? 1 : 0;
      if (flags[i] != 0) ended.push_back(static_cast<std::int64_t>(i));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i % 13) * 0.25F - 1;
    step.num_envs = num_envs;
    step.rewards = rewards.data();
    step.terminated = flags.data();
    step.waiting = flags.data();
    step.ended = ended;
    step.observations = {Leaves(rows.data()), Leaves(shown.data())};
  }
  void set(const std::vector<std::uint8_t>& new_flags, const std::vector<double>& new_rewards) {
    std::copy(new_flags.begin(), new_flags.end(), flags.begin());
    std::copy(new_rewards.begin(), new_rewards.end(), rewards.begin());
    ended.clear();
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (flags[i] != 0) ended.push_back(static_cast<std::int64_t>(i));
    }
    step.ended = ended;
  }

  std::vector<double> rewards;
  std::vector<std::uint8_t> flags;
  std::vector<float> rows, shown;
  std::vector<std::int64_t> ended;
  StageStep step;
};

// The usual three wrappers with their memory.
struct Usual {
  explicit Usual(std::size_t num_envs, bool at_once = false)
      : returns(num_envs),
        start_times(num_envs),
        lengths(num_envs),
        discounted(num_envs),
        last(num_envs),
        waits(num_envs),
        waits_too(num_envs),
        mean(2),
        var(2, 1.0F),
        statistics(at_once),
        observations({Number::kFloat32, 2}, Number::kFloat32),
        rewards(at_once) {
    statistics.set_lanes({.returns = returns.data(),
                          .lengths = lengths.data(),
                          .start_times = start_times.data(),
                          .ended_before = waits.data(),
                          .ended_now = waits.data()});
    observations.set_state({.mean_so_far = mean.data(),
                            .var_so_far = var.data(),
                            .mean = mean.data(),
                            .var = var.data(),
                            .count = 1e-4,
                            .epsilon = 1e-8});
    rewards.set_state({.returns = discounted.data(),
                       .last_returns = last.data(),
                       .ended_before = waits_too.data(),
                       .ended_now = waits_too.data(),
                       .count = 1e-4,
                       .gamma = 0.99,
                       .epsilon = 1e-8},
                      num_envs);
  }
  StageChain chain() { return StageChain({&statistics, &observations, &rewards}); }

  std::vector<double> returns, start_times;
  std::vector<std::int64_t> lengths;
  std::vector<float> discounted, last;
  std::vector<std::uint8_t> waits, waits_too;
  std::vector<float> mean, var;
  EpisodeStatistics statistics;
  NormalizeObservation observations;
  NormalizeReward rewards;
};

}  // namespace

PLYO_TEST(stages_have_one_result_for_any_threads) {
  constexpr std::size_t kLanes = 20011;
  OwnStep one(kLanes), many(kLanes);
  Usual alone(kLanes), together(kLanes);
  for (int t = 0; t < 3; ++t) {
    for (OwnStep* own : {&one, &many}) *own = OwnStep(kLanes);
    alone.chain().run(one.step, 1);
    together.chain().run(many.step, 4);
    CHECK(one.rewards == many.rewards);
    CHECK(one.shown == many.shown);
    CHECK(alone.mean == together.mean);
    CHECK(alone.var == together.var);
    CHECK(alone.rewards.state().var == together.rewards.state().var);
    CHECK(alone.statistics.ended().returns == together.statistics.ended().returns);
  }
}

PLYO_TEST(stages_sum_rows_beside_other_work) {
  // whatever stages stand before or behind, the moments are those of all rows at once
  for (const std::size_t size : {std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{5}}) {
    for (const std::size_t num_envs : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{2000}}) {
      for (const int order : {0, 1, 2, 3}) {
        const bool at_once = order == 1;
        const bool has_columns = order != 0;
        OwnStep own(num_envs, size);
        std::vector<float> finals(own.ended.size() * size, 0.75F), shown_finals(finals.size());
        if (at_once) own.step.finals = {Leaves(finals.data()), Leaves(shown_finals.data())};
        own.step.has_finals = at_once;
        Usual usual(num_envs, at_once);
        // marks, so that returns are gathered in next-step mode
        for (std::size_t i = 0; i < num_envs; i += 5) usual.waits[i] = usual.waits_too[i] = 1;
        std::vector<float> mean(size), var(size, 1.0F);
        NormalizeObservation observations({Number::kFloat32, size}, Number::kFloat32);
        observations.set_state({.mean_so_far = mean.data(),
                                .var_so_far = var.data(),
                                .mean = mean.data(),
                                .var = var.data(),
                                .count = 1e-4,
                                .epsilon = 1e-8});
        std::vector<float> rows = own.rows;
        if (at_once) rows.insert(rows.end(), finals.begin(), finals.end());
        std::vector<BatchStage*> stages = {&usual.statistics, &observations, &usual.rewards};
        if (order == 2) std::swap(stages[0], stages[2]);
        std::vector<double> returns(num_envs, 9), times(num_envs, 9);
        std::vector<std::int64_t> lengths(num_envs, 9);
        if (has_columns) usual.statistics.set_columns({returns.data(), lengths.data(), times.data()});
        StageChain(stages).run(own.step, 1);
        if (has_columns) {
          const EpisodeStatistics::Ended& ended = usual.statistics.ended();
          std::vector<double> expected_returns(num_envs), expected_times(num_envs);
          std::vector<std::int64_t> expected_lengths(num_envs);
          for (std::size_t i = 0; i < own.ended.size(); ++i) {
            const auto lane = static_cast<std::size_t>(own.ended[i]);
            expected_returns[lane] = ended.returns[i];
            expected_lengths[lane] = ended.lengths[i];
            expected_times[lane] = ended.times[i];
          }
          CHECK(returns == expected_returns);
          CHECK(lengths == expected_lengths);
          CHECK(times == expected_times);
        }
        const std::size_t num_rows = rows.size() / size;
        std::vector<float> expected_mean(size), expected_var(size, 1.0F);
        update_moments(rows.data(), num_rows, size,
                       Moments<float>{expected_mean.data(), expected_var.data(), 1e-4}, expected_mean.data(),
                       expected_var.data());
        CHECK(mean == expected_mean);
        CHECK(var == expected_var);
        CHECK_EQ(observations.state().count, 1e-4 + static_cast<double>(num_rows));
        std::vector<float> expected(own.rows.size());
        standardize(own.rows.data(), num_envs, size,
                    Moments<float>{expected_mean.data(), expected_var.data(), 0}, 1e-8, expected.data());
        CHECK(own.shown == expected);
      }
    }
  }
}

PLYO_TEST(stages_count_no_lane_that_was_only_reset) {
  OwnStep own(4);
  own.set({0, 1, 0, 0}, {1, 2, 3, 4});
  Usual usual(4);
  usual.chain().run(own.step, 1);
  CHECK(usual.statistics.ended().returns == std::vector<double>{2});
  CHECK(usual.statistics.ended().lengths == std::vector<std::int64_t>{1});
  own.set({0, 0, 0, 0}, {1, 0, 3, 4});
  usual.chain().run(own.step, 1);
  CHECK(usual.returns == (std::vector<double>{2, 0, 6, 8}));
  CHECK(usual.lengths == (std::vector<std::int64_t>{2, 0, 2, 2}));
  CHECK_EQ(usual.discounted[1], 2.0F);
  CHECK_EQ(usual.rewards.state().count, 1e-4 + 4 + 3);
}

PLYO_TEST(stages_leave_resting_lanes_alone) {
  OwnStep own(3);
  own.set({0, 0, 0}, {1, 0, 1});
  const std::vector<std::uint8_t> resting = {0, 1, 0};
  own.step.resting = own.step.waiting = resting.data();
  Usual usual(3);
  usual.waits = usual.waits_too = resting;
  usual.returns[1] = 7;
  ClipReward clip(0.5, std::nullopt);
  AffineReward affine(2, 1);
  StageChain chain({&usual.statistics, &usual.observations, &clip, &affine});
  chain.run(own.step, 1);
  CHECK(own.rewards == (std::vector<double>{3, 0, 3}));
  CHECK_EQ(usual.returns[1], 7.0);
  CHECK_EQ(usual.waits[1], 1);
  CHECK_EQ(usual.observations.state().count, 1e-4 + 2);
}

PLYO_TEST(stages_begin_the_next_episode_in_the_same_step) {
  OwnStep own(2);
  own.set({1, 0}, {5, 1});
  std::vector<float> finals = {9, 9}, shown(2);
  own.step.finals = {Leaves(finals.data()), Leaves(shown.data())};
  own.step.has_finals = true;
  Usual usual(2, true);
  usual.chain().run(own.step, 1);
  CHECK(usual.statistics.ended().returns == std::vector<double>{5});
  CHECK_EQ(usual.returns[0], 0.0);
  CHECK_EQ(usual.lengths[0], 0);
  CHECK_EQ(usual.last[0], 5.0F);
  CHECK_EQ(usual.discounted[0], 0.0F);
  CHECK_EQ(usual.observations.state().count, 1e-4 + 3);
  CHECK(shown[0] > 1);
}

PLYO_TEST(stages_wait_for_what_they_read) {
  // the statistics behind the normaliser have its rewards, those before it the task's
  OwnStep own(64), plain(64);
  Usual usual(64), before(64), after(64);
  StageChain chain({&before.statistics, &usual.rewards, &after.statistics, &usual.observations});
  chain.run(own.step, 1);
  CHECK(before.returns == plain.rewards);
  CHECK(after.returns == own.rewards);
  CHECK(own.rewards != plain.rewards);
  Usual alone(64);
  alone.chain().run(plain.step, 1);
  CHECK(plain.rewards == own.rewards);
  CHECK(plain.shown == own.shown);
}

PLYO_TEST(stages_change_actions_from_the_outside_in) {
  std::vector<float> actions = {4, -4, 0.5F, std::numeric_limits<float>::quiet_NaN()};
  ClipAction<float> clip({-1, -2}, {1, 2});
  RescaleAction<float> rescale({2, 2}, {0, 1});
  const StageChain chain({&clip, &rescale});
  CHECK(chain.changes_actions());
  chain.act(actions.data(), {0, 2});
  CHECK_EQ(actions[0], 1.0F);
  CHECK_EQ(actions[1], -2.0F);
  CHECK_EQ(actions[2], 0.25F);
  CHECK(std::isnan(actions[3]));
}

PLYO_TEST(stages_round_halves_to_nearest) {
  CHECK_EQ(to_half(1.0), 0x3C00);
  CHECK_EQ(to_half(-2.0), 0xC000);
  CHECK_EQ(to_half(65504.0), 0x7BFF);
  CHECK_EQ(to_half(65519.0), 0x7BFF);
  CHECK_EQ(to_half(65520.0), 0x7C00);
  CHECK_EQ(to_half(1e300), 0x7C00);
  CHECK_EQ(to_half(std::ldexp(1.0, -24)), 0x0001);
  CHECK_EQ(to_half(std::ldexp(1.0, -25)), 0x0000);
  CHECK_EQ(to_half(std::ldexp(1.5, -25)), 0x0001);
  CHECK_EQ(to_half(std::ldexp(3.0, -25)), 0x0002);
  CHECK_EQ(to_half(1.0 + std::ldexp(1.0, -11)), 0x3C00);
  CHECK_EQ(to_half(1.0 + std::ldexp(3.0, -11)), 0x3C02);
  CHECK_EQ(to_half(-0.0), 0x8000);
  CHECK_EQ(to_bfloat16(1.0F), 0x3F80);
  CHECK_EQ(to_bfloat16(std::bit_cast<float>(0x3F808000U)), 0x3F80);
  CHECK_EQ(to_bfloat16(std::bit_cast<float>(0x3F818000U)), 0x3F82);
  CHECK_EQ(to_bfloat16(std::numeric_limits<float>::max()), 0x7F80);
  CHECK_EQ(to_bfloat16(std::numeric_limits<float>::quiet_NaN()), 0x7FC0);
}

namespace {

// Stacks of three rows, and time behind them, with their memory.
struct Remembering {
  Remembering(std::size_t num_envs, AutoresetMode mode)
      : frames(num_envs * 6),
        steps(num_envs),
        waits(num_envs),
        waits_too(num_envs),
        shown(num_envs * 6),
        timed(num_envs * 7),
        finals(num_envs * 2, 9.0F),
        final_stacks(num_envs * 6),
        final_times(num_envs * 7),
        stack(2 * sizeof(float), 3, {}, rules_of(mode), num_envs),
        time({Number::kFloat32, 6}, Number::kFloat64, std::nullopt, rules_of(mode), num_envs) {
    stack.set_lanes({.frames = reinterpret_cast<std::byte*>(frames.data()),
                     .ended_before = waits.data(),
                     .ended_now = waits.data()});
    time.set_lanes({.steps = steps.data(), .ended_before = waits_too.data(), .ended_now = waits_too.data()});
    time.set_position(1);
  }
  void run(OwnStep& own, bool has_finals, int threads) {
    own.step.observations = {Leaves(own.rows.data()), Leaves(shown.data()), Leaves(timed.data())};
    own.step.finals = {Leaves(finals.data()), Leaves(final_stacks.data()), Leaves(final_times.data())};
    own.step.has_finals = has_finals;
    StageChain({&stack, &time}).run(own.step, threads);
  }

  std::vector<float> frames;
  std::vector<std::int64_t> steps;
  std::vector<std::uint8_t> waits, waits_too;
  std::vector<float> shown;
  std::vector<double> timed;
  std::vector<float> finals, final_stacks;
  std::vector<double> final_times;
  StackObservation stack;
  TimeObservation time;
};

}  // namespace

PLYO_TEST(stages_stack_and_time_the_same_for_any_threads) {
  constexpr std::size_t kLanes = 20011;
  for (const AutoresetMode mode :
       {AutoresetMode::kNextStep, AutoresetMode::kSameStep, AutoresetMode::kDisabled}) {
    const bool at_once = mode == AutoresetMode::kSameStep;
    Remembering alone(kLanes, mode), together(kLanes, mode);
    for (int t = 0; t < 4; ++t) {
      OwnStep one(kLanes), many(kLanes);
      alone.run(one, at_once, 1);
      together.run(many, at_once, 4);
      CHECK(alone.timed == together.timed);
      CHECK(alone.shown == alone.frames);
      CHECK(alone.final_times == together.final_times);
    }
    // lane 3 ends in every step
    CHECK_EQ(alone.steps[3], mode == AutoresetMode::kDisabled ? 4 : 0);
    CHECK_EQ(alone.steps[4], 4);
    if (at_once) {
      CHECK_EQ(alone.final_stacks[4], 9.0F);
      CHECK_EQ(alone.final_times[6], 1.0);
      CHECK_EQ(alone.frames[3 * 6], alone.frames[3 * 6 + 4]);
    }
  }
}

PLYO_TEST(stages_leave_stacks_of_resting_lanes_alone) {
  OwnStep own(3);
  own.set({0, 0, 0}, {1, 0, 1});
  const std::vector<std::uint8_t> resting = {0, 1, 0};
  own.step.resting = own.step.waiting = resting.data();
  Remembering stacks(3, AutoresetMode::kDisabled);
  stacks.run(own, false, 1);
  CHECK(stacks.steps == (std::vector<std::int64_t>{1, 0, 1}));
  CHECK_EQ(stacks.shown[6 + 4], 0.0F);
  CHECK_EQ(stacks.shown[4], own.rows[0]);
}

PLYO_TEST(stages_round_rewards_of_float32) {
  constexpr std::size_t kLanes = 3000;
  OwnStep one(kLanes), many(kLanes);
  std::vector<float> floats(kLanes, 0.1F), others = floats;
  AffineReward affine(0.3, 0.7);
  ClipReward clip(std::nullopt, 0.72);
  for (auto& [own, numbers, threads] : {std::tuple{&one, &floats, 1}, std::tuple{&many, &others, 4}}) {
    own->step.rounds_rewards = true;
    own->step.float_rewards = numbers->data();
    StageChain({&affine, &clip}).run(own->step, threads);
  }
  CHECK(floats == others);
  CHECK_EQ(floats[7], 0.72F);
  CHECK_EQ(one.rewards[7], static_cast<double>(0.72F));
}

PLYO_TEST(stages_find_marks_in_their_order) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{7}, std::size_t{64}, std::size_t{131}}) {
    std::vector<std::uint8_t> marks(count);
    std::vector<std::int64_t> expected, found(count);
    for (std::size_t i = 0; i < count; i += i % 5 + 1) {
      marks[i] = i % 2 == 0 ? 1 : 128;
      expected.push_back(static_cast<std::int64_t>(i));
    }
    found.resize(find_nonzero(marks.data(), count, found.data()));
    CHECK(found == expected);
    std::vector<float> values(count), kept(count), others;
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = static_cast<float>(i);
      if (marks[i] == 0) others.push_back(values[i]);
    }
    kept.resize(stage_kernels(selected_isa())
                    .keep_unmarked(values.data(), marks.data(), count, kept.data(), nullptr));
    CHECK(kept == others);
  }
}
