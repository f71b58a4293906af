// From Python values to the engine's: seeds, named values, actions.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "../engine/engine.hpp"
#include "../engine/errors.hpp"
#include "leaf_arrays.hpp"

namespace plyo::bindings {

namespace py = pybind11;

// A class of plyo.error.
py::object error_class(const char* name);

// A non-negative Python integer of any size; otherwise raises plyo.error.Error as Gymnasium does.
SeedWords to_seed(const py::handle& seed);

// None, an integer, or a list of integers and Nones of length num_envs, which errors call `length_name`.
Seeds to_seeds(const py::handle& seed, std::size_t num_envs, const char* length_name = "num_envs");

// What errors call an argument of make() and make_vec().
inline constexpr const char* kKeywordArgument = "keyword argument";

// Keyword arguments of a task: raises TypeError for unknown names and wrong types. Keeps texts and lists
// in `store`; `noun` is the name of an argument in errors.
NamedValues to_params(const py::dict& values, const FieldList& fields, std::string_view task,
                      ValueStore& store, const char* noun = kKeywordArgument);

// New values of parameters and constants, as tuples (name, source, first, second): "value" with a value or an
// array of one number for each of `num_lanes`; "uniform" and "log_uniform" with their bounds; "choice" with
// an array of choices. Raises ValueError for unknown names, TypeError for wrong types.
ParamRequest to_param_request(const py::list& settings, std::vector<std::size_t> lanes, std::size_t num_lanes,
                              const Engine& engine, ValueStore& store);

// Reset options: raises ValueError for unknown names and for values that are not numbers.
// `also` names an option that was taken out of them before.
NamedValues to_options(const py::dict& values, const FieldList& fields, std::string_view task,
                       const std::string& also = "");

// A value as a Python object: an empty text or list is None.
py::object to_python(const Value& value);

// Actions of `num_lanes` lanes as the engine takes them, one array a leaf: the array itself if it has the
// right type and layout, else a converted copy. Raises plyo.error.InvalidAction. With num_steps > 0 the shape
// is (num_steps, num_lanes, ...). `are_copies` gets whether nobody else has any of the arrays.
ArrayList to_actions(const py::handle& actions, const SpaceInfo& space, std::size_t num_lanes,
                     std::size_t num_steps = 0, bool* are_copies = nullptr);

// The action of one lane, written into a row. Raises plyo.error.InvalidAction.
void read_action(const py::handle& action, const SpaceInfo& space, const Leaves& row);

// The same error with the number that was given, where converting it has made another of it.
InvalidAction with_given_value(const InvalidAction& error, const py::handle& actions, const SpaceInfo& space);

// A C-contiguous copy in another type. An integer beyond the type becomes its nearest.
py::array convert_array(const py::array& array, py::handle dtype);

// A view of bytes for the duration of a call.
std::span<const std::byte> bytes_view(const py::bytes& bytes);

}  // namespace plyo::bindings
