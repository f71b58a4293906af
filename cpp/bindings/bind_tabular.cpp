// Tables: dynamic programming, the policy that looks actions up, Q-learning. plyo.tabular, plyo.policies and
// plyo.train give them their public faces.
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "../engine/errors.hpp"
#include "../rollout/q_learning.hpp"
#include "../rollout/tabular_policy.hpp"
#include "../rollout/value_sweeps.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "register.hpp"
#include "signal_poll.hpp"

namespace plyo::bindings {
namespace {

constexpr int kExactly = py::array::c_style;
using Doubles = py::array_t<double, kExactly>;
using Integers = py::array_t<std::int64_t, kExactly>;
using Bools = py::array_t<bool, kExactly>;

// Runs native work without the GIL; `work` gets the poll for Ctrl-C.
template <class Work>
auto run_interruptibly(Work work) {
  SignalPoll signals;
  const ThreadPool::Poll poll(signals);
  try {
    const GilRelease release;
    const DefaultFloatMode mode;
    return work(&poll);
  } catch (const Interrupted&) {
    signals.rethrow();
    throw;
  }
}

template <class T>
py::array_t<T> to_array(const std::vector<T>& values, const Shape& shape) {
  return py::array_t<T>(shape, values.data());
}

// The arrays of a model; plyo.tabular has checked their shapes and values.
py::tuple sweep(const Doubles& probability, const Integers& next, const Doubles& reward,
                const Bools& terminated, double discount, double tolerance, std::size_t max_sweeps,
                const std::optional<Integers>& policy, bool over_time) {
  const Shape shape{probability.shape(0), probability.shape(1)};
  const TransitionTable table{.num_states = static_cast<std::size_t>(shape[0]),
                              .num_actions = static_cast<std::size_t>(shape[1]),
                              .num_ways = static_cast<std::size_t>(probability.shape(2)),
                              .probability = probability.data(),
                              .next = next.data(),
                              .reward = reward.data(),
                              .terminated = reinterpret_cast<const std::uint8_t*>(terminated.data())};
  Integers times(Shape{over_time ? static_cast<py::ssize_t>(max_sweeps) : 0, shape[0]});
  SweepRequest request{.discount = discount,
                       .tolerance = tolerance,
                       .max_sweeps = max_sweeps,
                       .policy = policy ? policy->data() : nullptr,
                       .actions_over_time = over_time ? times.mutable_data() : nullptr};
  const SweepResult result = run_interruptibly([&](const ThreadPool::Poll* poll) {
    request.poll = poll;
    return sweep_values(table, request);
  });
  return py::make_tuple(to_array(result.values, {shape[0]}), to_array(result.action_values, shape),
                        over_time ? times : Integers(shape[0], result.actions.data()), result.sweeps,
                        result.converged);
}

std::vector<std::int64_t> to_choices(const Integers& choices, double epsilon) {
  if (!(epsilon >= 0 && epsilon <= 1)) {
    throw py::value_error(text("epsilon must be from 0 to 1, got ", epsilon));
  }
  return {choices.data(), choices.data() + choices.size()};
}

py::tuple learn(QLearner& learner, PyEngine& engine, std::size_t num_steps, double epsilon,
                double last_epsilon) {
  const LearningReport report = run_interruptibly([&](const ThreadPool::Poll* poll) {
    return learner.learn(engine.engine(), num_steps, epsilon, last_epsilon, poll);
  });
  return py::make_tuple(report.num_episodes, report.sum_of_returns);
}

}  // namespace

void register_tabular(py::module_& module) {
  module.def("sweep_values", &sweep, py::arg("probability"), py::arg("next"), py::arg("reward"),
             py::arg("terminated"), py::arg("discount"), py::arg("tolerance"), py::arg("max_sweeps"),
             py::arg("policy"), py::arg("over_time"),
             "Values, action values, best actions (over time if asked), sweeps, whether they stand still.");
  py::class_<TabularPolicy, Policy>(module, "TabularPolicy")
      .def(py::init([](const Integers& choices, double epsilon, const py::object& seed) {
             return std::make_unique<TabularPolicy>(to_choices(choices, epsilon), epsilon, to_seed(seed));
           }),
           py::arg("choices"), py::arg("epsilon"), py::arg("seed"))
      .def(
          "configure",
          [](TabularPolicy& self, const Integers& choices, double epsilon) {
            std::vector<std::int64_t> table = to_choices(choices, epsilon);
            const Engine::Exclusive guard = self.exclusive();
            self.set_table(std::move(table), epsilon);
          },
          py::arg("choices"), py::arg("epsilon"), "Takes another table; the random streams go on.");
  py::class_<QLearner>(module, "QLearner", "Tabular Q-learning over a batch.")
      .def(py::init([](double discount, double least_rate, const py::object& seed) {
             return std::make_unique<QLearner>(
                 QLearningConfig{.discount = discount, .least_rate = least_rate, .seed = to_seed(seed)});
           }),
           py::arg("discount"), py::arg("least_rate"), py::arg("seed"))
      .def("learn", &learn, py::arg("engine"), py::arg("num_steps"), py::arg("epsilon"),
           py::arg("last_epsilon"), "Episodes that ended and the sum of their returns.")
      .def("values", [](const QLearner& self) {
        const std::vector<double> values = self.values();
        const auto actions = static_cast<py::ssize_t>(self.num_actions());
        const auto entries = static_cast<py::ssize_t>(values.size()) / std::max<py::ssize_t>(1, actions);
        return to_array(values, {entries, actions});
      });
}

}  // namespace plyo::bindings
