// NumPy's random streams: Generator(PCG64(SeedSequence(seed))), draw for draw.
// PCG64 is the permuted congruential generator of M. E. O'Neill (2014), XSL-RR 128/64; SeedSequence is
// NumPy's entropy mixer (NEP 19); bounded integers are Lemire's method (2019).
#pragma once

#include <cstddef>
#include <cstdint>

namespace plyo {

// The 128-bit product of two words.
struct WideProduct {
  std::uint64_t high, low;
};

constexpr WideProduct multiply_wide(std::uint64_t a, std::uint64_t b) {
#if defined(__SIZEOF_INT128__)
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
  const std::uint64_t a0 = a & 0xFFFFFFFFU, a1 = a >> 32, b0 = b & 0xFFFFFFFFU, b1 = b >> 32;
  const std::uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32);
  const std::uint64_t middle = a0 * b1 + (cross & 0xFFFFFFFFU);
  return {a1 * b1 + (cross >> 32) + (middle >> 32), (middle << 32) | (low & 0xFFFFFFFFU)};
#endif
}

// An integer in [0, range] by Lemire's method, for ranges of less than 32 bits, from a source of 32-bit
// words.
template <class Source>
constexpr std::uint32_t bounded_integer32(Source& source, std::uint32_t range) {
  const std::uint32_t count = range + 1;
  std::uint64_t product = static_cast<std::uint64_t>(source.next_uint32()) * count;
  if (static_cast<std::uint32_t>(product) < count) {
    const std::uint32_t threshold = (0xFFFFFFFFU - range) % count;
    while (static_cast<std::uint32_t>(product) < threshold) {
      product = static_cast<std::uint64_t>(source.next_uint32()) * count;
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

// The same for ranges of more than 32 bits and less than 64.
template <class Source>
constexpr std::uint64_t bounded_integer64(Source& source, std::uint64_t range) {
  const std::uint64_t count = range + 1;
  WideProduct product = multiply_wide(source.next_uint64(), count);
  if (product.low < count) {
    const std::uint64_t threshold = (~std::uint64_t{0} - range) % count;
    while (product.low < threshold) product = multiply_wide(source.next_uint64(), count);
  }
  return product.high;
}

// An integer in [0, range], drawn as `Generator.integers` draws integers of 32 and of 64 bits: a range of one
// value takes nothing from the source.
template <class Source>
constexpr std::uint64_t bounded_integer(Source& source, std::uint64_t range) {
  if (range == 0) return 0;
  if (range < 0xFFFFFFFFU) return bounded_integer32(source, static_cast<std::uint32_t>(range));
  if (range == 0xFFFFFFFFU) return source.next_uint32();
  if (range == ~std::uint64_t{0}) return source.next_uint64();
  return bounded_integer64(source, range);
}

// The random stream of one lane.
class Rng {
 public:
  // PCG64's raw state, as `Generator.bit_generator.state` reports it.
  struct State {
    std::uint64_t state_high, state_low;
    std::uint64_t increment_high, increment_low;
    std::uint32_t has_uint32, uinteger;
    constexpr bool operator==(const State&) const = default;
  };

  constexpr Rng() = default;
  constexpr explicit Rng(const State& state) : state_(state) {}

  constexpr const State& state() const { return state_; }
  constexpr void set_state(const State& state) { state_ = state; }

  // Starts the stream from the four words that a SeedSequence generates.
  static constexpr Rng from_seed_words(const std::uint64_t (&words)[4]) {
    Rng rng;
    rng.state_.increment_high = (words[2] << 1) | (words[3] >> 63);
    rng.state_.increment_low = (words[3] << 1) | 1;
    rng.advance();
    const std::uint64_t low = rng.state_.state_low + words[1];
    rng.state_.state_high += words[0] + (low < words[1] ? 1 : 0);
    rng.state_.state_low = low;
    rng.advance();
    return rng;
  }

  // 64 random bits.
  constexpr std::uint64_t next_uint64() {
    advance();
    const std::uint64_t mixed = state_.state_high ^ state_.state_low;
    const unsigned rotation = static_cast<unsigned>(state_.state_high >> 58);
    return (mixed >> rotation) | (mixed << ((64 - rotation) & 63));
  }

  // 32 random bits: the low half of a fresh word first, its high half at the next call.
  constexpr std::uint32_t next_uint32() {
    if (state_.has_uint32 != 0) {
      state_.has_uint32 = 0;
      return state_.uinteger;
    }
    const std::uint64_t word = next_uint64();
    state_.has_uint32 = 1;
    state_.uinteger = static_cast<std::uint32_t>(word >> 32);
    return static_cast<std::uint32_t>(word);
  }

  // A double in [0, 1) of 53 random bits: `Generator.random()`.
  constexpr double next_double() {
    return static_cast<double>(static_cast<std::int64_t>(next_uint64() >> 11)) * 0x1p-53;
  }

  // A double in [low, high): `Generator.uniform(low, high)`.
  constexpr double uniform(double low, double high) { return low + (high - low) * next_double(); }

  // An integer in [low, high): `Generator.integers(low, high)`. A range of one draws nothing.
  constexpr std::int64_t integers(std::int64_t low, std::int64_t high) {
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) - 1;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + bounded_integer(*this, range));
  }

 private:
  // state = state * multiplier + increment, modulo 2^128.
  constexpr void advance() {
    constexpr std::uint64_t kMultiplierHigh = 0x2360ED051FC65DA4U;
    constexpr std::uint64_t kMultiplierLow = 0x4385DF649FCCF645U;
    const WideProduct product = multiply_wide(state_.state_low, kMultiplierLow);
    const std::uint64_t high =
        product.high + state_.state_high * kMultiplierLow + state_.state_low * kMultiplierHigh;
    const std::uint64_t low = product.low + state_.increment_low;
    state_.state_high = high + state_.increment_high + (low < product.low ? 1 : 0);
    state_.state_low = low;
  }

  State state_{};
};

// NumPy's SeedSequence with a pool of four words: spreads entropy of any length over the state of a
// generator.
class SeedSequence {
 public:
  // `entropy` is a non-negative integer as 32-bit words, least significant first, without leading zero words
  // (the integer 0 is one zero word).
  constexpr SeedSequence(const std::uint32_t* entropy, std::size_t length) {
    std::uint32_t multiplier = 0x43B0D7E5U;
    for (std::size_t i = 0; i < kPoolSize; ++i) pool_[i] = hash(i < length ? entropy[i] : 0, multiplier);

    // every word of the pool influences every other
    for (std::size_t source = 0; source < kPoolSize; ++source) {
      for (std::size_t target = 0; target < kPoolSize; ++target) {
        if (source != target) pool_[target] = mix(pool_[target], hash(pool_[source], multiplier));
      }
    }

    // entropy beyond the pool is mixed into each word
    for (std::size_t source = kPoolSize; source < length; ++source) {
      for (std::size_t target = 0; target < kPoolSize; ++target) {
        pool_[target] = mix(pool_[target], hash(entropy[source], multiplier));
      }
    }
  }

  // Fills `words` as `SeedSequence.generate_state(len(words), uint64)` does.
  template <std::size_t kCount>
  constexpr void generate(std::uint64_t (&words)[kCount]) const {
    std::uint32_t multiplier = 0x8B51F9DDU;
    std::size_t next = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
      std::uint32_t half[2] = {};
      for (std::uint32_t& value : half) {
        value = pool_[next] ^ multiplier;
        next = (next + 1) % kPoolSize;
        multiplier *= 0x58F38DEDU;
        value *= multiplier;
        value ^= value >> 16;
      }
      words[i] = (static_cast<std::uint64_t>(half[1]) << 32) | half[0];
    }
  }

  // The stream of `Generator(PCG64(SeedSequence(entropy)))`.
  constexpr Rng rng() const {
    std::uint64_t words[4] = {};
    generate(words);
    return Rng::from_seed_words(words);
  }

 private:
  static constexpr std::size_t kPoolSize = 4;

  static constexpr std::uint32_t hash(std::uint32_t value, std::uint32_t& multiplier) {
    value ^= multiplier;
    multiplier *= 0x931E8875U;
    value *= multiplier;
    return value ^ (value >> 16);
  }

  static constexpr std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t value = x * 0xCA01F9DDU - y * 0x4973F715U;
    return value ^ (value >> 16);
  }

  std::uint32_t pool_[kPoolSize] = {};
};

// The stream of `numpy.random.default_rng(seed)` for a seed of 64 bits.
constexpr Rng seeded_rng(std::uint64_t seed) {
  const std::uint32_t words[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  return SeedSequence(words, words[1] != 0 ? 2 : 1).rng();
}

}  // namespace plyo
