// Numbers of several environments in one vector register: the types, and what solvers over lanes share.
//
// A kernel over lanes is written once, in a file `my_kernels.inl` without includes, as templates over a vector
// type, and one source file compiles it for every instruction set:
//
//   #include "../lanes/lanes.hpp"
//   #include "my_kernels.hpp"                  // the table MyKernels and all else that the kernels need
//
//   namespace plyo::my {
//   namespace {
//   #define PLYO_LANES_KERNELS "../my/my_kernels.inl"   // as seen from cpp/lanes
//   #include "../lanes/for_each_isa.inl"
//   constexpr ByIsa<MyKernels> kMyKernels = PLYO_LANES_TABLES(kTable);
//   }  // namespace
//   }  // namespace plyo::my
//
// In `my_kernels.inl` every function starts with PLYO_LANES, and these names are there: `kIsa`, the instruction
// set; `kFloats` and `kDoubles`, the lanes of a register; the functions of lanes/vector.inl, such as `select`,
// `min`, `sqrt`, `any`, `load`. It ends with the table: `constexpr MyKernels kTable{...};`.
//
// Why a namespace and an attribute for each instruction set, and not `compiled_for`: GCC 12 cuts the wide
// vectors of a function without a target into narrow ones before it inlines it, and Clang refuses to pass
// them to one. Why an attribute and not `#pragma GCC target`: the pragma also reaches templates of the
// standard library that are first used below it, and the linker may pick that copy for everyone. A lambda does
// not inherit the attribute: kernels have none.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "../core/isa.hpp"

#if PLYO_HAS_X86_VARIANTS
#include <immintrin.h>
#endif

namespace plyo::lanes {

// The most lanes of a register: floats of AVX-512.
inline constexpr std::size_t kMaxLanes = 16;
// Packs begin at multiples of this number of bytes.
inline constexpr std::size_t kPackAlignment = 64;

namespace detail {

#if defined(__GNUC__) || defined(__clang__)
template <class Number, std::size_t kWidth>
struct VectorType {
  // NOLINTNEXTLINE(modernize-use-using): GCC 12 takes a size that depends on the template in a typedef only
  typedef Number Type __attribute__((vector_size(kWidth * sizeof(Number))));
};
#else
// One number at a time where the compiler has no vector types.
template <class Number, std::size_t kWidth>
struct VectorType {
  using Type = Number;
};
#endif
template <class Number>
struct VectorType<Number, 1> {
  using Type = Number;
};

template <class Vector>
struct NumberType {
  using Type = std::remove_cvref_t<decltype(std::declval<Vector&>()[0])>;
};
template <>
struct NumberType<float> {
  using Type = float;
};
template <>
struct NumberType<double> {
  using Type = double;
};

}  // namespace detail

// `kWidth` numbers, one a lane; a plain number for one lane. `+ - * /`, unary `-` and comparisons work on each
// lane. A comparison gives a Mask.
template <class Number, std::size_t kWidth>
using Vector = typename detail::VectorType<Number, kWidth>::Type;

// The number in a lane of a vector type.
template <class AnyVector>
using NumberOf = typename detail::NumberType<AnyVector>::Type;

template <class AnyVector>
inline constexpr std::size_t kLanesOf = sizeof(AnyVector) / sizeof(NumberOf<AnyVector>);
template <>
inline constexpr std::size_t kLanesOf<float> = 1;
template <>
inline constexpr std::size_t kLanesOf<double> = 1;

// A condition in each lane: all bits of an integer as wide as the number, or a bool for one lane.
template <class AnyVector>
using Mask = decltype(std::declval<AnyVector>() < std::declval<AnyVector>());

}  // namespace plyo::lanes
