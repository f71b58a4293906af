// PyEngine: parameters and constants of the dynamics, of one lane or of all.
#include "../engine/errors.hpp"
#include "convert.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

// The entries of some lanes.
NumberColumn picked(const NumberColumn& column, const std::vector<std::size_t>& lanes) {
  NumberColumn result;
  for (const std::size_t lane : lanes) {
    if (!column.reals.empty()) result.reals.push_back(column.reals[lane]);
    if (!column.integers.empty()) result.integers.push_back(column.integers[lane]);
  }
  return result;
}

}  // namespace

py::object PyEngine::param(const std::string& name, std::size_t lane) const {
  check_lane(lane);
  const Field& field = engine_.param_field(name);
  return to_python(read_patiently([&] { return engine_.param(field, lane); }));
}

py::object PyEngine::param_values(const std::string& name, const std::vector<std::size_t>& lanes) const {
  for (const std::size_t lane : lanes) check_lane(lane);
  const Field& field = engine_.param_field(name);
  const std::size_t count = lanes.empty() ? engine_.num_envs() : lanes.size();
  const auto size = static_cast<py::ssize_t>(count);
  const auto fill = [&]<class T>(py::array_t<T> array, auto get) {
    for (std::size_t i = 0; i < count; ++i) {
      array.mutable_data()[i] = get(engine_.param(field, lanes.empty() ? i : lanes[i]));
    }
    return py::object(std::move(array));
  };
  switch (field.type) {
    case ValueType::kReal:
      return fill(py::array_t<double>(size), [](const Value& value) { return value.real; });
    case ValueType::kInteger:
      return fill(py::array_t<std::int64_t>(size), [](const Value& value) { return value.integer; });
    case ValueType::kBool:
      return fill(py::array_t<bool>(size), [](const Value& value) { return value.integer != 0; });
    default:
      return to_python(engine_.param(field, 0));
  }
}

py::array PyEngine::lane_numbers(const std::vector<std::size_t>& lanes) const {
  for (const std::size_t lane : lanes) check_lane(lane);
  const std::size_t count = lanes.empty() ? engine_.num_envs() : lanes.size();
  const std::size_t width = engine_.config().numbers.size();
  py::array_t<double> all({static_cast<py::ssize_t>(count), static_cast<py::ssize_t>(width)});
  double* const out = all.mutable_data();
  read_patiently([&] {
    for (std::size_t i = 0; i < count; ++i)
      engine_.read_numbers(lanes.empty() ? i : lanes[i], out + i * width);
  });
  return all;
}

void PyEngine::set_params(const py::list& settings, const std::vector<std::size_t>& lanes) {
  for (const std::size_t lane : lanes) check_lane(lane);
  ValueStore store;
  const std::size_t count = lanes.empty() ? engine_.num_envs() : lanes.size();
  engine_.set_params(to_param_request(settings, lanes, count, engine_, store));
}

ParamRequest PyEngine::masked_request(const py::list& settings, const std::uint8_t* mask,
                                      std::optional<ValueStore>& store) const {
  if (settings.empty()) return {};
  ParamRequest request = to_param_request(settings, {}, engine_.num_envs(), engine_, store.emplace());
  if (mask == nullptr) return request;
  for (std::size_t lane = 0; lane < engine_.num_envs(); ++lane) {
    if (mask[lane] != 0) request.lanes.push_back(lane);
  }
  if (request.lanes.empty()) return {};
  for (ParamSetting& setting : request.settings) {
    if (setting.source == ParamSource::kChoice) continue;
    for (NumberColumn* const column : {&setting.first, &setting.second}) {
      if (column->size() == engine_.num_envs()) *column = picked(*column, request.lanes);
    }
  }
  return request;
}

void PyEngine::set_time_limit(int max_episode_steps) { engine_.set_time_limit(max_episode_steps); }

}  // namespace plyo::bindings
