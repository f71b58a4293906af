// rollout/: a rollout equals single steps; its records; the ways to stop it, and the state after a stop.
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

#include "batches.hpp"
#include "rollout/network_policy.hpp"
#include "rollout/rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

// The arrays of a rollout that records everything.
struct Record {
  Record(const Engine& engine, std::size_t num_steps)
      : steps(num_steps),
        lanes(engine.num_envs()),
        observation_sizes(engine.observation_sizes()),
        action_sizes(engine.action_sizes()),
        observations(make_block(observation_sizes, num_steps * lanes)),
        actions(make_block(action_sizes, num_steps * lanes)),
        last_observations(make_block(observation_sizes, lanes)),
        rewards(num_steps * lanes),
        terminated(num_steps * lanes),
        truncated(num_steps * lanes) {}

  RolloutRequest request() {
    return {.num_steps = steps,
            .arrays = {.observations = leaves_of(observations, observation_sizes, steps * lanes),
                       .actions = leaves_of(actions, action_sizes, steps * lanes),
                       .rewards = rewards.data(),
                       .terminated = terminated.data(),
                       .truncated = truncated.data(),
                       .last_observations = leaves_of(last_observations, observation_sizes, lanes)},
            .record_episodes = true,
            .poll = nullptr};
  }

  // The observations before one step.
  Bytes seen_at(std::size_t t) const {
    return part_of(observations, observation_sizes, steps * lanes, t * lanes, lanes);
  }

  std::size_t steps, lanes;
  RowSizes observation_sizes, action_sizes;
  Bytes observations, actions, last_observations;
  std::vector<double> rewards;
  Flags terminated, truncated;
};

std::shared_ptr<const void> share(const void* data) {
  return {data, [](const void*) {}};
}

// Given actions of a space, in one block.
std::unique_ptr<SequencePolicy> given(const Bytes& actions, const RowSizes& sizes, std::size_t num_steps,
                                      std::size_t num_lanes) {
  std::vector<std::shared_ptr<const void>> parts;
  const ConstLeaves leaves = leaves_of(actions, sizes, num_steps * num_lanes);
  for (std::size_t k = 0; k < sizes.count; ++k) parts.push_back(share(leaves.at[k]));
  return std::make_unique<SequencePolicy>(std::move(parts), num_steps, num_lanes);
}

EngineConfig batch_of(const char* task, std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep,
                      int threads = 1, int limit = 30) {
  return {.task = &task_named(task),
          .num_envs = num_envs,
          .autoreset_mode = mode,
          .max_episode_steps = limit,
          .num_threads = threads};
}

Bytes slice(const Bytes& all, std::size_t i, std::size_t size) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * size);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

// A linear policy of zero weights with one bias.
NetworkConfig biases(std::size_t inputs, std::vector<float> bias, Head head) {
  const std::size_t outputs = bias.size();
  NetworkConfig config;
  config.layers.push_back({.num_inputs = inputs,
                           .num_outputs = outputs,
                           .weights = std::vector<float>(inputs * outputs),
                           .bias = std::move(bias)});
  config.head = head;
  config.seed = SeedWords{1};
  return config;
}

}  // namespace

PLYO_TEST(rollout_of_given_actions_is_the_same_steps_one_by_one) {
  constexpr std::size_t kLanes = 600, kSteps = 70;
  for (const Task& task : plain_tasks()) {
    for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
      for (const int threads : {1, 3}) {
        EngineConfig config{.task = &task,
                            .num_envs = kLanes,
                            .autoreset_mode = mode,
                            .max_episode_steps = 30,
                            .num_threads = threads};
        Batch rolled(config), stepped(config);
        rolled.reset(12);
        stepped.reset(12);
        Rng rng = seeded_rng(3);
        std::vector<Bytes> tape;
        for (std::size_t t = 0; t < kSteps; ++t) {
          tape.push_back(random_actions(rolled.engine.action_space(), kLanes, rng));
        }
        Record record(rolled.engine, kSteps);
        const Bytes actions = join(tape, record.action_sizes, kLanes);
        const auto policy = given(actions, record.action_sizes, kSteps, kLanes);
        const EndedEpisodes ended = rollout(rolled.engine, *policy, record.request());

        CHECK(record.actions == actions);
        std::size_t episode = 0;
        for (std::size_t t = 0; t < kSteps; ++t) {
          CHECK(record.seen_at(t) == stepped.observations);
          stepped.step(tape[t]);
          for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const std::size_t i = t * kLanes + lane;
            CHECK_EQ(record.rewards[i], stepped.rewards[lane]);
            CHECK_EQ(int{record.terminated[i]}, int{stepped.terminated[lane]});
            CHECK_EQ(int{record.truncated[i]}, int{stepped.truncated[lane]});
            if ((stepped.terminated[lane] | stepped.truncated[lane]) == 0) continue;
            // episodes come by time and then by lane
            if (episode >= ended.times.size()) continue;
            CHECK_EQ(ended.times[episode], static_cast<std::int64_t>(t));
            CHECK_EQ(ended.lanes[episode], static_cast<std::int64_t>(lane));
            CHECK_EQ(ended.returns[episode], stepped.returns[lane]);
            CHECK_EQ(ended.lengths[episode], stepped.lengths[lane]);
            if (mode == AutoresetMode::kSameStep) {
              Leaves finals;
              for (std::size_t k = 0; k < record.observation_sizes.count; ++k) {
                finals.at[k] = const_cast<std::byte*>(ended.final_observations[k].data());
              }
              Bytes last = make_block(record.observation_sizes, 1);
              record.observation_sizes.copy_row(leaves_of(last, record.observation_sizes, 1), 0, finals,
                                                episode);
              CHECK(last == stepped.row_of(stepped.final_observations, lane));
            }
            ++episode;
          }
        }
        CHECK(episode >= kLanes);
        CHECK_EQ(episode, ended.times.size());
        CHECK(record.last_observations == stepped.observations);
        CHECK(same_state(rolled, stepped));
      }
    }
  }
}

PLYO_TEST(rollout_records_only_what_is_asked_for_and_leaves_the_same_batch) {
  Batch all(batch_of("CartPole", 300)), none(batch_of("CartPole", 300));
  all.reset(1);
  none.reset(1);
  RandomPolicy policy_of_all(SeedWords{4}), policy_of_none(SeedWords{4});
  Record record(all.engine, 50);
  rollout(all.engine, policy_of_all, record.request());
  const EndedEpisodes ended = rollout(none.engine, policy_of_none, {.num_steps = 50, .arrays = {}});
  CHECK(ended.times.empty());
  CHECK(same_state(all, none));
  for (std::size_t lane = 0; lane < 300; ++lane) {
    CHECK(policy_of_all.streams()[lane].state() == policy_of_none.streams()[lane].state());
  }
}

PLYO_TEST(rollout_random_draws_for_each_lane_alone) {
  for (const char* task : {"CartPole", "Pendulum"}) {
    Batch batch(batch_of(task, 700, AutoresetMode::kNextStep, 3));
    batch.reset(1);
    RandomPolicy policy(SeedWords{50});
    Record record(batch.engine, 40);
    rollout(batch.engine, policy, record.request());
    for (const std::uint32_t lane : {0U, 1U, 255U, 256U, 699U}) {
      Batch single(batch_of(task, 1));
      single.reset(1 + lane);
      RandomPolicy own(SeedWords{50 + lane});
      Record of_lane(single.engine, 40);
      rollout(single.engine, own, of_lane.request());
      const std::size_t row = batch.engine.action_sizes().total;
      for (std::size_t t = 0; t < 40; ++t) {
        CHECK(slice(of_lane.actions, t, row) == slice(record.actions, t * 700 + lane, row));
        CHECK_EQ(of_lane.rewards[t], record.rewards[t * 700 + lane]);
      }
    }
  }
}

PLYO_TEST(rollout_goes_on_where_the_last_one_stopped) {
  Batch once(batch_of("CartPole", 100)), twice(batch_of("CartPole", 100));
  once.reset(1);
  twice.reset(1);
  RandomPolicy a(SeedWords{2}), b(SeedWords{2});
  rollout(once.engine, a, {.num_steps = 60, .arrays = {}});
  rollout(twice.engine, b, {.num_steps = 25, .arrays = {}});
  rollout(twice.engine, b, {.num_steps = 35, .arrays = {}});
  CHECK(same_state(once, twice));
}

PLYO_TEST(rollout_lanes_that_ended_rest_where_autoreset_is_disabled) {
  Batch batch(batch_of("CartPole", 40, AutoresetMode::kDisabled, 1, 500));
  batch.reset(3);
  const std::int64_t push = 1;
  std::vector<std::byte> row(8);
  std::memcpy(row.data(), &push, 8);
  ConstantPolicy policy(row);
  Record record(batch.engine, 40);
  const EndedEpisodes ended = rollout(batch.engine, policy, record.request());
  CHECK_EQ(ended.times.size(), std::size_t{40});
  for (std::size_t e = 0; e < ended.times.size(); ++e) {
    const auto lane = static_cast<std::size_t>(ended.lanes[e]);
    const auto end = static_cast<std::size_t>(ended.times[e]);
    CHECK_EQ(ended.lengths[e], ended.times[e] + 1);
    for (std::size_t t = 0; t < 40; ++t) {
      const std::size_t i = t * 40 + lane;
      CHECK_EQ(record.rewards[i], t <= end ? 1.0 : 0.0);
      CHECK_EQ(int{record.terminated[i]}, t == end ? 1 : 0);
      if (t > end) CHECK(slice(record.observations, i, 16) == slice(record.last_observations, lane, 16));
    }
  }
  CHECK_THROWS(rollout(batch.engine, policy, record.request()), ResetNeeded);
}

PLYO_TEST(rollout_resting_lanes_stay_as_their_episodes_ended) {
  std::vector<std::byte> row(8);
  row[0] = std::byte{1};
  // tiles whose lanes all rest are left early where nothing is recorded, and tiles depend on the threads
  Batch first(batch_of("CartPole", 130, AutoresetMode::kDisabled, 1, 9));
  Batch second(batch_of("CartPole", 130, AutoresetMode::kDisabled, 2, 9));
  Batch recorded(batch_of("CartPole", 130, AutoresetMode::kDisabled, 1, 9));
  for (Batch* batch : {&first, &second, &recorded}) {
    batch->reset(0);
    ConstantPolicy policy(row);
    Record record(batch->engine, 40);
    rollout(batch->engine, policy,
            batch == &recorded ? record.request() : RolloutRequest{.num_steps = 40, .arrays = {}});
  }
  CHECK(same_state(first, second));
  CHECK(same_state(first, recorded));
  std::size_t terminated = 0;
  for (std::size_t lane = 0; lane < 130; ++lane) {
    terminated += recorded.engine.was_terminated(lane) ? 1 : 0;
    CHECK(recorded.engine.was_terminated(lane) || *recorded.engine.elapsed_steps(lane) == 9);
  }
  CHECK(terminated > 0);
  CHECK(terminated < 130);

  // a clock at its last tick does not run back
  Batch late(batch_of("CartPole", 3, AutoresetMode::kDisabled, 1, kNoTimeLimit));
  late.reset(0);
  std::vector<std::byte> snapshot = late.engine.save({});
  const std::int32_t last_tick = std::numeric_limits<std::int32_t>::max(), ended = 3;
  std::memcpy(snapshot.data() + snapshot.size() - 8, &last_tick, 4);
  std::memcpy(snapshot.data() + snapshot.size() - 4, &ended, 4);
  late.engine.restore(snapshot, {});
  CHECK_EQ(*late.engine.elapsed_steps(2), last_tick);
  ConstantPolicy policy(row);
  rollout_piece(late.engine, policy, {.num_steps = 5, .arrays = {}});
  CHECK_EQ(*late.engine.elapsed_steps(2), last_tick);
}

// ---- stopping ----

PLYO_TEST(rollout_abandoned_leaves_batch_and_policy_as_they_were) {
  for (const int threads : {1, 3}) {
    Batch batch(batch_of("CartPole", 1000, AutoresetMode::kNextStep, threads));
    batch.reset(1);
    RandomPolicy policy(SeedWords{2});
    rollout(batch.engine, policy, {.num_steps = 10, .arrays = {}});
    const Bytes before = batch.save();
    const std::vector<Rng> streams = policy.streams();
    int asked = 0;
    const auto stop = [&asked] { return ++asked >= 3; };
    const ThreadPool::Poll poll(stop);
    // minutes, were it not stopped
    CHECK_THROWS(rollout(batch.engine, policy, {.num_steps = 100'000'000, .arrays = {}, .poll = &poll}),
                 Interrupted);
    CHECK(asked >= 3);
    CHECK(batch.save() == before);
    for (std::size_t lane = 0; lane < 1000; ++lane)
      CHECK(policy.streams()[lane].state() == streams[lane].state());
    rollout(batch.engine, policy, {.num_steps = 10, .arrays = {}});
    CHECK(batch.save() != before);
  }
}

PLYO_TEST(rollout_of_an_expensive_policy_is_stopped_soon) {
  Batch batch(batch_of("CartPole", 256));
  batch.reset(1);
  NetworkConfig config;
  config.layers.push_back({4, 600, std::vector<float>(2400, 0.01F), std::vector<float>(600)});
  config.layers.push_back({600, 600, std::vector<float>(360'000, 0.01F), std::vector<float>(600)});
  config.layers.push_back({600, 2, std::vector<float>(1200, 0.01F), std::vector<float>(2)});
  NetworkPolicy policy(config);
  using Clock = std::chrono::steady_clock;
  Clock::time_point last = Clock::now();
  double longest = 0;
  int asked = 0;
  const auto ask = [&] {
    longest = std::max(longest, std::chrono::duration<double>(Clock::now() - last).count());
    last = Clock::now();
    return ++asked >= 4;
  };
  const ThreadPool::Poll poll(ask);
  CHECK_THROWS(rollout(batch.engine, policy, {.num_steps = 1'000'000, .arrays = {}, .poll = &poll}),
               Interrupted);
  CHECK(longest < 5.0);  // seconds; ten milliseconds where no sanitizer slows it down
}

PLYO_TEST(rollout_with_a_bad_action_in_the_middle_leaves_the_batch_as_it_was) {
  constexpr std::size_t kLanes = 600, kSteps = 20;
  Batch batch(batch_of("CartPole", kLanes));
  batch.reset(1);
  std::vector<std::int64_t> actions(kLanes * kSteps, 1);
  const Bytes before = batch.save();
  for (const std::size_t lane : {std::size_t{0}, std::size_t{300}, kLanes - 1}) {
    actions[7 * kLanes + lane] = 2;
    SequencePolicy policy({share(actions.data())}, kSteps, kLanes);
    Record record(batch.engine, kSteps);
    const std::string what = text_of<InvalidAction>([&] { rollout(batch.engine, policy, record.request()); });
    CHECK(contains(what, "action 2 of environment " + std::to_string(lane)));
    CHECK(batch.save() == before);
    actions[7 * kLanes + lane] = 1;
  }
}

// The first step ignores the actions of lanes that wait for a reset; the steps after it do not.
PLYO_TEST(rollout_finds_the_bad_actions_of_lanes_that_begin_with_a_reset) {
  constexpr std::size_t kLanes = 20, kSteps = 6;
  Batch batch(batch_of("CartPole", kLanes, AutoresetMode::kNextStep, 1, 5));
  batch.reset(1);
  const std::vector<std::int64_t> push(kLanes, 1);
  for (int t = 0; t < 5; ++t) batch.step(push.data());
  CHECK_EQ(int{batch.truncated[4]}, 1);
  const Bytes before = batch.save();
  std::vector<std::int64_t> actions(kLanes * kSteps, 1);
  actions[3 * kLanes + 4] = 9;
  SequencePolicy bad({share(actions.data())}, kSteps, kLanes);
  CHECK_THROWS(rollout(batch.engine, bad, {.num_steps = kSteps, .arrays = {}}), InvalidAction);
  CHECK(batch.save() == before);
  actions[3 * kLanes + 4] = 1;
  actions[4] = 9;  // ignored
  SequencePolicy good({share(actions.data())}, kSteps, kLanes);
  rollout(batch.engine, good, {.num_steps = kSteps, .arrays = {}});
}

PLYO_TEST(rollout_whose_episodes_cannot_be_delivered_changes_nothing) {
  for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
    constexpr std::size_t kLanes = 300, kSteps = 60;
    Batch batch(batch_of("CartPole", kLanes, mode)), twin(batch_of("CartPole", kLanes, mode));
    batch.reset(1);
    twin.reset(1);
    RandomPolicy policy(SeedWords{1}), twin_policy(SeedWords{1});
    Record record(batch.engine, kSteps), twin_record(twin.engine, kSteps);
    const Bytes before = batch.save();
    const auto fail = [](EndedEpisodes& ended) {
      CHECK(!ended.times.empty());
      throw std::bad_alloc();
    };
    const FunctionRef<void(EndedEpisodes&)> deliver(fail);
    RolloutRequest request = record.request();
    request.deliver = &deliver;
    CHECK_THROWS(rollout(batch.engine, policy, request), std::bad_alloc);
    CHECK(batch.save() == before);
    CHECK(policy.streams().empty());
    rollout(batch.engine, policy, record.request());
    rollout(twin.engine, twin_policy, twin_record.request());
    CHECK(batch.save() == twin.save());
    CHECK(record.actions == twin_record.actions);
  }
}

// Flags, observations and actions that another thread writes must not be read back.
PLYO_TEST(rollout_into_shared_arrays_is_the_same) {
  constexpr std::size_t kLanes = 300, kSteps = 30;
  Batch batch(batch_of("Taxi", kLanes)), twin(batch_of("Taxi", kLanes));
  batch.reset(1);
  twin.reset(1);
  RandomPolicy policy(SeedWords{1}), twin_policy(SeedWords{1});
  Record record(batch.engine, kSteps), twin_record(twin.engine, kSteps);
  RolloutRequest shared = record.request();
  shared.shares_arrays = true;
  rollout(batch.engine, policy, shared);
  rollout(twin.engine, twin_policy, twin_record.request());
  CHECK(batch.save() == twin.save());
  CHECK(record.observations == twin_record.observations);
  CHECK(record.actions == twin_record.actions);
  CHECK(record.rewards == twin_record.rewards);
  CHECK(record.terminated == twin_record.terminated);
}

// Two rollouts that take turns on one thread: the poll of one makes the other.
PLYO_TEST(rollout_inside_the_poll_of_another_one) {
  constexpr std::size_t kLanes = 16, kSteps = 150'000;
  for (const bool nested : {false, true}) {
    Batch batch(batch_of("CartPole", kLanes)), other(batch_of("Acrobot", 37));
    batch.reset(1);
    other.reset(2);
    RandomPolicy policy(SeedWords{1}), other_policy(SeedWords{7});
    int polls = 0;
    const auto poll = [&] {
      ++polls;
      if (nested) rollout(other.engine, other_policy, {.num_steps = 3, .arrays = {}});
      CHECK_THROWS(batch.engine.exclusive(), InUse);
      CHECK_THROWS(policy.exclusive(), InUse);
      return false;
    };
    const ThreadPool::Poll poll_ref(poll);
    rollout(batch.engine, policy, {.num_steps = kSteps, .arrays = {}, .poll = &poll_ref});
    static Bytes expected;
    if (!nested) expected = batch.save();
    CHECK(batch.save() == expected);
    CHECK(polls > 0);
  }
}

PLYO_TEST(rollout_refuses_policies_that_do_not_fit_and_changes_nothing) {
  Batch batch(batch_of("CartPole", 6));
  batch.reset(1);
  const Bytes before = batch.save();
  const auto refused = [&](Policy& policy, const char* part) {
    CHECK(contains(text_of<std::invalid_argument>(
                       [&] { rollout(batch.engine, policy, {.num_steps = 5, .arrays = {}}); }),
                   part));
    CHECK(batch.save() == before);
  };
  const Bytes actions(6 * 5 * 8);
  SequencePolicy short_one({share(actions.data())}, 4, 6), narrow({share(actions.data())}, 5, 5);
  refused(short_one, "4 steps");
  refused(narrow, "5 environments");
  ConstantPolicy row_of_a_box(std::vector<std::byte>(4));
  refused(row_of_a_box, "4 bytes");
  NetworkPolicy inputs(biases(3, {0, 0}, Head::kArgmax)), outputs(biases(4, {0, 0, 0}, Head::kArgmax)),
      head(biases(4, {0, 0}, Head::kMean));
  refused(inputs, "3 inputs");
  refused(outputs, "3 outputs");
  refused(head, "head");
  NetworkConfig population = biases(4, {0, 0}, Head::kArgmax);
  population.population = 4;
  population.layers[0].weights.resize(32);
  population.layers[0].bias.resize(8);
  NetworkPolicy four(population);
  refused(four, "population of 4");
  Batch other(batch_of("CartPole", 7));
  other.reset(1);
  RandomPolicy random(SeedWords{1});
  rollout(other.engine, random, {.num_steps = 5, .arrays = {}});
  refused(random, "7 environments");
  CHECK_THROWS(NetworkPolicy(NetworkConfig{}), std::invalid_argument);
}

PLYO_TEST(rollout_needs_a_reset_and_a_policy_and_batch_of_its_own) {
  Batch batch(batch_of("CartPole", 6)), other(batch_of("CartPole", 6));
  RandomPolicy policy(SeedWords{1});
  const RolloutRequest request{.num_steps = 5, .arrays = {}};
  CHECK_THROWS(rollout(batch.engine, policy, request), ResetNeeded);
  batch.reset(1);
  const Bytes before = batch.save();
  {
    const Engine::Exclusive guard = policy.exclusive();
    CHECK_THROWS(rollout(batch.engine, policy, request), InUse);
  }
  {
    const Engine::Exclusive guard = batch.engine.exclusive();
    CHECK_THROWS(rollout(batch.engine, policy, request), InUse);
  }
  CHECK(batch.save() == before);
  rollout(batch.engine, policy, request);
}

PLYO_TEST(rollout_one_policy_for_two_batches_at_once_is_refused_and_repeatable) {
  constexpr int kRounds = 60;
  RandomPolicy policy(SeedWords{1});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      Batch batch(batch_of("CartPole", 500));
      batch.reset(1);
      for (int round = 0; round < kRounds; ++round) {
        const Bytes before = batch.save();
        try {
          rollout(batch.engine, policy, {.num_steps = 20, .arrays = {}});
          ++taken;
        } catch (const InUse&) {
          CHECK(batch.save() == before);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken.load() > 0);
  // the policy has drawn for the rollouts that were not refused, once a lane and step
  RandomPolicy twin(SeedWords{1});
  Batch batch(batch_of("CartPole", 500));
  batch.reset(1);
  for (int round = 0; round < taken.load(); ++round)
    rollout(batch.engine, twin, {.num_steps = 20, .arrays = {}});
  for (std::size_t lane = 0; lane < 500; ++lane) {
    CHECK(policy.streams()[lane].state() == twin.streams()[lane].state());
  }
}

// ---- networks ----

PLYO_TEST(rollout_argmax_takes_the_first_of_the_largest) {
  Batch batch(batch_of("Acrobot", 5));
  batch.reset(1);
  for (const auto& [bias, expected] : std::vector<std::pair<std::vector<float>, std::int64_t>>{
           {{0, 0, 0}, 0}, {{0, 1, 1}, 1}, {{-2, -1, 0}, 2}, {{3, 1, 3}, 0}}) {
    NetworkPolicy policy(biases(6, bias, Head::kArgmax));
    Record record(batch.engine, 3);
    rollout(batch.engine, policy, record.request());
    for (std::size_t i = 0; i < 15; ++i) {
      std::int64_t action = 0;
      std::memcpy(&action, record.actions.data() + i * 8, 8);
      CHECK_EQ(action, expected);
    }
  }
}

PLYO_TEST(rollout_mean_is_the_affine_function_clipped_to_the_space) {
  Batch batch(batch_of("Pendulum", 300));
  batch.reset(1);
  NetworkConfig config = biases(3, {0.25F}, Head::kMean);
  config.layers[0].weights = {1.5F, -0.5F, 0.75F};
  NetworkPolicy policy(config);
  Record record(batch.engine, 20);
  rollout(batch.engine, policy, record.request());
  int clipped = 0;
  for (std::size_t i = 0; i < 300 * 20; ++i) {
    float o[3], action = 0;
    std::memcpy(o, record.observations.data() + i * 12, 12);
    std::memcpy(&action, record.actions.data() + i * 4, 4);
    // the terms in their order, as the policy adds them
    float expected = 0.25F;
    expected += 1.5F * o[0];
    expected += -0.5F * o[1];
    expected += 0.75F * o[2];
    clipped += std::abs(expected) > 2 ? 1 : 0;
    CHECK_EQ(action, std::min(2.0F, std::max(-2.0F, expected)));
  }
  CHECK(clipped > 0);
}

PLYO_TEST(rollout_a_population_is_shared_out_in_equal_groups) {
  constexpr std::size_t kMembers = 5, kLanes = 700;  // groups that end within tiles
  Batch batch(batch_of("Pendulum", kLanes));
  batch.reset(1);
  NetworkConfig config = biases(3, {0}, Head::kMean);
  config.population = kMembers;
  config.layers[0].weights = std::vector<float>(3 * kMembers);
  config.layers[0].bias = {-1.0F, -0.5F, 0.0F, 0.5F, 1.0F};
  NetworkPolicy policy(config);
  Record record(batch.engine, 2);
  rollout(batch.engine, policy, record.request());
  for (std::size_t i = 0; i < 2 * kLanes; ++i) {
    float action = 0;
    std::memcpy(&action, record.actions.data() + i * 4, 4);
    CHECK_EQ(action, config.layers[0].bias[i % kLanes / (kLanes / kMembers)]);
  }
}

PLYO_TEST(rollout_drawn_actions_have_the_distribution_asked_for) {
  Batch poles(batch_of("CartPole", 1000));
  poles.reset(1);
  NetworkPolicy categorical(biases(4, {0.0F, std::log(3.0F)}, Head::kCategorical));
  Record chosen(poles.engine, 50);
  rollout(poles.engine, categorical, chosen.request());
  double rights = 0;
  for (std::size_t i = 0; i < 50'000; ++i) {
    std::int64_t action = 0;
    std::memcpy(&action, chosen.actions.data() + i * 8, 8);
    rights += static_cast<double>(action);
  }
  CHECK_NEAR(rights / 50'000, 0.75, 0.01);

  Batch pendulums(batch_of("Pendulum", 1000));
  pendulums.reset(1);
  NetworkConfig config = biases(3, {0.5F}, Head::kGaussian);
  config.log_std = {std::log(2.0F)};
  config.clip_actions = false;
  NetworkPolicy gaussian(config);
  Record drawn(pendulums.engine, 50);
  rollout(pendulums.engine, gaussian, drawn.request());
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 50'000; ++i) {
    float action = 0;
    std::memcpy(&action, drawn.actions.data() + i * 4, 4);
    sum += static_cast<double>(action);
    squares += static_cast<double>(action) * static_cast<double>(action);
  }
  const double mean = sum / 50'000;
  CHECK_NEAR(mean, 0.5, 0.04);
  CHECK_NEAR(std::sqrt(squares / 50'000 - mean * mean), 2.0, 0.04);
}

PLYO_TEST(rollout_unclipped_actions_that_are_not_finite_are_refused) {
  Batch batch(batch_of("Pendulum", 10));
  batch.reset(1);
  const Bytes before = batch.save();
  NetworkConfig config = biases(3, {0}, Head::kMean);
  config.layers[0].weights = {3e38F, 3e38F, 3e38F};
  config.layers.push_back({1, 1, {3e38F}, {0}});
  config.activation = Activation::kRelu;
  config.clip_actions = false;
  NetworkPolicy policy(config);
  CHECK_THROWS(rollout(batch.engine, policy, {.num_steps = 10, .arrays = {}}), InvalidAction);
  CHECK(batch.save() == before);
  config.clip_actions = true;
  NetworkPolicy clipping(config);
  rollout(batch.engine, clipping, {.num_steps = 10, .arrays = {}});
}
