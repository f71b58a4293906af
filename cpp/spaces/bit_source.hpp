// The sources of random bits for spaces: a NumPy bit generator or a stream of this library.
#pragma once

#include <cstdint>

#include "../core/rng.hpp"

namespace plyo::spaces {

// A table of functions over a state, laid out as NumPy's `bitgen_t`: the capsule of a
// `numpy.random.BitGenerator` points to such a table, so draws here come from that
// generator.
struct BitSource {
  void* state;
  std::uint64_t (*uint64)(void* state);
  std::uint32_t (*uint32)(void* state);
  double (*real)(void* state);  // in [0, 1), from 53 random bits
  std::uint64_t (*raw)(void* state);

  std::uint64_t next_uint64() { return uint64(state); }
  std::uint32_t next_uint32() { return uint32(state); }
  double next_double() { return real(state); }
};

// Draws from a stream of this library, which must outlive the result.
inline BitSource bit_source(Rng& rng) {
  return {
      .state = &rng,
      .uint64 = [](void* state) { return static_cast<Rng*>(state)->next_uint64(); },
      .uint32 = [](void* state) { return static_cast<Rng*>(state)->next_uint32(); },
      .real = [](void* state) { return static_cast<Rng*>(state)->next_double(); },
      .raw = [](void* state) { return static_cast<Rng*>(state)->next_uint64(); },
  };
}

// Distributions that this library does not have, from NumPy's libnpyrandom. Null in a build without Python.
struct Distributions {
  double (*standard_normal)(BitSource*) = nullptr;
  double (*standard_exponential)(BitSource*) = nullptr;
};

// The sources of a sample.
struct Stream {
  BitSource* bits;
  Distributions distributions{};
};

// Integers of 8 or 16 bits in [0, range], as `Generator.integers` draws them: each word of 32 bits gives four
// or two, the lowest first. The rest of a word is dropped with this object, at the end of a call.
template <class UInt>
class NarrowIntegers {
 public:
  explicit NarrowIntegers(BitSource& bits) : bits_(bits) {}

  UInt draw(UInt range) {
    if (range == 0) return 0;
    if (range == kMax) return next();
    const auto count = static_cast<std::uint32_t>(range) + 1;
    std::uint32_t product = next() * count;
    if (static_cast<UInt>(product) < count) {
      const std::uint32_t threshold = (kMax - std::uint32_t{range}) % count;
      while (static_cast<UInt>(product) < threshold) product = next() * count;
    }
    return static_cast<UInt>(product >> kBits);
  }

 private:
  static constexpr unsigned kBits = 8 * sizeof(UInt);
  static constexpr UInt kMax = static_cast<UInt>(~UInt{0});

  UInt next() {
    if (left_ == 0) {
      word_ = bits_.next_uint32();
      left_ = 32 / kBits;
    } else {
      word_ >>= kBits;
    }
    --left_;
    return static_cast<UInt>(word_);
  }

  BitSource& bits_;
  std::uint32_t word_ = 0;
  unsigned left_ = 0;
};

}  // namespace plyo::spaces
