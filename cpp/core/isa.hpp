// The instruction sets that kernels are compiled for.
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

// Inlines every call in the body, so that the callees too are compiled for the function's instruction set.
#if defined(__GNUC__) || defined(__clang__)
#define PLYO_FLATTEN __attribute__((flatten))
#else
#define PLYO_FLATTEN
#endif

// A pointer to memory that no other pointer of the function reaches.
#if defined(_MSC_VER)
#define PLYO_RESTRICT __restrict
#else
#define PLYO_RESTRICT __restrict__
#endif
