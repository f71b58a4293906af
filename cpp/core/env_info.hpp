// The description of an environment: identifiers, spaces, parameters, source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "space.hpp"
#include "text.hpp"

namespace plyo {

inline constexpr double kNoThreshold = std::numeric_limits<double>::quiet_NaN();
inline constexpr int kNoTimeLimit = 0;

// A list of constants with room for kCapacity of them.
template <class T, std::size_t kCapacity>
struct ConstantList {
  T items[kCapacity]{};
  std::size_t count = 0;

  constexpr const T* begin() const { return items; }
  constexpr const T* end() const { return items + count; }
  constexpr std::size_t size() const { return count; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
};

template <class List, class... Items>
constexpr List make_list(const Items&... items) {
  static_assert(sizeof...(Items) <= sizeof(List::items) / sizeof(List::items[0]), "the list is too long");
  return List{{items...}, sizeof...(Items)};
}

// A list in memory of another owner: the type of a member of Params.
template <class T>
struct View {
  const T* items = nullptr;
  std::size_t count = 0;

  constexpr const T* begin() const { return items; }
  constexpr const T* end() const { return items + count; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
};

using Texts = View<Text>;
struct Numbers {
  const double* items = nullptr;
  std::size_t count = 0;
  bool integers = false;  // whether all were integers in Python

  constexpr Numbers() = default;
  constexpr Numbers(View<double> list, bool integral = false)  // NOLINT(google-explicit-constructor): a list
      : items(list.items), count(list.count), integers(integral) {}

  constexpr const double* begin() const { return items; }
  constexpr const double* end() const { return items + count; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const double& operator[](std::size_t i) const { return items[i]; }
};

// A bool as wide as a double, and compared as one, for Params: loops over lanes whose parameters differ load
// it beside doubles. GCC stops making vector code where bytes come between them, and SSE2 compares no wide
// integers.
class Flag {
 public:
  constexpr Flag() = default;
  constexpr Flag(bool on) : word_(on ? 1.0 : 0.0) {}  // NOLINT(google-explicit-constructor): used as a bool
  constexpr operator bool() const { return word_ != 0.0; }  // NOLINT(google-explicit-constructor): likewise

 private:
  double word_ = 0.0;
};

// A thing among others, by its number or, if `text` is not empty, by its name: the type of a member of Params.
struct Name {
  std::int64_t number = 0;
  Text text{};
};

enum class ValueType : std::uint8_t {
  kBool,
  kInteger,
  kReal,
  kText,     // or nothing: an empty text
  kTexts,    // or nothing: an empty list
  kNumbers,  // or nothing: an empty list
  kName,     // a number or a text: its values are of type kInteger or kText
};

constexpr bool is_number(ValueType type) {
  return type == ValueType::kBool || type == ValueType::kInteger || type == ValueType::kReal;
}

// The value of a keyword argument, a reset option or an attribute.
struct Value {
  ValueType type{};
  std::int64_t integer = 0;  // also a bool
  double real = 0;
  Text text{};
  Texts texts{};
  Numbers numbers{};
};

// A keyword argument that comes with an id.
struct Preset {
  Text name;
  Value value;
};

constexpr Preset preset(Text name, bool value) {
  return {name, {.type = ValueType::kBool, .integer = value ? 1 : 0}};
}
constexpr Preset preset(Text name, Text value) { return {name, {.type = ValueType::kText, .text = value}}; }
constexpr Preset preset(Text name, const char* value) { return preset(name, Text(value)); }
constexpr Preset preset(Text name, std::int64_t value) {
  return {name, {.type = ValueType::kInteger, .integer = value}};
}
constexpr Preset preset(Text name, double value) { return {name, {.type = ValueType::kReal, .real = value}}; }

using PresetList = ConstantList<Preset, 4>;

template <class... Items>
constexpr PresetList presets(const Items&... items) {
  return make_list<PresetList>(items...);
}

// A registered identifier with its time limit, the mean return at which the task counts as solved, and its
// own keyword arguments.
struct Variant {
  Text id;
  int max_episode_steps = kNoTimeLimit;
  double reward_threshold = kNoThreshold;
  PresetList kwargs{};
};

// Which real numbers a field takes; none is NaN.
enum class Range : std::uint8_t { kFinite, kPositive /* and finite */, kAny };

// A member of an environment's Params or ResetOptions that users set by name.
struct Field {
  Text name;
  Text doc;
  ValueType type{};
  std::size_t count = 0;  // of a list of numbers: how many there must be; 0: any number
  Range range{};
  Text attribute{};  // of a parameter: the attribute of `env.unwrapped` that is this value
  Value (*get)(const void* owner) = nullptr;
  void (*set)(void* owner, const Value& value) = nullptr;
};

namespace detail {

template <class T>
struct MemberTraits;
template <class Owner_, class Type_>
struct MemberTraits<Type_ Owner_::*> {
  using Owner = Owner_;
  using Type = Type_;
};

// An array of numbers, of a length that stays.
template <class Type>
inline constexpr bool kIsNumberArray =
    std::is_array_v<Type> && std::is_same_v<std::remove_extent_t<Type>, double>;

template <class Type>
constexpr ValueType value_type() {
  if constexpr (std::is_same_v<Type, bool> || std::is_same_v<Type, Flag>) {
    return ValueType::kBool;
  } else if constexpr (std::is_same_v<Type, double>) {
    return ValueType::kReal;
  } else if constexpr (std::is_same_v<Type, Text>) {
    return ValueType::kText;
  } else if constexpr (std::is_same_v<Type, Texts>) {
    return ValueType::kTexts;
  } else if constexpr (std::is_same_v<Type, Numbers> || kIsNumberArray<Type>) {
    return ValueType::kNumbers;
  } else if constexpr (std::is_same_v<Type, Name>) {
    return ValueType::kName;
  } else {
    static_assert(std::is_same_v<Type, std::int64_t>,
                  "a parameter, reset option or attribute is a bool, Flag, std::int64_t, double, Text, "
                  "Texts, Numbers, Name or an array of doubles");
    return ValueType::kInteger;
  }
}

template <class Type>
constexpr Value to_value(const Type& value) {
  Value result{.type = value_type<Type>()};
  if constexpr (std::is_same_v<Type, double>) {
    result.real = value;
  } else if constexpr (std::is_same_v<Type, Text>) {
    result.text = value;
  } else if constexpr (std::is_same_v<Type, Texts>) {
    result.texts = value;
  } else if constexpr (std::is_same_v<Type, Numbers>) {
    result.numbers = value;
  } else if constexpr (kIsNumberArray<Type>) {
    result.numbers = {{value, std::extent_v<Type>}};
  } else if constexpr (std::is_same_v<Type, Name>) {
    result.type = value.text.empty() ? ValueType::kInteger : ValueType::kText;
    result.integer = value.number;
    result.text = value.text;
  } else {
    result.integer = value;
  }
  return result;
}

template <class Type>
constexpr Type from_value(const Value& value) {
  if constexpr (std::is_same_v<Type, double>) {
    return value.real;
  } else if constexpr (std::is_same_v<Type, Text>) {
    return value.text;
  } else if constexpr (std::is_same_v<Type, Texts>) {
    return value.texts;
  } else if constexpr (std::is_same_v<Type, Numbers>) {
    return value.numbers;
  } else if constexpr (std::is_same_v<Type, Name>) {
    return {value.integer, value.text};
  } else {
    return static_cast<Type>(value.integer);
  }
}

}  // namespace detail

// Describes the member `kMember`: `field<&Params::gravity>("gravity", "m/s^2, downwards")`. Where Params have
// a function `derive()`, which computes members that follow from others, setting a field calls it.
template <auto kMember>
constexpr Field field(Text name, Text doc) {
  using Owner = typename detail::MemberTraits<decltype(kMember)>::Owner;
  using Type = typename detail::MemberTraits<decltype(kMember)>::Type;
  return {
      .name = name,
      .doc = doc,
      .type = detail::value_type<Type>(),
      .count = std::extent_v<Type>,
      .get = [](const void* owner) { return detail::to_value(static_cast<const Owner*>(owner)->*kMember); },
      .set =
          [](void* owner, const Value& value) {
            auto& member = static_cast<Owner*>(owner)->*kMember;
            if constexpr (detail::kIsNumberArray<Type>) {
              for (std::size_t i = 0; i < std::extent_v<Type>; ++i) member[i] = value.numbers[i];
            } else {
              member = detail::from_value<Type>(value);
            }
            if constexpr (requires(Owner& params) { params.derive(); }) static_cast<Owner*>(owner)->derive();
          }};
}

// A field of positive numbers, as divisors are.
constexpr Field positive(Field field) {
  field.range = Range::kPositive;
  return field;
}
// A field that may be infinite, as limits may be.
constexpr Field limit(Field field) {
  field.range = Range::kAny;
  return field;
}

// A parameter that is an attribute of `env.unwrapped` too, which may be assigned.
constexpr Field live(Field field, Text attribute = {}) {
  field.attribute = attribute.empty() ? field.name : attribute;
  return field;
}

// A text of which the dynamics only ask whether it is `kText`: the flag `kFlag` says that it is not.
template <auto kMember, auto kFlag, const auto& kText>
constexpr Field choice_field(Text name, Text doc) {
  using Owner = typename detail::MemberTraits<decltype(kMember)>::Owner;
  Field made = field<kMember>(name, doc);
  made.set = [](void* owner, const Value& value) {
    static_cast<Owner*>(owner)->*kMember = value.text;
    static_cast<Owner*>(owner)->*kFlag = value.text != kText;
  };
  return made;
}

using VariantList = ConstantList<Variant, 16>;
using FieldList = ConstantList<Field, 24>;

template <class... Items>
constexpr VariantList variants(const Items&... items) {
  return make_list<VariantList>(items...);
}
template <class... Items>
constexpr FieldList fields(const Items&... items) {
  return make_list<FieldList>(items...);
}

// The Python type of a single environment's reward.
enum class RewardType : std::uint8_t { kFloat, kInt, kNumpyFloat64, kNumpyFloat32 };

// The Python type of a single value in the info of a single environment; an array is an array. A value in a
// Python type is a double or a std::int64_t, as arrays of Python's numbers are.
enum class InfoStyle : std::uint8_t {
  kPython,          // an int or a float
  kIntegerAtReset,  // the same, but an int in the info of a reset
  kNumpyScalar,     // of the leaf's own type
  kBoolOrNone,      // a bool, of an int8 leaf: 1 or 0; where it is negative, there is no such key
};

// One array of the info.
struct InfoLeaf {
  Text name;
  Text doc;
  DType dtype{};
  LeafShape shape{};
  InfoStyle style{};
  bool at_reset = true;  // whether the info of a reset has it too

  constexpr std::size_t bytes_per_lane() const { return shape.count() * size_of(dtype); }
};

// Describes a member of an environment's Info, by its type: `reported<std::int8_t[6]>("action_mask", "...")`.
template <class T>
constexpr InfoLeaf reported(Text name, Text doc, InfoStyle style = InfoStyle::kPython) {
  return {.name = name,
          .doc = doc,
          .dtype = detail::dtype_of<std::remove_all_extents_t<T>>(),
          .shape = detail::shape_of<T>(),
          .style = style};
}

// The same where the type and shape are known at run time only.
constexpr InfoLeaf reported(Text name, Text doc, DType dtype, const LeafShape& shape = {},
                            InfoStyle style = InfoStyle::kPython) {
  return {.name = name, .doc = doc, .dtype = dtype, .shape = shape, .style = style};
}

// A value that only steps report: `step_only(reported<double>("reward_forward", "..."))`. The info of a reset
// has no such key. In a batch it is zero for lanes that the step has reset.
constexpr InfoLeaf step_only(InfoLeaf leaf) {
  leaf.at_reset = false;
  return leaf;
}

// The most arrays of an info.
inline constexpr std::size_t kMaxInfos = 16;

using InfoList = ConstantList<InfoLeaf, kMaxInfos>;

template <class... Items>
constexpr InfoList report(const Items&... items) {
  return make_list<InfoList>(items...);
}

// The task's address in Gymnasium, where it does not follow from the struct's name: the default for CartPole
// is `cart_pole.CartPoleEnv(render_mode, *params)` in the package of the family.
struct PythonNames {
  Text module{};
  Text class_name{};                // ends in Env
  bool render_mode_last = false;    // the order of positional arguments
  bool constants_of_class = false;  // whether the class has the constants, too
};

struct EnvInfo {
  Text summary;  // one sentence
  Text source;   // paper and reference implementation with its version
  VariantList variants;
  SpaceInfo observation;  // the space under the default Params, like the next
  SpaceInfo action;
  RewardType reward_type = RewardType::kFloat;
  FieldList params{};         // keyword arguments of make()
  FieldList reset_options{};  // keys of reset(options=...)
  FieldList constants{};      // other members of Params: attributes of `env.unwrapped` that may be assigned
  PythonNames python{};
  std::size_t num_variables = 0;  // leading doubles of State that users read and write as `env.state`
  InfoList infos{};               // the members of Info, in their order, under the default Params
  int render_fps = 0;             // frames per second of metadata; 0: none
};

}  // namespace plyo
