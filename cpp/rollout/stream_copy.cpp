#include "stream_copy.hpp"

#include <cstdint>
#include <cstring>

#if PLYO_HAS_X86_VARIANTS
#include <immintrin.h>
#endif

namespace plyo {
namespace {

#if PLYO_HAS_X86_VARIANTS

bool is_aligned(const void* address, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

// The rest after whole vectors.
void copy_rest(void* to, const void* from, std::size_t bytes, std::size_t done) {
  std::memcpy(static_cast<std::byte*>(to) + done, static_cast<const std::byte*>(from) + done, bytes - done);
}

void copy_16(void* to, const void* from, std::size_t bytes) {
  if (!is_aligned(to, 16)) return static_cast<void>(std::memcpy(to, from, bytes));
  auto* const target = static_cast<__m128i*>(to);
  const auto* const source = static_cast<const __m128i*>(from);
  for (std::size_t i = 0; i < bytes / 16; ++i) _mm_stream_si128(target + i, _mm_loadu_si128(source + i));
  copy_rest(to, from, bytes, bytes / 16 * 16);
}

PLYO_TARGET_AVX2 void copy_32(void* to, const void* from, std::size_t bytes) {
  if (!is_aligned(to, 32)) return copy_16(to, from, bytes);
  auto* const target = static_cast<__m256i*>(to);
  const auto* const source = static_cast<const __m256i*>(from);
  for (std::size_t i = 0; i < bytes / 32; ++i)
    _mm256_stream_si256(target + i, _mm256_loadu_si256(source + i));
  copy_rest(to, from, bytes, bytes / 32 * 32);
}

PLYO_TARGET_AVX512 void copy_64(void* to, const void* from, std::size_t bytes) {
  if (!is_aligned(to, 64)) return copy_16(to, from, bytes);
  auto* const target = static_cast<std::byte*>(to);
  const auto* const source = static_cast<const std::byte*>(from);
  for (std::size_t i = 0; i + 64 <= bytes; i += 64) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(target + i), _mm512_loadu_si512(source + i));
  }
  copy_rest(to, from, bytes, bytes / 64 * 64);
}

void fence() { _mm_sfence(); }

constexpr StreamCopy kCopy16{&copy_16, &fence};
constexpr StreamCopy kCopy32{&copy_32, &fence};
constexpr StreamCopy kCopy64{&copy_64, &fence};
constexpr ByIsa<StreamCopy> kCopies{{&kCopy16, &kCopy32, &kCopy64}};

#else

constexpr StreamCopy kPlainCopy{
    [](void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }, [] {}};
constexpr ByIsa<StreamCopy> kCopies{{&kPlainCopy, nullptr, nullptr}};

#endif

}  // namespace

const StreamCopy& stream_copy(Isa isa) { return *kCopies.find(isa); }

}  // namespace plyo
