// Four unsigned 16-bit numbers: the levels of a pixel, or sums of them; and eight of them, those of two pixels.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace plyo::render {

#if defined(__SSE2__)

struct Quad16 {
  __m128i lanes = _mm_setzero_si128();

  static Quad16 load(const std::uint16_t* from) {
    return {_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))};
  }
  static Quad16 all(std::uint16_t value) { return {_mm_shufflelo_epi16(_mm_cvtsi32_si128(value), 0)}; }
  void store(std::uint16_t* to) const { _mm_storel_epi64(reinterpret_cast<__m128i*>(to), lanes); }

  friend Quad16 operator+(Quad16 a, Quad16 b) { return {_mm_add_epi16(a.lanes, b.lanes)}; }
  friend Quad16 operator-(Quad16 a, Quad16 b) { return {_mm_sub_epi16(a.lanes, b.lanes)}; }
  friend Quad16 operator*(Quad16 a, Quad16 b) { return {_mm_mullo_epi16(a.lanes, b.lanes)}; }
  template <int kBits>
  Quad16 shifted() const {
    return {_mm_slli_epi16(lanes, kBits)};
  }
};

// The upper halves of the products, of unsigned numbers and of signed ones.
inline Quad16 high(Quad16 a, Quad16 b) { return {_mm_mulhi_epu16(a.lanes, b.lanes)}; }
inline Quad16 signed_high(Quad16 a, Quad16 b) { return {_mm_mulhi_epi16(a.lanes, b.lanes)}; }

struct Octet16 {
  __m128i lanes = _mm_setzero_si128();

  static Octet16 load(const std::uint16_t* from) {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
  }
  static Octet16 all(std::uint16_t value) { return {_mm_set1_epi16(static_cast<short>(value))}; }
  void store(std::uint16_t* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), lanes); }

  friend Octet16 operator+(Octet16 a, Octet16 b) { return {_mm_add_epi16(a.lanes, b.lanes)}; }
  template <int kBits>
  Octet16 shifted() const {
    return {_mm_slli_epi16(lanes, kBits)};
  }
  // The first pixel, and the sum of both; twice the second pixel.
  Octet16 summed() const { return {_mm_add_epi16(lanes, _mm_slli_si128(lanes, 8))}; }
  Octet16 second_twice() const { return {_mm_unpackhi_epi64(lanes, lanes)}; }
  // The lower bytes of all, the first lowest, if the upper ones are zero.
  std::uint64_t bytes() const {
    std::uint64_t result;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(&result), _mm_packus_epi16(lanes, lanes));
    return result;
  }
};
inline Octet16 twice(Quad16 a) { return {_mm_unpacklo_epi64(a.lanes, a.lanes)}; }
inline Octet16 join(Quad16 a, Quad16 b) { return {_mm_unpacklo_epi64(a.lanes, b.lanes)}; }
// The first halves of both, and the second ones.
inline Octet16 firsts(Octet16 a, Octet16 b) { return {_mm_unpacklo_epi64(a.lanes, b.lanes)}; }
inline Octet16 seconds(Octet16 a, Octet16 b) { return {_mm_unpackhi_epi64(a.lanes, b.lanes)}; }
inline Octet16 high(Octet16 a, Octet16 b) { return {_mm_mulhi_epu16(a.lanes, b.lanes)}; }

// Which of sixteen numbers are not zero: bit i for number i. Here they are signed, and at most 32767 apart from zero.
inline std::uint32_t nonzero_of(const std::int16_t (&numbers)[16]) {
  const __m128i* const halves = reinterpret_cast<const __m128i*>(numbers);
  const __m128i zero = _mm_cmpeq_epi8(_mm_packs_epi16(_mm_loadu_si128(halves), _mm_loadu_si128(halves + 1)),
                                      _mm_setzero_si128());
  return static_cast<std::uint32_t>(_mm_movemask_epi8(zero)) ^ 0xFFFFU;
}

// How many of eight signed numbers, in ascending order, are at most `most`.
inline std::uint32_t count_up_to(const std::int16_t* numbers, std::int16_t most) {
  const __m128i more =
      _mm_cmpgt_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers)), _mm_set1_epi16(most));
  return static_cast<std::uint32_t>(
             std::countr_zero(static_cast<std::uint32_t>(_mm_movemask_epi8(more)) | 0x10000U)) /
         2;
}

#else

struct Quad16 {
  std::uint16_t lanes[4] = {};

  static Quad16 load(const std::uint16_t* from) { return {{from[0], from[1], from[2], from[3]}}; }
  static Quad16 all(std::uint16_t value) { return {{value, value, value, value}}; }
  void store(std::uint16_t* to) const {
    for (int i = 0; i < 4; ++i) to[i] = lanes[i];
  }
  // Each lane from those of both.
  template <class Function>
  static Quad16 of(const Quad16& a, const Quad16& b, Function function) {
    Quad16 result;
    for (int i = 0; i < 4; ++i) {
      result.lanes[i] = static_cast<std::uint16_t>(function(a.lanes[i], b.lanes[i]));
    }
    return result;
  }

  friend Quad16 operator+(const Quad16& a, const Quad16& b) {
    return of(a, b, [](std::uint32_t x, std::uint32_t y) { return x + y; });
  }
  friend Quad16 operator-(const Quad16& a, const Quad16& b) {
    return of(a, b, [](std::uint32_t x, std::uint32_t y) { return x - y; });
  }
  friend Quad16 operator*(const Quad16& a, const Quad16& b) {
    return of(a, b, [](std::uint32_t x, std::uint32_t y) { return x * y; });
  }
  template <int kBits>
  Quad16 shifted() const {
    return of(*this, *this, [](std::uint32_t x, std::uint32_t) { return x << kBits; });
  }
};

inline Quad16 high(const Quad16& a, const Quad16& b) {
  return Quad16::of(a, b, [](std::uint32_t x, std::uint32_t y) { return x * y >> 16; });
}
inline Quad16 signed_high(const Quad16& a, const Quad16& b) {
  return Quad16::of(a, b, [](std::uint16_t x, std::uint16_t y) {
    return static_cast<std::int16_t>(x) * static_cast<std::int16_t>(y) >> 16;
  });
}

struct Octet16 {
  std::uint16_t lanes[8] = {};

  static Octet16 load(const std::uint16_t* from) {
    Octet16 result;
    std::memcpy(result.lanes, from, sizeof(result.lanes));
    return result;
  }
  static Octet16 all(std::uint16_t value) {
    return {{value, value, value, value, value, value, value, value}};
  }
  void store(std::uint16_t* to) const { std::memcpy(to, lanes, sizeof(lanes)); }
  // Each lane from a number.
  template <class Function>
  static Octet16 of(Function function) {
    Octet16 result;
    for (int i = 0; i < 8; ++i) result.lanes[i] = static_cast<std::uint16_t>(function(i));
    return result;
  }

  friend Octet16 operator+(const Octet16& a, const Octet16& b) {
    return of([&](int i) { return a.lanes[i] + b.lanes[i]; });
  }
  template <int kBits>
  Octet16 shifted() const {
    return of([&](int i) { return lanes[i] << kBits; });
  }
  Octet16 summed() const {
    return of([&](int i) { return i < 4 ? lanes[i] : lanes[i] + lanes[i - 4]; });
  }
  Octet16 second_twice() const {
    return of([&](int i) { return lanes[4 + i % 4]; });
  }
  std::uint64_t bytes() const {
    std::uint64_t result = 0;
    for (int i = 0; i < 8; ++i) result |= static_cast<std::uint64_t>(lanes[i] & 255) << (8 * i);
    return result;
  }
};
inline Octet16 twice(const Quad16& a) {
  return Octet16::of([&](int i) { return a.lanes[i % 4]; });
}
inline Octet16 join(const Quad16& a, const Quad16& b) {
  return Octet16::of([&](int i) { return i < 4 ? a.lanes[i] : b.lanes[i - 4]; });
}
inline Octet16 firsts(const Octet16& a, const Octet16& b) {
  return Octet16::of([&](int i) { return i < 4 ? a.lanes[i] : b.lanes[i - 4]; });
}
inline Octet16 seconds(const Octet16& a, const Octet16& b) {
  return Octet16::of([&](int i) { return i < 4 ? a.lanes[i + 4] : b.lanes[i]; });
}
inline Octet16 high(const Octet16& a, const Octet16& b) {
  return Octet16::of([&](int i) { return static_cast<std::uint32_t>(a.lanes[i]) * b.lanes[i] >> 16; });
}
inline std::uint32_t nonzero_of(const std::int16_t (&numbers)[16]) {
  std::uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= static_cast<std::uint32_t>(numbers[i] != 0) << i;
  return bits;
}
inline std::uint32_t count_up_to(const std::int16_t* numbers, std::int16_t most) {
  std::uint32_t count = 0;
  for (int i = 0; i < 8; ++i) count += numbers[i] <= most ? 1 : 0;
  return count;
}

#endif

}  // namespace plyo::render
