// Nanoseconds per lane-step of every environment's kernels, for each instruction set that this machine has
// and for the reference build: step, observe, and both in turn, on one tile of lanes that stays in the
// first-level cache. Lanes whose episode has ended are reset now and then, outside the measured time. Tasks that an
// outside library steps are left out, as is CarRacing, which takes milliseconds. Prints JSON.
// Usage: kernels [seconds a measurement] [rounds] [task]
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cpu_dispatch.hpp"
#include "engine/leaves.hpp"
#include "engine/registry.hpp"
#include "timing.hpp"

namespace {

constexpr std::size_t kLanes = plyo::kMaxTileLanes;
constexpr std::size_t kSteps = 8;   // between two rounds of resets
constexpr double kLongest = 10000;  // nanoseconds, of a step that is measured here

// One tile of one task with everything that its kernels need.
class Tile {
 public:
  Tile(const plyo::TaskBuild& build, plyo::Isa isa)
      : kernels_(*build.kernels.find(isa)),
        words_(build.state->bytes() / 8 * kLanes + kLanes),
        params_(build.task->params_bytes + 1),
        options_(build.task->reset_options_bytes + 1),
        seen_(build.info->observation),
        done_(build.info->action),
        observations_(seen_, kLanes),
        rewards_(kLanes),
        terminated_(kLanes) {
    const plyo::TaskOps& ops = *build.task;
    ops.init_params(params_.data());
    ops.init_reset_options(options_.data());
    if (ops.make_table != nullptr) {
      table_.resize(ops.table_bytes(params_.data()));
      ops.make_table(params_.data(), table_.data());
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
      rngs_.push_back(plyo::seeded_rng(i));
      all_.push_back(static_cast<plyo::LaneIndex>(i));
    }
    make_actions(build.info->action);
    kernels_.reset(view(), all_.data(), kLanes, options_.data(), true);
  }

  void step(std::size_t t) {
    const plyo::Leaves actions = done_.from(actions_.leaves(), t * kLanes);
    kernels_.step(view(), kLanes, actions.at, rewards_.data(), terminated_.data());
  }
  void observe() { kernels_.observe(view(), kLanes, observations_.leaves().at); }

  void reset_terminated() {
    std::vector<plyo::LaneIndex> ended;
    for (const plyo::LaneIndex lane : all_) {
      if (terminated_[lane] != 0) ended.push_back(lane);
    }
    kernels_.reset(view(), ended.data(), ended.size(), options_.data(), false);
  }

 private:
  plyo::LaneView view() {
    return {.words = reinterpret_cast<std::byte*>(words_.data()),
            .stride = kLanes,
            .rngs = rngs_.data(),
            .params = params_.data(),
            .has_default_constants = true};
  }

  // Random actions of kSteps steps, inside their space.
  void make_actions(const plyo::SpaceInfo& space) {
    plyo::Rng rng = plyo::seeded_rng(0);
    actions_.resize(done_, kSteps * kLanes);
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      const plyo::LeafInfo& leaf = space.leaves[k];
      void* const values = actions_.leaves().at[k];
      for (std::size_t i = 0; i < kSteps * kLanes * leaf.values_per_lane(); ++i) {
        if (leaf.kind == plyo::SpaceKind::kDiscrete) {
          static_cast<std::int64_t*>(values)[i] =
              leaf.start + rng.integers(0, static_cast<std::int64_t>(leaf.size));
        } else {
          const plyo::Element element = space.element(leaf, i % leaf.size);
          static_cast<float*>(values)[i] = static_cast<float>(rng.uniform(element.low, element.high));
        }
      }
    }
  }

  const plyo::Kernels& kernels_;
  std::vector<std::uint64_t> words_;
  std::vector<plyo::Rng> rngs_;
  std::vector<plyo::LaneIndex> all_;
  std::vector<std::byte> params_;
  std::vector<std::byte> options_;
  std::vector<std::byte> table_;
  plyo::RowSizes seen_, done_;
  plyo::RowBuffer actions_, observations_;
  std::vector<double> rewards_;
  std::vector<std::uint8_t> terminated_;
};

struct Settings {
  double seconds;
  int rounds;
};

// `work(t)` for kSteps steps, then the resets; nanoseconds per lane-step.
template <class Work>
double measure(const Settings& settings, Tile& tile, Work work) {
  const double nanoseconds = bench::median_nanoseconds(settings.seconds, settings.rounds, [&] {
    const double time = bench::timed([&] {
      for (std::size_t t = 0; t < kSteps; ++t) work(t);
    });
    tile.reset_terminated();
    return time;
  });
  return nanoseconds / static_cast<double>(kSteps * kLanes);
}

void print_row(const Settings& settings, const plyo::Task& task, const plyo::TaskBuild& build, plyo::Isa isa,
               const std::string& name, const char* separator) {
  Tile tile(build, isa);
  const double step = measure(settings, tile, [&](std::size_t t) { tile.step(t); });
  const double observe = measure(settings, tile, [&](std::size_t) { tile.observe(); });
  const double both = measure(settings, tile, [&](std::size_t t) {
    tile.step(t);
    tile.observe();
  });
  std::printf(
      "%s  {\"task\": \"%s\", \"id\": \"%s\", \"isa\": \"%s\", \"step_ns\": %.4f, \"observe_ns\": %.4f, "
      "\"step_observe_ns\": %.4f}",
      separator, std::string(task.name).c_str(),
      std::string(build.info->variants[build.info->variants.size() - 1].id).c_str(), name.c_str(), step,
      observe, both);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings{argc > 1 ? std::atof(argv[1]) : 0.02, argc > 2 ? std::atoi(argv[2]) : 5};
  const std::string_view only = argc > 3 ? argv[3] : "";
  std::printf("{\"compiler\": \"%s\", \"lanes\": %zu, \"kernels\": [", bench::compiler(), kLanes);
  const char* separator = "\n";
  for (const plyo::Task& task : plyo::compiled_tasks()) {
    const bool is_long = task.fast.kernels.find(plyo::Isa::kBaseline)->nanoseconds > kLongest;
    if (task.fast.state->create != nullptr || is_long || (!only.empty() && task.name != only)) continue;
    for (const plyo::Isa isa : {plyo::Isa::kBaseline, plyo::Isa::kAvx2, plyo::Isa::kAvx512}) {
      if (!plyo::isa_supported(isa)) continue;
      print_row(settings, task, task.fast, isa, std::string(plyo::isa_name(isa)), separator);
      separator = ",\n";
    }
    print_row(settings, task, task.reference, plyo::Isa::kBaseline, "reference", separator);
  }
  std::printf("\n]}\n");
  return 0;
}
