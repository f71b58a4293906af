// A batch of one task's environments: stepping, resetting, episodes, snapshots.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../kernels/lane_failures.hpp"
#include "action_checks.hpp"
#include "autoreset.hpp"
#include "ended_rows.hpp"
#include "errors.hpp"
#include "function_ref.hpp"
#include "lane_listing.hpp"
#include "lane_params.hpp"
#include "lane_store.hpp"
#include "leaves.hpp"
#include "named_values.hpp"
#include "output_stage.hpp"
#include "picture_stage.hpp"
#include "profile.hpp"
#include "registry.hpp"
#include "seeding.hpp"
#include "step_course.hpp"
#include "thread_pool.hpp"
#include "usage.hpp"

namespace plyo {

enum class Math : std::uint8_t { kFast, kReference };

struct EngineConfig {
  const Task* task = nullptr;
  std::size_t num_envs = 1;
  Math math = Math::kFast;
  AutoresetMode autoreset_mode = AutoresetMode::kNextStep;
  int max_episode_steps = kNoTimeLimit;
  int num_threads = 0;  // 0: default_threads()
  bool record_episode_times = false;
  NamedValues params = {};
  std::shared_ptr<const void> resource = {};  // what the task needs (TaskOps::needs)
  LaneNumbers numbers = {};                   // of that, of which lanes may have their own
  std::optional<PixelConfig> pixels = {};     // observe pictures; the task needs a scene
};

// The outputs of a step of the whole batch: arrays of num_envs rows. Null pointers are left out.
struct StepArrays {
  Leaves observations;
  double* rewards = nullptr;
  float* float_rewards = nullptr;  // in place of `rewards`, rounded
  std::uint8_t* terminated = nullptr;
  std::uint8_t* truncated = nullptr;
  const InfoLeaves* infos = nullptr;
  Leaves final_observations = {};           // rows of the episodes that ended, in same-step mode
  const InfoLeaves* final_infos = nullptr;  // the same
  std::uint8_t* resets = nullptr;     // whether the step has reset the lane: its infos of steps are zeros
  double* episode_returns = nullptr;  // returns of the episodes that ended, 0 elsewhere
  std::int64_t* episode_lengths = nullptr;
  double* episode_times = nullptr;  // s since the reset; only beside returns and lengths
  std::uint8_t* dones = nullptr;    // terminated or truncated
  Leaves next_observations = {};    // what the step has led to: before it has reset the lane, if it has
  EndedRows* ended = nullptr;       // the episodes that ended
  StepCourse course = {};           // how it comes to them
};

// The lanes of a tile whose episodes ended in a step.
struct EndedLanes {
  // Without sizes there is no room for final observations and infos.
  explicit EndedLanes(std::size_t capacity, const RowSizes& observations = {}, const InfoSizes& infos = {});

  std::size_t count = 0;
  std::vector<LaneIndex> lanes;  // counted from the tile's first lane
  std::vector<double> returns;
  std::vector<std::int32_t> lengths;
  std::vector<double> times;
  RowBuffer final_observations;  // one row an entry, in same-step mode
  InfoBuffer final_infos;        // the same
};

// A step of a tile; pointers are to the tile's first lane.
struct TileStep {
  std::size_t first = 0;
  std::size_t count = 0;
  ConstLeaves actions;
  Leaves observations = {};
  double* rewards = nullptr;
  std::uint8_t* terminated = nullptr;
  std::uint8_t* truncated = nullptr;
  const InfoLeaves* infos = nullptr;
  std::uint8_t* resets = nullptr;  // null: not wanted
  EndedLanes* ended = nullptr;     // likewise
  PhaseClock* clock = nullptr;     // of a batch that is profiled
  Repetition repetition{};
};

class Engine {
 public:
  // Lanes of a tile: their planes and outputs stay in the first-level cache.
  static constexpr std::size_t kTileLanes = kMaxTileLanes;
  // Work below this runs on the calling thread.
  static constexpr double kInlineNanoseconds = 20000;

  // Throws std::invalid_argument for bad values and std::bad_alloc for a batch that does not fit into memory.
  explicit Engine(const EngineConfig& config);

  const EngineConfig& config() const { return config_; }
  const AutoresetRules& autoreset() const { return autoreset_; }
  const EnvInfo& info() const { return *info_; }
  const TaskOps& task_ops() const { return task_; }
  // The spaces, the type of a reward and the infos under this batch's parameters.
  const SpaceInfo& observation_space() const { return observation_space_; }
  const SpaceInfo& action_space() const { return action_space_; }
  RewardType reward_type() const { return reward_type_; }
  const InfoList& infos() const { return infos_; }
  // Whether some infos are reported by steps only.
  bool has_step_infos() const { return has_step_infos_; }
  const RowSizes& observation_sizes() const { return observation_sizes_; }
  const RowSizes& action_sizes() const { return action_sizes_; }
  const InfoSizes& info_sizes() const { return info_sizes_; }
  std::size_t num_envs() const { return config_.num_envs; }
  int num_threads() const { return num_threads_; }
  const SeedWords& entropy() const { return entropy_; }

  // Resets all lanes, or those whose byte of `mask` is not zero. Writes the observations of all and the infos
  // of those that were reset, zeros for the others and for infos of steps. `params` are set before. Unknown or bad options or
  // parameters throw std::invalid_argument and change nothing. `before` is called once it is certain that the
  // lanes will be reset.
  void reset(const Seeds& seeds, const std::uint8_t* mask, const NamedValues& options, Leaves observations,
             InfoLeaves infos = {}, const ParamRequest& params = {},
             const FunctionRef<void()>* before = nullptr);

  // Steps every lane. `actions` is one int64 a lane (Discrete) or one row of values a lane (Box), an array
  // for each part of a Tuple. Throws InvalidAction or ResetNeeded, naming the lane, before anything has
  // changed. Returns whether an episode ended.
  bool step(const ConstLeaves& actions, const StepArrays& out);
  // The same with actions in the caller's own memory, which nobody else writes: illegal ones that the step ignores
  // are replaced there.
  bool step_own(const Leaves& actions, const StepArrays& out);

  // The same for some lanes, in the order of `lanes`: every array has one row an entry of this list. The other
  // lanes stay as they are. The bits are those of a step of the whole batch. Writes neither `dones` nor
  // `next_observations` nor `ended`, and takes no course. Not in AutoresetMode::kNone. Throws std::out_of_range
  // for a lane that there is not, std::invalid_argument for one that is listed twice.
  bool step_listed(std::span<const std::int64_t> lanes, const ConstLeaves& actions, const StepArrays& out);
  // Likewise resets them. Seeds are one an entry; a base counts lanes, as for the whole batch. The lanes of
  // `params` are these, in this order.
  void reset_listed(std::span<const std::int64_t> lanes, const Seeds& seeds, const NamedValues& options,
                    Leaves observations, InfoLeaves infos = {}, const ParamRequest& params = {},
                    const FunctionRef<void()>* before = nullptr);

  // Writes the present observations of all lanes.
  void observe(Leaves observations);

  // The value of one of the task's attributes, read from a lane; assigning one throws std::invalid_argument
  // for an illegal value. The first call leaves views of the batch's own memory.
  Value attribute(const Attribute& attribute, std::size_t lane) const;
  void set_attribute(const Attribute& attribute, std::size_t lane, std::int64_t value);
  // Calls one of the task's methods. Returns whether the arguments are legal.
  bool call(const Method& method, const std::int64_t* arguments, std::int64_t* results) const {
    return method.call(params_.shared(), arguments, results);
  }
  // The model of a task that has one: how a step from a state can end, at most task_ops().max_transitions
  // ways.
  std::int64_t num_states() const { return task_.num_states(params_.shared()); }
  std::size_t transitions(std::int64_t state, std::int64_t action, Transition* out) const {
    return task_.transitions(params_.shared(), state, action, out);
  }
  // Parameters and constants of the dynamics. Setting them throws std::invalid_argument, naming lane and
  // value, and then changes nothing.
  const Field& param_field(std::string_view name) const { return params_.field(name); }
  Value param(const Field& field, std::size_t lane) const;
  void set_params(const ParamRequest& request);
  // Whether resets draw parameters.
  bool draws_params() const { return params_.draws(); }
  // The numbers of a lane, as many as EngineConfig::numbers.
  void read_numbers(std::size_t lane, double* out) const {
    const Exclusive guard = reading();
    params_.read_numbers(lane, out);
  }

  // The time limit in steps, or kNoTimeLimit; steps from now on know it.
  void set_time_limit(int max_episode_steps);

  // Brings a lane's State to memory of the caller's that the task knows (Kernels::reproduce). Throws
  // std::invalid_argument for a task without such memory, and ResetNeeded for a lane that was never reset.
  void reproduce(std::size_t lane, const void* where) const;

  // What the owner of such memory does between steps (Kernels): has a lane observed anew, has it draw the state
  // in which an episode begins, gives it another goal. A lane that fails has to be reset, TaskFailed says so.
  // Throws std::invalid_argument for a task without that, and for a goal that does not fit.
  void look_again(std::size_t lane);
  void draw_start(std::size_t lane);
  void set_goal(std::size_t lane, std::span<const double> goal);

  // The text of a lane, of a task that writes one.
  std::string render_text(std::size_t lane) const;

  // Pictures, of a task that has a scene: its size, and those of the listed lanes, each drawn into its own
  // frame, by several threads if that is worth it. Throws ResetNeeded for a lane that was never reset.
  bool has_pictures() const { return scene_ != nullptr; }
  render::Size picture_size() const;
  void draw(std::span<const std::size_t> lanes, render::Style style,
            FunctionRef<render::Frame(std::size_t)> frame_of) const;
  // The same picture as a display list in the bytes of its format.
  std::vector<std::byte> display_list(std::size_t lane, render::Style style) const;

  // Snapshots: state, stream, clock and return of the listed lanes (all of them for an empty list).
  std::vector<std::byte> save(std::span<const std::size_t> lanes) const;
  // Restores a snapshot into the listed lanes, in its order; one saved lane fills any number of lanes.
  void restore(std::span<const std::byte> snapshot, std::span<const std::size_t> lanes);

  // Makes every lane a copy of a lane of another batch of the same task and arguments: lane i is sources[i]
  // of that. Then `seeds` start streams. The draws of resets (ParamRequest) are not copied.
  void copy_lanes(const Engine& from, std::span<const std::size_t> sources, const Seeds& seeds);

  // Reads or writes one lane's State as snapshots hold it, for debugging and tests. Writing one puts the lane
  // into the middle of an episode.
  std::vector<std::byte> state_words(std::size_t lane) const;
  void set_state_words(std::size_t lane, std::span<const std::byte> words);

  // Reads or writes the variables of one lane's State: EnvInfo::num_variables doubles. Writing works as
  // above.
  std::vector<double> variables(std::size_t lane) const;
  void set_variables(std::size_t lane, std::span<const double> values);

  // Steps since the last reset of a lane; empty if it was never reset.
  std::optional<std::int32_t> elapsed_steps(std::size_t lane) const;
  // The same of every lane, -1 where it was never reset.
  void all_elapsed_steps(std::int32_t* steps) const;

  // Counts from now on where the time goes; throws std::runtime_error if it does already. Reading does not wait
  // for a call to end.
  void start_profile();
  void stop_profile();
  Profile::Reading read_profile() const { return profile_.read(); }

  // The random stream of a lane, started if it was not yet.
  Rng& rng(std::size_t lane);

  // Whether the lane has terminated since its last reset.
  bool was_terminated(std::size_t lane) const {
    return (lanes_.status()[lane] & lane_status::kTerminated) != 0;
  }
  // Whether the task has its own rule for a step after the end of an episode.
  bool has_reward_past_end() const { return task_.reward_past_end != nullptr; }

  // Throws InvalidAction if one of `num_lanes` actions is outside its space, even an action that steps
  // ignore.
  void check_action_rows(const ConstLeaves& actions, std::size_t count) const;

  // ---- for rollouts, which drive tiles themselves ----

  // Excludes other callers while it lives. Throws InUse.
  using Exclusive = Usage::Hold;
  Exclusive exclusive() const { return {usage_, Access::kWrite}; }
  // Likewise for a call that changes nothing, which a reservation lets through.
  Exclusive reading() const { return {usage_, Access::kRead}; }
  // For calls that begin and end elsewhere, and for reservations.
  Usage& usage() const { return usage_; }

  // Null unless the batch is profiled.
  Profile* profile() { return profile_.is_on() ? &profile_ : nullptr; }
  // Throws ResetNeeded if a lane cannot be stepped.
  void check_steppable() const;
  // Throws InvalidAction, naming lane and value, if an action is outside its space. An action that the next
  // step ignores is replaced by a legal one, as kernels may still read it. The memory must be the caller's
  // own: another thread could change shared memory after the check.
  void check_actions(const Leaves& actions, std::size_t first, std::size_t count) const;
  // Makes zeros of denormal numbers in actions, as check_actions() does: a caller whose floating-point mode
  // flushes them cannot give any, and is to get the same results. The reference build takes them as they are.
  void flush_denormals(const Leaves& actions, std::size_t count) const;
  // Steps the lanes of one tile; throws TaskFailed where the task throws. Arguments are valid; tiles do not
  // overlap. Lanes that rest get the reward 0 and no flag, and change nothing.
  void step_tile(const TileStep& tile);
  void observe_tile(std::size_t first, std::size_t count, const Leaves& observations);
  // Whether every lane of a tile waits for a reset by the caller.
  bool all_rest(std::size_t first, std::size_t count) const;
  // Marks the lanes of a tile that have taken no step since their last reset.
  void mark_starts(std::size_t first, std::size_t count, std::uint8_t* starts) const;
  // The cost of a step of one lane, as measured so far.
  double nanoseconds_per_lane() const { return nanoseconds_per_lane_; }
  // Whether a step may throw. The states of the lanes are then unknown.
  bool steps_may_fail() const { return kernels_.may_throw; }
  // The task's limit for the lanes of a tile.
  std::size_t max_tile_lanes() const { return std::min(kTileLanes, kernels_.tile_lanes); }
  // All lanes, to go back to. Lanes whose States find no memory then are lanes that were never reset.
  struct Backup {
    LaneStore::Backup lanes;
    LaneParams::Backup params;
  };
  Backup backup() const { return {lanes_.backup(), params_.backup()}; }
  void undo(Backup backup);

 private:
  using Clock = std::chrono::steady_clock;

  Engine(const EngineConfig& config, const TaskBuild& build);

  // After a task has failed in the middle of a call, the states of its lanes are unknown: they must be reset.
  class ForgetOnFailure {
   public:
    explicit ForgetOnFailure(Engine& engine)
        : engine_(engine), exceptions_(engine.steps_may_fail() ? std::uncaught_exceptions() : 0) {}
    ~ForgetOnFailure() {
      if (engine_.steps_may_fail() && std::uncaught_exceptions() > exceptions_) engine_.forget_lanes();
    }
    ForgetOnFailure(const ForgetOnFailure&) = delete;
    ForgetOnFailure& operator=(const ForgetOnFailure&) = delete;

   private:
    Engine& engine_;
    int exceptions_;
  };

  // Some lanes of a tile, in ascending order.
  struct LaneList {
    LaneIndex lanes[kTileLanes];
    std::size_t count = 0;
    LaneList() {}  // leaves the entries as they are: zeroing them would cost more than most steps
  };

  // The lanes of the batch for an output stage.
  class StageSource final : public LaneSource {
   public:
    explicit StageSource(Engine& engine) : engine_(engine) {}
    std::byte* memory(std::size_t lane) override { return engine_.lanes_.memory(lane); }
    bool was_reset(std::size_t lane) const override { return !engine_.is_never_reset(lane); }
    void paint(std::size_t lane, const render::Frame& frame, render::Style style) const override {
      engine_.paint(lane, frame, style);
    }

   private:
    Engine& engine_;
  };

  LaneView view(std::size_t first) {
    LaneView lanes = lanes_.view(first, params_.shared());
    params_.show(lanes, first);
    return lanes;
  }
  void check_can_change() const;
  bool suit(const Kernels& kernels, const LaneParams::Change& change) const;
  void take_kernels_for(const LaneParams::Change& change);
  std::optional<LaneParams::Change> prepare_saved_params(std::span<const std::byte> block,
                                                         std::span<const std::byte> records,
                                                         std::span<const std::size_t> listed);
  void apply(LaneParams::Change&& change);
  bool is_never_reset(std::size_t lane) const {
    return (lanes_.status()[lane] & lane_status::kNeverReset) != 0;
  }
  void count_never_reset();
  void forget_lanes();
  // Calls kernels, and notes which lanes of the tile fail where the others go on.
  template <class Call>
  void let_fail_alone(std::size_t first, const char* what, const Call& call) {
    try {
      call();
    } catch (const LaneFailures& thrown) {
      note_failures(first, what, thrown);
    }
  }
  void note_failures(std::size_t first, const char* what, const LaneFailures& thrown);
  TaskFailed step_failure(std::size_t first, std::size_t count, const std::exception& error) const;
  void advance_or_fail(const TileStep& tile);
  [[noreturn]] void refuse_never_reset(std::size_t lane) const;
  [[noreturn]] static void refuse_ended(std::size_t lane);
  void raise_failures();
  void raise_first_failure();
  void check_state(std::span<const std::byte> record, const void* params) const;
  void check_state_under(std::size_t lane, const void* params) const;
  void rework(std::size_t lane, void (*function)(const LaneView&, std::size_t), const char* what);
  void load_all_or_none(std::span<const std::byte> records, std::size_t num_records,
                        std::span<const std::size_t> lanes, std::size_t count);
  std::vector<std::byte> words_of(std::size_t lane) const;
  void put_words(std::size_t lane, std::span<const std::byte> words);
  std::vector<std::byte> parse_options(const NamedValues& options) const;
  void check_drawable(std::span<const std::size_t> lanes) const;
  [[noreturn]] void refuse_action(std::size_t leaf, const void* actions, std::size_t i,
                                  std::size_t first) const;
  bool has_plain_actions(std::size_t leaf, const void* actions, std::size_t count) const;
  void check_leaf(std::size_t leaf, void* actions, std::size_t first, std::size_t count) const;
  void replace_ignored(std::size_t leaf, void* actions, std::size_t first, std::size_t total) const;
  void flush_leaf(std::size_t leaf, void* actions, std::size_t total) const;
  void take_actions(const ConstLeaves& actions, std::size_t first, std::size_t count);
  template <class Take>
  bool step_all(const Leaves& own, const StepArrays& out, const Take& take);
  // `place` is that of the lane's seed in a list.
  void seed_lane(std::size_t lane, const Seeds& seeds, std::size_t place);
  void set_before_reset(const ParamRequest& params);
  void reset_lanes(std::size_t first, const LaneIndex* lanes, std::size_t count, const void* options);
  void reset_states(std::size_t first, const LaneIndex* lanes, std::size_t count, const void* options);
  void observe_lanes(std::size_t first, const LaneIndex* lanes, std::size_t count, const Leaves& rows);
  void inform_tile(std::size_t first, std::size_t count, const InfoLeaves& infos);
  template <std::size_t kMost>
  void write_rows(std::size_t first, std::size_t count, const BasicRowSizes<kMost>& sizes,
                  const BasicLeaves<kMost>& rows, decltype(Kernels::observe) write,
                  decltype(Kernels::observe_lanes) write_lanes);
  void clear_step_infos(const InfoLeaves& infos, std::size_t row) const;
  void mark_resets(const TileStep& tile, const LaneList& skipped) const;
  void advance_tile(const TileStep& tile);
  static std::size_t list_active(std::size_t count, const LaneList& skipped, LaneIndex* active);
  void step_states(const TileStep& tile, const LaneList& skipped);
  void step_and_count(const TileStep& tile, const LaneList& skipped, RowsBefore* before);
  void step_beside_resting(const TileStep& tile, const LaneList& resting, RowsBefore* before);
  // For steps that take their actions several times (repeated_steps.cpp).
  void repeat_step(const TileStep& tile, const LaneList& skipped, RowsBefore* before);
  void drop_ended(std::size_t first, LaneList& going);
  void step_most_states(const TileStep& tile, const LaneList& going, const LaneList& skipped,
                        std::vector<std::byte>& scratch);
  void note_rows(std::size_t first, const LaneList& lanes, RowsBefore& before);
  void show_largest(const RowsBefore& before, const LaneSet& lanes, const Leaves& rows) const;
  void step_past_end(const TileStep& tile);
  void advance_clocks(const TileStep& tile);
  void paint(std::size_t lane, const render::Frame& frame, render::Style style) const;
  void advance_stage(const TileStep& tile, const LaneList& skipped);
  void collect_ended(const TileStep& tile);
  void describe_ended(std::size_t first, EndedLanes& ended);
  void make_room_for_ended(std::size_t num_chunks);
  bool step_chunk(std::size_t first, std::size_t count, const ConstLeaves& actions, const StepArrays& out,
                  EndedLanes* ended, EndedRows::Part* rows, PhaseClock& chunk_clock);
  void write_ended(const StepArrays& out, const EndedLanes& ended, std::size_t i, std::size_t row) const;
  void append_ended(EndedRows::Part& rows, const EndedLanes& ended, std::size_t begin,
                    const StepArrays& out) const noexcept;
  void copy_next(std::size_t begin, std::size_t count, const StepArrays& out, const EndedLanes* ended) const;
  // For calls about some lanes, a tile at a time (partial_step.cpp).
  void check_listed_steppable(std::span<const std::int64_t> lanes) const;
  void take_listed_actions(std::span<const std::int64_t> lanes, const ConstLeaves& actions);
  void step_listed_tile(std::size_t tile, const StepArrays& out, EndedLanes& ended, PhaseClock& clock);
  void step_listed_states(const TileStep& tile, const LaneList& going);
  void advance_listed(const TileStep& tile, const LaneList& going);
  void write_listed(std::size_t first, const LaneList& lanes, const Leaves& observations,
                    const InfoLeaves* infos);
  int threads_for(std::size_t lanes) const;
  static double seconds_now();

  EngineConfig config_;
  AutoresetRules autoreset_;
  const EnvInfo* info_;
  const TaskOps& task_;
  const StateOps& state_;
  Kernels kernels_;  // a copy, as each step reads it
  const SceneOps* scene_;
  int num_threads_;
  std::unique_ptr<const OutputStage> stage_;  // null: the kernels write the observations
  std::size_t tile_lanes_;                    // the lanes of a tile in a step: few if a lane is much work
  LaneParams params_;
  LaneStore lanes_;
  std::vector<std::byte> default_options_;
  LazyArray<double> start_times_;  // s; only if config_.record_episode_times
  SpaceInfo observation_space_, action_space_;
  RewardType reward_type_;
  InfoList infos_;
  bool has_step_infos_ = false;
  RowSizes observation_sizes_, action_sizes_;
  InfoSizes info_sizes_;
  SeedWords entropy_;
  std::size_t num_never_reset_;
  double nanoseconds_per_lane_;  // of a step, measured as it goes
  const ActionChecks& checks_;
  RowBuffer own_actions_;          // a copy of a step's actions, which is checked and used
  std::vector<EndedLanes> ended_;  // of a step, one entry a chunk
  LaneListing listing_;            // the lanes of a call for some of them
  // the lanes that have failed in this call, where the other lanes go on
  struct Failure {
    std::size_t lane;
    TaskFailed error;
  };
  Profile profile_;
  std::mutex failure_mutex_;
  std::vector<Failure> failures_;
  mutable Usage usage_{"this batch of environments"};
};

}  // namespace plyo
