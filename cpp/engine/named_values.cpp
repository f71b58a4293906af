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

// A number as Python prints a float.
std::string number_text(double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  char digits[40];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(std::begin(digits), end.ptr);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace

void set_fields(const FieldList& fields, const NamedValues& values, void* owner) {
  for (const auto& [name, value] : values) set_field(fields, name, value, owner);
}

void throw_complaint(std::string_view complaint, const FieldList& fields, const void* owner) {
  if (complaint.empty()) return;
  std::string filled(complaint);
  for (const Field& field : fields) {
    const std::string name = text("{", field.name, "}");
    const std::size_t position = filled.find(name);
    if (position == std::string::npos) continue;
    const Value value = field.get(owner);
    filled.replace(position, name.size(),
                   field.type == ValueType::kReal ? number_text(value.real) : std::to_string(value.integer));
  }
  throw std::invalid_argument(filled);
}

}  // namespace plyo
