// Tasks in a shared object: the one object of plain data that it exports. Looking at it runs no code of the
// module's.
//
// What crosses between module and host is plain data and pointers to functions that throw nothing and own
// nothing. The layout of the tables is no promise between versions: both sides compute a number of it, and a
// module whose number differs is compiled again. Only the magic, the version and the layout stay where they
// are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/environment.hpp"
#include "task_build.hpp"

namespace plyo {

// One task of a module.
struct ModuleTask {
  const char* name;            // the struct's name, such as "CartPole"
  const char* family;          // such as "user"
  const TaskBuild* fast;       // core/math.hpp
  const TaskBuild* reference;  // the platform's libm; null if it was not compiled for that
};

struct TaskModule {
  static constexpr std::uint32_t kMagic = 0x4F594C50;  // "PLYO"
  static constexpr std::uint32_t kVersion = 1;

  std::uint32_t magic;
  std::uint32_t version;  // of this struct
  std::uint64_t layout;   // module_layout()
  std::uint64_t num_tasks;
  const ModuleTask* tasks;
  const char* compiler;  // its version, for messages
};

// The name of the object that a module exports.
inline constexpr const char* kTaskModuleSymbol = "plyo_tasks";

namespace detail {

// FNV-1a over numbers.
class LayoutHash {
 public:
  constexpr void add(std::uint64_t number) {
    for (int byte = 0; byte < 8; ++byte) hash_ = (hash_ ^ ((number >> (8 * byte)) & 0xFF)) * 0x100000001B3U;
  }
  template <class T>
  constexpr void add_type() {
    add(sizeof(T));
    add(alignof(T));
  }
  constexpr std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace detail

// A number of the sizes and places in memory of everything that crosses.
constexpr std::uint64_t module_layout() {
  detail::LayoutHash hash;
  const auto add_types = [&hash]<class... T>(const T*...) { (hash.add_type<T>(), ...); };
  // what a task says
  add_types(static_cast<const EnvInfo*>(nullptr), static_cast<const Variant*>(nullptr),
            static_cast<const Preset*>(nullptr), static_cast<const Value*>(nullptr),
            static_cast<const Text*>(nullptr), static_cast<const Texts*>(nullptr),
            static_cast<const Numbers*>(nullptr), static_cast<const SpaceInfo*>(nullptr),
            static_cast<const LeafInfo*>(nullptr), static_cast<const Element*>(nullptr),
            static_cast<const Field*>(nullptr), static_cast<const InfoLeaf*>(nullptr),
            static_cast<const PythonNames*>(nullptr), static_cast<const Attribute*>(nullptr),
            static_cast<const Method*>(nullptr), static_cast<const Transition*>(nullptr),
            static_cast<const TextWriter*>(nullptr));
  // what is done with it
  add_types(static_cast<const TaskOps*>(nullptr), static_cast<const StateOps*>(nullptr),
            static_cast<const Kernels*>(nullptr), static_cast<const LaneView*>(nullptr),
            static_cast<const Rng*>(nullptr), static_cast<const TaskBuild*>(nullptr),
            static_cast<const ModuleTask*>(nullptr));
  for (const std::size_t place : {offsetof(TaskOps, init_params),     offsetof(TaskOps, check_params),
                                  offsetof(TaskOps, table_bytes),     offsetof(TaskOps, observation_space),
                                  offsetof(TaskOps, reward_past_end), offsetof(TaskOps, num_states),
                                  offsetof(TaskOps, write_text),      offsetof(TaskOps, attributes),
                                  offsetof(TaskOps, methods),         offsetof(StateOps, create),
                                  offsetof(StateOps, save),           offsetof(StateOps, whole),
                                  offsetof(Kernels, reset),           offsetof(Kernels, step),
                                  offsetof(Kernels, observe),         offsetof(Kernels, inform_lanes),
                                  offsetof(Kernels, tile_lanes),      offsetof(LaneView, stride),
                                  offsetof(LaneView, rngs),           offsetof(LaneView, params),
                                  offsetof(TaskBuild, kernels)}) {
    hash.add(place);
  }
  return hash.value();
}

// The module of some tasks, to be exported under the name kTaskModuleSymbol.
template <std::size_t kCount>
constexpr TaskModule make_module(const ModuleTask (&tasks)[kCount]) {
  return {.magic = TaskModule::kMagic,
          .version = TaskModule::kVersion,
          .layout = module_layout(),
          .num_tasks = kCount,
          .tasks = tasks,
#if defined(__VERSION__)
          .compiler = __VERSION__};
#else
          .compiler = "unknown"};
#endif
}

}  // namespace plyo

// What a shared object shows to those who open it.
#if defined(_MSC_VER)
#define PLYO_EXPORT __declspec(dllexport)
#else
#define PLYO_EXPORT __attribute__((visibility("default")))
#endif
