// One hash a line of what must have the same bits on every machine: the tasks with the mathematics of core/math.hpp
// (random rollouts under two autoreset modes, and the snapshot after them), network policies, pictures, and the
// functions of core/math.hpp. The reference builds are left out: the platform's libm differs.
//
//     hashes               prints the table
//     hashes TABLE         compares with the table in a file; the exit code is 1 if a line differs
//
// The exit code is 77 where this machine or this build lacks the instruction set that PLYO_ISA names.
#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "../batches.hpp"
#include "core/math.hpp"
#include "engine/cpu_dispatch.hpp"
#include "render/frame.hpp"
#include "rollout/network_policy.hpp"
#include "rollout/rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

constexpr std::size_t kLanes = 83;  // a prime, so that every vector width leaves a rest
constexpr std::size_t kSteps = 240;
constexpr int kTimeLimit = 60;

// FNV-1a over bytes; numbers are little-endian on every machine that Plyo builds for.
class Hash {
 public:
  void add(const void* data, std::size_t size) {
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
  }
  template <class T>
  void add(const std::vector<T>& values) {
    add(values.data(), values.size() * sizeof(T));
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

using Table = std::map<std::string, std::uint64_t>;

// ---- tasks ----

// Of a task's rollout: less where a step takes long, above all under sanitizers and emulators.
struct Extent {
  std::size_t lanes = kLanes;
  std::size_t steps = kSteps;
};
Extent extent_of(const Task& task) {
  if (cost_of(task) > 50000) return {.lanes = 5, .steps = 70};
  if (cost_of(task) > 1000) return {.lanes = 37, .steps = 120};
  return {};
}

void hash_task(const Task& task, Table& table) {
  const Extent extent = extent_of(task);
  for (const bool same_step : {false, true}) {
    Batch batch({.task = &task,
                 .num_envs = extent.lanes,
                 .autoreset_mode = same_step ? AutoresetMode::kSameStep : AutoresetMode::kNextStep,
                 .max_episode_steps = kTimeLimit,
                 .num_threads = 1});
    Rng rng = seeded_rng(11);
    Hash hash;
    batch.reset(7);
    for (std::size_t t = 0; t < extent.steps; ++t) {
      hash.add(batch.observations);
      batch.step(random_actions(batch.engine.action_space(), extent.lanes, rng));
      hash.add(batch.infos);
      hash.add(batch.rewards);
      hash.add(batch.terminated);
      hash.add(batch.truncated);
      hash.add(batch.returns);
    }
    hash.add(batch.final_observations);
    hash.add(batch.save());
    table["task " + std::string(task.name) + (same_step ? " same-step" : " next-step")] = hash.value();
  }
}

// ---- network policies ----

std::vector<DenseLayer> layers_of(Rng& rng, const std::vector<std::size_t>& sizes) {
  std::vector<DenseLayer> layers;
  const auto draw = [&rng](std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(rng.uniform(-1, 1));
    return values;
  };
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    layers.push_back({.num_inputs = sizes[l],
                      .num_outputs = sizes[l + 1],
                      .weights = draw(sizes[l] * sizes[l + 1]),
                      .bias = draw(sizes[l + 1])});
  }
  return layers;
}

std::uint64_t hash_policy(const char* task, std::size_t inputs, std::size_t outputs, Head head,
                          Activation activation) {
  Batch batch(
      {.task = &task_named(task), .num_envs = kLanes, .max_episode_steps = kTimeLimit, .num_threads = 1});
  batch.reset(5);
  Rng rng = seeded_rng(3);
  NetworkConfig config;
  config.trunk = layers_of(rng, {inputs, 33});
  config.layers = layers_of(rng, {33, 18, outputs});
  config.value = layers_of(rng, {33, 7, 1});
  config.activation = config.value_activation = activation;
  config.head = head;
  config.seed = SeedWords{9};
  const bool draws = head == Head::kCategorical || head == Head::kGaussian || head == Head::kSquashedGaussian;
  if (head == Head::kGaussian || head == Head::kSquashedGaussian) config.log_std.assign(outputs, -0.5F);
  NetworkPolicy policy(config);
  constexpr std::size_t kRows = kSteps * kLanes;
  std::vector<float> values(kRows), log_probs(kRows), advantages(kRows);
  std::vector<double> rewards(kRows);
  Bytes actions = make_block(batch.engine.action_sizes(), kRows);
  rollout(batch.engine, policy,
          {.num_steps = kSteps,
           .arrays = {.actions = leaves_of(actions, batch.engine.action_sizes(), kRows),
                      .rewards = rewards.data()},
           .agent = {.values = values.data(),
                     .log_probs = draws ? log_probs.data() : nullptr,
                     .advantages = advantages.data()}});
  Hash hash;
  hash.add(actions);
  hash.add(rewards);
  hash.add(values);
  hash.add(log_probs);
  hash.add(advantages);
  return hash.value();
}

void hash_policies(Table& table) {
  struct Case {
    const char* task;
    std::size_t inputs, outputs;
    Head head;
    const char* name;
  };
  const Case cases[] = {{"CartPole", 4, 2, Head::kArgmax, "argmax"},
                        {"CartPole", 4, 2, Head::kCategorical, "categorical"},
                        {"Acrobot", 6, 3, Head::kCategorical, "categorical"},
                        {"Pendulum", 3, 1, Head::kMean, "mean"},
                        {"Pendulum", 3, 1, Head::kGaussian, "gaussian"},
                        {"Pendulum", 3, 1, Head::kSquashedMean, "squashed mean"},
                        {"Pendulum", 3, 1, Head::kSquashedGaussian, "squashed gaussian"}};
  const std::pair<Activation, const char*> activations[] = {
      {Activation::kTanh, "tanh"}, {Activation::kRelu, "relu"}, {Activation::kSilu, "silu"}};
  for (const Case& each : cases) {
    for (const auto& [activation, name] : activations) {
      table[std::string("policy ") + each.task + " " + each.name + " " + name] =
          hash_policy(each.task, each.inputs, each.outputs, each.head, activation);
    }
  }
}

// ---- pictures ----

void hash_pictures(const Task& task, Table& table) {
  constexpr std::size_t kShown = 3;
  Batch batch({.task = &task, .num_envs = kShown, .max_episode_steps = kTimeLimit, .num_threads = 1});
  if (!batch.engine.has_pictures()) return;
  batch.reset(2);
  Rng rng = seeded_rng(4);
  const render::Size own = batch.engine.picture_size();
  std::vector<std::size_t> lanes(kShown);
  std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  for (const bool smooth : {false, true}) {
    const render::Style style = smooth ? render::Style::kSmooth : render::Style::kGym;
    Hash hash;
    for (int picture = 0; picture < 3; ++picture) {
      for (const render::Size size : {own, render::Size{61, 43}}) {
        const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(size.width * size.height);
        std::vector<std::uint8_t> pixels(bytes * kShown);
        batch.engine.draw(lanes, style, [&](std::size_t i) {
          return render::interleaved_frame(pixels.data() + i * bytes, size.width, size.height);
        });
        hash.add(pixels);
      }
      hash.add(batch.engine.display_list(0, style));
      for (int t = 0; t < 4; ++t) batch.step(random_actions(batch.engine.action_space(), kShown, rng));
    }
    table["picture " + std::string(task.name) + (smooth ? " smooth" : " gym")] = hash.value();
  }
}

// ---- the mathematics ----

// Numbers of every size, and those without an ordinary result.
template <class T>
std::vector<T> arguments() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all{T{0},
                     -T{0},
                     Limits::infinity(),
                     -Limits::infinity(),
                     Limits::quiet_NaN(),
                     -Limits::quiet_NaN(),
                     Limits::max(),
                     Limits::min(),
                     Limits::denorm_min()};
  Rng rng = seeded_rng(1);
  for (const double range : {1e-3, 1.0, 20.0, 700.0, 1e5, 1e8}) {
    for (int i = 0; i < 2000; ++i) all.push_back(static_cast<T>(rng.uniform(-range, range)));
  }
  return all;
}

template <class T, class Function>
std::uint64_t hash_function(Function function) {
  const std::vector<T> x = arguments<T>();
  std::vector<T> results(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) results[i] = function(x[i], x[x.size() - 1 - i]);
  Hash hash;
  hash.add(results);
  return hash.value();
}

#define PLYO_HASH(T, name, expression) \
  table["math " #T " " #name] =        \
      hash_function<T>([]([[maybe_unused]] T x, [[maybe_unused]] T y) { return expression; })
void hash_math(Table& table) {
  PLYO_HASH(double, sin, math::sin(x));
  PLYO_HASH(double, cos, math::cos(x));
  PLYO_HASH(double, tan, math::tan(x));
  PLYO_HASH(double, atan2, math::atan2(x, y));
  PLYO_HASH(double, exp, math::exp(x));
  PLYO_HASH(double, log, math::log(x));
  PLYO_HASH(double, tanh, math::tanh(x));
  PLYO_HASH(double, sqrt, math::sqrt(x));
  PLYO_HASH(double, floor_mod, math::floor_mod(x, y));
  PLYO_HASH(double, floor, math::floor(x));
  PLYO_HASH(double, trunc, math::trunc(x));
  PLYO_HASH(double, round_even, math::round_even(x));
  PLYO_HASH(double, clip, math::clip(x, -1.0, y));
  PLYO_HASH(float, sin, math::sin(x));
  PLYO_HASH(float, cos, math::cos(x));
  PLYO_HASH(float, exp, math::exp(x));
  PLYO_HASH(float, log, math::log(x));
  PLYO_HASH(float, tanh, math::tanh(x));
  PLYO_HASH(float, clip, math::clip(x, -1.0F, y));
}
#undef PLYO_HASH

// ---- the table ----

Table make_table() {
  Table table;
  for (const Task& task : free_tasks()) {
    hash_task(task, table);
    hash_pictures(task, table);
  }
  hash_policies(table);
  hash_math(table);
  return table;
}

std::string line_of(const std::pair<const std::string, std::uint64_t>& entry) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016" PRIx64, entry.second);
  return std::string(digits) + " " + entry.first;
}

// How many lines of the file and of this machine's table have no equal in the other; prints them.
int compare(const std::vector<std::string>& here, const char* file) {
  std::ifstream stream(file);
  if (!stream) {
    std::cerr << "there is no file " << file << "\n";
    return 1;
  }
  std::vector<std::string> expected;
  for (std::string line; std::getline(stream, line);) expected.push_back(line);
  int differences = 0;
  for (const std::string& line : here) {
    if (std::find(expected.begin(), expected.end(), line) == expected.end()) {
      std::cout << "here:      " << line << "\n";
      ++differences;
    }
  }
  for (const std::string& line : expected) {
    if (std::find(here.begin(), here.end(), line) == here.end()) {
      std::cout << "the table: " << line << "\n";
      ++differences;
    }
  }
  std::cout << here.size() << " hashes, " << isa_name(selected_isa()) << ", " << differences
            << " lines differ\n";
  return differences;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    selected_isa();
  } catch (const std::runtime_error& error) {
    std::cout << error.what() << "\n";
    return 77;
  }
  std::vector<std::string> lines;
  for (const auto& entry : make_table()) lines.push_back(line_of(entry));
  if (argc > 1) return compare(lines, argv[1]) == 0 ? 0 : 1;
  for (const std::string& line : lines) std::cout << line << "\n";
  return 0;
}
