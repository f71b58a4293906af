#include "map_observation.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace plyo {
namespace {

struct Half {
  std::uint16_t bits;
};
struct Bfloat16 {
  std::uint16_t bits;
};

template <class Target, class Source>
Target cast_number(Source value) {
  if constexpr (std::is_same_v<Target, Half>) {
    return {to_half(static_cast<double>(value))};
  } else if constexpr (std::is_same_v<Target, Bfloat16>) {
    return {to_bfloat16(static_cast<float>(value))};
  } else {
    return static_cast<Target>(value);
  }
}

template <class Function>
void visit_source(Number number, const Function& function) {
  switch (number) {
    case Number::kUint8:
      return function(std::uint8_t{});
    case Number::kInt8:
      return function(std::int8_t{});
    case Number::kInt32:
      return function(std::int32_t{});
    case Number::kInt64:
      return function(std::int64_t{});
    case Number::kFloat64:
      return function(double{});
    default:
      return function(float{});
  }
}

template <class Function>
void visit_target(Number number, const Function& function) {
  if (number == Number::kFloat16) return function(Half{});
  if (number == Number::kBfloat16) return function(Bfloat16{});
  visit_source(number, function);
}

bool is_real(Number number) { return number >= Number::kFloat16; }

// Whether an integer type holds all numbers of another.
bool holds(Number wide, Number narrow) {
  if (wide == narrow) return true;
  if (is_real(wide) || is_real(narrow)) return false;
  return size_of(wide) > size_of(narrow) && (wide != Number::kUint8);
}

}  // namespace

// Binary64 to binary16, once rounded.
std::uint16_t to_half(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 48) & 0x8000U);
  const std::uint64_t magnitude = bits & 0x7FFFFFFFFFFFFFFFU;
  constexpr std::uint64_t kInfinityBits = 0x7FF0000000000000U;
  if (magnitude > kInfinityBits) {  // keeps the first bits of the payload, and is not infinite
    const auto payload = static_cast<std::uint16_t>((magnitude >> 42) & 0x3FFU);
    return static_cast<std::uint16_t>(sign | 0x7C00U | (payload == 0 ? 1U : payload));
  }
  const int exponent = static_cast<int>(magnitude >> 52) - 1023;
  if (exponent > 15) return static_cast<std::uint16_t>(sign | 0x7C00U);
  if (exponent < -25) return sign;
  std::uint64_t significand = magnitude & 0xFFFFFFFFFFFFFU;
  // the number of bits that go, and what is left of the number with its hidden bit
  int shift = 42;
  std::uint64_t base = 0;
  if (exponent >= -14) {
    base = static_cast<std::uint64_t>(exponent + 15) << 10;
  } else {
    significand |= std::uint64_t{1} << 52;
    shift += -14 - exponent;
  }
  const std::uint64_t kept = significand >> shift;
  const std::uint64_t rest = significand & ((std::uint64_t{1} << shift) - 1);
  const std::uint64_t middle = std::uint64_t{1} << (shift - 1);
  const std::uint64_t up = rest > middle || (rest == middle && (kept & 1) != 0) ? 1 : 0;
  return static_cast<std::uint16_t>(sign |
                                    (base + kept + up));  // a carry goes into the exponent, up to infinity
}

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  // a NaN of the same sign, as ml_dtypes makes it
  if (value != value) return static_cast<std::uint16_t>((bits >> 16 & 0x8000U) | 0x7FC0U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

template <class Real>
void RescaleObservation<Real>::map(const Leaves& from, const Leaves& to, const LaneRange& lanes) const {
  const std::size_t size = gradient_.size();
  const Real* const values = rows_from<const Real>(from, lanes.first, size);
  Real* const mapped = rows_from<Real>(to, lanes.first, size);
  for (std::size_t row = 0; row < lanes.count; ++row) {
    for (std::size_t k = 0; k < size; ++k) {
      const Real scaled = gradient_[k] * values[row * size + k];
      mapped[row * size + k] = scaled + intercept_[k];
    }
  }
}

template <class Real>
void RescaleObservation<Real>::show(const StageStep& step, const LaneRange& lanes) const {
  map(step.observations[position()], step.observations[position() + 1], lanes);
}

template <class Real>
void RescaleObservation<Real>::show_finals(const StageStep& step) const {
  map(step.finals[position()], step.finals[position() + 1], {0, step.ended.size()});
}

template class RescaleObservation<float>;
template class RescaleObservation<double>;

namespace {

void cast_rows(const RowFormat& rows, Number target, const Leaves& from, const Leaves& to,
               const LaneRange& lanes) {
  const std::size_t count = lanes.count * rows.size;
  visit_source(rows.number, [&](auto source) {
    visit_target(target, [&](auto made) {
      using Source = decltype(source);
      using Target = decltype(made);
      const Source* const values = rows_from<const Source>(from, lanes.first, rows.size);
      Target* const casts = rows_from<Target>(to, lanes.first, rows.size);
      if constexpr (std::is_same_v<Source, Target>) {
        if (values != casts) std::memcpy(casts, values, count * sizeof(Source));
      } else {
        for (std::size_t i = 0; i < count; ++i) casts[i] = cast_number<Target>(values[i]);
      }
    });
  });
}

}  // namespace

bool CastObservation::is_known(Number from, Number to) {
  if (from == Number::kFloat16 || from == Number::kBfloat16) return false;
  // ml_dtypes rounds doubles to bfloat16 in two steps or one; integers likewise
  if (to == Number::kBfloat16) return from == Number::kFloat32;
  return is_real(to) || holds(to, from);
}

void CastObservation::show(const StageStep& step, const LaneRange& lanes) const {
  cast_rows(rows_, target_, step.observations[position()], step.observations[position() + 1], lanes);
}

void CastObservation::show_finals(const StageStep& step) const {
  cast_rows(rows_, target_, step.finals[position()], step.finals[position() + 1], {0, step.ended.size()});
}

FlattenObservation::FlattenObservation(const SpaceInfo& space, Number target) : target_(target) {
  for (std::size_t place = 0; place < space.num_leaves; ++place) {
    const std::size_t k = space.is_dict() ? space.by_name[place] : place;
    const LeafInfo& leaf = space.leaves[k];
    parts_.push_back({.leaf = k,
                      .begin = size_,
                      .kind = leaf.kind,
                      .number = number_of(leaf.dtype),
                      .size = leaf.size,
                      .start = leaf.start});
    size_ += leaf.size;
  }
}

bool FlattenObservation::is_known(const SpaceInfo& space, Number target) {
  if (target == Number::kFloat16 || target == Number::kBfloat16) return false;
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const Number number = number_of(space.leaves[k].dtype);
    const bool widens = is_real(target) &&
                        (is_real(number) ? size_of(number) <= size_of(target)
                                         : size_of(number) < size_of(target) || target == Number::kFloat64);
    if (!widens && !holds(target, number)) return false;
  }
  return true;
}

template <class Target>
void FlattenObservation::flatten(const Leaves& from, const Leaves& to, const LaneRange& lanes) const {
  Target* const rows = rows_from<Target>(to, lanes.first, size_);
  for (const Part& part : parts_) {
    visit_source(part.number, [&](auto source) {
      using Source = decltype(source);
      const std::size_t width = part.kind == SpaceKind::kBox ? part.size : 1;
      const auto* const values = static_cast<const Source*>(from.at[part.leaf]) + lanes.first * width;
      for (std::size_t row = 0; row < lanes.count; ++row) {
        Target* const columns = rows + row * size_ + part.begin;
        if (part.kind == SpaceKind::kBox) {
          for (std::size_t k = 0; k < width; ++k) {
            // NOLINTNEXTLINE(bugprone-signed-char-misuse): an int8 is a number here, no letter
            columns[k] = static_cast<Target>(values[row * width + k]);
          }
          continue;
        }
        for (std::size_t k = 0; k < part.size; ++k) columns[k] = 0;
        const auto choice = static_cast<std::uint64_t>(static_cast<std::int64_t>(values[row]) - part.start);
        if (choice < part.size) columns[choice] = 1;
      }
    });
  }
}

void FlattenObservation::flatten_any(const Leaves& from, const Leaves& to, const LaneRange& lanes) const {
  visit_source(target_, [&](auto target) { flatten<decltype(target)>(from, to, lanes); });
}

void FlattenObservation::show(const StageStep& step, const LaneRange& lanes) const {
  flatten_any(step.observations[position()], step.observations[position() + 1], lanes);
}

void FlattenObservation::show_finals(const StageStep& step) const {
  flatten_any(step.finals[position()], step.finals[position() + 1], {0, step.ended.size()});
}

}  // namespace plyo
