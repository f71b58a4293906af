// The tables of a task, by which the engine drives it without knowing it.
#pragma once

#include "../core/env_info.hpp"
#include "../core/isa.hpp"
#include "kernels.hpp"
#include "state_ops.hpp"
#include "task_ops.hpp"

namespace plyo {

// One task compiled against one mathematics library.
struct TaskBuild {
  const EnvInfo* info;
  const TaskOps* task;
  const StateOps* state;
  ByIsa<Kernels> kernels{};

  // A build with the same Params and descriptions but other States, for batches whose Params ask for it
  // (TaskOps::asks_for_other). Null: there is none.
  const TaskBuild* other = nullptr;
};

}  // namespace plyo
