// Steps that take their actions several times.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../autoreset.hpp"
#include "batch_stage.hpp"

namespace plyo {

// The engine repeats the steps; this remembers which episodes have ended.
class RepeatSteps : public BatchStage {
 public:
  explicit RepeatSteps(std::size_t steps) : steps_(steps) {}
  // Whether this step has ended the lane's episode.
  void set_ended(std::uint8_t* ended) { ended_ = ended; }

  Repetition repetition() const override { return {.steps = steps_}; }
  void advance(const StageStep& step, const LaneRange& range) override;

 private:
  std::size_t steps_;
  std::uint8_t* ended_ = nullptr;
};

// Shows the larger numbers of the last two observations, and remembers what it shows.
class SkipSteps final : public RepeatSteps {
 public:
  SkipSteps(std::size_t steps, std::size_t row_bytes) : RepeatSteps(steps), row_bytes_(row_bytes) {}
  void set_shown(std::byte* shown) { shown_ = shown; }

  Repetition repetition() const override;
  void advance(const StageStep& step, const LaneRange& range) override;
  bool shows() const override { return true; }
  void show(const StageStep& step, const LaneRange& range) const override;
  void show_finals(const StageStep& step) const override;

 private:
  std::size_t row_bytes_;
  std::byte* shown_ = nullptr;
};

}  // namespace plyo
