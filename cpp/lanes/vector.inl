// The functions on vectors of lanes, for one instruction set: included by for_each_isa.inl, in a namespace of
// its own. They are templates over the vector type, which may be narrower than the set's registers; one lane
// is a plain number.

template <class Vector>
PLYO_LANES Vector select(const lanes::Mask<Vector>& condition, const Vector& yes, const Vector& no) {
  return condition ? yes : no;
}

// Whether the condition holds in any lane, in all lanes.
PLYO_LANES bool any(bool condition) { return condition; }
PLYO_LANES bool all(bool condition) { return condition; }

// A condition that holds where the other does not.
PLYO_LANES bool opposite(bool condition) { return !condition; }
template <class AnyMask>
PLYO_LANES AnyMask opposite(const AnyMask& condition) {
  return ~condition;
}
PLYO_LANES bool both(bool a, bool b) { return a && b; }
template <class AnyMask>
PLYO_LANES AnyMask both(const AnyMask& a, const AnyMask& b) {
  return a & b;
}
PLYO_LANES bool either(bool a, bool b) { return a || b; }
template <class AnyMask>
PLYO_LANES AnyMask either(const AnyMask& a, const AnyMask& b) {
  return a | b;
}

// `a < b ? a : b` and `a > b ? a : b`: if one is NaN, or both are zeros, `b`. This is one instruction, and
// the order of Box2D's and MuJoCo's functions.
PLYO_LANES float min(float a, float b) { return a < b ? a : b; }
PLYO_LANES float max(float a, float b) { return a > b ? a : b; }
PLYO_LANES double min(double a, double b) { return a < b ? a : b; }
PLYO_LANES double max(double a, double b) { return a > b ? a : b; }

PLYO_LANES float sqrt(float x) { return std::sqrt(x); }
PLYO_LANES double sqrt(double x) { return std::sqrt(x); }

// Loads and stores; the address has the alignment of a number.
template <class Vector>
PLYO_LANES Vector load(const lanes::NumberOf<Vector>* from) {
  Vector value;
  std::memcpy(&value, from, sizeof(Vector));
  return value;
}
template <class Vector>
PLYO_LANES void store(lanes::NumberOf<Vector>* to, const Vector& value) {
  std::memcpy(to, &value, sizeof(Vector));
}

// The same number in all lanes. (Adding it to a vector of zeros would turn -0 into 0.)
template <class Vector>
PLYO_LANES Vector broadcast(lanes::NumberOf<Vector> number) {
  if constexpr (lanes::kLanesOf<Vector> == 1) {
    return number;
  } else {
    return number - Vector{};
  }
}

// The number at `from[indices[lane]]` in each lane.
template <class Vector>
PLYO_LANES Vector gather(const lanes::NumberOf<Vector>* from, const std::uint32_t* indices) {
  lanes::NumberOf<Vector> numbers[lanes::kLanesOf<Vector>];
  for (std::size_t i = 0; i < lanes::kLanesOf<Vector>; ++i) numbers[i] = from[indices[i]];
  return load<Vector>(numbers);
}

#if PLYO_HAS_X86_VARIANTS

PLYO_LANES lanes::Vector<float, 4> min(lanes::Vector<float, 4> a, lanes::Vector<float, 4> b) {
  return _mm_min_ps(a, b);
}
PLYO_LANES lanes::Vector<float, 4> max(lanes::Vector<float, 4> a, lanes::Vector<float, 4> b) {
  return _mm_max_ps(a, b);
}
PLYO_LANES lanes::Vector<float, 4> sqrt(lanes::Vector<float, 4> x) { return _mm_sqrt_ps(x); }
PLYO_LANES lanes::Vector<double, 2> min(lanes::Vector<double, 2> a, lanes::Vector<double, 2> b) {
  return _mm_min_pd(a, b);
}
PLYO_LANES lanes::Vector<double, 2> max(lanes::Vector<double, 2> a, lanes::Vector<double, 2> b) {
  return _mm_max_pd(a, b);
}
PLYO_LANES lanes::Vector<double, 2> sqrt(lanes::Vector<double, 2> x) { return _mm_sqrt_pd(x); }

// Masks are vectors of integers; the sign bits are gathered.
PLYO_LANES bool any(lanes::Mask<lanes::Vector<float, 4>> mask) {
  return _mm_movemask_ps(reinterpret_cast<__m128>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<float, 4>> mask) {
  return _mm_movemask_ps(reinterpret_cast<__m128>(mask)) == 0xF;
}
PLYO_LANES bool any(lanes::Mask<lanes::Vector<double, 2>> mask) {
  return _mm_movemask_pd(reinterpret_cast<__m128d>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<double, 2>> mask) {
  return _mm_movemask_pd(reinterpret_cast<__m128d>(mask)) == 0x3;
}

#if PLYO_LANES_BITS >= 256
PLYO_LANES lanes::Vector<float, 8> min(lanes::Vector<float, 8> a, lanes::Vector<float, 8> b) {
  return _mm256_min_ps(a, b);
}
PLYO_LANES lanes::Vector<float, 8> max(lanes::Vector<float, 8> a, lanes::Vector<float, 8> b) {
  return _mm256_max_ps(a, b);
}
PLYO_LANES lanes::Vector<float, 8> sqrt(lanes::Vector<float, 8> x) { return _mm256_sqrt_ps(x); }
PLYO_LANES lanes::Vector<double, 4> min(lanes::Vector<double, 4> a, lanes::Vector<double, 4> b) {
  return _mm256_min_pd(a, b);
}
PLYO_LANES lanes::Vector<double, 4> max(lanes::Vector<double, 4> a, lanes::Vector<double, 4> b) {
  return _mm256_max_pd(a, b);
}
PLYO_LANES lanes::Vector<double, 4> sqrt(lanes::Vector<double, 4> x) { return _mm256_sqrt_pd(x); }

PLYO_LANES bool any(lanes::Mask<lanes::Vector<float, 8>> mask) {
  return _mm256_movemask_ps(reinterpret_cast<__m256>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<float, 8>> mask) {
  return _mm256_movemask_ps(reinterpret_cast<__m256>(mask)) == 0xFF;
}
PLYO_LANES bool any(lanes::Mask<lanes::Vector<double, 4>> mask) {
  return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<double, 4>> mask) {
  return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask)) == 0xF;
}
#endif

#if PLYO_LANES_BITS >= 512
// Full masks: GCC 12 warns of the variable that its own functions without masks leave undefined.
PLYO_LANES lanes::Vector<float, 16> min(lanes::Vector<float, 16> a, lanes::Vector<float, 16> b) {
  return _mm512_maskz_min_ps(0xFFFF, a, b);
}
PLYO_LANES lanes::Vector<float, 16> max(lanes::Vector<float, 16> a, lanes::Vector<float, 16> b) {
  return _mm512_maskz_max_ps(0xFFFF, a, b);
}
PLYO_LANES lanes::Vector<float, 16> sqrt(lanes::Vector<float, 16> x) {
  return _mm512_maskz_sqrt_ps(0xFFFF, x);
}
PLYO_LANES lanes::Vector<double, 8> min(lanes::Vector<double, 8> a, lanes::Vector<double, 8> b) {
  return _mm512_maskz_min_pd(0xFF, a, b);
}
PLYO_LANES lanes::Vector<double, 8> max(lanes::Vector<double, 8> a, lanes::Vector<double, 8> b) {
  return _mm512_maskz_max_pd(0xFF, a, b);
}
PLYO_LANES lanes::Vector<double, 8> sqrt(lanes::Vector<double, 8> x) { return _mm512_maskz_sqrt_pd(0xFF, x); }

PLYO_LANES bool any(lanes::Mask<lanes::Vector<float, 16>> mask) {
  return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<float, 16>> mask) {
  return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)) == 0xFFFF;
}
PLYO_LANES bool any(lanes::Mask<lanes::Vector<double, 8>> mask) {
  return _mm512_movepi64_mask(reinterpret_cast<__m512i>(mask)) != 0;
}
PLYO_LANES bool all(lanes::Mask<lanes::Vector<double, 8>> mask) {
  return _mm512_movepi64_mask(reinterpret_cast<__m512i>(mask)) == 0xFF;
}
#endif

#elif defined(__GNUC__) || defined(__clang__)

// Without x86: the compilers turn these loops and selects into the machine's own instructions.
template <class Vector>
PLYO_LANES Vector min(const Vector& a, const Vector& b) {
  return a < b ? a : b;
}
template <class Vector>
PLYO_LANES Vector max(const Vector& a, const Vector& b) {
  return a > b ? a : b;
}
template <class Vector>
PLYO_LANES Vector sqrt(const Vector& x) {
  Vector roots;
  for (std::size_t i = 0; i < lanes::kLanesOf<Vector>; ++i) roots[i] = std::sqrt(x[i]);
  return roots;
}
template <class AnyMask>
PLYO_LANES bool any(const AnyMask& mask) {
  bool found = false;
  for (std::size_t i = 0; i < sizeof(mask) / sizeof(mask[0]); ++i) found |= mask[i] != 0;
  return found;
}
template <class AnyMask>
PLYO_LANES bool all(const AnyMask& mask) {
  bool found = true;
  for (std::size_t i = 0; i < sizeof(mask) / sizeof(mask[0]); ++i) found &= mask[i] != 0;
  return found;
}

#endif
