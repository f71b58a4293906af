// PyStageChain: rollouts of wrapped batches.
#include <cstring>
#include <thread>

#include "../engine/errors.hpp"
#include "../rollout/staged_rollout.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "signal_poll.hpp"
#include "stage_chain.hpp"
#include "trajectory_arrays.hpp"

namespace plyo::bindings {

// The records of a rollout, and their conversion to Python.
struct PyStageChain::Recording {
  Recording(PyStageChain& chain, PyEngine& engine, py::ssize_t steps, const std::vector<std::string>& record,
            const py::dict& out, const HiddenShape& hidden, double gamma, double gae_lambda)
      : chain_(chain) {
    const Engine& native = engine.engine();
    const bool shows = chain.shows();
    std::vector<std::string> own;  // what the engine makes or checks
    py::dict given;
    for (const std::string& name : record) {
      if (!shows || !is_observation(name)) own.push_back(name);
    }
    for (const auto& [name, array] : out) {
      if (!shows || !is_observation(py::cast<std::string>(name))) given[name] = array;
    }
    arrays = engine.trajectory_arrays_of(hidden, steps, own, given);
    if (shows) {
      add_observations("observations", {steps, static_cast<py::ssize_t>(native.num_envs())}, record, out);
      add_observations("last_observations", {static_cast<py::ssize_t>(native.num_envs())}, record, out);
      check_apart(out);
    }
    wants_finals = native.autoreset().resets_at_once && contains(record, "final_observations");
    request.num_steps = static_cast<std::size_t>(steps);
    request.record_episodes = wants_finals || contains(record, "episodes");
    request.shares_arrays = !out.empty();
    request.rounds_rewards = engine.has_float_rewards();
    request.arrays = {.observations = observations("observations", native),
                      .actions = leaves_of(arrays, "actions", native.action_space()),
                      .rewards = address_of<double>(arrays, "rewards"),
                      .terminated = address_of<std::uint8_t>(arrays, "terminated"),
                      .truncated = address_of<std::uint8_t>(arrays, "truncated"),
                      .last_observations = observations("last_observations", native)};
    request.agent = agent_arrays(arrays, hidden, gamma, gae_lambda);
  }

  // Adds the arrays of the episodes that ended.
  void add(EndedEpisodes& ended) {
    const auto count = static_cast<py::ssize_t>(ended.times.size());
    if (wants_finals) {
      const SpaceInfo& space = chain_.batch_.observation_space;
      ArrayList finals;
      ended.final_observations.resize(chain_.sizes_.back().count);
      for (std::size_t k = 0; k < ended.final_observations.size(); ++k) {
        Shape shape = {count};
        if (chain_.shows()) {
          shape.insert(shape.end(), chain_.last_shown().shape.begin(), chain_.last_shown().shape.end());
        } else {
          shape = with_lead(shape, space.leaves[k]);
        }
        finals.push_back(to_array(
            std::move(ended.final_observations[k]),
            chain_.shows() ? py::handle(chain_.last_shown().dtype) : dtype_of(space.leaves[k].dtype), shape));
      }
      arrays["final_observations"] =
          chain_.shows() ? py::object(finals[0]) : to_object(std::move(finals), space);
    }
    if (request.record_episodes) add_episodes(arrays, ended);
  }

  py::dict arrays;
  bool wants_finals = false;
  RolloutRequest request;

 private:
  static bool is_observation(const std::string& name) {
    return name == "observations" || name == "last_observations";
  }
  void add_observations(const char* name, Shape shape, const std::vector<std::string>& record,
                        const py::dict& out) {
    const Shown& shown = chain_.last_shown();
    shape.insert(shape.end(), shown.shape.begin(), shown.shape.end());
    if (out.contains(name)) {
      arrays[name] = check_output(out[name], shown.dtype, shape, name);
    } else if (contains(record, name)) {
      arrays[name] = make_array(*chain_.batch_.pool, shown.dtype, shape);
    }
  }
  // The caller's arrays must not overlap.
  void check_apart(const py::dict& out) const {
    std::vector<std::string> names;
    names.reserve(py::len(out));
    for (const auto& [name, field] : out) names.push_back(py::cast<std::string>(name));
    std::vector<std::pair<const char*, py::array>> all;
    for (const std::string& name : names) {
      for_each_array(arrays[name.c_str()],
                     [&](const py::array& array) { all.emplace_back(name.c_str(), array); });
    }
    check_disjoint(all);
  }
  Leaves observations(const char* name, const Engine& engine) const {
    if (!chain_.shows()) return leaves_of(arrays, name, engine.observation_space());
    return arrays.contains(name) ? Leaves(data_of(py::array(arrays[name]))) : Leaves();
  }

  PyStageChain& chain_;
};

py::object PyStageChain::rollout(const py::object& engine, const py::object& policy, py::ssize_t num_steps,
                                 const std::vector<std::string>& record, const py::dict& out, double gamma,
                                 double gae_lambda, double clock_offset) {
  if (!holds()) return py::none();
  const Usage::Hold hold(usage_, Access::kWrite);
  if (!borrow()) return py::none();
  auto& native = py::cast<PyEngine&>(engine);
  const bool is_native = py::isinstance<Policy>(policy);
  const HiddenShape hidden = is_native ? py::cast<Policy&>(policy).hidden_shape() : HiddenShape();
  Recording recording(*this, native, num_steps, record, out, hidden, gamma, gae_lambda);
  SignalPoll signals;
  const ThreadPool::Poll poll(signals);
  recording.request.poll = &poll;
  for (const auto& lent : lent_) lent->detach();
  try {
    if (is_native) {
      run_native(native, py::cast<Policy&>(policy), recording, clock_offset);
    } else {
      run_calling(native, policy, recording, clock_offset);
    }
  } catch (const Interrupted&) {
    signals.rethrow();
    throw;
  }
  for (const auto& lent : lent_) lent->give_back();
  return recording.arrays;
}

void PyStageChain::run_native(PyEngine& engine, Policy& policy, Recording& recording, double clock_offset) {
  Engine& native = engine.engine();
  if (!policies_can_see_ && policy.needs_observations()) {
    throw py::value_error("native policies do not read " + std::string(py::str(last_shown().dtype)) +
                          " observations; choose the actions with a Python function of the observations");
  }
  check_sequence(policy, native.action_sizes(), recording.arrays);
  const PolicyBatch face(native, observation_space_, action_space_);
  // the arrays are made before the rollout counts: for lack of memory too it changes nothing
  const auto add = [&](EndedEpisodes& ended) {
    const GilHold hold;
    recording.add(ended);
  };
  const FunctionRef<void(EndedEpisodes&)> deliver(add);
  if (recording.request.record_episodes) recording.request.deliver = &deliver;
  const Engine::Exclusive call = native.exclusive();
  native.check_steppable();
  const GilRelease release;
  staged_rollout(native, chain_, sizes_, policy, face, recording.request, clock_offset);
}

// A copy of the observations of all environments, for a policy in Python.
py::object PyStageChain::observations_to_object(const Leaves& rows) const {
  const Shape lead = {static_cast<py::ssize_t>(batch_.num_envs)};
  ArrayList arrays;
  if (shows()) {
    arrays.push_back(make_array(*batch_.pool, last_shown().dtype, with_envs(last_shown().shape)));
  } else {
    arrays = make_leaves(*batch_.pool, batch_.observation_space, lead);
  }
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    std::memcpy(data_of(arrays[k]), rows.at[k], batch_.num_envs * sizes_.back().bytes[k]);
  }
  return shows() ? py::object(arrays[0]) : to_object(std::move(arrays), batch_.observation_space);
}

void PyStageChain::run_calling(PyEngine& engine, const py::object& policy, Recording& recording,
                               double clock_offset) {
  refuse_agent_records(recording.request.agent);
  Engine& native = engine.engine();
  Usage::Reservation reservation(native.usage());
  const auto enter = [&] {
    return reservation.enter([] {
      const GilRelease release;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    });
  };
  std::optional<Engine::Backup> before;
  std::optional<StagedRollout> rollout;
  {
    const Engine::Exclusive call = enter();
    native.check_steppable();
    before.emplace(native.backup());
    rollout.emplace(native, chain_, sizes_, recording.request);
    rollout->begin();
  }
  try {
    for (std::size_t t = 0; t < recording.request.num_steps; ++t) {
      const py::object chosen = policy(observations_to_object(rollout->observations()));
      const ArrayList actions = to_actions(chosen, native.action_space(), batch_.num_envs);
      ConstLeaves leaves;
      for (std::size_t k = 0; k < actions.size(); ++k) leaves.at[k] = actions[k].data();
      try {
        const Engine::Exclusive call = enter();
        const GilRelease release;
        rollout->take(leaves, t, stage_seconds() + clock_offset);
      } catch (const InvalidAction& error) {
        if (chain_.changes_actions()) throw;
        throw with_given_value(error, chosen, native.action_space());
      }
    }
    EndedEpisodes ended = rollout->finish();
    recording.add(ended);
  } catch (...) {
    const Engine::Exclusive call = enter();
    native.undo(std::move(*before));
    throw;
  }
}

}  // namespace plyo::bindings
