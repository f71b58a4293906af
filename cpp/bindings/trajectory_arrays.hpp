// The arrays of a trajectory by field, as they cross the border.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../rollout/agent_records.hpp"
#include "../rollout/ended_episodes.hpp"
#include "../rollout/policy.hpp"
#include "arrays.hpp"
#include "leaf_arrays.hpp"

namespace plyo::bindings {

// An array on memory that a vector owns.
template <class T>
py::array to_array(std::vector<T>&& values, py::handle dtype, const Shape& shape) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  const T* const data = owner->data();
  const py::capsule base(owner.get(), [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
  (void)owner.release();  // the capsule's now
  return py::array(py::reinterpret_borrow<py::dtype>(dtype), shape, {}, data, base);
}

// Adds what is told of the episodes that ended, but for their final observations.
inline void add_episodes(py::dict& arrays, EndedEpisodes& ended) {
  const Shape shape{static_cast<py::ssize_t>(ended.times.size())};
  arrays["episode_times"] = to_array(std::move(ended.times), int64_dtype(), shape);
  arrays["episode_lanes"] = to_array(std::move(ended.lanes), int64_dtype(), shape);
  arrays["episode_returns"] = to_array(std::move(ended.returns), float64_dtype(), shape);
  arrays["episode_lengths"] = to_array(std::move(ended.lengths), int64_dtype(), shape);
}

// Each array of a field, which is one array, or a tuple or a dict of them.
template <class Visit>
void for_each_array(const py::handle& field, Visit visit) {
  if (py::isinstance<py::dict>(field)) {
    for (const auto& [key, part] : py::reinterpret_borrow<py::dict>(field)) for_each_array(part, visit);
  } else if (py::isinstance<py::tuple>(field) || py::isinstance<py::list>(field)) {
    for (const auto& part : py::reinterpret_borrow<py::sequence>(field)) for_each_array(part, visit);
  } else {
    visit(py::reinterpret_borrow<py::array>(field));
  }
}

inline Leaves leaves_of(const py::dict& arrays, const char* name, const SpaceInfo& space) {
  Leaves found;
  std::size_t k = 0;
  if (!arrays.contains(name)) return found;
  for (const py::object& part : parts_of(arrays[name], space)) {
    found.at[k++] = data_of(py::reinterpret_borrow<py::array>(part));
  }
  return found;
}

template <class T>
T* address_of(const py::dict& arrays, const char* name) {
  if (!arrays.contains(name)) return nullptr;
  return static_cast<T*>(data_of(py::reinterpret_borrow<py::array>(arrays[name])));
}

// What is recorded of a policy.
inline AgentArrays agent_arrays(const py::dict& arrays, const HiddenShape& hidden, double gamma,
                                double gae_lambda) {
  return {.values = address_of<float>(arrays, "values"),
          .log_probs = address_of<float>(arrays, "log_probs"),
          .entropies = address_of<float>(arrays, "entropies"),
          .raw_actions = address_of<float>(arrays, "raw_actions"),
          .advantages = address_of<float>(arrays, "advantages"),
          .returns = address_of<float>(arrays, "returns"),
          .valid = address_of<std::uint8_t>(arrays, "valid"),
          .last_values = address_of<float>(arrays, "last_values"),
          .hidden = address_of<float>(arrays, "hidden"),
          .hidden_shape = hidden,
          .gamma = static_cast<float>(gamma),
          .gae_lambda = static_cast<float>(gae_lambda)};
}

// Of a function in Python there is nothing of that kind.
inline void refuse_agent_records(const AgentArrays& arrays) {
  if (!arrays.any()) return;
  throw py::value_error(
      "a function gives nothing but actions; 'values', 'last_values', 'advantages', 'returns', 'log_probs', "
      "'entropies', 'raw_actions' and 'valid' are records of the policies of plyo.policies");
}

inline bool contains(const std::vector<std::string>& record, const char* name) {
  return std::find(record.begin(), record.end(), name) != record.end();
}

// Actions that a policy of a sequence reads must not be written over.
inline void check_sequence(const Policy& policy, const RowSizes& sizes, const py::dict& out) {
  const auto* const sequence = dynamic_cast<const SequencePolicy*>(&policy);
  if (sequence == nullptr) return;
  const ConstLeaves parts = sequence->all();
  for (const auto& [name, field] : out) {
    const auto named = py::cast<std::string>(name);
    for_each_array(field, [&](const py::array& array) {
      const auto* const begin = static_cast<const std::byte*>(array.data());
      for (std::size_t k = 0; k < sizes.count; ++k) {
        const auto* const given = static_cast<const std::byte*>(parts.at[k]);
        if (begin + array.nbytes() <= given || given + sequence->num_rows() * sizes.bytes[k] <= begin)
          continue;
        throw py::value_error(
            "out: '" + named +
            "' and the actions of the Sequence share memory; each needs an array of its own");
      }
    });
  }
}

}  // namespace plyo::bindings
