// Tasks of several leaves, with infos, tables, integer states and a look back, through kernels, engine and
// rollouts.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "leafy.hpp"
#include "rollout/network_policy.hpp"
#include "rollout/rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;
using envs::fast::Bulky;
using envs::fast::Doubles;
using envs::fast::Leafy;

const Task& leafy() { return test_task<Leafy>("Leafy"); }

EngineConfig batch_of(std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep, int limit = 9) {
  return {.task = &leafy(), .num_envs = num_envs, .autoreset_mode = mode, .max_episode_steps = limit};
}

template <class T>
T value_of(const Bytes& block, const auto& sizes, std::size_t rows, std::size_t leaf, std::size_t i) {
  T value;
  std::memcpy(&value, static_cast<const T*>(leaves_of(block, sizes, rows).at[leaf]) + i, sizeof(T));
  return value;
}

// The outputs of a lane of a batch, read leaf by leaf.
struct Shown {
  Shown(const Batch& batch, std::size_t lane)
      : place(value_of<std::int64_t>(batch.observations, batch.engine.observation_sizes(), batch.size(), 0,
                                     lane)),
        steps(
            value_of<float>(batch.observations, batch.engine.observation_sizes(), batch.size(), 1, 2 * lane)),
        move(value_of<float>(batch.observations, batch.engine.observation_sizes(), batch.size(), 1,
                             2 * lane + 1)),
        last_pixel(value_of<std::uint8_t>(batch.observations, batch.engine.observation_sizes(), batch.size(),
                                          2, 6 * lane + 5)),
        chance(value_of<double>(batch.infos, batch.engine.info_sizes(), batch.size(), 0, lane)),
        last_mask(
            value_of<std::int8_t>(batch.infos, batch.engine.info_sizes(), batch.size(), 1, 3 * lane + 2)) {}
  std::int64_t place;
  float steps, move;
  std::uint8_t last_pixel;
  double chance;
  std::int8_t last_mask;
};

Leafy::State state_of(const Engine& engine, std::size_t lane) {
  Leafy::State state;
  std::memcpy(&state, engine.state_words(lane).data(), sizeof(state));
  return state;
}

}  // namespace

PLYO_TEST(leaves_are_each_written_into_their_own_array) {
  constexpr char kLetters[] = "abcde";
  for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
    Batch batch(batch_of(70, mode));
    batch.reset(3);
    Rng rng = seeded_rng(1);
    for (int t = 0; t < 40; ++t) {
      for (std::size_t lane = 0; lane < 70; ++lane) {
        const Shown shown(batch, lane);
        const Leafy::State state = state_of(batch.engine, lane);
        CHECK_EQ(shown.place, state.place);
        CHECK_EQ(shown.steps, static_cast<float>(state.steps));
        CHECK_EQ(shown.move, static_cast<float>(state.last_move));
        CHECK_EQ(int{shown.last_pixel}, kLetters[state.place] + 5);
        CHECK_EQ(shown.chance, state.steps == 0 ? 1.0 : 0.25 * state.place);
        CHECK_EQ(int{shown.last_mask}, state.place + 2 < 5 ? 1 : 0);
      }
      batch.step(random_actions(batch.engine.action_space(), 70, rng));
    }
  }
}

PLYO_TEST(leaves_of_actions_reach_the_task) {
  Batch batch(batch_of(2));
  batch.reset(1);
  const std::int64_t places[] = {state_of(batch.engine, 0).place, state_of(batch.engine, 1).place};
  Bytes actions = make_block(batch.engine.action_sizes(), 2);
  const Leaves leaves = leaves_of(actions, batch.engine.action_sizes(), 2);
  static_cast<std::int64_t*>(leaves.at[0])[1] = 2;
  static_cast<std::int64_t*>(leaves.at[2])[0] = -1;
  static_cast<std::int64_t*>(leaves.at[2])[1] = 2;
  batch.step(actions);
  CHECK_EQ(Shown(batch, 0).move, 0.0F);
  CHECK_EQ(Shown(batch, 1).move, 2.0F);
  CHECK(Shown(batch, 0).place - places[0] <= 1);
  CHECK_EQ(batch.rewards[0], (Shown(batch, 0).place % 2 == 0 ? 1.0 : -2.0) - 1);
  CHECK_EQ(batch.rewards[1], (Shown(batch, 1).place % 2 == 0 ? 1.0 : -2.0) + 2);
}

PLYO_TEST(leaves_of_actions_are_checked_part_by_part) {
  Batch batch(batch_of(3));
  batch.reset(1);
  const Bytes before = batch.save();
  Bytes actions = make_block(batch.engine.action_sizes(), 3);
  const Leaves leaves = leaves_of(actions, batch.engine.action_sizes(), 3);
  auto* const choices = static_cast<std::int64_t*>(leaves.at[2]);
  auto* const pushes = static_cast<float*>(leaves.at[1]);
  for (const std::int64_t bad : {-2, 3}) {
    choices[1] = bad;
    const std::string what = text_of<InvalidAction>([&] { batch.step(actions); });
    CHECK(contains(what, "part 2 of action " + std::to_string(bad) +
                             " of environment 1 is out of range: legal "
                             "actions are -1 to 2"));
  }
  choices[1] = 0;
  pushes[5] = std::nanf("");
  CHECK(contains(text_of<InvalidAction>([&] { batch.step(actions); }),
                 "part 1 of action element 1 of environment 2 is nan"));
  CHECK(batch.save() == before);
}

PLYO_TEST(leaves_of_the_last_observation_and_info_are_kept_in_same_step_mode) {
  Batch batch(batch_of(50, AutoresetMode::kSameStep)), twin(batch_of(50, AutoresetMode::kDisabled));
  batch.reset(5);
  twin.reset(5);
  Rng rng = seeded_rng(2);
  std::size_t episodes = 0;
  for (int t = 0; t < 30; ++t) {
    const Bytes actions = random_actions(batch.engine.action_space(), 50, rng);
    batch.step(actions);
    twin.step(actions);
    Flags mask(50);
    const InfoSizes& told = batch.engine.info_sizes();
    for (std::size_t lane = 0; lane < 50; ++lane) {
      mask[lane] = twin.terminated[lane] | twin.truncated[lane];
      if (mask[lane] == 0) continue;
      ++episodes;
      CHECK(batch.row_of(batch.final_observations, lane) == twin.row(lane));
      CHECK(part_of(batch.final_infos, told, 50, lane, 1) == part_of(twin.infos, told, 50, lane, 1));
    }
    if (std::count(mask.begin(), mask.end(), 1) == 0) continue;
    twin.reset({}, mask);
    for (std::size_t lane = 0; lane < 50; ++lane) {
      CHECK(batch.row(lane) == twin.row(lane));
      // the info of lanes that were not reset is zero
      const Bytes told_of = part_of(twin.infos, told, 50, lane, 1);
      CHECK(mask[lane] != 0 ? told_of == part_of(batch.infos, told, 50, lane, 1)
                            : told_of == Bytes(told_of.size()));
    }
  }
  CHECK(episodes > 50);
}

PLYO_TEST(leaves_a_reset_sees_the_episode_before_and_the_first_one_none) {
  Batch batch(batch_of(4, AutoresetMode::kSameStep, 1));
  batch.reset(1);
  for (std::size_t lane = 0; lane < 4; ++lane) CHECK_EQ(state_of(batch.engine, lane).episodes, 1);
  batch.reset({}, Flags{0, 1, 0, 1});
  CHECK_EQ(state_of(batch.engine, 0).episodes, 1);
  CHECK_EQ(state_of(batch.engine, 3).episodes, 2);
  const Bytes snapshot = batch.save();
  Rng rng = seeded_rng(1);
  batch.step(random_actions(batch.engine.action_space(), 4, rng));  // the time limit ends all
  CHECK_EQ(state_of(batch.engine, 0).episodes, 2);
  CHECK_EQ(state_of(batch.engine, 3).episodes, 3);
  Batch copy(batch_of(4));
  copy.engine.restore(snapshot, {});
  copy.reset({}, {});
  CHECK_EQ(state_of(copy.engine, 3).episodes, 3);
  // a mask leaves some that were never reset
  Batch late(batch_of(2));
  late.reset(base_seed(1), Flags{1, 0});
  late.reset({}, {});
  CHECK_EQ(state_of(late.engine, 0).episodes, 2);
  CHECK_EQ(state_of(late.engine, 1).episodes, 1);
}

PLYO_TEST(leaves_parameters_own_what_they_refer_to) {
  EngineConfig config = batch_of(2);
  std::vector<double> rewards{7, 8.5};
  std::string name = "xyz", row = "pqrstuvw";
  {
    std::vector<Text> rows{row};
    config.params = {
        {"rows", {.type = ValueType::kTexts, .texts = {rows.data(), 1}}},
        {"name", {.type = ValueType::kText, .text = name}},
        {"rewards", {.type = ValueType::kNumbers, .numbers = {{rewards.data(), rewards.size()}, false}}}};
  }
  std::vector<Text> rows{row};
  config.params[0].second.texts = {rows.data(), 1};
  Batch batch(config);
  rewards = {0, 0};
  row = "--------";
  name = "---";
  rows.clear();
  CHECK_EQ(batch.engine.observation_space().leaf().size, std::size_t{8});
  CHECK_EQ(batch.engine.info().observation.leaf().size, std::size_t{5});
  CHECK(batch.engine.reward_type() == RewardType::kFloat);
  batch.reset(1);
  const std::int64_t place = Shown(batch, 0).place;
  CHECK_EQ(int{Shown(batch, 0).last_pixel}, "pqrstuvw"[place] + 5);
  CHECK_EQ(batch.engine.render_text(0), "pqrstuvw\x1b[41m@\x1b[0m" + std::to_string(-place));
  const Value desc = batch.engine.attribute(batch.engine.task_ops().attributes[1], 0);
  CHECK_EQ(desc.texts[0], std::string_view("pqrstuvw"));

  config.params = {{"name", {.type = ValueType::kText, .text = "bad"}}};
  CHECK(contains(text_of<std::invalid_argument>([&] { Engine engine(config); }),
                 "name must not be 'bad' for rows ['abc', 'de'] and rewards (1.0, -2.0)"));
}

PLYO_TEST(leaves_a_state_from_outside_has_to_be_one) {
  Batch batch(batch_of(3));
  batch.reset(1);
  const Bytes before = batch.save();
  // the place is the first member of a State
  Bytes broken = before;
  const std::int32_t place = 5;
  for (std::size_t i = 0; i + sizeof(Leafy::State) <= broken.size(); i += 4) {
    const Leafy::State last = state_of(batch.engine, 2);
    if (std::memcmp(broken.data() + i, &last, sizeof(last)) != 0) continue;
    std::memcpy(broken.data() + i, &place, sizeof(place));
    break;
  }
  CHECK(broken != before);
  CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.restore(broken, {}); }),
                 "the state is none that Leafy with these arguments can be in"));
  Leafy::State state = state_of(batch.engine, 0);
  state.place = -1;
  CHECK_THROWS(batch.engine.set_state_words(0, {reinterpret_cast<const std::byte*>(&state), sizeof(state)}),
               std::invalid_argument);
  CHECK(batch.save() == before);
}

PLYO_TEST(leaves_attributes_methods_and_the_model) {
  Batch batch(batch_of(2));
  batch.reset(1);
  const TaskOps& ops = batch.engine.task_ops();
  const Attribute& place = ops.attributes[0];
  batch.engine.set_attribute(place, 1, 3);
  CHECK_EQ(batch.engine.attribute(place, 1).integer, 3);
  CHECK_EQ(state_of(batch.engine, 1).place, 3);
  CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.set_attribute(place, 1, 5); }),
                 "5 is no legal value of the attribute 's' of Leafy: 0 to the number"));
  CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.set_attribute(ops.attributes[1], 0, 1); }),
                 "'desc' of Leafy cannot be assigned"));
  std::int64_t argument = 21, result = 0;
  CHECK(batch.engine.call(ops.methods[0], &argument, &result));
  CHECK_EQ(result, 42);
  argument = -1;
  CHECK(!batch.engine.call(ops.methods[0], &argument, &result));
  Transition ways[Leafy::kMaxTransitions];
  CHECK_EQ(batch.engine.num_states(), 5);
  CHECK_EQ(batch.engine.transitions(4, 2, ways), std::size_t{2});
  CHECK_EQ(ways[0].next, 1);
  CHECK_EQ(ways[1].reward, 1.0);
}

PLYO_TEST(leaves_are_drawn_at_random_as_a_tuple_draws_them) {
  constexpr std::size_t kLanes = 300, kSteps = 21;
  Batch rolled(batch_of(kLanes)), stepped(batch_of(kLanes));
  rolled.reset(4);
  stepped.reset(4);
  const RowSizes& done = rolled.engine.action_sizes();
  const RowSizes& seen = rolled.engine.observation_sizes();
  Bytes actions = make_block(done, kLanes * kSteps), observations = make_block(seen, kLanes * kSteps);
  Bytes last = make_block(seen, kLanes);
  RandomPolicy policy(SeedWords{70});
  rollout(rolled.engine, policy,
          {.num_steps = kSteps,
           .arrays = {.observations = leaves_of(observations, seen, kLanes * kSteps),
                      .actions = leaves_of(actions, done, kLanes * kSteps),
                      .last_observations = leaves_of(last, seen, kLanes)}});
  for (std::size_t t = 0; t < kSteps; ++t) {
    CHECK(part_of(observations, seen, kLanes * kSteps, t * kLanes, kLanes) == stepped.observations);
    stepped.step(part_of(actions, done, kLanes * kSteps, t * kLanes, kLanes));
  }
  CHECK(last == stepped.observations);
  CHECK(same_state(rolled, stepped));
  for (const std::size_t lane : {std::size_t{0}, kLanes - 1}) {
    Rng seeds = seeded_rng(70 + lane);
    Rng parts[3];
    for (Rng& part : parts) part = seeded_rng(static_cast<std::uint64_t>(seeds.integers(0, 0x7FFFFFFF)));
    for (std::size_t t = 0; t < kSteps; ++t) {
      const std::size_t i = t * kLanes + lane;
      CHECK_EQ(value_of<std::int64_t>(actions, done, kLanes * kSteps, 0, i), parts[0].integers(0, 3));
      CHECK_EQ(value_of<float>(actions, done, kLanes * kSteps, 1, 2 * i),
               static_cast<float>(parts[1].uniform(-1, 1)));
      CHECK_EQ(value_of<float>(actions, done, kLanes * kSteps, 1, 2 * i + 1),
               static_cast<float>(parts[1].uniform(-2, 2)));
      CHECK_EQ(value_of<std::int64_t>(actions, done, kLanes * kSteps, 2, i), parts[2].integers(0, 4) - 1);
    }
  }
}

PLYO_TEST(leaves_a_large_state_moves_in_one_piece) {
  const Task& task = test_task<Bulky>("Bulky");
  CHECK_EQ(task.fast.state->num_words, std::size_t{1});
  EngineConfig config{.task = &task, .num_envs = 300, .autoreset_mode = AutoresetMode::kNextStep};
  Batch batch(config), copy(config);
  batch.reset(1);
  std::vector<std::int64_t> actions(300);
  for (int t = 0; t < 130; ++t) {
    // a reader that repeats its symbol is always right
    for (std::size_t lane = 0; lane < 300; ++lane) {
      std::memcpy(&actions[lane], batch.observations.data() + 8 * lane, 8);
      actions[lane] += 5;
    }
    batch.step(ConstLeaves(actions.data()));
    for (std::size_t lane = 0; lane < 300; ++lane) {
      CHECK_EQ(batch.rewards[lane], t % 63 == 62 ? 0.0 : 1.0);
      CHECK_EQ(int{batch.terminated[lane]}, t % 63 == 61 ? 1 : 0);
    }
    if (t == 70) copy.engine.restore(batch.save(), {});
  }
  for (int t = 71; t < 130; ++t) {
    copy.engine.observe(copy.seen(copy.observations));
    for (std::size_t lane = 0; lane < 300; ++lane) {
      std::memcpy(&actions[lane], copy.observations.data() + 8 * lane, 8);
      actions[lane] += 5;
    }
    copy.step(ConstLeaves(actions.data()));
  }
  CHECK(same_state(batch, copy));
}

PLYO_TEST(leaves_networks_read_and_choose_doubles) {
  constexpr std::size_t kLanes = 70, kSteps = 12;
  Batch batch({.task = &test_task<Doubles>("Doubles"), .num_envs = kLanes, .num_threads = 2});
  batch.reset(3);
  // two networks: the sum and the first number, and twice the difference and half a step to the right
  NetworkConfig config;
  config.head = Head::kMean;
  config.population = 2;
  config.layers.push_back({2, 2, {1, 1, 1, 0, 2, -2, 0, 0}, {0, 0, 0, 0.5F}});
  NetworkPolicy policy(config);
  std::vector<double> seen(2 * kLanes * kSteps), chosen(2 * kLanes * kSteps);
  rollout(batch.engine, policy,
          {.num_steps = kSteps,
           .arrays = {.observations = Leaves(seen.data()), .actions = Leaves(chosen.data())}});
  const auto clip = [](float value) { return std::clamp(static_cast<double>(value), -0.1, 0.7); };
  bool clipped = false, inside = false;
  for (std::size_t i = 0; i < kLanes * kSteps; ++i) {
    const auto a = static_cast<float>(seen[2 * i]), b = static_cast<float>(seen[2 * i + 1]);
    const bool second = i % kLanes >= kLanes / 2;
    const double first_choice = clip(second ? 2 * a - 2 * b : a + b);
    CHECK_EQ(chosen[2 * i], first_choice);
    CHECK_EQ(chosen[2 * i + 1], second ? 0.5 : clip(a));
    clipped |= first_choice == 0.7 || first_choice == -0.1;
    inside |= first_choice > -0.1 && first_choice < 0.7;
  }
  CHECK(clipped && inside);
  // draws are float32, and clipped to bounds that are no float32
  config.head = Head::kGaussian;
  config.log_std = std::vector<float>(4, -3.0F);
  config.seed = SeedWords{5};
  NetworkPolicy drawing(config);
  rollout(batch.engine, drawing, {.num_steps = kSteps, .arrays = {.actions = Leaves(chosen.data())}});
  std::size_t drawn = 0, bounds = 0;
  for (const double value : chosen) {
    bounds += value == -0.1 || value == 0.7 ? 1 : 0;
    drawn += value > -0.1 && value < 0.7 && value == static_cast<double>(static_cast<float>(value)) ? 1 : 0;
  }
  CHECK_EQ(drawn + bounds, chosen.size());
  CHECK(drawn > 0 && bounds > 0);
}

PLYO_TEST(leaves_networks_read_a_discrete_as_one_input_a_choice_and_refuse_what_they_cannot) {
  EngineConfig config{.task = &test_task<Bulky>("Bulky"), .num_envs = 40};
  Batch batch(config);
  batch.reset(2);
  // the identity: the action is the observed digit
  NetworkConfig network;
  network.layers.push_back(
      {.num_inputs = 10, .num_outputs = 10, .weights = std::vector<float>(100), .bias = {}});
  network.layers[0].bias.resize(10);
  for (std::size_t i = 0; i < 10; ++i) network.layers[0].weights[11 * i] = 1;
  NetworkPolicy policy(network);
  std::vector<double> rewards(40 * 50);
  rollout(batch.engine, policy, {.num_steps = 50, .arrays = {.rewards = rewards.data()}});
  CHECK(std::count(rewards.begin(), rewards.end(), 1.0) == 40 * 50);
  network.layers[0].weights.resize(90);
  network.layers[0].num_inputs = 9;
  NetworkPolicy narrow(network);
  CHECK(contains(
      text_of<std::invalid_argument>([&] { rollout(batch.engine, narrow, {.num_steps = 1, .arrays = {}}); }),
      "takes 9 inputs, an observation of Bulky has 10 choices"));
  Batch tuples(batch_of(40));
  tuples.reset(1);
  CHECK(contains(
      text_of<std::invalid_argument>([&] { rollout(tuples.engine, policy, {.num_steps = 1, .arrays = {}}); }),
      "the observations of Leafy are of another kind"));
}
