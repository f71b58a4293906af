// Tasks from shared objects, compiled apart from this library with its headers.
#pragma once

#include <string>
#include <vector>

#include "../kernels/task_module.hpp"
#include "registry.hpp"

namespace plyo {

// How the tasks of a module are to be taken.
struct ModuleUse {
  // The digest of the headers that it has to be compiled with; empty for any.
  std::string headers;
  // What is added to the keys of its tasks: versions of a task differ by it.
  std::string suffix;
  // Whether its tasks may take the ids of earlier versions of them.
  bool may_take_ids = false;
  // Whether it is the build of tasks for the platform's libm, which are there already.
  bool completes = false;
};

// Opens a shared object and adds its tasks to the registry, all or none. The file stays open until the
// process ends, as batches hold addresses in it; it must not be overwritten in place. Throws
// std::invalid_argument, with the path and what to do, for a file that cannot be opened, that is no module of
// tasks, or whose tables are laid out otherwise, and as Registry::add does.
std::vector<const Task*> load_tasks(const std::string& path, const ModuleUse& use = {});

// The same for a module that is in memory already; `origin` names it in messages.
std::vector<const Task*> add_module(const TaskModule& module, const std::string& origin,
                                    const ModuleUse& use = {});

// The canvases of this build, for the scenes of modules.
extern const CanvasTable kRasterCalls, kListCalls;

}  // namespace plyo
