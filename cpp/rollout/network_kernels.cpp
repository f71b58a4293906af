#include "network_kernels.hpp"

#include "activations.hpp"

namespace plyo {
namespace {

constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

PLYO_ALWAYS_INLINE void activate(Activation activation, float* values, std::size_t count) {
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kTanh:
      for (std::size_t i = 0; i < count; ++i) values[i] = nn::tanh(values[i]);
      return;
    case Activation::kRelu:
      for (std::size_t i = 0; i < count; ++i) values[i] = nn::relu(values[i]);
      return;
    case Activation::kSilu:
      for (std::size_t i = 0; i < count; ++i) values[i] = nn::silu(values[i]);
      return;
  }
}

template <class Number>
PLYO_ALWAYS_INLINE void to_planes(const Number* PLYO_RESTRICT rows, std::size_t pitch, std::size_t num_values,
                                  std::size_t lanes, float* PLYO_RESTRICT planes) {
  const std::size_t rounded = round_up(lanes, kLaneGroup);
  for (std::size_t k = 0; k < num_values; ++k) {
    float* const plane = planes + k * kBlockLanes;
    for (std::size_t i = 0; i < lanes; ++i) plane[i] = static_cast<float>(rows[i * pitch + k]);
    for (std::size_t i = lanes; i < rounded; ++i) plane[i] = 0.0F;
  }
}

PLYO_ALWAYS_INLINE void to_rows(const float* PLYO_RESTRICT planes, std::size_t num_values, std::size_t lanes,
                                float* PLYO_RESTRICT rows, std::size_t pitch) {
  for (std::size_t i = 0; i < lanes; ++i) {
    for (std::size_t k = 0; k < num_values; ++k) rows[i * pitch + k] = planes[k * kBlockLanes + i];
  }
}

PLYO_ALWAYS_INLINE void gru_gates(const GateValues& values, std::size_t count) {
  const float* PLYO_RESTRICT const inputs = values.from_inputs;
  const float* PLYO_RESTRICT const given = values.from_states;
  float* PLYO_RESTRICT const states = values.states;
  const std::size_t update = values.gate_pitch, fresh = 2 * values.gate_pitch;
  for (std::size_t i = 0; i < count; ++i) {
    const float r = nn::sigmoid(inputs[i] + given[i]);
    const float z = nn::sigmoid(inputs[update + i] + given[update + i]);
    const float n = nn::tanh(inputs[fresh + i] + r * given[fresh + i]);
    states[i] = n + z * (states[i] - n);
  }
}

// PLYO_UNROLL_INPUTS: loops over inputs whose counters would take a share of what a processor begins in a cycle.
#if defined(__clang__)
#define PLYO_UNROLL _Pragma("clang loop unroll(full)")
#define PLYO_UNROLL_INPUTS _Pragma("clang loop unroll_count(4)")
#elif defined(__GNUC__)
#define PLYO_UNROLL _Pragma("GCC unroll 16")
#define PLYO_UNROLL_INPUTS _Pragma("GCC unroll 4")
#else
#define PLYO_UNROLL
#define PLYO_UNROLL_INPUTS
#endif

namespace baseline {

#define PLYO_NETWORK_TARGET
constexpr Isa kIsa = Isa::kBaseline;
constexpr std::size_t kWidth = 4, kTileVectors = 2, kRowLanes = 2, kRowPanels = 1;
#if defined(__GNUC__) || defined(__clang__)
using Vector [[gnu::vector_size(16), gnu::aligned(4), gnu::may_alias]] = float;
#else
// loops that a compiler without vector types can vectorise
struct Vector {
  float numbers[kWidth];
};
inline Vector operator+(const Vector& a, const Vector& b) {
  Vector sum;
  for (std::size_t i = 0; i < kWidth; ++i) sum.numbers[i] = a.numbers[i] + b.numbers[i];
  return sum;
}
inline Vector operator*(const Vector& a, const Vector& b) {
  Vector product;
  for (std::size_t i = 0; i < kWidth; ++i) product.numbers[i] = a.numbers[i] * b.numbers[i];
  return product;
}
inline Vector operator-(float a, const Vector& b) {
  Vector difference;
  for (std::size_t i = 0; i < kWidth; ++i) difference.numbers[i] = a - b.numbers[i];
  return difference;
}
#endif
#include "network_kernels.inl"
#undef PLYO_NETWORK_TARGET

}  // namespace baseline

#if PLYO_HAS_AVX2

namespace avx2 {

#define PLYO_NETWORK_TARGET PLYO_TARGET_AVX2
constexpr Isa kIsa = Isa::kAvx2;
constexpr std::size_t kWidth = 8, kTileVectors = 2, kRowLanes = 4, kRowPanels = 1;
using Vector [[gnu::vector_size(32), gnu::aligned(4), gnu::may_alias]] = float;
#include "network_kernels.inl"
#undef PLYO_NETWORK_TARGET

}  // namespace avx2

#endif
#if PLYO_HAS_AVX512

namespace avx512 {

#define PLYO_NETWORK_TARGET PLYO_TARGET_AVX512
constexpr Isa kIsa = Isa::kAvx512;
constexpr std::size_t kWidth = 16, kTileVectors = 4, kRowLanes = 4, kRowPanels = 2;
using Vector [[gnu::vector_size(64), gnu::aligned(4), gnu::may_alias]] = float;
#include "network_kernels.inl"
#undef PLYO_NETWORK_TARGET

}  // namespace avx512

#endif

constexpr ByIsa<NetworkKernels> kNetworkKernels{{
    &baseline::kKernels,
#if PLYO_HAS_AVX2
    &avx2::kKernels,
#else
    nullptr,
#endif
#if PLYO_HAS_AVX512
    &avx512::kKernels,
#else
    nullptr,
#endif
}};

}  // namespace

const NetworkKernels& network_kernels(Isa isa) { return *kNetworkKernels.find(isa); }

}  // namespace plyo
