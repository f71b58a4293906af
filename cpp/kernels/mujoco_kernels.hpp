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
// - `reset` writes qpos and qvel of a simulation in its first state and calls sim.forward(). `step` calls
//   sim.act() and sim.simulate(), or similar functions of its own.
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
// - An error of MuJoCo in a lane is an exception, and the other lanes are as they should be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "../core/environment.hpp"
#include "../mujoco/sim.hpp"
#include "make_task_ops.hpp"
#include "task_build.hpp"

namespace plyo {

// The place of everything in a lane's row of doubles.
struct MujocoRow {
  // The first number of a row: how the lane came to its state.
  static constexpr double kNever = 0, kReset = 1, kStepped = 2;

  std::size_t num_state, action_size, memory_size, observation_size, info_size;

  // The kind, the version of MuJoCo, the divergences since the reset; then the arrays. The state and the task's
  // memory before the last step and its action, or before the last evaluation of a reset, make mjData as it was
  // after it.
  static constexpr std::size_t kHeader = 3;
  std::size_t before() const { return kHeader; }
  std::size_t memory_before() const { return before() + num_state; }
  std::size_t action() const { return memory_before() + memory_size; }
  std::size_t now() const { return action() + action_size; }
  std::size_t memory() const { return now() + num_state; }
  std::size_t observation() const { return memory() + memory_size; }
  std::size_t info() const { return observation() + observation_size; }
  std::size_t size() const { return info() + info_size; }
};

template <class Env>
struct MujocoKernels {
  using Params = typename Env::Params;
  using Options = NoResetOptions;
  using Sim = mujoco::Sim;
  using Writer = mujoco::Writer;

  static double*& row_of(const LaneView& view, std::size_t lane) {
    return reinterpret_cast<double**>(view.words)[lane];
  }
  static const Params& shared(const void* params) { return *static_cast<const Params*>(params); }

  // The Params of one lane, which may have its own numbers.
  class LaneParams {
   public:
    LaneParams(const LaneView& view, std::size_t lane) : shared_(static_cast<const Params*>(view.params)) {
      if (view.lane_params == nullptr) return;
      constexpr std::size_t kNumWords = (sizeof(Params) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
      std::uint64_t words[kNumWords];
      for (std::size_t w = 0; w < kNumWords; ++w) words[w] = view.lane_params[w * view.params_stride + lane];
      std::memcpy(static_cast<void*>(&own_), words, sizeof(Params));
      shared_ = &own_;
    }
    LaneParams(const LaneParams&) = delete;
    LaneParams& operator=(const LaneParams&) = delete;
    const Params& operator*() const { return *shared_; }

   private:
    Params own_;
    const Params* shared_;
  };

  static SpaceInfo observation_space(const void* params) {
    const Params& own = shared(params);
    if (own.model == nullptr) return Env::info.observation;
    if constexpr (requires { Env::observation_space(own); }) {
      return Env::observation_space(own);
    } else {
      return box_of(DType::kFloat64, Env::observation_size(own));
    }
  }
  static SpaceInfo action_space(const void* params) {
    const Params& own = shared(params);
    if (own.model == nullptr) return Env::info.action;
    if constexpr (requires { Env::action_space(own); }) {
      return Env::action_space(own);
    } else {
      SpaceInfo space = box_of(DType::kFloat32, own.model->nu);
      if (own.model->nu > SpaceInfo::kMaxElements) return space;
      const mujoco::Reals range = own.model->actuator_ctrlrange;
      space.leaves[0].num_elements = own.model->nu;
      for (std::size_t i = 0; i < own.model->nu; ++i) {
        const auto rounded = [&](std::size_t k) {
          return static_cast<double>(static_cast<float>(range[2 * i + k]));
        };
        space.elements[i] = {{}, {}, rounded(0), rounded(1)};
      }
      return space;
    }
  }
  static std::size_t action_size(const Params& params) {
    if constexpr (requires { Env::kActionSize; }) {
      return Env::kActionSize;
    } else {
      return params.model->nu;
    }
  }
  static SpaceInfo box_of(DType dtype, std::size_t size) {
    SpaceInfo space{.num_leaves = 1};
    space.leaves[0] = {
        .kind = SpaceKind::kBox, .dtype = dtype, .size = size, .shape = {1, {size}}, .num_elements = 1};
    space.elements[0] = {};
    return space;
  }

  static std::size_t info_size(std::size_t k, const Params& params) {
    static_cast<void>(params);
    if constexpr (requires { Env::info_size(k, params); }) {
      return Env::info_size(k, params);
    } else {
      return Env::info.infos[k].shape.count();
    }
  }
  static DType info_dtype(std::size_t k, const Params& params) {
    static_cast<void>(params);
    if constexpr (requires { Env::info_dtype(k, params); }) {
      return Env::info_dtype(k, params);
    } else {
      return Env::info.infos[k].dtype;
    }
  }
  static MujocoRow layout(const void* params) {
    const Params& own = shared(params);
    std::size_t memory = 0, info = 0;
    if constexpr (requires { Env::memory_size(own); }) memory = Env::memory_size(own);
    for (std::size_t k = 0; k < Env::info.infos.size(); ++k) info += info_size(k, own);
    return {own.model->num_state, action_size(own), memory, Env::observation_size(own), info};
  }
  // What a task remembers of a lane, whose row is `state`.
  static const double* memory(const void* params, const void* state) {
    return static_cast<const double*>(state) + layout(params).memory();
  }

  // The infos of the task, and the divergences if they are asked for.
  static InfoList infos(const void* params) {
    const Params& own = shared(params);
    InfoList all = Env::info.infos;
    for (std::size_t k = 0; own.model != nullptr && k < all.count; ++k) {
      all.items[k].dtype = info_dtype(k, own);
      if (all.items[k].shape.rank > 0) all.items[k].shape = {1, {info_size(k, own)}};
    }
    if (own.report_warnings) {
      all.items[all.count++] =
          reported<std::int64_t>("mujoco_warnings", "divergences of the simulation since the reset");
    }
    return all;
  }

  // ---- StateOps ----

  static void create(const LaneView& view, std::size_t count) {
    const std::size_t size = layout(view.params).size();
    for (std::size_t i = 0; i < count; ++i) {
      double* const row = new double[size]();
      row[1] = static_cast<double>(shared(view.params).model->library().version());
      row_of(view, i) = row;
    }
  }
  static void destroy(const LaneView& view, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) delete[] row_of(view, i);
  }
  static std::size_t record_bytes(const void* params) { return layout(params).size() * sizeof(double); }
  static void save(const LaneView& view, std::size_t lane, std::byte* record) {
    if (shared(view.params).model->is_live() && *row_of(view, lane) != MujocoRow::kNever) {
      Session(view, lane).take_over();
    }
    std::memcpy(record, row_of(view, lane), record_bytes(view.params));
  }
  static bool load(const LaneView& view, std::size_t lane, const std::byte* record) {
    double* const row = row_of(view, lane);
    std::memcpy(row, record, record_bytes(view.params));
    const mujoco::Model& model = *shared(view.params).model;
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
    const int present = shared(params).model->library().version();
    if (version != present) {
      char words[128];
      std::snprintf(words, sizeof(words),
                    "set_state: the state is of MuJoCo %.8g (mj_version()), the installed one is %d", version,
                    present);
      throw std::invalid_argument(words);
    }
    return kind == MujocoRow::kNever || kind == MujocoRow::kReset || kind == MujocoRow::kStepped;
  }
  static const void* whole(const LaneView& view, std::size_t lane) { return row_of(view, lane); }

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
      return Env::reward_type(shared(params));
    } else {
      return Env::info.reward_type;
    }
  }
  static Text check_params(const void* params) {
    if (shared(params).frame_skip < 1) return "frame_skip ({frame_skip}) must be at least 1.";
    if constexpr (requires(const Params& own) { own.reset_noise_scale; }) {
      if (shared(params).reset_noise_scale < 0) {
        return "reset_noise_scale ({reset_noise_scale}) must not be negative.";
      }
    }
    if constexpr (Checks<Env, Params>) return Env::check(shared(params));
    return {};
  }

  static constexpr TaskOps make_task_ops() {
    TaskOps ops{};
    ops.params_bytes = sizeof(Params);
    ops.reset_options_bytes = sizeof(Options);
    ops.init_params = [](void* params) { new (params) Params{}; };
    ops.init_reset_options = [](void* options) { new (options) Options{}; };
    ops.check_params = &check_params;
    ops.check_reset_options = [](const void*) -> Text { return {}; };
    ops.observation_space = &observation_space;
    ops.action_space = &action_space;
    ops.reward_type = &reward_type;
    ops.infos = &infos;
    if constexpr (requires { Env::attributes(); }) ops.attributes = Env::attributes();
    ops.needs = "mujoco";
    if constexpr (requires { Env::kObservesSensors; }) ops.observes_sensors = Env::kObservesSensors;
    ops.bind = &bind;
    ops.file = [](const void* params) { return shared(params).xml_file; };
    return ops;
  }

  // ---- Kernels ----

  // A lane in an mjData, for the time of a reset or step.
  class Session {
   public:
    Session(const LaneView& view, std::size_t lane)
        : row_(row_of(view, lane)),
          layout_(layout(view.params)),
          params_(view, lane),
          model_(*(*params_).model),
          lease_(model_),
          sim_(model_, lease_.data(), row_ + layout_.before(), row_ + layout_.memory()) {}
    ~Session() {
      // an exception has left a frame on MuJoCo's stack
      if (is_kept_) return;
      model_.library().reset_data(model_.raw(), lease_.data().raw);
      row_[0] = MujocoRow::kNever;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Brings the lane into the mjData, if it is not there.
    void load() {
      double* const now = row_ + layout_.now();
      if (model_.is_live()) {
        model_.library().get_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
        if constexpr (requires { Env::remember(sim_, *params_); }) Env::remember(sim_, *params_);
      } else {
        model_.library().set_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
      }
    }
    // Brings the mjData that a lane lives in into its row. Where the user has changed that since the last step, the
    // state no longer comes about by that step.
    void take_over() {
      double* const now = row_ + layout_.now();
      const std::vector<double> known(now, now + layout_.num_state);
      load();
      if (std::memcmp(known.data(), now, layout_.num_state * sizeof(double)) != 0) {
        note_state();
        row_[0] = MujocoRow::kReset;
      }
      is_kept_ = true;
    }
    // Notes how the next state comes about.
    void note_state() {
      std::copy_n(row_ + layout_.now(), layout_.num_state, row_ + layout_.before());
      std::copy_n(row_ + layout_.memory(), layout_.memory_size, row_ + layout_.memory_before());
    }
    void note(const float* action) {
      note_state();
      std::copy_n(action, layout_.action_size, row_ + layout_.action());
    }
    // Keeps the new state, and what is reported about it.
    void keep(double kind) {
      if constexpr (requires { Env::remember(sim_, *params_); }) Env::remember(sim_, *params_);
      Writer observation(row_ + layout_.observation());
      Env::observe(sim_, *params_, observation);
      double* const now = row_ + layout_.now();
      model_.library().get_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
      if (model_.is_live()) sim_.compute_contact_forces();
      row_[0] = kind;
      is_kept_ = true;
    }
    void clear_warnings() const {
      for (const int kind : model_.divergences())
        sim_.data().warnings[2 * static_cast<std::size_t>(kind)] = 0;
    }
    void count_warnings() {
      for (const int kind : model_.divergences()) {
        row_[2] += static_cast<double>(sim_.data().warnings[2 * static_cast<std::size_t>(kind)]);
      }
    }

    Sim& sim() { return sim_; }
    double* row() { return row_; }
    Writer infos() { return Writer(row_ + layout_.info()); }
    const MujocoRow& places() const { return layout_; }
    const Params& params() const { return *params_; }

   private:
    double* const row_;
    const MujocoRow layout_;
    const LaneParams params_;
    const mujoco::Model& model_;
    const mujoco::Model::Lease lease_;
    const mujoco::Guard guard_;
    Sim sim_;
    bool is_kept_ = false;
  };

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
  static Step step_lane(const LaneView& view, std::size_t lane, const float* action) {
    Session session(view, lane);
    session.load();
    session.note(action);
    session.clear_warnings();
    Writer infos = session.infos();
    const Step result = Env::step(session.sim(), action, session.params(), infos);
    session.count_warnings();
    session.keep(MujocoRow::kStepped);
    return result;
  }

  // Makes mjData as it was after the last reset or step, in the model at `where`, whose bits are the same.
  static void reproduce(const LaneView& view, std::size_t lane, const void* where) {
    const auto& model = *static_cast<const mujoco::Model*>(where);
    const MujocoRow places = layout(view.params);
    std::vector<double> row(row_of(view, lane), row_of(view, lane) + places.size());
    const LaneParams own(view, lane);
    Params params = *own;
    params.model = &model;
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
    for (std::size_t i = 0; i < count; ++i) reset_lane(view, lanes[i]);
  }
  static void step_one(const LaneView& view, std::size_t lane, ConstLeafArrays actions, double* rewards,
                       std::uint8_t* terminated) {
    const std::size_t size = action_size(shared(view.params));
    const Step result = step_lane(view, lane, static_cast<const float*>(actions[0]) + lane * size);
    rewards[lane] = result.reward;
    terminated[lane] = result.terminated != 0 ? 1 : 0;
  }
  static void step(const LaneView& view, std::size_t count, ConstLeafArrays actions, double* rewards,
                   std::uint8_t* terminated) {
    for (std::size_t i = 0; i < count; ++i) step_one(view, i, actions, rewards, terminated);
  }
  static void step_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                         ConstLeafArrays actions, double* rewards, std::uint8_t* terminated) {
    for (std::size_t i = 0; i < count; ++i) step_one(view, lanes[i], actions, rewards, terminated);
  }

  static void observe_one(const LaneView& view, std::size_t lane, LeafArrays observations, std::size_t row) {
    const Params& own = shared(view.params);
    const double* source = row_of(view, lane) + layout(view.params).observation();
    const auto copy_part = [&](std::size_t k, std::size_t size) {
      std::memcpy(static_cast<double*>(observations[k]) + row * size, source, size * sizeof(double));
      source += size;
    };
    if constexpr (requires { Env::part_sizes(own); }) {
      std::size_t k = 0;
      for (const std::size_t size : Env::part_sizes(own)) copy_part(k++, size);
    } else {
      copy_part(0, Env::observation_size(own));
    }
  }
  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    for (std::size_t i = 0; i < count; ++i) observe_one(view, i, observations, i);
  }
  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    for (std::size_t i = 0; i < count; ++i) observe_one(view, lanes[i], observations, i);
  }

  static void inform_one(const LaneView& view, std::size_t lane, LeafArrays arrays, std::size_t row) {
    const double* source = row_of(view, lane) + layout(view.params).info();
    for (std::size_t k = 0; k < Env::info.infos.size(); ++k) {
      const std::size_t size = info_size(k, shared(view.params));
      for (std::size_t i = 0; i < size; ++i) {
        put(info_dtype(k, shared(view.params)), arrays[k], row * size + i, source[i]);
      }
      source += size;
    }
    if (shared(view.params).report_warnings) {
      put(DType::kInt64, arrays[Env::info.infos.size()], row, row_of(view, lane)[2]);
    }
  }
  static void put(DType dtype, void* array, std::size_t i, double value) {
    switch (dtype) {
      case DType::kFloat32:
        static_cast<float*>(array)[i] = static_cast<float>(value);
        break;
      case DType::kInt64:
        static_cast<std::int64_t*>(array)[i] = static_cast<std::int64_t>(value);
        break;
      default:
        static_cast<double*>(array)[i] = value;
    }
  }
  static void inform(const LaneView& view, std::size_t count, LeafArrays arrays) {
    for (std::size_t i = 0; i < count; ++i) inform_one(view, i, arrays, i);
  }
  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays arrays) {
    for (std::size_t i = 0; i < count; ++i) inform_one(view, lanes[i], arrays, i);
  }

  static constexpr TaskOps task_ops = make_task_ops();
  static constexpr Kernels kKernels{.reset = &reset,
                                    .step = &step,
                                    .step_lanes = &step_lanes,
                                    .observe = &observe,
                                    .observe_lanes = &observe_lanes,
                                    .inform = &inform,
                                    .inform_lanes = &inform_lanes,
                                    .reproduce = &reproduce,
                                    .tile_lanes = 1,
                                    .nanoseconds = 20000,
                                    .knows_lane_params = true,
                                    .may_throw = true,
                                    .fails_alone = true};
  static constexpr TaskBuild kBuild{
      .info = &Env::info, .task = &task_ops, .state = &state_ops, .kernels = {{&kKernels, nullptr, nullptr}}};
};

}  // namespace plyo
