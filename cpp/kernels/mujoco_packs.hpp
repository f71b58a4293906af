// Steps of many lanes of a MuJoCo task, in packs where the model has them: the pack takes the substeps, then the task's own
// step takes the results lane by lane.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lane_failures.hpp"
#include "mujoco_session.hpp"
#include "mujoco_shape.hpp"

namespace plyo {

// A task can be stepped in packs that has `reads(const Params&)`, a mujoco::PackReads: its step calls sim.act(),
// sim.simulate() and perhaps sim.compute_contact_forces(), once each.
template <class Env>
concept SteppedInPacks = requires(const typename Env::Params& params) { Env::reads(params); };

template <class Env>
class MujocoPacks {
  using Params = typename Env::Params;
  using Shape = MujocoShape<Env>;
  using Session = MujocoSession<Env>;
  using Run = mujoco::PackRun;

 public:
  // Steps the lanes. `actions` are by lane, and `done(lane, Step)` takes the result of one.
  template <class Done>
  static void step(const LaneView& view, const LaneIndex* lanes, std::size_t count, const float* actions,
                   LaneFailures& failures, const Done& done) {
    const mujoco::Model& model = *Shape::shared(view.params).model;
    const mujoco::Lanes& packs = *model.lanes();
    const bool has_callbacks = model.library().has_callbacks();
    const MujocoRow places = Shape::layout(view.params);
    std::vector<Run::Seat> waiting;
    waiting.reserve(count);
    mujoco::PackCounts left;
    for (std::size_t i = 0; i < count; ++i) {
      const LaneIndex lane = lanes[i];
      const double* const row = Shape::row_of(view, lane);
      const typename Shape::LaneParams own(view, lane);
      const std::int64_t num_substeps = (*own).frame_skip;
      const float* const action = actions + lane * places.action_size;
      const mujoco::OwnNumbers* const has_own = (*own).own_numbers;
      const double* const numbers = has_own == nullptr ? nullptr : has_own->in_packs;
      const bool takes_numbers = has_own == nullptr || numbers != nullptr;
      if (!has_callbacks && takes_numbers && packs.takes(row + places.now())) {
        const auto effort = static_cast<std::uint8_t>(row[places.effort()]);
        waiting.push_back({lane, num_substeps, row + places.now(), action, effort, numbers});
        continue;
      }
      ++left.escapes[has_callbacks    ? mujoco::PackCounts::kCallback
                     : !takes_numbers ? mujoco::PackCounts::kOwnNumbers
                                      : mujoco::PackCounts::kAppliedForces];
      left.by_mujoco += static_cast<std::uint64_t>(num_substeps);
      failures.guard(lane, [&] { done(lane, step_by_mujoco(Session(view, lane), action)); });
    }
    packs.add(left);
    Run::sort_by_substeps(waiting);
    for (std::size_t first = 0; first < waiting.size();) {
      first += step_alike(view, packs, waiting.data() + first, waiting.size() - first, failures, done);
    }
  }

  // Takes a step, or the rest of it, in an mjData.
  static Step step_by_mujoco(Session&& session, const float* action) {
    session.load();
    session.note(action);
    session.clear_warnings();
    mujoco::Writer infos = session.infos();
    const Step result = Env::step(session.sim(), action, session.params(), infos);
    session.count_warnings();
    session.keep(MujocoRow::kStepped);
    return result;
  }

 private:
  // Steps the first of the lanes that wait, and returns how many.
  template <class Done>
  static std::size_t step_alike(const LaneView& view, const mujoco::Lanes& packs, const Run::Seat* waiting,
                                std::size_t count, LaneFailures& failures, const Done& done) {
    std::size_t taken = 1;
    while (taken < count && waiting[taken].num_substeps == waiting[0].num_substeps) ++taken;
    if (packs.are_few(taken)) taken = 1;
    bool wants_contact_forces = false;
    for (std::size_t i = 0; i < taken; ++i) {
      wants_contact_forces |= Env::reads(*typename Shape::LaneParams(view, waiting[i].lane)).contact_forces;
    }
    Run run(packs, waiting, taken);
    const auto take = [&](std::uint32_t seat) {
      const auto lane = static_cast<LaneIndex>(waiting[seat].lane);
      const float* const action = waiting[seat].action;
      failures.guard(lane, [&] {
        done(lane, run.has_escaped(seat) ? step_by_mujoco(Session(view, lane, run, seat), action)
                                         : finish(view, lane, run, seat, action));
      });
    };
    while (run.next(wants_contact_forces)) std::for_each_n(run.present(), run.num_present(), take);
    std::for_each(run.gone().begin(), run.gone().end(), take);
    return taken;
  }

  // Lets the task take the step that the pack has computed.
  static Step finish(const LaneView& view, std::size_t lane, const Run& run, std::size_t seat,
                     const float* action) {
    double* const row = Shape::row_of(view, lane);
    const MujocoRow places = Shape::layout(view.params);
    const typename Shape::LaneParams own(view, lane);
    const Params& params = *own;
    const mujoco::Data data = run.open(seat, Env::reads(params));
    mujoco::Sim sim(*params.model, data, row + places.before(), row + places.memory(), run, seat);
    places.note(row, action);
    mujoco::Writer infos(row + places.info());
    const Step result = Env::step(sim, action, params, infos);
    if constexpr (requires { Env::remember(sim, params); }) Env::remember(sim, params);
    mujoco::Writer observation(row + places.observation());
    Env::observe(sim, params, observation);
    run.put_state(seat, row + places.now());
    row[places.effort()] = run.effort(seat);
    row[0] = MujocoRow::kStepped;
    return result;
  }
};

}  // namespace plyo
