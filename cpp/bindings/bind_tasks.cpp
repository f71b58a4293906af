// The compiled-in tasks, as plain Python values.
#include <pybind11/stl.h>

#include <cmath>

#include "../engine/registry.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

std::string string(std::string_view view) { return std::string(view); }

py::dict describe_space(const SpaceInfo& space) {
  py::list names, units, low, high;
  for (std::size_t i = 0; i < space.size; ++i) {
    names.append(string(space.elements[i].name));
    units.append(string(space.elements[i].unit));
    low.append(space.elements[i].low);
    high.append(space.elements[i].high);
  }
  py::dict result;
  result["kind"] = space.kind == SpaceKind::kBox ? "box" : "discrete";
  result["dtype"] = space.dtype == DType::kFloat32 ? "float32" : "int64";
  result["size"] = space.size;
  result["names"] = names;
  result["units"] = units;
  result["low"] = low;
  result["high"] = high;
  return result;
}

py::object to_python(const Value& value) {
  switch (value.type) {
    case ValueType::kBool:
      return py::bool_(value.integer != 0);
    case ValueType::kInteger:
      return py::int_(value.integer);
    case ValueType::kReal:
      break;
  }
  return py::float_(value.real);
}

py::list describe_fields(const FieldList& fields, const void* defaults) {
  py::list result;
  for (const Field& field : fields) {
    py::dict entry;
    entry["name"] = string(field.name);
    entry["default"] = to_python(field.get(defaults));
    entry["doc"] = string(field.doc);
    result.append(entry);
  }
  return result;
}

py::dict describe_task(const Task& task) {
  const EnvInfo& info = *task.fast.info;
  const EnvOps& ops = task.fast.ops->ops[0];
  py::list variants;
  for (const Variant& variant : info.variants) {
    py::dict entry;
    entry["id"] = string(variant.id);
    entry["max_episode_steps"] = variant.max_episode_steps == kNoTimeLimit
                                     ? py::object(py::none())
                                     : py::object(py::int_(variant.max_episode_steps));
    entry["reward_threshold"] = std::isnan(variant.reward_threshold)
                                    ? py::object(py::none())
                                    : py::object(py::float_(variant.reward_threshold));
    variants.append(entry);
  }
  std::vector<std::byte> params(ops.params_bytes), options(ops.reset_options_bytes);
  ops.init_params(params.data());
  ops.init_reset_options(options.data());
  py::dict result;
  result["name"] = string(task.name);
  result["family"] = string(task.family);
  result["summary"] = string(info.summary);
  result["source"] = string(info.source);
  result["variants"] = variants;
  result["observation"] = describe_space(info.observation);
  result["action"] = describe_space(info.action);
  result["params"] = describe_fields(info.params, params.data());
  result["reset_options"] = describe_fields(info.reset_options, options.data());
  result["num_variables"] = info.num_variables;
  // the defaults that follow from the name are the caller's: it knows Python's spelling
  result["python_module"] = string(info.python.module);
  result["python_class"] = string(info.python.class_name);
  result["render_mode_last"] = info.python.render_mode_last;
  result["state_bytes"] = ops.num_words * ops.word_bytes;
  return result;
}

}  // namespace

void register_tasks(py::module_& module) {
  module.def(
      "tasks",
      [] {
        py::list result;
        for (const Task& task : tasks()) result.append(describe_task(task));
        return result;
      },
      "Every compiled-in task: name, family, ids with limits and thresholds, spaces, parameters, reset "
      "options.");
}

}  // namespace plyo::bindings
