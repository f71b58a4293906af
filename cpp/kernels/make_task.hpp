// Turns an environment into the tables for the engine.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "../core/environment.hpp"
#include "../core/isa.hpp"
#include "batch_kernels.hpp"
#include "compile_time_rollout.hpp"
#include "make_task_ops.hpp"
#include "task_build.hpp"
#include "world_kernels.hpp"

namespace plyo {

// The tables of an environment whose State is a plain value.
template <class Env>
struct ValueTask {
  using State = typename Env::State;
  using Batch = BatchKernels<Env>;

  static bool is_record(const void* params, const std::byte* record) {
    State state;
    std::memcpy(&state, record, sizeof(State));
    return Env::is_state(state, *static_cast<const typename Env::Params*>(params));
  }

  static constexpr StateOps make_state_ops() {
    StateOps ops{.word_bytes = sizeof(typename Batch::Word), .num_words = Batch::StateLayout::kNumWords};
    if constexpr (KnowsStates<Env>) ops.is_record = &is_record;
    return ops;
  }

  // What goes through lanes one after another gains nothing from wider vectors, and is compiled once. Lanes that do
  // not fill a vector are stepped by the kernels of narrower sets down to kNarrowest.
  template <Isa kIsa, Isa kNarrowest = kIsa>
  static constexpr Kernels make_kernels() {
    constexpr Isa kScalar = Isa::kBaseline;
    Kernels kernels{.reset = compiled_for<kScalar, &Batch::reset>(),
                    .step = &Batch::template step<kIsa, kNarrowest>,
                    .step_lanes = &Batch::template step_lanes<kIsa, kNarrowest>,
                    .observe = Batch::template observe_for<kIsa>(),
                    .observe_lanes = compiled_for<Batch::template kIsaOfLists<kIsa>, &Batch::observe_lanes>(),
                    .knows_lane_params = !kOnlyUsualParams || std::is_empty_v<typename Env::Params>,
                    .knows_constants = !kOnlyUsualParams || !FoldsConstants<Env>,
                    .knows_draws = !kOnlyUsualParams || !MayDraw<Env>};
    if constexpr (Informs<Env>) {
      kernels.inform = Batch::template inform_for<kIsa>();
      kernels.inform_lanes = compiled_for<kScalar, &Batch::inform_lanes>();
    }
    return kernels;
  }

  static constexpr TaskOps task_ops = make_task_ops<Env>();
  static constexpr StateOps state_ops = make_state_ops();
  template <Isa kIsa>
  struct ForIsa {
    static constexpr Kernels table = make_kernels<kIsa, Isa::kBaseline>();
  };
};

// The tables of a task with a World.
template <class Env>
struct WorldTask {
  static constexpr TaskOps task_ops = make_task_ops<Env>();
};

// A task that brings its own tables: kernels that step many lanes at once, say.
template <class Env>
concept BringsTables = requires {
  { Env::task_build() } -> std::same_as<TaskBuild>;
};

// The tables of a task: its own, those of its World, or those of its State. For a State there is one scalar
// build of the kernels for the platform's libm (`kReferenceMath`). The deterministic maths of core/math.hpp
// is compiled for every instruction set, and the environment is run in the compiler.
template <class Env, bool kReferenceMath = false>
constexpr TaskBuild make_task() {
  if constexpr (BringsTables<Env>) {
    return Env::task_build();
  } else if constexpr (IsWorld<Env>) {
    static_assert(check_world<Env>());
    using Worlds = WorldKernels<Env>;
    return {.info = &Env::info,
            .task = &WorldTask<Env>::task_ops,
            .state = &Worlds::state_ops,
            .kernels = only_baseline<Kernels, Worlds::template ForIsa>()};
  } else {
    static_assert(check_environment<Env>());
    using Values = ValueTask<Env>;
    TaskBuild build{.info = &Env::info, .task = &Values::task_ops, .state = &Values::state_ops};
    if constexpr (kReferenceMath) {
      build.kernels = only_baseline<Kernels, Values::template ForIsa>();
    } else {
      static_assert(compile_time_rollout<Env>());
      build.kernels = every_isa<Kernels, Values::template ForIsa>();
    }
    return build;
  }
}

}  // namespace plyo
