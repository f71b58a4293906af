// PyEngine: rollouts under native policies and Python functions: a trajectory's arrays, signals, and the GIL.
#include <chrono>
#include <optional>
#include <thread>

#include "../engine/errors.hpp"
#include "../rollout/rollout.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "signal_poll.hpp"
#include "trajectory_arrays.hpp"

namespace plyo::bindings {
// The arrays over time of a rollout: the caller's, checked, or fresh ones.
py::dict PyEngine::trajectory_arrays_of(const HiddenShape& hidden, py::ssize_t num_steps,
                                        const std::vector<std::string>& record, const py::dict& out) {
  const auto num_envs = static_cast<py::ssize_t>(engine_.num_envs());
  const Shape over_time{num_steps, num_envs};
  py::dict result;
  std::vector<std::pair<const char*, py::array>> given;
  const auto field = [&](const char* name, py::handle dtype, const Shape& shape) {
    if (out.contains(name)) {
      given.emplace_back(name, check_output(out[name], dtype, shape, name));
      result[name] = given.back().second;
    } else if (contains(record, name)) {
      result[name] = make_array(*pool_, dtype, shape);
    }
  };
  const auto leaves = [&](const char* name, const SpaceInfo& space, const Shape& lead) {
    if (out.contains(name)) {
      ArrayList checked = check_leaves(out[name], space, lead, name);
      for (const py::array& array : checked) given.emplace_back(name, array);
      result[name] = to_object(std::move(checked), space);
    } else if (contains(record, name)) {
      result[name] = to_object(make_leaves(*pool_, space, lead), space);
    }
  };
  leaves("observations", engine_.observation_space(), over_time);
  leaves("actions", engine_.action_space(), over_time);
  field("rewards", float64_dtype(), over_time);
  field("terminated", bool_dtype(), over_time);
  field("truncated", bool_dtype(), over_time);
  leaves("last_observations", engine_.observation_space(), lead());
  for (const char* const name : {"values", "log_probs", "entropies", "advantages", "returns"}) {
    field(name, float32_dtype(), over_time);
  }
  field("valid", bool_dtype(), over_time);
  field("last_values", float32_dtype(), lead());
  if (hidden.size() > 0) {
    field("hidden", float32_dtype(),
          {static_cast<py::ssize_t>(hidden.layers), num_envs, static_cast<py::ssize_t>(hidden.units)});
  } else if (contains(record, "hidden") || out.contains("hidden")) {
    throw py::value_error("'hidden' are the states of a GRU; this policy has none");
  }
  field("raw_actions", float32_dtype(), with_lead(over_time, engine_.action_space().leaf()));
  check_disjoint(given);
  return result;
}

// The records of a rollout, and their conversion to Python.
struct PyEngine::Recording {
  Recording(PyEngine& engine, py::ssize_t steps, const std::vector<std::string>& record, const py::dict& out,
            const HiddenShape& hidden = {}, double gamma = 0, double gae_lambda = 0)
      : arrays(engine.trajectory_arrays_of(hidden, steps, record, out)), engine_(engine.engine()) {
    wants_finals = engine_.autoreset().resets_at_once && contains(record, "final_observations");
    request.num_steps = static_cast<std::size_t>(steps);
    request.record_episodes = wants_finals || contains(record, "episodes");
    request.shares_arrays = !out.empty();
    request.arrays = {
        .observations = leaves_of(arrays, "observations", engine_.observation_space()),
        .actions = leaves_of(arrays, "actions", engine_.action_space()),
        .rewards = address_of<double>(arrays, "rewards"),
        .terminated = address_of<std::uint8_t>(arrays, "terminated"),
        .truncated = address_of<std::uint8_t>(arrays, "truncated"),
        .last_observations = leaves_of(arrays, "last_observations", engine_.observation_space())};
    request.agent = agent_arrays(arrays, hidden, gamma, gae_lambda);
  }

  // The same request for step `t` alone.
  RolloutRequest of_step(std::size_t t, const Leaves& last_observations) const {
    const std::size_t row = t * engine_.num_envs();
    const auto from = [row](auto* pointer) { return pointer == nullptr ? nullptr : pointer + row; };
    const TrajectoryArrays& all = request.arrays;
    RolloutRequest step = request;
    step.num_steps = 1;
    step.undoes = false;
    step.arrays = {.observations = engine_.observation_sizes().from(all.observations, row),
                   .actions = engine_.action_sizes().from(all.actions, row),
                   .rewards = from(all.rewards),
                   .terminated = from(all.terminated),
                   .truncated = from(all.truncated),
                   .last_observations = last_observations};
    return step;
  }

  // Adds the arrays of the episodes that ended.
  void add(EndedEpisodes& ended) {
    const auto count = static_cast<py::ssize_t>(ended.times.size());
    if (wants_finals) {
      const SpaceInfo& space = engine_.observation_space();
      ArrayList finals;
      ended.final_observations.resize(space.num_leaves);
      for (std::size_t k = 0; k < space.num_leaves; ++k) {
        finals.push_back(to_array(std::move(ended.final_observations[k]), dtype_of(space.leaves[k].dtype),
                                  with_lead({count}, space.leaves[k])));
      }
      arrays["final_observations"] = to_object(std::move(finals), space);
    }
    if (request.record_episodes) add_episodes(arrays, ended);
  }

  py::dict arrays;
  bool wants_finals = false;
  RolloutRequest request;

 private:
  const Engine& engine_;
};

py::dict PyEngine::rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                           const py::dict& out, double gamma, double gae_lambda) {
  Recording recording(*this, num_steps, record, out, policy.hidden_shape(), gamma, gae_lambda);
  check_sequence(policy, engine_.action_sizes(), out);
  SignalPoll signals;
  const ThreadPool::Poll poll(signals);
  // the arrays are made before the rollout counts: for lack of memory too it changes nothing
  const auto add = [&](EndedEpisodes& ended) {
    const GilHold hold;
    recording.add(ended);
  };
  const FunctionRef<void(EndedEpisodes&)> deliver(add);
  recording.request.poll = &poll;
  if (recording.request.record_episodes) recording.request.deliver = &deliver;
  try {
    // until this thread has the GIL back, so that the rollout has ended for all threads when it has for one
    const Engine::Exclusive call = engine_.exclusive();
    engine_.check_steppable();
    const GilRelease release;
    rollout_piece(engine_, policy, recording.request);
  } catch (const Interrupted&) {
    signals.rethrow();
    throw;
  }
  return recording.arrays;
}

namespace {

// The owner of a reservation enters when the present reader has left.
Engine::Exclusive enter(Usage::Reservation& reservation) {
  return reservation.enter([] {
    const GilRelease release;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  });
}

// Actions of one step that stay where they are.
SequencePolicy one_step(const ArrayList& actions, const Engine& engine) {
  std::vector<std::shared_ptr<const void>> parts;
  for (const py::array& part : actions) parts.emplace_back(std::shared_ptr<const void>(), part.data());
  return {std::move(parts), 1, engine.num_envs()};
}

}  // namespace

// Writes the observations of all lanes, for the owner of a reservation.
void PyEngine::observe_reserved(const Leaves& observations) {
  for (std::size_t first = 0; first < engine_.num_envs(); first += Engine::kTileLanes) {
    const std::size_t count = std::min(Engine::kTileLanes, engine_.num_envs() - first);
    engine_.observe_tile(first, count, engine_.observation_sizes().from(observations, first));
  }
}

py::dict PyEngine::rollout_calling(const py::object& policy, py::ssize_t num_steps,
                                   const std::vector<std::string>& record, const py::dict& out) {
  Recording recording(*this, num_steps, record, out);
  refuse_agent_records(recording.request.agent);
  const SpaceInfo& space = engine_.observation_space();
  SignalPoll signals;
  const ThreadPool::Poll poll(signals);
  recording.request.poll = &poll;
  Usage::Reservation reservation(engine_.usage());
  std::optional<Engine::Backup> before;
  ArrayList first_observations = make_leaves(*pool_, space, lead());
  {
    const Engine::Exclusive call = enter(reservation);
    engine_.check_steppable();
    before.emplace(engine_.backup());
    observe_reserved(addresses(first_observations));
  }
  py::object observations = to_object(std::move(first_observations), space);
  EndedEpisodes ended;
  try {
    for (std::size_t t = 0; t < recording.request.num_steps; ++t) {
      const py::object chosen = policy(observations);
      const ArrayList actions = to_actions(chosen, engine_.action_space(), engine_.num_envs());
      SequencePolicy step = one_step(actions, engine_);
      ArrayList after = make_leaves(*pool_, space, lead());
      const RolloutRequest request = recording.of_step(t, addresses(after));
      EndedEpisodes ended_now;
      try {
        const Engine::Exclusive call = enter(reservation);
        const GilRelease release;
        ended_now = rollout_piece(engine_, step, request);
      } catch (const InvalidAction& error) {
        throw with_given_value(error, chosen, engine_.action_space());
      } catch (const Interrupted&) {
        signals.rethrow();
        throw;
      }
      ended.append(ended_now, t);
      observations = to_object(std::move(after), space);
    }
    if (recording.request.arrays.last_observations) {
      const Engine::Exclusive call = enter(reservation);
      observe_reserved(recording.request.arrays.last_observations);
    }
    recording.add(ended);
  } catch (...) {
    const Engine::Exclusive call = enter(reservation);
    engine_.undo(std::move(*before));
    throw;
  }
  return recording.arrays;
}

}  // namespace plyo::bindings
