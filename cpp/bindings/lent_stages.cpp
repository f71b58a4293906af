#include "lent_stages.hpp"

#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <utility>

#include "../engine/stages/episode_statistics.hpp"
#include "../engine/stages/map_action.hpp"
#include "../engine/stages/map_observation.hpp"
#include "../engine/stages/map_reward.hpp"
#include "../engine/stages/normalize_observation.hpp"
#include "../engine/stages/normalize_reward.hpp"
#include "../engine/stages/stack_observation.hpp"
#include "../engine/stages/time_observation.hpp"
#include "arrays.hpp"
#include "lent_course.hpp"
#include "numpy_values.hpp"
#include "wrapper_arrays.hpp"

namespace plyo::bindings {
namespace {

// A number that is exactly of Python's own types; NumPy's would decide about the types of results.
std::optional<double> plain_number(const py::object& value, bool integers) {
  if (!value) return std::nullopt;
  if (PyFloat_CheckExact(value.ptr())) return PyFloat_AS_DOUBLE(value.ptr());
  if (!integers || !PyLong_CheckExact(value.ptr())) return std::nullopt;
  const double number = PyLong_AsDouble(value.ptr());
  if (PyErr_Occurred() == nullptr) return number;
  PyErr_Clear();
  return std::nullopt;
}

bool is_true(const py::object& wrapper, PyObject* name) {
  const py::object value = get_attribute(wrapper.ptr(), name);
  const int truth = value ? PyObject_IsTrue(value.ptr()) : 0;
  if (truth < 0) throw py::error_already_set();
  return truth != 0;
}

class LentStatistics final : public LentStage {
 public:
  LentStatistics(const py::object& wrapper, const StageBatch& batch, py::str key)
      : LentStage(wrapper),
        batch_(batch),
        key_(std::move(key)),
        mask_key_("_" + std::string(key_)),
        stage_(batch.autoreset.resets_at_once) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    stage_.ended().clear();
    const std::size_t lanes = batch_.num_envs;
    if (!returns_.borrow(wrapper(), lanes) || !lengths_.borrow(wrapper(), lanes) ||
        !start_times_.borrow(wrapper(), lanes) || !flags_.borrow(wrapper(), batch_)) {
      return false;
    }
    aim();
    return true;
  }
  void detach() override {
    returns_.detach();
    lengths_.detach();
    start_times_.detach();
    flags_.detach();
    aim();
  }
  void add_info(py::dict& info, const EndedNow& ended) override {
    const EpisodeStatistics::Ended& episodes = stage_.ended();
    if (episodes.returns.empty()) return;
    py::dict entry;
    entry["r"] = spread(episodes.returns, float64_dtype(), ended);
    entry["l"] = spread(episodes.lengths, int64_dtype(), ended);
    entry["t"] = spread(episodes.times, float64_dtype(), ended);
    info[key_] = entry;
    py::array mask = make_array(*batch_.pool, bool_dtype(), {static_cast<py::ssize_t>(batch_.num_envs)});
    std::memcpy(data_of(mask), ended.marks, batch_.num_envs);
    info[mask_key_] = mask;
  }
  void give_back() override {
    returns_.give_back();
    lengths_.give_back();
    start_times_.give_back();
    flags_.give_back(wrapper());
    const EpisodeStatistics::Ended& episodes = stage_.ended();
    if (episodes.returns.empty()) return;
    wrapper().attr("_keep_episodes")(to_numbers(episodes.returns, ElementType::kFloat64),
                                     to_numbers(episodes.lengths, ElementType::kInt64),
                                     to_numbers(episodes.times, ElementType::kFloat64));
  }

 private:
  void aim() {
    stage_.set_lanes({.returns = returns_.data<double>(),
                      .lengths = lengths_.data<std::int64_t>(),
                      .start_times = start_times_.data<double>(),
                      .ended_before = flags_.before(),
                      .ended_now = flags_.now()});
  }
  // An array of some numbers, on memory of its own: their count is never the same twice.
  template <class T>
  static py::object to_numbers(const std::vector<T>& values, ElementType type) {
    py::object array = steal(new_array(type, static_cast<py::ssize_t>(values.size())));
    if (!array) throw py::error_already_set();
    std::memcpy(array_data(array.ptr()), values.data(), values.size() * sizeof(T));
    return array;
  }
  // Values of the lanes whose episodes have ended among zeros.
  template <class T>
  py::array spread(const std::vector<T>& values, py::handle dtype, const EndedNow& ended) const {
    py::array array = make_array(*batch_.pool, dtype, {static_cast<py::ssize_t>(batch_.num_envs)});
    auto* const all = static_cast<T*>(data_of(array));
    std::memset(all, 0, batch_.num_envs * sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) all[ended.lanes[i]] = values[i];
    return array;
  }

  const StageBatch& batch_;
  py::str key_, mask_key_;
  EpisodeStatistics stage_;
  LaneArray returns_{"episode_returns", ElementType::kFloat64};
  LaneArray lengths_{"episode_lengths", ElementType::kInt64};
  LaneArray start_times_{"episode_start_times", ElementType::kFloat64};
  Flags flags_{"prev_dones"};
};

// The moments of a wrapper, which is another object after some assignments.
class LentMoments {
 public:
  LentMoments(const char* name, py::object type) : name_(interned(name)), type_(std::move(type)) {}

  bool borrow(const py::object& wrapper) {
    object_ = get_attribute(wrapper.ptr(), name_);
    if (!object_ || !py::type::handle_of(object_).is(type_)) return false;
    mean = get_attribute(object_.ptr(), mean_name_);
    var = get_attribute(object_.ptr(), var_name_);
    const auto number = plain_number(get_attribute(object_.ptr(), count_name_), false);
    count = number.value_or(0);
    return mean && var && number;
  }
  void give_back(const py::object& new_mean, const py::object& new_var, double new_count) {
    set_attribute(object_, mean_name_, new_mean);
    set_attribute(object_, var_name_, new_var);
    set_attribute(object_, count_name_, py::float_(new_count));
  }

  py::object mean, var;
  double count = 0;

 private:
  PyObject* name_;
  PyObject* mean_name_ = interned("mean");
  PyObject* var_name_ = interned("var");
  PyObject* count_name_ = interned("count");
  py::object type_, object_;
};

class LentNormalizeObservation final : public LentStage {
 public:
  LentNormalizeObservation(const py::object& wrapper, const StageInput& input, py::object moments)
      : LentStage(wrapper), rows_(input.rows), shape_(input.shape), moments_("obs_rms", std::move(moments)) {}
  BatchStage& stage() override { return *stage_; }

  bool borrow() override {
    if (!moments_.borrow(wrapper())) return false;
    const auto mean = PlainArray::from(moments_.mean.ptr());
    const auto var = PlainArray::from(moments_.var.ptr());
    const auto epsilon = plain_number(get_attribute(wrapper().ptr(), epsilon_name_), false);
    if (!mean || !var || !epsilon || mean->type() != var->type() || mean->type() < ElementType::kFloat32 ||
        !mean->has_shape(shape_.ptr()) || !var->has_shape(shape_.ptr())) {
      return false;
    }
    const Number number = mean->type() == ElementType::kFloat32 ? Number::kFloat32 : Number::kFloat64;
    const bool updates = is_true(wrapper(), updates_name_);
    if (updates && number < rows_.number) return false;  // wider samples widen the moments
    if (!stage_ || number != number_) {
      const std::size_t position = stage_ ? stage_->position() : 0;
      stage_.emplace(rows_, number);
      stage_->set_position(position);
      number_ = number;
    }
    if (updates) {
      new_mean_ = steal(new_array(dtype_of(mean->type()), mean->num_dimensions(), mean->dimensions()));
      new_var_ = steal(new_array(dtype_of(mean->type()), mean->num_dimensions(), mean->dimensions()));
      if (!new_mean_ || !new_var_) throw py::error_already_set();
    }
    stage_->set_state({.mean_so_far = mean->data(),
                       .var_so_far = var->data(),
                       .mean = updates ? array_data(new_mean_.ptr()) : nullptr,
                       .var = updates ? array_data(new_var_.ptr()) : nullptr,
                       .count = moments_.count,
                       .epsilon = *epsilon,
                       .updates = updates});
    return true;
  }
  void give_back() override {
    if (stage_->state().updates && stage_->state().count != moments_.count) {
      moments_.give_back(new_mean_, new_var_, stage_->state().count);
    }
  }

 private:
  PyObject* epsilon_name_ = interned("epsilon");
  PyObject* updates_name_ = interned("_update_running_mean");
  RowFormat rows_;
  py::tuple shape_;
  LentMoments moments_;
  Number number_{};
  std::optional<NormalizeObservation> stage_{std::in_place, RowFormat{}, Number::kFloat32};
  py::object new_mean_, new_var_;
};

// The only number of moments without dimensions.
std::optional<double> scalar_moment(const py::object& value) {
  if (PyFloat_Check(value.ptr())) return PyFloat_AS_DOUBLE(value.ptr());  // float64 scalars too
  const auto array = PlainArray::from(value.ptr());
  if (!array || array->num_dimensions() != 0 || array->type() != ElementType::kFloat64) return std::nullopt;
  return *static_cast<const double*>(array->data());
}

class LentNormalizeReward final : public LentStage {
 public:
  LentNormalizeReward(const py::object& wrapper, const StageBatch& batch, py::object moments)
      : LentStage(wrapper),
        batch_(batch),
        moments_("return_rms", std::move(moments)),
        stage_(batch.autoreset.resets_at_once) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    const auto gamma = plain_number(get_attribute(wrapper().ptr(), gamma_name_), true);
    const auto epsilon = plain_number(get_attribute(wrapper().ptr(), epsilon_name_), true);
    if (!gamma || !epsilon || !moments_.borrow(wrapper())) return false;
    const auto mean = scalar_moment(moments_.mean), var = scalar_moment(moments_.var);
    const std::size_t lanes = batch_.num_envs;
    if (!mean || !var || !returns_.borrow(wrapper(), lanes) || !last_.borrow(wrapper(), lanes) ||
        !flags_.borrow(wrapper(), batch_)) {
      return false;
    }
    state_ = {.mean = *mean,
              .var = *var,
              .count = moments_.count,
              .gamma = *gamma,
              .epsilon = *epsilon,
              .updates = is_true(wrapper(), updates_name_)};
    aim();
    return true;
  }
  void detach() override {
    returns_.detach();
    last_.detach();
    flags_.detach();
    aim();
  }
  void give_back() override {
    returns_.give_back();
    last_.give_back();
    flags_.give_back(wrapper());
    const NormalizeReward::State& state = stage_.state();
    if (state.count == moments_.count) return;
    moments_.give_back(numpy_scalar(float64_dtype(), &state.mean), numpy_scalar(float64_dtype(), &state.var),
                       state.count);
  }

 private:
  void aim() {
    state_.returns = returns_.data<float>();
    state_.last_returns = last_.data<float>();
    state_.ended_before = flags_.before();
    state_.ended_now = flags_.now();
    stage_.set_state(state_, batch_.num_envs);
  }

  PyObject* gamma_name_ = interned("gamma");
  PyObject* epsilon_name_ = interned("epsilon");
  PyObject* updates_name_ = interned("_update_running_mean");
  const StageBatch& batch_;
  LentMoments moments_;
  NormalizeReward stage_;
  NormalizeReward::State state_;
  LaneArray returns_{"accumulated_reward", ElementType::kFloat32};
  LaneArray last_{"_last_rewards", ElementType::kFloat32};
  Flags flags_{"_prev_dones"};
};

class LentStack final : public LentStage {
 public:
  LentStack(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, std::size_t depth,
            std::vector<std::byte> padding)
      : LentStage(wrapper),
        batch_(batch),
        stage_(rows.bytes(), depth, std::move(padding), batch.autoreset, batch.num_envs),
        frames_("_frames", *element_type(rows.number), depth * rows.size) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    if (!frames_.borrow(wrapper(), batch_.num_envs) || !flags_.borrow(wrapper(), batch_)) return false;
    aim();
    return true;
  }
  void detach() override {
    frames_.detach();
    flags_.detach();
    aim();
  }
  void give_back() override {
    frames_.give_back();
    flags_.give_back(wrapper());
  }

 private:
  void aim() {
    stage_.set_lanes(
        {.frames = frames_.data<std::byte>(), .ended_before = flags_.before(), .ended_now = flags_.now()});
  }

  const StageBatch& batch_;
  StackObservation stage_;
  LaneArray frames_;
  Flags flags_{"_prev_dones"};
};

class LentTime final : public LentStage {
 public:
  LentTime(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, Number target,
           std::optional<double> limit)
      : LentStage(wrapper), batch_(batch), stage_(rows, target, limit, batch.autoreset, batch.num_envs) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    if (!steps_.borrow(wrapper(), batch_.num_envs) || !flags_.borrow(wrapper(), batch_)) return false;
    aim();
    return true;
  }
  void detach() override {
    steps_.detach();
    flags_.detach();
    aim();
  }
  void give_back() override {
    steps_.give_back();
    flags_.give_back(wrapper());
  }

 private:
  void aim() {
    stage_.set_lanes(
        {.steps = steps_.data<std::int64_t>(), .ended_before = flags_.before(), .ended_now = flags_.now()});
  }

  const StageBatch& batch_;
  TimeObservation stage_;
  LaneArray steps_{"timesteps", ElementType::kInt64};
  Flags flags_{"_prev_dones"};
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
    return std::make_unique<LentNormalizeObservation>(wrapper, input, arguments[0]);
  }
  if (name == "normalize_reward") return std::make_unique<LentNormalizeReward>(wrapper, batch, arguments[0]);
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
