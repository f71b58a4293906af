// Makes the tables of an environment for a shared object of its own, for one instruction set: PLYO_ONE_ISA, such as
// kAvx2, which is the baseline if it is not set. With PLYO_REFERENCE_MATH they are for the platform's libm, with
// PLYO_FIND_FAULTS for a module that reports undefined behaviour, and with PLYO_USUAL_PARAMS without the loops that few
// batches need (kernels/batch_kernels.hpp).
#pragma once

#include <cstddef>

#include "../kernels/make_task.hpp"
#include "../kernels/task_module.hpp"
#include "environment.hpp"
#if defined(PLYO_FIND_FAULTS)
#include "../kernels/fault_handlers.hpp"
#endif

#if !defined(PLYO_ONE_ISA)
#define PLYO_ONE_ISA kBaseline
#endif

namespace plyo {

// Of this module; the host fills it in.
inline HostCalls host_calls{};

#if defined(PLYO_FIND_FAULTS)
inline void detail::report_fault(const void* place, const char* what, std::int64_t index) {
  const auto& at = *static_cast<const FaultPlace*>(place);
  host_calls.fault(at.file, at.line, at.column, what, index);
}
#endif

namespace detail {

// The kernels of a module for one instruction set.
template <class Env>
struct ModuleKernels {
  static constexpr Isa kIsa = Isa::PLYO_ONE_ISA;

  static constexpr Kernels make() {
    Kernels kernels = ValueTask<Env>::template make_kernels<kIsa>();
#if defined(PLYO_FIND_FAULTS)
    // a fault is the exception of one lane
    kernels.may_throw = true;
    kernels.tile_lanes = 1;
#endif
    return kernels;
  }
  static constexpr Kernels table = make();
};

// The first sentence about a mistake shall be the only one: nothing is made of an environment with one.
template <class Env>
constexpr bool is_fit_for_module() {
  static_assert(
      !BringsTables<Env> && !IsWorld<Env>,
      "a compiled task has a State of plain values; a World, and kernels of its own, need a build of "
      "Plyo itself, see CONTRIBUTING.md");
  return !BringsTables<Env> && !IsWorld<Env>;
}

// Whether is_state accepts a State of zeros under the default arguments; true where there is no is_state.
template <class Env>
constexpr bool accepts_zeros() {
  if constexpr (KnowsStates<Env>) {
    typename Env::Params params{};
    [[maybe_unused]] DefaultTable<Env> table(params);
    return Env::is_state(typename Env::State{}, params);
  }
  return true;
}

}  // namespace detail

template <class Env>
constexpr TaskBuild make_module_task() {
  if constexpr (detail::is_fit_for_module<Env>() && check_environment<Env>()) {
    using Values = ValueTask<Env>;
#if !defined(PLYO_REFERENCE_MATH)
    static_assert(detail::accepts_zeros<Env>(), "a State of zeros must be one that is_state accepts");
    static_assert(compile_time_rollout<Env>(),
                  "an observation, info or reward is NaN in a rollout of 100 steps that the compiler runs");
#endif
    TaskBuild build{.info = &Env::info, .task = &Values::task_ops, .state = &Values::state_ops};
    build.kernels.tables[static_cast<std::size_t>(Isa::PLYO_ONE_ISA)] = &detail::ModuleKernels<Env>::table;
    return build;
  } else {
    return {};
  }
}

template <class Scene, class Env>
constexpr SceneOps make_module_scene() {
  using State = typename Env::State;
  using Params = typename Env::Params;
  static_assert(
      requires(const Params& params, const State& state, ModuleCanvas& canvas) {
        { Scene::size(params) } -> std::same_as<render::Size>;
        { Scene::draw(canvas, state, params) } -> std::same_as<void>;
      },
      "a scene needs static constexpr render::Size size(const Params&) and "
      "template <class Canvas> static void draw(Canvas&, const State&, const Params&)");
  return {.size = [](const void* params) { return Scene::size(*static_cast<const Params*>(params)); },
          .draw =
              [](const void* params, const void* state, render::Raster& raster) {
                ModuleCanvas canvas(*host_calls.raster, &raster);
                Scene::draw(canvas, *static_cast<const State*>(state), *static_cast<const Params*>(params));
              },
          .list =
              [](const void* params, const void* state, render::DisplayList& list) {
                ModuleCanvas canvas(*host_calls.list, &list);
                Scene::draw(canvas, *static_cast<const State*>(state), *static_cast<const Params*>(params));
              }};
}

}  // namespace plyo
