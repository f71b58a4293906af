// engine/engine.hpp: episodes in every autoreset mode, time limits, masks, seeds, snapshots, refused calls,
// and that a refused call changes nothing.
#include <array>
#include <atomic>
#include <cfenv>
#include <limits>
#include <new>
#include <numeric>
#include <optional>
#include <thread>

#include "batches.hpp"
#include "engine/find_nonzero.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

EngineConfig cart_poles(std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep,
                        int limit = 500) {
  return {.task = &task_named("CartPole"),
          .num_envs = num_envs,
          .autoreset_mode = mode,
          .max_episode_steps = limit,
          .num_threads = 1};
}

std::vector<std::int64_t> pushes(std::size_t num_envs, std::int64_t action = 1) {
  return std::vector<std::int64_t>(num_envs, action);
}

// Steps until lane 0 of a batch that always pushes right has terminated; returns the number of steps.
int steps_to_fall(std::uint32_t seed) {
  Batch batch(cart_poles(1, AutoresetMode::kNone, kNoTimeLimit));
  batch.reset(seed);
  const auto actions = pushes(1);
  for (int steps = 1; steps < 100; ++steps) {
    batch.step(actions.data());
    if (batch.terminated[0] != 0) return steps;
  }
  return -1;
}

}  // namespace

// ---- one result ----

PLYO_TEST(engine_a_lane_is_the_single_environment_of_its_seed) {
  for (const Task& task : plain_tasks()) {
    constexpr std::size_t kLanes = 9;
    Batch batch({.task = &task, .num_envs = kLanes, .max_episode_steps = 50, .num_threads = 1});
    batch.reset(70);
    std::vector<std::unique_ptr<Batch>> singles;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      singles.push_back(std::make_unique<Batch>(
          EngineConfig{.task = &task, .num_envs = 1, .max_episode_steps = 50, .num_threads = 1}));
      singles.back()->reset(70 + static_cast<std::uint32_t>(lane));
      CHECK(singles.back()->observations == batch.row(lane));
    }
    Rng rng = seeded_rng(1);
    for (int t = 0; t < 200; ++t) {
      const Bytes actions = random_actions(task.fast.info->action, kLanes, rng);
      batch.step(actions);
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        Batch& single = *singles[lane];
        single.step(part_of(actions, single.engine.action_sizes(), kLanes, lane, 1));
        CHECK(single.observations == batch.row(lane));
        CHECK_EQ(single.rewards[0], batch.rewards[lane]);
        CHECK_EQ(int{single.terminated[0]}, int{batch.terminated[lane]});
        CHECK_EQ(int{single.truncated[0]}, int{batch.truncated[lane]});
      }
    }
  }
}

PLYO_TEST(engine_threads_change_no_bit) {
  for (const Task& task : plain_tasks()) {
    // five thousand pictures a step take sanitizers minutes
    const bool sees_pictures = RowSizes(task.fast.info->observation).total > 1000;
    for (const std::size_t num_envs : {1, 7, 64, 1000, 5000}) {
      if (sees_pictures && num_envs > 1000) continue;
      for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
        EngineConfig config{
            .task = &task, .num_envs = num_envs, .autoreset_mode = mode, .max_episode_steps = 13};
        config.num_threads = 1;
        Batch one(config);
        config.num_threads = 5;
        Batch five(config);
        one.reset(3);
        five.reset(3);
        CHECK(same_state(one, five));
        Rng rng = seeded_rng(num_envs);
        for (int t = 0; t < 20; ++t) {
          const Bytes actions = random_actions(task.fast.info->action, num_envs, rng);
          CHECK_EQ(one.step(actions), five.step(actions));
          CHECK(same_output(one, five));
        }
        CHECK(same_state(one, five));
      }
    }
  }
}

// ---- the ends of episodes ----

PLYO_TEST(engine_next_step_resets_in_the_step_after_the_end_and_ignores_its_action) {
  Batch batch(cart_poles(3));
  Batch twin(cart_poles(3, AutoresetMode::kNone));
  batch.reset(5);
  twin.reset(5);
  const auto actions = pushes(3);
  int ends = 0;
  Flags ended(3);
  for (int t = 0; t < 60; ++t) {
    auto given = actions;
    for (std::size_t lane = 0; lane < 3; ++lane) {
      if (ended[lane] != 0) given[lane] = -77;  // not looked at
    }
    batch.step(given.data());
    const Flags waiting = ended;
    const Bytes before = twin.observations;
    if (std::count(waiting.begin(), waiting.end(), 1) > 0) twin.reset(Seeds{}, waiting);
    const Bytes after_reset = twin.observations;
    twin.step(actions.data());
    for (std::size_t lane = 0; lane < 3; ++lane) {
      if (waiting[lane] != 0) {
        CHECK_EQ(batch.rewards[lane], 0.0);
        CHECK_EQ(int{batch.terminated[lane]} + batch.truncated[lane], 0);
        CHECK(batch.row(lane) == twin.row_of(after_reset, lane));
        // the twin has stepped the lane that the batch has only reset: take that back
        const std::array<std::size_t, 1> which{lane};
        const std::vector<std::byte> state = batch.engine.save(which);
        twin.engine.restore(state, which);
      } else {
        CHECK(batch.row(lane) == twin.row(lane));
        CHECK_EQ(batch.rewards[lane], 1.0);
        CHECK_EQ(int{batch.terminated[lane]}, int{twin.terminated[lane]});
      }
      ended[lane] = batch.terminated[lane] | batch.truncated[lane];
      ends += ended[lane];
    }
  }
  CHECK(ends > 6);
}

PLYO_TEST(engine_same_step_resets_at_once_and_keeps_the_last_observation_apart) {
  Batch batch(cart_poles(4, AutoresetMode::kSameStep));
  batch.reset(5);
  Batch twin(cart_poles(4, AutoresetMode::kNone));
  twin.reset(5);
  const auto actions = pushes(4);
  int ends = 0;
  for (int t = 0; t < 60; ++t) {
    const bool any = batch.step(actions.data());
    twin.step(actions.data());
    CHECK(batch.terminated == twin.terminated);
    CHECK_EQ(any, std::count(twin.terminated.begin(), twin.terminated.end(), 1) > 0);
    const Bytes last = twin.observations;
    const Flags ended = twin.terminated;
    if (any) twin.reset(Seeds{}, ended);
    for (std::size_t lane = 0; lane < 4; ++lane) {
      CHECK(batch.row(lane) == twin.row(lane));
      if (ended[lane] == 0) continue;
      ++ends;
      CHECK(batch.row_of(batch.final_observations, lane) == twin.row_of(last, lane));
    }
  }
  CHECK(same_state(batch, twin));
  CHECK(ends > 10);
}

PLYO_TEST(engine_disabled_refuses_a_step_after_the_end_until_the_mask_resets) {
  Batch batch(cart_poles(3, AutoresetMode::kDisabled));
  batch.reset(5);
  const auto actions = pushes(3);
  while (!std::count(batch.terminated.begin(), batch.terminated.end(), 1)) batch.step(actions.data());
  const auto lane = static_cast<std::size_t>(std::find(batch.terminated.begin(), batch.terminated.end(), 1) -
                                             batch.terminated.begin());
  const Bytes before = batch.save();
  const std::string what = text_of<ResetNeeded>([&] { batch.step(actions.data()); });
  CHECK(contains(what, "environment " + std::to_string(lane)));
  CHECK(batch.save() == before);

  const Flags ended = batch.terminated;
  const Bytes observations = batch.observations;
  batch.reset(Seeds{}, ended);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_EQ(batch.row(i) == batch.row_of(observations, i), ended[i] == 0);
  }
  batch.step(actions.data());
}

PLYO_TEST(engine_without_autoreset_goes_on_past_the_end) {
  const int fall = steps_to_fall(5);
  Batch batch(cart_poles(1, AutoresetMode::kNone));
  batch.reset(5);
  const auto actions = pushes(1);
  for (int t = 1; t <= fall + 5; ++t) {
    CHECK(!batch.engine.was_terminated(0) || t > fall);
    batch.step(actions.data());
    CHECK_EQ(int{batch.terminated[0]}, t >= fall ? 1 : 0);
    CHECK_EQ(batch.rewards[0], t > fall ? 0.0 : 1.0);
  }
  CHECK(batch.engine.was_terminated(0));
  batch.reset(Seeds{});
  CHECK(!batch.engine.was_terminated(0));
}

PLYO_TEST(engine_the_time_limit_truncates_in_its_step) {
  const int fall = steps_to_fall(5);
  CHECK(fall > 5);
  const auto actions = pushes(1);
  for (const int limit : {1, fall - 1, fall, fall + 1}) {
    Batch batch(cart_poles(1, AutoresetMode::kNone, limit));
    batch.reset(5);
    for (int t = 1; t <= std::min(limit, fall); ++t) {
      batch.step(actions.data());
      CHECK_EQ(int{batch.truncated[0]}, t == limit ? 1 : 0);
      CHECK_EQ(int{batch.terminated[0]}, t == fall ? 1 : 0);  // both, when both hold
    }
  }
}

PLYO_TEST(engine_without_a_time_limit_nothing_is_truncated) {
  Batch batch(
      {.task = &task_named("Pendulum"), .num_envs = 2, .max_episode_steps = kNoTimeLimit, .num_threads = 1});
  batch.reset(1);
  const Bytes actions(2 * sizeof(float));
  for (int t = 0; t < 2000; ++t) {
    CHECK(!batch.step(actions));
    CHECK_EQ(int{batch.truncated[0]} + batch.truncated[1], 0);
  }
}

PLYO_TEST(engine_reports_returns_and_lengths_of_the_episodes_that_end) {
  for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
    EngineConfig config{.task = &task_named("Pendulum"),
                        .num_envs = 300,
                        .autoreset_mode = mode,
                        .max_episode_steps = 20,
                        .num_threads = 1,
                        .record_episode_times = true};
    Batch batch(config);
    batch.reset(8);
    Rng rng = seeded_rng(4);
    std::vector<double> sums(300);
    std::vector<std::int64_t> counts(300);
    int ends = 0;
    for (int t = 0; t < 70; ++t) {
      batch.step(random_actions(batch.engine.action_space(), 300, rng));
      for (std::size_t lane = 0; lane < 300; ++lane) {
        const bool resetting = mode == AutoresetMode::kNextStep && t % 21 == 20;
        if (!resetting) {
          sums[lane] += batch.rewards[lane];
          ++counts[lane];
        }
        if (batch.truncated[lane] == 0) {
          CHECK_EQ(batch.returns[lane], 0.0);
          CHECK_EQ(batch.lengths[lane], 0);
          CHECK_EQ(batch.times[lane], 0.0);
          continue;
        }
        ++ends;
        CHECK_EQ(batch.returns[lane], sums[lane]);
        CHECK_EQ(batch.lengths[lane], counts[lane]);
        CHECK(batch.times[lane] >= 0 && batch.times[lane] < 100);
        sums[lane] = 0;
        counts[lane] = 0;
      }
    }
    CHECK_EQ(ends, 900);
  }
}

// ---- resetting ----

PLYO_TEST(engine_a_mask_resets_its_lanes_alone) {
  constexpr std::size_t kLanes = 600;
  Batch batch(cart_poles(kLanes));
  batch.reset(1);
  batch.step(pushes(kLanes).data());
  Flags mask(kLanes);
  for (const std::size_t lane : {0, 255, 256, 599}) mask[lane] = 1;
  const Flags given = mask;
  const Bytes before = batch.observations;
  std::vector<std::vector<std::byte>> words;
  for (std::size_t lane = 0; lane < kLanes; ++lane) words.push_back(batch.engine.state_words(lane));
  batch.reset(Seeds{}, mask);
  CHECK(mask == given);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    CHECK_EQ(batch.engine.state_words(lane) == words[lane], mask[lane] == 0);
    CHECK_EQ(batch.row(lane) == batch.row_of(before, lane), mask[lane] == 0);
  }
}

PLYO_TEST(engine_seeds_each_lane_by_list_and_keeps_the_streams_of_the_rest) {
  Batch batch(cart_poles(3));
  batch.reset(10);
  Batch twin(cart_poles(3));
  twin.reset(10);
  const Seeds seeds{.base = std::nullopt, .each = {SeedWords{77}, std::nullopt, SeedWords{0, 0, 1}}};
  batch.reset(seeds);
  twin.reset(Seeds{});
  CHECK(batch.row(1) == twin.row(1));
  Batch single(cart_poles(1));
  single.reset(77);
  CHECK(batch.row(0) == single.observations);
  single.reset(Seeds{.base = SeedWords{0, 0, 1}, .each = {}});
  CHECK(batch.row(2) == single.observations);
  CHECK(batch.row(0) != twin.row(0));
}

PLYO_TEST(engine_an_unseeded_batch_draws_from_its_entropy) {
  Batch batch(cart_poles(2));
  batch.reset(Seeds{});
  Batch twin(cart_poles(2));
  twin.reset(Seeds{.base = batch.engine.entropy(), .each = {}});
  CHECK(batch.observations == twin.observations);
}

PLYO_TEST(engine_reset_options_hold_for_one_reset) {
  Batch batch(cart_poles(5));
  batch.reset(
      base_seed(1), {},
      {{"low", {.type = ValueType::kReal, .real = 0.2}}, {"high", {.type = ValueType::kReal, .real = 0.2}}});
  const float expected = 0.2F;
  for (std::size_t i = 0; i < batch.observations.size(); i += 4) {
    CHECK(std::memcmp(batch.observations.data() + i, &expected, 4) == 0);
  }
  batch.reset(1);
  Batch twin(cart_poles(5));
  twin.reset(1);
  CHECK(batch.observations == twin.observations);
}

// ---- refused calls ----

PLYO_TEST(engine_refuses_a_step_before_the_reset_of_every_lane) {
  Batch batch(cart_poles(3));
  const auto actions = pushes(3);
  CHECK(contains(text_of<ResetNeeded>([&] { batch.step(actions.data()); }), "environment 0"));
  batch.reset(Seeds{}, {1, 0, 1});
  const Bytes before = batch.save();
  CHECK(contains(text_of<ResetNeeded>([&] { batch.step(actions.data()); }), "environment 1"));
  CHECK(batch.save() == before);
  batch.reset(Seeds{}, {0, 1, 0});
  batch.step(actions.data());
}

PLYO_TEST(engine_refuses_bad_options_and_changes_nothing) {
  Batch batch(cart_poles(3));
  batch.reset(4);
  const Bytes before = batch.save();
  const auto real = [](double x) { return Value{.type = ValueType::kReal, .real = x}; };
  CHECK_THROWS(batch.reset(base_seed(9), {}, {{"lowest", real(0)}}), std::invalid_argument);
  const std::string what = text_of<std::invalid_argument>(
      [&] { batch.reset(base_seed(9), {}, {{"low", real(0.5)}, {"high", real(-1)}}); });
  CHECK_EQ(what, std::string("Lower bound (0.5) must be lower than higher bound (-1.0)."));
  CHECK(batch.save() == before);
}

PLYO_TEST(engine_names_the_lane_and_value_of_a_bad_action_and_changes_nothing) {
  for (const std::size_t num_envs : {1, 5, 10'000}) {
    for (const int threads : {1, 3}) {
      EngineConfig config = cart_poles(num_envs);
      config.num_threads = threads;
      Batch batch(config);
      batch.reset(2);
      auto actions = pushes(num_envs);
      const Bytes before = batch.save();
      for (const std::int64_t bad :
           {std::int64_t{2}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
            std::numeric_limits<std::int64_t>::min()}) {
        for (const std::size_t lane : {std::size_t{0}, num_envs / 2, num_envs - 1}) {
          actions[lane] = bad;
          const std::string what = text_of<InvalidAction>([&] { batch.step(actions.data()); });
          CHECK(contains(what, "action " + std::to_string(bad) + " of environment " + std::to_string(lane)));
          CHECK(contains(what, "0 to 1"));
          actions[lane] = 1;
        }
      }
      // of several the first
      actions.back() = 9;
      actions.front() = 8;
      CHECK(
          contains(text_of<InvalidAction>([&] { batch.step(actions.data()); }), "action 8 of environment 0"));
      CHECK(batch.save() == before);
    }
  }
}

PLYO_TEST(engine_refuses_box_actions_that_are_not_finite_and_takes_those_out_of_bounds) {
  for (const std::size_t num_envs : {3, 10'000}) {
    Batch batch({.task = &task_named("Pendulum"), .num_envs = num_envs, .num_threads = 2});
    batch.reset(2);
    std::vector<float> actions(num_envs, 0.5F);
    const Bytes before = batch.save();
    for (const float bad :
         {kNan, -kNan, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
      actions[num_envs - 2] = bad;
      const std::string what = text_of<InvalidAction>([&] { batch.step(actions.data()); });
      CHECK(contains(what, "environment " + std::to_string(num_envs - 2)));
      CHECK(contains(what, "[-2, 2]"));
    }
    CHECK(batch.save() == before);
    actions[num_envs - 2] = std::numeric_limits<float>::max();
    batch.step(actions.data());
    CHECK(batch.save() != before);
  }
}

PLYO_TEST(engine_refuses_unknown_arguments_and_batches_beyond_memory) {
  EngineConfig config = cart_poles(1);
  config.params = {{"gravity", {.type = ValueType::kReal, .real = 1}}};
  CHECK_THROWS(Engine(config), std::invalid_argument);
  for (const std::size_t num_envs :
       {std::size_t{1} << 48, std::size_t{1} << 60, ~std::size_t{0}, ~std::size_t{0} / 2}) {
    CHECK_THROWS(Engine(cart_poles(num_envs)), std::bad_alloc);
  }
}

// ---- snapshots ----

PLYO_TEST(engine_a_snapshot_brings_back_everything) {
  for (const Task& task : plain_tasks()) {
    EngineConfig config{.task = &task,
                        .num_envs = 300,
                        .autoreset_mode = AutoresetMode::kSameStep,
                        .max_episode_steps = 25,
                        .num_threads = 1};
    Batch batch(config);
    batch.reset(6);
    Rng rng = seeded_rng(2);
    for (int t = 0; t < 30; ++t) batch.step(random_actions(task.fast.info->action, 300, rng));
    const Bytes snapshot = batch.save();
    Batch other(config);
    other.reset(999);
    other.engine.restore(snapshot, {});
    CHECK(same_state(batch, other));
    for (int t = 0; t < 60; ++t) {
      const Bytes actions = random_actions(task.fast.info->action, 300, rng);
      batch.step(actions);
      other.step(actions);
      CHECK(same_output(batch, other));
    }
  }
}

PLYO_TEST(engine_a_snapshot_of_some_lanes_goes_where_it_is_told) {
  Batch batch(cart_poles(5));
  batch.reset(6);
  const std::array<std::size_t, 2> from{4, 1};
  const std::array<std::size_t, 2> into{0, 2};
  const Bytes snapshot = batch.engine.save(from);
  const auto words = [&](std::size_t lane) { return batch.engine.state_words(lane); };
  const auto four = words(4), one = words(1), three = words(3);
  batch.engine.restore(snapshot, into);
  CHECK(words(0) == four && words(2) == one && words(3) == three && words(4) == four);

  const std::array<std::size_t, 1> single{3};
  batch.engine.restore(batch.engine.save(single), {});
  for (std::size_t lane = 0; lane < 5; ++lane) CHECK(words(lane) == three);
}

PLYO_TEST(engine_restoring_a_batch_that_was_never_reset_needs_a_reset_again) {
  Batch fresh(cart_poles(2));
  const Bytes snapshot = fresh.save();
  Batch batch(cart_poles(2));
  batch.reset(1);
  batch.engine.restore(snapshot, {});
  CHECK_THROWS(batch.step(pushes(2).data()), ResetNeeded);
}

PLYO_TEST(engine_refuses_what_is_not_its_snapshot_and_changes_nothing) {
  Batch batch(cart_poles(3));
  batch.reset(1);
  const Bytes good = batch.save();
  const auto refused = [&](const Bytes& bytes, const char* part) {
    CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.restore(bytes, {}); }), part));
    CHECK(batch.save() == good);
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_THROWS(batch.engine.restore(std::span(good).first(size), {}), std::invalid_argument);
  }
  CHECK(batch.save() == good);
  Bytes bad = good;
  bad.push_back(std::byte{0});
  refused(bad, "bytes");
  bad = good;
  bad[0] = std::byte{'X'};
  refused(bad, "do not come from get_state");
  bad = good;
  bad[8] = std::byte{3};
  refused(bad, "version 3");
  Batch pendulums({.task = &task_named("Pendulum"), .num_envs = 3, .num_threads = 1});
  pendulums.reset(1);
  refused(pendulums.save(), "Pendulum");
  Batch four(cart_poles(4));
  four.reset(1);
  refused(four.save(), "4 environments");
}

PLYO_TEST(engine_words_of_a_lane_go_out_and_come_back) {
  Batch batch(cart_poles(2, AutoresetMode::kDisabled));
  const std::array<double, 4> state{0.1, -0.2, 0.03, 0.4};
  for (const std::size_t lane : {0, 1}) batch.engine.set_state_words(lane, std::as_bytes(std::span(state)));
  const auto words = batch.engine.state_words(1);
  CHECK(std::memcmp(words.data(), state.data(), sizeof(state)) == 0);
  // a lane that was given a state is in the middle of an episode
  batch.step(pushes(2).data());
  const Bytes before = batch.save();
  CHECK_THROWS(batch.engine.set_state_words(0, std::as_bytes(std::span(state).first(3))),
               std::invalid_argument);
  CHECK(batch.save() == before);
}

PLYO_TEST(engine_variables_complete_the_state_and_clocks_are_read) {
  Batch batch({.task = &task_named("Pendulum"), .num_envs = 2, .num_threads = 1});
  CHECK(!batch.engine.elapsed_steps(1));
  const std::array<double, 2> upright{0.0, 1.0};
  batch.engine.set_variables(1, upright);
  CHECK(batch.engine.variables(1) == std::vector<double>(upright.begin(), upright.end()));
  // the sine and cosine that the task keeps beside the angle follow
  batch.engine.observe(batch.observations.data());
  const std::array<float, 3> expected{1.0F, 0.0F, 1.0F};  // cosine, sine, angular velocity
  CHECK(std::memcmp(batch.row(1).data(), expected.data(), sizeof(expected)) == 0);
  CHECK_THROWS(batch.engine.set_variables(0, std::span(upright).first(1)), std::invalid_argument);
  batch.reset(1);
  CHECK_EQ(*batch.engine.elapsed_steps(0), 0);
}

// ---- one caller at a time ----

PLYO_TEST(engine_reserved_lets_readers_in_and_its_owner) {
  Batch batch(cart_poles(2));
  batch.reset(1);
  const Bytes before = batch.save();
  {
    Usage::Reservation reservation(batch.engine.usage());
    CHECK_THROWS(batch.step(pushes(2).data()), InUse);
    CHECK_THROWS(batch.reset(1), InUse);
    CHECK_THROWS(batch.engine.restore(before, {}), InUse);
    CHECK_THROWS(batch.engine.set_variables(0, std::vector<double>(4)), InUse);
    CHECK_THROWS(Usage::Reservation(batch.engine.usage()), InUse);
    CHECK(batch.save() == before);
    int pauses = 0;
    {
      const Engine::Exclusive owner = reservation.enter([&] { ++pauses; });
      CHECK_THROWS(batch.save(), InUse);
    }
    CHECK_EQ(pauses, 0);
    std::optional<Engine::Exclusive> reader;
    reader.emplace(batch.engine.usage(), Access::kRead);
    {
      const Engine::Exclusive owner = reservation.enter([&] {
        ++pauses;
        reader.reset();
      });
      CHECK_EQ(pauses, 1);
    }
    CHECK_THROWS(batch.step(pushes(2).data()), InUse);
  }
  batch.step(pushes(2).data());
  // a reader that outlives the reservation
  std::optional<Usage::Reservation> reservation(std::in_place, batch.engine.usage());
  std::optional<Engine::Exclusive> reader(std::in_place, batch.engine.usage(), Access::kRead);
  reservation.reset();
  CHECK_THROWS(batch.step(pushes(2).data()), InUse);
  reader.reset();
  batch.step(pushes(2).data());
}

PLYO_TEST(engine_in_use_says_by_whom) {
  Batch batch(cart_poles(2));
  batch.reset(1);
  const Engine::Exclusive guard = batch.engine.exclusive();
  CHECK(contains(text_of<InUse>([&] { batch.reset(1); }), "the call that this one interrupts"));
  std::string what;
  std::thread([&] { what = text_of<InUse>([&] { batch.reset(1); }); }).join();
  CHECK(contains(what, "in use by another thread"));
}

PLYO_TEST(engine_computes_in_the_default_floating_point_mode) {
  const auto run = [] {
    EngineConfig config{.task = &task_named("Acrobot"), .num_envs = 4000, .num_threads = 2};
    Batch batch(config);
    batch.reset(1);
    const std::vector<std::int64_t> actions(4000, 2);
    for (int t = 0; t < 20; ++t) batch.step(actions.data());
    return batch.save();
  };
  const Bytes plain = run();
  std::fesetround(FE_UPWARD);
  const Bytes rounded = run();
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  CHECK(rounded == plain);
  CHECK_EQ(after, FE_UPWARD);
}

PLYO_TEST(engine_in_use_refuses_every_other_call_and_is_free_afterwards) {
  Batch batch(cart_poles(2));
  batch.reset(1);
  const Bytes before = batch.save();
  {
    const Engine::Exclusive guard = batch.engine.exclusive();
    CHECK_THROWS(batch.step(pushes(2).data()), InUse);
    CHECK_THROWS(batch.reset(1), InUse);
    CHECK_THROWS(batch.save(), InUse);
    CHECK_THROWS(batch.engine.restore(before, {}), InUse);
    CHECK_THROWS(batch.engine.observe(batch.observations.data()), InUse);
    CHECK_THROWS(batch.engine.state_words(0), InUse);
    CHECK_THROWS(batch.engine.exclusive(), InUse);
  }
  CHECK(batch.save() == before);
  // an exception frees it too
  CHECK_THROWS(batch.step(pushes(2, 5).data()), InvalidAction);
  batch.step(pushes(2).data());
}

PLYO_TEST(engine_threads_that_step_one_batch_take_turns_or_are_refused) {
  constexpr std::size_t kLanes = 3000;
  EngineConfig config = cart_poles(kLanes);
  config.num_threads = 2;
  Batch shared(config);
  shared.reset(1);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto actions = pushes(kLanes);
      // arrays of its own: only the batch is shared
      Bytes observations(shared.observations.size());
      std::vector<double> rewards(kLanes);
      Flags terminated(kLanes), truncated(kLanes);
      for (int t = 0; t < 200; ++t) {
        try {
          shared.engine.step(actions.data(), {.observations = observations.data(),
                                              .rewards = rewards.data(),
                                              .terminated = terminated.data(),
                                              .truncated = truncated.data()});
          ++taken;
        } catch (const InUse&) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken.load() > 0);
  Batch twin(cart_poles(kLanes));
  twin.reset(1);
  for (int t = 0; t < taken.load(); ++t) twin.step(pushes(kLanes).data());
  CHECK(same_state(shared, twin));
}

PLYO_TEST(engine_batches_of_several_threads_do_not_meet) {
  constexpr std::size_t kLanes = 2000;
  std::vector<Bytes> states(4);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 4; ++i) {
    threads.emplace_back([&states, i] {
      EngineConfig config = cart_poles(kLanes);
      config.num_threads = 3;
      Batch batch(config);
      batch.reset(i);
      for (int t = 0; t < 100; ++t) batch.step(pushes(kLanes).data());
      states[i] = batch.save();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::uint32_t i = 0; i < 4; ++i) {
    Batch batch(cart_poles(kLanes));
    batch.reset(i);
    for (int t = 0; t < 100; ++t) batch.step(pushes(kLanes).data());
    CHECK(batch.save() == states[i]);
  }
}

PLYO_TEST(engine_find_nonzero_finds_every_position) {
  Flags bytes(67);
  std::vector<LaneIndex> expected;
  for (const std::size_t i : {0, 7, 8, 31, 32, 33, 63, 64, 66}) {
    bytes[i] = static_cast<std::uint8_t>(i % 2 == 0 ? 0xFF : 1);
    expected.push_back(static_cast<LaneIndex>(i));
  }
  std::vector<LaneIndex> positions(bytes.size());
  positions.resize(find_nonzero(bytes.data(), bytes.size(), positions.data()));
  CHECK(positions == expected);
  CHECK_EQ(find_nonzero(bytes.data(), 0, positions.data()), std::size_t{0});
}
