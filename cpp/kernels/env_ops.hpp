// The table of batch functions through which the engine drives an environment without knowing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../core/env_info.hpp"
#include "../core/rng.hpp"

namespace plyo {

// An index of a lane within the lanes that a kernel is given.
using LaneIndex = std::uint32_t;

// The lanes that a kernel works on: state word w of lane i is at `words + (w * stride + i) * word_bytes`.
struct LaneView {
  std::byte* words;
  std::size_t stride;  // lanes from one plane of words to the next
  Rng* rngs;           // one stream a lane
  const void* params;
};

// The batch functions of one environment, compiled for one instruction set. Every array starts at the view's
// first lane. Arguments are valid: the engine checks them.
struct EnvOps {
  std::size_t word_bytes;
  std::size_t num_words;  // of one lane's State
  std::size_t params_bytes;
  std::size_t reset_options_bytes;
  bool draws_in_step;  // if not, stepping a lane whose result is thrown away is harmless

  // Default-construct Params or ResetOptions in storage of the size above.
  void (*init_params)(void* params);
  void (*init_reset_options)(void* options);

  // What is wrong with them, with {name} where a value belongs; empty if nothing is.
  std::string_view (*check_params)(const void* params);
  std::string_view (*check_reset_options)(const void* options);

  // Resets the listed lanes.
  void (*reset)(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options);

  // Steps lanes [0, count). `terminated` gets 0 or 1.
  void (*step)(const LaneView& view, std::size_t count, const void* actions, double* rewards,
               std::uint8_t* terminated);

  // Steps the listed lanes; arrays are indexed by lane.
  void (*step_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* actions,
                     double* rewards, std::uint8_t* terminated);

  // Writes the observations of lanes [0, count), one row a lane.
  void (*observe)(const LaneView& view, std::size_t count, void* observations);

  // Writes the observations of the listed lanes, one row a list entry.
  void (*observe_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count, void* observations);

  // The reward of a step taken although the episode had terminated; null if it is like any other.
  double (*reward_past_end)(double reward, bool terminated, const void* params);

  // Computes the rest of a State whose variables were set; null if there is no rest.
  void (*complete)(void* state);
};

}  // namespace plyo
