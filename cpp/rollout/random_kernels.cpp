#include "random_kernels.hpp"

#include <algorithm>
#include <bit>

namespace plyo {
namespace {

#if PLYO_HAS_AVX512

// Streams that are advanced together: their states stay in the first-level cache.
constexpr std::size_t kBlock = 64;

// The states of a block, word by word.
struct Block {
  std::uint64_t high[kBlock], low[kBlock];
  std::uint64_t increment_high[kBlock], increment_low[kBlock];
};

PLYO_ALWAYS_INLINE void load(Block& block, const Rng* streams, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const Rng::State& state = streams[i].state();
    block.high[i] = state.state_high;
    block.low[i] = state.state_low;
    block.increment_high[i] = state.increment_high;
    block.increment_low[i] = state.increment_low;
  }
}

PLYO_ALWAYS_INLINE void store(const Block& block, Rng* streams, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Rng::State state = streams[i].state();
    state.state_high = block.high[i];
    state.state_low = block.low[i];
    streams[i].set_state(state);
  }
}

// Rng::next_uint64 of stream i in operations that have vector forms: products of 32-bit halves, no carries.
PLYO_ALWAYS_INLINE std::uint64_t next_word(Block& block, std::size_t i) {
  constexpr std::uint64_t kMultiplierHigh = 0x2360ED051FC65DA4U;
  constexpr std::uint64_t kMultiplierLow = 0x4385DF649FCCF645U;
  constexpr std::uint64_t kHalf = 0xFFFFFFFFU;
  const std::uint64_t low = block.low[i];
  const std::uint64_t a0 = low & kHalf, a1 = low >> 32;
  constexpr std::uint64_t kB0 = kMultiplierLow & kHalf, kB1 = kMultiplierLow >> 32;
  const std::uint64_t p00 = a0 * kB0;
  const std::uint64_t middle = a1 * kB0 + (p00 >> 32);
  const std::uint64_t cross = a0 * kB1 + (middle & kHalf);
  const std::uint64_t product_low = (cross << 32) | (p00 & kHalf);
  const std::uint64_t product_high =
      a1 * kB1 + (middle >> 32) + (cross >> 32) + block.high[i] * kMultiplierLow + low * kMultiplierHigh;
  const std::uint64_t new_low = product_low + block.increment_low[i];
  const std::uint64_t new_high =
      product_high + block.increment_high[i] + (new_low < product_low ? std::uint64_t{1} : std::uint64_t{0});
  block.low[i] = new_low;
  block.high[i] = new_high;
  const std::uint64_t mixed = new_high ^ new_low;
  const std::uint64_t rotation = new_high >> 58;
  return (mixed >> rotation) | (mixed << ((64 - rotation) & 63));
}

// Two draws from each word. Returns whether no half word may have to be rejected (Lemire's method).
PLYO_ALWAYS_INLINE bool draw_pairs(Block& block, std::size_t count, std::uint32_t size, std::size_t num,
                                   std::int64_t* out, std::size_t pitch) {
  constexpr std::uint64_t kHalf = 0xFFFFFFFFU;
  std::uint64_t rejected = 0;
  for (std::size_t t = 0; t < num; t += 2) {
    std::int64_t* const first_row = out + t * pitch;
    std::int64_t* const second_row = out + (t + 1) * pitch;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t word = next_word(block, i);
      const std::uint64_t first = (word & kHalf) * size;
      const std::uint64_t second = (word >> 32) * size;
      // the uppermost bit of the difference is set where the lower half is below the size
      rejected |= ((first & kHalf) - size) | ((second & kHalf) - size);
      first_row[i] = static_cast<std::int64_t>(first >> 32);
      second_row[i] = static_cast<std::int64_t>(second >> 32);
    }
  }
  return (rejected >> 63) == 0;
}

PLYO_ALWAYS_INLINE void integers(Rng* streams, std::size_t count, std::uint32_t size, std::size_t num,
                                 std::int64_t* out, std::size_t pitch) {
  Block block;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t lanes = std::min(kBlock, count - first);
    load(block, streams + first, lanes);
    if (draw_pairs(block, lanes, size, num, out + first, pitch)) {
      store(block, streams + first, lanes);
      continue;
    }
    // once in many millions of words: the streams, as they were, one by one
    for (std::size_t i = first; i < first + lanes; ++i) {
      for (std::size_t t = 0; t < num; ++t) out[t * pitch + i] = streams[i].integers(0, size);
    }
  }
}

// A word's upper 53 bits as a double: both halves are placed in the mantissas of powers of two.
PLYO_ALWAYS_INLINE double to_double(std::uint64_t word) {
  const std::uint64_t bits = word >> 11;
  const double low = std::bit_cast<double>((bits & 0xFFFFFFFFU) | 0x4330000000000000U);  // 2^52 + low half
  const double high = std::bit_cast<double>((bits >> 32) | 0x4530000000000000U);  // 2^84 + 2^32 * high half
  return ((high - 0x1.00000001p84) + low) * 0x1p-53;
}

PLYO_ALWAYS_INLINE void uniforms(Rng* streams, std::size_t count, double low, double high, std::size_t num,
                                 float* out, std::size_t pitch, std::size_t step) {
  Block block;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t lanes = std::min(kBlock, count - first);
    load(block, streams + first, lanes);
    for (std::size_t t = 0; t < num; ++t) {
      float row[kBlock];
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
      for (std::size_t i = 0; i < lanes; ++i) {
        row[i] = static_cast<float>(low + (high - low) * to_double(next_word(block, i)));
      }
      float* const place = out + t * pitch + first * step;
      for (std::size_t i = 0; i < lanes; ++i) place[i * step] = row[i];
    }
    store(block, streams + first, lanes);
  }
}

#endif

// One stream after the other: 64-bit products in AVX2 take many instructions, so the vector form would
// be slower (1.8 ns a draw against 1.4 ns; AVX-512: 0.8 ns).
namespace scalar {

void run_integers(Rng* streams, std::size_t count, std::uint32_t size, std::size_t num, std::int64_t* out,
                  std::size_t pitch) {
  for (std::size_t i = 0; i < count; ++i) {
    Rng stream = streams[i];
    std::uint32_t smallest = ~std::uint32_t{0};
    for (std::size_t t = 0; t < num; t += 2) {
      const std::uint64_t word = stream.next_uint64();
      const std::uint64_t first = (word & 0xFFFFFFFFU) * size;
      const std::uint64_t second = (word >> 32) * size;
      smallest = std::min({smallest, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second)});
      out[t * pitch + i] = static_cast<std::int64_t>(first >> 32);
      out[(t + 1) * pitch + i] = static_cast<std::int64_t>(second >> 32);
    }
    if (smallest >= size) {
      streams[i] = stream;
      continue;
    }
    for (std::size_t t = 0; t < num; ++t) out[t * pitch + i] = streams[i].integers(0, size);
  }
}

void run_uniforms(Rng* streams, std::size_t count, double low, double high, std::size_t num, float* out,
                  std::size_t pitch, std::size_t step) {
  for (std::size_t i = 0; i < count; ++i) {
    Rng stream = streams[i];
    for (std::size_t t = 0; t < num; ++t) {
      out[t * pitch + i * step] = static_cast<float>(stream.uniform(low, high));
    }
    streams[i] = stream;
  }
}

constexpr RandomKernels kKernels{&run_integers, &run_uniforms};

}  // namespace scalar

#if PLYO_HAS_AVX512
constexpr RandomKernels kAvx512Random{compiled_for<Isa::kAvx512, &integers>(),
                                      compiled_for<Isa::kAvx512, &uniforms>()};
constexpr ByIsa<RandomKernels> kRandomKernels{{&scalar::kKernels, nullptr, &kAvx512Random}};
#else
constexpr ByIsa<RandomKernels> kRandomKernels{{&scalar::kKernels, nullptr, nullptr}};
#endif

}  // namespace

const RandomKernels& random_kernels(Isa isa) { return *kRandomKernels.find(isa); }

}  // namespace plyo
