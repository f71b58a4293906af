// A sum over rows that other loops add to beside their own work. The additions have an order, and each waits for the one
// before: alone they leave most of a processor idle.
#pragma once

#include <cstddef>
#include <cstring>

#include "../core/isa.hpp"

namespace plyo {

// Rows of up to four float32 numbers, or their squared distances from a mean, still to be added to sums, one after the
// other. Numbers behind a row are read, summed and forgotten: the last row is not part of an errand.
struct RowErrand {
  static constexpr std::size_t kMost = 4;

  bool is_taken = false;  // by a stage, until it has the sums
  const float* next = nullptr;
  std::size_t num_rows = 0;
  std::size_t size = 0;
  bool squares = false;
  float mean[kMost] = {};
  float sums[kMost] = {};
};

namespace detail {

#if defined(__GNUC__) || defined(__clang__)
template <bool kSquares, std::size_t kLanes, std::size_t kRows, class Work>
PLYO_ALWAYS_INLINE std::size_t run_errand(RowErrand& errand, std::size_t count, const Work& work) {
  using Vector [[gnu::vector_size(16)]] = float;
  Vector sums, mean;
  std::memcpy(&sums, errand.sums, sizeof(sums));
  std::memcpy(&mean, errand.mean, sizeof(mean));
  const float* row = errand.next;
  std::size_t rows = errand.num_rows, lane = 0;
  for (; lane + kLanes <= count && rows >= kRows; lane += kLanes, rows -= kRows) {
    for (std::size_t k = 0; k < kRows; ++k, row += errand.size) {
      Vector numbers;
      std::memcpy(&numbers, row, sizeof(numbers));
      if constexpr (kSquares) {
        numbers = numbers - mean;
        numbers = numbers * numbers;
      }
      sums = sums + numbers;
    }
    work(lane);
  }
  std::memcpy(errand.sums, &sums, sizeof(sums));
  errand.next = row;
  errand.num_rows = rows;
  return lane;
}
#endif

}  // namespace detail

// Calls `work(lane)` for blocks of kLanes lanes, and adds kRows rows beside each. Returns where it has stopped: near the
// end of the lanes, or of the errand.
template <std::size_t kLanes, std::size_t kRows, class Work>
PLYO_ALWAYS_INLINE std::size_t work_beside(RowErrand* errand, std::size_t count, const Work& work) {
#if defined(__GNUC__) || defined(__clang__)
  if (errand == nullptr || errand->num_rows < kRows) return 0;
  return errand->squares ? detail::run_errand<true, kLanes, kRows>(*errand, count, work)
                         : detail::run_errand<false, kLanes, kRows>(*errand, count, work);
#else
  static_cast<void>(errand);
  static_cast<void>(count);
  static_cast<void>(work);
  return 0;
#endif
}

}  // namespace plyo
