#include "running_moments.hpp"

#include <cmath>
#include <type_traits>
#include <vector>

namespace plyo {
namespace {

// The sum of consecutive numbers in NumPy's order: eight partial sums in blocks of up to 128, halves above.
template <class T, class Term>
T pairwise_sum(std::size_t begin, std::size_t count, const Term& term) {
  if (count < 8) {
    T sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += term(begin + i);
    return sum;
  }
  if (count <= 128) {
    T partial[8];
    for (std::size_t k = 0; k < 8; ++k) partial[k] = term(begin + k);
    std::size_t i = 8;
    for (; i < count - count % 8; i += 8) {
      for (std::size_t k = 0; k < 8; ++k) partial[k] += term(begin + i + k);
    }
    T sum = ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
            ((partial[4] + partial[5]) + (partial[6] + partial[7]));
    for (; i < count; ++i) sum += term(begin + i);
    return sum;
  }
  const std::size_t half = count / 2 - count / 2 % 8;
  return pairwise_sum<T>(begin, half, term) + pairwise_sum<T>(begin + half, count - half, term);
}

// NumPy divides by the integer count in float64.
template <class T>
T divide(T sum, std::size_t count) {
  return static_cast<T>(static_cast<double>(sum) / static_cast<double>(count));
}

// The moments of a batch, each an array of `size`.
template <class Sample>
void batch_moments(const Sample* rows, std::size_t num_rows, std::size_t size, Sample* mean, Sample* var) {
  if (size == 1) {  // NumPy adds consecutive numbers in pairs
    mean[0] = divide(pairwise_sum<Sample>(0, num_rows, [&](std::size_t i) { return rows[i]; }), num_rows);
    var[0] = divide(pairwise_sum<Sample>(0, num_rows,
                                         [&](std::size_t i) {
                                           const Sample distance = rows[i] - mean[0];
                                           return distance * distance;
                                         }),
                    num_rows);
    return;
  }
  for (std::size_t i = 0; i < size; ++i) mean[i] = var[i] = 0;
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t i = 0; i < size; ++i) mean[i] += rows[row * size + i];
  }
  for (std::size_t i = 0; i < size; ++i) mean[i] = divide(mean[i], num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t i = 0; i < size; ++i) {
      const Sample distance = rows[row * size + i] - mean[i];
      var[i] += distance * distance;
    }
  }
  for (std::size_t i = 0; i < size; ++i) var[i] = divide(var[i], num_rows);
}

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
  std::vector<Sample> batch(2 * size);
  batch_moments(rows, num_rows, size, batch.data(), batch.data() + size);
  for (std::size_t i = 0; i < size; ++i) {
    merge(so_far.mean[i], so_far.var[i], batch[i], batch[size + i], &mean[i], &var[i]);
  }
}

template <class Sample, class Moment>
void standardize(const Sample* rows, std::size_t num_rows, std::size_t size, const Moments<Moment>& moments,
                 double epsilon, float* out) {
  using Wide = std::common_type_t<Sample, Moment>;
  const auto addend = static_cast<Moment>(epsilon);
  const auto quotient = [](Sample value, Moment mean, Moment deviation) {
    return static_cast<float>((static_cast<Wide>(value) - static_cast<Wide>(mean)) /
                              static_cast<Wide>(deviation));
  };
  if (num_rows == 1) {
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = quotient(rows[i], moments.mean[i], std::sqrt(moments.var[i] + addend));
    }
    return;
  }
  std::vector<Moment> deviations(size);
  for (std::size_t i = 0; i < size; ++i) deviations[i] = std::sqrt(moments.var[i] + addend);
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t i = 0; i < size; ++i) {
      out[row * size + i] = quotient(rows[row * size + i], moments.mean[i], deviations[i]);
    }
  }
}

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
