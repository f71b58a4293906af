// The loops over lanes that stages spend their time in, compiled for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../core/isa.hpp"
#include "../row_errand.hpp"

namespace plyo {

// Arrays of one call do not overlap. Some add half a row a lane to an errand meanwhile, which may be null.
struct StageKernels {
  // returns += rewards, lengths += 1
  void (*add_rewards)(double* returns, std::int64_t* lengths, const double* rewards, std::size_t count,
                      RowErrand* errand);
  // The next discounted returns, of lanes that are not inactive:
  // (returns + last) * gamma * (1 - terminated) + rewards.
  void (*discount)(float* returns, const float* last_returns, const double* rewards,
                   const std::uint8_t* terminated, const std::uint8_t* inactive, float gamma,
                   std::size_t count, RowErrand* errand);
  // marks = terminated | truncated, as 0 or 1
  void (*mark_ended)(const std::uint8_t* terminated, const std::uint8_t* truncated, std::uint8_t* marks,
                     std::size_t count);
  // rewards /= divisor
  void (*divide)(double* rewards, double divisor, std::size_t count);
  // Copies the numbers whose mark is 0, in their order; there is room for `count` of them. Returns how many.
  std::size_t (*keep_unmarked)(const float* values, const std::uint8_t* marks, std::size_t count, float* kept,
                               RowErrand* errand);
  // returns = 0, lengths = 0, times = 0
  void (*clear)(double* returns, std::int64_t* lengths, double* times, std::size_t count, RowErrand* errand);
};

const StageKernels& stage_kernels(Isa isa);

}  // namespace plyo
