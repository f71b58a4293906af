// Tasks from shared objects, compiled apart from this library with its headers.
#pragma once

#include <string>
#include <vector>

#include "../kernels/task_module.hpp"
#include "registry.hpp"

namespace plyo {

// Opens a shared object and adds its tasks to the registry, all or none. The file stays open until the
// process ends, as batches hold addresses in it; it must not be overwritten in place. Throws
// std::invalid_argument, with the path and what to do, for a file that cannot be opened, that is no module of
// tasks, or whose tables are laid out otherwise, and as Registry::add does.
std::vector<const Task*> load_tasks(const std::string& path);

// The same for a module that is in memory already; `origin` names it in messages.
std::vector<const Task*> add_module(const TaskModule& module, const std::string& origin);

}  // namespace plyo
