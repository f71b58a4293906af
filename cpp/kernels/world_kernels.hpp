// The second adapter: tasks whose state is a C++ object, which is neither copied nor zeroed and may own
// memory.
//
//   struct MyTask {
//     class World { public: explicit World(const Params&); ... };
//     static void reset(World&, Rng&, const Params&, const ResetOptions&);
//     static Step step(World&, const Action&, Rng&, const Params&);      // or without the Rng&
//     static void observe(const World&, const Params&, Observation&);
//     static std::size_t record_bytes(const Params&);                    // of a saved World
//     static void save(const World&, const Params&, std::byte* record);
//     static bool load(World&, const Params&, const std::byte* record);
//     ...
//   };
//
// Params, ResetOptions, Action, Observation, info and most optional members are as in core/environment.hpp,
// with World in place of State. Further rules:
// - A World is made for each lane when the batch is made, and lives as long as the batch. It is not observed
//   before its first reset, but it may be saved.
// - `load` gets record_bytes() bytes, not aligned, from anywhere. It returns false for bytes that are not a
//   World that can be stepped. A World for which `load` has returned false or thrown must accept a reset.
// - All functions may throw. After a step or reset that throws, the whole batch must be reset.
// - `static constexpr double nanoseconds` is a guess of the cost of a step, to decide about threads. Every
//   lane is a tile of its own, so that threads share the lanes by their cost.
// - Nothing runs in the compiler, and there is one build for all instruction sets.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "../core/environment.hpp"
#include "kernels.hpp"
#include "leaf_rows.hpp"
#include "state_ops.hpp"

namespace plyo {

template <class Env>
struct WorldKernels {
  using World = typename Env::World;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Leaves = LeafRows<Env>;

  // The only word of a lane is the address of its World.
  static World*& world(const LaneView& view, std::size_t lane) {
    return reinterpret_cast<World**>(view.words)[lane];
  }
  static const Params& params_of(const void* params) { return *static_cast<const Params*>(params); }

  // ---- StateOps ----

  static void create(const LaneView& view, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) world(view, i) = new World(params_of(view.params));
  }
  static void destroy(const LaneView& view, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) delete world(view, i);
  }
  static std::size_t record_bytes(const void* params) { return Env::record_bytes(params_of(params)); }
  static void save(const LaneView& view, std::size_t lane, std::byte* record) {
    Env::save(*world(view, lane), params_of(view.params), record);
  }
  static bool load(const LaneView& view, std::size_t lane, const std::byte* record) {
    try {
      return Env::load(*world(view, lane), params_of(view.params), record);
    } catch (...) {
      return false;
    }
  }
  static bool is_record(const void* params, const std::byte* record) {
    struct Owner {
      World* const world;
      ~Owner() { delete world; }
    };
    const Owner probe{new World(params_of(params))};
    return Env::load(*probe.world, params_of(params), record);
  }
  static const void* whole(const LaneView& view, std::size_t lane) { return world(view, lane); }

  static constexpr StateOps state_ops{.word_bytes = sizeof(World*),
                                      .num_words = 1,
                                      .create = &create,
                                      .destroy = &destroy,
                                      .record_bytes = &record_bytes,
                                      .save = &save,
                                      .load = &load,
                                      .is_record = &is_record,
                                      .whole = &whole};

  // ---- Kernels ----

  static Step step_world(const LaneView& view, std::size_t lane, const typename Leaves::ActionRows& actions) {
    const auto action = Leaves::load_action(actions, lane);
    if constexpr (StepsWithDraws<Env>) {
      return Env::step(*world(view, lane), action.value, view.rngs[lane], params_of(view.params));
    } else {
      return Env::step(*world(view, lane), action.value, params_of(view.params));
    }
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* options,
                    bool /*is_first*/) {
    for (std::size_t i = 0; i < count; ++i) {
      Env::reset(*world(view, lanes[i]), view.rngs[lanes[i]], params_of(view.params),
                 *static_cast<const Options*>(options));
    }
  }
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    const auto rows = Leaves::action_rows(actions, 0);
    for (std::size_t i = 0; i < count; ++i) put(step_world(view, i, rows), rewards[i], terminated[i]);
  }
  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const auto rows = Leaves::action_rows(actions, 0);
    for (std::size_t i = 0; i < count; ++i) {
      put(step_world(view, lanes[i], rows), rewards[lanes[i]], terminated[lanes[i]]);
    }
  }
  static void put(const Step& result, double& reward, std::uint8_t& terminated) {
    reward = result.reward;
    terminated = result.terminated != 0 ? 1 : 0;
  }

  static void observe_world(const LaneView& view, std::size_t lane,
                            const typename Leaves::ObservationRows& rows, std::size_t row) {
    Leaves::write_observation(
        rows, row, [&](auto& out) { Env::observe(*world(view, lane), params_of(view.params), out); });
  }
  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    const auto rows = Leaves::observation_rows(observations);
    for (std::size_t i = 0; i < count; ++i) observe_world(view, i, rows, i);
  }
  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    const auto rows = Leaves::observation_rows(observations);
    for (std::size_t i = 0; i < count; ++i) observe_world(view, lanes[i], rows, i);
  }

  static void inform_world(const LaneView& view, std::size_t lane, const typename Leaves::InfoRows& rows,
                           std::size_t row) {
    Leaves::write_info(rows, row,
                       [&](auto& out) { Env::inform(*world(view, lane), params_of(view.params), out); });
  }
  static void inform(const LaneView& view, std::size_t count, LeafArrays infos) {
    const auto rows = Leaves::info_rows(infos);
    for (std::size_t i = 0; i < count; ++i) inform_world(view, i, rows, i);
  }
  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays infos) {
    const auto rows = Leaves::info_rows(infos);
    for (std::size_t i = 0; i < count; ++i) inform_world(view, lanes[i], rows, i);
  }

  static constexpr Kernels make_kernels() {
    Kernels kernels{.reset = &reset,
                    .step = &step,
                    .step_lanes = &step_lanes,
                    .observe = &observe,
                    .observe_lanes = &observe_lanes,
                    .tile_lanes = 1,
                    .may_throw = true};
    if constexpr (Informs<Env>) {
      kernels.inform = &inform;
      kernels.inform_lanes = &inform_lanes;
    }
    if constexpr (requires { Env::nanoseconds; }) kernels.nanoseconds = Env::nanoseconds;
    return kernels;
  }

  template <Isa>
  struct ForIsa {
    static constexpr Kernels table = make_kernels();
  };
};

// Fails to compile, with a sentence, where Env is not a task with a World.
template <class Env>
constexpr bool check_world() {
  using World = typename Env::World;
  using Params = typename Env::Params;
  static_assert(std::is_constructible_v<World, const Params&>,
                "a World needs a constructor World(const Params&)");
  static_assert(
      requires(World& world, const World& saved, const Params& params, std::byte* record,
               const std::byte* bytes) {
        { Env::record_bytes(params) } -> std::same_as<std::size_t>;
        Env::save(saved, params, record);
        { Env::load(world, params, bytes) } -> std::same_as<bool>;
      },
      "a task with a World needs static std::size_t record_bytes(const Params&), void save(const World&, "
      "const "
      "Params&, std::byte*) and bool load(World&, const Params&, const std::byte*)");
  static_assert(
      ResetsPlainly<Env>,
      "a task with a World needs static void reset(World&, Rng&, const Params&, const ResetOptions&)");
  static_assert(Env::info.num_variables == 0,
                "a World has no variables that users read and write as env.state");
  if constexpr (requires { Env::attributes(); }) {
    static_assert(
        [] {
          for (const Attribute& attribute : Env::attributes()) {
            if (attribute.set != nullptr) return false;
          }
          return true;
        }(),
        "the attributes of a World cannot be assigned");
  }
  return check_functions<Env>();
}

}  // namespace plyo
