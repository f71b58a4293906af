// PyEngine: the arrays that a step writes, fresh or the caller's, and the step itself.
#include "../engine/errors.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {

PyEngine::Outputs PyEngine::outputs(const py::object& out, const Shape& lead) {
  const SpaceInfo& space = engine_.observation_space();
  const py::object given = out.is_none() ? py::object(py::none()) : py::object(out[py::int_(0)]);
  return {
      given.is_none() ? make_leaves(*pool_, space, lead) : check_leaves(given, space, lead, "observations"),
      output(out, 1, "rewards", reward_dtype(), lead), output(out, 2, "terminated", bool_dtype(), lead),
      output(out, 3, "truncated", bool_dtype(), lead)};
}

void PyEngine::Outputs::check_apart(const ArrayList& actions,
                                    const std::vector<std::pair<const char*, py::array>>& more) const {
  std::vector<std::pair<const char*, py::array>> all;
  for (const py::array& array : actions) all.emplace_back("actions", array);
  for (const py::array& array : observations) all.emplace_back("observations", array);
  all.insert(all.end(), {{"rewards", rewards}, {"terminated", terminated}, {"truncated", truncated}});
  all.insert(all.end(), more.begin(), more.end());
  check_disjoint(all);
}

StepArrays PyEngine::step_arrays(const Outputs& outputs) const {
  StepArrays arrays{.observations = addresses(outputs.observations),
                    .terminated = static_cast<std::uint8_t*>(data_of(outputs.terminated)),
                    .truncated = static_cast<std::uint8_t*>(data_of(outputs.truncated))};
  if (float_rewards_) {
    arrays.float_rewards = static_cast<float*>(data_of(outputs.rewards));
  } else {
    arrays.rewards = static_cast<double*>(data_of(outputs.rewards));
  }
  return arrays;
}

// A tensor that was given comes back, not the view of its memory.
py::object PyEngine::given_or(const py::object& out, std::size_t i, const py::object& array) {
  if (out.is_none()) return array;
  py::object given = out[py::int_(i)];
  return given.is_none() ? array : given;
}

py::object PyEngine::observations_or_given(const py::object& out, std::size_t i,
                                           ArrayList&& observations) const {
  const SpaceInfo& space = engine_.observation_space();
  py::object given = out.is_none() || i == kWhole ? out : py::object(out[py::int_(i)]);
  if (given.is_none()) return to_object(std::move(observations), space);
  if (!space.has_parts()) return given;
  std::vector<py::object> parts = parts_of(given, space);
  if (parts.empty()) return to_object(std::move(observations), space);  // it has changed meanwhile
  return to_object(std::move(parts), space);
}

// The arrays of the info: declared infos, the ends of episodes in same-step mode, and statistics.
void PyEngine::add_extras(Extras& extras, StepArrays& arrays, const Shape& lead) {
  extras.infos = make_infos(lead);
  if (!extras.infos.empty()) arrays.infos = &extras.info_leaves.emplace(addresses<kMaxInfos>(extras.infos));
  if (engine_.autoreset().resets_at_once) {
    extras.final_observations = make_leaves(*pool_, engine_.observation_space(), lead);
    extras.final_infos = make_infos(lead);
    arrays.final_observations = addresses(extras.final_observations);
    if (!extras.final_infos.empty()) {
      arrays.final_infos = &extras.final_info_leaves.emplace(addresses<kMaxInfos>(extras.final_infos));
    }
  }
  if (engine_.has_step_infos()) {
    extras.resets.resize(static_cast<std::size_t>(lead[0]));
    arrays.resets = extras.resets.data();
  }
  if (records_statistics_) {
    const auto fresh = [&](py::handle dtype, py::object& kept) {
      const py::array array = make_array(*pool_, dtype, lead);
      kept = array;
      return data_of(array);
    };
    arrays.episode_returns = static_cast<double*>(fresh(float64_dtype(), extras.returns));
    arrays.episode_lengths = static_cast<std::int64_t*>(fresh(int64_dtype(), extras.lengths));
    arrays.episode_times = static_cast<double*>(fresh(float64_dtype(), extras.times));
  }
}

bool PyEngine::run_step(const py::handle& actions, const ArrayList& checked, bool are_copies,
                        const StepArrays& arrays) {
  const Leaves leaves = addresses(checked);
  try {
    const MaybeRelease release(worth_releasing());
    return are_copies ? engine_.step_own(leaves, arrays) : engine_.step(leaves, arrays);
  } catch (const InvalidAction& error) {
    throw with_given_value(error, actions, engine_.action_space());
  }
}

}  // namespace plyo::bindings
