// Tasks whose observation and action are a Dict, infos that only steps report, and sizes that are known at run
// time only.
#include <cstring>
#include <limits>
#include <string>

#include "leafy.hpp"
#include "modules/puppet.hpp"
#include "rollout/network_policy.hpp"
#include "rollout/rollout.hpp"
#include "rollout/table_index.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;
using envs::fast::Chain;
using envs::fast::Puppet;

const Task& puppet() { return test_task<Puppet>("Puppet"); }

EngineConfig puppets(std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep) {
  return {.task = &puppet(), .num_envs = num_envs, .autoreset_mode = mode, .max_episode_steps = 12};
}

EngineConfig chains(std::int64_t length, std::size_t num_envs) {
  return {.task = &test_task<Chain>("Chain"),
          .num_envs = num_envs,
          .max_episode_steps = 7,
          .params = {{"length", {.type = ValueType::kInteger, .integer = length}}}};
}

// Value `i` of leaf `leaf` of an info.
template <class T>
T told_of(const Batch& batch, const Bytes& infos, std::size_t leaf, std::size_t i) {
  T value;
  const ConstInfoLeaves leaves = leaves_of(infos, batch.engine.info_sizes(), batch.size());
  std::memcpy(&value, static_cast<const T*>(leaves.at[leaf]) + i, sizeof(T));
  return value;
}

Puppet::State state_of(const Engine& engine, std::size_t lane) {
  Puppet::State state;
  std::memcpy(&state, engine.state_words(lane).data(), sizeof(state));
  return state;
}

constexpr std::size_t kDistance = 0, kSuccess = 2, kSurvive = 6, kPull = 9;

}  // namespace

PLYO_TEST(dicts_know_the_order_of_their_keys) {
  const SpaceInfo& space = Puppet::info.observation;
  CHECK(space.is_dict() && space.has_parts());
  CHECK_EQ(space.leaves[0].name, "observation");
  CHECK_EQ(space.leaves[space.by_name[0]].name, "achieved_goal");
  CHECK_EQ(space.leaves[space.by_name[1]].name, "desired_goal");
  CHECK_EQ(space.leaves[space.by_name[2]].name, "observation");
  CHECK_EQ(space.place_of(0), std::size_t{2});
  CHECK_EQ(space.element(space.leaves[2], 0).low, -1.0);
  CHECK_EQ(space.element(space.leaves[1], 1).high, kInfinity);
  // prefixes come first, and bytes are compared without signs
  constexpr SpaceInfo kNames = dict(named("b", discrete(2)), named("\xC3\xA9", discrete(2)),
                                    named("ba", discrete(2)), named("B", discrete(2)));
  const std::uint8_t order[] = {3, 0, 2, 1};
  for (std::size_t i = 0; i < 4; ++i) CHECK_EQ(int{kNames.by_name[i]}, int{order[i]});
  CHECK(!plyo::detail::has_keys(dict(named("a", discrete(2)), discrete(2))));
  CHECK(!plyo::detail::has_keys(dict(named("a", discrete(2)), named("a", discrete(2)))));
  CHECK(plyo::detail::has_keys(tuple(discrete(2), discrete(2))));
}

PLYO_TEST(dicts_have_an_array_a_key_in_the_order_of_the_struct) {
  Batch batch(puppets(70));
  batch.reset(3);
  Rng rng = seeded_rng(1);
  for (int t = 0; t < 40; ++t) {
    const ConstLeaves seen = leaves_of(batch.observations, batch.engine.observation_sizes(), 70);
    for (std::size_t lane = 0; lane < 70; ++lane) {
      const Puppet::State state = state_of(batch.engine, lane);
      CHECK_EQ(static_cast<const double*>(seen.at[0])[3 * lane + 2], state.speed);
      CHECK_EQ(static_cast<const double*>(seen.at[1])[2 * lane + 1], state.hand[1]);
      CHECK_EQ(static_cast<const double*>(seen.at[2])[2 * lane], state.goal[0]);
    }
    batch.step(random_actions(batch.engine.action_space(), 70, rng));
  }
}

PLYO_TEST(dicts_name_the_part_of_an_illegal_action) {
  Batch batch(puppets(3));
  batch.reset(1);
  Rng rng = seeded_rng(1);
  Bytes actions = random_actions(batch.engine.action_space(), 3, rng);
  const Leaves leaves = leaves_of(actions, batch.engine.action_sizes(), 3);
  static_cast<std::int64_t*>(leaves.at[1])[2] = 7;
  CHECK(contains(text_of<InvalidAction>([&] { batch.step(actions); }),
                 "part 'gear' of action 7 of environment 2 is out of range: legal actions are 1 to 3"));
  static_cast<std::int64_t*>(leaves.at[1])[2] = 1;
  static_cast<float*>(leaves.at[0])[3] = std::numeric_limits<float>::infinity();
  CHECK(contains(text_of<InvalidAction>([&] { batch.step(actions); }),
                 "part 'pull' of action element 1 of environment 1 is inf"));
}

PLYO_TEST(dicts_of_random_actions_are_drawn_in_the_order_of_the_keys) {
  Batch batch(puppets(3));
  batch.reset(4);
  const RowSizes& sizes = batch.engine.action_sizes();
  Bytes actions = make_block(sizes, 3 * 10);
  RandomPolicy policy(SeedWords{70});
  rollout(batch.engine, policy, {.num_steps = 10, .arrays = {.actions = leaves_of(actions, sizes, 3 * 10)}});
  const ConstLeaves drawn = leaves_of(static_cast<const Bytes&>(actions), sizes, 3 * 10);
  Rng seeds = seeded_rng(72);
  Rng gear = seeded_rng(static_cast<std::uint64_t>(seeds.integers(0, 0x7FFFFFFF)));
  Rng pull = seeded_rng(static_cast<std::uint64_t>(seeds.integers(0, 0x7FFFFFFF)));
  for (std::size_t t = 0; t < 10; ++t) {
    CHECK_EQ(static_cast<const std::int64_t*>(drawn.at[1])[3 * t + 2], gear.integers(0, 3) + 1);
    CHECK_EQ(static_cast<const float*>(drawn.at[0])[2 * (3 * t + 2)],
             static_cast<float>(pull.uniform(-1, 1)));
    CHECK_EQ(static_cast<const float*>(drawn.at[0])[2 * (3 * t + 2) + 1],
             static_cast<float>(pull.uniform(-1, 1)));
  }
}

PLYO_TEST(dicts_are_refused_by_networks_and_tables) {
  Batch batch(puppets(2));
  batch.reset(1);
  NetworkConfig network;
  network.layers.push_back({.num_inputs = 1, .num_outputs = 1, .weights = {0}, .bias = {0}});
  NetworkPolicy policy(network);
  CHECK(contains(
      text_of<std::invalid_argument>([&] { rollout(batch.engine, policy, {.num_steps = 1, .arrays = {}}); }),
      "the observations of Puppet are a Dict; choose the actions with a Python function"));
  CHECK_THROWS(TableIndex(dict(named("a", discrete(2))), "Puppet"), std::invalid_argument);
}

PLYO_TEST(dicts_infos_of_steps_are_zero_where_an_episode_begins) {
  for (const AutoresetMode mode :
       {AutoresetMode::kNextStep, AutoresetMode::kSameStep, AutoresetMode::kDisabled}) {
    Batch batch(puppets(300, mode));
    CHECK_EQ(batch.engine.infos().size(), std::size_t{10});
    CHECK(batch.engine.has_step_infos());
    std::fill(batch.infos.begin(), batch.infos.end(), std::byte{0xFF});
    batch.reset(3);
    for (std::size_t lane = 0; lane < 300; ++lane) {
      CHECK_EQ(told_of<double>(batch, batch.infos, kSurvive, lane), 0.0);
      CHECK_EQ(told_of<float>(batch, batch.infos, kPull, lane), 0.0F);
      CHECK_EQ(told_of<double>(batch, batch.infos, kDistance, lane),
               Puppet::distance(state_of(batch.engine, lane)));
    }
    Rng rng = seeded_rng(2);
    Flags waiting(300);
    std::size_t num_resets = 0;
    for (int t = 0; t < 40; ++t) {
      batch.step(random_actions(batch.engine.action_space(), 300, rng));
      Flags ended(300);
      for (std::size_t lane = 0; lane < 300; ++lane) {
        ended[lane] = batch.terminated[lane] | batch.truncated[lane];
        const bool is_reset = mode == AutoresetMode::kNextStep   ? waiting[lane] != 0
                              : mode == AutoresetMode::kSameStep ? ended[lane] != 0
                                                                 : false;
        num_resets += is_reset ? 1 : 0;
        const Puppet::State state = state_of(batch.engine, lane);
        CHECK_EQ(batch.resets[lane] != 0, is_reset);
        CHECK_EQ(told_of<double>(batch, batch.infos, kSurvive, lane), is_reset ? 0.0 : 1.0);
        CHECK_EQ(told_of<float>(batch, batch.infos, kPull, lane),
                 is_reset ? 0.0F : static_cast<float>(state.pull));
        CHECK_EQ(told_of<double>(batch, batch.infos, kDistance, lane), Puppet::distance(state));
        if (mode == AutoresetMode::kSameStep && is_reset) {
          CHECK_EQ(told_of<double>(batch, batch.final_infos, kSurvive, lane), 1.0);
          CHECK_EQ(told_of<float>(batch, batch.final_infos, kSuccess, lane),
                   batch.terminated[lane] != 0 ? 1.0F : 0.0F);
        }
      }
      waiting = ended;
      if (mode != AutoresetMode::kDisabled || std::count(ended.begin(), ended.end(), 1) == 0) continue;
      batch.reset({}, ended);
      for (std::size_t lane = 0; lane < 300; ++lane) {
        CHECK_EQ(told_of<double>(batch, batch.infos, kSurvive, lane), 0.0);
        CHECK_EQ(told_of<double>(batch, batch.infos, kDistance, lane) != 0.0, ended[lane] != 0);
      }
    }
    CHECK(mode == AutoresetMode::kDisabled || num_resets > 300);
  }
}

PLYO_TEST(dicts_one_result_for_every_number_of_threads) {
  EngineConfig config = puppets(3000);
  config.num_threads = 1;
  Batch one(config);
  config.num_threads = 3;
  Batch three(config);
  one.reset(1);
  three.reset(1);
  Rng rng = seeded_rng(3);
  for (int t = 0; t < 20; ++t) {
    const Bytes actions = random_actions(one.engine.action_space(), 3000, rng);
    one.step(actions);
    three.step(actions);
    CHECK(same_output(one, three) && one.resets == three.resets);
  }
  CHECK(same_state(one, three));
}

PLYO_TEST(dicts_sizes_may_depend_on_the_parameters) {
  for (const std::int64_t length : {2, 3, 9}) {
    const auto size = static_cast<std::size_t>(length);
    Batch batch(chains(length, 40));
    CHECK_EQ(batch.engine.observation_space().leaf().size, size);
    CHECK_EQ(batch.engine.observation_sizes().total, 8 * size);
    CHECK_EQ(batch.engine.infos().size(), length > 4 ? std::size_t{2} : std::size_t{1});
    CHECK_EQ(batch.engine.infos()[0].shape.sizes[0], size);
    CHECK_EQ(batch.engine.info().infos[0].shape.sizes[0], std::size_t{3});
    batch.reset(1);
    Rng rng = seeded_rng(5);
    Bytes trail = make_block(batch.engine.observation_sizes(), 40 * 10);
    for (int t = 0; t < 10; ++t) {
      batch.step(random_actions(batch.engine.action_space(), 40, rng));
      for (std::size_t lane = 0; lane < 40; ++lane) {
        double place = 0;
        std::memcpy(&place, batch.engine.state_words(lane).data(), sizeof(place));
        for (std::size_t i = 0; i < size; ++i) {
          double seen = 0;
          std::memcpy(&seen, batch.observations.data() + 8 * (lane * size + i), 8);
          CHECK_EQ(seen, place + static_cast<double>(i));
          CHECK_EQ(told_of<double>(batch, batch.infos, 0, lane * size + i), seen);
        }
      }
    }
    const Bytes before = batch.save();
    RandomPolicy policy(SeedWords{1});
    rollout(batch.engine, policy,
            {.num_steps = 10,
             .arrays = {.observations = leaves_of(trail, batch.engine.observation_sizes(), 40 * 10)}});
    double first = 0;
    std::memcpy(&first, trail.data() + 8 * size, sizeof(first));
    double place = 0;
    std::memcpy(&place, batch.observations.data() + 8 * size, sizeof(place));
    CHECK_EQ(first, place);
    batch.engine.restore(before, {});
    CHECK(batch.save() == before);
  }
  Batch batch(chains(3, 2));
  batch.reset(1);
  ParamRequest request;
  request.settings.push_back({.name = "length", .value = Value{.type = ValueType::kInteger, .integer = 5}});
  CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.set_params(request); }),
                 "the parameter 'length' decides the spaces"));
}
