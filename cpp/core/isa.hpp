// The instruction sets that kernels are compiled for: one function compiled for each of them, and the choice
// among the tables of such functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plyo {

enum class Isa : std::uint8_t { kBaseline, kAvx2, kAvx512 };
inline constexpr std::size_t kIsaCount = 3;

}  // namespace plyo

// Attributes that compile one function, and all that is inlined into it, for an instruction set. No flag
// reaches another function, so the linker cannot pick an AVX-512 copy of an inline function for everyone. FMA
// is left out of AVX2 because GCC 12 contracts in spite of -ffp-contract=off; AVX-512 implies it, so kernels
// are also compiled with -fno-tree-slp-vectorize and their object code is searched for fused instructions.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define PLYO_HAS_X86_VARIANTS 1
#define PLYO_TARGET_AVX2 __attribute__((target("avx2")))
#if defined(__clang__)
#define PLYO_TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else
#define PLYO_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")))
#endif
#else
#define PLYO_HAS_X86_VARIANTS 0
#endif

// Whether kernels are compiled for a set: all of them, unless the build leaves one out (PLYO_KERNELS in
// cmake/Kernels.cmake).
#if PLYO_HAS_X86_VARIANTS && !defined(PLYO_WITHOUT_AVX2)
#define PLYO_HAS_AVX2 1
#else
#define PLYO_HAS_AVX2 0
#endif
#if PLYO_HAS_X86_VARIANTS && !defined(PLYO_WITHOUT_AVX512)
#define PLYO_HAS_AVX512 1
#else
#define PLYO_HAS_AVX512 0
#endif

// Inlines every call in the body, and every call in the inlined functions, so that all of it is compiled for
// the function's instruction set. clang inlines the calls of the body only: there, kernels are compiled with
// a higher threshold for inlining (cpp/CMakeLists.txt).
#if defined(__GNUC__) || defined(__clang__)
#define PLYO_FLATTEN __attribute__((flatten))
#else
#define PLYO_FLATTEN
#endif

// A function that is inlined nowhere, not even by PLYO_FLATTEN, and compiled once, not again for the constants that
// some caller passes.
#if defined(_MSC_VER)
#define PLYO_NOINLINE __declspec(noinline)
#elif defined(__clang__)
#define PLYO_NOINLINE __attribute__((noinline))
#else
#define PLYO_NOINLINE __attribute__((noinline, noclone))
#endif

// A function that is called so seldom that it is made small, not fast, which takes less time to compile.
#if defined(__GNUC__) || defined(__clang__)
#define PLYO_COLD __attribute__((cold))
#else
#define PLYO_COLD
#endif

// A function that is inlined wherever it is called.
#if defined(__GNUC__) || defined(__clang__)
#define PLYO_ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define PLYO_ALWAYS_INLINE inline
#endif

// A pointer to memory that no other pointer of the function reaches.
#if defined(_MSC_VER)
#define PLYO_RESTRICT __restrict
#else
#define PLYO_RESTRICT __restrict__
#endif

namespace plyo {

// Whether this build has kernels for an instruction set.
constexpr bool has_kernels(Isa isa) {
  if (isa == Isa::kAvx2) return PLYO_HAS_AVX2 != 0;
  if (isa == Isa::kAvx512) return PLYO_HAS_AVX512 != 0;
  return true;
}

// The next narrower set that this build has kernels for, of a set above the baseline.
constexpr Isa next_narrower(Isa isa) {
  return isa == Isa::kAvx512 && has_kernels(Isa::kAvx2) ? Isa::kAvx2 : Isa::kBaseline;
}

namespace detail {

// `kFunction`, with all that it calls, compiled for one instruction set: once, wherever it is called.
template <Isa kIsa, auto kFunction, class Signature = decltype(kFunction)>
struct CompiledFor;

template <auto kFunction, class Result, class... Args>
struct CompiledFor<Isa::kBaseline, kFunction, Result (*)(Args...)> {
  PLYO_FLATTEN PLYO_NOINLINE static Result call(Args... args) { return kFunction(args...); }
};

#if PLYO_HAS_X86_VARIANTS
template <auto kFunction, class Result, class... Args>
struct CompiledFor<Isa::kAvx2, kFunction, Result (*)(Args...)> {
  PLYO_TARGET_AVX2 PLYO_FLATTEN PLYO_NOINLINE static Result call(Args... args) { return kFunction(args...); }
};
template <auto kFunction, class Result, class... Args>
struct CompiledFor<Isa::kAvx512, kFunction, Result (*)(Args...)> {
  PLYO_TARGET_AVX512 PLYO_FLATTEN PLYO_NOINLINE static Result call(Args... args) {
    return kFunction(args...);
  }
};
#endif

}  // namespace detail

// The address of `kFunction` compiled for an instruction set: `compiled_for<Isa::kAvx2, &step>()`. Its
// arguments are references, pointers and numbers.
template <Isa kIsa, auto kFunction>
constexpr auto compiled_for() {
  return &detail::CompiledFor<kIsa, kFunction>::call;
}

// A table for each instruction set; null for a set without a table of its own.
template <class Table>
struct ByIsa {
  const Table* tables[kIsaCount];

  // The table for a machine with `isa`: its own table, or the table of the best set which it includes. Null
  // without any.
  constexpr const Table* find(Isa isa) const {
    for (std::size_t i = static_cast<std::size_t>(isa) + 1; i-- > 0;) {
      if (tables[i] != nullptr) return tables[i];
    }
    return nullptr;
  }
};

// The table of an instruction set, `ForIsa<Isa::kAvx2>::table` and so on; null where this build has none.
template <class Table, template <Isa> class ForIsa, Isa kIsa>
constexpr const Table* table_of() {
  if constexpr (has_kernels(kIsa)) {
    return &ForIsa<kIsa>::table;
  } else {
    return nullptr;
  }
}

// The tables of all instruction sets of this build.
template <class Table, template <Isa> class ForIsa>
constexpr ByIsa<Table> every_isa() {
  return {{table_of<Table, ForIsa, Isa::kBaseline>(), table_of<Table, ForIsa, Isa::kAvx2>(),
           table_of<Table, ForIsa, Isa::kAvx512>()}};
}

// The baseline's table for all instruction sets.
template <class Table, template <Isa> class ForIsa>
constexpr ByIsa<Table> only_baseline() {
  return {{&ForIsa<Isa::kBaseline>::table, nullptr, nullptr}};
}

}  // namespace plyo
