#include "lent_normalizers.hpp"

#include <optional>
#include <utility>

#include "../engine/stages/normalize_observation.hpp"
#include "../engine/stages/normalize_reward.hpp"
#include "arrays.hpp"
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

class LentNormalizeReward final : public LentLanes {
 public:
  LentNormalizeReward(const py::object& wrapper, const StageBatch& batch, py::object moments)
      : LentLanes(wrapper, batch, "_prev_dones"),
        moments_("return_rms", std::move(moments)),
        stage_(batch.autoreset.resets_at_once) {}
  BatchStage& stage() override { return stage_; }

 private:
  bool read() override {
    const auto gamma = plain_number(get_attribute(wrapper().ptr(), gamma_name_), true);
    const auto epsilon = plain_number(get_attribute(wrapper().ptr(), epsilon_name_), true);
    if (!gamma || !epsilon || !moments_.borrow(wrapper())) return false;
    const auto mean = scalar_moment(moments_.mean), var = scalar_moment(moments_.var);
    if (!mean || !var) return false;
    state_ = {.mean = *mean,
              .var = *var,
              .count = moments_.count,
              .gamma = *gamma,
              .epsilon = *epsilon,
              .updates = is_true(wrapper(), updates_name_)};
    return true;
  }
  void write() override {
    const NormalizeReward::State& state = stage_.state();
    if (state.count == moments_.count) return;
    moments_.give_back(numpy_scalar(float64_dtype(), &state.mean), numpy_scalar(float64_dtype(), &state.var),
                       state.count);
  }
  void aim() override {
    state_.returns = returns_.data<float>();
    state_.last_returns = last_.data<float>();
    state_.ended_before = flags().before();
    state_.ended_now = flags().now();
    stage_.set_state(state_, batch().num_envs);
  }

  PyObject* gamma_name_ = interned("gamma");
  PyObject* epsilon_name_ = interned("epsilon");
  PyObject* updates_name_ = interned("_update_running_mean");
  LentMoments moments_;
  NormalizeReward stage_;
  NormalizeReward::State state_;
  LaneArray& returns_ = lend("accumulated_reward", ElementType::kFloat32);
  LaneArray& last_ = lend("_last_rewards", ElementType::kFloat32);
};

}  // namespace

std::unique_ptr<LentStage> make_lent_normalize_observation(const py::object& wrapper, const StageInput& input,
                                                           const py::object& moments) {
  return std::make_unique<LentNormalizeObservation>(wrapper, input, moments);
}

std::unique_ptr<LentStage> make_lent_normalize_reward(const py::object& wrapper, const StageBatch& batch,
                                                      const py::object& moments) {
  return std::make_unique<LentNormalizeReward>(wrapper, batch, moments);
}

}  // namespace plyo::bindings
