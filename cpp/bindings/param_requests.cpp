// Converts Python values to changes of parameters.
#include <optional>

#include "../engine/errors.hpp"
#include "convert.hpp"

namespace plyo::bindings {
namespace {

std::string repr_text(const py::handle& value) { return std::string(py::repr(value)); }

[[noreturn]] void refuse(const std::string& task, const Field& field, const py::handle& value,
                         std::size_t num_lanes) {
  const char* const what = field.type == ValueType::kBool      ? "True or False"
                           : field.type == ValueType::kInteger ? "an integer"
                                                               : "a number";
  const char* const many = field.type == ValueType::kBool      ? "bools"
                           : field.type == ValueType::kInteger ? "integers"
                                                               : "numbers";
  std::string given = repr_text(value);
  if (given.size() > 200) given = given.substr(0, 200) + "...";
  throw py::type_error(text(task, ": the parameter '", field.name, "' must be ", what,
                            num_lanes > 1 ? text(", or an array of ", num_lanes, " ", many) : "", ", got ",
                            given, " (", std::string(py::str(py::type::handle_of(value).attr("__name__"))),
                            ")"));
}

// The numbers of an array of one dimension, in the field's type; empty if the type is wrong.
std::optional<NumberColumn> to_column(const py::array& array, ValueType type) {
  const char kind = array.dtype().kind();
  NumberColumn column;
  const auto size = static_cast<std::size_t>(array.size());
  if (type == ValueType::kReal) {
    if (kind != 'f' && kind != 'i' && kind != 'u') return std::nullopt;
    const py::array reals = convert_array(array, py::dtype::of<double>());
    const auto* const values = static_cast<const double*>(reals.data());
    column.reals.assign(values, values + size);
  } else if (type == ValueType::kBool) {
    if (kind != 'b') return std::nullopt;
    const py::array bools = convert_array(array, py::dtype::of<bool>());
    const auto* const values = static_cast<const std::uint8_t*>(bools.data());
    column.integers.assign(values, values + size);
  } else {
    if (kind != 'i' && kind != 'u') return std::nullopt;
    const py::array integers = convert_array(array, py::dtype::of<std::int64_t>());
    const auto* const values = static_cast<const std::int64_t*>(integers.data());
    column.integers.assign(values, values + size);
    // beyond the type they come out negative
    for (std::size_t i = 0; kind == 'u' && i < size; ++i) {
      if (values[i] < 0) return std::nullopt;
    }
  }
  return column;
}

NumberColumn one_number(const Value& value) {
  NumberColumn column;
  if (value.type == ValueType::kReal) {
    column.reals.push_back(value.real);
  } else {
    column.integers.push_back(value.integer);
  }
  return column;
}

// Converts one setting after another.
class SettingReader {
 public:
  SettingReader(const Engine& engine, std::size_t num_lanes, ValueStore& store)
      : engine_(engine), task_(engine.config().task->name), num_lanes_(num_lanes), store_(store) {}

  ParamSetting read(const py::tuple& setting) const {
    ParamSetting result{.name = py::cast<std::string>(setting[0])};
    const auto source = py::cast<std::string>(setting[1]);
    const Field& field = engine_.param_field(result.name);
    if (source == "value") {
      read_value(setting[2], field, result);
      return result;
    }
    result.source = source == "uniform"       ? ParamSource::kUniform
                    : source == "log_uniform" ? ParamSource::kLogUniform
                                              : ParamSource::kChoice;
    if (is_number(field.type)) {
      result.first = column(setting[2], field, result.source == ParamSource::kChoice);
      if (result.source != ParamSource::kChoice) result.second = column(setting[3], field, false);
    }
    return result;
  }

 private:
  void read_value(const py::handle& value, const Field& field, ParamSetting& result) const {
    if (is_number(field.type) && py::isinstance<py::array>(value)) {
      result.first = column(value, field, false);
      return;
    }
    const FieldList only{{field}, 1};
    py::dict named;
    named[py::str(std::string(field.name))] = value;
    result.value = to_params(named, only, task_, store_, "parameter").front().second;
  }

  NumberColumn column(const py::handle& value, const Field& field, bool any_size) const {
    if (!py::isinstance<py::array>(value)) {
      ParamSetting one;
      read_value(value, field, one);
      return one_number(*one.value);
    }
    const auto array = py::reinterpret_borrow<py::array>(value);
    const bool fits = array.ndim() == 1 && (any_size || static_cast<std::size_t>(array.size()) == num_lanes_);
    if (!fits) {
      std::string shape = repr_text(array.attr("shape"));
      throw py::value_error(text(task_, ": the parameter '", field.name, "' needs an array of shape (",
                                 any_size ? std::string("n") : std::to_string(num_lanes_),
                                 ",), got one of shape ", shape));
    }
    std::optional<NumberColumn> numbers = to_column(array, field.type);
    if (!numbers) refuse(task_, field, value, num_lanes_);
    return std::move(*numbers);
  }

  const Engine& engine_;
  const std::string task_;
  std::size_t num_lanes_;
  ValueStore& store_;
};

}  // namespace

ParamRequest to_param_request(const py::list& settings, std::vector<std::size_t> lanes, std::size_t num_lanes,
                              const Engine& engine, ValueStore& store) {
  ParamRequest request;
  const SettingReader reader(engine, num_lanes, store);
  for (const py::handle& setting : settings) {
    request.settings.push_back(reader.read(py::reinterpret_borrow<py::tuple>(setting)));
  }
  request.lanes = std::move(lanes);
  return request;
}

}  // namespace plyo::bindings
