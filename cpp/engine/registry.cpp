#include "registry.hpp"

#include <utility>

#include "cpu_dispatch.hpp"
#include "errors.hpp"

namespace plyo {

Registry& Registry::shared() {
  // never destroyed: threads may still look for a task while the process ends
  static Registry* const registry = new Registry;
  return *registry;
}

const Task* Registry::find_locked(std::string_view key) const {
  for (const Task& task : compiled_tasks()) {
    if (task.has_key(key)) return &task;
  }
  // from the back: the latest of a key
  for (std::size_t i = added_.size(); i-- > 0;) {
    if (added_[i].has_key(key)) return &added_[i];
  }
  return nullptr;
}

// The task with this id, among all or the compiled-in tasks.
const Task* Registry::find_id_locked(std::string_view id, bool only_compiled) const {
  const auto has_id = [id](const Task& task) {
    for (const Variant& variant : task.fast.info->variants) {
      if (variant.id == id) return true;
    }
    return false;
  };
  for (const Task& task : compiled_tasks()) {
    if (has_id(task)) return &task;
  }
  if (only_compiled) return nullptr;
  for (const Task& task : added_) {
    if (has_id(task)) return &task;
  }
  return nullptr;
}

const Task* Registry::find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return find_locked(key);
}

std::vector<const Task*> Registry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Task*> tasks;
  for (const Task& task : compiled_tasks()) tasks.push_back(&task);
  for (const Task& task : added_) {
    if (find_locked(task.key()) == &task) tasks.push_back(&task);
  }
  return tasks;
}

void Registry::check_locked(const Task& task, bool may_take_ids) const {
  const std::string key = task.key();
  if (task.name.empty() || key.size() > kMaxKeyLength) {
    throw std::invalid_argument(
        text("a task needs a name of 1 to ", kMaxKeyLength, " bytes, got '", key, "'"));
  }
  if (const Task* const owner = find_locked(key)) {
    throw std::invalid_argument(text("there is a task ", key, " already, in the family ", owner->family,
                                     "; give the other one another name"));
  }
  for (const Variant& variant : task.fast.info->variants) {
    if (const Task* const owner = find_id_locked(variant.id, may_take_ids)) {
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

std::vector<const Task*> Registry::add(std::span<const Task> tasks, bool may_take_ids) {
  const std::lock_guard lock(mutex_);
  const std::size_t before = added_.size();
  std::vector<const Task*> taken;
  taken.reserve(tasks.size());
  try {
    // one after the other, so that two of the same name are found too
    for (const Task& task : tasks) {
      check_locked(task, may_take_ids);
      taken.push_back(&added_.emplace_back(task));
    }
  } catch (...) {
    added_.resize(before);
    throw;
  }
  return taken;
}

void Registry::complete(std::span<const Task> tasks) {
  const std::lock_guard lock(mutex_);
  std::vector<Task> whole;
  whole.reserve(tasks.size());
  for (const Task& task : tasks) {
    const Task* const owner = find_locked(task.key());
    if (owner == nullptr) {
      throw std::invalid_argument(text("there is no task ", task.key(), " to be completed"));
    }
    whole.push_back(*owner);
    if (task.reference.info != nullptr) whole.back().reference = task.reference;
    if (task.fast.info != nullptr) whole.back().fast.kernels = task.fast.kernels;
  }
  // as later tasks of these names: who looks at the earlier ones now shall not see them change
  for (const Task& task : whole) added_.push_back(task);
}

void Registry::make_kernels_by(MakeKernels make) {
  const std::lock_guard lock(mutex_);
  make_kernels_ = std::move(make);
}

const Kernels& Registry::more_kernels(const Task& task) {
  MakeKernels make;
  {
    const std::lock_guard lock(mutex_);
    make = make_kernels_;
  }
  const std::string key = task.key();
  if (make) make(key);
  const Task* const latest = find(key);
  return *(latest == nullptr ? task : *latest).fast.kernels.find(selected_isa());
}

}  // namespace plyo
