// The table of batch functions through which the engine drives an environment without knowing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../core/attributes.hpp"
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

// The arrays of an observation, action or info: one a leaf, each from the view's first lane on.
using LeafArrays = void* const*;
using ConstLeafArrays = const void* const*;

// The batch functions of one environment, compiled for one instruction set. Every array starts at the view's
// first lane. Arguments are valid: the engine checks them.
struct EnvOps {
  std::size_t word_bytes;
  std::size_t num_words;  // of one lane's State
  std::size_t params_bytes;
  std::size_t reset_options_bytes;
  bool draws_in_step;      // if not, stepping a lane whose result is thrown away is harmless
  bool looks_at_previous;  // whether a reset depends on the lane's State before

  // Default-construct Params or ResetOptions in storage of the size above.
  void (*init_params)(void* params);
  void (*init_reset_options)(void* options);

  // What is wrong with them, with {name} where a value belongs; empty if nothing is.
  std::string_view (*check_params)(const void* params);
  std::string_view (*check_reset_options)(const void* options);

  // The table of checked Params: its size, and making it in memory that outlives them. Null if there is none.
  std::size_t (*table_bytes)(const void* params);
  void (*make_table)(void* params, void* memory);

  // The spaces and the type of a reward under these Params.
  SpaceInfo (*observation_space)(const void* params);
  SpaceInfo (*action_space)(const void* params);
  RewardType (*reward_type)(const void* params);

  // Whether a State may be stepped; null if any may.
  bool (*is_state)(const void* params, const void* state);

  // Resets the listed lanes, from their first episode or from one before.
  void (*reset)(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                bool is_first);

  // Steps lanes [0, count). `terminated` gets 0 or 1.
  void (*step)(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
               std::uint8_t* terminated);

  // Steps the listed lanes; arrays are indexed by lane.
  void (*step_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count, ConstLeafArrays actions,
                     double* rewards, std::uint8_t* terminated);

  // Writes the observations of lanes [0, count), one row a lane.
  void (*observe)(const LaneView& view, std::size_t count, LeafArrays observations);

  // Writes the observations of the listed lanes, one row a list entry.
  void (*observe_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                        LeafArrays observations);

  // The same of the info; null if there is none.
  void (*inform)(const LaneView& view, std::size_t count, LeafArrays infos);
  void (*inform_lanes)(const LaneView& view, const LaneIndex* lanes, std::size_t count, LeafArrays infos);

  // The reward of a step taken although the episode had terminated; null if it is like any other.
  double (*reward_past_end)(double reward, bool terminated, const void* params);

  // Computes the rest of a State whose variables were set; null if there is no rest.
  void (*complete)(void* state);

  // The model: the ways that a step can end, and how many there can be. Null if there is none.
  std::int64_t (*num_states)(const void* params);
  std::size_t (*transitions)(const void* params, std::int64_t state, std::int64_t action, Transition* out);
  std::size_t max_transitions;

  // The text of a State. Null if there is none.
  void (*write_text)(const void* params, const void* state, TextWriter out);

  AttributeList attributes;
  MethodList methods;
};

}  // namespace plyo
