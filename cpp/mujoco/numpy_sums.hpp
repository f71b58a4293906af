// Sums in NumPy's order, which decides the last bits of rewards.
#pragma once

#include <cstddef>

namespace plyo::mujoco {

// The sum of `at(i)` for i in [0, count), in the order of np.sum over one contiguous axis: up to 7 numbers
// one after the other, up to 128 in eight partial sums, more in halves.
template <class Number, class At>
Number numpy_sum(std::size_t first, std::size_t count, const At& at) {
  if (count < 8) {
    Number sum = count == 0 ? Number{0} : at(first);
    for (std::size_t i = 1; i < count; ++i) sum += at(first + i);
    return sum;
  }
  if (count <= 128) {
    Number partial[8];
    for (std::size_t k = 0; k < 8; ++k) partial[k] = at(first + k);
    std::size_t i = 8;
    for (; i + 8 <= count; i += 8) {
      for (std::size_t k = 0; k < 8; ++k) partial[k] += at(first + i + k);
    }
    Number sum = ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
                 ((partial[4] + partial[5]) + (partial[6] + partial[7]));
    for (; i < count; ++i) sum += at(first + i);
    return sum;
  }
  const std::size_t half = count / 2 - (count / 2) % 8;
  return numpy_sum<Number>(first, half, at) + numpy_sum<Number>(first + half, count - half, at);
}

// np.sum(np.square(numbers)).
template <class Number>
Number sum_of_squares(const Number* numbers, std::size_t count) {
  return numpy_sum<Number>(0, count, [numbers](std::size_t i) { return numbers[i] * numbers[i]; });
}

}  // namespace plyo::mujoco
