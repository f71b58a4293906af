// What an environment says about itself: identifiers, spaces, parameters, source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "space.hpp"

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

// A registered identifier with its time limit and the mean return at which the task counts as solved.
struct Variant {
  std::string_view id;
  int max_episode_steps = kNoTimeLimit;
  double reward_threshold = kNoThreshold;
};

enum class ValueType : std::uint8_t { kBool, kInteger, kReal };

// The value of a keyword argument or a reset option.
struct Value {
  ValueType type{};
  std::int64_t integer = 0;  // also a bool
  double real = 0;
};

// A member of an environment's Params or ResetOptions that users set by name.
struct Field {
  std::string_view name;
  std::string_view doc;
  ValueType type{};
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

template <class Type>
inline constexpr ValueType kValueType =
    std::is_same_v<Type, bool> ? ValueType::kBool
                               : (std::is_same_v<Type, double> ? ValueType::kReal : ValueType::kInteger);

}  // namespace detail

// Describes the member `kMember`: `field<&Params::gravity>("gravity", "m/s^2, downwards")`.
template <auto kMember>
constexpr Field field(std::string_view name, std::string_view doc) {
  using Owner = typename detail::MemberTraits<decltype(kMember)>::Owner;
  using Type = typename detail::MemberTraits<decltype(kMember)>::Type;
  constexpr bool kIsBool = std::is_same_v<Type, bool>;
  constexpr bool kIsReal = std::is_same_v<Type, double>;
  static_assert(kIsBool || kIsReal || std::is_same_v<Type, std::int64_t>,
                "a parameter or reset option is a bool, std::int64_t or double");
  return {.name = name,
          .doc = doc,
          .type = detail::kValueType<Type>,
          .get =
              [](const void* owner) {
                const Type value = static_cast<const Owner*>(owner)->*kMember;
                Value result{.type = detail::kValueType<Type>};
                if constexpr (kIsReal) {
                  result.real = value;
                } else {
                  result.integer = value;
                }
                return result;
              },
          .set =
              [](void* owner, const Value& value) {
                if constexpr (kIsReal) {
                  static_cast<Owner*>(owner)->*kMember = value.real;
                } else {
                  static_cast<Owner*>(owner)->*kMember = static_cast<Type>(value.integer);
                }
              }};
}

using VariantList = ConstantList<Variant, 4>;
using FieldList = ConstantList<Field, 12>;

template <class... Items>
constexpr VariantList variants(const Items&... items) {
  return make_list<VariantList>(items...);
}
template <class... Items>
constexpr FieldList fields(const Items&... items) {
  return make_list<FieldList>(items...);
}

// The Python type of a single environment's reward.
enum class RewardType : std::uint8_t { kFloat, kNumpyFloat64 };

// Where Gymnasium has the task, so far as the struct's name does not tell: CartPole's class is expected to be
// `cart_pole.CartPoleEnv(render_mode, *params)` in the package of the family.
struct PythonNames {
  std::string_view module{};
  std::string_view class_name{};  // ends in Env
  bool render_mode_last = false;  // the order of positional arguments
};

struct EnvInfo {
  std::string_view summary;  // one sentence
  std::string_view source;   // paper and reference implementation with its version
  VariantList variants;
  SpaceInfo observation;
  SpaceInfo action;
  RewardType reward_type = RewardType::kFloat;
  FieldList params{};         // keyword arguments of make()
  FieldList reset_options{};  // keys of reset(options=...)
  PythonNames python{};
  std::size_t num_variables = 0;  // leading doubles of State that users read and write as `env.state`
};

}  // namespace plyo
