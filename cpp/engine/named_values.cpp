#include "named_values.hpp"

#include <charconv>
#include <cmath>
#include <iterator>

#include "errors.hpp"

namespace plyo {
namespace {

// Sets one named member of Params or ResetOptions.
void set_field(const FieldList& fields, const std::string& name, const Value& value, void* owner) {
  for (const Field& field : fields) {
    if (field.name == name) return field.set(owner, value);
  }
  throw std::invalid_argument(text("unknown name '", name, "'"));
}

// A number in Python's form of a float.
std::string number_text(double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  char digits[40];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string number(std::begin(digits), end.ptr);
  if (plain && number.find('.') == std::string::npos) number += ".0";
  return number;
}

std::string value_text(const Value& value) {
  switch (value.type) {
    case ValueType::kReal:
      return number_text(value.real);
    case ValueType::kText:
      return text("'", value.text, "'");
    case ValueType::kTexts: {
      std::string list;
      for (const Text item : value.texts) list += text(list.empty() ? "'" : ", '", item, "'");
      return "[" + list + "]";
    }
    case ValueType::kNumbers: {
      std::string list;
      for (const double item : value.numbers) list += (list.empty() ? "" : ", ") + number_text(item);
      return "(" + list + ")";
    }
    default:
      return std::to_string(value.integer);
  }
}

}  // namespace

Text ValueStore::keep(std::string_view text) { return texts_.emplace_back(text); }

Texts ValueStore::keep_texts(const std::vector<std::string>& texts) {
  std::vector<Text>& list = lists_.emplace_back();
  for (const std::string& item : texts) list.push_back(keep(item));
  return {list.data(), list.size()};
}

Numbers ValueStore::keep_numbers(std::vector<double> numbers, bool integers) {
  const std::vector<double>& kept = numbers_.emplace_back(std::move(numbers));
  return {{kept.data(), kept.size()}, integers};
}

Value ValueStore::keep(const Value& value) {
  Value kept = value;
  if (value.type == ValueType::kText) kept.text = keep(value.text);
  if (value.type == ValueType::kTexts) kept.texts = keep_texts({value.texts.begin(), value.texts.end()});
  if (value.type == ValueType::kNumbers) {
    kept.numbers = keep_numbers({value.numbers.begin(), value.numbers.end()}, value.numbers.integers);
  }
  return kept;
}

void set_fields(const FieldList& fields, const NamedValues& values, void* owner) {
  for (const auto& [name, value] : values) set_field(fields, name, value, owner);
}

void throw_complaint(std::string_view complaint, const FieldList& fields, const void* owner,
                     const FieldList* more) {
  if (complaint.empty()) return;
  std::string filled(complaint);
  for (const FieldList* const list : {&fields, more}) {
    if (list == nullptr) continue;
    for (const Field& field : *list) {
      const std::string name = text("{", field.name, "}");
      const std::size_t position = filled.find(name);
      if (position == std::string::npos) continue;
      filled.replace(position, name.size(), value_text(field.get(owner)));
    }
  }
  throw std::invalid_argument(filled);
}

}  // namespace plyo
