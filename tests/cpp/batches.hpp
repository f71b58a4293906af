// A batch with the arrays that it is stepped into, and legal actions for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "engine/engine.hpp"
#include "engine/errors.hpp"

namespace plyo::testing {

using Bytes = std::vector<std::byte>;
using Flags = std::vector<std::uint8_t>;

inline const Task& task_named(const char* name) {
  const Task* const task = Registry::shared().find(name);
  if (task == nullptr) throw std::runtime_error(std::string("there is no task ") + name);
  return *task;
}

// What a step of a lane takes, as the task says, in ns.
inline double cost_of(const Task& task) { return task.fast.kernels.find(Isa::kBaseline)->nanoseconds; }

// The compiled-in tasks that need nothing beside their parameters.
inline std::vector<Task> free_tasks() {
  std::vector<Task> found;
  for (const Task& task : compiled_tasks()) {
    if (task.fast.task->needs.empty()) found.push_back(task);
  }
  return found;
}

// Those of them whose steps are quick. Of the others, the tests of all tasks would take sanitizers an hour; they have
// tests of their own (test_physics2d.cpp).
inline std::vector<Task> plain_tasks() {
  std::vector<Task> plain = free_tasks();
  std::erase_if(plain, [](const Task& task) { return cost_of(task) > 1000; });
  return plain;
}

inline Seeds base_seed(std::uint32_t seed) { return Seeds{.base = SeedWords{seed}, .each = {}}; }

// Rows of observations, actions or infos in one block: the arrays of the leaves one after the other, each from a
// multiple of 8 bytes on.
template <std::size_t kMost>
Bytes make_block(const BasicRowSizes<kMost>& sizes, std::size_t rows) {
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < sizes.count; ++k) bytes += (sizes.bytes[k] * rows + 7) / 8 * 8;
  return Bytes(bytes);
}

template <std::size_t kMost>
BasicLeaves<kMost> leaves_of(Bytes& block, const BasicRowSizes<kMost>& sizes, std::size_t rows) {
  BasicLeaves<kMost> leaves;
  std::byte* place = block.data();
  for (std::size_t k = 0; k < sizes.count; ++k) {
    leaves.at[k] = place;
    place += (sizes.bytes[k] * rows + 7) / 8 * 8;
  }
  return leaves;
}
template <std::size_t kMost>
BasicConstLeaves<kMost> leaves_of(const Bytes& block, const BasicRowSizes<kMost>& sizes, std::size_t rows) {
  return leaves_of(const_cast<Bytes&>(block), sizes, rows);
}

// Some of the rows of a block, as a block of their own.
template <std::size_t kMost>
Bytes part_of(const Bytes& block, const BasicRowSizes<kMost>& sizes, std::size_t rows, std::size_t first,
              std::size_t count) {
  Bytes part = make_block(sizes, count);
  const auto to = leaves_of(part, sizes, count);
  for (std::size_t i = 0; i < count; ++i) {
    sizes.copy_row(to, i, leaves_of(block, sizes, rows), first + i);
  }
  return part;
}

// The rows of several blocks of as many rows each.
inline Bytes join(const std::vector<Bytes>& parts, const RowSizes& sizes, std::size_t rows) {
  Bytes block = make_block(sizes, parts.size() * rows);
  const Leaves to = leaves_of(block, sizes, parts.size() * rows);
  for (std::size_t i = 0; i < parts.size() * rows; ++i) {
    sizes.copy_row(to, i, leaves_of(parts[i / rows], sizes, rows), i % rows);
  }
  return block;
}

// One action a lane, uniform over a Discrete, and over twice the bounds of a Box.
inline Bytes random_actions(const SpaceInfo& space, std::size_t num_lanes, Rng& rng) {
  const RowSizes sizes(space);
  Bytes actions = make_block(sizes, num_lanes);
  const Leaves leaves = leaves_of(actions, sizes, num_lanes);
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    for (std::size_t i = 0; i < num_lanes * leaf.values_per_lane(); ++i) {
      if (leaf.kind == SpaceKind::kDiscrete) {
        static_cast<std::int64_t*>(leaves.at[k])[i] =
            leaf.start + rng.integers(0, static_cast<std::int64_t>(leaf.size));
      } else {
        const Element element = space.element(leaf, i % leaf.size);
        static_cast<float*>(leaves.at[k])[i] =
            static_cast<float>(rng.uniform(2 * element.low, 2 * element.high));
      }
    }
  }
  return actions;
}

struct Batch {
  explicit Batch(const EngineConfig& config)
      : engine(config),
        observations(make_block(engine.observation_sizes(), config.num_envs)),
        final_observations(observations.size()),
        infos(make_block(engine.info_sizes(), config.num_envs)),
        final_infos(infos.size()),
        rewards(config.num_envs),
        returns(config.num_envs),
        times(config.num_envs),
        lengths(config.num_envs),
        terminated(config.num_envs),
        truncated(config.num_envs),
        resets(config.num_envs) {}

  std::size_t size() const { return engine.num_envs(); }
  void reset(const Seeds& seeds, const Flags& mask = {}, const NamedValues& options = {}) {
    engine.reset(seeds, mask.empty() ? nullptr : mask.data(), options, seen(observations), told(infos));
  }
  void reset(std::uint32_t seed) { reset(base_seed(seed)); }

  bool step(const ConstLeaves& actions) {
    const InfoLeaves info_rows = told(infos), final_info_rows = told(final_infos);
    return engine.step(actions, {.observations = seen(observations),
                                 .rewards = rewards.data(),
                                 .terminated = terminated.data(),
                                 .truncated = truncated.data(),
                                 .infos = &info_rows,
                                 .final_observations = seen(final_observations),
                                 .final_infos = &final_info_rows,
                                 .resets = resets.data(),
                                 .episode_returns = returns.data(),
                                 .episode_lengths = lengths.data(),
                                 .episode_times = times.data()});
  }
  bool step(const Bytes& actions) { return step(leaves_of(actions, engine.action_sizes(), size())); }

  Bytes save() const { return engine.save({}); }

  Bytes row(std::size_t lane) const { return row_of(observations, lane); }
  Bytes row_of(const Bytes& all, std::size_t lane) const {
    return part_of(all, engine.observation_sizes(), size(), lane, 1);
  }

  Leaves seen(Bytes& block) { return leaves_of(block, engine.observation_sizes(), size()); }
  InfoLeaves told(Bytes& block) { return leaves_of(block, engine.info_sizes(), size()); }

  Engine engine;
  Bytes observations, final_observations, infos, final_infos;
  std::vector<double> rewards, returns, times;
  std::vector<std::int64_t> lengths;
  Flags terminated, truncated, resets;
};

// Whether two batches hold the same: states, streams, clocks, returns.
inline bool same_state(const Batch& a, const Batch& b) { return a.save() == b.save(); }

// Whether the last step gave both the same.
inline bool same_output(const Batch& a, const Batch& b) {
  return a.observations == b.observations && a.infos == b.infos && a.rewards == b.rewards &&
         a.terminated == b.terminated && a.truncated == b.truncated && a.returns == b.returns &&
         a.lengths == b.lengths;
}

// The text of the exception that a call throws; fails if it throws none of this class.
template <class Exception, class Call>
std::string text_of(Call call) {
  try {
    call();
  } catch (const Exception& error) {
    return error.what();
  }
  fail(__FILE__, __LINE__, "nothing of the expected class was thrown");
  return "";
}

inline bool contains(const std::string& whole, const std::string& part) {
  if (whole.find(part) != std::string::npos) return true;
  std::cerr << "'" << whole << "' does not contain '" << part << "'\n";
  return false;
}

}  // namespace plyo::testing
