#include "registry.hpp"

#include "cpu_dispatch.hpp"
#include "errors.hpp"

namespace plyo {

Registry& Registry::shared() {
  // never destroyed: threads may still look for a task while the process ends
  static Registry* const registry = new Registry;
  return *registry;
}

const Task* Registry::find_locked(std::string_view name) const {
  for (const Task& task : compiled_tasks()) {
    if (task.name == name) return &task;
  }
  for (const Task& task : added_) {
    if (task.name == name) return &task;
  }
  return nullptr;
}

// The task with this id.
const Task* Registry::find_id_locked(std::string_view id) const {
  const auto has_id = [id](const Task& task) {
    for (const Variant& variant : task.fast.info->variants) {
      if (variant.id == id) return true;
    }
    return false;
  };
  for (const Task& task : compiled_tasks()) {
    if (has_id(task)) return &task;
  }
  for (const Task& task : added_) {
    if (has_id(task)) return &task;
  }
  return nullptr;
}

const Task* Registry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return find_locked(name);
}

std::vector<const Task*> Registry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Task*> tasks;
  for (const Task& task : compiled_tasks()) tasks.push_back(&task);
  for (const Task& task : added_) tasks.push_back(&task);
  return tasks;
}

void Registry::check_locked(const Task& task) const {
  if (task.name.empty() || task.name.size() > kMaxNameLength) {
    throw std::invalid_argument(
        text("a task needs a name of 1 to ", kMaxNameLength, " bytes, got '", task.name, "'"));
  }
  if (const Task* const owner = find_locked(task.name)) {
    throw std::invalid_argument(text("there is a task ", task.name, " already, in the family ", owner->family,
                                     "; give the other one another name"));
  }
  for (const Variant& variant : task.fast.info->variants) {
    if (const Task* const owner = find_id_locked(variant.id)) {
      throw std::invalid_argument(text("the id ", variant.id, " of the task ", task.name,
                                       " belongs to the task ", owner->name,
                                       " already; give the other one another id"));
    }
  }
  if (task.fast.kernels.find(selected_isa()) == nullptr) {
    throw std::invalid_argument(
        text("the task ", task.name, " was not compiled for the instruction set in use, ",
             isa_name(selected_isa()), "; compile it for that one or for the baseline"));
  }
}

std::vector<const Task*> Registry::add(std::span<const Task> tasks) {
  const std::lock_guard lock(mutex_);
  const std::size_t before = added_.size();
  std::vector<const Task*> taken;
  taken.reserve(tasks.size());
  try {
    // one after the other, so that two of the same name are found too
    for (const Task& task : tasks) {
      check_locked(task);
      taken.push_back(&added_.emplace_back(task));
    }
  } catch (...) {
    added_.resize(before);
    throw;
  }
  return taken;
}

}  // namespace plyo
