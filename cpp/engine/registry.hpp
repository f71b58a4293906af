// The tasks that were compiled in. The table itself is generated (cmake/GenerateEnvs.cmake).
#pragma once

#include <span>
#include <string_view>

#include "../kernels/task_build.hpp"

namespace plyo {

struct SceneOps;  // kernels/scene_ops.hpp

struct Task {
  std::string_view name;            // the struct's name, such as "CartPole"
  std::string_view family;          // its folder, such as "classic_control"
  TaskBuild fast;                   // core/math.hpp: the same bits everywhere
  TaskBuild reference;              // the platform's libm: the same bits as Gymnasium on this machine
  const SceneOps* scene = nullptr;  // how it is drawn; null if it is not
};

// All tasks, sorted by family and name.
std::span<const Task> tasks();

// The task of this name, or null.
const Task* find_task(std::string_view name);

}  // namespace plyo
