// The fourth adapter: tasks of rigid bodies in the plane, whose lanes are solved together, one in each place of a
// vector register.
//
//   struct MyTask {
//     using Scene = MyScene;                        // physics2d/world.hpp says what a scene is
//     struct State { physics2d::World<Scene> world; ... };               // a plain value without padding
//     struct Command { ... };                       // what an action asks for
//     struct Listener { State& state; begin(...); end(...); };           // of contacts
//     static Command command(ConstLeafArrays actions, std::size_t lane, const Params&);
//     static physics2d::StepRules rules(const State&);
//     static void act(State&, const Command&, Rng&, const Params&);      // before the world's step
//     static Step judge(State&, const Command&, const Params&);          // after it
//     static void reset(State&, Rng&, const Params&, const ResetOptions&);
//     static void observe(const State&, const Params&, Observation&);
//     static void fetch(const State&);              // optional: brings what act() reads and writes into the cache
//     static constexpr TaskBuild task_build() { return Physics2dTask<MyTask, kReferenceMath>::build(); }
//     ...
//   };
//
// Params, Observation, info, checks and most optional members are as in core/environment.hpp; there is no `step`.
// A reset that ends with a step of its own calls `Physics2dTask<...>::step_alone`.
//
// In a step every lane acts and finds its contacts; the lanes are sorted by the contacts of their bodies and
// packed; the velocity iterations of a pack are one call of a kernel for the instruction set; then every lane
// moves. Where a Scene has `static const ByIsa<PositionKernels>& position_kernels()`, lanes whose places need
// more than a few corrections are packed for them, too. A pack changes no bit of a lane, so neighbours and instruction sets do not matter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../lanes/packing.hpp"
#include "../physics2d/collide_edge.hpp"
#include "../physics2d/place_packing.hpp"
#include "../physics2d/stepper.hpp"
#include "make_task.hpp"

namespace plyo {

namespace physics2d {

// The rotation of a build: with the platform's libm, or with one result everywhere.
template <bool kReferenceMath>
inline constexpr RotationOf kRotation = kReferenceMath ? &platform_rotation : &own_rotation;

}  // namespace physics2d

// The numbers of bodies and joints for attributes, one body or joint after the other. They stay until the thread
// asks for those of another world.
template <class Scene>
Numbers physics2d_bodies(const physics2d::World<Scene>& world) {
  constexpr std::size_t kPerBody = 11;
  thread_local double numbers[Scene::kBodies * kPerBody];
  double* out = numbers;
  for (std::size_t b = 0; b < Scene::kBodies; ++b) {
    const physics2d::Body& body = world.bodies[b];
    const physics2d::BodyPlan& plan = Scene::blueprint().bodies[b];
    const physics2d::Vec2 center = plan.local_center;
    const float inertia = plan.inertia + plan.mass * physics2d::dot(center, center);
    for (const float number :
         {body.transform.p.x, body.transform.p.y, body.sweep.a, body.velocity.x, body.velocity.y, body.spin,
          body.awake != 0 ? 1.0F : 0.0F, body.sweep.c.x, body.sweep.c.y, plan.mass, inertia}) {
      *out++ = static_cast<double>(number);
    }
  }
  return {{numbers, Scene::kBodies * kPerBody}};
}
template <class Scene>
Numbers physics2d_joints(const physics2d::World<Scene>& world) {
  constexpr std::size_t kPerJoint = 6;
  thread_local double numbers[Scene::kJoints * kPerJoint];
  double* out = numbers;
  for (std::uint32_t j = 0; j < Scene::kJoints; ++j) {
    const physics2d::Joint& joint = world.joints[j];
    const physics2d::JointPlan& plan = Scene::blueprint().joints[j];
    for (const float number : {world.joint_angle(j), world.joint_speed(j), joint.motor_speed,
                               joint.max_torque, plan.lower_angle, plan.upper_angle}) {
      *out++ = static_cast<double>(number);
    }
  }
  return {{numbers, Scene::kJoints * kPerJoint}};
}

template <class Env, bool kReferenceMath>
struct Physics2dTask {
  using State = typename Env::State;
  using Params = typename Env::Params;
  using Command = typename Env::Command;
  using Scene = typename Env::Scene;
  using Batch = BatchKernels<Env>;
  static constexpr physics2d::RotationOf kRotationOf = physics2d::kRotation<kReferenceMath>;
  using Stepper = physics2d::Stepper<Scene, kRotationOf>;
  using Island = physics2d::Island<Scene>;

  static_assert(!IsWorld<Env>, "a type named World is that of tasks whose state is an object");
  static_assert(HasNoPadding<State>, "State must have no padding: snapshots compare its bytes");
  static_assert(LayoutOf<Env>::kNumWords == 1, "State is kept in one piece");

  // One lane's step, without its neighbours.
  static Step step_alone(State& state, const Command& command, Rng& rng, const Params& params) {
    Env::act(state, command, rng, params);
    typename Env::Listener listener{state};
    Stepper::step(state.world, Env::rules(state), listener);
    return Env::judge(state, command, params);
  }

  // ---- kernels ----

  // The fewest lanes for which a pack is quicker than one after the other.
  static constexpr std::size_t kFewest = 3;

  // Whether places are corrected in packs, and the iterations before a lane is worth it.
  static constexpr bool kPlacesInPacks = requires { Scene::position_kernels(); };
  static constexpr std::size_t kFirstCorrections = 3;

  // The iterations after an impact before a lane waits for others, and how many wait.
  static constexpr std::size_t kImpactPatience = 32;
  static constexpr std::size_t kMostImpacts = 2 * lanes::kMaxLanes;

  // A call's lanes: entry i is lane `at(i)` of the view.
  struct Lanes {
    const LaneIndex* list;  // null: all of them
    std::size_t count;
    std::size_t at(std::size_t i) const { return list == nullptr ? i : list[i]; }
  };
  struct Outputs {
    double* rewards;
    std::uint8_t* terminated;
  };

  // What a step keeps of its lanes.
  struct Work {
    Island islands[kMaxTileLanes];
    Command commands[kMaxTileLanes];
    // lanes to be packed, by their work, and those that are solved alone
    std::size_t num_packed, num_alone;
    std::uint16_t packed[kMaxTileLanes], order[kMaxTileLanes], alone[kMaxTileLanes];
    std::uint32_t work_of[kMaxTileLanes];
    std::uint64_t sorting[kMaxTileLanes];
    // lanes that have moved and wait for the correction of their places
    std::size_t num_waiting;
    std::uint16_t waiting[kPlacesInPacks ? kMaxTileLanes : 1];
    physics2d::Placement places[kPlacesInPacks ? kMaxTileLanes : 1][Scene::kBodies];
    // lanes that wait for their contacts after an impact to be solved
    std::size_t num_impacts;
    std::uint16_t hit[kMostImpacts];
    physics2d::ImpactProgress<Scene> impacts[kMostImpacts];
  };

  template <class Source>
  struct Call {
    const LaneView& view;
    const Source& params;
    Lanes lanes;
    Outputs out;
    Work& work;
    const physics2d::VelocityKernels& kernels;
    const physics2d::PositionKernels* places;  // null where places are corrected lane by lane

    State& state(std::size_t entry) const { return reinterpret_cast<State*>(view.words)[lanes.at(entry)]; }

    void begin(std::size_t entry, ConstLeafArrays actions) {
      const std::size_t lane = lanes.at(entry);
      const auto& own = params.at(lane);
      State& s = state(entry);
      work.commands[entry] = Env::command(actions, lane, own);
      Env::act(s, work.commands[entry], view.rngs[lane], own);
      typename Env::Listener listener{s};
      Island& island = work.islands[entry];
      Stepper::begin(s.world, island, listener);
      if (island.num_bodies > 0 && Stepper::is_usual(island)) {
        work.work_of[work.num_packed] = physics2d::work_of(s.world, island);
        work.packed[work.num_packed++] = static_cast<std::uint16_t>(entry);
      } else {
        work.alone[work.num_alone++] = static_cast<std::uint16_t>(entry);
      }
    }

    void end(std::size_t entry) {
      State& s = state(entry);
      typename Env::Listener listener{s};
      auto& progress = work.impacts[work.num_impacts];
      if (Stepper::begin_impacts(s.world, Env::rules(s), listener, progress, patience(s))) {
        return conclude(entry);
      }
      work.hit[work.num_impacts++] = static_cast<std::uint16_t>(entry);
      if (work.num_impacts == kMostImpacts) solve_impacts();
    }
    // Few lanes wait for no others.
    std::size_t patience(const State& s) const {
      return lanes.count < lanes::kMaxLanes ? Env::rules(s).velocity_iterations : kImpactPatience;
    }

    // Solves the contacts of all lanes that wait after an impact, and ends their steps.
    void solve_impacts() {
      while (work.num_impacts > 0) {
        const std::size_t count = work.num_impacts < kernels.width ? work.num_impacts : kernels.width;
        physics2d::solve_waiting<Scene>(kernels, count,
                                        [&](std::size_t i) -> auto& { return work.impacts[i]; });
        for (std::size_t i = count; i-- > 0;) {
          const std::size_t entry = work.hit[i];
          State& s = state(entry);
          typename Env::Listener listener{s};
          auto& progress = work.impacts[i];
          if (!Stepper::continue_impacts(s.world, Env::rules(s), listener, progress, patience(s))) continue;
          conclude(entry);
          --work.num_impacts;
          work.hit[i] = work.hit[work.num_impacts];
          if (i < work.num_impacts) progress = work.impacts[work.num_impacts];
        }
      }
    }

    void conclude(std::size_t entry) {
      const std::size_t lane = lanes.at(entry);
      const auto& own = params.at(lane);
      State& s = state(entry);
      Stepper::conclude(s.world, Env::rules(s));
      const Step result = Env::judge(s, work.commands[entry], own);
      out.rewards[lane] = result.reward;
      out.terminated[lane] = result.terminated != 0 ? 1 : 0;
    }

    void solve_alone(std::size_t entry) {
      const Island& island = work.islands[entry];
      if (island.num_bodies > 0) {
        State& s = state(entry);
        typename Env::Listener listener{s};
        Stepper::step_island(s.world, island, Env::rules(s), listener);
      }
      end(entry);
    }

    // Solves lanes from the first on, as many as fit together of `count`. Returns how many.
    std::size_t solve_pack(const std::uint16_t* entries, std::size_t count) {
      constexpr std::size_t kMost =
          physics2d::pack::contact_at(Scene::kLinkage, physics2d::kMaxPackedContacts);
      alignas(lanes::kPackAlignment) float numbers[kMost * lanes::kMaxLanes];
      typename Stepper::Slots slots;
      count = physics2d::take_lanes(count, slots, [&](std::size_t i) {
        return Stepper::Slots::of(state(entries[i]).world, work.islands[entries[i]]);
      });
      physics2d::PackShape shape = slots.shape();
      const std::size_t width = kernels.width;
      std::size_t iterations = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const physics2d::StepRules rules = Env::rules(state(entries[i]));
        iterations = rules.velocity_iterations;
        Stepper::set_up(state(entries[i]).world, work.islands[entries[i]], rules, slots,
                        {numbers + i, width});
      }
      const std::size_t used = physics2d::pack::contact_at(Scene::kLinkage, shape.num_contacts);
      for (std::size_t i = count; i < width; ++i) {
        for (std::size_t k = 0; k < used; ++k) numbers[k * width + i] = 0.0F;
      }
      constexpr std::size_t kFirst = physics2d::pack::contact_at(Scene::kLinkage, 0);
      physics2d::find_points(numbers + (kFirst + physics2d::pack::kNumPoints) * width,
                             physics2d::pack::kContactNumbers * width, count, shape);
      kernels.solve(numbers, shape, iterations);
      finish(entries, count, slots, numbers);
      return count;
    }

    // What follows the velocity iterations of the lanes of a pack, now or in correct_waiting().
    void finish(const std::uint16_t* entries, std::size_t count, const typename Stepper::Slots& slots,
                float* numbers) {
      if constexpr (kPlacesInPacks) {
        auto* const moved = work.places + work.num_waiting;
        physics2d::Misplaced<Scene> together[lanes::kMaxLanes];
        for (std::size_t i = 0; i < count; ++i) {
          State& s = state(entries[i]);
          const Island& island = work.islands[entries[i]];
          Stepper::move(s.world, island, Env::rules(s), slots, numbers_of(numbers, i), moved[i]);
          together[i] = {&s.world, &island, moved[i]};
        }
        correct(together, count, kFirstCorrections);
        for (std::size_t i = 0; i < count; ++i) {
          if (together[i].solved) {
            settle(entries[i], moved[i], true);
            end(entries[i]);
          } else {
            std::copy(moved[i], moved[i] + Scene::kBodies, work.places[work.num_waiting]);
            work.waiting[work.num_waiting++] = entries[i];
          }
        }
      } else {
        for (std::size_t i = 0; i < count; ++i) {
          State& s = state(entries[i]);
          typename Env::Listener listener{s};
          Stepper::finish(s.world, work.islands[entries[i]], Env::rules(s), slots, numbers_of(numbers, i),
                          listener);
          end(entries[i]);
        }
      }
    }

    void settle(std::size_t entry, physics2d::Placement (&corrected)[Scene::kBodies], bool solved) const {
      State& s = state(entry);
      typename Env::Listener listener{s};
      Stepper::settle(s.world, Env::rules(s), corrected, solved, listener);
    }

    // The numbers of a lane in a pack.
    physics2d::LaneNumbers numbers_of(float* numbers, std::size_t i) const {
      return {numbers + i, kernels.width};
    }

    void correct(physics2d::Misplaced<Scene>* together, std::size_t count, std::size_t iterations) const {
      for (std::size_t first = 0; first < count;) {
        first +=
            physics2d::correct_together<kRotationOf>(*places, together + first, count - first, iterations);
      }
    }

    // Corrects the places of all waiting lanes, and ends their steps.
    void correct_waiting() {
      physics2d::Misplaced<Scene> together[lanes::kMaxLanes];
      for (std::size_t next = 0; next < work.num_waiting;) {
        const std::size_t rest = work.num_waiting - next;
        const std::size_t count = rest < places->width ? rest : places->width;
        std::size_t iterations = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t entry = work.waiting[next + i];
          iterations = Env::rules(state(entry)).position_iterations - kFirstCorrections;
          together[i] = {&state(entry).world, &work.islands[entry], work.places[next + i]};
        }
        correct(together, count, iterations);
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t entry = work.waiting[next + i];
          settle(entry, work.places[next + i], together[i].solved);
          end(entry);
        }
        next += count;
      }
    }
  };

  // Brings what begin() reads of a lane into the cache.
  static void fetch([[maybe_unused]] const State& s) {
#if defined(__GNUC__) || defined(__clang__)
    constexpr std::size_t kLine = 64, kContacts = 16;
    constexpr std::size_t kBytes =
        offsetof(physics2d::World<Scene>, contacts) + kContacts * sizeof(physics2d::Contact);
    const auto* const at = reinterpret_cast<const std::byte*>(&s.world);
    for (std::size_t i = 0; i < kBytes && i < sizeof(State); i += kLine) __builtin_prefetch(at + i);
#endif
    if constexpr (requires { Env::fetch(s); }) Env::fetch(s);
  }

  static void step_entries(Isa isa, const LaneView& view, const Lanes& lanes, ConstLeafArrays actions,
                           const Outputs& out) {
    const physics2d::VelocityKernels& kernels = *Scene::velocity_kernels().find(isa);
    const physics2d::PositionKernels* places = nullptr;
    if constexpr (kPlacesInPacks) places = Scene::position_kernels().find(isa);
    thread_local Work work;  // large, and not to be written for each call
    work.num_waiting = work.num_packed = work.num_alone = work.num_impacts = 0;
    Batch::with_params(view, [&](const auto& params) {
      Call<std::remove_cvref_t<decltype(params)>> call{view, params, lanes, out, work, kernels, places};
      for (std::size_t i = 0; i < lanes.count; ++i) {
        if (i + 1 < lanes.count) fetch(call.state(i + 1));
        call.begin(i, actions);
      }
      for (std::size_t i = 0; i < work.num_alone; ++i) call.solve_alone(work.alone[i]);
      lanes::sort_by_any_work(work.work_of, work.num_packed, work.sorting, work.order);
      for (std::size_t i = 0; i < work.num_packed; ++i) work.order[i] = work.packed[work.order[i]];
      for (std::size_t next = 0; next < work.num_packed;) {
        const std::size_t rest = work.num_packed - next;
        const std::size_t count = rest < kernels.width ? rest : kernels.width;
        if (count < kFewest) {
          for (std::size_t i = 0; i < count; ++i) call.solve_alone(work.order[next + i]);
          next += count;
        } else {
          next += call.solve_pack(work.order + next, count);
        }
      }
      if constexpr (kPlacesInPacks) call.correct_waiting();
      call.solve_impacts();
    });
  }

  template <Isa kIsa>
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    step_entries(kIsa, view, {nullptr, count}, actions, {rewards, terminated});
  }
  template <Isa kIsa>
  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    step_entries(kIsa, view, {lanes, count}, actions, {rewards, terminated});
  }

  template <Isa kIsa>
  struct ForIsa {
    static constexpr Kernels table = [] {
      Kernels kernels{.reset = &Batch::reset,
                      .step = &step<kIsa>,
                      .step_lanes = &step_lanes<kIsa>,
                      .observe = &Batch::observe,
                      .observe_lanes = &Batch::observe_lanes,
                      .nanoseconds = Env::nanoseconds,
                      .knows_lane_params = true};
      if constexpr (requires { Env::kTileLanes; }) kernels.tile_lanes = Env::kTileLanes;
      if constexpr (Informs<Env>) {
        kernels.inform = &Batch::inform;
        kernels.inform_lanes = &Batch::inform_lanes;
      }
      return kernels;
    }();
  };

  // ---- tables ----

  static constexpr TaskOps task_ops = [] {
    TaskOps ops = make_task_ops<Env>();
    ops.may_step_idly = false;
    return ops;
  }();
  static constexpr StateOps state_ops = ValueTask<Env>::make_state_ops();

  static constexpr TaskBuild build() {
    return {
        .info = &Env::info, .task = &task_ops, .state = &state_ops, .kernels = every_isa<Kernels, ForIsa>()};
  }
};

}  // namespace plyo
