#include "returns_kernels.hpp"

#include "activations.hpp"

namespace plyo {
namespace {

// Lanes that go back in time together: their running sums stay in the first-level cache, and the runs of a row are
// long enough for the processor to foresee.
constexpr std::size_t kColumns = 512;

PLYO_ALWAYS_INLINE float power_of(float x) { return nn::exp(x); }
PLYO_ALWAYS_INLINE double power_of(double x) { return math::exp(x); }

constexpr std::size_t columns_from(std::size_t first, std::size_t num_lanes) {
  return num_lanes - first < kColumns ? num_lanes - first : kColumns;
}

template <bool kOwnNext, class Number>
PLYO_ALWAYS_INLINE void gae_of(const RewardArrays<Number>& steps, Number gamma, Number lambda,
                               Number* PLYO_RESTRICT advantages, Number* PLYO_RESTRICT returns) {
  const Number factor = gamma * lambda;
  for (std::size_t first = 0; first < steps.num_lanes; first += kColumns) {
    const std::size_t count = columns_from(first, steps.num_lanes);
    alignas(64) Number carried[kColumns], next[kColumns];
    for (std::size_t i = 0; i < count; ++i) carried[i] = 0;
    for (std::size_t i = 0; !kOwnNext && i < count; ++i) next[i] = steps.last_values[first + i];
    for (std::size_t t = steps.num_steps; t-- > 0;) {
      const Number* PLYO_RESTRICT const rewards = steps.rewards + t * steps.pitch + first;
      const Number* PLYO_RESTRICT const values = steps.values + t * steps.pitch + first;
      const Number* PLYO_RESTRICT const own = kOwnNext ? steps.next_values + t * steps.pitch + first : next;
      const std::uint8_t* PLYO_RESTRICT const flags = steps.flags + t * steps.pitch + first;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t flag = flags[i];
        const Number after = (flag & step_flag::kBootstraps) != 0 ? own[i] : Number{0};
        const Number later = (flag & step_flag::kContinues) != 0 ? carried[i] : Number{0};
        const Number delta = (rewards[i] + gamma * after) - values[i];
        const Number advantage = delta + factor * later;
        carried[i] = (flag & step_flag::kValid) != 0 ? advantage : Number{0};
      }
      for (std::size_t i = 0; !kOwnNext && i < count; ++i) next[i] = values[i];
      const std::size_t row = t * steps.out_pitch + first;
      for (std::size_t i = 0; advantages != nullptr && i < count; ++i) advantages[row + i] = carried[i];
      for (std::size_t i = 0; returns != nullptr && i < count; ++i) returns[row + i] = carried[i] + values[i];
    }
  }
}

template <class Number>
PLYO_ALWAYS_INLINE void gae(const RewardArrays<Number>& steps, Number gamma, Number lambda,
                            Number* advantages, Number* returns) {
  if (steps.next_values != nullptr) return gae_of<true>(steps, gamma, lambda, advantages, returns);
  gae_of<false>(steps, gamma, lambda, advantages, returns);
}

template <bool kOwnNext, class Number>
PLYO_ALWAYS_INLINE void vtrace_of(const RewardArrays<Number>& steps, const Number* log_ratios, Number gamma,
                                  Number lambda, Number rho_limit, Number c_limit,
                                  Number* PLYO_RESTRICT targets, Number* PLYO_RESTRICT advantages) {
  for (std::size_t first = 0; first < steps.num_lanes; first += kColumns) {
    const std::size_t count = columns_from(first, steps.num_lanes);
    // the target of a step less its value, and the value of the step
    alignas(64) Number carried[kColumns], next[kColumns];
    for (std::size_t i = 0; i < count; ++i) carried[i] = 0;
    for (std::size_t i = 0; !kOwnNext && i < count; ++i) next[i] = steps.last_values[first + i];
    for (std::size_t t = steps.num_steps; t-- > 0;) {
      const std::size_t row = t * steps.pitch + first;
      const Number* PLYO_RESTRICT const rewards = steps.rewards + row;
      const Number* PLYO_RESTRICT const values = steps.values + row;
      const Number* PLYO_RESTRICT const ratios = log_ratios + row;
      const Number* PLYO_RESTRICT const own = kOwnNext ? steps.next_values + row : next;
      const std::uint8_t* PLYO_RESTRICT const flags = steps.flags + row;
      Number* PLYO_RESTRICT const target = targets + t * steps.out_pitch + first;
      Number* PLYO_RESTRICT const advantage = advantages + t * steps.out_pitch + first;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t flag = flags[i];
        const Number ratio = power_of(ratios[i]);
        const Number rho = math::min(ratio, rho_limit);
        const Number c = lambda * math::min(ratio, c_limit);
        const Number after = (flag & step_flag::kBootstraps) != 0 ? own[i] : Number{0};
        const Number later = (flag & step_flag::kContinues) != 0 ? carried[i] : Number{0};
        const Number delta = rho * ((rewards[i] + gamma * after) - values[i]);
        const Number corrected = delta + (gamma * c) * later;
        const Number gain = rho * ((rewards[i] + gamma * (after + later)) - values[i]);
        const bool valid = (flag & step_flag::kValid) != 0;
        carried[i] = valid ? corrected : Number{0};
        advantage[i] = valid ? gain : Number{0};
      }
      for (std::size_t i = 0; i < count; ++i) target[i] = values[i] + carried[i];
      for (std::size_t i = 0; !kOwnNext && i < count; ++i) next[i] = values[i];
    }
  }
}

template <class Number>
PLYO_ALWAYS_INLINE void vtrace(const RewardArrays<Number>& steps, const Number* log_ratios, Number gamma,
                               Number lambda, Number rho_limit, Number c_limit, Number* targets,
                               Number* advantages) {
  if (steps.next_values != nullptr) {
    return vtrace_of<true>(steps, log_ratios, gamma, lambda, rho_limit, c_limit, targets, advantages);
  }
  vtrace_of<false>(steps, log_ratios, gamma, lambda, rho_limit, c_limit, targets, advantages);
}

template <class Number>
PLYO_ALWAYS_INLINE void discount(const RewardArrays<Number>& steps, Number gamma,
                                 Number* PLYO_RESTRICT sums) {
  for (std::size_t first = 0; first < steps.num_lanes; first += kColumns) {
    const std::size_t count = columns_from(first, steps.num_lanes);
    alignas(64) Number carried[kColumns];
    for (std::size_t i = 0; i < count; ++i) {
      carried[i] = steps.last_values == nullptr ? Number{0} : steps.last_values[first + i];
    }
    for (std::size_t t = steps.num_steps; t-- > 0;) {
      const Number* PLYO_RESTRICT const rewards = steps.rewards + t * steps.pitch + first;
      const std::uint8_t* PLYO_RESTRICT const flags = steps.flags + t * steps.pitch + first;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t flag = flags[i];
        const Number later = (flag & step_flag::kContinues) != 0 ? carried[i] : Number{0};
        carried[i] = rewards[i] + gamma * later;
      }
      Number* const out = sums + t * steps.out_pitch + first;
      for (std::size_t i = 0; i < count; ++i) out[i] = carried[i];
    }
  }
}

template <Isa kIsa>
struct ReturnsKernelsFor {
  static constexpr ReturnsKernels table{
      {compiled_for<kIsa, &gae<float>>(), compiled_for<kIsa, &vtrace<float>>(),
       compiled_for<kIsa, &discount<float>>()},
      {compiled_for<kIsa, &gae<double>>(), compiled_for<kIsa, &vtrace<double>>(),
       compiled_for<kIsa, &discount<double>>()}};
};

constexpr ByIsa<ReturnsKernels> kReturnsKernels = every_isa<ReturnsKernels, ReturnsKernelsFor>();

}  // namespace

const ReturnsKernels& returns_kernels(Isa isa) { return *kReturnsKernels.find(isa); }

}  // namespace plyo
