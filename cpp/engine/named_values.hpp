// Keyword arguments and reset options: values by name, written into an environment's Params or ResetOptions.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/env_info.hpp"

namespace plyo {

using NamedValues = std::vector<std::pair<std::string, Value>>;

// Owns the memory that values refer to.
class ValueStore {
 public:
  // The same value, referring to copies that live as long as the store.
  Value keep(const Value& value);
  Text keep(std::string_view text);
  Texts keep_texts(const std::vector<std::string>& texts);
  Numbers keep_numbers(std::vector<double> numbers, bool integers);

 private:
  std::deque<std::string> texts_;
  std::deque<std::vector<Text>> lists_;
  std::deque<std::vector<double>> numbers_;
};

// Sets the named members of Params or ResetOptions. Throws std::invalid_argument for an unknown name.
void set_fields(const FieldList& fields, const NamedValues& values, void* owner);

// Throws std::invalid_argument if there is a complaint, with the values of `owner` for its names in braces.
void throw_complaint(std::string_view complaint, const FieldList& fields, const void* owner,
                     const FieldList* more = nullptr);

}  // namespace plyo
