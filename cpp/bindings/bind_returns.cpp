// Advantages and returns of arrays from anywhere; plyo.returns has the public functions.
#include <pybind11/stl.h>

#include <optional>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/float_mode.hpp"
#include "../rollout/returns_kernels.hpp"
#include "arrays.hpp"
#include "gil.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

template <class Number>
using Numbers = py::array_t<Number, py::array::c_style>;
using Flags = py::array_t<bool, py::array::c_style>;
template <class Number>
using MaybeNumbers = std::optional<Numbers<Number>>;
using MaybeFlags = std::optional<Flags>;
using MaybeArray = std::optional<py::array>;

template <class Number>
const ReturnsKernelsOf<Number>& kernels() {
  const ReturnsKernels& all = returns_kernels(selected_isa());
  if constexpr (sizeof(Number) == sizeof(float)) {
    return all.floats;
  } else {
    return all.doubles;
  }
}

// Steps over time: arrays whose first dimension is time and whose others count lanes.
template <class Number>
class Steps {
 public:
  Steps(const Numbers<Number>& rewards, const Flags& terminated, const MaybeFlags& truncated,
        const MaybeFlags& valid)
      : shape_(rewards.shape(), rewards.shape() + rewards.ndim()) {
    if (shape_.empty()) throw py::value_error("rewards must have a dimension of time");
    arrays_.rewards = rewards.data();
    arrays_.num_steps = static_cast<std::size_t>(shape_[0]);
    arrays_.num_lanes = 1;
    for (std::size_t d = 1; d < shape_.size(); ++d) arrays_.num_lanes *= static_cast<std::size_t>(shape_[d]);
    arrays_.pitch = arrays_.out_pitch = arrays_.num_lanes;
    check(terminated, shape_, "terminated");
    if (truncated) check(*truncated, shape_, "truncated");
    if (valid) check(*valid, shape_, "valid");
    flags_.resize(static_cast<std::size_t>(rewards.size()));
    for (std::size_t i = 0; i < flags_.size(); ++i) {
      flags_[i] =
          step_flags(terminated.data()[i], truncated && truncated->data()[i], !valid || valid->data()[i]);
    }
    arrays_.flags = flags_.data();
  }

  const Number* over_time(const Numbers<Number>& array, const char* name) const {
    check(array, shape_, name);
    return array.data();
  }
  const Number* last(const MaybeNumbers<Number>& array, const char* name) const {
    if (!array) return nullptr;
    check(*array, {shape_.begin() + 1, shape_.end()}, name);
    return array->data();
  }
  void set_values(const Numbers<Number>& values, const MaybeNumbers<Number>& last_values,
                  const MaybeNumbers<Number>& next_values) {
    arrays_.values = over_time(values, "values");
    arrays_.last_values = last(last_values, "last_values");
    if (next_values) arrays_.next_values = over_time(*next_values, "next_values");
    if (!last_values && !next_values) throw py::value_error("give last_values or next_values");
  }
  void set_last(const MaybeNumbers<Number>& values, const char* name) {
    arrays_.last_values = last(values, name);
  }

  Numbers<Number> result() const { return Numbers<Number>(shape_); }
  // Without the GIL where it is worth it.
  template <class Compute>
  void run(const Compute& compute) const {
    std::optional<GilRelease> release;
    if (flags_.size() >= 8192) release.emplace();
    const DefaultFloatMode mode;
    compute(arrays_);
  }

 private:
  static void check(const py::array& array, const Shape& expected, const char* name) {
    const Shape shape(array.shape(), array.shape() + array.ndim());
    if (shape == expected) return;
    throw py::value_error(std::string(name) + " must have the shape " + shape_text(expected) + ", got " +
                          shape_text(shape));
  }

  Shape shape_;
  RewardArrays<Number> arrays_;
  std::vector<std::uint8_t> flags_;
};

// Calls `function` with a number of the type of these values.
template <class Function>
auto by_type(const py::array& values, const Function& function) {
  if (py::isinstance<py::array_t<float>>(values)) return function(float{});
  return function(double{});
}

template <class Number>
Numbers<Number> to_numbers(const py::array& array) {
  return py::cast<Numbers<Number>>(array);
}

template <class Number>
MaybeNumbers<Number> to_numbers(const MaybeArray& array) {
  if (!array) return std::nullopt;
  return to_numbers<Number>(*array);
}

py::tuple gae(const py::array& rewards, const py::array& values, const MaybeArray& last_values,
              const MaybeArray& next_values, const Flags& terminated, const MaybeFlags& truncated,
              const MaybeFlags& valid, double gamma, double gae_lambda) {
  return by_type(values, [&]<class Number>(Number) -> py::tuple {
    const auto given_rewards = to_numbers<Number>(rewards), given_values = to_numbers<Number>(values);
    const auto last = to_numbers<Number>(last_values), next = to_numbers<Number>(next_values);
    Steps<Number> steps(given_rewards, terminated, truncated, valid);
    steps.set_values(given_values, last, next);
    Numbers<Number> advantages = steps.result(), returns = steps.result();
    Number* const to[] = {advantages.mutable_data(), returns.mutable_data()};
    steps.run([&](const RewardArrays<Number>& arrays) {
      kernels<Number>().gae(arrays, static_cast<Number>(gamma), static_cast<Number>(gae_lambda), to[0],
                            to[1]);
    });
    return py::make_tuple(advantages, returns);
  });
}

py::tuple vtrace(const py::array& log_ratios, const py::array& rewards, const py::array& values,
                 const MaybeArray& last_values, const MaybeArray& next_values, const Flags& terminated,
                 const MaybeFlags& truncated, const MaybeFlags& valid, double gamma, double trace_lambda,
                 double rho_clip, double c_clip) {
  return by_type(values, [&]<class Number>(Number) -> py::tuple {
    const auto given_ratios = to_numbers<Number>(log_ratios), given_rewards = to_numbers<Number>(rewards),
               given_values = to_numbers<Number>(values);
    const auto last = to_numbers<Number>(last_values), next = to_numbers<Number>(next_values);
    Steps<Number> steps(given_rewards, terminated, truncated, valid);
    steps.set_values(given_values, last, next);
    const Number* const ratios = steps.over_time(given_ratios, "log_ratios");
    Numbers<Number> targets = steps.result(), advantages = steps.result();
    Number* const to[] = {targets.mutable_data(), advantages.mutable_data()};
    steps.run([&](const RewardArrays<Number>& arrays) {
      kernels<Number>().vtrace(arrays, ratios, static_cast<Number>(gamma), static_cast<Number>(trace_lambda),
                               static_cast<Number>(rho_clip), static_cast<Number>(c_clip), to[0], to[1]);
    });
    return py::make_tuple(targets, advantages);
  });
}

py::array discount(const py::array& rewards, const Flags& ended, const MaybeArray& last, double gamma) {
  return by_type(rewards, [&]<class Number>(Number) -> py::array {
    const auto given = to_numbers<Number>(rewards);
    const auto after = to_numbers<Number>(last);
    Steps<Number> steps(given, ended, std::nullopt, std::nullopt);
    steps.set_last(after, "last");
    Numbers<Number> sums = steps.result();
    Number* const to = sums.mutable_data();
    steps.run([&](const RewardArrays<Number>& arrays) {
      kernels<Number>().discount(arrays, static_cast<Number>(gamma), to);
    });
    return sums;
  });
}

}  // namespace

// Numbers are computed in the type of the values, float or double.
void register_returns(py::module_& module) {
  module.def("gae", &gae, py::arg("rewards"), py::arg("values"), py::arg("last_values"),
             py::arg("next_values"), py::arg("terminated"), py::arg("truncated"), py::arg("valid"),
             py::arg("gamma"), py::arg("gae_lambda"));
  module.def("vtrace", &vtrace, py::arg("log_ratios"), py::arg("rewards"), py::arg("values"),
             py::arg("last_values"), py::arg("next_values"), py::arg("terminated"), py::arg("truncated"),
             py::arg("valid"), py::arg("gamma"), py::arg("trace_lambda"), py::arg("rho_clip"),
             py::arg("c_clip"));
  module.def("discount", &discount, py::arg("rewards"), py::arg("ended"), py::arg("last"), py::arg("gamma"));
}

}  // namespace plyo::bindings
