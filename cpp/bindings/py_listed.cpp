// PyEngine: steps whose infos are a list of dictionaries, one a lane, as Stable-Baselines3 has them.
#include <chrono>
#include <cstring>
#include <memory>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "numpy_values.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

double seconds_since(double start) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count() - start;
}

// Puts an entry in the place of another one.
void replace(const py::list& list, std::size_t i, py::object&& entry) {
  if (PyList_SetItem(list.ptr(), static_cast<Py_ssize_t>(i), entry.release().ptr()) != 0) {
    throw py::error_already_set();
  }
}

// The rows that a part has of the leaves.
template <std::size_t kMost>
BasicConstLeaves<kMost> rows_of(const BasicRowList<kMost>& list) {
  BasicConstLeaves<kMost> rows;
  for (std::size_t k = 0; k < kMost; ++k) rows.at[k] = list.leaves[k].data();
  return rows;
}

// Adds what is known of the end of an episode.
void add_end(const py::dict& info, const EndedRows::Part& part, std::size_t row, const py::object& seconds,
             const py::object& observation) {
  static PyObject* const episode_name = interned("episode");
  static PyObject* const return_name = interned("r");
  static PyObject* const length_name = interned("l");
  static PyObject* const time_name = interned("t");
  static PyObject* const timeout_name = interned("TimeLimit.truncated");
  static PyObject* const observation_name = interned("terminal_observation");
  const py::dict episode;
  set_item(episode, return_name, py::float_(part.returns[row]));
  set_item(episode, length_name, py::int_(part.lengths[row]));
  set_item(episode, time_name, seconds);
  set_item(info, episode_name, episode);
  set_item(info, timeout_name, py::bool_(part.timeouts[row] != 0));
  set_item(info, observation_name, observation);
}

}  // namespace

// The infos of the lanes that go on; the others have no entry yet.
py::list PyEngine::listed_infos(const InfoLeaves& infos, const std::uint8_t* dones) const {
  const std::size_t count = engine_.num_envs();
  const bool has_infos = engine_.infos().size() > 0;
  py::list list(count);
  for (std::size_t lane = 0; lane < count; ++lane) {
    if (dones[lane] != 0) continue;
    py::dict info = has_infos ? lane_info(infos, false, lane) : py::dict();
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(lane), info.release().ptr());
  }
  return list;
}

// The info of a lane that has ended: that of its last step, and of its episode.
py::dict PyEngine::ended_info(const EndedRows::Part& part, std::size_t row, const py::object& seconds) const {
  py::dict info = lane_info(rows_of(part.final_infos), false, row);
  const ConstLeaves observations = rows_of(part.final_observations);
  add_end(info, part, row, seconds, row_object(engine_.observation_space(), observations, row));
  return info;
}

py::tuple PyEngine::step_listed(const py::handle& actions, double start, const py::list& reset_infos) {
  const SpaceInfo& space = engine_.observation_space();
  if (!engine_.autoreset().resets_at_once) {
    throw py::value_error("infos are listed in 'same_step' mode only");
  }
  const std::size_t count = engine_.num_envs();
  if (reset_infos.size() != count) {
    throw py::value_error(text("there must be the infos of ", count, " resets, got ", reset_infos.size()));
  }
  bool are_copies = false;
  const ArrayList checked = to_actions(actions, engine_.action_space(), count, 0, &are_copies);
  const Shape flat = lead();
  ArrayList observations = make_leaves(*pool_, space, flat);
  py::array rewards = make_array(*pool_, float32_dtype(), flat);
  py::array dones = make_array(*pool_, bool_dtype(), flat);
  const ArrayList infos = make_infos(flat);
  const InfoLeaves info_leaves = addresses<kMaxInfos>(infos);
  const auto flags = std::make_unique_for_overwrite<std::uint8_t[]>(2 * count);
  EndedRows ended;
  run_step(actions, checked, are_copies,
           {.observations = addresses(observations),
            .float_rewards = static_cast<float*>(data_of(rewards)),
            .terminated = flags.get(),
            .truncated = flags.get() + count,
            .infos = infos.empty() ? nullptr : &info_leaves,
            .dones = static_cast<std::uint8_t*>(data_of(dones)),
            .ended = &ended});

  py::list list = listed_infos(info_leaves, static_cast<const std::uint8_t*>(data_of(dones)));
  py::object seconds;  // the same for all
  for (const EndedRows::Part& part : ended.parts) {
    for (std::size_t row = 0; row < part.lanes.size(); ++row) {
      if (!seconds) seconds = py::float_(seconds_since(start));
      const auto lane = static_cast<std::size_t>(part.lanes[row]);
      replace(list, lane, ended_info(part, row, seconds));
      if (!infos.empty()) replace(reset_infos, lane, lane_info(info_leaves, true, lane));
    }
  }
  return py::make_tuple(to_object(std::move(observations), space), std::move(rewards), std::move(dones),
                        std::move(list));
}

}  // namespace plyo::bindings
