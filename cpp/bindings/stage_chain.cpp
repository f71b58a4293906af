#include "stage_chain.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "../engine/errors.hpp"
#include "../rollout/staged_rollout.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {
namespace {

RowSizes sizes_of(const RowFormat& rows) {
  RowSizes sizes;
  sizes.add(rows.bytes());
  return sizes;
}

// Copies the parts of one environment's observation into a row. False for an object of another form.
bool read_row(const SpaceInfo& space, const py::handle& observation, const Leaves& leaves, std::size_t row) {
  const std::vector<py::object> parts = parts_of(observation, space);
  if (parts.size() != space.num_leaves) return false;
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    const std::size_t bytes = leaf.bytes_per_lane();
    auto* const place = static_cast<std::byte*>(leaves.at[k]) + row * bytes;
    if (leaf.kind == SpaceKind::kDiscrete) {
      const std::int64_t choice = py::cast<std::int64_t>(parts[k]);
      std::memcpy(place, &choice, sizeof(choice));
      continue;
    }
    const auto array = PlainArray::from(parts[k].ptr());
    if (!array || array->size() * size_of(array->type()) != bytes) return false;
    std::memcpy(place, array->data(), bytes);
  }
  return true;
}

}  // namespace

PyStageChain::PyStageChain(PyEngine& engine, const py::list& wrappers)
    : batch_{.engine = engine.engine(),
             .num_envs = engine.engine().num_envs(),
             .autoreset = engine.engine().autoreset(),
             .has_float_rewards = engine.has_float_rewards(),
             .observation_space = engine.engine().observation_space(),
             .pool = BufferPool::create()} {
  const Engine& native = engine.engine();
  sizes_.push_back(native.observation_sizes());
  action_space_ = native.action_space();
  observation_space_ = native.observation_space();
  marks_.resize(batch_.num_envs);
  ended_.resize(batch_.num_envs);
  rewards_.resize(batch_.has_float_rewards ? batch_.num_envs : 0);
  for (const py::handle& wrapper : wrappers) {
    if (!add(py::reinterpret_borrow<py::tuple>(wrapper))) break;
  }
  std::vector<BatchStage*> stages;
  std::size_t position = 0;
  for (const auto& lent : lent_) {
    stages.push_back(&lent->stage());
    lent->stage().set_position(position);
    position += lent->stage().shows() ? 1 : 0;
  }
  chain_ = StageChain(std::move(stages));
  const std::size_t finals = batch_.autoreset.resets_at_once ? batch_.num_envs : 0;
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    // the first and the last observations are in arrays of Python
    const bool is_between = i > 0 && i + 1 < sizes_.size() && !is_in_place_;
    rows_.emplace_back(sizes_[i], is_between ? batch_.num_envs : 0);
    finals_.emplace_back(sizes_[i], finals);
  }
}

// Adds the stage of a wrapper. False if there is none for the observations and actions at this place.
bool PyStageChain::add(const py::tuple& wrapper) {
  const auto name = py::cast<std::string>(wrapper[0]);
  const SpaceInfo& task = batch_.observation_space;
  const bool is_task = shown_.empty();
  const LeafInfo& leaf = task.leaf();
  const Number number = is_task ? number_of(leaf.dtype) : last_shown().number;
  const Shape shape = is_task ? with_lead({}, leaf) : last_shown().shape;
  const py::object dtype =
      is_task ? py::reinterpret_borrow<py::object>(dtype_of(leaf.dtype)) : last_shown().dtype;
  const py::object shown = wrapper[3];
  // a task's observation of several parts becomes one array by flattening only
  if (!shown.is_none() && is_task && task.has_parts() && name != "flatten_observation") return false;
  const StageInput input{.rows = {number, sizes_.back().bytes[0] / size_of(number)},
                         .shape = py::tuple(py::cast(shape)),
                         .is_task = is_task};
  auto lent = make_lent_stage(name, wrapper[1], wrapper[2], input, batch_);
  // actions are settled after all other changes: what makes these stands outside
  const auto changes = [](const auto& inner) { return inner->stage().changes_actions(); };
  if (lent && lent->stage().settles_actions() && std::any_of(lent_.begin(), lent_.end(), changes))
    return false;
  if (!lent || (lent->stage().changes_actions() && !take_bounds(name, wrapper[1]))) return false;
  if (!shown.is_none()) show_as(shown, dtype, shape);
  pins_.push_back({wrapper[1], interned("env"), wrapper[1].attr("env")});
  for (const py::handle& pin : py::reinterpret_borrow<py::tuple>(wrapper[4])) {
    const auto [owner, attribute, value] = py::cast<std::tuple<py::object, std::string, py::object>>(pin);
    pins_.push_back({owner, interned(attribute.c_str()), value});
  }
  lent_.push_back(std::move(lent));
  return true;
}

// Notes the observations that a stage shows, behind those of a type and shape.
void PyStageChain::show_as(const py::tuple& described, const py::object& dtype, const Shape& shape) {
  Shown made{.dtype = described[0],
             .shape = py::cast<Shape>(described[2]),
             .number = number_named(py::cast<std::string>(described[1]))};
  RowFormat rows{made.number, 1};
  for (const py::ssize_t size : made.shape) rows.size *= static_cast<std::size_t>(size);
  is_in_place_ =
      is_in_place_ && made.shape == shape && made.dtype.equal(dtype) && !batch_.observation_space.has_parts();
  sizes_.push_back(sizes_of(rows));
  constexpr std::pair<Number, DType> kTypes[] = {
      {Number::kUint8, DType::kUint8},     {Number::kInt8, DType::kInt8},
      {Number::kInt32, DType::kInt32},     {Number::kInt64, DType::kInt64},
      {Number::kFloat32, DType::kFloat32}, {Number::kFloat64, DType::kFloat64}};
  policies_can_see_ = false;
  for (const auto& [known, type] : kTypes) {
    if (known != made.number) continue;
    policies_can_see_ = true;
    observation_space_ = SpaceInfo{};
    observation_space_.num_leaves = 1;
    observation_space_.leaves[0] = {
        .kind = SpaceKind::kBox, .dtype = type, .size = rows.size, .shape = {1, {rows.size}}};
  }
  shown_.push_back(std::move(made));
}

// Takes the bounds of the actions of a wrapper. False if there are too many different ones.
bool PyStageChain::take_bounds(const std::string& name, const py::object& wrapper) {
  LeafInfo& leaf = action_space_.leaves[0];
  leaf.num_elements = 0;
  leaf.bounds = nullptr;
  if (name == "clip_action") return true;
  const py::object space = wrapper.attr("single_action_space");
  using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
  const Numbers low(space.attr("low")), high(space.attr("high"));
  if (leaf.size > SpaceInfo::kMaxElements || static_cast<std::size_t>(low.size()) != leaf.size) return false;
  leaf.first_element = 0;
  leaf.num_elements = leaf.size;
  for (std::size_t k = 0; k < leaf.size; ++k) {
    action_space_.elements[k] = {.name = {}, .low = low.data()[k], .high = high.data()[k]};
  }
  return true;
}

bool PyStageChain::holds() const {
  for (const Pin& pin : pins_) {
    if (!get_attribute(pin.owner.ptr(), pin.name).is(pin.value)) return false;
  }
  return true;
}

bool PyStageChain::borrow() {
  for (const auto& lent : lent_) {
    if (!lent->borrow()) return false;
  }
  return true;
}

Shape PyStageChain::with_envs(const Shape& shape) const {
  Shape all{static_cast<py::ssize_t>(batch_.num_envs)};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

// The actions for the engine. Arrays that are not plain go through the wrappers themselves.
py::object PyStageChain::take_actions(const SpaceInfo& space, const py::object& actions) {
  if (!chain_.changes_actions()) return actions;
  const LeafInfo& leaf = space.leaf();
  const Shape shape = with_lead({static_cast<py::ssize_t>(batch_.num_envs)}, leaf);
  const auto plain = PlainArray::from(actions.ptr());
  const bool is_plain = plain && dtype_of(plain->type()) == dtype_of(leaf.dtype).ptr() &&
                        plain->has_shape(py::tuple(py::cast(shape)).ptr());
  if (!is_plain) {
    py::object changed = actions;
    for (std::size_t i = lent_.size(); i-- > 0;) {
      if (lent_[i]->stage().changes_actions()) changed = lent_[i]->wrapper().attr("actions")(changed);
    }
    return changed;
  }
  py::array own = make_array(*batch_.pool, dtype_of(leaf.dtype), shape);
  std::memcpy(data_of(own), plain->data(), static_cast<std::size_t>(own.nbytes()));
  chain_.act(data_of(own), {0, batch_.num_envs});
  return own;
}

// Makes or checks the array of the last observations, unless that is to be the engine's own; returns the arrays for the
// engine, views of the caller's.
py::object PyStageChain::engine_out(const py::object& out, py::object& last) {
  if (out.is_none()) {
    if (shows() && !is_in_place_) {
      last = make_array(*batch_.pool, last_shown().dtype, with_envs(last_shown().shape));
    }
    return out;
  }
  if (!py::isinstance<py::sequence>(out) || py::len(out) != 4) return out;  // the engine complains
  std::vector<std::pair<const char*, py::array>> all;
  py::tuple arrays(4);
  arrays[0] = py::object(out[py::int_(0)]);
  if (shows()) {
    const py::object given = arrays[0];
    const Shape shape = with_envs(last_shown().shape);
    const py::array checked = given.is_none()
                                  ? make_array(*batch_.pool, last_shown().dtype, shape)
                                  : check_output(given, last_shown().dtype, shape, "observations");
    last = checked;
    arrays[0] = is_in_place_ ? last : py::object(py::none());
    all.emplace_back("observations", checked);
  }
  const std::pair<const char*, py::handle> others[] = {
      {"rewards", batch_.has_float_rewards ? float32_dtype() : float64_dtype()},
      {"terminated", bool_dtype()},
      {"truncated", bool_dtype()}};
  for (std::size_t i = 0; i < 3; ++i) {
    arrays[i + 1] = py::none();
    if (py::object(out[py::int_(i + 1)]).is_none()) continue;
    const auto& [name, dtype] = others[i];
    all.emplace_back(name, check_output(out[py::int_(i + 1)], dtype, with_envs({}), name));
    arrays[i + 1] = all.back().second;
  }
  check_disjoint(all);
  return arrays;
}

void PyStageChain::read_finals(StageStep& step, const py::object& finals) {
  auto** const slots = static_cast<PyObject**>(data_of(py::reinterpret_borrow<py::array>(finals)));
  for (std::size_t i = 0; i < step.ended.size(); ++i) {
    if (!read_row(batch_.observation_space, slots[step.ended[i]], finals_.front().leaves(), i)) {
      throw std::logic_error("a final observation is not one of the task");
    }
  }
  for (const RowBuffer& rows : finals_) step.finals.push_back(rows.leaves());
  step.has_finals = true;
}

// Replaces the final observations of a step by those that the last stage shows.
void PyStageChain::write_finals(const StageStep& step, const py::object& finals) const {
  auto** const slots = static_cast<PyObject**>(data_of(py::reinterpret_borrow<py::array>(finals)));
  const Shown& shown = last_shown();
  const std::size_t bytes = sizes_.back().bytes[0];
  const auto* row = static_cast<const std::byte*>(step.finals.back().at[0]);
  for (const std::int64_t lane : step.ended) {
    py::object made;
    if (shown.shape.empty()) {
      made = numpy_scalar(shown.dtype, row);
    } else {
      made = steal(new_array(shown.dtype.ptr(), static_cast<int>(shown.shape.size()), shown.shape.data()));
      if (!made) throw py::error_already_set();
      std::memcpy(array_data(made.ptr()), row, bytes);
    }
    row += bytes;
    Py_DECREF(slots[lane]);
    slots[lane] = made.release().ptr();
  }
}

py::object PyStageChain::step(const py::object& engine, const py::object& actions, const py::object& out,
                              double clock_offset) {
  if (!py::isinstance<PyEngine>(engine) || !holds()) return py::none();
  const Usage::Hold hold(usage_, Access::kWrite);
  if (!borrow()) return py::none();
  auto& native = py::cast<PyEngine&>(engine);
  const py::object taken = take_actions(native.engine().action_space(), actions);
  py::object last;
  const py::object given = engine_out(out, last);
  const auto settle_all = [&](void* own) { chain_.settle(own, {0, batch_.num_envs}); };
  const FunctionRef<void(void*)> settle(settle_all);
  py::tuple result = native.step_so({.repetition = chain_.repetition(batch_.has_float_rewards),
                                     .settle = chain_.settles_actions() ? &settle : nullptr},
                                    taken, given);

  if (!last) last = result[0];
  const auto bytes_of = [&](int i) {
    return static_cast<std::uint8_t*>(array_data(PyTuple_GET_ITEM(result.ptr(), i)));
  };
  StageStep step;
  step.num_envs = batch_.num_envs;
  if (batch_.has_float_rewards) {
    step.rewards = rewards_.data();
    step.rounds_rewards = true;
    step.float_rewards = reinterpret_cast<float*>(bytes_of(1));
  } else {
    step.rewards = reinterpret_cast<double*>(bytes_of(1));
  }
  step.terminated = bytes_of(2);
  step.now = stage_seconds() + clock_offset;
  py::dict info = result[4];
  step.ended = {ended_.data(),
                find_ended(step.terminated, bytes_of(3), batch_.num_envs, marks_.data(), ended_.data())};
  step.waiting = marks_.data();
  if (shows()) {
    ArrayList raw;
    for (const py::object& part : parts_of(result[0], batch_.observation_space)) raw.emplace_back(part);
    const Leaves shown(array_data(last.ptr()));
    step.observations.reserve(sizes_.size());
    step.observations.push_back(addresses(raw));
    for (std::size_t i = 1; i < sizes_.size(); ++i) {
      step.observations.push_back(is_in_place_ ? shown : rows_[i].leaves());
    }
    step.observations.back() = shown;
    if (batch_.autoreset.resets_at_once && !step.ended.empty()) read_finals(step, info["final_obs"]);
  }
  if (!step.ended.empty()) {
    for (const auto& lent : lent_) lent->prepare_info();
  }
  {
    std::optional<GilRelease> release;
    if (batch_.num_envs >= 128) release.emplace();
    chain_.run(step, native.engine().num_threads());
  }
  if (step.has_finals) write_finals(step, info["final_obs"]);
  for (const auto& lent : lent_) {
    lent->add_info(info, {marks_.data(), step.ended});
    lent->give_back();
  }
  if (out.is_none()) {
    if (last.is(result[0])) return result;
    return py::make_tuple(last, result[1], result[2], result[3], info);
  }
  const auto given_or = [&](int i, const py::object& made) {
    py::object own = out[py::int_(i)];
    return own.is_none() ? made : own;
  };
  return py::make_tuple(given_or(0, last), given_or(1, result[1]), given_or(2, result[2]),
                        given_or(3, result[3]), info);
}

}  // namespace plyo::bindings
