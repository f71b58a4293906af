// Keyword arguments and reset options: values by name, written into an environment's Params or ResetOptions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/env_info.hpp"

namespace plyo {

using NamedValues = std::vector<std::pair<std::string, Value>>;

// Sets the named members of Params or ResetOptions. Throws std::invalid_argument for an unknown name.
void set_fields(const FieldList& fields, const NamedValues& values, void* owner);

// Throws std::invalid_argument if there is a complaint, with the values of `owner` that it names in braces.
void throw_complaint(std::string_view complaint, const FieldList& fields, const void* owner);

}  // namespace plyo
