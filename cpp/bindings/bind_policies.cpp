// The native policies. plyo.policies gives them their public face.
#include <pybind11/stl.h>

#include <algorithm>

#include "../rollout/network_policy.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

using FloatArray = py::array_t<float, py::array::c_style | py::array::forcecast>;

// The data of an array, and with it the array; its last reference may be dropped without the GIL.
std::shared_ptr<const void> share_data(const py::array& array) {
  const void* const data = array.data();
  PyObject* const object = py::object(array).release().ptr();
  return {data, [object](const void*) {
            const GilHold hold;
            Py_DECREF(object);
          }};
}

std::vector<float> to_vector(const FloatArray& array) { return {array.data(), array.data() + array.size()}; }

// Layers as (weights (P, outputs, inputs), bias (P, outputs)); shapes were checked by plyo.policies.
std::unique_ptr<NetworkPolicy> make_network(const std::vector<std::pair<FloatArray, FloatArray>>& layers,
                                            const std::string& activation, const std::string& head,
                                            const FloatArray& log_std, bool clip_actions,
                                            const py::object& seed) {
  NetworkConfig config;
  for (const auto& [weights, bias] : layers) {
    config.layers.push_back({.num_inputs = static_cast<std::size_t>(weights.shape(2)),
                             .num_outputs = static_cast<std::size_t>(weights.shape(1)),
                             .weights = to_vector(weights),
                             .bias = to_vector(bias)});
    config.population = static_cast<std::size_t>(weights.shape(0));
  }
  config.activation = activation == "relu" ? Activation::kRelu : Activation::kTanh;
  config.head = head == "argmax"        ? Head::kArgmax
                : head == "categorical" ? Head::kCategorical
                : head == "mean"        ? Head::kMean
                                        : Head::kGaussian;
  config.log_std = to_vector(log_std);
  config.clip_actions = clip_actions;
  config.seed = to_seed(seed);
  return std::make_unique<NetworkPolicy>(std::move(config));
}

}  // namespace

void register_policies(py::module_& module) {
  const py::class_<Policy> base(module, "Policy", "A native policy.");
  py::class_<RandomPolicy, Policy>(module, "RandomPolicy")
      .def(py::init([](const py::object& seed) { return std::make_unique<RandomPolicy>(to_seed(seed)); }),
           py::arg("seed"));
  py::class_<ConstantPolicy, Policy>(module, "ConstantPolicy")
      .def(py::init([](const PyEngine& engine, const py::object& action) {
             return std::make_unique<ConstantPolicy>(engine.action_bytes(action));
           }),
           py::arg("engine"), py::arg("action"));
  py::class_<SequencePolicy, Policy>(module, "SequencePolicy")
      .def(
          py::init([](PyEngine& engine, const py::object& actions, std::size_t num_steps) {
            const Engine& native = engine.engine();
            std::vector<std::shared_ptr<const void>> parts;
            for (const py::array& part :
                 to_actions(actions, native.action_space(), native.num_envs(), num_steps)) {
              parts.push_back(share_data(part));
            }
            return std::make_unique<SequencePolicy>(std::move(parts), std::max<std::size_t>(1, num_steps),
                                                    native.num_envs());
          }),
          py::arg("engine"), py::arg("actions"), py::arg("num_steps"),
          "Actions of shape (num_steps, num_envs, ...), or with 0 steps (num_envs, ...), those of one step.");
  py::class_<NetworkPolicy, Policy>(module, "NetworkPolicy")
      .def(py::init(&make_network), py::arg("layers"), py::arg("activation"), py::arg("head"),
           py::arg("log_std"), py::arg("clip_actions"), py::arg("seed"));
}

}  // namespace plyo::bindings
