// The third adapter: tasks whose physics MuJoCo computes. A lane is a row of numbers, and is stepped in one
// of the few mjData that the threads share: 1 KB a lane in place of 400.
//
//   template <int kVersion>
//   struct MyTask {
//     struct Params : mujoco::CommonParams { ... };                      // xml_file and frame_skip, then its own
//     static constexpr EnvInfo info{...};
//     static std::size_t memory_size(const Params&);                     // optional: numbers in sim.memory
//     static std::size_t observation_size(const Params&);                // numbers
//     static void reset(Sim&, Rng&, const Params&, Writer& infos);
//     static Step step(Sim&, const float* action, const Params&, Writer& infos);
//     static void observe(const Sim&, const Params&, Writer& out);
//   };
//   using MyTaskV5 = MyTask<5>;  // each of these is a task
//
// - `reset` writes all of qpos and qvel, of a simulation in its first state or later, and calls sim.forward().
//   `step` calls sim.act() and sim.simulate(), or similar functions of its own.
// - `infos` gets the values in the order of info.infos, an array's one after the other. A reset writes those
//   that it reports, which must be the first ones.
// - A Params has `model`, and an observation is one float64 Box. Its size and that of an action follow from
//   the model and the Params. A task with a Dict observation has `observation_space(const Params&)` too, and
//   `part_sizes(const Params&)`, a std::array of the parts' sizes; it writes the parts one after the other.
// - `info_size(std::size_t k, const Params&)`, if there is one, is the size of value k of info.infos, an array
//   whose size follows from the model; `info_dtype(k, const Params&)` is its type, if that depends on Params. If Params ask for it, the divergences come after these values.
// - What a step reads of the state before it, beyond positions and velocities, is kept in sim.memory: another
//   lane may have used the mjData meanwhile. `remember(Sim&, const Params&)`, if there is one, writes it
//   after resets and steps.
// - `attributes()`, if there is one, returns an AttributeList; memory(params, state) is sim.memory there.
// - `set_up(const Model&, const Data&, const Params&)`, if there is one, returns the numbers that are
//   computed once a model: model.setup().
// - `kFewest`, a mujoco::Fewest, says what the task reads of any model: one with less is refused.
// - `kObservesSensors`, if it is there and true: observations have sensordata, which is not computed else.
// - `kResetsFromPrevious`, if it is there: a reset begins where the lane is, in its first state if it was never
//   reset. It is then `reset(Sim&, Rng&, const Params&, Writer&, bool was_reset)`.
// - `kGoal`, if it is there, is the size of a goal: it comes first in sim.memory and last in an observation.
// - `reads(const Params&)`, if there is one, says what a step reads that packs of lanes compute (MujocoPacks).
// - An error of MuJoCo in a lane is an exception, and the other lanes are as they should be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lane_failures.hpp"
#include "make_task_ops.hpp"
#include "mujoco_packs.hpp"
#include "mujoco_reports.hpp"
#include "mujoco_session.hpp"
#include "mujoco_shape.hpp"
#include "task_build.hpp"

namespace plyo {

template <class Env>
struct MujocoKernels {
  using Params = typename Env::Params;
  using Options = NoResetOptions;
  using Sim = mujoco::Sim;
  using Writer = mujoco::Writer;
  using Shape = MujocoShape<Env>;
  using Reports = MujocoReports<Env>;
  using Session = MujocoSession<Env>;
  using LaneParams = typename Shape::LaneParams;

  static constexpr std::size_t goal_size() {
    if constexpr (requires { Env::kGoal; }) return Env::kGoal;
    return 0;
  }
  // Robots draw a goal with it.
  static constexpr bool kDrawsStart = goal_size() == 0;

  // ---- StateOps ----

  static void create(const LaneView& view, std::size_t count) {
    const std::size_t size = Shape::layout(view.params).effort() + 1;
    for (std::size_t i = 0; i < count; ++i) {
      double* const row = new double[size]();
      row[1] = static_cast<double>(Shape::shared(view.params).model->library().version());
      Shape::row_of(view, i) = row;
    }
  }
  static void destroy(const LaneView& view, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) delete[] Shape::row_of(view, i);
  }
  static std::size_t record_bytes(const void* params) {
    return Shape::layout(params).size() * sizeof(double);
  }
  static void save(const LaneView& view, std::size_t lane, std::byte* record) {
    if (Shape::shared(view.params).model->is_live() && *Shape::row_of(view, lane) != MujocoRow::kNever) {
      Session(view, lane).take_over();
    }
    std::memcpy(record, Shape::row_of(view, lane), record_bytes(view.params));
  }
  static bool load(const LaneView& view, std::size_t lane, const std::byte* record) {
    double* const row = Shape::row_of(view, lane);
    std::memcpy(row, record, record_bytes(view.params));
    const mujoco::Model& model = *Shape::shared(view.params).model;
    try {
      if (model.is_live() && row[0] != MujocoRow::kNever) reproduce(view, lane, &model);
      return true;
    } catch (const std::exception&) {
      row[0] = MujocoRow::kNever;
      return false;
    }
  }
  // Throws std::invalid_argument for a state of another version of MuJoCo, which may have other parts.
  static bool is_record(const void* params, const std::byte* record) {
    double kind = 0, version = 0;
    std::memcpy(&kind, record, sizeof(kind));
    std::memcpy(&version, record + sizeof(kind), sizeof(version));
    const int present = Shape::shared(params).model->library().version();
    if (version != present) {
      char words[128];
      std::snprintf(words, sizeof(words),
                    "set_state: the state is of MuJoCo %.8g (mj_version()), the installed one is %d", version,
                    present);
      throw std::invalid_argument(words);
    }
    return kind == MujocoRow::kNever || kind == MujocoRow::kReset || kind == MujocoRow::kStepped;
  }
  static const void* whole(const LaneView& view, std::size_t lane) { return Shape::row_of(view, lane); }

  static constexpr StateOps state_ops{.word_bytes = sizeof(double*),
                                      .num_words = 1,
                                      .create = &create,
                                      .destroy = &destroy,
                                      .outlives_params = true,
                                      .record_bytes = &record_bytes,
                                      .save = &save,
                                      .load = &load,
                                      .is_record = &is_record,
                                      .whole = &whole};

  // ---- TaskOps ----

  static void bind(void* params, const void* resource) {
    Params& own = *static_cast<Params*>(params);
    own.model = static_cast<const mujoco::Model*>(resource);
    mujoco::Fewest fewest;
    if constexpr (requires { Env::kFewest; }) fewest = Env::kFewest;
    own.model->check_has(fewest);
    set_up(own);
  }
  // Computes what a task knows of a model, if nobody has yet.
  static void set_up(const Params& params) {
    static_cast<void>(params);
    if constexpr (requires { &Env::set_up; }) {
      const mujoco::Model::Lease lease(*params.model);
      const mujoco::Guard guard;
      params.model->set_up_once([&] { return Env::set_up(*params.model, lease.data(), params); });
    }
  }
  static RewardType reward_type(const void* params) {
    static_cast<void>(params);
    if constexpr (requires(const Params& p) { Env::reward_type(p); }) {
      return Env::reward_type(Shape::shared(params));
    } else {
      return Env::info.reward_type;
    }
  }
  static Text check_params(const void* params) {
    if (Shape::shared(params).frame_skip < 1) return "frame_skip ({frame_skip}) must be at least 1.";
    if constexpr (requires(const Params& own) { own.reset_noise_scale; }) {
      if (Shape::shared(params).reset_noise_scale < 0) {
        return "reset_noise_scale ({reset_noise_scale}) must not be negative.";
      }
    }
    if constexpr (Checks<Env, Params>) return Env::check(Shape::shared(params));
    return {};
  }

  // The numbers of a lane come after its Params, in words.
  static const double* numbers_of(const void* params) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    constexpr std::size_t kBytes = (sizeof(Params) + kWord - 1) / kWord * kWord;
    return reinterpret_cast<const double*>(static_cast<const std::byte*>(params) + kBytes);
  }
  // A live model has numbers that are no longer the usual ones, so that it is given these too.
  static std::size_t table_bytes(const void* params) {
    const mujoco::Model& model = *Shape::shared(params).model;
    if (!model.is_live() && model.numbers().are_usual(numbers_of(params))) return 0;
    const std::size_t num_in_packs = model.lanes() == nullptr ? 0 : model.lanes()->num_own();
    return model.numbers().bytes() + num_in_packs * sizeof(double);
  }
  static void make_table(void* params, void* memory) {
    Params& own = *static_cast<Params*>(params);
    own.own_numbers = nullptr;
    if (table_bytes(params) == 0) return;
    const mujoco::Model& model = *own.model;
    mujoco::OwnNumbers* const made =
        model.numbers().make(model.raw(), model.is_live(), numbers_of(params), memory);
    if (model.lanes() != nullptr) {
      std::byte* const rest = static_cast<std::byte*>(memory) + model.numbers().bytes();
      made->in_packs = model.lanes()->prepare(made->begin(), reinterpret_cast<double*>(rest));
    }
    own.own_numbers = made;
  }

  static constexpr TaskOps make_task_ops() {
    TaskOps ops{};
    ops.params_bytes = sizeof(Params);
    ops.table_bytes = &table_bytes;
    ops.make_table = &make_table;
    ops.reset_options_bytes = sizeof(Options);
    ops.init_params = [](void* params) { new (params) Params{}; };
    ops.init_reset_options = [](void* options) { new (options) Options{}; };
    ops.check_params = &check_params;
    ops.check_reset_options = [](const void*) -> Text { return {}; };
    ops.observation_space = &Shape::observation_space;
    ops.action_space = &Shape::action_space;
    ops.reward_type = &reward_type;
    ops.infos = &Shape::infos;
    if constexpr (requires { Env::attributes(); }) ops.attributes = Env::attributes();
    ops.needs = "mujoco";
    if constexpr (SteppedInPacks<Env>) ops.adapt = &adapt;
    if constexpr (requires { Env::kObservesSensors; }) ops.observes_sensors = Env::kObservesSensors;
    ops.bind = &bind;
    ops.file = [](const void* params) { return Shape::shared(params).xml_file; };
    return ops;
  }

  // ---- Kernels ----

  static void reset_lane(const LaneView& view, std::size_t lane) {
    Session session(view, lane);
    double* const row = session.row();
    const bool was_reset = row[0] != MujocoRow::kNever;
    std::memset(row + session.places().info(), 0, session.places().info_size * sizeof(double));
    row[2] = 0;
    Writer infos = session.infos();
    if constexpr (requires { Env::kResetsFromPrevious; }) {
      if (was_reset) session.load();
      Env::reset(session.sim(), view.rngs[lane], session.params(), infos, was_reset);
    } else {
      session.sim().begin();
      Env::reset(session.sim(), view.rngs[lane], session.params(), infos);
    }
    session.keep(MujocoRow::kReset);
  }

  // Observes once more, in the mjData that the user writes.
  static void look_again(const LaneView& view, std::size_t lane) {
    if (!Shape::shared(view.params).model->is_live()) return;
    Session session(view, lane);
    session.take_over();
    session.observe();
  }
  // Draws positions and velocities as a reset does, and leaves all else as it is.
  static void draw_start(const LaneView& view, std::size_t lane) {
    Session session(view, lane);
    session.load();
    std::vector<double> unused(session.places().info_size);
    Writer infos(unused.data());
    if constexpr (kDrawsStart) Env::reset(session.sim(), view.rngs[lane], session.params(), infos);
    session.keep(MujocoRow::kReset);
  }
  // The goal is the beginning of a task's memory, and the end of its observation.
  static void set_goal(const LaneView& view, std::size_t lane, const double* goal) {
    double* const row = Shape::row_of(view, lane);
    const MujocoRow places = Shape::layout(view.params);
    std::copy_n(goal, goal_size(), row + places.memory());
    std::copy_n(goal, goal_size(), row + places.info() - goal_size());
  }

  // Makes mjData as it was after the last reset or step, in the model at `where`, whose bits are the same.
  static void reproduce(const LaneView& view, std::size_t lane, const void* where) {
    const auto& model = *static_cast<const mujoco::Model*>(where);
    const MujocoRow places = Shape::layout(view.params);
    std::vector<double> row(Shape::row_of(view, lane), Shape::row_of(view, lane) + places.size());
    const LaneParams own(view, lane);
    Params params = *own;
    params.model = &model;
    params.own_numbers = nullptr;  // which the other model has
    const mujoco::Model::Lease lease(model);
    const mujoco::Guard guard;
    // which takes a while, and whose bits are the same as well
    if constexpr (requires { &Env::set_up; }) model.set_up_once([&] { return (*own).model->setup(); });
    try {
      repeat(model, lease.data(), params, row.data(), places);
    } catch (...) {
      // an exception has left a frame on MuJoCo's stack
      model.library().reset_data(model.raw(), lease.data().raw);
      throw;
    }
    // a model that the user has changed may have come to another one
    model.library().set_state(model.raw(), lease.data().raw, row.data() + places.now(),
                              model.state_signature());
  }
  // Takes the last step of a row, or the last evaluation of its reset, in an mjData.
  static void repeat(const mujoco::Model& model, const mujoco::Data& data, const Params& params, double* row,
                     const MujocoRow& places) {
    Sim sim(model, data, row + places.before(), row + places.memory_before());
    model.library().set_state(model.raw(), data.raw, row + places.before(), model.state_signature());
    if (row[0] == MujocoRow::kStepped) {
      std::vector<float> action(places.action_size);
      for (std::size_t i = 0; i < action.size(); ++i)
        action[i] = static_cast<float>(row[places.action() + i]);
      Writer infos(row + places.info());
      Env::step(sim, action.data(), params, infos);
      sim.compute_contact_forces();
    } else {
      std::fill(data.cfrc_ext.begin(), data.cfrc_ext.end(), 0.0);
      sim.forward();
    }
  }

  static void reset(const LaneView& view, const LaneIndex* lanes, std::size_t count, const void* /*options*/,
                    bool /*is_first*/) {
    LaneFailures failures;
    for (std::size_t i = 0; i < count; ++i) failures.guard(lanes[i], [&] { reset_lane(view, lanes[i]); });
    std::move(failures).raise();
  }
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    LaneIndex lanes[kMaxTileLanes];
    for (std::size_t i = 0; i < count; ++i) lanes[i] = static_cast<LaneIndex>(i);
    step_lanes(view, lanes, count, actions, rewards, terminated);
  }
  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    const auto done = [&](LaneIndex lane, const Step& result) {
      rewards[lane] = result.reward;
      terminated[lane] = result.terminated != 0 ? 1 : 0;
    };
    const auto* const all = static_cast<const float*>(actions[0]);
    LaneFailures failures;
    for (std::size_t i = 0; i < count; ++i) done(lanes[i], {});
    if constexpr (SteppedInPacks<Env>) {
      if (Shape::shared(view.params).model->lanes() != nullptr) {
        MujocoPacks<Env>::step(view, lanes, count, all, failures, done);
        return std::move(failures).raise();
      }
    }
    const std::size_t size = Shape::action_size(Shape::shared(view.params));
    for (std::size_t i = 0; i < count; ++i) {
      failures.guard(lanes[i], [&] {
        done(lanes[i], MujocoPacks<Env>::step_by_mujoco(Session(view, lanes[i]), all + lanes[i] * size));
      });
    }
    std::move(failures).raise();
  }

  // Packs want tiles of many lanes, threads a few tiles each. Without contacts all lanes are much the same work, so that
  // packs want fewer; and little, so that threads, which begin one after the other, want more tiles to share out.
  static void adapt(const void* resource, std::size_t num_lanes, int num_threads, Kernels& kernels) {
    const mujoco::Lanes* const lanes = static_cast<const mujoco::Model*>(resource)->lanes();
    if (lanes == nullptr) return;
    constexpr std::size_t kMostLanes = 128;
    const std::size_t tiles_of_thread = lanes->model().floor_geoms.empty() && num_threads > 1 ? 8 : 4;
    const std::size_t share = num_lanes / (tiles_of_thread * static_cast<std::size_t>(num_threads));
    kernels.tile_lanes =
        std::min(kMostLanes, std::max(kLaneUnit, (share + kLaneUnit - 1) / kLaneUnit * kLaneUnit));
    kernels.nanoseconds = 4000;
  }

  static constexpr TaskOps task_ops = make_task_ops();
  static constexpr Kernels kKernels{.reset = &reset,
                                    .step = &step,
                                    .step_lanes = &step_lanes,
                                    .observe = &Reports::observe,
                                    .observe_lanes = &Reports::observe_lanes,
                                    .inform = &Reports::inform,
                                    .inform_lanes = &Reports::inform_lanes,
                                    .reproduce = &reproduce,
                                    .look_again = &look_again,
                                    .draw_start = kDrawsStart ? &draw_start : nullptr,
                                    .set_goal = &set_goal,
                                    .goal_size = goal_size(),
                                    .tile_lanes = 1,
                                    .nanoseconds = 20000,
                                    .knows_lane_params = true,
                                    .may_throw = true};
  static constexpr TaskBuild kBuild{
      .info = &Env::info, .task = &task_ops, .state = &state_ops, .kernels = {{&kKernels, nullptr, nullptr}}};
};

}  // namespace plyo
