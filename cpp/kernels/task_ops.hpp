// A task's description and checks as a table of functions: its parameters, spaces, model, attributes and
// text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/attributes.hpp"
#include "../core/env_info.hpp"

namespace plyo {

struct Kernels;

// One table a task and mathematics library, for all instruction sets. A comment names functions that may be
// null.
struct TaskOps {
  std::size_t params_bytes;
  std::size_t reset_options_bytes;
  bool may_step_idly;  // whether a lane that is to be reset may be stepped: cheaper than leaving it out
  // Whether steps draw, where it depends on the Params; then such a lane may not be stepped. Else null.
  bool (*draws_in_step)(const void* params);
  bool looks_at_previous;  // whether a reset depends on the lane's State before

  // Default-construct Params or ResetOptions in storage of the size above.
  void (*init_params)(void* params);
  void (*init_reset_options)(void* options);

  // What a batch needs besides its Params, such as "mujoco", and giving that to its Params, before they are
  // checked; it may throw. Null for tasks that need nothing.
  Text needs;
  void (*bind)(void* params, const void* resource);
  // Adapts a copy of the kernels to that and to a batch, before anything else is made. Null likewise.
  void (*adapt)(const void* resource, std::size_t num_lanes, int num_threads, Kernels& kernels);
  // The file that it is made of under these Params. Null likewise.
  Text (*file)(const void* params);
  // Whether these Params want TaskBuild::other, whose States are others. Null likewise.
  bool (*asks_for_other)(const void* params);
  bool observes_sensors;  // whether observations have numbers of MuJoCo's sensors

  // The complaint about illegal values, with {name} where a value belongs; an empty text if they are legal.
  Text (*check_params)(const void* params);
  Text (*check_reset_options)(const void* options);

  // The table of checked Params: its size, and making it in memory that outlives them. Null without a table.
  std::size_t (*table_bytes)(const void* params);
  void (*make_table)(void* params, void* memory);

  // The spaces and the type of a reward under these Params.
  SpaceInfo (*observation_space)(const void* params);
  SpaceInfo (*action_space)(const void* params);
  RewardType (*reward_type)(const void* params);

  // The descriptions of the info under these Params. Null: EnvInfo::infos.
  InfoList (*infos)(const void* params);

  // The reward of a step taken although the episode had terminated; null if it is like any other.
  double (*reward_past_end)(double reward, bool terminated, const void* params);

  // Computes the other members of a State whose variables were set; null if there are none.
  void (*complete)(void* state);

  // The model: the ways that a step can end, and their greatest number. Null without a model.
  std::int64_t (*num_states)(const void* params);
  std::size_t (*transitions)(const void* params, std::int64_t state, std::int64_t action, Transition* out);
  std::size_t max_transitions;

  // The text of a State. Null without one.
  void (*write_text)(const void* params, const void* state, TextWriter out);

  AttributeList attributes;
  MethodList methods;
};

}  // namespace plyo
