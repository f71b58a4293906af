// The members of an environment beside stepping: attributes and methods of its Python object, its model, its
// text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "env_info.hpp"

namespace plyo {

// The Python type of an attribute's value.
enum class AttributeType : std::uint8_t {
  kValue,          // a bool, int, float, str, list of str or list of float
  kIntegerOrNone,  // an int; None where it is negative
  kCharacters,     // a list of texts as a NumPy array of single bytes, one row a text
};

// A named value of a single environment's object, read from its Params and State.
struct Attribute {
  Text name;
  Text doc;
  AttributeType type = AttributeType::kValue;
  Value (*get)(const void* params, const void* state) = nullptr;
  void (*set)(void* state, std::int64_t value) = nullptr;  // null: it cannot be assigned
  // whether a value may be assigned
  bool (*legal)(const void* params, std::int64_t value) = nullptr;
};

// The Python type of a method's results.
enum class ResultType : std::uint8_t { kInteger, kIntegers /* a tuple */, kInt8Array };

// A function of integers: `encode(row, column)`.
struct Method {
  static constexpr std::size_t kMaxArguments = 6;
  static constexpr std::size_t kMaxResults = 16;

  Text name;
  Text doc;
  ConstantList<Text, kMaxArguments> arguments{};
  ResultType result = ResultType::kInteger;
  std::size_t num_results = 1;
  // returns whether the arguments are legal
  bool (*call)(const void* params, const std::int64_t* arguments, std::int64_t* results) = nullptr;
};

template <class... Names>
constexpr ConstantList<Text, Method::kMaxArguments> argument_names(const Names&... names) {
  return make_list<ConstantList<Text, Method::kMaxArguments>>(Text(names)...);
}

using AttributeList = ConstantList<Attribute, 16>;
using MethodList = ConstantList<Method, 8>;

template <class... Items>
constexpr AttributeList attribute_list(const Items&... items) {
  return make_list<AttributeList>(items...);
}
template <class... Items>
constexpr MethodList method_list(const Items&... items) {
  return make_list<MethodList>(items...);
}

// An attribute that is computed: `kFunction` takes the Params, or Params and State, and returns a bool,
// std::int64_t, double, Text, Texts or Numbers.
template <class Params, class State, auto kFunction>
constexpr Attribute attribute(Text name, Text doc, AttributeType type = AttributeType::kValue) {
  return {.name = name, .doc = doc, .type = type, .get = [](const void* params, const void* state) {
            const Params& p = *static_cast<const Params*>(params);
            if constexpr (requires { kFunction(p); }) {
              return detail::to_value(kFunction(p));
            } else {
              return detail::to_value(kFunction(p, *static_cast<const State*>(state)));
            }
          }};
}

// The same attribute, which takes assignments of values that are `legal`.
constexpr Attribute settable(Attribute attribute, void (*set)(void* state, std::int64_t value),
                             bool (*legal)(const void* params, std::int64_t value)) {
  attribute.set = set;
  attribute.legal = legal;
  return attribute;
}

// One way that a step from a state can end.
struct Transition {
  double probability = 0;
  std::int64_t next = 0;
  double reward = 0;
  bool terminated = false;
};

// Writes a text piece by piece.
class TextWriter {
 public:
  using Append = void (*)(void* owner, Text piece);
  constexpr TextWriter(void* owner, Append append) : owner_(owner), append_(append) {}

  constexpr void write(Text piece) const { append_(owner_, piece); }
  constexpr void write(char letter) const { write(Text(&letter, 1)); }
  // An integer in decimal.
  constexpr void write_integer(std::int64_t value) const {
    char digits[24]{};
    std::size_t first = sizeof(digits);
    const bool negative = value < 0;
    std::uint64_t rest =
        negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do {
      digits[--first] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (negative) digits[--first] = '-';
    write(Text(digits + first, sizeof(digits) - first));
  }
  // A piece between the terminal's codes, as `utils.colorize` puts them: "31" is red, "41" a red background,
  // "1" bold.
  constexpr void write_colored(Text piece, Text codes) const {
    write("\x1b[");
    write(codes);
    write("m");
    write(piece);
    write("\x1b[0m");
  }

 private:
  void* owner_;
  Append append_;
};

}  // namespace plyo
