// Includes PLYO_LANES_KERNELS once for each instruction set of the build, in the namespaces `baseline`, `avx2`
// and `avx512` (lanes/lanes.hpp says how to use it).

// Under sanitizers, whose checks would make one function of all that is inlined take minutes to compile, nothing
// has to be inlined.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLYO_LANES_INLINE inline
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLYO_LANES_INLINE inline
#endif
#endif
#if !defined(PLYO_LANES_INLINE)
#define PLYO_LANES_INLINE PLYO_ALWAYS_INLINE
#endif

namespace baseline {
#define PLYO_LANES_BITS 128
#define PLYO_LANES PLYO_LANES_INLINE
#define PLYO_LANES_ENTRY static
constexpr Isa kIsa = Isa::kBaseline;
#if defined(__GNUC__) || defined(__clang__)
constexpr std::size_t kFloats = 4, kDoubles = 2;
#else
constexpr std::size_t kFloats = 1, kDoubles = 1;
#endif
#include "vector.inl"
// After the functions that it uses.
#include PLYO_LANES_KERNELS
#undef PLYO_LANES_BITS
#undef PLYO_LANES
#undef PLYO_LANES_ENTRY
}  // namespace baseline

#if PLYO_HAS_AVX2
namespace avx2 {
#define PLYO_LANES_BITS 256
#define PLYO_LANES PLYO_TARGET_AVX2 PLYO_LANES_INLINE
#define PLYO_LANES_ENTRY PLYO_TARGET_AVX2 static
constexpr Isa kIsa = Isa::kAvx2;
constexpr std::size_t kFloats = 8, kDoubles = 4;
#include "vector.inl"
// After the functions that it uses.
#include PLYO_LANES_KERNELS
#undef PLYO_LANES_BITS
#undef PLYO_LANES
#undef PLYO_LANES_ENTRY
}  // namespace avx2
#define PLYO_LANES_AVX2(name) &avx2::name
#else
#define PLYO_LANES_AVX2(name) nullptr
#endif

#if PLYO_HAS_AVX512
namespace avx512 {
#define PLYO_LANES_BITS 512
#define PLYO_LANES PLYO_TARGET_AVX512 PLYO_LANES_INLINE
#define PLYO_LANES_ENTRY PLYO_TARGET_AVX512 static
constexpr Isa kIsa = Isa::kAvx512;
constexpr std::size_t kFloats = 16, kDoubles = 8;
#include "vector.inl"
// After the functions that it uses.
#include PLYO_LANES_KERNELS
#undef PLYO_LANES_BITS
#undef PLYO_LANES
#undef PLYO_LANES_ENTRY
}  // namespace avx512
#define PLYO_LANES_AVX512(name) &avx512::name
#else
#define PLYO_LANES_AVX512(name) nullptr
#endif

#define PLYO_LANES_TABLES(name)                                       \
  {                                                                   \
    {                                                                 \
      &baseline::name, PLYO_LANES_AVX2(name), PLYO_LANES_AVX512(name) \
    }                                                                 \
  }

#undef PLYO_LANES_KERNELS
#undef PLYO_LANES_INLINE
