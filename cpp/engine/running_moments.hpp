// The running mean and variance of samples, and standardising with them. Samples lie in rows, one after
// another.
//
// The operations and their order are those of NumPy's mean and var and of Gymnasium's RunningMeanStd, so that
// the results have the same bits. A scalar sample is a row of one element.
#pragma once

#include <cstddef>
#include <vector>

namespace plyo {

// The moments so far: `size` means and variances of `count` samples.
template <class Moment>
struct Moments {
  const Moment* mean;
  const Moment* var;
  double count;
};

// The moments of a batch whose rows come in pieces, in their order: all of them for the mean, and once more for the
// variance. There is more than one row, of more than one element each.
template <class Sample>
class RowMoments {
 public:
  void begin(std::size_t size);
  void add(const Sample* rows, std::size_t num_rows);
  void finish_mean();
  void add_again(const Sample* rows, std::size_t num_rows);
  std::size_t num_rows() const { return num_rows_; }
  // As update_moments().
  template <class Moment>
  void merge(const Moments<Moment>& so_far, Moment* mean, Moment* var) const;

  // Sums of the first rows that somebody else made, in place of add() and add_again().
  void take_sums(const Sample* sums, std::size_t num_rows);
  void take_squares(const Sample* sums);
  const Sample* mean() const { return mean_.data(); }

 private:
  std::vector<Sample> mean_, var_;  // or the sums so far
  std::size_t num_rows_ = 0;
};

// Merges the moments of `num_rows` > 0 rows of `size` elements into those so far (Chan, Golub & LeVeque
// 1979). Writes to `mean` and `var`, which may be where the moments so far are.
template <class Sample, class Moment>
void update_moments(const Sample* rows, std::size_t num_rows, std::size_t size, const Moments<Moment>& so_far,
                    Moment* mean, Moment* var);

// (row - mean) / sqrt(var + epsilon), rounded to float32 at the end. `out` may be `rows` if these are float32.
template <class Sample, class Moment>
void standardize(const Sample* rows, std::size_t num_rows, std::size_t size, const Moments<Moment>& moments,
                 double epsilon, float* out);

}  // namespace plyo
