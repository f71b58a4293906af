#include "stage_kernels.hpp"

#include <bit>

namespace plyo {
namespace {

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

void add_rewards(double* PLYO_RESTRICT returns, std::int64_t* PLYO_RESTRICT lengths,
                 const double* PLYO_RESTRICT rewards, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) returns[i] += rewards[i];
  for (std::size_t i = 0; i < count; ++i) lengths[i] += 1;
}

void discount(float* PLYO_RESTRICT returns, const float* PLYO_RESTRICT last_returns,
              const double* PLYO_RESTRICT rewards, const std::uint8_t* PLYO_RESTRICT terminated,
              const std::uint8_t* PLYO_RESTRICT inactive, float gamma, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    // the product is rounded to float32 before the reward is added, as Gymnasium does it
    const float discounted = (returns[i] + last_returns[i]) * gamma;
    const double goes_on = terminated[i] != 0 ? 0.0 : 1.0;
    const auto now = static_cast<float>(static_cast<double>(discounted) * goes_on + rewards[i]);
    returns[i] = inactive[i] != 0 ? returns[i] : now;
  }
}

void mark_ended(const std::uint8_t* PLYO_RESTRICT terminated, const std::uint8_t* PLYO_RESTRICT truncated,
                std::uint8_t* PLYO_RESTRICT marks, std::size_t count) {
  // flags may stand in arrays that another thread writes: one bit is all that is taken of each
  for (std::size_t i = 0; i < count; ++i) {
    marks[i] = static_cast<std::uint8_t>((terminated[i] | truncated[i]) & 1);
  }
}

// Many tasks give the same reward to all lanes but those that are reset: such groups take no division of their own.
void divide(double* PLYO_RESTRICT rewards, double divisor, std::size_t count) {
  constexpr std::size_t kGroup = 16;
  if (count == 0) return;
  const double common = rewards[0] != 0 ? rewards[0] : 1.0;
  const double quotient = common / divisor, nothing = 0.0 / divisor;
  std::size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    double* const group = rewards + i;
    std::uint64_t others = 0;
    for (std::size_t k = 0; k < kGroup; ++k) {
      // the bits of +0 are 0
      const std::uint64_t bits = bits_of(group[k]);
      others |= (bits == 0) | (bits == bits_of(common)) ? std::uint64_t{0} : std::uint64_t{1};
    }
    if (others == 0) {
      for (std::size_t k = 0; k < kGroup; ++k) group[k] = bits_of(group[k]) == 0 ? nothing : quotient;
    } else {
      for (std::size_t k = 0; k < kGroup; ++k) group[k] /= divisor;
    }
  }
  for (; i < count; ++i) rewards[i] /= divisor;
}

template <Isa kIsa>
struct StageKernelsFor {
  static constexpr StageKernels table{compiled_for<kIsa, &add_rewards>(), compiled_for<kIsa, &discount>(),
                                      compiled_for<kIsa, &mark_ended>(), compiled_for<kIsa, &divide>()};
};

constexpr ByIsa<StageKernels> kStageKernels = every_isa<StageKernels, StageKernelsFor>();

}  // namespace

const StageKernels& stage_kernels(Isa isa) { return *kStageKernels.find(isa); }

}  // namespace plyo
