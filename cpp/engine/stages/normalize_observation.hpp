// Observations standardised with the moments of all observations so far.
#pragma once

#include <cstddef>
#include <vector>

#include "../running_moments.hpp"
#include "batch_stage.hpp"

namespace plyo {

class NormalizeObservation final : public BatchStage {
 public:
  // The observations, float32 or float64, and the moments, of a type that is as wide or wider.
  NormalizeObservation(const RowFormat& rows, Number moments);

  // The moments so far, arrays of a row's size, and the number that is added to the variance; a setting without
  // `updates` leaves them as they are. New moments are written to `mean` and `var`, which may be the same arrays.
  struct State {
    const void* mean_so_far = nullptr;
    const void* var_so_far = nullptr;
    void* mean = nullptr;
    void* var = nullptr;
    double count = 0;
    double epsilon = 0;
    bool updates = true;
  };
  void set_state(const State& state);
  const State& state() const { return state_; }
  std::size_t size() const { return rows_.size; }

  void prepare(const StageStep& step) override;
  bool looks_across() const override { return state_.updates; }
  void collect(const StageStep& step) override;
  void complete(const StageStep& step) override;
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& lanes) const override;
  void show_finals(const StageStep& step) const override;
  double nanoseconds_per_lane() const override { return 1.5 * static_cast<double>(rows_.size); }

 private:
  template <class Sample, class Moment>
  void update(const StageStep& step);
  void take_in(std::size_t num_rows);
  void begin_errand(const StageStep& step) const;
  template <class Moment>
  void merge_batch();
  const float* final_rows(const StageStep& step) const {
    return static_cast<const float*>(step.finals[position()].at[0]);
  }
  template <class Sample, class Moment>
  void standardize_rows(const Leaves& from, const Leaves& to, const LaneRange& lanes) const;
  void standardize_any(const Leaves& from, const Leaves& to, const LaneRange& lanes) const;

  RowFormat rows_;
  Number moments_;
  State state_;
  // the present moments: those so far, or the new ones once there are any
  const void* mean_ = nullptr;
  const void* var_ = nullptr;
  std::vector<std::byte> gathered_;  // rows that do not lie together
  // The sums of many rows are an errand of the step's other stages.
  bool has_errand_ = false;
  RowMoments<float> batch_;
};

}  // namespace plyo
