// PyEngine::rollout: a trajectory's arrays, signals, and the GIL.
#include <algorithm>
#include <optional>
#include <set>

#include "../engine/errors.hpp"
#include "../rollout/rollout.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

// An array on memory that a vector owns.
template <class T>
py::array to_array(std::vector<T>&& values, py::handle dtype, const Shape& shape) {
  auto* const owner = new std::vector<T>(std::move(values));
  const py::capsule base(owner, [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
  return py::array(py::reinterpret_borrow<py::dtype>(dtype), shape, {}, owner->data(), base);
}

// Lets Python's signal handlers run; keeps what they raise.
class SignalPoll {
 public:
  bool operator()() {
    const GilHold hold;
    if (PyErr_CheckSignals() == 0) return false;
    raised_.emplace();
    return true;
  }
  void rethrow() {
    if (raised_) throw py::error_already_set(std::move(*raised_));
  }

 private:
  std::optional<py::error_already_set> raised_;
};

}  // namespace

py::dict PyEngine::trajectory_arrays(py::ssize_t num_steps, const std::vector<std::string>& record,
                                     const py::dict& out) {
  const EnvInfo& info = engine_.info();
  const auto num_envs = static_cast<py::ssize_t>(engine_.num_envs());
  py::dict result;
  const auto field = [&](const char* name, py::handle dtype, const Shape& shape) {
    if (out.contains(name)) {
      result[name] = check_output(out[name], dtype, shape, name);
    } else if (std::find(record.begin(), record.end(), name) != record.end()) {
      result[name] = make_array(*pool_, dtype, shape);
    }
  };
  const auto with_time = [&](const SpaceInfo& space) {
    Shape shape = batch_shape(space);
    shape.insert(shape.begin(), num_steps);
    return shape;
  };
  field("observations", dtype_of(info.observation.dtype), with_time(info.observation));
  field("actions", dtype_of(info.action.dtype), with_time(info.action));
  field("rewards", float64_dtype(), {num_steps, num_envs});
  field("terminated", bool_dtype(), {num_steps, num_envs});
  field("truncated", bool_dtype(), {num_steps, num_envs});
  field("last_observations", dtype_of(info.observation.dtype), batch_shape(info.observation));
  return result;
}

py::dict PyEngine::rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                           const py::dict& out, bool continues) {
  const EnvInfo& info = engine_.info();
  const std::set<std::string> wanted(record.begin(), record.end());
  py::dict result = trajectory_arrays(num_steps, record, out);
  const auto address = [&result](const char* name) -> void* {
    return result.contains(name) ? data_of(py::reinterpret_borrow<py::array>(result[name])) : nullptr;
  };
  RolloutRequest request;
  request.num_steps = static_cast<std::size_t>(num_steps);
  request.continues = continues;
  request.arrays = {.observations = address("observations"),
                    .actions = address("actions"),
                    .rewards = static_cast<double*>(address("rewards")),
                    .terminated = static_cast<std::uint8_t*>(address("terminated")),
                    .truncated = static_cast<std::uint8_t*>(address("truncated")),
                    .last_observations = address("last_observations")};
  const bool same_step = engine_.config().autoreset_mode == AutoresetMode::kSameStep;
  const bool wants_episodes = wanted.count("episodes") != 0;
  const bool wants_final = same_step && wanted.count("final_observations") != 0;
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
    const auto size = static_cast<py::ssize_t>(info.observation.size);
    result["final_observations"] =
        to_array(std::move(ended.final_observations), dtype_of(info.observation.dtype), {count, size});
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
