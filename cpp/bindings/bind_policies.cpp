// The native policies. plyo.policies has their public classes.
#include <pybind11/stl.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

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

using Layers = std::vector<std::pair<FloatArray, FloatArray>>;

std::vector<float> to_vector(const FloatArray& array) { return {array.data(), array.data() + array.size()}; }

template <class Choice>
using Names = std::initializer_list<std::pair<std::string_view, Choice>>;

// The choice of that name; raises ValueError with the names that there are.
template <class Choice>
Choice by_name(const char* what, const std::string& name, Names<Choice> choices) {
  std::string names;
  for (const auto& [known, choice] : choices) {
    if (known == name) return choice;
    names += (names.empty() ? "'" : ", '") + std::string(known) + "'";
  }
  throw py::value_error(text(what, " must be one of ", names, ", got '", name, "'"));
}

// Layers as (weights (P, outputs, inputs), bias (P, outputs)), whose numbers are copied. `name` tells in errors which
// part of the network they are. The outputs of a layer are so many times the inputs of the next.
std::vector<DenseLayer> to_layers(const Layers& layers, std::size_t population, const char* name,
                                  py::ssize_t outputs_per_input = 1) {
  std::vector<DenseLayer> result;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& [weights, bias] = layers[l];
    const bool fits = weights.ndim() == 3 && bias.ndim() == 2 && bias.shape(0) == weights.shape(0) &&
                      bias.shape(1) == weights.shape(1) && weights.size() > 0 &&
                      static_cast<std::size_t>(weights.shape(0)) == population &&
                      (l == 0 || outputs_per_input * weights.shape(2) == layers[l - 1].first.shape(1));
    if (!fits) {
      throw py::value_error(
          text(name, "layer ", l,
               " must have weights (population, outputs, inputs) and a bias (population, outputs) "
               "that fit each other and the layer before"));
    }
    result.push_back({.num_inputs = static_cast<std::size_t>(weights.shape(2)),
                      .num_outputs = static_cast<std::size_t>(weights.shape(1)),
                      .weights = to_vector(weights),
                      .bias = to_vector(bias)});
  }
  return result;
}

NetworkConfig to_network(const Layers& layers, const Layers& trunk, const Layers& value,
                         const Layers& gru_inputs, const Layers& gru_states, const FloatArray& initial_hidden,
                         const std::string& activation, const std::string& value_activation,
                         const std::string& head, const FloatArray& log_std,
                         const std::optional<std::pair<float, float>>& log_std_range, bool clip_actions,
                         const py::object& seed) {
  const Names<Activation> activations{
      {"tanh", Activation::kTanh}, {"relu", Activation::kRelu}, {"silu", Activation::kSilu}};
  const bool has_population = !layers.empty() && layers[0].first.ndim() == 3;
  const auto population =
      has_population ? static_cast<std::size_t>(layers[0].first.shape(0)) : std::size_t{1};
  const auto to_range = [](const std::pair<float, float>& pair) {
    return LogStdRange{pair.first, pair.second};
  };
  return {.layers = to_layers(layers, population, ""),
          .trunk = to_layers(trunk, population, "trunk "),
          .value = to_layers(value, population, "value "),
          .gru_inputs = to_layers(gru_inputs, population, "GRU input ", 3),
          .gru_states = to_layers(gru_states, population, "GRU state ", 3),
          .initial_hidden = to_vector(initial_hidden),
          .activation = by_name<Activation>("activation", activation, activations),
          .value_activation = by_name<Activation>("value_activation", value_activation, activations),
          .head = by_name<Head>("head", head,
                                {{"argmax", Head::kArgmax},
                                 {"categorical", Head::kCategorical},
                                 {"mean", Head::kMean},
                                 {"gaussian", Head::kGaussian},
                                 {"squashed_mean", Head::kSquashedMean},
                                 {"squashed_gaussian", Head::kSquashedGaussian}}),
          .log_std = to_vector(log_std),
          .log_std_range = log_std_range ? std::optional(to_range(*log_std_range)) : std::nullopt,
          .clip_actions = clip_actions,
          .population = population,
          .seed = to_seed(seed)};
}

// The hidden states of all lanes, [layer][lane][unit]; of a policy without any, and before its first rollout, none.
py::object hidden_of(NetworkPolicy& policy) {
  const Engine::Exclusive guard = policy.exclusive();
  const HiddenShape shape = policy.hidden_shape();
  const std::vector<float>& hidden = policy.memory().hidden;
  if (hidden.empty()) return py::none();
  const std::size_t lanes = hidden.size() / shape.size();
  FloatArray result({shape.layers, lanes, shape.units});
  for (std::size_t i = 0; i < lanes * shape.layers; ++i) {
    const std::size_t lane = i / shape.layers, layer = i % shape.layers;
    std::copy_n(hidden.data() + i * shape.units, shape.units,
                result.mutable_data() + (layer * lanes + lane) * shape.units);
  }
  return result;
}

// None for the initial ones at the next rollout.
void set_hidden(NetworkPolicy& policy, const std::optional<FloatArray>& given) {
  const Engine::Exclusive guard = policy.exclusive();
  const HiddenShape shape = policy.hidden_shape();
  if (!given) return policy.memory().hidden.clear();
  const bool fits = given->ndim() == 3 && given->size() > 0 &&
                    static_cast<std::size_t>(given->shape(0)) == shape.layers &&
                    static_cast<std::size_t>(given->shape(2)) == shape.units;
  if (!fits) {
    throw py::value_error(text("hidden states must have the shape (", shape.layers, ", num_envs, ",
                               shape.units, "), got ", std::string(py::str(given->attr("shape")))));
  }
  const auto lanes = static_cast<std::size_t>(given->shape(1));
  std::vector<float> hidden(lanes * shape.size());
  for (std::size_t i = 0; i < lanes * shape.layers; ++i) {
    const std::size_t lane = i / shape.layers, layer = i % shape.layers;
    std::copy_n(given->data() + (layer * lanes + lane) * shape.units, shape.units,
                hidden.data() + i * shape.units);
  }
  policy.memory().hidden = std::move(hidden);
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
  py::class_<NetworkConfig>(module, "NetworkConfig", "What a NetworkPolicy computes.")
      .def(py::init(&to_network), py::arg("layers"), py::arg("trunk"), py::arg("value"),
           py::arg("gru_inputs"), py::arg("gru_states"), py::arg("initial_hidden"), py::arg("activation"),
           py::arg("value_activation"), py::arg("head"), py::arg("log_std"), py::arg("log_std_range"),
           py::arg("clip_actions"), py::arg("seed"));
  py::class_<NetworkPolicy, Policy>(module, "NetworkPolicy")
      .def(py::init<NetworkConfig>(), py::arg("config"))
      .def(
          "configure",
          [](NetworkPolicy& self, const NetworkConfig& config) {
            const Engine::Exclusive guard = self.exclusive();
            self.set_config(config);
          },
          py::arg("config"), "Takes other layers or another head; the random streams go on.")
      .def("hidden", &hidden_of, "The hidden states (layers, num_envs, units) of a GRU; None without any.")
      .def("set_hidden", &set_hidden, py::arg("hidden"), "Others, or None for the initial ones.");
}

}  // namespace plyo::bindings
