#include "running_moments.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

#include "../core/isa.hpp"
#include "cpu_dispatch.hpp"

namespace plyo {
namespace {

// The sum of up to 128 terms in NumPy's order: eight partial sums.
template <class T, class Term>
PLYO_ALWAYS_INLINE T block_sum(std::size_t count, const Term& term) {
  if (count < 8) {
    T sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += term(i);
    return sum;
  }
  T partial[8];
  for (std::size_t k = 0; k < 8; ++k) partial[k] = term(k);
  std::size_t i = 8;
  for (; i < count - count % 8; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) partial[k] += term(i + k);
  }
  T sum = ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
          ((partial[4] + partial[5]) + (partial[6] + partial[7]));
  for (; i < count; ++i) sum += term(i);
  return sum;
}

template <class T>
T sum_block(const T* values, std::size_t count, T /*mean*/) {
  return block_sum<T>(count, [=](std::size_t i) { return values[i]; });
}

template <class T>
T sum_squares_of_block(const T* values, std::size_t count, T mean) {
  return block_sum<T>(count, [=](std::size_t i) {
    const T distance = values[i] - mean;
    return distance * distance;
  });
}

// Larger sums in NumPy's order: halves, down to blocks.
template <class T>
T pairwise_sum(const T* values, std::size_t count, T mean, T (*block)(const T*, std::size_t, T)) {
  if (count <= 128) return block(values, count, mean);
  const std::size_t half = count / 2 - count / 2 % 8;
  return pairwise_sum(values, half, mean, block) + pairwise_sum(values + half, count - half, mean, block);
}

// NumPy divides by the integer count in float64.
template <class T>
T divide(T sum, std::size_t count) {
  return static_cast<T>(static_cast<double>(sum) / static_cast<double>(count));
}

#if defined(__GNUC__) || defined(__clang__)
// Adds small rows, or their squared distances from a mean, to sums, one row after the other as NumPy adds them. A row is
// a few vectors, whose sums stay in registers: left to the compiler, numbers are added one by one. Numbers beyond the
// row are summed and forgotten.
template <std::size_t kSize, bool kSquares, class Sample>
PLYO_ALWAYS_INLINE void add_small_rows(const Sample* rows, std::size_t num_rows, const Sample* mean,
                                       Sample* sums) {
  using Vector [[gnu::vector_size(16)]] = Sample;
  constexpr std::size_t kWidth = sizeof(Vector) / sizeof(Sample);
  constexpr std::size_t kVectors = (kSize + kWidth - 1) / kWidth;
  constexpr std::size_t kRowBytes = kSize * sizeof(Sample);
  Vector totals[kVectors] = {}, means[kVectors] = {};
  std::memcpy(totals, sums, kRowBytes);
  if constexpr (kSquares) std::memcpy(means, mean, kRowBytes);
  const auto add = [&](const Sample* row) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      Vector numbers;
      std::memcpy(&numbers, row + v * kWidth, sizeof(numbers));
      if constexpr (kSquares) {
        numbers = numbers - means[v];
        numbers = numbers * numbers;
      }
      totals[v] = totals[v] + numbers;
    }
  };
  // behind the last row there may be no memory
  const std::size_t whole = num_rows - (kVectors * kWidth > kSize && num_rows > 0 ? 1 : 0);
  for (std::size_t row = 0; row < whole; ++row) add(rows + row * kSize);
  if (whole < num_rows) {
    Sample last[kVectors * kWidth] = {};
    std::memcpy(last, rows + whole * kSize, kRowBytes);
    add(last);
  }
  std::memcpy(sums, totals, kRowBytes);
}
#endif

template <bool kSquares, class Sample>
PLYO_ALWAYS_INLINE void add_all_rows(const Sample* rows, std::size_t num_rows, std::size_t size,
                                     const Sample* mean, Sample* sums) {
#if defined(__GNUC__) || defined(__clang__)
  switch (size) {
    case 2:
      return add_small_rows<2, kSquares>(rows, num_rows, mean, sums);
    case 3:
      return add_small_rows<3, kSquares>(rows, num_rows, mean, sums);
    case 4:
      return add_small_rows<4, kSquares>(rows, num_rows, mean, sums);
    case 6:
      return add_small_rows<6, kSquares>(rows, num_rows, mean, sums);
    case 8:
      return add_small_rows<8, kSquares>(rows, num_rows, mean, sums);
    default:
      break;
  }
#endif
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t i = 0; i < size; ++i) {
      Sample number = rows[row * size + i];
      if constexpr (kSquares) {
        number = number - mean[i];
        number = number * number;
      }
      sums[i] += number;
    }
  }
}

template <class Sample>
void add_plain_rows(const Sample* PLYO_RESTRICT rows, std::size_t num_rows, std::size_t size,
                    const Sample* /*mean*/, Sample* PLYO_RESTRICT sums) {
  add_all_rows<false, Sample>(rows, num_rows, size, nullptr, sums);
}

template <class Sample>
void add_squares_of_rows(const Sample* PLYO_RESTRICT rows, std::size_t num_rows, std::size_t size,
                         const Sample* PLYO_RESTRICT mean, Sample* PLYO_RESTRICT sums) {
  add_all_rows<true, Sample>(rows, num_rows, size, mean, sums);
}

// (row - mean) / deviation for whole blocks of rows. Means and divisors are repeated for each row of a block, so that
// the loop is one over numbers in a line; their count is a multiple of kGroup.
constexpr std::size_t kGroup = 16;

template <class Sample, class Wide>
void standardize_blocks(const Sample* rows, std::size_t num_blocks, std::size_t block, const Wide* means,
                        const Wide* divisors, float* out) {
  for (std::size_t b = 0; b < num_blocks; ++b, rows += block, out += block) {
    for (std::size_t j = 0; j < block; j += kGroup) {
      // `out` may be `rows`
      float quotients[kGroup];
      for (std::size_t k = 0; k < kGroup; ++k) {
        quotients[k] = static_cast<float>((static_cast<Wide>(rows[j + k]) - means[j + k]) / divisors[j + k]);
      }
      for (std::size_t k = 0; k < kGroup; ++k) out[j + k] = quotients[k];
    }
  }
}

// These functions for an instruction set.
template <class Sample>
struct Sums {
  using OfBlock = Sample (*)(const Sample*, std::size_t, Sample);
  using OfRows = void (*)(const Sample*, std::size_t, std::size_t, const Sample*, Sample*);
  struct Table {
    OfBlock block, squares_of_block;
    OfRows rows, squares_of_rows;
  };
  template <Isa kIsa>
  struct For {
    static constexpr Table table{
        compiled_for<kIsa, &sum_block<Sample>>(), compiled_for<kIsa, &sum_squares_of_block<Sample>>(),
        compiled_for<kIsa, &add_plain_rows<Sample>>(), compiled_for<kIsa, &add_squares_of_rows<Sample>>()};
  };
  static constexpr ByIsa<Table> kAll = every_isa<Table, For>();
};

template <class Sample, class Wide>
struct Quotients {
  struct Table {
    void (*of_blocks)(const Sample*, std::size_t, std::size_t, const Wide*, const Wide*, float*);
  };
  template <Isa kIsa>
  struct For {
    static constexpr Table table{compiled_for<kIsa, &standardize_blocks<Sample, Wide>>()};
  };
  static constexpr ByIsa<Table> kAll = every_isa<Table, For>();
};

// One element's moments merged with those of a batch of `batch_count`.
template <class Sample, class Moment>
struct Merge {
  double count;
  std::size_t batch_count;
  Moment weight = static_cast<Moment>(count);
  Moment batch_weight = static_cast<Moment>(batch_count);
  Moment total = static_cast<Moment>(count + static_cast<double>(batch_count));

  void operator()(Moment mean, Moment var, Sample batch_mean, Sample batch_var, Moment* new_mean,
                  Moment* new_var) const {
    const Moment delta = static_cast<Moment>(batch_mean) - mean;
    const auto batch_squares = static_cast<Moment>(batch_var * static_cast<Sample>(batch_count));
    const Moment squares = var * weight + batch_squares + delta * delta * weight * batch_weight / total;
    *new_mean = mean + delta * batch_weight / total;
    *new_var = squares / total;
  }
};

}  // namespace

template <class Sample>
void RowMoments<Sample>::begin(std::size_t size) {
  mean_.assign(size, 0);
  var_.assign(size, 0);
  num_rows_ = 0;
}

template <class Sample>
void RowMoments<Sample>::add(const Sample* rows, std::size_t num_rows) {
  Sums<Sample>::kAll.find(selected_isa())->rows(rows, num_rows, mean_.size(), nullptr, mean_.data());
  num_rows_ += num_rows;
}

template <class Sample>
void RowMoments<Sample>::finish_mean() {
  for (Sample& sum : mean_) sum = divide(sum, num_rows_);
}

template <class Sample>
void RowMoments<Sample>::add_again(const Sample* rows, std::size_t num_rows) {
  Sums<Sample>::kAll.find(selected_isa())
      ->squares_of_rows(rows, num_rows, mean_.size(), mean_.data(), var_.data());
}

template <class Sample>
void RowMoments<Sample>::take_sums(const Sample* sums, std::size_t num_rows) {
  std::copy_n(sums, mean_.size(), mean_.data());
  num_rows_ = num_rows;
}

template <class Sample>
void RowMoments<Sample>::take_squares(const Sample* sums) {
  std::copy_n(sums, var_.size(), var_.data());
}

template <class Sample>
template <class Moment>
void RowMoments<Sample>::merge(const Moments<Moment>& so_far, Moment* mean, Moment* var) const {
  const Merge<Sample, Moment> merge{so_far.count, num_rows_};
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    merge(so_far.mean[i], so_far.var[i], mean_[i], divide(var_[i], num_rows_), &mean[i], &var[i]);
  }
}

template <class Sample, class Moment>
void update_moments(const Sample* rows, std::size_t num_rows, std::size_t size, const Moments<Moment>& so_far,
                    Moment* mean, Moment* var) {
  const Merge<Sample, Moment> merge{so_far.count, num_rows};
  if (num_rows == 1) {  // its mean is the row and its variance 0
    for (std::size_t i = 0; i < size; ++i) {
      const Sample distance = rows[i] - rows[i];  // not 0 for a number that is not finite
      merge(so_far.mean[i], so_far.var[i], rows[i], distance * distance, &mean[i], &var[i]);
    }
    return;
  }
  if (size == 1) {  // NumPy adds consecutive numbers in pairs
    const auto& sums = *Sums<Sample>::kAll.find(selected_isa());
    const Sample batch_mean = divide(pairwise_sum(rows, num_rows, Sample{0}, sums.block), num_rows);
    const Sample squares = pairwise_sum(rows, num_rows, batch_mean, sums.squares_of_block);
    merge(so_far.mean[0], so_far.var[0], batch_mean, divide(squares, num_rows), mean, var);
    return;
  }
  RowMoments<Sample> batch;
  batch.begin(size);
  batch.add(rows, num_rows);
  batch.finish_mean();
  batch.add_again(rows, num_rows);
  batch.merge(so_far, mean, var);
}

template <class Sample, class Moment>
void standardize(const Sample* rows, std::size_t num_rows, std::size_t size, const Moments<Moment>& moments,
                 double epsilon, float* out) {
  using Wide = std::common_type_t<Sample, Moment>;
  const auto addend = static_cast<Moment>(epsilon);
  const auto quotient = [](Sample value, Wide mean, Wide deviation) {
    return static_cast<float>((static_cast<Wide>(value) - mean) / deviation);
  };
  if (num_rows == 1) {
    for (std::size_t i = 0; i < size; ++i) {
      const Moment deviation = std::sqrt(moments.var[i] + addend);
      out[i] = quotient(rows[i], static_cast<Wide>(moments.mean[i]), static_cast<Wide>(deviation));
    }
    return;
  }
  const std::size_t repeats = num_rows >= kGroup ? kGroup : 1;
  const std::size_t block = size * repeats;
  std::vector<Wide> numbers(2 * block);
  Wide* const means = numbers.data();
  Wide* const divisors = means + block;
  for (std::size_t i = 0; i < size; ++i) {
    means[i] = static_cast<Wide>(moments.mean[i]);
    divisors[i] = static_cast<Wide>(std::sqrt(moments.var[i] + addend));
  }
  for (std::size_t i = size; i < block; ++i) {
    means[i] = means[i - size];
    divisors[i] = divisors[i - size];
  }
  std::size_t row = 0;
  if (repeats == kGroup) {
    const auto& quotients = *Quotients<Sample, Wide>::kAll.find(selected_isa());
    quotients.of_blocks(rows, num_rows / kGroup, block, means, divisors, out);
    row = num_rows / kGroup * kGroup;
  }
  for (; row < num_rows; ++row) {
    for (std::size_t i = 0; i < size; ++i) {
      out[row * size + i] = quotient(rows[row * size + i], means[i], divisors[i]);
    }
  }
}

template class RowMoments<float>;
template class RowMoments<double>;
template void RowMoments<float>::merge(const Moments<float>&, float*, float*) const;
template void RowMoments<float>::merge(const Moments<double>&, double*, double*) const;
template void RowMoments<double>::merge(const Moments<double>&, double*, double*) const;
template void update_moments(const float*, std::size_t, std::size_t, const Moments<float>&, float*, float*);
template void update_moments(const float*, std::size_t, std::size_t, const Moments<double>&, double*,
                             double*);
template void update_moments(const double*, std::size_t, std::size_t, const Moments<double>&, double*,
                             double*);
template void standardize(const float*, std::size_t, std::size_t, const Moments<float>&, double, float*);
template void standardize(const float*, std::size_t, std::size_t, const Moments<double>&, double, float*);
template void standardize(const double*, std::size_t, std::size_t, const Moments<float>&, double, float*);
template void standardize(const double*, std::size_t, std::size_t, const Moments<double>&, double, float*);

}  // namespace plyo
