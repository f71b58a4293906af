#include "convert.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>

#include "arrays.hpp"

namespace plyo::bindings {
namespace {

std::string type_name(const py::handle& object) { return std::string(py::str(py::type::handle_of(object))); }
std::string repr_of(const py::handle& object) { return std::string(py::repr(object)); }

std::string names_of(const FieldList& fields) {
  std::string names;
  for (const Field& field : fields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names.empty() ? "none" : names;
}

const Field* find_field(const FieldList& fields, const std::string& name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

[[noreturn]] void raise_error(const char* class_name, const std::string& message) {
  PyErr_SetString(error_class(class_name).ptr(), message.c_str());
  throw py::error_already_set();
}

bool is_bool(const py::handle& value) {
  return PyBool_Check(value.ptr()) != 0 || py::isinstance(value, py::module_::import("numpy").attr("bool_"));
}

// The value of a keyword argument, or null if its type is wrong or it is too large; a Python error may be
// set.
std::optional<Value> to_param(const py::handle& value, ValueType type) {
  if (type == ValueType::kBool) {
    if (!is_bool(value)) return std::nullopt;
    return Value{.type = type, .integer = PyObject_IsTrue(value.ptr())};
  }
  if (is_bool(value)) return std::nullopt;
  if (type == ValueType::kInteger) {
    if (PyIndex_Check(value.ptr()) == 0) return std::nullopt;
    const std::int64_t integer = PyNumber_AsSsize_t(value.ptr(), PyExc_OverflowError);
    if (PyErr_Occurred() != nullptr) return std::nullopt;
    return Value{.type = type, .integer = integer};
  }
  if (PyFloat_Check(value.ptr()) == 0 && PyIndex_Check(value.ptr()) == 0 &&
      !py::isinstance(value, py::module_::import("numpy").attr("floating"))) {
    return std::nullopt;
  }
  const double real = PyFloat_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr || std::isnan(real)) return std::nullopt;
  return Value{.type = type, .real = real};
}

const char* description(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return "a bool";
    case ValueType::kInteger:
      return "an integer";
    case ValueType::kReal:
      break;
  }
  return "a number";
}

std::string expected_actions(const SpaceInfo& space, const Shape& shape) {
  std::string text =
      space.kind == SpaceKind::kDiscrete ? "integers of shape (" : "float32 numbers of shape (";
  for (const py::ssize_t size : shape) text += std::to_string(size) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.resize(text.size() - 1);
  return text + ")";
}

}  // namespace

py::object error_class(const char* name) { return py::module_::import("plyo.error").attr(name); }

SeedWords to_seed(const py::handle& seed) {
  // a numpy bool has an index in NumPy 2.2 and before, which Python 3.10 still gets
  const bool is_integer =
      PyLong_CheckExact(seed.ptr()) != 0 || (PyIndex_Check(seed.ptr()) != 0 && !is_bool(seed));
  if (!is_integer) {
    raise_error("Error", "Seed must be a python integer, actual type: " + type_name(seed));
  }
  const auto integer = py::reinterpret_steal<py::object>(PyNumber_Index(seed.ptr()));
  if (!integer) throw py::error_already_set();
  if (integer < py::int_(0)) {
    raise_error("Error", "Seed must be greater or equal to zero, actual value: " + repr_of(integer));
  }
  const auto bits = py::cast<std::size_t>(integer.attr("bit_length")());
  SeedWords words(std::max<std::size_t>(1, (bits + 31) / 32));
  const auto bytes = py::cast<std::string>(integer.attr("to_bytes")(words.size() * 4, "little"));
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t b = 0; b < 4; ++b) {
      words[i] |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i * 4 + b])) << (8 * b);
    }
  }
  return words;
}

Seeds to_seeds(const py::handle& seed, std::size_t num_envs) {
  Seeds seeds;
  if (seed.is_none()) return seeds;
  if (PyIndex_Check(seed.ptr()) != 0 && !py::isinstance<py::array>(seed)) {
    seeds.base = to_seed(seed);
    return seeds;
  }
  if (!py::isinstance<py::sequence>(seed) || py::isinstance<py::str>(seed) ||
      py::isinstance<py::bytes>(seed)) {
    raise_error("Error", "Seed must be a python integer, actual type: " + type_name(seed));
  }
  const auto list = py::reinterpret_borrow<py::sequence>(seed);
  if (list.size() != num_envs) {
    throw py::value_error("If seeds are passed as a list the length must match num_envs=" +
                          std::to_string(num_envs) + " but got length=" + std::to_string(list.size()) + ".");
  }
  for (const auto& entry : list) {
    seeds.each.push_back(entry.is_none() ? std::nullopt : std::optional<SeedWords>(to_seed(entry)));
  }
  return seeds;
}

NamedValues to_params(const py::dict& values, const FieldList& fields, std::string_view task) {
  NamedValues result;
  for (const auto& [key, value] : values) {
    const auto name = py::cast<std::string>(key);
    const Field* const field = find_field(fields, name);
    if (field == nullptr) {
      throw py::type_error(std::string(task) + " got an unexpected keyword argument '" + name +
                           "'; its keyword arguments are: " + names_of(fields));
    }
    const std::optional<Value> parsed = to_param(value, field->type);
    if (!parsed) {
      PyErr_Clear();
      throw py::type_error(std::string(task) + ": the keyword argument '" + name + "' must be " +
                           description(field->type) + ", got " + repr_of(value) + " (" + type_name(value) +
                           ")");
    }
    result.emplace_back(name, *parsed);
  }
  return result;
}

NamedValues to_options(const py::dict& values, const FieldList& fields, std::string_view task) {
  NamedValues result;
  for (const auto& [key, value] : values) {
    const auto name = std::string(py::str(key));
    const Field* const field = find_field(fields, name);
    if (field == nullptr) {
      throw py::value_error("reset got an unknown option '" + name + "'; the options of " +
                            std::string(task) + " are: " + names_of(fields));
    }
    const auto number = py::reinterpret_steal<py::object>(PyNumber_Float(value.ptr()));
    if (!number) {
      PyErr_Clear();
      throw py::value_error("An option (" + std::string(py::str(value)) +
                            ") could not be converted to a float.");
    }
    const double real = PyFloat_AsDouble(number.ptr());
    if (!std::isfinite(real)) {
      throw py::value_error("The reset option '" + name + "' must be finite, got " + repr_of(value));
    }
    Value parsed{.type = field->type, .real = real};
    if (field->type != ValueType::kReal) {
      parsed.integer = static_cast<std::int64_t>(std::clamp(real, -0x1p62, 0x1p62));
    }
    result.emplace_back(name, parsed);
  }
  return result;
}

py::array to_actions(const py::handle& actions, const SpaceInfo& space, std::size_t num_lanes,
                     std::size_t num_steps) {
  const bool discrete = space.kind == SpaceKind::kDiscrete;
  Shape shape;
  if (num_steps > 0) shape.push_back(static_cast<py::ssize_t>(num_steps));
  shape.push_back(static_cast<py::ssize_t>(num_lanes));
  if (!discrete) shape.push_back(static_cast<py::ssize_t>(space.size));

  py::array array;
  if (py::isinstance<py::array>(actions)) {
    array = py::reinterpret_borrow<py::array>(actions);
  } else {
    try {
      array = py::module_::import("numpy").attr("asarray")(actions);
    } catch (const py::error_already_set& error) {
      if (!error.matches(PyExc_Exception)) throw;  // Ctrl-C
      raise_error("InvalidAction",
                  "actions must be " + expected_actions(space, shape) + ", got " + repr_of(actions));
    }
  }
  const char kind = array.dtype().kind();
  const bool right_kind = discrete ? kind == 'i' || kind == 'u' : kind == 'f' || kind == 'i' || kind == 'u';
  const Shape actual(array.shape(), array.shape() + array.ndim());
  if (!right_kind) {
    raise_error("InvalidAction", "actions must be " + expected_actions(space, shape) + ", got dtype " +
                                     std::string(py::str(array.dtype())) +
                                     (array.size() < 10 ? ": " + repr_of(actions) : ""));
  }
  if (actual != shape) {
    raise_error("InvalidAction", "actions must be " + expected_actions(space, shape) + ", got shape " +
                                     std::string(py::str(array.attr("shape"))));
  }
  const py::handle dtype = dtype_of(space.dtype);
  if (array.dtype().is(dtype) && (array.flags() & py::array::c_style) != 0 && is_aligned(array)) return array;
  return convert_array(array, dtype);
}

py::array convert_array(const py::array& array, py::handle dtype) {
  // a number beyond float32 becomes infinite, which is refused in words better than NumPy's warning
  const py::object quiet = py::module_::import("numpy").attr("errstate")(py::arg("over") = "ignore");
  return quiet(array.attr("astype"))(dtype, "C");
}

std::span<const std::byte> bytes_view(const py::bytes& bytes) {
  char* data = nullptr;
  py::ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes.ptr(), &data, &size) != 0) throw py::error_already_set();
  return {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

}  // namespace plyo::bindings
