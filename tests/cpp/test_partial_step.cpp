// engine/partial_step.cpp, engine/ended_rows.hpp, Engine::copy_lanes: steps and resets of some lanes, the ends of
// episodes as rows, copies of lanes.
#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "batches.hpp"
#include "engine/lane_listing.hpp"
#include "engine/number_casts.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

constexpr AutoresetMode kModes[] = {AutoresetMode::kNextStep, AutoresetMode::kSameStep,
                                    AutoresetMode::kDisabled};
using Ids = std::vector<std::int64_t>;

// The rows of a block that a list names, in its order.
template <std::size_t kMost>
Bytes picked(const Bytes& block, const BasicRowSizes<kMost>& sizes, std::size_t rows, const Ids& ids) {
  Bytes part = make_block(sizes, ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    sizes.copy_row(leaves_of(part, sizes, ids.size()), i, leaves_of(block, sizes, rows),
                   static_cast<std::size_t>(ids[i]));
  }
  return part;
}

// A batch's lanes in an order that the random numbers give, cut in two.
std::pair<Ids, Ids> shuffled(std::size_t num_envs, Rng& rng) {
  Ids all(num_envs);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t i = num_envs; i > 1; --i) {
    std::swap(all[i - 1], all[static_cast<std::size_t>(rng.integers(0, static_cast<std::int64_t>(i)))]);
  }
  const auto cut = all.begin() + rng.integers(0, static_cast<std::int64_t>(num_envs + 1));
  return {Ids(all.begin(), cut), Ids(cut, all.end())};
}

}  // namespace

PLYO_TEST(partial_step_lanes_apart_are_lanes_together) {
  for (const Task& task : plain_tasks()) {
    for (const AutoresetMode mode : kModes) {
      constexpr std::size_t kLanes = 300;
      if (RowSizes(task.fast.info->observation).total > 1000) continue;  // pictures take sanitizers minutes
      EngineConfig config{.task = &task,
                          .num_envs = kLanes,
                          .autoreset_mode = mode,
                          .max_episode_steps = 7,
                          .num_threads = 1};
      Batch whole(config);
      config.num_threads = 3;
      Batch parts(config);
      whole.reset(3);
      parts.reset(3);
      Rng rng = seeded_rng(1);
      for (int t = 0; t < 12; ++t) {
        const Bytes actions = random_actions(task.fast.info->action, kLanes, rng);
        whole.step(actions);
        const auto [some, others] = shuffled(kLanes, rng);
        for (const Ids& ids : {some, others}) {
          const Engine& engine = parts.engine;
          Bytes observations = make_block(engine.observation_sizes(), ids.size());
          std::vector<double> rewards(ids.size());
          Flags terminated(ids.size()), truncated(ids.size());
          const Bytes own = picked(actions, engine.action_sizes(), kLanes, ids);
          parts.engine.step_listed(
              ids, leaves_of(own, engine.action_sizes(), ids.size()),
              {.observations = leaves_of(observations, engine.observation_sizes(), ids.size()),
               .rewards = rewards.data(),
               .terminated = terminated.data(),
               .truncated = truncated.data()});
          CHECK(observations == picked(whole.observations, engine.observation_sizes(), kLanes, ids));
          for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto lane = static_cast<std::size_t>(ids[i]);
            CHECK_EQ(rewards[i], whole.rewards[lane]);
            CHECK_EQ(int{terminated[i]}, int{whole.terminated[lane]});
            CHECK_EQ(int{truncated[i]}, int{whole.truncated[lane]});
          }
        }
        if (mode == AutoresetMode::kDisabled) {
          Flags ended(kLanes);
          Ids ids;
          for (std::size_t lane = kLanes; lane-- > 0;) {
            ended[lane] = whole.terminated[lane] | whole.truncated[lane];
            if (ended[lane] != 0) ids.push_back(static_cast<std::int64_t>(lane));
          }
          whole.reset(Seeds{}, ended);
          Bytes observations = make_block(parts.engine.observation_sizes(), ids.size());
          parts.engine.reset_listed(ids, Seeds{}, {},
                                    leaves_of(observations, parts.engine.observation_sizes(), ids.size()));
          CHECK(observations == picked(whole.observations, parts.engine.observation_sizes(), kLanes, ids));
        }
        CHECK(same_state(whole, parts));
      }
    }
  }
}

PLYO_TEST(partial_step_ends_as_rows_are_the_ends_of_the_step) {
  for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
    for (const int threads : {1, 4}) {
      constexpr std::size_t kLanes = 3000;
      const EngineConfig config{.task = &task_named("Acrobot"),
                                .num_envs = kLanes,
                                .autoreset_mode = mode,
                                .max_episode_steps = 5,
                                .num_threads = threads};
      Batch batch(config), twin(config);
      batch.reset(0);
      twin.reset(0);
      const RowSizes& sizes = batch.engine.observation_sizes();
      Bytes next = make_block(sizes, kLanes);
      std::vector<float> rewards(kLanes);
      Flags dones(kLanes);
      Rng rng = seeded_rng(threads);
      std::size_t num_ended = 0;
      for (int t = 0; t < 13; ++t) {
        const Bytes actions = random_actions(config.task->fast.info->action, kLanes, rng);
        EndedRows ended;
        batch.engine.step(leaves_of(actions, batch.engine.action_sizes(), kLanes),
                          {.observations = batch.seen(batch.observations),
                           .float_rewards = rewards.data(),
                           .terminated = batch.terminated.data(),
                           .truncated = batch.truncated.data(),
                           .dones = dones.data(),
                           .next_observations = leaves_of(next, sizes, kLanes),
                           .ended = &ended});
        twin.step(actions);
        num_ended += ended.count();
        std::size_t lane = 0;
        for (const EndedRows::Part& part : ended.parts) {
          for (std::size_t i = 0; i < part.lanes.size(); ++i, ++lane) {
            while (lane < kLanes && dones[lane] == 0) ++lane;
            CHECK_EQ(part.lanes[i], static_cast<std::int64_t>(lane));
            CHECK_EQ(part.returns[i], twin.returns[lane]);
            CHECK_EQ(part.lengths[i], twin.lengths[lane]);
            CHECK_EQ(part.timeouts[i] != 0, twin.terminated[lane] == 0);
          }
        }
        for (std::size_t i = 0; i < kLanes; ++i) {
          const bool is_end = twin.terminated[i] != 0 || twin.truncated[i] != 0;
          CHECK_EQ(dones[i] != 0, is_end);
          CHECK_EQ(rewards[i], static_cast<float>(twin.rewards[i]));
          const bool kept_apart = is_end && mode == AutoresetMode::kSameStep;
          CHECK(part_of(next, sizes, kLanes, i, 1) ==
                (kept_apart ? twin.row_of(twin.final_observations, i) : twin.row(i)));
        }
      }
      CHECK(num_ended >= 2 * kLanes);
      CHECK(same_state(batch, twin));
    }
  }
}

PLYO_TEST(partial_step_refuses_lists_and_stays_as_it_was) {
  Batch batch({.task = &task_named("CartPole"), .num_envs = 40, .num_threads = 1});
  batch.reset(1);
  const Bytes before = batch.save();
  std::vector<std::int64_t> actions(3, 1);
  const auto step = [&](const Ids& ids) {
    batch.engine.step_listed(ids, actions.data(),
                             {.observations = batch.seen(batch.observations),
                              .rewards = batch.rewards.data(),
                              .terminated = batch.terminated.data(),
                              .truncated = batch.truncated.data()});
  };
  CHECK(contains(text_of<std::out_of_range>([&] { step({1, 40, 2}); }), "environment 40 is out of range"));
  CHECK_THROWS(step({1, -1, 2}), std::out_of_range);
  CHECK_THROWS(step({1, std::numeric_limits<std::int64_t>::min(), 2}), std::out_of_range);
  CHECK(contains(text_of<std::invalid_argument>([&] { step({7, 3, 7}); }), "environment 7 is listed twice"));
  actions[1] = 5;
  const std::string text = text_of<InvalidAction>([&] { step({9, 30, 2}); });
  CHECK(contains(text, "action 5 of environment 30"));
  CHECK(batch.save() == before);
  actions[1] = 0;
  step({9, 30, 2});
  CHECK(batch.save() != before);

  Batch single({.task = &task_named("CartPole"), .num_envs = 1, .autoreset_mode = AutoresetMode::kNone});
  single.reset(1);
  const Ids only{0};
  CHECK_THROWS(single.engine.step_listed(only, actions.data(),
                                         {.observations = single.seen(single.observations),
                                          .rewards = single.rewards.data(),
                                          .terminated = single.terminated.data(),
                                          .truncated = single.truncated.data()}),
               std::invalid_argument);
}

PLYO_TEST(partial_step_listing_finds_lanes_tile_by_tile) {
  LaneListing listing(70, 16);
  listing.set(Ids{69, 3, 64, 0, 17});
  const auto tiles = listing.tiles();
  CHECK((std::vector<std::size_t>(tiles.begin(), tiles.end()) == std::vector<std::size_t>{4, 0, 1}));
  LaneIndex lanes[16];
  CHECK_EQ(listing.lanes_of(4, lanes), std::size_t{2});
  CHECK_EQ(lanes[0], LaneIndex{0});
  CHECK_EQ(lanes[1], LaneIndex{5});
  CHECK_EQ(listing.row_of(69), std::size_t{0});
  CHECK_EQ(listing.row_of(17), std::size_t{4});
  CHECK_EQ(listing.lanes_of(2, lanes), std::size_t{0});
  CHECK_THROWS(listing.set(Ids{5, 6, 5}), std::invalid_argument);
  CHECK(listing.tiles().empty());
  listing.set(Ids{5});
  CHECK_EQ(listing.lanes_of(0, lanes), std::size_t{1});
}

PLYO_TEST(partial_step_copies_of_lanes_go_on_as_their_source) {
  for (const Task& task : plain_tasks()) {
    const EngineConfig config{.task = &task, .num_envs = 20, .max_episode_steps = 9, .num_threads = 1};
    Batch source(config);
    EngineConfig smaller = config;
    smaller.num_envs = 5;
    Batch twin(smaller);
    source.reset(4);
    Rng rng = seeded_rng(2);
    for (int t = 0; t < 3; ++t) source.step(random_actions(task.fast.info->action, 20, rng));
    const std::vector<std::size_t> lanes{19, 0, 7, 7, 3};
    const Bytes before = source.save();
    twin.engine.copy_lanes(source.engine, lanes, Seeds{});
    CHECK(twin.save() == source.engine.save(lanes));
    const Ids ids(lanes.begin(), lanes.end());
    for (int t = 0; t < 20; ++t) {
      const Bytes actions = random_actions(task.fast.info->action, 20, rng);
      twin.step(picked(actions, source.engine.action_sizes(), 20, ids));
      if (t == 0) CHECK(source.save() == before);
      source.step(actions);
      CHECK(twin.observations == picked(source.observations, source.engine.observation_sizes(), 20, ids));
    }
    CHECK(twin.save() == source.engine.save(lanes));
  }
}

PLYO_TEST(partial_step_casts_are_exact_and_saturate) {
  using spaces::ElementType;
  const std::vector<std::uint64_t> wide{0, 1, std::numeric_limits<std::uint64_t>::max(),
                                        std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1};
  std::vector<std::int64_t> integers(wide.size());
  number_cast(ElementType::kUInt64, ElementType::kInt64)(wide.data(), integers.data(), wide.size());
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  CHECK((integers == std::vector<std::int64_t>{0, 1, kMost, kMost, kMost}));
  const std::vector<double> reals{0.1, 1e300, -1e300, 1e-300};
  std::vector<float> floats(reals.size());
  number_cast(ElementType::kFloat64, ElementType::kFloat32)(reals.data(), floats.data(), reals.size());
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK((floats == std::vector<float>{0.1F, infinity, -infinity, 0}));
  const std::vector<std::int8_t> bytes{-128, -1, 0, 127};
  number_cast(ElementType::kInt8, ElementType::kInt64)(bytes.data(), integers.data(), bytes.size());
  CHECK(std::equal(bytes.begin(), bytes.end(), integers.begin()));
  CHECK(number_cast(ElementType::kFloat32, ElementType::kInt64) == nullptr);
  CHECK(number_cast(ElementType::kInt64, ElementType::kInt8) == nullptr);
}
