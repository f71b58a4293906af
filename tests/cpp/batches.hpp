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
  const Task* const task = find_task(name);
  if (task == nullptr) throw std::runtime_error(std::string("there is no task ") + name);
  return *task;
}

inline Seeds base_seed(std::uint32_t seed) { return Seeds{.base = SeedWords{seed}, .each = {}}; }

// One action a lane, uniform over a Discrete, and over twice the bounds of a Box.
inline Bytes random_actions(const SpaceInfo& space, std::size_t num_lanes, Rng& rng) {
  Bytes actions(num_lanes * space.bytes_per_lane());
  for (std::size_t i = 0; i < num_lanes * space.values_per_lane(); ++i) {
    if (space.kind == SpaceKind::kDiscrete) {
      const std::int64_t action = rng.integers(0, static_cast<std::int64_t>(space.size));
      std::memcpy(actions.data() + i * 8, &action, 8);
    } else {
      const Element& element = space.elements[i % space.size];
      const auto action = static_cast<float>(rng.uniform(2 * element.low, 2 * element.high));
      std::memcpy(actions.data() + i * 4, &action, 4);
    }
  }
  return actions;
}

struct Batch {
  explicit Batch(const EngineConfig& config)
      : engine(config),
        observations(rows()),
        final_observations(rows()),
        rewards(config.num_envs),
        returns(config.num_envs),
        times(config.num_envs),
        lengths(config.num_envs),
        terminated(config.num_envs),
        truncated(config.num_envs) {}

  std::size_t size() const { return engine.num_envs(); }
  std::size_t row_bytes() const { return engine.info().observation.bytes_per_lane(); }
  std::size_t rows() const { return size() * row_bytes(); }

  void reset(const Seeds& seeds, const Flags& mask = {}, const NamedValues& options = {}) {
    engine.reset(seeds, mask.empty() ? nullptr : mask.data(), options, observations.data());
  }
  void reset(std::uint32_t seed) { reset(base_seed(seed)); }

  bool step(const void* actions) {
    return engine.step(actions, {.observations = observations.data(),
                                 .rewards = rewards.data(),
                                 .terminated = terminated.data(),
                                 .truncated = truncated.data(),
                                 .final_observations = final_observations.data(),
                                 .episode_returns = returns.data(),
                                 .episode_lengths = lengths.data(),
                                 .episode_times = times.data()});
  }
  bool step(const Bytes& actions) { return step(static_cast<const void*>(actions.data())); }

  Bytes save() const { return engine.save({}); }

  Bytes row(std::size_t lane) const { return row_of(observations, lane); }
  Bytes row_of(const Bytes& all, std::size_t lane) const {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(lane * row_bytes());
    return {begin, begin + static_cast<std::ptrdiff_t>(row_bytes())};
  }

  Engine engine;
  Bytes observations, final_observations;
  std::vector<double> rewards, returns, times;
  std::vector<std::int64_t> lengths;
  Flags terminated, truncated;
};

// Whether two batches hold the same: states, streams, clocks, returns.
inline bool same_state(const Batch& a, const Batch& b) { return a.save() == b.save(); }

// Whether the last step gave both the same.
inline bool same_output(const Batch& a, const Batch& b) {
  return a.observations == b.observations && a.rewards == b.rewards && a.terminated == b.terminated &&
         a.truncated == b.truncated && a.returns == b.returns && a.lengths == b.lengths;
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
