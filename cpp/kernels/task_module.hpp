// Tasks in a shared object: the one object of plain data that it exports. Looking at it runs no code of the
// module's.
//
// Module and host exchange plain data and pointers to functions that throw nothing and own nothing. The
// layout of the tables may change between versions: both sides compute a number from it, and a module with
// another number must be compiled again. Only the magic, the version and the layout keep their places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "../core/environment.hpp"
#include "module_canvas.hpp"
#include "scene_ops.hpp"
#include "task_build.hpp"

namespace plyo {

// What a module may call in its host, which fills this in when it loads the module.
struct HostCalls {
  const CanvasTable* raster;  // for SceneOps::draw
  const CanvasTable* list;    // for SceneOps::list
  // Reports undefined behaviour at a place of the source, by an exception: for modules that are compiled to find
  // it (kernels/fault_handlers.hpp). `index` is the wrong index, -1 for other faults.
  void (*fault)(const char* file, std::uint32_t line, std::uint32_t column, const char* what,
                std::int64_t index);
};

// One task of a module.
struct ModuleTask {
  const char* name;                 // the struct's name, such as "CartPole"
  const char* family;               // such as "user"
  const TaskBuild* fast;            // core/math.hpp; null in a module for the other alone
  const TaskBuild* reference;       // the platform's libm; null if it was not compiled for that
  const SceneOps* scene = nullptr;  // its drawing; null for a task without pictures
};

struct TaskModule {
  static constexpr std::uint32_t kMagic = 0x4F594C50;  // "PLYO"
  static constexpr std::uint32_t kVersion = 2;

  std::uint32_t magic;
  std::uint32_t version;  // of this struct
  std::uint64_t layout;   // module_layout()
  std::uint64_t num_tasks;
  const ModuleTask* tasks;
  const char* compiler;  // its version, for messages
  const char* headers;   // a digest of the headers that it was compiled with; empty if nobody asks for it
  HostCalls* host;       // null for a module that calls nothing
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
  constexpr void add_places(std::initializer_list<std::size_t> places) {
    for (const std::size_t place : places) add(place);
  }
  template <class... Types>
  constexpr void add_types() {
    static_assert((std::is_standard_layout_v<Types> && ...),
                  "what crosses must lie in memory alike everywhere");
    static_assert((std::is_trivially_copyable_v<Types> && ...), "what crosses must be plain data");
    (add(sizeof(Types)), ...);
    (add(alignof(Types)), ...);
  }
  constexpr std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace detail

// A number computed from the sizes and offsets of all exchanged data.
constexpr std::uint64_t module_layout() {
  detail::LayoutHash hash;
  hash.add_types<Text, Texts, Numbers, Value, Preset, Variant, Field, Element, LeafInfo, SpaceInfo, InfoLeaf,
                 PythonNames, EnvInfo, Attribute, Method, Transition, TextWriter, Rng, LaneView, TaskOps,
                 StateOps, Kernels, TaskBuild, ModuleTask, HostCalls, CanvasTable, SceneOps, render::Color,
                 render::Point, render::Size, render::Affine, render::CellArt>();
  hash.add_places({offsetof(Text, count), offsetof(Value, real), offsetof(Value, numbers),
                   offsetof(Field, doc), offsetof(Field, get), offsetof(LeafInfo, shape),
                   offsetof(SpaceInfo, by_name), offsetof(SpaceInfo, num_leaves), offsetof(SpaceInfo, leaves),
                   offsetof(SpaceInfo, elements), offsetof(InfoLeaf, style), offsetof(InfoLeaf, at_reset)});
  hash.add_places({offsetof(EnvInfo, variants), offsetof(EnvInfo, observation), offsetof(EnvInfo, action),
                   offsetof(EnvInfo, params), offsetof(EnvInfo, reset_options),
                   offsetof(EnvInfo, num_variables), offsetof(EnvInfo, infos),
                   offsetof(EnvInfo, render_fps)});
  hash.add_places({offsetof(TaskOps, init_params), offsetof(TaskOps, bind), offsetof(TaskOps, adapt),
                   offsetof(TaskOps, check_params), offsetof(TaskOps, table_bytes),
                   offsetof(TaskOps, observation_space), offsetof(TaskOps, infos),
                   offsetof(TaskOps, reward_past_end), offsetof(TaskOps, num_states),
                   offsetof(TaskOps, write_text), offsetof(TaskOps, attributes), offsetof(TaskOps, methods)});
  hash.add_places({offsetof(StateOps, create), offsetof(StateOps, save), offsetof(StateOps, whole),
                   offsetof(Kernels, reset), offsetof(Kernels, step), offsetof(Kernels, observe),
                   offsetof(Kernels, inform_lanes), offsetof(Kernels, tile_lanes),
                   offsetof(Kernels, may_throw), offsetof(LaneView, stride), offsetof(LaneView, rngs),
                   offsetof(LaneView, params), offsetof(TaskBuild, kernels)});
  return hash.value();
}

// The module of some tasks, to be exported under the name kTaskModuleSymbol.
template <std::size_t kCount>
constexpr TaskModule make_module(const ModuleTask (&tasks)[kCount], const char* headers = "",
                                 HostCalls* host = nullptr) {
  return {.magic = TaskModule::kMagic,
          .version = TaskModule::kVersion,
          .layout = module_layout(),
          .num_tasks = kCount,
          .tasks = tasks,
#if defined(__VERSION__)
          .compiler = __VERSION__,
#else
          .compiler = "unknown",
#endif
          .headers = headers,
          .host = host};
}

}  // namespace plyo

// The symbol that a shared object exports.
#if defined(_MSC_VER)
#define PLYO_EXPORT __declspec(dllexport)
#else
#define PLYO_EXPORT __attribute__((visibility("default")))
#endif
