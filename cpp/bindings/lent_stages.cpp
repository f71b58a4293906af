#include "lent_stages.hpp"

#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <utility>

#include "../engine/stages/episode_statistics.hpp"
#include "../engine/stages/map_action.hpp"
#include "../engine/stages/map_observation.hpp"
#include "../engine/stages/map_reward.hpp"
#include "../engine/stages/stack_observation.hpp"
#include "../engine/stages/time_observation.hpp"
#include "arrays.hpp"
#include "lent_course.hpp"
#include "lent_normalizers.hpp"
#include "numpy_values.hpp"
#include "waiting_numbers.hpp"
#include "wrapper_arrays.hpp"

namespace plyo::bindings {
namespace {

// A queue of a wrapper, another object after some assignments, and the numbers that wait for it.
class LentQueue {
 public:
  LentQueue(const char* name, ElementType type) : name_(interned(name)), type_(type) {}

  // Whether such numbers can be added natively.
  bool borrow(const py::object& wrapper) {
    const py::object queue = get_attribute(wrapper.ptr(), name_);
    py::object waiting = queue ? get_attribute(queue.ptr(), waiting_name_) : py::object();
    if (!waiting) return false;
    if (!waiting.is(waiting_)) {
      if (!py::isinstance<WaitingNumbers>(waiting)) return false;
      numbers_ = py::cast<WaitingNumbers*>(waiting);
      waiting_ = std::move(waiting);
    }
    return numbers_->takes(type_);
  }
  // After borrow().
  template <class T>
  void add(const std::vector<T>& values) {
    numbers_->add(type_, values.data(), values.size());
  }

 private:
  PyObject* name_;
  PyObject* waiting_name_ = interned("_waiting");
  ElementType type_;
  py::object waiting_;
  WaitingNumbers* numbers_ = nullptr;
};

class LentStatistics final : public LentLanes {
 public:
  LentStatistics(const py::object& wrapper, const StageBatch& batch, py::str key)
      : LentLanes(wrapper, batch, "prev_dones"),
        key_(std::move(key)),
        mask_key_("_" + std::string(key_)),
        stage_(batch.autoreset.resets_at_once) {}
  BatchStage& stage() override { return stage_; }

  void prepare_info() override {
    EpisodeStatistics::Columns columns;
    entry_ = py::dict();
    columns.returns = static_cast<double*>(add_column(names_.returns, float64_dtype()));
    columns.lengths = static_cast<std::int64_t*>(add_column(names_.lengths, int64_dtype()));
    columns.times = static_cast<double*>(add_column(names_.times, float64_dtype()));
    stage_.set_columns(columns);
  }
  void add_info(py::dict& info, const EndedNow& ended) override {
    if (ended.lanes.empty()) return;
    set_item(info, key_.ptr(), std::exchange(entry_, py::object()));
    py::array mask = make_array(*batch().pool, bool_dtype(), {static_cast<py::ssize_t>(batch().num_envs)});
    std::memcpy(data_of(mask), ended.marks, batch().num_envs);
    set_item(info, mask_key_.ptr(), mask);
  }

 private:
  bool read() override {
    stage_.ended().clear();
    return true;
  }
  void write() override {
    const EpisodeStatistics::Ended& episodes = stage_.ended();
    if (episodes.returns.empty()) return;
    if (!add_to_queues(episodes)) keep(episodes);
  }
  // As the wrapper's own method. False with nothing changed if a queue is another object than it makes.
  bool add_to_queues(const EpisodeStatistics::Ended& episodes) {
    const py::object count = get_attribute(wrapper().ptr(), names_.episode_count);
    if (!count || !PyLong_CheckExact(count.ptr())) return false;
    if (!return_queue_.borrow(wrapper()) || !length_queue_.borrow(wrapper()) ||
        !time_queue_.borrow(wrapper())) {
      return false;
    }
    set_attribute(wrapper(), names_.episode_count, count + py::int_(episodes.returns.size()));
    return_queue_.add(episodes.returns);
    length_queue_.add(episodes.lengths);
    time_queue_.add(episodes.times);
    return true;
  }
  void keep(const EpisodeStatistics::Ended& episodes) {
    const py::object returns = to_numbers(episodes.returns, ElementType::kFloat64);
    const py::object lengths = to_numbers(episodes.lengths, ElementType::kInt64);
    const py::object times = to_numbers(episodes.times, ElementType::kFloat64);
    PyObject* const arguments[] = {wrapper().ptr(), returns.ptr(), lengths.ptr(), times.ptr()};
    if (!steal(PyObject_VectorcallMethod(names_.keep_episodes, arguments, 4, nullptr))) {
      throw py::error_already_set();
    }
  }
  void aim() override {
    stage_.set_lanes({.returns = returns_.data<double>(),
                      .lengths = lengths_.data<std::int64_t>(),
                      .start_times = start_times_.data<double>(),
                      .ended_before = flags().before(),
                      .ended_now = flags().now()});
  }
  // An array of some numbers, on memory of its own: their count is never the same twice.
  template <class T>
  static py::object to_numbers(const std::vector<T>& values, ElementType type) {
    py::object array = steal(new_array(type, static_cast<py::ssize_t>(values.size())));
    if (!array) throw py::error_already_set();
    std::memcpy(array_data(array.ptr()), values.data(), values.size() * sizeof(T));
    return array;
  }
  // The memory of a new array with a number a lane, which the entry of the info has.
  void* add_column(PyObject* key, py::handle dtype) {
    const py::array array = make_array(*batch().pool, dtype, {static_cast<py::ssize_t>(batch().num_envs)});
    set_item(entry_, key, array);
    return data_of(array);
  }

  // every step of a large batch uses them
  struct Names {
    PyObject* returns = interned("r");
    PyObject* lengths = interned("l");
    PyObject* times = interned("t");
    PyObject* episode_count = interned("episode_count");
    PyObject* keep_episodes = interned("_keep_episodes");
  };

  Names names_;
  py::str key_, mask_key_;
  EpisodeStatistics stage_;
  py::object entry_;  // of the present step's info
  LentQueue return_queue_{"return_queue", ElementType::kFloat64};
  LentQueue length_queue_{"length_queue", ElementType::kInt64};
  LentQueue time_queue_{"time_queue", ElementType::kFloat64};
  LaneArray& returns_ = lend("episode_returns", ElementType::kFloat64);
  LaneArray& lengths_ = lend("episode_lengths", ElementType::kInt64);
  LaneArray& start_times_ = lend("episode_start_times", ElementType::kFloat64);
};

class LentStack final : public LentLanes {
 public:
  LentStack(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, std::size_t depth,
            std::vector<std::byte> padding)
      : LentLanes(wrapper, batch, "_prev_dones"),
        stage_(rows.bytes(), depth, std::move(padding), batch.autoreset, batch.num_envs),
        frames_(lend("_frames", *element_type(rows.number), depth * rows.size)) {}
  BatchStage& stage() override { return stage_; }

 private:
  void aim() override {
    stage_.set_lanes(
        {.frames = frames_.data<std::byte>(), .ended_before = flags().before(), .ended_now = flags().now()});
  }

  StackObservation stage_;
  LaneArray& frames_;
};

class LentTime final : public LentLanes {
 public:
  LentTime(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, Number target,
           std::optional<double> limit)
      : LentLanes(wrapper, batch, "_prev_dones"),
        stage_(rows, target, limit, batch.autoreset, batch.num_envs) {}
  BatchStage& stage() override { return stage_; }

 private:
  void aim() override {
    stage_.set_lanes(
        {.steps = steps_.data<std::int64_t>(), .ended_before = flags().before(), .ended_now = flags().now()});
  }

  TimeObservation stage_;
  LaneArray& steps_ = lend("timesteps", ElementType::kInt64);
};

// A stage without memory.
template <class Stage>
class PureStage final : public LentStage {
 public:
  template <class... Arguments>
  explicit PureStage(const py::object& wrapper, Arguments&&... arguments)
      : LentStage(wrapper), stage_(std::forward<Arguments>(arguments)...) {}
  BatchStage& stage() override { return stage_; }

 private:
  Stage stage_;
};

template <class Real>
std::vector<Real> numbers_of(const py::handle& array) {
  const auto numbers = py::array_t<Real, py::array::c_style | py::array::forcecast>::ensure(array);
  if (!numbers) throw py::error_already_set();
  return {numbers.data(), numbers.data() + numbers.size()};
}

// A stage with two numbers for each number of a row, for float32 or float64.
template <template <class> class Stage>
std::unique_ptr<LentStage> make_linear(const py::object& wrapper, const py::tuple& arguments) {
  const auto dtype = py::cast<std::string>(arguments[2]);
  if (dtype == "float32") {
    return std::make_unique<PureStage<Stage<float>>>(wrapper, numbers_of<float>(arguments[0]),
                                                     numbers_of<float>(arguments[1]));
  }
  return std::make_unique<PureStage<Stage<double>>>(wrapper, numbers_of<double>(arguments[0]),
                                                    numbers_of<double>(arguments[1]));
}

}  // namespace

Number number_named(const std::string& name) {
  constexpr std::pair<const char*, Number> kNames[] = {
      {"uint8", Number::kUint8},     {"int8", Number::kInt8},       {"int32", Number::kInt32},
      {"int64", Number::kInt64},     {"float16", Number::kFloat16}, {"bfloat16", Number::kBfloat16},
      {"float32", Number::kFloat32}, {"float64", Number::kFloat64}};
  for (const auto& [known, number] : kNames) {
    if (name == known) return number;
  }
  throw py::value_error("no stage has numbers of the type " + name);
}

std::unique_ptr<LentStage> make_lent_stage(const std::string& name, const py::object& wrapper,
                                           const py::tuple& arguments, const StageInput& input,
                                           const StageBatch& batch) {
  const Number number = input.rows.number;
  const bool is_real = number == Number::kFloat32 || number == Number::kFloat64;
  if (name == "none") return std::make_unique<PureStage<BatchStage>>(wrapper);
  if (name == "record_episode_statistics") {
    return std::make_unique<LentStatistics>(wrapper, batch, py::cast<py::str>(arguments[0]));
  }
  if (name == "normalize_observation") {
    if (!is_real || input.shape.empty()) return nullptr;
    return make_lent_normalize_observation(wrapper, input, arguments[0]);
  }
  if (name == "normalize_reward") return make_lent_normalize_reward(wrapper, batch, arguments[0]);
  if (name == "clip_reward") {
    return std::make_unique<PureStage<ClipReward>>(wrapper, py::cast<std::optional<double>>(arguments[0]),
                                                   py::cast<std::optional<double>>(arguments[1]));
  }
  if (name == "affine_reward") {
    return std::make_unique<PureStage<AffineReward>>(wrapper, py::cast<double>(arguments[0]),
                                                     py::cast<double>(arguments[1]));
  }
  if (name == "clip_action") return make_linear<ClipAction>(wrapper, arguments);
  if (name == "rescale_action") return make_linear<RescaleAction>(wrapper, arguments);
  if (name == "rescale_observation") {
    if (!is_real) return nullptr;
    return make_linear<RescaleObservation>(wrapper, arguments);
  }
  if (name == "dtype_observation") {
    const Number target = number_named(py::cast<std::string>(arguments[0]));
    if (!CastObservation::is_known(number, target)) return nullptr;
    return std::make_unique<PureStage<CastObservation>>(wrapper, input.rows, target);
  }
  if (name == "flatten_observation") {
    const Number target = number_named(py::cast<std::string>(arguments[0]));
    if (input.is_task && FlattenObservation::is_known(batch.observation_space, target)) {
      return std::make_unique<PureStage<FlattenObservation>>(wrapper, batch.observation_space, target);
    }
    // rows of a Box are flat as they lie
    if (input.is_task || target != number) return nullptr;
    return std::make_unique<PureStage<CastObservation>>(wrapper, input.rows, target);
  }
  if (name == "frame_stack") {
    if (!element_type(number)) return nullptr;
    std::vector<std::byte> padding;
    if (!arguments[1].is_none()) {
      const auto frame = PlainArray::from(arguments[1].ptr());
      if (!frame || frame->size() * size_of(frame->type()) != input.rows.bytes()) return nullptr;
      const auto* const bytes = static_cast<const std::byte*>(frame->data());
      padding.assign(bytes, bytes + input.rows.bytes());
    }
    return std::make_unique<LentStack>(wrapper, batch, input.rows, py::cast<std::size_t>(arguments[0]),
                                       std::move(padding));
  }
  if (name == "repeat_steps" || name == "skip_steps" || name == "stick_action") {
    return make_lent_course(name, wrapper, arguments, input, batch);
  }
  if (name == "time_aware") {
    const Number target = number_named(py::cast<std::string>(arguments[1]));
    const auto limit = py::cast<std::optional<double>>(arguments[0]);
    if (!TimeObservation::is_known(number, target, limit.has_value())) return nullptr;
    return std::make_unique<LentTime>(wrapper, batch, input.rows, target, limit);
  }
  throw py::value_error("there is no stage " + name);
}

}  // namespace plyo::bindings
