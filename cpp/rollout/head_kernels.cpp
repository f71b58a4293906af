#include "head_kernels.hpp"

#include "activations.hpp"

namespace plyo {
namespace {

constexpr float kLogOfTwo = 0x1.62e43p-1F;
constexpr float kHalfLogOfTwoPi = 0x1.d67f1cp-1F;

// The functions below work on kLanes lanes, a constant, so that their loops need no rest; the results of lanes
// beyond the block's are left out.
PLYO_ALWAYS_INLINE void give(const HeadBlock& block, const float* numbers, float* to) {
  if (to == nullptr) return;
  for (std::size_t i = 0; i < block.lanes; ++i) to[i] = numbers[i];
}

PLYO_ALWAYS_INLINE void give(const HeadBlock& block, const std::int32_t* numbers, std::int64_t* to) {
  for (std::size_t i = 0; i < block.lanes; ++i) to[i] = numbers[i];
}

template <std::size_t kLanes>
PLYO_ALWAYS_INLINE void argmax_of(const HeadBlock& block, std::size_t num_choices, std::int64_t* choices) {
  alignas(64) float best[kLanes];
  alignas(64) std::int32_t chosen[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) best[i] = block.outputs[i];
  for (std::size_t i = 0; i < kLanes; ++i) chosen[i] = 0;
  for (std::size_t a = 1; a < num_choices; ++a) {
    const float* const plane = block.outputs + a * kBlockLanes;
    const auto choice = static_cast<std::int32_t>(a);
    for (std::size_t i = 0; i < kLanes; ++i) {
      const bool larger = plane[i] > best[i];
      best[i] = larger ? plane[i] : best[i];
      chosen[i] = larger ? choice : chosen[i];
    }
  }
  give(block, chosen, choices);
}

template <std::size_t kLanes>
PLYO_ALWAYS_INLINE void categorical_of(const HeadBlock& block, std::size_t num_choices,
                                       std::int64_t* choices) {
  const float* PLYO_RESTRICT const logits = block.outputs;
  float* PLYO_RESTRICT const shifted = block.scratch;  // logits less the largest
  float* PLYO_RESTRICT const powers = block.scratch + num_choices * kBlockLanes;
  alignas(64) float top[kLanes], total[kLanes], weighted[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) top[i] = logits[i];
  for (std::size_t a = 1; a < num_choices; ++a) {
    for (std::size_t i = 0; i < kLanes; ++i) top[i] = math::max(top[i], logits[a * kBlockLanes + i]);
  }
  for (std::size_t i = 0; i < kLanes; ++i) total[i] = weighted[i] = 0.0F;
  for (std::size_t a = 0; a < num_choices; ++a) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const float less = logits[a * kBlockLanes + i] - top[i];
      const float power = nn::exp(less);
      shifted[a * kBlockLanes + i] = less;
      powers[a * kBlockLanes + i] = power;
      total[i] += power;
      weighted[i] += power * less;
    }
  }
  // the last choice whose preceding probabilities do not exceed a number between 0 and 1: odd multiples of 2^-24
  alignas(64) float target[kLanes], sum[kLanes], picked[kLanes];
  alignas(64) std::int32_t chosen[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) {
    const auto odd = static_cast<std::int32_t>((block.words[i] >> 41) * 2 + 1);
    target[i] = static_cast<float>(odd) * 0x1p-24F * total[i];
  }
  for (std::size_t i = 0; i < kLanes; ++i) sum[i] = picked[i] = 0.0F;
  for (std::size_t i = 0; i < kLanes; ++i) chosen[i] = 0;
  for (std::size_t a = 0; a < num_choices; ++a) {
    const auto choice = static_cast<std::int32_t>(a);
    for (std::size_t i = 0; i < kLanes; ++i) {
      const bool reached = target[i] >= sum[i];
      picked[i] = reached ? shifted[a * kBlockLanes + i] : picked[i];
      chosen[i] = reached ? choice : chosen[i];
      sum[i] += powers[a * kBlockLanes + i];
    }
  }
  give(block, chosen, choices);
  if (block.log_probs == nullptr && block.entropies == nullptr) return;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const float log_total = math::log(total[i]);
    picked[i] = picked[i] - log_total;
    weighted[i] = log_total - weighted[i] / total[i];
  }
  give(block, picked, block.log_probs);
  give(block, weighted, block.entropies);
}

// Normals of a Gaussian head, two from each word.
template <std::size_t kLanes>
struct Normals {
  alignas(64) float radius[kLanes], angle[kLanes], normal[kLanes];

  // Those of element `a`, after those before it.
  PLYO_ALWAYS_INLINE void draw(const HeadBlock& block, std::size_t a) {
    if (a % 2 == 1) {
      for (std::size_t i = 0; i < kLanes; ++i) normal[i] = radius[i] * math::sin(angle[i]);
      return;
    }
    // the radius from the upper half of a word, between 2^-32 and 1, and the angle from its lower half
    const std::uint64_t* PLYO_RESTRICT const words = block.words + a / 2 * kBlockLanes;
    for (std::size_t i = 0; i < kLanes; ++i) {
      const auto upper = static_cast<std::int32_t>(words[i] >> 33);
      const auto lower = static_cast<std::int32_t>(static_cast<std::uint32_t>(words[i]));
      const float u = static_cast<float>(upper) * 0x1p-31F + 0x1p-32F;
      radius[i] = nn::sqrt(-2.0F * math::log(u));
      angle[i] = static_cast<float>(lower) * (0x1.921fb6p+1F * 0x1p-31F);
    }
    for (std::size_t i = 0; i < kLanes; ++i) normal[i] = radius[i] * math::cos(angle[i]);
  }
};

template <std::size_t kLanes>
PLYO_ALWAYS_INLINE void gaussian_of(const HeadBlock& block, std::size_t size, const float* log_std,
                                    float* PLYO_RESTRICT draws) {
  const float* PLYO_RESTRICT const means = block.outputs;
  Normals<kLanes> normals;
  const float* const normal = normals.normal;
  alignas(64) float log_prob[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) log_prob[i] = 0.0F;
  float entropy = 0.0F;
  for (std::size_t a = 0; a < size; ++a) {
    normals.draw(block, a);
    const float std = math::exp(log_std[a]);
    const float constant = log_std[a] + kHalfLogOfTwoPi;
    entropy += constant + 0.5F;
    for (std::size_t i = 0; i < kLanes; ++i) {
      draws[a * kBlockLanes + i] = means[a * kBlockLanes + i] + std * normal[i];
      log_prob[i] -= 0.5F * normal[i] * normal[i] + constant;
    }
  }
  give(block, log_prob, block.log_probs);
  if (block.entropies == nullptr) return;
  for (std::size_t i = 0; i < block.lanes; ++i) block.entropies[i] = entropy;
}

template <std::size_t kLanes>
PLYO_ALWAYS_INLINE void gaussian_of_outputs_of(const HeadBlock& block, std::size_t size,
                                               const LogStdRange& range, float* PLYO_RESTRICT draws) {
  Normals<kLanes> normals;
  const float* const normal = normals.normal;
  alignas(64) float log_prob[kLanes], entropy[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) log_prob[i] = entropy[i] = 0.0F;
  for (std::size_t a = 0; a < size; ++a) {
    normals.draw(block, a);
    const float* PLYO_RESTRICT const means = block.outputs + a * kBlockLanes;
    const float* PLYO_RESTRICT const log_stds = block.outputs + (size + a) * kBlockLanes;
    for (std::size_t i = 0; i < kLanes; ++i) {
      const float log_std = math::clip(log_stds[i], range.low, range.high);
      const float constant = log_std + kHalfLogOfTwoPi;
      draws[a * kBlockLanes + i] = means[i] + math::exp(log_std) * normal[i];
      entropy[i] += constant + 0.5F;
      log_prob[i] -= 0.5F * normal[i] * normal[i] + constant;
    }
  }
  give(block, log_prob, block.log_probs);
  give(block, entropy, block.entropies);
}

template <std::size_t kLanes>
PLYO_ALWAYS_INLINE void squash_of(const HeadBlock& block, std::size_t size, float log_ranges,
                                  float* PLYO_RESTRICT draws) {
  alignas(64) float change[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) change[i] = log_ranges;
  if (block.log_probs != nullptr) {
    for (std::size_t a = 0; a < size; ++a) {
      // log(1 - tanh(x)^2) = 2 (log(2) - |x| - log(1 + exp(-2 |x|)))
      for (std::size_t i = 0; i < kLanes; ++i) {
        const float x = math::abs(draws[a * kBlockLanes + i]);
        const float rest = math::log(1.0F + nn::exp(-2.0F * x));
        change[i] += 2.0F * ((kLogOfTwo - x) - rest);
      }
    }
    for (std::size_t i = 0; i < block.lanes; ++i) block.log_probs[i] -= change[i];
  }
  for (std::size_t a = 0; a < size; ++a) {
    float* PLYO_RESTRICT const plane = draws + a * kBlockLanes;
    for (std::size_t i = 0; i < kLanes; ++i) plane[i] = nn::tanh(plane[i]);
  }
}

PLYO_ALWAYS_INLINE void argmax(const HeadBlock& block, std::size_t num_choices, std::int64_t* choices) {
  if (block.lanes <= kLaneGroup) return argmax_of<kLaneGroup>(block, num_choices, choices);
  argmax_of<kBlockLanes>(block, num_choices, choices);
}

PLYO_ALWAYS_INLINE void categorical(const HeadBlock& block, std::size_t num_choices, std::int64_t* choices) {
  if (block.lanes <= kLaneGroup) return categorical_of<kLaneGroup>(block, num_choices, choices);
  categorical_of<kBlockLanes>(block, num_choices, choices);
}

PLYO_ALWAYS_INLINE void gaussian(const HeadBlock& block, std::size_t size, const float* log_std,
                                 float* draws) {
  if (block.lanes <= kLaneGroup) return gaussian_of<kLaneGroup>(block, size, log_std, draws);
  gaussian_of<kBlockLanes>(block, size, log_std, draws);
}

PLYO_ALWAYS_INLINE void gaussian_of_outputs(const HeadBlock& block, std::size_t size,
                                            const LogStdRange& range, float* draws) {
  if (block.lanes <= kLaneGroup) return gaussian_of_outputs_of<kLaneGroup>(block, size, range, draws);
  gaussian_of_outputs_of<kBlockLanes>(block, size, range, draws);
}

PLYO_ALWAYS_INLINE void squash(const HeadBlock& block, std::size_t size, float log_ranges, float* draws) {
  if (block.lanes <= kLaneGroup) return squash_of<kLaneGroup>(block, size, log_ranges, draws);
  squash_of<kBlockLanes>(block, size, log_ranges, draws);
}

template <Isa kIsa>
struct HeadKernelsFor {
  static constexpr HeadKernels table{
      compiled_for<kIsa, &argmax>(), compiled_for<kIsa, &categorical>(), compiled_for<kIsa, &gaussian>(),
      compiled_for<kIsa, &gaussian_of_outputs>(), compiled_for<kIsa, &squash>()};
};

constexpr ByIsa<HeadKernels> kHeadKernels = every_isa<HeadKernels, HeadKernelsFor>();

}  // namespace

const HeadKernels& head_kernels(Isa isa) { return *kHeadKernels.find(isa); }

}  // namespace plyo
