// engine/running_moments.hpp: moments of all samples, however they were batched.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "check.hpp"
#include "engine/running_moments.hpp"

namespace {

using plyo::Moments;

constexpr std::size_t kRows = 600;
constexpr std::size_t kSize = 3;

std::vector<double> make_rows() {
  std::mt19937 draw(1);
  std::normal_distribution<double> normal(5.0, 2.0);
  std::vector<double> rows(kRows * kSize);
  for (double& value : rows) value = normal(draw);
  return rows;
}

// Mean and variance of a column, the plain way.
std::pair<double, double> column_moments(const std::vector<double>& rows, std::size_t size,
                                         std::size_t column) {
  const std::size_t num_rows = rows.size() / size;
  double mean = 0, var = 0;
  for (std::size_t row = 0; row < num_rows; ++row) mean += rows[row * size + column];
  mean /= static_cast<double>(num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) {
    var += (rows[row * size + column] - mean) * (rows[row * size + column] - mean);
  }
  return {mean, var / static_cast<double>(num_rows)};
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-12 * (1 + std::abs(b)); }

}  // namespace

PLYO_TEST(running_moments_do_not_depend_on_the_batches) {
  const std::vector<double> rows = make_rows();
  for (const std::size_t size : {kSize, std::size_t{1}}) {
    const std::size_t num_rows = rows.size() / size;
    for (const std::size_t batch : {std::size_t{1}, std::size_t{7}, std::size_t{200}, num_rows}) {
      std::vector<double> mean(size, 0.0), var(size, 1.0);
      double count = 0;
      for (std::size_t row = 0; row < num_rows; row += batch) {
        const std::size_t taken = std::min(batch, num_rows - row);
        plyo::update_moments(&rows[row * size], taken, size, Moments<double>{mean.data(), var.data(), count},
                             mean.data(), var.data());
        count += static_cast<double>(taken);
      }
      for (std::size_t i = 0; i < size; ++i) {
        const auto [expected_mean, expected_var] = column_moments(rows, size, i);
        CHECK(near(mean[i], expected_mean));
        CHECK(near(var[i], expected_var));
      }
    }
  }
}

PLYO_TEST(running_moments_standardize) {
  const std::vector<float> rows{1, 2, 3, 4};
  const std::vector<double> mean{1, 1}, var{4, 9};
  const Moments<double> moments{mean.data(), var.data(), 1};
  std::vector<float> out(4);
  plyo::standardize(rows.data(), 2, 2, moments, 0.0, out.data());
  CHECK_EQ(out[0], 0.0F);
  CHECK_EQ(out[1], 1.0F / 3.0F);
  CHECK_EQ(out[2], 1.0F);
  CHECK_EQ(out[3], 1.0F);
  plyo::standardize(rows.data(), 1, 2, moments, 7.0, out.data());
  CHECK_EQ(out[1], 0.25F);
}

PLYO_TEST(running_moments_keep_what_is_not_finite) {
  const float row = std::numeric_limits<float>::infinity();
  float mean = 0, var = 1;
  plyo::update_moments(&row, 1, 1, Moments<float>{&mean, &var, 1}, &mean, &var);
  CHECK_EQ(mean, row);
  CHECK(std::isnan(var));  // as NumPy's variance of an infinite number
}
