// The compiled-in tasks, as plain Python values.
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <cmath>

#include "../engine/errors.hpp"
#include "../engine/registry.hpp"
#include "../engine/task_library.hpp"
#include "convert.hpp"
#include "describe.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

std::string to_string(std::string_view view) { return std::string(view); }

py::dict describe_leaf(const SpaceInfo& space, const LeafInfo& leaf) {
  py::list names, units, low, high;
  // numbers that nobody describes have no bounds
  const std::size_t num_elements =
      leaf.kind == SpaceKind::kBox && leaf.num_elements == 0 ? 1 : leaf.num_elements;
  for (std::size_t i = 0; i < num_elements; ++i) {
    const Element element = space.element(leaf, i);
    names.append(to_string(element.name));
    units.append(to_string(element.unit));
    low.append(element.low);
    high.append(element.high);
  }
  const bool is_box = leaf.kind == SpaceKind::kBox;
  py::dict result;
  result["kind"] = is_box ? "box" : "discrete";
  result["dtype"] = to_string(name_of(leaf.dtype));
  result["size"] = leaf.size;
  result["names"] = names;
  result["units"] = units;
  result["low"] = low;
  result["high"] = high;
  if (is_box) {
    py::tuple shape(leaf.shape.rank);
    for (std::size_t i = 0; i < leaf.shape.rank; ++i) shape[i] = leaf.shape.sizes[i];
    result["shape"] = shape;
  } else {
    result["start"] = leaf.start;
  }
  if (!leaf.name.empty()) result["name"] = to_string(leaf.name);
  return result;
}

py::list describe_fields(const FieldList& fields, const void* defaults) {
  py::list result;
  for (const Field& field : fields) {
    py::dict entry;
    entry["name"] = to_string(field.name);
    entry["default"] = to_python(field.get(defaults));
    entry["doc"] = to_string(field.doc);
    entry["attribute"] = to_string(field.attribute);
    result.append(entry);
  }
  return result;
}

py::dict describe_task(const Task& task) {
  const EnvInfo& info = *task.fast.info;
  const TaskOps& ops = *task.fast.task;
  py::list variants;
  for (const Variant& variant : info.variants) {
    py::dict entry;
    entry["id"] = to_string(variant.id);
    entry["max_episode_steps"] = variant.max_episode_steps == kNoTimeLimit
                                     ? py::object(py::none())
                                     : py::object(py::int_(variant.max_episode_steps));
    py::dict kwargs;
    for (const Preset& preset : variant.kwargs)
      kwargs[to_string(preset.name).c_str()] = to_python(preset.value);
    entry["kwargs"] = kwargs;
    entry["reward_threshold"] = std::isnan(variant.reward_threshold)
                                    ? py::object(py::none())
                                    : py::object(py::float_(variant.reward_threshold));
    variants.append(entry);
  }
  std::vector<std::byte> params(ops.params_bytes), options(ops.reset_options_bytes);
  ops.init_params(params.data());
  ops.init_reset_options(options.data());
  py::dict result;
  result["name"] = task.key();
  result["family"] = to_string(task.family);
  result["summary"] = to_string(info.summary);
  result["source"] = to_string(info.source);
  result["variants"] = variants;
  result["observation"] = describe_space(info.observation);
  result["action"] = describe_space(info.action);
  result["params"] = describe_fields(info.params, params.data());
  result["constants"] = describe_fields(info.constants, params.data());
  result["constants_of_class"] = info.python.constants_of_class;
  result["reset_options"] = describe_fields(info.reset_options, options.data());
  result["num_variables"] = info.num_variables;
  // the caller derives missing names from the task's name: it knows Python's spelling
  result["python_module"] = to_string(info.python.module);
  result["python_class"] = to_string(info.python.class_name);
  result["render_mode_last"] = info.python.render_mode_last;
  result["needs"] = to_string(ops.needs);
  if (ops.file != nullptr) {
    result["file"] = to_string(ops.file(params.data()));
    result["observes_sensors"] = ops.observes_sensors;
    result["steps_in_packs"] = ops.adapt != nullptr;
  }
  py::list attributes, methods, render_modes;
  for (const Attribute& attribute : ops.attributes) {
    py::dict entry;
    entry["name"] = to_string(attribute.name);
    entry["doc"] = to_string(attribute.doc);
    entry["settable"] = attribute.set != nullptr;
    attributes.append(entry);
  }
  for (const Method& method : ops.methods) {
    py::dict entry;
    py::list arguments;
    for (const std::string_view name : method.arguments) arguments.append(to_string(name));
    entry["name"] = to_string(method.name);
    entry["doc"] = to_string(method.doc);
    entry["arguments"] = arguments;
    methods.append(entry);
  }
  // in Gymnasium's order
  if (task.scene != nullptr) render_modes.append("human");
  if (ops.write_text != nullptr) render_modes.append("ansi");
  if (task.scene != nullptr) render_modes.append("rgb_array");
  result["infos"] = describe_infos(info.infos);
  result["attributes"] = attributes;
  result["methods"] = methods;
  result["has_model"] = ops.transitions != nullptr;
  result["render_modes"] = render_modes;
  result["render_fps"] = info.render_fps;
  result["state_bytes"] = task.fast.state->bytes();
  return result;
}

}  // namespace

py::dict describe_space(const SpaceInfo& space) {
  if (!space.has_parts()) return describe_leaf(space, space.leaf());
  py::list parts;
  for (std::size_t k = 0; k < space.num_leaves; ++k) parts.append(describe_leaf(space, space.leaves[k]));
  py::dict result;
  result["kind"] = space.is_dict() ? "dict" : "tuple";
  result["parts"] = parts;
  return result;
}

py::list describe_infos(const InfoList& infos) {
  py::list result;
  for (const InfoLeaf& leaf : infos) {
    py::dict entry;
    entry["name"] = to_string(leaf.name);
    entry["doc"] = to_string(leaf.doc);
    entry["dtype"] = to_string(name_of(leaf.dtype));
    entry["at_reset"] = leaf.at_reset;
    entry["optional"] = leaf.style == InfoStyle::kBoolOrNone;
    py::list shape;
    for (std::size_t i = 0; i < leaf.shape.rank; ++i) shape.append(leaf.shape.sizes[i]);
    entry["shape"] = shape;
    result.append(entry);
  }
  return result;
}

void register_tasks(py::module_& module) {
  module.def(
      "tasks",
      [] {
        py::list result;
        for (const Task* task : Registry::shared().all()) result.append(describe_task(*task));
        return result;
      },
      "Every compiled-in task: name, family, ids with limits and thresholds, spaces, parameters, reset "
      "options.");
  module.def(
      "task",
      [](const std::string& name) {
        const Task* const task = Registry::shared().find(name);
        if (task == nullptr) throw py::key_error(text("there is no task ", name));
        return describe_task(*task);
      },
      py::arg("name"), "The same of one task. Raises KeyError if there is no such task.");
  module.def(
      "load_tasks",
      [](const std::string& path, const std::string& headers, const std::string& suffix, bool may_take_ids,
         bool completes) {
        std::vector<std::string> names;
        for (const Task* task : load_tasks(path, {headers, suffix, may_take_ids, completes}))
          names.push_back(task->key());
        return names;
      },
      py::arg("path"), py::arg("headers") = "", py::arg("suffix") = "", py::arg("may_take_ids") = false,
      py::arg("completes") = false,
      "Adds the tasks of a shared object that was compiled with headers of this digest, with a suffix to "
      "their names; returns these names. With `completes` they are further builds of tasks that are there: "
      "for math='reference', or for all parameters. Raises ValueError for a module that does not fit; "
      "nothing has changed.");
  module.def(
      "make_kernels_by",
      [](py::typing::Callable<void(py::str)> make) {
        // never destroyed: threads may still ask while the interpreter ends
        const auto* const kept = new py::object(std::move(make));
        Registry::shared().make_kernels_by([kept](const std::string& key) {
          const py::gil_scoped_acquire gil;
          (*kept)(key);
        });
      },
      py::arg("make"),
      "Has `make` called with the name of a task, with its suffix, when a batch needs kernels for parameters "
      "that its own are not for. It calls load_tasks, does nothing if it cannot, and raises if that fails.");
}

}  // namespace plyo::bindings
