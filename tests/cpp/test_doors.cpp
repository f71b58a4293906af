// The doors through which a task comes to the engine beside that of plain values: a World, kernels of its
// own, a shared object. Each goes through all that the engine does with a task.
#include <atomic>
#include <cstring>
#include <limits>
#include <thread>

#include "batches.hpp"
#include "doors.hpp"
#include "engine/cpu_dispatch.hpp"
#include "engine/task_library.hpp"
#include "modules/drifter.hpp"
#include "rollout/policy.hpp"
#include "rollout/rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;
using envs::fast::Drifter;
using envs::fast::Pile;
using envs::fast::Spring;
using envs::fast::SpringSolver;

template <class Env>
const Task& task_of(const char* name) {
  static const Task task{name, "tests", make_task<Env>(), make_task<Env>()};
  return task;
}
const Task& pile() { return task_of<Pile>("Pile"); }
const Task& spring() { return task_of<Spring>("Spring"); }
const Task& solver() { return task_of<SpringSolver>("SpringSolver"); }

// The task of the shared object that was built beside this program; loaded once.
const Task& drifter() {
  static const Task* const task = load_tasks(PLYO_TEST_MODULE).front();
  return *task;
}

std::vector<const Task*> doors() { return {&pile(), &solver(), &drifter()}; }

constexpr AutoresetMode kModes[] = {AutoresetMode::kNextStep, AutoresetMode::kSameStep,
                                    AutoresetMode::kDisabled, AutoresetMode::kNone};

EngineConfig batch_of(const Task& task, std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep,
                      int threads = 1) {
  return {.task = &task,
          .num_envs = num_envs,
          .autoreset_mode = mode,
          .max_episode_steps = 20,
          .num_threads = threads};
}

// Random actions of some steps, one block a step.
std::vector<Bytes> actions_of(const Engine& engine, std::size_t num_steps, std::uint64_t seed = 7) {
  Rng rng = seeded_rng(seed);
  std::vector<Bytes> actions;
  for (std::size_t t = 0; t < num_steps; ++t) {
    actions.push_back(random_actions(engine.action_space(), engine.num_envs(), rng));
  }
  return actions;
}

// Takes a batch through some steps; where the caller has to reset, it does.
void run(Batch& batch, const std::vector<Bytes>& actions) {
  for (const Bytes& action : actions) {
    batch.step(action);
    if (!batch.engine.autoreset().lets_rest) continue;
    Flags ended(batch.size());
    for (std::size_t i = 0; i < ended.size(); ++i) ended[i] = batch.terminated[i] | batch.truncated[i];
    batch.reset(Seeds{}, ended);
  }
}

}  // namespace

PLYO_TEST(doors_lanes_do_not_depend_on_threads_or_neighbours) {
  for (const Task* task : doors()) {
    for (const AutoresetMode mode : kModes) {
      constexpr std::size_t kLanes = 75;
      Batch one(batch_of(*task, kLanes, mode)), many(batch_of(*task, kLanes, mode, 4));
      const std::vector<Bytes> actions = actions_of(one.engine, 60);
      for (Batch* batch : {&one, &many}) {
        batch->reset(3);
        run(*batch, actions);
      }
      CHECK(same_output(one, many));
      CHECK(same_state(one, many));
      // a lane of its own
      Batch single(batch_of(*task, 1, mode));
      single.reset(3 + 40);
      const RowSizes& sizes = one.engine.action_sizes();
      std::vector<Bytes> own;
      for (const Bytes& all : actions) own.push_back(part_of(all, sizes, kLanes, 40, 1));
      run(single, own);
      const std::size_t lanes[] = {40};
      CHECK(one.engine.save(lanes) == single.save());
      CHECK(one.row(40) == single.row(0));
    }
  }
}

PLYO_TEST(doors_snapshots_go_back_and_fork) {
  for (const Task* task : doors()) {
    Batch batch(batch_of(*task, 20, AutoresetMode::kSameStep, 2)),
        twin(batch_of(*task, 20, AutoresetMode::kSameStep));
    const std::vector<Bytes> actions = actions_of(batch.engine, 30);
    batch.reset(1);
    run(batch, actions);
    const Bytes middle = batch.save();
    run(batch, actions);
    const Bytes end = batch.save();
    CHECK(middle != end);
    // back, in the same batch and in one that was never reset
    for (Batch* other : {&batch, &twin}) {
      other->engine.restore(middle, {});
      CHECK(other->save() == middle);
      run(*other, actions);
      CHECK(other->save() == end);
    }
    CHECK(same_output(batch, twin));
    // one lane into all of them, and into some
    const std::size_t source[] = {7}, targets[] = {0, 19};
    const Bytes seventh = batch.engine.save(source);
    twin.engine.restore(seventh, targets);
    CHECK(twin.engine.save({targets, 1}) == seventh);
    const std::size_t between[] = {3};
    CHECK(twin.engine.save(between) == batch.engine.save(between));
    batch.engine.restore(seventh, {});
    for (std::size_t lane = 0; lane < 20; ++lane) CHECK(batch.engine.save({&lane, 1}) == seventh);
    batch.engine.observe(batch.seen(batch.observations));
    for (std::size_t lane = 1; lane < 20; ++lane) CHECK(batch.row(lane) == batch.row(0));
    // the State alone
    const Bytes state = batch.engine.state_words(4);
    Batch fresh(batch_of(*task, 2));
    fresh.engine.set_state_words(1, state);
    CHECK(fresh.engine.state_words(1) == state);
    CHECK_THROWS(fresh.engine.set_state_words(1, std::span(state).first(state.size() - 1)),
                 std::invalid_argument);
    CHECK_THROWS(fresh.step(actions_of(fresh.engine, 1)[0]), ResetNeeded);  // lane 0
  }
}

PLYO_TEST(doors_rollouts_are_the_same_steps) {
  for (const Task* task : doors()) {
    for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
      constexpr std::size_t kLanes = 45, kSteps = 50;
      Batch stepped(batch_of(*task, kLanes, mode)), rolled(batch_of(*task, kLanes, mode, 3));
      const std::vector<Bytes> actions = actions_of(stepped.engine, kSteps);
      std::vector<double> rewards;
      stepped.reset(2);
      for (const Bytes& action : actions) {
        stepped.step(action);
        rewards.insert(rewards.end(), stepped.rewards.begin(), stepped.rewards.end());
      }
      rolled.reset(2);
      const RowSizes& sizes = rolled.engine.action_sizes();
      const Bytes all = join(actions, sizes, kLanes);
      SequencePolicy policy({{leaves_of(all, sizes, kSteps * kLanes).at[0], [](const void*) {}}}, kSteps,
                            kLanes);
      std::vector<double> recorded(kSteps * kLanes);
      rollout(rolled.engine, policy,
              {.num_steps = kSteps, .arrays = {.rewards = recorded.data()}, .record_episodes = true});
      CHECK(recorded == rewards);
      CHECK(same_state(stepped, rolled));
    }
    // lanes whose episode ended rest
    Batch resting(batch_of(*task, 30, AutoresetMode::kDisabled, 2)),
        again(batch_of(*task, 30, AutoresetMode::kDisabled));
    for (Batch* batch : {&resting, &again}) {
      batch->reset(4);
      RandomPolicy policy(SeedWords{1});
      rollout(batch->engine, policy, {.num_steps = 60, .arrays = {}, .record_episodes = true});
    }
    CHECK(same_state(resting, again));
  }
}

PLYO_TEST(doors_an_interrupted_rollout_leaves_the_batch_as_it_was) {
  for (const Task* task : doors()) {
    Batch batch(batch_of(*task, 64, AutoresetMode::kNextStep, 3));
    batch.reset(5);
    const Bytes before = batch.save();
    RandomPolicy policy(SeedWords{1});
    std::atomic<int> polls{0};
    const auto stop = [&] { return ++polls > 1; };
    const ThreadPool::Poll poll(stop);
    CHECK_THROWS(
        rollout(batch.engine, policy,
                {.num_steps = std::size_t{1} << 40, .arrays = {}, .record_episodes = false, .poll = &poll}),
        Interrupted);
    CHECK(batch.save() == before);
    const std::vector<Bytes> actions = actions_of(batch.engine, 40);
    Batch twin(batch_of(*task, 64));
    twin.reset(5);
    for (Batch* each : {&batch, &twin}) run(*each, actions);
    CHECK(same_state(batch, twin));
  }
}

PLYO_TEST(doors_bad_input_changes_nothing) {
  for (const Task* task : doors()) {
    Batch batch(batch_of(*task, 6));
    batch.reset(1);
    const Bytes before = batch.save();
    Bytes actions = actions_of(batch.engine, 1)[0];
    std::memset(actions.data(), 0xFF, actions.size());  // -1, or NaN
    CHECK_THROWS(batch.step(actions), InvalidAction);
    CHECK_THROWS(batch.engine.restore(std::span(before).first(before.size() - 1), {}), std::invalid_argument);
    CHECK(batch.save() == before);
    Batch fresh(batch_of(*task, 2));
    CHECK_THROWS(fresh.step(actions_of(fresh.engine, 1)[0]), ResetNeeded);
  }
  // records that are no State
  for (const Task* task : {&pile(), &drifter()}) {
    Batch batch(batch_of(*task, 6));
    batch.reset(1);
    const Bytes before = batch.save();
    Bytes broken = before;
    const double far = 1e6;
    const std::size_t lane_bytes = (before.size() - 64) / 6;
    std::memcpy(broken.data() + 64 + 4 * lane_bytes, &far, sizeof(far));
    CHECK(contains(text_of<std::invalid_argument>([&] { batch.engine.restore(broken, {}); }),
                   std::string("the state is none that ") + std::string(task->name)));
    CHECK(batch.save() == before);
  }
}

// ---- a World ----

PLYO_TEST(doors_a_world_lives_as_long_as_its_batch) {
  CHECK_EQ(Pile::alive.load(), 0);
  {
    Batch batch(batch_of(pile(), 10));
    CHECK_EQ(Pile::alive.load(), 10);
    batch.reset(1);
    const Bytes state = batch.save();
    batch.engine.restore(state, {});
    CHECK_EQ(Pile::alive.load(), 10);
    const Value height = batch.engine.attribute(batch.engine.task_ops().attributes[0], 2);
    CHECK_EQ(height.real, 3.0);
    CHECK_EQ(batch.engine.render_text(2), std::string("3"));
    CHECK_EQ(batch.engine.state_words(0).size(), std::size_t{13 * 8});
  }
  CHECK_EQ(Pile::alive.load(), 0);
  // a batch that cannot be made leaves none
  Pile::has_no_memory = true;
  CHECK_THROWS(Batch(batch_of(pile(), 10)), std::bad_alloc);
  Pile::has_no_memory = false;
  CHECK_EQ(Pile::alive.load(), 0);
}

PLYO_TEST(doors_a_world_is_not_observed_before_its_first_reset) {
  Batch batch(batch_of(pile(), 20, AutoresetMode::kNextStep, 2));
  std::memset(batch.observations.data(), 0x5A, batch.observations.size());
  std::memset(batch.infos.data(), 0x5A, batch.infos.size());
  batch.reset(base_seed(1), [] {
    Flags mask(20);
    mask[3] = mask[17] = 1;
    return mask;
  }());
  for (std::size_t lane = 0; lane < 20; ++lane) {
    double seen[2];
    std::memcpy(seen, batch.observations.data() + lane * 16, 16);
    const bool was_reset = lane == 3 || lane == 17;
    CHECK_EQ(seen[0], was_reset ? 3.0 : 0.0);
    CHECK_EQ(seen[1] > 0, was_reset);
    std::int64_t height = -1;
    std::memcpy(&height, batch.infos.data() + lane * 8, 8);
    CHECK_EQ(height, was_reset ? std::int64_t{3} : std::int64_t{0});
  }
}

PLYO_TEST(doors_a_world_that_throws_makes_its_batch_ask_for_a_reset) {
  for (const int threads : {1, 3}) {
    EngineConfig config = batch_of(pile(), 24, AutoresetMode::kNextStep, threads);
    config.params = {{"breaks_at", Value{.type = ValueType::kInteger, .integer = 5}}};
    Batch batch(config);
    batch.reset(1);
    const Bytes push = [&] {
      Bytes actions(24 * 8);
      for (std::size_t lane = 0; lane < 24; ++lane) actions[lane * 8] = std::byte{1};
      return actions;
    }();
    batch.step(push);
    const std::string message = text_of<TaskFailed>([&] { batch.step(push); });
    CHECK(contains(message, "Pile has failed in a step of environment "));
    CHECK(contains(message, "the pile fell over"));
    CHECK_THROWS(batch.step(push), ResetNeeded);
    batch.reset(1);
    batch.step(push);
    // a rollout takes it back
    const Bytes before = batch.save();
    std::vector<std::byte> row(8);
    row[0] = std::byte{1};
    ConstantPolicy policy(row);
    CHECK_THROWS(rollout(batch.engine, policy, {.num_steps = 5, .arrays = {}}), TaskFailed);
    CHECK(batch.save() == before);
  }
}

PLYO_TEST(doors_a_world_without_memory_keeps_its_state_or_asks_for_a_reset) {
  Batch batch(batch_of(pile(), 8));
  batch.reset(1);
  const Bytes before = batch.save();
  const Bytes state = batch.engine.state_words(2);
  run(batch, actions_of(batch.engine, 3));
  Pile::has_no_memory = true;
  CHECK_THROWS(batch.engine.restore(before, {}), std::bad_alloc);
  CHECK_THROWS(batch.engine.set_state_words(2, state), std::bad_alloc);
  Pile::has_no_memory = false;
  batch.engine.restore(before, {});
  CHECK(batch.save() == before);
  CHECK_EQ(Pile::alive.load(), 8);
}

// ---- a family with kernels of its own ----

PLYO_TEST(doors_kernels_of_a_family_give_the_bits_of_the_value) {
  for (const AutoresetMode mode : kModes) {
    for (const std::size_t num_envs : {1, 15, 16, 17, 100, 300}) {
      Batch own(batch_of(solver(), num_envs, mode, 3)), plain(batch_of(spring(), num_envs, mode));
      const std::vector<Bytes> actions = actions_of(own.engine, 45);
      for (Batch* batch : {&own, &plain}) {
        batch->reset(9);
        run(*batch, actions);
      }
      CHECK(same_output(own, plain));
      for (std::size_t lane = 0; lane < num_envs; ++lane) {
        CHECK(own.engine.state_words(lane) == plain.engine.state_words(lane));
      }
    }
  }
}

// ---- a shared object ----

// Kernels that know no parameters by lane, and Worlds, which are made from theirs, refuse what they cannot do.
PLYO_TEST(doors_parameters_are_set_where_the_task_can) {
  const auto with_value = [](const Engine& engine, std::size_t num_values) {
    ParamSetting setting{.name = std::string(engine.info().params[0].name)};
    setting.first.reals.assign(num_values, 0.25);
    if (num_values == 1) {
      setting.value = Value{.type = ValueType::kReal, .real = 0.25};
    } else {
      setting.first.reals[0] = 0.75;
    }
    return ParamRequest{.settings = {setting}};
  };
  Batch solved(batch_of(solver(), 3));
  solved.reset(base_seed(2));
  CHECK(contains(
      text_of<std::invalid_argument>([&] { solved.engine.set_params(with_value(solved.engine, 3)); }),
      "have the same parameters"));
  solved.engine.set_params(with_value(solved.engine, 1));
  CHECK_EQ(solved.engine.param(solved.engine.param_field("stiffness"), 2).real, 0.25);

  Batch worlds(batch_of(pile(), 3));
  const ParamSetting capacity{.name = "capacity", .value = Value{.type = ValueType::kInteger, .integer = 3}};
  CHECK(contains(text_of<std::invalid_argument>([&] { worlds.engine.set_params({.settings = {capacity}}); }),
                 "from its parameters"));

  Batch values(batch_of(drifter(), 3));
  const Field& field = values.engine.info().params[0];
  const std::vector<std::byte> before = values.engine.save({});
  values.engine.set_params(with_value(values.engine, 3));
  CHECK_EQ(values.engine.param(field, 0).real, 0.75);
  CHECK_EQ(values.engine.param(field, 2).real, 0.25);
  const std::vector<std::byte> changed = values.engine.save({});
  CHECK(changed.size() > before.size());
  values.engine.restore(before, {});
  CHECK(values.engine.param(field, 0).real != 0.75);
  values.engine.restore(changed, {});
  CHECK_EQ(values.engine.param(field, 0).real, 0.75);
}

PLYO_TEST(doors_a_loaded_task_gives_the_bits_of_a_compiled_one) {
  const Task& loaded = drifter();
  CHECK(Registry::shared().find("Drifter") == &loaded);
  CHECK_EQ(loaded.family, std::string_view("modules"));
  CHECK_EQ(Registry::shared().all().back()->family, std::string_view("modules"));
  Batch own(batch_of(loaded, 300, AutoresetMode::kNextStep, 2)),
      twin(batch_of(task_of<Drifter>("Drifter"), 300));
  const std::vector<Bytes> actions = actions_of(own.engine, 60);
  for (Batch* batch : {&own, &twin}) {
    batch->reset(9);
    run(*batch, actions);
  }
  CHECK(same_output(own, twin));
  CHECK(same_state(own, twin));
  EngineConfig config = batch_of(loaded, 1);
  config.params = {{"push", Value{.type = ValueType::kReal, .real = -1}}};
  CHECK_EQ(text_of<std::invalid_argument>([&] { Engine engine(config); }),
           std::string("push (-1.0) must be positive"));
  config = batch_of(loaded, 1);
  config.math = Math::kReference;
  CHECK(contains(text_of<std::invalid_argument>([&] { Engine engine(config); }), "math='reference'"));
}

PLYO_TEST(doors_modules_with_the_same_struct_keep_apart) {
  drifter();
  const Task& other = *load_tasks(PLYO_TEST_OTHER_MODULE).front();
  CHECK_EQ(other.name, std::string_view("OtherDrifter"));
  CHECK_EQ(other.fast.info->variants[0].id, Text("OtherDrifter-v0"));
  CHECK_EQ(drifter().fast.info->variants[0].id, Text("Drifter-v0"));
  Batch first(batch_of(drifter(), 1)), second(batch_of(other, 1));
  for (Batch* batch : {&first, &second}) batch->reset(1);
  float seen[2], others[2];
  std::memcpy(seen, first.observations.data(), sizeof(seen));
  std::memcpy(others, second.observations.data(), sizeof(others));
  CHECK_EQ(seen[0], others[0]);
  CHECK_EQ(seen[1], 0.0F);
  CHECK_EQ(others[1], 2.0F);
}

PLYO_TEST(doors_versions_of_a_task_stand_beside_each_other) {
  static const EnvInfo own_id = [] {
    EnvInfo info = Spring::info;
    info.variants = variants(Variant{"Versioned-v0"});
    return info;
  }();
  static const TaskBuild build = [] {
    TaskBuild made = make_task<Spring>();
    made.info = &own_id;
    return made;
  }();
  static const TaskBuild with_libm = make_task<Spring, true>();
  static const ModuleTask tasks[] = {{"Versioned", "tests", &build, nullptr}};
  static const ModuleTask for_libm[] = {{"Versioned", "tests", nullptr, &with_libm}};
  static HostCalls host{};
  const TaskModule module = make_module(tasks, "digest", &host);
  const ModuleUse use{"digest", "@1", true, false};
  const Task* const first = add_module(module, "x.so", use).front();
  const Task* const second = add_module(module, "x.so", {"digest", "@2", true, false}).front();
  CHECK_EQ(first->name, std::string_view("Versioned"));
  CHECK_EQ(first->key(), std::string("Versioned@1"));
  CHECK(Registry::shared().find("Versioned@2") == second);
  CHECK(host.raster == &kRasterCalls);
  CHECK(contains(text_of<std::invalid_argument>([&] { add_module(module, "x.so", use); }),
                 "there is a task Versioned@1 already"));

  // the build for libm comes later, as another task of the name
  const TaskModule late = make_module(for_libm, "digest");
  CHECK(contains(text_of<std::invalid_argument>([&] { add_module(late, "x.so", {"", "@3", true, false}); }),
                 "for the platform's libm alone"));
  CHECK(contains(text_of<std::invalid_argument>([&] { add_module(late, "x.so", {"", "@3", true, true}); }),
                 "there is no task Versioned@3"));
  const std::size_t before = Registry::shared().all().size();
  add_module(late, "x.so", {"", "@1", true, true});
  CHECK_EQ(Registry::shared().all().size(), before);
  const Task* const whole = Registry::shared().find("Versioned@1");
  CHECK(whole != first && first->reference.info == nullptr);
  CHECK(whole->reference.info != nullptr && whole->fast.info == first->fast.info);
}

PLYO_TEST(doors_tasks_arrive_while_others_are_looked_for) {
  drifter();
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        for (const Task* task : Registry::shared().all()) {
          if (Registry::shared().find(task->key()) != task)
            plyo::testing::fail(__FILE__, __LINE__, "another task");
        }
      }
    });
  }
  static std::vector<std::string> names;  // the registry keeps views of them
  for (int i = 0; i < 50; ++i) names.push_back("Arrival" + std::to_string(i));
  static const EnvInfo no_ids = [] {
    EnvInfo info = Spring::info;
    info.variants = VariantList{};
    return info;
  }();
  for (const std::string& name : names) {
    Task task = spring();
    task.name = name;
    task.fast.info = &no_ids;
    Registry::shared().add({&task, 1});
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(Registry::shared().find("Arrival49") != nullptr);
}

PLYO_TEST(doors_modules_that_do_not_fit_are_refused) {
  drifter();
  const std::size_t before = Registry::shared().all().size();
  const auto complaint = [](auto call) { return text_of<std::invalid_argument>(call); };
  CHECK(contains(complaint([] { load_tasks("/nowhere/module.so"); }), "cannot open /nowhere/module.so"));
  CHECK(contains(complaint([] { load_tasks(PLYO_TEST_EMPTY_MODULE); }), "exports no 'plyo_tasks'"));
  CHECK(contains(complaint([] { load_tasks(PLYO_TEST_MODULE); }), "there is a task Drifter already"));

  static const TaskBuild build = make_task<Spring>();
  static const ModuleTask tasks[] = {{"Unheard", "tests", &build, nullptr},
                                     {"CartPole", "tests", &build, nullptr}};
  const TaskModule good = make_module(tasks);
  const auto refused = [&](auto change) {
    TaskModule module = good;
    change(module);
    return complaint([&] { add_module(module, "x.so"); });
  };
  CHECK(contains(refused([](TaskModule& m) { m.magic = 1; }), "x.so is no module of tasks"));
  CHECK(contains(refused([](TaskModule& m) { m.version = 3; }),
                 "version 3, this build of Plyo reads version 2"));
  CHECK(contains(refused([](TaskModule& m) { m.layout ^= 1; }), "compile it again"));
  CHECK(contains(refused([](TaskModule& m) { m.num_tasks = 0; }), "holds no task"));
  CHECK(contains(complaint([&] { add_module(good, "x.so", {"others", "", false, false}); }),
                 "compiled with other headers of Plyo"));
  // all or none
  CHECK(contains(refused([](TaskModule&) {}), "there is a task CartPole already"));
  CHECK(Registry::shared().find("Unheard") == nullptr);

  // names, ids and instruction sets
  const auto adding = [&](const std::string& name, const EnvInfo& info, const ByIsa<Kernels>& kernels) {
    Task task = spring();
    task.name = name;
    task.fast.info = &info;
    task.fast.kernels = kernels;
    return complaint([&] { Registry::shared().add({&task, 1}); });
  };
  EnvInfo taken = Spring::info;
  taken.variants = variants(Variant{"CartPole-v1"});
  CHECK(contains(adding("Unheard", taken, build.kernels),
                 "the id CartPole-v1 of the task Unheard belongs to the task CartPole"));
  CHECK(contains(adding("", Spring::info, build.kernels), "needs a name of 1 to 39 bytes"));
  CHECK(contains(adding(std::string(40, 'x'), Spring::info, build.kernels), "needs a name of 1 to 39 bytes"));
  CHECK(contains(adding("Unheard", Spring::info, {}), "was not compiled for the instruction set in use"));
  CHECK_EQ(Registry::shared().all().size(), before);
}
