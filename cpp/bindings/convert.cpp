#include "convert.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "../engine/errors.hpp"
#include "../engine/float_mode.hpp"
#include "arrays.hpp"
#include "convert_numbers.hpp"
#include "numpy_values.hpp"
#include "tensors.hpp"

namespace plyo::bindings {
namespace {

std::string type_name(const py::handle& object) { return std::string(py::str(py::type::handle_of(object))); }
std::string repr_of(const py::handle& object) { return std::string(py::repr(object)); }

std::string names_of(const FieldList& fields, const std::string& also = "") {
  std::string names;
  for (const Field& field : fields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  if (!also.empty()) names += (names.empty() ? "" : ", ") + also;
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

// The text of a str or of bytes.
std::optional<std::string> to_text(const py::handle& value) {
  if (!py::isinstance<py::str>(value) && !py::isinstance<py::bytes>(value)) return std::nullopt;
  return py::cast<std::string>(value);
}

// A list of texts: strings, bytes, or rows of single characters.
std::optional<std::vector<std::string>> to_texts(const py::handle& value) {
  if (to_text(value) || PySequence_Check(value.ptr()) == 0) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& item : py::reinterpret_borrow<py::sequence>(value)) {
    std::optional<std::string> text = to_text(item);
    if (!text) {
      if (PySequence_Check(item.ptr()) == 0) return std::nullopt;
      text.emplace();
      for (const auto& letter : py::reinterpret_borrow<py::sequence>(item)) {
        const std::optional<std::string> part = to_text(letter);
        if (!part) return std::nullopt;
        *text += *part;
      }
    }
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<Value> to_real(const py::handle& value);

// A list of numbers.
std::optional<Value> to_numbers(const py::handle& value, ValueStore& store) {
  if (to_text(value) || PySequence_Check(value.ptr()) == 0) return std::nullopt;
  std::vector<double> numbers;
  bool integers = true;
  for (const auto& item : py::reinterpret_borrow<py::sequence>(value)) {
    const std::optional<Value> number = to_real(item);
    if (!number) return std::nullopt;
    numbers.push_back(number->real);
    integers = integers && PyLong_Check(item.ptr()) != 0;
  }
  return Value{.type = ValueType::kNumbers, .numbers = store.keep_numbers(std::move(numbers), integers)};
}

std::optional<Value> to_real(const py::handle& value) {
  if (is_bool(value)) return std::nullopt;
  if (PyFloat_Check(value.ptr()) == 0 && PyIndex_Check(value.ptr()) == 0 &&
      !py::isinstance(value, py::module_::import("numpy").attr("floating"))) {
    return std::nullopt;
  }
  const double real = PyFloat_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr || std::isnan(real)) return std::nullopt;
  return Value{.type = ValueType::kReal, .real = real};
}

std::optional<Value> to_integer(const py::handle& value) {
  if (is_bool(value) || PyIndex_Check(value.ptr()) == 0) return std::nullopt;
  const std::int64_t integer = PyNumber_AsSsize_t(value.ptr(), PyExc_OverflowError);
  if (PyErr_Occurred() != nullptr) return std::nullopt;
  return Value{.type = ValueType::kInteger, .integer = integer};
}

// The value of a keyword argument, or null if its type is wrong or it is too large; a Python error may be
// set. None is an empty text or list.
std::optional<Value> to_param(const py::handle& value, ValueType type, ValueStore& store) {
  switch (type) {
    case ValueType::kBool:
      if (!is_bool(value)) return std::nullopt;
      return Value{.type = type, .integer = PyObject_IsTrue(value.ptr())};
    case ValueType::kInteger:
      return to_integer(value);
    case ValueType::kReal:
      return to_real(value);
    default:
      break;
  }
  if (type == ValueType::kName) {
    std::optional<Value> number = to_integer(value);
    if (number || value.is_none()) return number;
    PyErr_Clear();
    std::optional<Value> name = to_param(value, ValueType::kText, store);
    return name && name->text.empty() ? std::nullopt : name;
  }
  if (value.is_none()) return Value{.type = type};
  if (type == ValueType::kNumbers) return to_numbers(value, store);
  if (type == ValueType::kText) {
    const std::optional<std::string> text = to_text(value);
    if (!text) return std::nullopt;
    return Value{.type = type, .text = store.keep(*text)};
  }
  const std::optional<std::vector<std::string>> texts = to_texts(value);
  if (!texts) return std::nullopt;
  return Value{.type = type, .texts = store.keep_texts(*texts)};
}

const char* description(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return "a bool";
    case ValueType::kInteger:
      return "an integer";
    case ValueType::kReal:
      return "a number";
    case ValueType::kText:
      return "a string or None";
    case ValueType::kTexts:
      return "a list of strings or None";
    case ValueType::kName:
      return "an integer or a string";
    case ValueType::kNumbers:
      break;
  }
  return "a sequence of numbers";
}

// Where to give one number for each environment of a batch, for an array that came in place of one number.
std::string advice_for_several(const py::handle& value, const std::string& name, ValueType type,
                               const char* noun) {
  const bool is_number = type == ValueType::kBool || type == ValueType::kInteger || type == ValueType::kReal;
  const bool is_array = py::isinstance<py::sequence>(value) && !py::isinstance<py::str>(value) &&
                        !py::isinstance<py::bytes>(value);
  if (!is_number || !is_array || std::string_view(noun) != kKeywordArgument) return "";
  const std::string several = "{'" + name + "': [...]})";
  return "; one for each environment of a batch: make_vec(..., params=" + several + ", or envs.set_params(" +
         several + " later";
}

std::string expected_actions(const LeafInfo& leaf, const Shape& shape) {
  std::string text = leaf.kind == SpaceKind::kDiscrete
                         ? "integers of shape ("
                         : std::string(name_of(leaf.dtype)) + " numbers of shape (";
  for (const py::ssize_t size : shape) text += std::to_string(size) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.resize(text.size() - 1);
  return text + ")";
}

// Whether an array of this kind of numbers may be a leaf. False and True are choices in a batch: comparisons
// make arrays of them.
bool right_kind(const LeafInfo& leaf, char kind, bool in_batch = false) {
  const bool integer = kind == 'i' || kind == 'u';
  if (leaf.kind == SpaceKind::kDiscrete) return integer || (in_batch && kind == 'b');
  return is_real(leaf.dtype) ? integer || kind == 'f' : integer;
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
  if (!integer) {
    if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw py::error_already_set();
    PyErr_Clear();  // an array of another kind
    raise_error("Error", "Seed must be a python integer, actual type: " + type_name(seed));
  }
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

Seeds to_seeds(const py::handle& seed, std::size_t num_envs, const char* length_name) {
  Seeds seeds;
  if (seed.is_none()) return seeds;
  const bool is_list = py::isinstance<py::array>(seed) && py::reinterpret_borrow<py::array>(seed).ndim() > 0;
  if (PyIndex_Check(seed.ptr()) != 0 && !is_list) {
    seeds.base = to_seed(seed);
    return seeds;
  }
  const bool is_scalar = py::isinstance<py::array>(seed) && !is_list;
  if (!py::isinstance<py::sequence>(seed) || py::isinstance<py::str>(seed) ||
      py::isinstance<py::bytes>(seed) || is_scalar) {
    raise_error("Error", "Seed must be a python integer, actual type: " + type_name(seed));
  }
  const auto list = py::reinterpret_borrow<py::sequence>(seed);
  const auto check_length = [num_envs, length_name](std::size_t length) {
    if (length == num_envs) return;
    throw py::value_error("If seeds are passed as a list the length must match " + std::string(length_name) +
                          "=" + std::to_string(num_envs) + " but got length=" + std::to_string(length) + ".");
  };
  check_length(list.size());
  for (const auto& entry : list) {
    seeds.each.push_back(entry.is_none() ? std::nullopt : std::optional<SeedWords>(to_seed(entry)));
  }
  check_length(seeds.each.size());  // a sequence may say one length and have another
  return seeds;
}

NamedValues to_params(const py::dict& values, const FieldList& fields, std::string_view task,
                      ValueStore& store, const char* noun) {
  NamedValues result;
  for (const auto& [key, value] : values) {
    const auto name = py::cast<std::string>(key);
    const Field* const field = find_field(fields, name);
    if (field == nullptr) {
      throw py::type_error(std::string(task) + " got an unexpected keyword argument '" + name +
                           "'; its keyword arguments are: " + names_of(fields));
    }
    const std::optional<Value> parsed = to_param(value, field->type, store);
    if (!parsed) {
      PyErr_Clear();
      throw py::type_error(std::string(task) + ": the " + noun + " '" + name + "' must be " +
                           description(field->type) + ", got " + repr_of(value) + " (" + type_name(value) +
                           ")" + advice_for_several(value, name, field->type, noun));
    }
    result.emplace_back(name, *parsed);
  }
  return result;
}

NamedValues to_options(const py::dict& values, const FieldList& fields, std::string_view task,
                       const std::string& also) {
  NamedValues result;
  for (const auto& [key, value] : values) {
    const auto name = std::string(py::str(key));
    const Field* const field = find_field(fields, name);
    if (field == nullptr) {
      throw py::value_error("reset got an unknown option '" + name + "'; the options of " +
                            std::string(task) + " are: " + names_of(fields, also));
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
    // the distance of two bounds must be finite as well
    if (std::abs(real) > std::numeric_limits<double>::max() / 2) {
      throw py::value_error("The reset option '" + name + "' must be from -8.9e307 to 8.9e307, got " +
                            repr_of(value));
    }
    Value parsed{.type = field->type, .real = real};
    if (field->type != ValueType::kReal) {
      parsed.integer = static_cast<std::int64_t>(std::clamp(real, -0x1p62, 0x1p62));
    }
    result.emplace_back(name, parsed);
  }
  return result;
}

py::object to_python(const Value& value) {
  switch (value.type) {
    case ValueType::kBool:
      return py::bool_(value.integer != 0);
    case ValueType::kInteger:
      return py::int_(value.integer);
    case ValueType::kReal:
      return py::float_(value.real);
    case ValueType::kText:
      return value.text.empty() ? py::object(py::none()) : py::object(py::str(std::string(value.text)));
    case ValueType::kTexts: {
      if (value.texts.empty()) return py::none();
      py::list list;
      for (const Text item : value.texts) list.append(py::str(std::string(item)));
      return list;
    }
    case ValueType::kName:  // a value is a number or a text
    case ValueType::kNumbers:
      break;
  }
  if (value.numbers.empty()) return py::none();
  py::list list;
  for (const double item : value.numbers) {
    const py::float_ real(item);
    list.append(value.numbers.integers ? py::object(py::int_(real)) : py::object(real));
  }
  return py::tuple(list);
}

namespace {

// The actions of one leaf; `what` begins their error texts. `is_copy` becomes false if the array is, or may
// be, somebody else's.
py::array to_leaf_actions(const py::handle& actions, const LeafInfo& leaf, const Shape& lead,
                          const std::string& what, bool& is_copy) {
  const Shape shape = with_lead(lead, leaf);
  const py::handle dtype = dtype_of(leaf.dtype);
  py::array array;
  if (py::isinstance<py::array>(actions)) {
    array = py::reinterpret_borrow<py::array>(actions);
  } else if (py::object read = read_tensor(actions, shape, *element_type_of(dtype.ptr()),
                                           leaf.kind == SpaceKind::kDiscrete)) {
    return py::reinterpret_steal<py::array>(read.release());
  } else if (TensorView view = view_tensor(actions); view.array) {
    array = py::reinterpret_steal<py::array>(view.array.release());
  } else if (!view.complaint.empty()) {
    raise_error("InvalidAction",
                what + " must be " + expected_actions(leaf, shape) + ", got " + view.complaint);
  } else {
    try {
      array = py::module_::import("numpy").attr("asarray")(actions);
    } catch (const py::error_already_set& error) {
      if (!error.matches(PyExc_Exception)) throw;  // Ctrl-C
      raise_error("InvalidAction",
                  what + " must be " + expected_actions(leaf, shape) + ", got " + repr_of(actions));
    }
  }
  if (!right_kind(leaf, array.dtype().kind(), true)) {
    raise_error("InvalidAction", what + " must be " + expected_actions(leaf, shape) + ", got dtype " +
                                     std::string(py::str(array.dtype())) +
                                     (array.size() < 10 ? ": " + repr_of(actions) : ""));
  }
  if (!std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim())) {
    raise_error("InvalidAction", what + " must be " + expected_actions(leaf, shape) + ", got shape " +
                                     std::string(py::str(array.attr("shape"))));
  }
  if (array.dtype().is(dtype) && (array.flags() & py::array::c_style) != 0 && is_aligned(array)) {
    is_copy = false;
    return array;
  }
  return convert_array(array, dtype);
}

// What an action has for each leaf of its space.
std::vector<py::object> action_parts(const py::handle& action, const SpaceInfo& space,
                                     const std::string& what) {
  std::vector<py::object> parts = parts_of(action, space);
  if (parts.empty()) {
    raise_error("InvalidAction", what + " must be " + expected_parts(space, "parts") + ", got " +
                                     repr_of(action) + " (" + type_name(action) + ")");
  }
  return parts;
}

}  // namespace

ArrayList to_actions(const py::handle& actions, const SpaceInfo& space, std::size_t num_lanes,
                     std::size_t num_steps, bool* are_copies) {
  bool all_copies = true;
  Shape lead;
  if (num_steps > 0) lead.push_back(static_cast<py::ssize_t>(num_steps));
  lead.push_back(static_cast<py::ssize_t>(num_lanes));
  ArrayList arrays;
  arrays.reserve(space.num_leaves);
  if (!space.has_parts()) {
    arrays.push_back(to_leaf_actions(actions, space.leaf(), lead, "actions", all_copies));
  } else {
    const std::vector<py::object> parts = action_parts(actions, space, "actions");
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      const std::string what = part_name(space, k) + " of the actions";
      arrays.push_back(to_leaf_actions(parts[k], space.leaves[k], lead, what, all_copies));
    }
  }
  if (are_copies != nullptr) *are_copies = all_copies;
  return arrays;
}

namespace {

// The array in another type; null where NumPy has to convert it.
py::object convert_natively(const py::array& array, py::handle dtype) {
  const auto from = element_type_of(array.dtype().ptr());
  const auto to = element_type_of(dtype.ptr());
  if (!from || !to) return {};
  return convert_numbers({*from, static_cast<int>(array.ndim()), array.shape(), array.strides(),
                          static_cast<const std::byte*>(array.data())},
                         *to);
}

}  // namespace

py::array convert_array(const py::array& array, py::handle dtype) {
  if (py::object converted = convert_natively(array, dtype)) {
    return py::reinterpret_steal<py::array>(converted.release());
  }
  const py::module_ numpy = py::module_::import("numpy");
  py::object source = array;
  const auto to = py::reinterpret_borrow<py::dtype>(dtype);
  const auto is_integer = [](char kind) { return kind == 'i' || kind == 'u'; };
  if (is_integer(array.dtype().kind()) && is_integer(to.kind()) &&
      !py::cast<bool>(numpy.attr("can_cast")(array.dtype(), to))) {
    // an integer that wraps around could become a legal one
    const py::object limits = numpy.attr("iinfo")(to), given = numpy.attr("iinfo")(array.dtype());
    if (given.attr("max") > limits.attr("max")) source = numpy.attr("minimum")(source, limits.attr("max"));
    if (given.attr("min") < limits.attr("min")) source = numpy.attr("maximum")(source, limits.attr("min"));
    source = numpy.attr("asarray")(source);
  }
  const DefaultFloatMode mode;
  // a number beyond float32 becomes infinite, and its error is clearer than NumPy's warning; for a number
  // that becomes zero the caller's np.seterr might raise
  const py::object quiet = numpy.attr("errstate")(py::arg("all") = "ignore");
  return quiet(source.attr("astype"))(dtype, "C");
}

InvalidAction with_given_value(const InvalidAction& error, const py::handle& actions,
                               const SpaceInfo& space) {
  if (!error.has_place()) return error;
  const std::vector<py::object> parts = parts_of(actions, space);
  if (parts.empty()) return error;  // it has changed meanwhile
  const py::object& part = parts[error.leaf];
  const py::object array = py::module_::import("numpy").attr("asarray")(part);
  const auto given = py::reinterpret_borrow<py::array>(array);
  if (given.dtype().is(dtype_of(space.leaves[error.leaf].dtype))) return error;
  const py::object flat = array.attr("reshape")(-1);
  if (error.index >= py::len(flat)) return error;  // it has changed meanwhile
  return error.with_value(std::string(py::str(flat[py::int_(error.index)])));
}

std::span<const std::byte> bytes_view(const py::bytes& bytes) {
  char* data = nullptr;
  py::ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes.ptr(), &data, &size) != 0) throw py::error_already_set();
  return {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

// ---- the action of one lane ----

namespace {

// The place of a leaf in error texts; empty for an action without parts.
std::string place_of(const SpaceInfo& space, const LeafInfo& leaf) {
  const auto k = static_cast<std::size_t>(&leaf - space.leaves);
  return space.has_parts() ? text("in ", part_name(space, k), " ") : "";
}

void read_choice(const py::handle& action, const SpaceInfo& space, const LeafInfo& leaf, void* row) {
  const bool is_index = PyIndex_Check(action.ptr()) != 0;
  const std::int64_t value = is_index ? PyNumber_AsSsize_t(action.ptr(), nullptr) : -1;
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  const auto choice = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(leaf.start);
  if (!is_index || choice >= leaf.size) {
    // Gymnasium's text, and the legal range
    throw InvalidAction(text(repr_of(action), " (", type_name(action), ") invalid: ", place_of(space, leaf),
                             "an action is an integer from ", leaf.start, " to ",
                             leaf.start + static_cast<std::int64_t>(leaf.size) - 1));
  }
  *static_cast<std::int64_t*>(row) = value;
}

// Takes a row of the right type as it is, anything else through NumPy.
void read_box(const py::handle& action, const SpaceInfo& space, const LeafInfo& leaf, void* row) {
  const py::object given = py::reinterpret_borrow<py::object>(action);
  const Shape shape = with_lead({}, leaf);
  const auto has_shape = [&](const py::array& array) {
    return std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim());
  };
  if (py::isinstance<py::array>(given)) {
    const auto array = py::reinterpret_borrow<py::array>(given);
    if (array.dtype().is(dtype_of(leaf.dtype)) && has_shape(array) &&
        (array.flags() & py::array::c_style) != 0) {
      std::memcpy(row, array.data(), leaf.bytes_per_lane());
      return;
    }
  }
  py::array array;
  try {
    array = py::module_::import("numpy").attr("asarray")(given);
  } catch (const py::error_already_set&) {
    array = py::array(py::dtype("O"), Shape{});
  }
  if (!right_kind(leaf, array.dtype().kind()) || !has_shape(array)) {
    const std::string sizes = py::str(py::tuple(py::cast(shape)));
    throw InvalidAction(text(repr_of(action), " (", type_name(action), ") invalid: ", place_of(space, leaf),
                             "an action is an array of shape ", sizes, " and dtype ", name_of(leaf.dtype)));
  }
  const py::array converted = convert_array(array, dtype_of(leaf.dtype));
  std::memcpy(row, converted.data(), leaf.bytes_per_lane());
}

}  // namespace

void read_action(const py::handle& action, const SpaceInfo& space, const Leaves& row) {
  const auto read = [&space](const py::handle& value, const LeafInfo& leaf, void* place) {
    if (leaf.kind == SpaceKind::kDiscrete) {
      read_choice(value, space, leaf, place);
    } else {
      read_box(value, space, leaf, place);
    }
  };
  if (!space.has_parts()) return read(action, space.leaf(), row.at[0]);
  const std::vector<py::object> parts = action_parts(action, space, "an action");
  for (std::size_t k = 0; k < space.num_leaves; ++k) read(parts[k], space.leaves[k], row.at[k]);
}

}  // namespace plyo::bindings
