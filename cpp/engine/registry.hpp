// The tasks of this process: the compiled-in tasks, and those that arrived since.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../kernels/task_build.hpp"

namespace plyo {

struct SceneOps;  // kernels/scene_ops.hpp

struct Task {
  std::string_view name;            // the struct's name, such as "CartPole", which people know
  std::string_view family;          // its folder, such as "classic_control"
  TaskBuild fast;                   // core/math.hpp: the same bits everywhere
  TaskBuild reference;              // the platform's libm: the same bits as Gymnasium on this machine
  const SceneOps* scene = nullptr;  // its drawing; null for a task without pictures
  std::string_view suffix = {};     // what tells it from its other versions, such as "@3f2a9c1d40"

  // By which it is found; snapshots carry it.
  std::string key() const { return std::string(name) + std::string(suffix); }
  bool has_key(std::string_view key) const {
    return key.size() == name.size() + suffix.size() && key.starts_with(name) && key.ends_with(suffix);
  }
};

// Process-wide. The address of a task stays until the process ends: batches point to it. Any thread may call
// at any time.
class Registry {
 public:
  // Bytes of the longest key that snapshots can carry.
  static constexpr std::size_t kMaxKeyLength = 39;

  static Registry& shared();

  // The task of this key, or null; of several, which `complete` makes, the latest.
  const Task* find(std::string_view key) const;
  // The compiled-in tasks, sorted by family and name, then the others in the order of their arrival.
  std::vector<const Task*> all() const;

  // Takes copies of these tasks, whose tables and texts must live until the process ends. All or none:
  // throws std::invalid_argument for an empty list, a key or an id that is taken or empty, a key that is
  // too long, and a task without kernels for the instruction set in use. An id of a task that arrived may be taken
  // where `may_take_ids` says so: by a later version of it.
  std::vector<const Task*> add(std::span<const Task> tasks, bool may_take_ids = false);

  // Adds the builds for the platform's libm, or the kernels that know more, which these tasks have, to the tasks of
  // their keys that arrived without. Batches of today keep what they have. All or none: throws std::invalid_argument
  // if there is no such task.
  void complete(std::span<const Task> tasks);

  // What makes kernels that know more than those of the task of this key: it calls `complete`, does nothing if it
  // cannot, and throws if that fails. Called by any thread.
  using MakeKernels = std::function<void(const std::string& key)>;
  void make_kernels_by(MakeKernels make);
  // The kernels of a task that know most, made now if they are not there.
  const Kernels& more_kernels(const Task& task);

  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

 private:
  Registry() = default;
  const Task* find_locked(std::string_view key) const;
  const Task* find_id_locked(std::string_view id, bool only_compiled) const;
  void check_locked(const Task& task, bool may_take_ids) const;

  mutable std::mutex mutex_;
  std::deque<Task> added_;
  MakeKernels make_kernels_;
};

// The compiled-in tasks alone, sorted by family and name (cmake/registry.cpp.in).
std::span<const Task> compiled_tasks();

}  // namespace plyo
