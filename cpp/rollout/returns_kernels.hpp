// Advantages and returns of trajectories, computed backwards in time: generalized advantage estimation (Schulman et
// al. 2015), V-trace (Espeholt et al. 2018) and discounted sums, compiled for each instruction set. Arrays are
// [steps][lanes].
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/isa.hpp"

namespace plyo {

// How a step goes on.
namespace step_flag {
inline constexpr std::uint8_t kBootstraps = 1;  // the value of the observation after it counts
inline constexpr std::uint8_t kContinues = 2;   // the next step is of the same episode
inline constexpr std::uint8_t kValid = 4;       // it is a step of an episode; others get 0
}  // namespace step_flag

// The flags of a step: an end by the task has no value after it, an end by a time limit has.
constexpr std::uint8_t step_flags(bool terminated, bool truncated, bool valid) {
  return static_cast<std::uint8_t>((terminated ? 0 : step_flag::kBootstraps) |
                                   (terminated || truncated ? 0 : step_flag::kContinues) |
                                   (valid ? step_flag::kValid : 0));
}

template <class Number>
struct RewardArrays {
  const Number* rewards = nullptr;
  const Number* values = nullptr;       // of the observations before the steps
  const Number* last_values = nullptr;  // [lanes], of the observations after the last step
  const Number* next_values = nullptr;  // of those after each step; null: the values of the next step
  const std::uint8_t* flags = nullptr;  // step_flag
  std::size_t num_steps = 0;
  std::size_t num_lanes = 0;
  std::size_t pitch = 0;      // from one step to the next, here ...
  std::size_t out_pitch = 0;  // ... and in the results
};

template <class Number>
struct ReturnsKernelsOf {
  // advantage = delta + gamma * lambda * the next advantage, return = advantage + value; delta = (reward + gamma *
  // the next value) - value. Either result may be null.
  void (*gae)(const RewardArrays<Number>& steps, Number gamma, Number lambda, Number* advantages,
              Number* returns);
  // `log_ratios` are of the probabilities of the actions, new to old, [steps][lanes] of `pitch`.
  void (*vtrace)(const RewardArrays<Number>& steps, const Number* log_ratios, Number gamma, Number lambda,
                 Number rho_limit, Number c_limit, Number* targets, Number* advantages);
  // sum = reward + gamma * the next sum; after an end the next sum is 0, after the last step `last_values` or 0.
  void (*discount)(const RewardArrays<Number>& steps, Number gamma, Number* sums);
};

struct ReturnsKernels {
  ReturnsKernelsOf<float> floats;
  ReturnsKernelsOf<double> doubles;
};

// The kernels of one instruction set.
const ReturnsKernels& returns_kernels(Isa isa);

}  // namespace plyo
