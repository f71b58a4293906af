// Observations mapped linearly to other bounds, of another type, or flattened.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "../../core/space.hpp"
#include "batch_stage.hpp"

namespace plyo {

// gradient * observation + intercept
template <class Real>
class RescaleObservation final : public BatchStage {
 public:
  RescaleObservation(std::vector<Real> gradient, std::vector<Real> intercept)
      : gradient_(std::move(gradient)), intercept_(std::move(intercept)) {}
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& lanes) const override;
  void show_finals(const StageStep& step) const override;

 private:
  void map(const Leaves& from, const Leaves& to, const LaneRange& lanes) const;
  std::vector<Real> gradient_, intercept_;
};

// Numbers of one type as those of another that is one of real numbers, rounded to nearest, or holds them all.
class CastObservation final : public BatchStage {
 public:
  CastObservation(const RowFormat& rows, Number target) : rows_(rows), target_(target) {}
  // Whether the cast is one of those.
  static bool is_known(Number from, Number to);
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& lanes) const override;
  void show_finals(const StageStep& step) const override;
  double nanoseconds_per_lane() const override { return static_cast<double>(rows_.size); }

 private:
  RowFormat rows_;
  Number target_;
};

// All leaves of a task's observation as one row: the numbers of a Box, a one for the choice of a Discrete.
class FlattenObservation final : public BatchStage {
 public:
  // The leaves in the order of Python; the numbers of the row are of type `target`, which holds all of them.
  FlattenObservation(const SpaceInfo& space, Number target);
  static bool is_known(const SpaceInfo& space, Number target);
  std::size_t size() const { return size_; }
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& lanes) const override;
  void show_finals(const StageStep& step) const override;
  double nanoseconds_per_lane() const override { return static_cast<double>(size_); }

 private:
  template <class Target>
  void flatten(const Leaves& from, const Leaves& to, const LaneRange& lanes) const;
  void flatten_any(const Leaves& from, const Leaves& to, const LaneRange& lanes) const;

  struct Part {
    std::size_t leaf = 0;   // where in the task's leaves
    std::size_t begin = 0;  // the first column
    SpaceKind kind{};
    Number number{};
    std::size_t size = 0;    // columns
    std::int64_t start = 0;  // the first choice
  };
  std::vector<Part> parts_;
  std::size_t size_ = 0;
  Number target_;
};

// float32 and float64 as the 16 bits of a half or of a bfloat16, rounded to nearest, ties to even.
std::uint16_t to_half(double value);
std::uint16_t to_bfloat16(float value);

}  // namespace plyo
