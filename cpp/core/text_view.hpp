// Conversion of Text to the standard library's types, for code outside tasks.
#pragma once

#include <ostream>
#include <string_view>

#include "text.hpp"

namespace plyo {

constexpr std::string_view view(Text text) { return {text.items, text.count}; }

inline std::ostream& operator<<(std::ostream& stream, Text text) { return stream << view(text); }

}  // namespace plyo
