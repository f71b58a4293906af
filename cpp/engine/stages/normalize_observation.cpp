#include "normalize_observation.hpp"

#include <algorithm>
#include <cstring>

namespace plyo {
namespace {

// Fewer are summed at once.
constexpr std::size_t kMinErrandRows = 64;

}  // namespace

NormalizeObservation::NormalizeObservation(const RowFormat& rows, Number moments)
    : rows_(rows), moments_(moments) {}

void NormalizeObservation::set_state(const State& state) {
  state_ = state;
  mean_ = state.mean_so_far;
  var_ = state.var_so_far;
}

// Takes in the observations of the lanes that have taken a step, and the last ones of the episodes that have ended.
template <class Sample, class Moment>
void NormalizeObservation::update(const StageStep& step) {
  const std::size_t row_bytes = rows_.bytes();
  const auto* rows = static_cast<const std::byte*>(step.observations[position()].at[0]);
  std::size_t num_rows = step.num_envs;
  const bool has_finals = step.has_finals && !step.ended.empty();
  if (has_finals || step.resting != nullptr) {
    const std::size_t num_finals = has_finals ? step.ended.size() : 0;
    gathered_.resize((step.num_envs + num_finals) * row_bytes);
    std::byte* end = gathered_.data();
    for (std::size_t lane = 0; lane < step.num_envs; ++lane) {
      if (step.resting != nullptr && step.resting[lane] != 0) continue;
      std::memcpy(end, rows + lane * row_bytes, row_bytes);
      end += row_bytes;
    }
    if (has_finals) {
      std::memcpy(end, step.finals[position()].at[0], num_finals * row_bytes);
      end += num_finals * row_bytes;
    }
    rows = gathered_.data();
    num_rows = static_cast<std::size_t>(end - gathered_.data()) / row_bytes;
  }
  if (num_rows == 0) return;
  update_moments(
      reinterpret_cast<const Sample*>(rows), num_rows, rows_.size,
      Moments<Moment>{static_cast<const Moment*>(mean_), static_cast<const Moment*>(var_), state_.count},
      static_cast<Moment*>(state_.mean), static_cast<Moment*>(state_.var));
  take_in(num_rows);
}

// The new moments, of so many more rows, are the present ones.
void NormalizeObservation::take_in(std::size_t num_rows) {
  state_.count += static_cast<double>(num_rows);
  mean_ = state_.mean;
  var_ = state_.var;
}

void NormalizeObservation::begin_errand(const StageStep& step) const {
  RowErrand& errand = *step.errand;
  errand.next = static_cast<const float*>(step.observations[position()].at[0]);
  errand.num_rows = step.num_envs - 1;  // behind the last there may be no memory
  std::fill_n(errand.sums, RowErrand::kMost, 0.0F);
}

// The task's own observations are complete before any stage begins.
void NormalizeObservation::prepare(const StageStep& step) {
  has_errand_ = step.errand != nullptr && !step.errand->is_taken && position() == 0 && state_.updates &&
                step.resting == nullptr && step.num_envs >= kMinErrandRows &&
                rows_.number == Number::kFloat32 && rows_.size > 1 && rows_.size <= RowErrand::kMost;
  if (!has_errand_) return;
  step.errand->is_taken = true;
  step.errand->size = rows_.size;
  step.errand->squares = false;
  begin_errand(step);
}

void NormalizeObservation::collect(const StageStep& step) {
  if (has_errand_) {
    RowErrand& errand = *step.errand;
    const std::size_t num_left = errand.num_rows + 1;
    batch_.begin(rows_.size);
    batch_.take_sums(errand.sums, step.num_envs - num_left);
    batch_.add(errand.next, num_left);
    if (step.has_finals) batch_.add(final_rows(step), step.ended.size());
    batch_.finish_mean();
    errand.squares = true;
    std::copy_n(batch_.mean(), rows_.size, errand.mean);
    begin_errand(step);
  } else if (moments_ == Number::kFloat32) {
    update<float, float>(step);
  } else if (rows_.number == Number::kFloat32) {
    update<float, double>(step);
  } else {
    update<double, double>(step);
  }
}

void NormalizeObservation::complete(const StageStep& step) {
  if (!has_errand_) return;
  RowErrand& errand = *step.errand;
  batch_.take_squares(errand.sums);
  batch_.add_again(errand.next, errand.num_rows + 1);
  if (step.has_finals) batch_.add_again(final_rows(step), step.ended.size());
  errand.num_rows = 0;
  errand.is_taken = false;
  moments_ == Number::kFloat32 ? merge_batch<float>() : merge_batch<double>();
  take_in(batch_.num_rows());
}

template <class Moment>
void NormalizeObservation::merge_batch() {
  batch_.merge(
      Moments<Moment>{static_cast<const Moment*>(mean_), static_cast<const Moment*>(var_), state_.count},
      static_cast<Moment*>(state_.mean), static_cast<Moment*>(state_.var));
}

template <class Sample, class Moment>
void NormalizeObservation::standardize_rows(const Leaves& from, const Leaves& to,
                                            const LaneRange& lanes) const {
  standardize(
      rows_from<const Sample>(from, lanes.first, rows_.size), lanes.count, rows_.size,
      Moments<Moment>{static_cast<const Moment*>(mean_), static_cast<const Moment*>(var_), state_.count},
      state_.epsilon, rows_from<float>(to, lanes.first, rows_.size));
}

void NormalizeObservation::standardize_any(const Leaves& from, const Leaves& to,
                                           const LaneRange& lanes) const {
  const bool is_narrow = rows_.number == Number::kFloat32;
  if (moments_ == Number::kFloat32) {
    is_narrow ? standardize_rows<float, float>(from, to, lanes)
              : standardize_rows<double, float>(from, to, lanes);
  } else {
    is_narrow ? standardize_rows<float, double>(from, to, lanes)
              : standardize_rows<double, double>(from, to, lanes);
  }
}

void NormalizeObservation::show(const StageStep& step, const LaneRange& lanes) const {
  standardize_any(step.observations[position()], step.observations[position() + 1], lanes);
}

void NormalizeObservation::show_finals(const StageStep& step) const {
  if (step.ended.empty()) return;
  standardize_any(step.finals[position()], step.finals[position() + 1], {0, step.ended.size()});
}

}  // namespace plyo
