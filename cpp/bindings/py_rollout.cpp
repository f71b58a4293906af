// PyEngine::rollout: a trajectory's arrays, signals, and the GIL.
#include <algorithm>
#include <set>

#include "../engine/errors.hpp"
#include "../rollout/rollout.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "signal_poll.hpp"

namespace plyo::bindings {
namespace {

// An array on memory that a vector owns.
template <class T>
py::array to_array(std::vector<T>&& values, py::handle dtype, const Shape& shape) {
  auto* const owner = new std::vector<T>(std::move(values));
  const py::capsule base(owner, [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
  return py::array(py::reinterpret_borrow<py::dtype>(dtype), shape, {}, owner->data(), base);
}

}  // namespace

py::dict PyEngine::trajectory_arrays(py::ssize_t num_steps, const std::vector<std::string>& record,
                                     const py::dict& out) {
  const auto num_envs = static_cast<py::ssize_t>(engine_.num_envs());
  const Shape over_time{num_steps, num_envs};
  py::dict result;
  const auto wanted = [&](const char* name) {
    return std::find(record.begin(), record.end(), name) != record.end();
  };
  const auto field = [&](const char* name, py::handle dtype) {
    if (out.contains(name)) {
      result[name] = check_output(out[name], dtype, over_time, name);
    } else if (wanted(name)) {
      result[name] = make_array(*pool_, dtype, over_time);
    }
  };
  const auto leaves = [&](const char* name, const SpaceInfo& space, const Shape& lead) {
    if (out.contains(name)) {
      result[name] = to_object(check_leaves(out[name], space, lead, name), space);
    } else if (wanted(name)) {
      result[name] = to_object(make_leaves(*pool_, space, lead), space);
    }
  };
  leaves("observations", engine_.observation_space(), over_time);
  leaves("actions", engine_.action_space(), over_time);
  field("rewards", float64_dtype());
  field("terminated", bool_dtype());
  field("truncated", bool_dtype());
  leaves("last_observations", engine_.observation_space(), lead());
  return result;
}

py::dict PyEngine::rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                           const py::dict& out, bool continues) {
  const std::set<std::string> wanted(record.begin(), record.end());
  py::dict result = trajectory_arrays(num_steps, record, out);
  const auto address = [&result](const char* name) -> void* {
    return result.contains(name) ? data_of(py::reinterpret_borrow<py::array>(result[name])) : nullptr;
  };
  const auto leaves = [&result](const char* name) {
    Leaves found;
    if (!result.contains(name)) return found;
    const py::object value = result[name];
    if (!py::isinstance<py::tuple>(value)) return Leaves(data_of(py::reinterpret_borrow<py::array>(value)));
    std::size_t k = 0;
    for (const auto& part : py::reinterpret_borrow<py::tuple>(value)) {
      found.at[k++] = data_of(py::reinterpret_borrow<py::array>(part));
    }
    return found;
  };
  RolloutRequest request;
  request.num_steps = static_cast<std::size_t>(num_steps);
  request.continues = continues;
  request.arrays = {.observations = leaves("observations"),
                    .actions = leaves("actions"),
                    .rewards = static_cast<double*>(address("rewards")),
                    .terminated = static_cast<std::uint8_t*>(address("terminated")),
                    .truncated = static_cast<std::uint8_t*>(address("truncated")),
                    .last_observations = leaves("last_observations")};
  const bool wants_episodes = wanted.count("episodes") != 0;
  const bool wants_final = engine_.autoreset().resets_at_once && wanted.count("final_observations") != 0;
  request.record_episodes = wants_episodes || wants_final;

  SignalPoll signals;
  const ThreadPool::Poll poll(signals);
  request.poll = &poll;
  EndedEpisodes ended;
  try {
    const GilRelease release;
    ended = plyo::rollout(engine_, policy, request);
  } catch (const Interrupted&) {
    signals.rethrow();
    throw;
  }
  const auto count = static_cast<py::ssize_t>(ended.times.size());
  if (wants_final) {
    const SpaceInfo& space = engine_.observation_space();
    ArrayList finals;
    ended.final_observations.resize(space.num_leaves);
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      finals.push_back(to_array(std::move(ended.final_observations[k]), dtype_of(space.leaves[k].dtype),
                                with_lead({count}, space.leaves[k])));
    }
    result["final_observations"] = to_object(std::move(finals), space);
  }
  if (request.record_episodes) {
    result["episode_times"] = to_array(std::move(ended.times), int64_dtype(), {count});
    result["episode_lanes"] = to_array(std::move(ended.lanes), int64_dtype(), {count});
    result["episode_returns"] = to_array(std::move(ended.returns), float64_dtype(), {count});
    result["episode_lengths"] = to_array(std::move(ended.lengths), int64_dtype(), {count});
  }
  return result;
}

}  // namespace plyo::bindings
