// Four unsigned 16-bit numbers: the levels of a pixel, or sums of them.
#pragma once

#include <cstdint>

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
  static Quad16 all(std::uint16_t value) { return {_mm_set1_epi16(static_cast<short>(value))}; }
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

#endif

}  // namespace plyo::render
