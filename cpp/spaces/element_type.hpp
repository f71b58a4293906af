// The element types of the arrays that are elements of spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace plyo::spaces {

enum class ElementType : std::uint8_t {
  kBool,
  kInt8,
  kUInt8,
  kInt16,
  kUInt16,
  kInt32,
  kUInt32,
  kInt64,
  kUInt64,
  kFloat32,
  kFloat64,
};

inline constexpr std::size_t kNumElementTypes = 11;

// A byte of an array of booleans: 0 is false.
enum class Bool : std::uint8_t { kFalse, kTrue };

// Calls `function` with a value of the C++ type of `type`.
template <class Function>
constexpr auto visit_type(ElementType type, Function&& function) {
  switch (type) {
    case ElementType::kBool:
      return function(Bool{});
    case ElementType::kInt8:
      return function(std::int8_t{});
    case ElementType::kUInt8:
      return function(std::uint8_t{});
    case ElementType::kInt16:
      return function(std::int16_t{});
    case ElementType::kUInt16:
      return function(std::uint16_t{});
    case ElementType::kInt32:
      return function(std::int32_t{});
    case ElementType::kUInt32:
      return function(std::uint32_t{});
    case ElementType::kInt64:
      return function(std::int64_t{});
    case ElementType::kUInt64:
      return function(std::uint64_t{});
    case ElementType::kFloat32:
      return function(float{});
    case ElementType::kFloat64:
      break;
  }
  return function(double{});
}

// The same for the integer types only; any other type counts as int64.
template <class Function>
constexpr auto visit_integer_type(ElementType type, Function&& function) {
  return visit_type(type, [&](auto value) {
    using T = decltype(value);
    if constexpr (std::is_integral_v<T>) {
      return function(T{});
    } else {
      return function(std::int64_t{});
    }
  });
}

constexpr std::size_t size_of(ElementType type) {
  return visit_type(type, [](auto value) { return sizeof(value); });
}

constexpr bool is_integer(ElementType type) {
  return type != ElementType::kBool && type < ElementType::kFloat32;
}

constexpr bool is_signed(ElementType type) {
  return visit_type(type, [](auto value) { return std::is_signed_v<decltype(value)>; });
}

// The type that holds every value of both, as `numpy.result_type` gives it.
constexpr ElementType promote(ElementType a, ElementType b) {
  if (a > b) return promote(b, a);
  if (a == b || a == ElementType::kBool) return b;
  if (b == ElementType::kFloat64) return b;
  if (b == ElementType::kFloat32) return size_of(a) <= 2 ? b : ElementType::kFloat64;
  if (is_signed(a) == is_signed(b)) return size_of(a) > size_of(b) ? a : b;
  const ElementType wider_signed = is_signed(a) ? a : b;
  const ElementType other = is_signed(a) ? b : a;
  if (size_of(wider_signed) > size_of(other)) return wider_signed;
  switch (size_of(other)) {
    case 1:
      return ElementType::kInt16;
    case 2:
      return ElementType::kInt32;
    case 4:
      return ElementType::kInt64;
    default:
      return ElementType::kFloat64;
  }
}

// Whether every value of a type is a value of another: NumPy's "safe" casts, between integers.
constexpr bool casts_safely(ElementType from, ElementType to) { return promote(from, to) == to; }

// An integer as 64 bits, sign-extended if it has a sign: sums of these wrap where sums of the integers would
// overflow.
template <class T>
constexpr std::uint64_t extend(T value) {
  if constexpr (std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

// A value of one type as the other, as NumPy casts it if the value fits.
template <class To, class From>
constexpr To convert(From value) {
  if constexpr (std::is_same_v<From, Bool>) {
    return convert<To>(static_cast<std::uint8_t>(value != Bool::kFalse));
  } else if constexpr (std::is_same_v<To, Bool>) {
    return value != From{0} ? Bool::kTrue : Bool::kFalse;
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace plyo::spaces
