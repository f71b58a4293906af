// Stages of a batch: what a wrapper does to the results of a step of all lanes, and to its actions.
//
// A stage owns no arrays: it works on the state of its wrapper, which lends it for a call. So a wrapper that is
// run by itself, copied or pickled has the same state as one that is run in a chain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../../core/isa.hpp"
#include "../find_nonzero.hpp"
#include "../leaves.hpp"
#include "../row_errand.hpp"
#include "../step_course.hpp"

namespace plyo {

// The numbers of an array of observations: those of tasks, and those that stages make of them.
enum class Number : std::uint8_t {
  kUint8,
  kInt8,
  kInt32,
  kInt64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
};

constexpr std::size_t size_of(Number number) {
  constexpr std::size_t kSizes[] = {1, 1, 4, 8, 2, 2, 4, 8};
  return kSizes[static_cast<std::size_t>(number)];
}

constexpr Number number_of(DType dtype) {
  constexpr Number kNumbers[] = {Number::kFloat32, Number::kFloat64, Number::kUint8,
                                 Number::kInt8,    Number::kInt32,   Number::kInt64};
  return kNumbers[static_cast<std::size_t>(dtype)];
}

// The rows of an array: one row a lane.
struct RowFormat {
  Number number = Number::kFloat32;
  std::size_t size = 0;  // numbers of a row

  constexpr std::size_t bytes() const { return size * size_of(number); }
  constexpr bool operator==(const RowFormat&) const = default;
};

// Lanes [first, first + count) of the batch.
struct LaneRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

// A step of the whole batch on its way through the stages. Arrays have one row a lane.
struct StageStep {
  std::size_t num_envs = 0;
  double* rewards = nullptr;
  // Whether rewards are numbers of float32, which every stage rounds to again.
  bool rounds_rewards = false;
  // The same rewards as float32, of which the chain makes those, and which it writes in the end; may be null.
  float* float_rewards = nullptr;
  const std::uint8_t* terminated = nullptr;
  // The lanes that wait for a reset after the step: those whose episode has ended, and those that rest. A byte of 0 or
  // 1 each.
  const std::uint8_t* waiting = nullptr;
  // The lanes that have taken no step, as they wait for a reset by the caller; null: there are none.
  const std::uint8_t* resting = nullptr;
  double now = 0;  // s
  // The lanes whose episode has ended, ascending.
  std::span<const std::int64_t> ended;
  // The observations of the task, then those behind each stage that shows others.
  std::vector<Leaves> observations;
  // The same of the last observations of the episodes that have ended, one row each, in same-step mode.
  std::vector<Leaves> finals;
  bool has_finals = false;
  // What stages add to beside their work on lanes; null where several threads are at work.
  RowErrand* errand = nullptr;
};

// Writes which episodes have ended, a byte of 0 or 1 a lane, and lists their lanes, for all of which there is room.
// Returns how many there are.
std::size_t find_ended(const std::uint8_t* terminated, const std::uint8_t* truncated, std::size_t count,
                       std::uint8_t* marks, std::int64_t* lanes);

// Calls may come from several threads at once, each for lanes of its own, except where it says otherwise. Of one
// stage prepare() comes first, then advance() for all lanes, then collect() and complete(), then the rest.
class BatchStage {
 public:
  BatchStage() = default;
  virtual ~BatchStage() = default;
  BatchStage(const BatchStage&) = delete;
  BatchStage& operator=(const BatchStage&) = delete;

  // Changes actions before the step, in place; rows of all lanes.
  virtual bool changes_actions() const { return false; }
  virtual void act(void* /*actions*/, const LaneRange& /*lanes*/) const {}

  // Changes the task's own actions in place, after they have been checked: nothing but the task can fail then.
  virtual bool settles_actions() const { return false; }
  virtual void settle(void* /*actions*/, const LaneRange& /*lanes*/) {}

  // How often the lanes take their actions.
  virtual Repetition repetition() const { return {}; }

  // One call before the lanes. A stage may leave an errand in the step, which other stages add to.
  virtual void prepare(const StageStep& /*step*/) {}

  // Takes the step of some lanes in.
  virtual void advance(const StageStep& /*step*/, const LaneRange& /*lanes*/) {}

  // Takes the step of the whole batch in; one call, in the order of the lanes.
  virtual bool looks_across() const { return false; }
  virtual void collect(const StageStep& /*step*/) {}
  // One call after all stages have collected.
  virtual void complete(const StageStep& /*step*/) {}

  // Completes the step of some lanes: writes their rewards.
  virtual bool reads_rewards() const { return false; }
  virtual bool writes_rewards() const { return false; }
  virtual void write(const StageStep& /*step*/, const LaneRange& /*lanes*/) {}

  // Writes observations of some lanes, and, in one call, the last ones of the episodes that have ended, from
  // place `position` of the step's lists to the next. The stage's state stays as it is.
  virtual bool shows() const { return false; }
  virtual void show(const StageStep& /*step*/, const LaneRange& /*lanes*/) const {}
  virtual void show_finals(const StageStep& /*step*/) const {}

  // Where in the lists of observations the stage reads.
  void set_position(std::size_t position) { position_ = position; }
  std::size_t position() const { return position_; }

  // A rough cost, to decide about threads.
  virtual double nanoseconds_per_lane() const { return 1; }

 private:
  std::size_t position_ = 0;
};

// Rounds the rewards of some lanes that a stage has written, where they are float32.
inline void round_rewards(const StageStep& step, const LaneRange& lanes) {
  if (!step.rounds_rewards) return;
  double* const rewards = step.rewards + lanes.first;
  for (std::size_t i = 0; i < lanes.count; ++i) {
    rewards[i] = static_cast<double>(static_cast<float>(rewards[i]));
  }
}

// The numbers of an array from a row on.
template <class T>
T* rows_from(const Leaves& leaves, std::size_t row, std::size_t row_size) {
  return static_cast<T*>(leaves.at[0]) + row * row_size;
}

}  // namespace plyo
