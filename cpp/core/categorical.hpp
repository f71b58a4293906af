// Draws from tables of probabilities, in the way of Gymnasium's toy texts.
#pragma once

#include <cstddef>

#include "rng.hpp"

namespace plyo {

// The first index whose sum of probabilities up to it exceeds one uniform number, 0 if rounding leaves none.
constexpr std::size_t draw_categorical(const double* probabilities, std::size_t count, Rng& rng) {
  const double drawn = rng.next_double();
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += probabilities[i];
    if (sum > drawn) return i;
  }
  return 0;
}

// The same among `count` equal probabilities of 1 / count each; `count` where rounding leaves none.
constexpr std::size_t draw_evenly(std::size_t count, Rng& rng) {
  const double drawn = rng.next_double();
  const double each = 1.0 / static_cast<double>(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += each;
    if (sum > drawn) return i;
  }
  return count;
}

}  // namespace plyo
