// PyEngine: the members of a task beside stepping: its attributes, methods, model and text.
#include "../engine/errors.hpp"
#include "convert.hpp"
#include "describe.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

template <class List>
const auto& find(const List& list, const std::string& name, std::string_view task) {
  for (const auto& item : list) {
    if (item.name == name) return item;
  }
  throw py::attribute_error(text(task, " has no attribute '", name, "'"));
}

// Texts as an array of single bytes, one row a text.
py::object characters(const Texts& texts) {
  std::string all;
  for (const Text row : texts) all += row;
  const Shape shape{static_cast<py::ssize_t>(texts.size()),
                    static_cast<py::ssize_t>(texts.empty() ? 0 : texts[0].size())};
  return py::array(py::dtype("S1"), shape, all.data());
}

}  // namespace

py::dict PyEngine::observation_space() const { return describe_space(engine_.observation_space()); }
py::dict PyEngine::action_space() const { return describe_space(engine_.action_space()); }
py::list PyEngine::infos() const { return describe_infos(engine_.infos()); }

py::object PyEngine::attribute(const std::string& name, std::size_t lane) const {
  check_lane(lane);
  const Attribute& found = find(engine_.task_ops().attributes, name, engine_.config().task->name);
  const Value value = read_patiently([&] { return engine_.attribute(found, lane); });
  switch (found.type) {
    case AttributeType::kIntegerOrNone:
      return value.integer < 0 ? py::object(py::none()) : py::object(py::int_(value.integer));
    case AttributeType::kCharacters:
      return characters(value.texts);
    case AttributeType::kValue:
      break;
  }
  return to_python(value);
}

void PyEngine::set_attribute(const std::string& name, std::size_t lane, const py::object& value) {
  check_lane(lane);
  const Attribute& found = find(engine_.task_ops().attributes, name, engine_.config().task->name);
  if (PyIndex_Check(value.ptr()) == 0) {
    throw py::type_error(text("the attribute '", name, "' of ", engine_.config().task->name,
                              " is an integer, got ", std::string(py::repr(value))));
  }
  const std::int64_t integer = PyNumber_AsSsize_t(value.ptr(), PyExc_OverflowError);
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  engine_.set_attribute(found, lane, integer);
}

py::object PyEngine::call(const std::string& name, const py::args& arguments) const {
  const DefaultFloatMode mode;
  const Method& method = find(engine_.task_ops().methods, name, engine_.config().task->name);
  std::int64_t values[Method::kMaxArguments]{}, results[Method::kMaxResults]{};
  if (arguments.size() != method.arguments.size()) {
    throw py::type_error(
        text(name, "() takes ", method.arguments.size(), " arguments, got ", arguments.size()));
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    values[i] = PyNumber_AsSsize_t(py::object(arguments[i]).ptr(), PyExc_OverflowError);
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  }
  if (!engine_.call(method, values, results)) {
    throw py::value_error(
        text("the arguments ", std::string(py::repr(arguments)), " of ", name, "() are out of range"));
  }
  if (method.result == ResultType::kInteger) return py::int_(results[0]);
  if (method.result == ResultType::kIntegers) {
    py::tuple tuple(method.num_results);
    for (std::size_t i = 0; i < method.num_results; ++i) tuple[i] = py::int_(results[i]);
    return tuple;
  }
  std::int8_t bytes[Method::kMaxResults];
  for (std::size_t i = 0; i < method.num_results; ++i) bytes[i] = static_cast<std::int8_t>(results[i]);
  return copy_to_array(dtype_of(DType::kInt8), {1, {method.num_results}}, bytes);
}

py::dict PyEngine::model() const {
  const DefaultFloatMode mode;
  if (engine_.task_ops().transitions == nullptr) {
    throw py::attribute_error(text(engine_.config().task->name, " has no table of transitions"));
  }
  const auto num_states = static_cast<py::ssize_t>(engine_.num_states());
  const auto num_actions = static_cast<py::ssize_t>(engine_.action_space().leaf().size);
  const auto width = static_cast<py::ssize_t>(engine_.task_ops().max_transitions);
  const Shape shape{num_states, num_actions, width};
  py::array_t<double> probabilities(shape), rewards(shape);
  py::array_t<std::int64_t> next(shape), counts(Shape{num_states, num_actions});
  py::array_t<bool> terminated(shape);
  std::vector<Transition> ways(engine_.task_ops().max_transitions);
  py::ssize_t place = 0;
  for (py::ssize_t s = 0; s < num_states; ++s) {
    for (py::ssize_t a = 0; a < num_actions; ++a) {
      std::fill(ways.begin(), ways.end(), Transition{});
      const std::size_t count = engine_.transitions(s, a, ways.data());
      counts.mutable_data()[s * num_actions + a] = static_cast<std::int64_t>(count);
      for (const Transition& way : ways) {
        probabilities.mutable_data()[place] = way.probability;
        next.mutable_data()[place] = way.next;
        rewards.mutable_data()[place] = way.reward;
        terminated.mutable_data()[place] = way.terminated;
        ++place;
      }
    }
  }
  py::dict result;
  result["probability"] = probabilities;
  result["next"] = next;
  result["reward"] = rewards;
  result["terminated"] = terminated;
  result["count"] = counts;
  result["integer_rewards"] = engine_.reward_type() == RewardType::kInt;
  return result;
}

py::str PyEngine::render_text(std::size_t lane) const {
  check_lane(lane);
  if (engine_.task_ops().write_text == nullptr) {
    throw py::attribute_error(text(engine_.config().task->name, " has no text to render"));
  }
  return py::str(engine_.render_text(lane));
}

}  // namespace plyo::bindings
