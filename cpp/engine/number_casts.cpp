#include "number_casts.hpp"

#include <cstdint>
#include <limits>
#include <type_traits>

#include "../core/isa.hpp"
#include "cpu_dispatch.hpp"

namespace plyo {
namespace {

using spaces::ElementType;

template <class From, class To>
To cast_one(From value) {
  if constexpr (std::is_same_v<From, std::uint64_t> && std::is_same_v<To, std::int64_t>) {
    // an integer that wraps around could become a legal one
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<To>(value < kMost ? value : kMost);
  } else {
    return spaces::convert<To>(value);
  }
}

template <class From, class To>
void cast_all(const void* from, void* to, std::size_t count) {
  const auto* PLYO_RESTRICT const values = static_cast<const From*>(from);
  auto* PLYO_RESTRICT const results = static_cast<To*>(to);
  for (std::size_t i = 0; i < count; ++i) results[i] = cast_one<From, To>(values[i]);
}

struct CastRow {
  NumberCast from[spaces::kNumElementTypes];
};

template <Isa kIsa, class To>
constexpr CastRow row_to() {
  CastRow row{};
  for (std::size_t i = 0; i < spaces::kNumElementTypes; ++i) {
    row.from[i] = spaces::visit_type(static_cast<ElementType>(i), [](auto value) -> NumberCast {
      using From = decltype(value);
      // a real number is no choice
      if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        return nullptr;
      } else {
        return compiled_for<kIsa, &cast_all<From, To>>();
      }
    });
  }
  return row;
}

struct NumberCasts {
  CastRow to_int64, to_float32, to_float64;
};

template <Isa kIsa>
struct NumberCastsFor {
  static constexpr NumberCasts table{row_to<kIsa, std::int64_t>(), row_to<kIsa, float>(),
                                     row_to<kIsa, double>()};
};

constexpr ByIsa<NumberCasts> kNumberCasts = every_isa<NumberCasts, NumberCastsFor>();

}  // namespace

NumberCast number_cast(ElementType from, ElementType to) {
  const NumberCasts& casts = *kNumberCasts.find(selected_isa());
  const auto i = static_cast<std::size_t>(from);
  switch (to) {
    case ElementType::kInt64:
      return casts.to_int64.from[i];
    case ElementType::kFloat32:
      return casts.to_float32.from[i];
    case ElementType::kFloat64:
      return casts.to_float64.from[i];
    default:
      return nullptr;
  }
}

}  // namespace plyo
