// PyEngine: steps whose results are arrays only: flags, true next observations, the ends of episodes as rows.
#include <atomic>
#include <cstring>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "numpy_values.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

// An instance of a class made by typing.NamedTuple, without the detour through its constructor in Python.
py::object named_tuple(PyObject* cls, py::tuple&& fields) {
  const py::tuple arguments = py::make_tuple(std::move(fields));
  PyObject* const made = PyTuple_Type.tp_new(reinterpret_cast<PyTypeObject*>(cls), arguments.ptr(), nullptr);
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(made);
}

PyObject* result_class(const char* name, std::atomic<PyObject*>& cache) {
  return attribute_of_module(cache, "plyo.vector.step_result", name);
}

// The same fields with a copy of the dictionary, which is the last one.
py::tuple own_dictionary(const py::tuple& fields) {
  py::tuple own(fields.size());
  for (std::size_t k = 0; k + 1 < fields.size(); ++k) own[k] = fields[k];
  own[fields.size() - 1] = fields[fields.size() - 1].attr("copy")();
  return own;
}

// The column of all parts that `of` picks, as one array.
template <class Of>
py::array joined(BufferPool& pool, const EndedRows& ended, py::handle dtype, const Shape& shape,
                 const Of& of) {
  py::array array = make_array(pool, dtype, shape);
  auto* to = static_cast<std::byte*>(data_of(array));
  for (const EndedRows::Part& part : ended.parts) {
    const auto& column = of(part);
    const std::size_t bytes = column.size() * sizeof(column[0]);
    if (bytes > 0) std::memcpy(to, column.data(), bytes);
    to += bytes;
  }
  return array;
}

}  // namespace

py::object PyEngine::ended_object(const EndedRows& ended) {
  static std::atomic<PyObject*> cls{nullptr};
  PyObject* const type = result_class("EndedEpisodes", cls);
  if (ended.count() == 0 && no_ended_) return named_tuple(type, own_dictionary(no_ended_));
  const SpaceInfo& space = engine_.observation_space();
  const Shape rows{static_cast<py::ssize_t>(ended.count())};
  const auto column = [&](py::handle dtype, auto member) {
    return joined(*pool_, ended, dtype, rows,
                  [member](const EndedRows::Part& part) -> const auto& { return part.*member; });
  };
  ArrayList finals;
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    finals.push_back(joined(
        *pool_, ended, dtype_of(leaf.dtype), with_lead(rows, leaf),
        [k](const EndedRows::Part& part) -> const auto& { return part.final_observations.leaves[k]; }));
  }
  py::dict infos;
  for (std::size_t k = 0; k < engine_.infos().size(); ++k) {
    const InfoLeaf& leaf = engine_.infos()[k];
    infos[info_names_[k]] =
        joined(*pool_, ended, dtype_of(leaf.dtype), with_lead(rows, leaf),
               [k](const EndedRows::Part& part) -> const auto& { return part.final_infos.leaves[k]; });
  }
  py::tuple fields = py::make_tuple(
      column(int64_dtype(), &EndedRows::Part::lanes), to_object(std::move(finals), space),
      column(float64_dtype(), &EndedRows::Part::returns), column(int64_dtype(), &EndedRows::Part::lengths),
      column(bool_dtype(), &EndedRows::Part::timeouts), std::move(infos));
  // arrays without rows hold nothing that a user could change
  if (ended.count() == 0 && !space.is_dict()) {
    no_ended_ = fields;
    fields = own_dictionary(no_ended_);
  }
  return named_tuple(type, std::move(fields));
}

py::object PyEngine::step_compact(const py::handle& actions, const py::object& out, bool wants_next) {
  static std::atomic<PyObject*> cls{nullptr};
  const SpaceInfo& space = engine_.observation_space();
  bool are_copies = false;
  const ArrayList checked = to_actions(actions, engine_.action_space(), engine_.num_envs(), 0, &are_copies);
  if (!out.is_none() && (!py::isinstance<py::sequence>(out) || py::len(out) != 6)) {
    throw py::type_error(
        "out must be (observations, rewards, terminated, truncated, dones, next_observations), each an array "
        "or None, got " +
        std::string(py::repr(out)));
  }
  const Shape flat = lead();
  Outputs made = outputs(out, flat);
  const py::array dones = output(out, 4, "dones", bool_dtype(), flat);
  StepArrays arrays = step_arrays(made);
  arrays.dones = static_cast<std::uint8_t*>(data_of(dones));
  const py::object next_given = out.is_none() ? py::object(py::none()) : py::object(out[py::int_(5)]);
  const bool is_same = !next_given.is_none() && next_given.is(out[py::int_(0)]);
  const bool at_once = engine_.autoreset().resets_at_once;
  ArrayList next;
  if (!next_given.is_none() && !(is_same && !at_once)) {
    next = check_leaves(next_given, space, flat, "next_observations");
  } else if (wants_next && at_once) {
    next = make_leaves(*pool_, space, flat);
  }
  arrays.next_observations = addresses(next);
  if (!out.is_none()) {
    std::vector<std::pair<const char*, py::array>> more{{"dones", dones}};
    for (const py::array& array : next) more.emplace_back("next_observations", array);
    made.check_apart(checked, more);
  }
  const ArrayList infos = make_infos(flat);
  const InfoLeaves info_leaves = addresses<kMaxInfos>(infos);
  if (!infos.empty()) arrays.infos = &info_leaves;
  EndedRows ended;
  arrays.ended = &ended;
  run_step(actions, checked, are_copies, arrays);

  py::dict info;
  for (std::size_t k = 0; k < infos.size(); ++k) info[info_names_[k]] = infos[k];
  const bool copies_next = !next.empty();
  py::object observations = observations_or_given(out, 0, std::move(made.observations));
  py::object next_object = py::none();
  if (copies_next) {
    next_object = observations_or_given(out, 5, std::move(next));
  } else if (wants_next || is_same) {
    next_object = observations;  // nothing was reset within the step
  }
  return named_tuple(
      result_class("StepResult", cls),
      py::make_tuple(std::move(observations), given_or(out, 1, made.rewards),
                     given_or(out, 2, made.terminated), given_or(out, 3, made.truncated),
                     given_or(out, 4, dones), std::move(next_object), ended_object(ended), std::move(info)));
}

}  // namespace plyo::bindings
