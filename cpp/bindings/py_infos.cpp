// PyEngine: the info of a batch, an array a leaf with Gymnasium's masks, and the info of a single
// environment.
#include <algorithm>
#include <cstring>

#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

// An object array of the lanes' own copies of their rows, None where no episode ended.
py::object final_observation_array(const SpaceInfo& space, const ArrayList& rows, const std::uint8_t* ended,
                                   std::size_t num_lanes) {
  const py::object result = py::module_::import("numpy").attr("full")(num_lanes, py::none(), py::dtype("O"));
  auto** const slots = static_cast<PyObject**>(data_of(py::reinterpret_borrow<py::array>(result)));
  const Leaves leaves = addresses(rows);
  for (std::size_t lane = 0; lane < num_lanes; ++lane) {
    if (ended[lane] == 0) continue;
    py::object row = row_object(space, leaves, lane);
    Py_DECREF(slots[lane]);
    slots[lane] = row.release().ptr();
  }
  return result;
}

// Writes zeros into the rows of lanes that are not chosen.
void clear_others(const ArrayList& arrays, const std::uint8_t* chosen, std::size_t num_lanes) {
  for (const py::array& array : arrays) {
    const std::size_t row = static_cast<std::size_t>(array.nbytes()) / num_lanes;
    auto* const data = static_cast<std::byte*>(data_of(array));
    for (std::size_t lane = 0; lane < num_lanes; ++lane) {
      if (chosen[lane] == 0) std::memset(data + lane * row, 0, row);
    }
  }
}

}  // namespace

std::vector<py::object> interned_names(const InfoList& infos, const std::string& prefix) {
  std::vector<py::object> names;
  for (const InfoLeaf& leaf : infos) {
    const std::string name = prefix + std::string(leaf.name);
    names.push_back(py::reinterpret_steal<py::object>(PyUnicode_InternFromString(name.c_str())));
  }
  return names;
}

ArrayList PyEngine::make_infos(const Shape& lead) {
  ArrayList arrays;
  for (const InfoLeaf& leaf : engine_.infos()) {
    arrays.push_back(make_array(*pool_, dtype_of(leaf.dtype), with_lead(lead, leaf)));
  }
  return arrays;
}

py::array PyEngine::make_mask(const std::uint8_t* mask, std::size_t count) {
  const py::array array = make_array(*pool_, bool_dtype(), {static_cast<py::ssize_t>(count)});
  auto* const bytes = static_cast<std::uint8_t*>(data_of(array));
  if (mask == nullptr) {
    std::memset(bytes, 1, count);
  } else {
    std::memcpy(bytes, mask, count);
  }
  return array;
}

// A leaf of InfoStyle::kBoolOrNone: those that a lane has, and no key if no lane has one.
void PyEngine::add_flags(py::dict& info, const py::array& flags, std::size_t k, const std::uint8_t* mask) {
  const auto count = static_cast<std::size_t>(flags.shape(0));
  const auto* const values = static_cast<const std::int8_t*>(flags.data());
  std::vector<std::uint8_t> present(count), set(count);
  for (std::size_t i = 0; i < count; ++i) {
    present[i] = values[i] >= 0 && (mask == nullptr || mask[i] != 0) ? 1 : 0;
    set[i] = present[i] != 0 && values[i] > 0 ? 1 : 0;
  }
  if (std::count(present.begin(), present.end(), 1) == 0) return;
  info[info_names_[k]] = make_mask(set.data(), count);
  info[mask_names_[k]] = make_mask(present.data(), count);
}

void PyEngine::add_info(py::dict& info, const ArrayList& infos, std::size_t k, const std::uint8_t* mask,
                        bool is_reset) {
  if (engine_.infos()[k].style == InfoStyle::kBoolOrNone) return add_flags(info, infos[k], k, mask);
  const bool as_integer = is_reset && engine_.infos()[k].style == InfoStyle::kIntegerAtReset;
  info[info_names_[k]] =
      as_integer ? py::object(infos[k].attr("astype")(int64_dtype())) : py::object(infos[k]);
  info[mask_names_[k]] = make_mask(mask, static_cast<std::size_t>(infos[k].shape(0)));
}

void PyEngine::add_infos(py::dict& info, const ArrayList& infos, const std::uint8_t* mask, bool is_reset) {
  for (std::size_t k = 0; k < infos.size(); ++k) {
    if (is_reset && !engine_.infos()[k].at_reset) continue;
    add_info(info, infos, k, mask, is_reset);
  }
}

// The infos of a step. Lanes that it has reset have those of a reset, so the other keys leave them out; without
// any other lane there are no such keys. Keys that the first lane has come first.
void PyEngine::add_step_infos(py::dict& info, const Extras& extras) {
  const std::vector<std::uint8_t>& resets = extras.resets;
  if (std::count(resets.begin(), resets.end(), 1) == 0) return add_infos(info, extras.infos, nullptr, false);
  std::vector<std::uint8_t> stepped(resets.size());
  std::transform(resets.begin(), resets.end(), stepped.begin(),
                 [](std::uint8_t reset) { return static_cast<std::uint8_t>(1 - reset); });
  const bool any_stepped = std::count(stepped.begin(), stepped.end(), 1) > 0;
  const auto add = [&](bool always, bool in_steps) {
    for (std::size_t k = 0; k < extras.infos.size(); ++k) {
      const bool at_reset = engine_.infos()[k].at_reset;
      if (at_reset && always) add_info(info, extras.infos, k, nullptr, false);
      if (!at_reset && in_steps && any_stepped) add_info(info, extras.infos, k, stepped.data(), false);
    }
  };
  const bool reset_first = resets[0] != 0;
  add(true, !reset_first);
  if (reset_first) add(false, true);
}

py::dict PyEngine::reset_info(const ArrayList& infos, const std::uint8_t* mask) {
  py::dict info;
  add_infos(info, infos, mask, true);
  return info;
}

py::dict PyEngine::step_info(const py::array& terminated, const py::array& truncated, Extras& extras,
                             bool any_ended) {
  py::dict info;
  const auto count = static_cast<std::size_t>(terminated.size());
  // Gymnasium visits lane by lane: the keys of the first lane come first
  const bool ended_first = any_ended && engine_.autoreset().resets_at_once &&
                           (*static_cast<const std::uint8_t*>(terminated.data()) |
                            *static_cast<const std::uint8_t*>(truncated.data())) != 0;
  if (!ended_first) add_step_infos(info, extras);
  if (any_ended) {
    const py::array ended = make_mask(static_cast<const std::uint8_t*>(terminated.data()), count);
    auto* const ended_bytes = static_cast<std::uint8_t*>(data_of(ended));
    const auto* const truncated_bytes = static_cast<const std::uint8_t*>(truncated.data());
    for (std::size_t i = 0; i < count; ++i) ended_bytes[i] |= truncated_bytes[i];
    if (engine_.autoreset().resets_at_once) {
      info["final_obs"] =
          final_observation_array(engine_.observation_space(), extras.final_observations, ended_bytes, count);
      info["_final_obs"] = ended;
      py::dict final_info;
      clear_others(extras.final_infos, ended_bytes, count);
      add_infos(final_info, extras.final_infos, ended_bytes, false);
      info["final_info"] = final_info;
      info["_final_info"] = make_mask(ended_bytes, count);
    }
    if (ended_first) add_step_infos(info, extras);
    if (records_statistics_) {
      py::dict episode;
      episode["r"] = extras.returns;
      episode["l"] = extras.lengths;
      episode["t"] = extras.times;
      info["episode"] = episode;
      info["_episode"] = make_mask(ended_bytes, count);
    }
  }
  return info;
}

py::dict PyEngine::lane_info(const ConstInfoLeaves& infos, bool is_reset, std::size_t row) const {
  py::dict info;
  const InfoList& leaves = engine_.infos();
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    if (is_reset && !leaves[k].at_reset) continue;
    const bool may_lack = leaves[k].style == InfoStyle::kBoolOrNone;
    if (may_lack && static_cast<const std::int8_t*>(infos.at[k])[row] < 0) continue;
    info[info_names_[k]] = info_object(leaves[k], infos.at[k], row, is_reset);
  }
  return info;
}

}  // namespace plyo::bindings
