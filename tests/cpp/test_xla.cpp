// xla/: calls of a batch as a compiled program makes them, here through frames made by hand: results, conversions to 32
// bits, handles, calls that do not fit, and a batch that goes while it is called.
#include <atomic>
#include <cfenv>
#include <deque>
#include <optional>
#include <thread>

#include "batches.hpp"
#include "leafy.hpp"
#include "xla/handlers.hpp"
#include "xla/port.hpp"

namespace plyo::xla {

// In XLA this is its own, too.
struct Error {
  ErrorCode code;
  std::string message;
};

}  // namespace plyo::xla

namespace {

using namespace plyo;
using namespace plyo::testing;
using xla::ElementType;
using xla::Handle;

xla::Error* create_error(xla::ErrorRequest* request) {
  return new xla::Error{request->code, request->message};
}

const xla::Api kApi = {.head = {sizeof(xla::Api), nullptr},
                       .version = {{sizeof(xla::Version), nullptr}, 0, 3},
                       .internal = nullptr,
                       .create_error = create_error};

std::size_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::kBool:
    case ElementType::kInt8:
    case ElementType::kUint8:
      return 1;
    case ElementType::kInt64:
    case ElementType::kUint64:
    case ElementType::kFloat64:
      return 8;
    default:
      return 4;
  }
}

// The arrays of a program's arguments or results.
class Arrays {
 public:
  template <class T>
  T* add(ElementType type, std::vector<std::int64_t> sizes) {
    std::size_t count = 1;
    for (const std::int64_t size : sizes) count *= static_cast<std::size_t>(size);
    memory_.emplace_back(count * bytes_of(type) + 8);
    sizes_.push_back(std::move(sizes));
    buffers_.push_back({.head = {sizeof(xla::Buffer), nullptr},
                        .type = type,
                        .data = memory_.back().data(),
                        .rank = static_cast<std::int64_t>(sizes_.back().size()),
                        .sizes = sizes_.back().data()});
    pointers_.push_back(&buffers_.back());
    kinds_.push_back(xla::kBufferKind);
    return reinterpret_cast<T*>(memory_.back().data());
  }
  Handle* add_handle() { return add<Handle>(ElementType::kUint32, {4}); }
  // An array of a space's leaf or an info, of 32 bits if there are no 64.
  void* add_leaf(DType type, std::size_t rows, std::size_t values, bool wide) {
    constexpr ElementType kTypes[] = {ElementType::kFloat32, ElementType::kFloat64, ElementType::kUint8,
                                      ElementType::kInt8,    ElementType::kInt32,   ElementType::kInt64};
    ElementType element = kTypes[static_cast<std::size_t>(type)];
    if (!wide && element == ElementType::kFloat64) element = ElementType::kFloat32;
    if (!wide && element == ElementType::kInt64) element = ElementType::kInt32;
    return add<void>(element, {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(values)});
  }

  const xla::Buffer& operator[](std::size_t i) const { return buffers_[i]; }
  xla::Buffer& operator[](std::size_t i) { return buffers_[i]; }
  double number(std::size_t array, std::size_t i) const {
    const xla::Buffer& buffer = buffers_[array];
    const auto at = [&]<class T>(T) { return static_cast<double>(static_cast<const T*>(buffer.data)[i]); };
    switch (buffer.type) {
      case ElementType::kFloat32:
        return at(float{});
      case ElementType::kFloat64:
        return at(double{});
      case ElementType::kInt32:
        return at(std::int32_t{});
      case ElementType::kInt64:
        return at(std::int64_t{});
      case ElementType::kInt8:
        return at(std::int8_t{});
      default:
        return at(std::uint8_t{});
    }
  }
  xla::BufferList list() const {
    return {.head = {sizeof(xla::BufferList), nullptr},
            .count = static_cast<std::int64_t>(pointers_.size()),
            .kinds = kinds_.data(),
            .buffers = pointers_.data()};
  }

 private:
  std::deque<Bytes> memory_;
  std::deque<std::vector<std::int64_t>> sizes_;
  std::deque<xla::Buffer> buffers_;
  std::vector<xla::Buffer*> pointers_;
  std::vector<std::int32_t> kinds_;
};

// A program that calls one batch.
struct Program {
  explicit Program(Engine& engine, bool wide_results = true) : batch(engine), wide(wide_results) {}

  // The error's text; empty without one.
  std::string call(xla::Handler* handler) {
    xla::CallFrame frame{.head = {sizeof(xla::CallFrame), nullptr},
                         .api = &kApi,
                         .context = nullptr,
                         .stage = 3,
                         .arguments = arguments.list(),
                         .results = results.list(),
                         .attributes = {}};
    const std::unique_ptr<xla::Error> error(handler(&frame));
    code = error == nullptr ? std::optional<xla::ErrorCode>() : error->code;
    return error == nullptr ? "" : error->message;
  }

  void prepare_step(const Handle& handle, const Bytes& actions) {
    begin(handle);
    const RowSizes& sizes = batch.action_sizes();
    const ConstLeaves leaves = leaves_of(actions, sizes, batch.num_envs());
    for (std::size_t k = 0; k < sizes.count; ++k) {
      const LeafInfo& leaf = batch.action_space().leaves[k];
      void* const to = arguments.add_leaf(leaf.dtype, batch.num_envs(), leaf.values_per_lane(), wide);
      const std::size_t count = batch.num_envs() * leaf.values_per_lane();
      if (wide || leaf.dtype == DType::kFloat32) {
        std::memcpy(to, leaves.at[k], count * size_of(leaf.dtype));
      } else {
        std::transform(static_cast<const std::int64_t*>(leaves.at[k]),
                       static_cast<const std::int64_t*>(leaves.at[k]) + count, static_cast<std::int32_t*>(to),
                       [](std::int64_t value) { return static_cast<std::int32_t>(value); });
      }
    }
    add_observations();
    results.add_leaf(DType::kFloat64, batch.num_envs(), 1, false);
    for (int i = 0; i < 2; ++i) results.add<void>(ElementType::kBool, {size()});
    results.add_leaf(DType::kFloat64, batch.num_envs(), 1, false);
    results.add_leaf(DType::kInt64, batch.num_envs(), 1, false);
    add_infos();
    if (batch.autoreset().resets_at_once) add_observations();
  }
  std::string step(const Handle& handle, const Bytes& actions) {
    prepare_step(handle, actions);
    return call(xla::step_batch);
  }

  void prepare_reset(const Handle& handle, const Flags& mask) {
    begin(handle);
    std::uint8_t* const flags = arguments.add<std::uint8_t>(ElementType::kBool, {size()});
    std::copy(mask.begin(), mask.end(), flags);
    add_observations();
    add_infos();
  }
  std::string reset(const Handle& handle, std::uint32_t seed) {
    prepare_reset(handle, Flags(batch.num_envs(), 1));
    *arguments.add<std::uint32_t>(ElementType::kUint32, {}) = seed;
    return call(xla::reset_batch);
  }

  Handle handle() const {
    Handle next;
    std::memcpy(&next, results[0].data, sizeof next);
    return next;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(batch.num_envs()); }

  Engine& batch;
  bool wide;
  Arrays arguments, results;
  std::optional<xla::ErrorCode> code;

 private:
  void begin(const Handle& handle) {
    arguments = Arrays();
    results = Arrays();
    *arguments.add_handle() = handle;
    results.add_handle();
  }
  void add_observations() {
    const SpaceInfo& space = batch.observation_space();
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      results.add_leaf(space.leaves[k].dtype, batch.num_envs(), space.leaves[k].values_per_lane(), wide);
    }
  }
  void add_infos() {
    for (const InfoLeaf& info : batch.infos()) {
      results.add_leaf(info.dtype, batch.num_envs(), info.shape.count(), wide);
    }
  }
};

void ignore_reset(const Seeds& /*seeds*/, const std::uint8_t* /*mask*/) {}

double value_of(DType type, const void* values, std::size_t i) {
  switch (type) {
    case DType::kFloat32:
      return static_cast<double>(static_cast<const float*>(values)[i]);
    case DType::kFloat64:
      return static_cast<const double*>(values)[i];
    case DType::kUint8:
      return static_cast<const std::uint8_t*>(values)[i];
    case DType::kInt8:
      return static_cast<const std::int8_t*>(values)[i];
    case DType::kInt32:
      return static_cast<const std::int32_t*>(values)[i];
    case DType::kInt64:
      break;
  }
  return static_cast<double>(static_cast<const std::int64_t*>(values)[i]);
}

// Whether arrays of a program from `place` on hold these rows, rounded to float32 if there are no 64 bits.
bool holds(const Program& program, std::size_t place, const Bytes& block, const RowSizes& sizes,
           const SpaceInfo& space) {
  const std::size_t rows = program.batch.num_envs();
  const ConstLeaves leaves = leaves_of(block, sizes, rows);
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    for (std::size_t i = 0; i < rows * leaf.values_per_lane(); ++i) {
      double expected = value_of(leaf.dtype, leaves.at[k], i);
      if (!program.wide && is_real(leaf.dtype)) expected = static_cast<double>(static_cast<float>(expected));
      if (program.results.number(place + k, i) != expected) return false;
    }
  }
  return true;
}

EngineConfig poles(std::size_t num_envs, AutoresetMode mode = AutoresetMode::kNextStep) {
  return {.task = &task_named("CartPole"),
          .num_envs = num_envs,
          .autoreset_mode = mode,
          .max_episode_steps = 20,
          .num_threads = 1};
}

Bytes pushes(std::size_t num_envs, std::int64_t action = 1) {
  Bytes actions(num_envs * sizeof action);
  for (std::size_t i = 0; i < num_envs; ++i)
    std::memcpy(actions.data() + i * sizeof action, &action, sizeof action);
  return actions;
}

}  // namespace

PLYO_TEST(xla_steps_are_those_of_the_engine) {
  for (const Task& task : plain_tasks()) {
    for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
      for (const bool wide : {true, false}) {
        constexpr std::size_t kLanes = 5;
        const EngineConfig config{.task = &task,
                                  .num_envs = kLanes,
                                  .autoreset_mode = mode,
                                  .max_episode_steps = 7,
                                  .num_threads = 1};
        Batch expected(config);
        Engine engine(config);
        const xla::Port port(engine, ignore_reset);
        Program program(engine, wide);
        expected.reset(3);
        CHECK_EQ(program.reset(port.handle(), 3), "");
        const SpaceInfo& space = engine.observation_space();
        const RowSizes& sizes = engine.observation_sizes();
        CHECK(holds(program, 1, expected.observations, sizes, space));
        Rng rng = seeded_rng(5);
        for (int t = 0; t < 20; ++t) {
          const Bytes actions = random_actions(engine.action_space(), kLanes, rng);
          expected.step(actions);
          CHECK_EQ(program.step(program.handle(), actions), "");
          CHECK(holds(program, 1, expected.observations, sizes, space));
          const std::size_t place = 1 + sizes.count;
          for (std::size_t i = 0; i < kLanes; ++i) {
            CHECK_EQ(program.results.number(place, i),
                     static_cast<double>(static_cast<float>(expected.rewards[i])));
            CHECK_EQ(program.results.number(place + 1, i), expected.terminated[i]);
            CHECK_EQ(program.results.number(place + 2, i), expected.truncated[i]);
            CHECK_EQ(program.results.number(place + 3, i),
                     static_cast<double>(static_cast<float>(expected.returns[i])));
            CHECK_EQ(program.results.number(place + 4, i), static_cast<double>(expected.lengths[i]));
          }
          if (mode != AutoresetMode::kSameStep) continue;
          // the last observations where an episode has ended, the present ones elsewhere
          Bytes next = expected.observations;
          for (std::size_t i = 0; i < kLanes; ++i) {
            if ((expected.terminated[i] | expected.truncated[i]) == 0) continue;
            sizes.copy_row(expected.seen(next), i, expected.seen(expected.final_observations), i);
          }
          CHECK(holds(program, place + 5 + engine.info_sizes().count, next, sizes, space));
        }
        CHECK(expected.save() == engine.save({}));
      }
    }
  }
}

PLYO_TEST(xla_parts_and_infos_arrive) {
  const Task& leafy = test_task<envs::fast::Leafy>("Leafy");
  Batch expected({.task = &leafy, .num_envs = 3, .num_threads = 1});
  Engine engine({.task = &leafy, .num_envs = 3, .num_threads = 1});
  const xla::Port port(engine, ignore_reset);
  Program program(engine, false);
  expected.reset(8);
  CHECK_EQ(program.reset(port.handle(), 8), "");
  Rng rng = seeded_rng(1);
  for (int t = 0; t < 5; ++t) {
    const Bytes actions = random_actions(engine.action_space(), 3, rng);
    expected.step(actions);
    CHECK_EQ(program.step(program.handle(), actions), "");
    CHECK(holds(program, 1, expected.observations, engine.observation_sizes(), engine.observation_space()));
    const std::size_t place = 1 + engine.observation_sizes().count + 5;
    const InfoLeaves infos = expected.told(expected.infos);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK_EQ(program.results.number(place, i),
               static_cast<double>(static_cast<float>(value_of(DType::kFloat64, infos.at[0], i))));
    }
    for (std::size_t i = 0; i < 9; ++i) {
      CHECK_EQ(program.results.number(place + 1, i), value_of(DType::kInt8, infos.at[1], i));
    }
  }
}

PLYO_TEST(xla_results_do_not_depend_on_the_caller_s_rounding) {
  constexpr std::size_t kLanes = 64;
  const EngineConfig config{
      .task = &task_named("Pendulum"), .num_envs = kLanes, .max_episode_steps = 1, .num_threads = 1};
  Batch expected(config);
  Engine engine(config);
  const xla::Port port(engine, ignore_reset);
  Program program(engine, false);
  expected.reset(0);
  CHECK_EQ(program.reset(port.handle(), 0), "");
  Rng rng = seeded_rng(0);
  const Bytes actions = random_actions(engine.action_space(), kLanes, rng);
  expected.step(actions);
  program.prepare_step(program.handle(), actions);
  std::fesetround(FE_UPWARD);
  const std::string error = program.call(xla::step_batch);
  std::fesetround(FE_TONEAREST);
  CHECK_EQ(error, "");
  const std::size_t place = 1 + engine.observation_sizes().count;
  for (std::size_t i = 0; i < kLanes; ++i) {
    for (const std::size_t array : {place, place + 3}) {  // rewards and returns
      CHECK_EQ(program.results.number(array, i),
               static_cast<double>(static_cast<float>(expected.returns[i])));
    }
  }
}

PLYO_TEST(xla_handles_order_the_calls) {
  Engine engine(poles(2));
  const xla::Port port(engine, ignore_reset);
  Program program(engine);
  const Handle first = port.handle();
  CHECK_EQ(program.reset(first, 0), "");
  CHECK_EQ(program.handle().calls, std::uint64_t{1});
  CHECK_EQ(port.handle().calls, std::uint64_t{1});
  const Bytes before = engine.save({});
  CHECK(
      contains(program.step(first, pushes(2)), "this handle is old: it was returned by call 0 of its batch"));
  CHECK(program.code == xla::ErrorCode::kInvalidArgument);
  CHECK(before == engine.save({}));
  // a refused call leaves the handle good
  CHECK(contains(program.step(port.handle(), pushes(2, 7)), "action 7 of environment 0"));
  CHECK_EQ(program.step(port.handle(), pushes(2)), "");
  // a handle for any number of calls
  const Handle lasting{first.batch, Handle::kAnyNumber};
  for (int i = 0; i < 3; ++i) CHECK_EQ(program.step(lasting, pushes(2)), "");
  CHECK_EQ(program.handle().calls, Handle::kAnyNumber);
  CHECK_EQ(port.handle().calls, std::uint64_t{5});
}

PLYO_TEST(xla_calls_that_do_not_fit_the_batch_are_refused) {
  Engine engine(poles(4));
  Engine smaller(poles(3));
  const xla::Port port(engine, ignore_reset), other(smaller, ignore_reset);
  Program program(engine), small_program(smaller);
  CHECK_EQ(program.reset(port.handle(), 0), "");
  const Bytes before = engine.save({});
  // programs of another batch: fewer lanes, other results, other types
  CHECK(
      contains(small_program.step(port.handle(), pushes(3)), "the handle is of another batch than the call"));
  const auto refused = [&](const char* part) {
    CHECK(contains(program.call(xla::step_batch), part));
    CHECK(program.code == xla::ErrorCode::kInvalidArgument);
  };
  program.prepare_step(port.handle(), pushes(4));
  program.results.add<float>(ElementType::kFloat32, {4});
  refused("8 results are expected of it, this batch has 7");
  program.prepare_step(port.handle(), pushes(4));
  program.results[2].type = ElementType::kInt32;
  refused("of another type");
  program.prepare_step(port.handle(), pushes(4));
  program.arguments[1].type = ElementType::kFloat32;
  refused("of another type");
  program.prepare_step(port.handle(), pushes(4));
  program.arguments[0].type = ElementType::kFloat32;
  refused("of another type");
  program.prepare_reset(port.handle(), Flags(4, 1));
  refused("of another type");  // a step of what is prepared for a reset
  program.arguments = Arrays();
  *program.arguments.add_handle() = port.handle();
  refused("a call of a batch needs more than 1 arguments");
  CHECK(before == engine.save({}));
}

PLYO_TEST(xla_resets_take_masks_and_seeds) {
  Batch expected(poles(4, AutoresetMode::kDisabled));
  Engine engine(poles(4, AutoresetMode::kDisabled));
  int resets = 0;
  const xla::Port port(engine,
                       [&](const Seeds&, const std::uint8_t* mask) { resets += mask == nullptr ? 100 : 1; });
  Program program(engine);
  // a seed for each
  program.prepare_reset(port.handle(), Flags(4, 1));
  std::int64_t* const seeds = program.arguments.add<std::int64_t>(ElementType::kInt64, {4});
  for (int i = 0; i < 4; ++i) seeds[i] = (std::int64_t{1} << 40) + 3 * i;
  CHECK_EQ(program.call(xla::reset_batch), "");
  Seeds each;
  for (std::uint32_t i = 0; i < 4; ++i) each.each.emplace_back(SeedWords{3 * i, 1U << 8});
  expected.reset(each);
  CHECK(expected.save() == engine.save({}));
  CHECK_EQ(resets, 100);
  // some lanes, then none
  program.prepare_reset(program.handle(), {0, 1, 1, 0});
  CHECK_EQ(program.call(xla::reset_batch), "");
  expected.reset({}, {0, 1, 1, 0});
  CHECK(expected.save() == engine.save({}));
  CHECK_EQ(resets, 101);
  program.prepare_reset(program.handle(), {0, 0, 0, 0});
  CHECK_EQ(program.call(xla::reset_batch), "");
  CHECK(expected.save() == engine.save({}));
  CHECK(holds(program, 1, expected.observations, engine.observation_sizes(), engine.observation_space()));
  // bad ones
  program.prepare_reset(port.handle(), Flags(4, 1));
  *program.arguments.add<std::int32_t>(ElementType::kInt32, {}) = -5;
  CHECK(contains(program.call(xla::reset_batch), "a seed must be a non-negative integer, got -5"));
  program.prepare_reset(port.handle(), Flags(4, 1));
  program.arguments.add<std::int32_t>(ElementType::kInt32, {3});
  CHECK(contains(program.call(xla::reset_batch), "seeds must be one integer or 4 of them"));
  program.prepare_reset(port.handle(), Flags(4, 1));
  program.arguments.add<float>(ElementType::kFloat32, {});
  CHECK(contains(program.call(xla::reset_batch), "seeds must be integers"));
  CHECK(expected.save() == engine.save({}));
}

PLYO_TEST(xla_a_step_before_the_reset_is_refused) {
  Engine engine(poles(2));
  const xla::Port port(engine, ignore_reset);
  Program program(engine);
  CHECK(contains(program.step(port.handle(), pushes(2)), "reset"));
  CHECK(program.code == xla::ErrorCode::kFailedPrecondition);
}

PLYO_TEST(xla_a_batch_that_has_gone_is_an_error) {
  Engine engine(poles(2));
  std::optional<xla::Port> port;
  port.emplace(engine, ignore_reset);
  Program program(engine);
  CHECK_EQ(program.reset(port->handle(), 0), "");
  const Handle next = program.handle();
  port.reset();
  CHECK(contains(program.step(next, pushes(2)), "is closed"));
  // another of the same batch has another number
  port.emplace(engine, ignore_reset);
  CHECK(port->handle().batch != next.batch);
  CHECK(contains(program.step(next, pushes(2)), "is closed"));
}

PLYO_TEST(xla_threads_with_one_handle_make_one_call) {
  constexpr int kThreads = 4;
  Engine engine(poles(256));
  auto port = std::make_unique<xla::Port>(engine, ignore_reset);
  Program first(engine);
  CHECK_EQ(first.reset(port->handle(), 0), "");
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 0; i < kThreads; ++i) {
    programs.push_back(std::make_unique<Program>(engine));
    programs.back()->prepare_step(first.handle(), pushes(256));
  }
  std::atomic<int> succeeded{0};
  std::vector<std::thread> threads;
  for (auto& program : programs) {
    threads.emplace_back([&] { succeeded += program->call(xla::step_batch).empty() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(succeeded.load(), 1);
  CHECK_EQ(port->handle().calls, std::uint64_t{2});
}

PLYO_TEST(xla_the_end_of_a_batch_waits_for_a_call) {
  for (int round = 0; round < 20; ++round) {
    auto engine = std::make_unique<Engine>(poles(64));
    auto port = std::make_unique<xla::Port>(*engine, ignore_reset);
    Program program(*engine);
    CHECK_EQ(program.reset(port->handle(), 0), "");
    program.prepare_step({program.handle().batch, Handle::kAnyNumber}, pushes(64));
    std::atomic<bool> begun{false};
    std::thread caller([&] {
      std::string error;
      while (error.empty()) {
        error = program.call(xla::step_batch);
        begun = true;
      }
      CHECK(contains(error, "is closed"));
    });
    while (!begun) std::this_thread::yield();
    port.reset();
    engine.reset();
    caller.join();
  }
}

PLYO_TEST(xla_the_version_is_told_and_checked) {
  xla::Metadata metadata{};
  xla::MetadataExtension extension{{sizeof(xla::MetadataExtension), xla::kMetadataExtension, nullptr},
                                   &metadata};
  xla::CallFrame question{};
  question.head = {sizeof(xla::CallFrame), &extension.base};
  CHECK(xla::step_batch(&question) == nullptr);
  CHECK_EQ(metadata.version.major, 0);
  CHECK_EQ(metadata.version.minor, 1);
  xla::Api later = kApi;
  later.version.major = 1;
  xla::CallFrame frame{};
  frame.head = {sizeof(xla::CallFrame), nullptr};
  frame.api = &later;
  const std::unique_ptr<xla::Error> error(xla::reset_batch(&frame));
  CHECK(error != nullptr && contains(error->message, "update both"));
}
