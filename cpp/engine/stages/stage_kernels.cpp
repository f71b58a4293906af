#include "stage_kernels.hpp"

#include <cstring>

namespace plyo {
namespace {

// Lanes of a block beside which an errand goes on. GCC unrolls loops of up to 16 rounds before it could make vector code
// of them.
constexpr std::size_t kLanesBeside = 32;

PLYO_ALWAYS_INLINE void add_rewards_of(double* PLYO_RESTRICT returns, std::int64_t* PLYO_RESTRICT lengths,
                                       const double* PLYO_RESTRICT rewards, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) returns[i] += rewards[i];
  for (std::size_t i = 0; i < count; ++i) lengths[i] += 1;
}

void add_rewards(double* PLYO_RESTRICT returns, std::int64_t* PLYO_RESTRICT lengths,
                 const double* PLYO_RESTRICT rewards, std::size_t count, RowErrand* errand) {
  const std::size_t done = work_beside<kLanesBeside, kLanesBeside / 2>(errand, count, [&](std::size_t i) {
    add_rewards_of(returns + i, lengths + i, rewards + i, kLanesBeside);
  });
  add_rewards_of(returns + done, lengths + done, rewards + done, count - done);
}

PLYO_ALWAYS_INLINE void discount_of(float* PLYO_RESTRICT returns, const float* PLYO_RESTRICT last_returns,
                                    const double* PLYO_RESTRICT rewards,
                                    const std::uint8_t* PLYO_RESTRICT terminated,
                                    const std::uint8_t* PLYO_RESTRICT inactive, float gamma,
                                    std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    // the product is rounded to float32 before the reward is added, as Gymnasium does it
    const float discounted = (returns[i] + last_returns[i]) * gamma;
    const float goes_on = terminated[i] != 0 ? 0.0F : 1.0F;  // an exact factor, as narrow as the other
    const auto now = static_cast<float>(static_cast<double>(discounted * goes_on) + rewards[i]);
    returns[i] = inactive[i] != 0 ? returns[i] : now;
  }
}

void discount(float* PLYO_RESTRICT returns, const float* PLYO_RESTRICT last_returns,
              const double* PLYO_RESTRICT rewards, const std::uint8_t* PLYO_RESTRICT terminated,
              const std::uint8_t* PLYO_RESTRICT inactive, float gamma, std::size_t count, RowErrand* errand) {
  const std::size_t done = work_beside<kLanesBeside, kLanesBeside / 2>(errand, count, [&](std::size_t i) {
    discount_of(returns + i, last_returns + i, rewards + i, terminated + i, inactive + i, gamma,
                kLanesBeside);
  });
  discount_of(returns + done, last_returns + done, rewards + done, terminated + done, inactive + done, gamma,
              count - done);
}

void mark_ended(const std::uint8_t* PLYO_RESTRICT terminated, const std::uint8_t* PLYO_RESTRICT truncated,
                std::uint8_t* PLYO_RESTRICT marks, std::size_t count) {
  // flags may stand in arrays that another thread writes: one bit is all that is taken of each
  for (std::size_t i = 0; i < count; ++i) {
    marks[i] = static_cast<std::uint8_t>((terminated[i] | truncated[i]) & 1);
  }
}

void divide(double* rewards, double divisor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) rewards[i] /= divisor;
}

// Copies the unmarked numbers of eight to `kept`, where there is room for all; returns how many there are.
PLYO_ALWAYS_INLINE std::size_t keep_of_eight(const float* PLYO_RESTRICT values,
                                             const std::uint8_t* PLYO_RESTRICT marks,
                                             float* PLYO_RESTRICT kept) {
  std::uint64_t any = 0;
  std::memcpy(&any, marks, 8);
  if (any == 0) {
    std::memcpy(kept, values, 8 * sizeof(float));
    return 8;
  }
  std::size_t number = 0;
  for (std::size_t k = 0; k < 8; ++k) {  // one that does not count is overwritten
    kept[number] = values[k];
    number += marks[k] == 0 ? 1 : 0;
  }
  return number;
}

std::size_t keep_unmarked(const float* PLYO_RESTRICT values, const std::uint8_t* PLYO_RESTRICT marks,
                          std::size_t count, float* PLYO_RESTRICT kept, RowErrand* errand) {
  std::size_t number = 0;
  const auto keep_eight = [&](std::size_t i) {
    number += keep_of_eight(values + i, marks + i, kept + number);
  };
  std::size_t i = work_beside<8, 4>(errand, count, keep_eight);
  for (; i + 8 <= count; i += 8) keep_eight(i);
  for (; i < count; ++i) {
    kept[number] = values[i];
    number += marks[i] == 0 ? 1 : 0;
  }
  return number;
}

void clear(double* PLYO_RESTRICT returns, std::int64_t* PLYO_RESTRICT lengths, double* PLYO_RESTRICT times,
           std::size_t count, RowErrand* errand) {
  constexpr std::size_t kFew = 8;  // so few are a few stores, and no call
  const std::size_t done = work_beside<kLanesBeside, kLanesBeside / 2>(errand, count, [&](std::size_t i) {
    for (std::size_t k = i; k < i + kLanesBeside; k += kFew) {
      std::memset(returns + k, 0, kFew * sizeof(*returns));
      std::memset(lengths + k, 0, kFew * sizeof(*lengths));
      std::memset(times + k, 0, kFew * sizeof(*times));
    }
  });
  std::memset(returns + done, 0, (count - done) * sizeof(*returns));
  std::memset(lengths + done, 0, (count - done) * sizeof(*lengths));
  std::memset(times + done, 0, (count - done) * sizeof(*times));
}

template <Isa kIsa>
struct StageKernelsFor {
  static constexpr StageKernels table{compiled_for<kIsa, &add_rewards>(),   compiled_for<kIsa, &discount>(),
                                      compiled_for<kIsa, &mark_ended>(),    compiled_for<kIsa, &divide>(),
                                      compiled_for<kIsa, &keep_unmarked>(), compiled_for<kIsa, &clear>()};
};

constexpr ByIsa<StageKernels> kStageKernels = every_isa<StageKernels, StageKernelsFor>();

}  // namespace

const StageKernels& stage_kernels(Isa isa) { return *kStageKernels.find(isa); }

}  // namespace plyo
