// Tasks that come through the other doors: a World, and a family with kernels of its own.
#pragma once

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

#include "core/environment.hpp"
#include "kernels/make_task.hpp"

namespace PLYO_ENVS {

// A pile of numbers, in memory that the World owns: an action puts a random number on it or takes the last
// one off.
struct Pile {
  struct Params {
    std::int64_t capacity = 12;
    std::int64_t breaks_at = -1;  // the height at which a step throws
  };
  struct ResetOptions {
    std::int64_t height = 3;
  };
  using Action = std::int32_t;
  using Observation = double[2];
  struct Info {
    std::int64_t height;
  };

  // The number of Worlds, and whether memory counts as used up.
  static inline std::atomic<int> alive{0};
  static inline std::atomic<bool> has_no_memory{false};

  class World {
   public:
    explicit World(const Params& params) : capacity_(static_cast<std::size_t>(params.capacity)) {
      if (has_no_memory) throw std::bad_alloc();
      ++alive;
    }
    ~World() { --alive; }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    std::vector<double>& numbers() { return numbers_; }
    const std::vector<double>& numbers() const { return numbers_; }
    std::size_t capacity() const { return capacity_; }

   private:
    std::size_t capacity_;
    std::vector<double> numbers_;
  };

  static constexpr double nanoseconds = 3000;

  static constexpr EnvInfo info{
      .summary = "Keep a pile of numbers.",
      .source = "this file",
      .variants = variants(Variant{"Pile-v0", 30}),
      .observation = box<double>({{"height"}, {"sum"}}),
      .action = discrete({"take", "put"}),
      .params = fields(field<&Params::capacity>("capacity", "numbers"),
                       field<&Params::breaks_at>("breaks_at", "height")),
      .reset_options = fields(field<&ResetOptions::height>("height", "numbers at first")),
      .infos = report(reported<std::int64_t>("height", "numbers"))};

  static constexpr Text check(const Params& params) {
    return params.capacity > 3 ? "" : "capacity ({capacity}) must be more than 3";
  }
  static constexpr AttributeList attributes() {
    return attribute_list(attribute<Params, World, [](const Params&, const World& world) -> double {
      return static_cast<double>(world.numbers().size());
    }>("height", "numbers on the pile"));
  }
  static void write_text(const World& world, const Params&, TextWriter out) {
    out.write_integer(static_cast<std::int64_t>(world.numbers().size()));
  }

  static void reset(World& world, Rng& rng, const Params&, const ResetOptions& options) {
    world.numbers().clear();
    for (std::int64_t i = 0; i < options.height; ++i) world.numbers().push_back(rng.next_double());
  }
  static Step step(World& world, const Action& action, Rng& rng, const Params& params) {
    std::vector<double>& numbers = world.numbers();
    const double last = numbers.empty() ? 0 : numbers.back();
    if (action == 1) {
      numbers.push_back(rng.next_double());
    } else if (!numbers.empty()) {
      numbers.pop_back();
    }
    if (static_cast<std::int64_t>(numbers.size()) == params.breaks_at)
      throw std::runtime_error("the pile fell over");
    return {last, numbers.empty() || numbers.size() >= world.capacity()};
  }
  static void observe(const World& world, const Params&, Observation& out) {
    out[0] = static_cast<double>(world.numbers().size());
    out[1] = 0;
    for (const double number : world.numbers()) out[1] += number;
  }
  static void inform(const World& world, const Params&, Info& out) {
    out.height = static_cast<std::int64_t>(world.numbers().size());
  }

  static std::size_t record_bytes(const Params& params) {
    return static_cast<std::size_t>(params.capacity + 1) * sizeof(double);
  }
  static void save(const World& world, const Params& params, std::byte* record) {
    std::memset(record, 0, record_bytes(params));
    const auto size = static_cast<double>(world.numbers().size());
    std::memcpy(record, &size, sizeof(size));
    if (world.numbers().empty()) return;
    std::memcpy(record + sizeof(size), world.numbers().data(), world.numbers().size() * sizeof(double));
  }
  static bool load(World& world, const Params&, const std::byte* record) {
    double size = 0;
    std::memcpy(&size, record, sizeof(size));
    if (!(size >= 0 && size <= static_cast<double>(world.capacity()))) return false;
    if (has_no_memory) throw std::bad_alloc();
    world.numbers().resize(static_cast<std::size_t>(size));
    if (!world.numbers().empty()) {
      std::memcpy(world.numbers().data(), record + sizeof(size), world.numbers().size() * sizeof(double));
    }
    return true;
  }
};

// A mass at a spring, as a plain value.
struct Spring {
  struct State {
    double x, v;
  };
  struct Params {
    double stiffness = 0.5;
  };
  using ResetOptions = NoResetOptions;
  using Action = float[1];
  using Observation = double[2];
  static constexpr EnvInfo info{.summary = "Hold a mass at a spring.",
                                .source = "this file",
                                .variants = variants(Variant{"Spring-v0", 25}),
                                .observation = box<double>({{"x"}, {"v"}}),
                                .action = box({{"push", "", -1, 1}}),
                                .params = fields(field<&Params::stiffness>("stiffness", "N/m"))};
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.x = rng.uniform(-1.0, 1.0);
    s.v = 0;
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    s.v = s.v + 0.1 * (static_cast<double>(action[0]) - params.stiffness * s.x);
    s.x = s.x + 0.1 * s.v;
    return {-(s.x * s.x), math::abs(s.x) > 1.2};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = s.x;
    out[1] = s.v;
  }
};

// The same mass, stepped by kernels of its own: all lanes of a unit at once, those behind the last one too,
// as a solver over vector registers does.
struct SpringSolver {
  using Values = ValueTask<Spring>;

  static void step_unit(const LaneView& view, std::size_t first, const double* push) {
    auto* const x = reinterpret_cast<double*>(view.words) + first;
    double* const v = x + view.stride;
    const double stiffness = static_cast<const Spring::Params*>(view.params)->stiffness;
    for (std::size_t i = 0; i < kLaneUnit; ++i) {
      v[i] = v[i] + 0.1 * (push[i] - stiffness * x[i]);
      x[i] = x[i] + 0.1 * v[i];
    }
  }
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    const auto* const pushes = static_cast<const float*>(actions[0]);
    const auto* const x = reinterpret_cast<const double*>(view.words);
    for (std::size_t first = 0; first < count; first += kLaneUnit) {
      double push[kLaneUnit]{};
      for (std::size_t i = 0; i < kLaneUnit && first + i < count; ++i) {
        push[i] = static_cast<double>(pushes[first + i]);
      }
      step_unit(view, first, push);
    }
    for (std::size_t i = 0; i < count; ++i) {
      rewards[i] = -(x[i] * x[i]);
      terminated[i] = math::abs(x[i]) > 1.2 ? 1 : 0;
    }
  }

  static constexpr Kernels kKernels = [] {
    Kernels made = Values::make_kernels<Isa::kBaseline>();
    made.step = &step;
    made.tile_lanes = 32;
    made.knows_lane_params = false;
    return made;
  }();
  static constexpr EnvInfo info = [] {
    EnvInfo made = Spring::info;
    made.variants = variants(Variant{"SpringSolver-v0", 25});
    return made;
  }();
  static constexpr TaskBuild task_build() {
    return {.info = &info,
            .task = &Values::task_ops,
            .state = &Values::state_ops,
            .kernels = {{&kKernels, nullptr, nullptr}}};
  }
};

}  // namespace PLYO_ENVS
