// The marks that sliding wheels leave, for pictures: the thirty youngest lines of at most thirty points.
// Reference: gymnasium 1.4.0 car_dynamics.
#pragma once

#include <cstddef>
#include <cstdint>

#include "car_body.hpp"

namespace PLYO_ENVS::car_racing {

struct SkidMark {
  static constexpr std::uint32_t kMaxPoints = 30;
  physics2d::Vec2 points[kMaxPoints] = {};  // m
  std::uint32_t count = 0;
  std::uint32_t on_grass = 0;
};

class Skids {
 public:
  static constexpr std::uint32_t kMaxMarks = 30;

  // Takes notice of a wheel before it moves: it slides if the force that would hold it is far beyond the limit.
  void follow(std::uint32_t wheel, const physics2d::Vec2& place, const Grip& grip, bool on_grass) {
    Trail& trail = trails_[wheel];
    if (!(math::abs(grip.force) > 2.0 * grip.limit)) {
      trail = {};
      return;
    }
    const std::uint32_t grass = on_grass ? 1 : 0;
    if (trail.mark != 0 && trail.on_grass == grass && trail.count < SkidMark::kMaxPoints) {
      // an old mark may be gone, but its wheel still counts its points
      if (num_marks_ - trail.mark < kMaxMarks) {
        SkidMark& mark = marks_[(trail.mark - 1) % kMaxMarks];
        mark.points[mark.count++] = place;
      }
      ++trail.count;
    } else if (trail.has_start == 0) {
      trail.start = place;
      trail.has_start = 1;
    } else {
      marks_[num_marks_ % kMaxMarks] = {.points = {trail.start, place}, .count = 2, .on_grass = grass};
      trail = {.mark = ++num_marks_, .on_grass = grass, .count = 2};
    }
  }

  // Calls `visit(mark)` from the oldest to the youngest.
  template <class Visit>
  void each(Visit visit) const {
    const std::uint32_t first = num_marks_ < kMaxMarks ? 0 : num_marks_ - kMaxMarks;
    for (std::uint32_t i = first; i < num_marks_; ++i) visit(marks_[i % kMaxMarks]);
  }

  // Whether these are marks, if the bytes come from anywhere.
  bool is_legal() const {
    for (const SkidMark& mark : marks_) {
      if (mark.count > SkidMark::kMaxPoints || mark.on_grass > 1) return false;
    }
    for (const Trail& trail : trails_) {
      const bool is_drawn = trail.mark != 0 && num_marks_ - trail.mark < kMaxMarks;
      if (trail.mark > num_marks_ || trail.count > SkidMark::kMaxPoints) return false;
      if (is_drawn && marks_[(trail.mark - 1) % kMaxMarks].count != trail.count) return false;
    }
    return true;
  }

 private:
  // Of a wheel that slides: where that began, or the number of its mark, which counts from 1.
  struct Trail {
    physics2d::Vec2 start{};
    std::uint32_t has_start = 0;
    std::uint32_t mark = 0, on_grass = 0, count = 0;
  };

  SkidMark marks_[kMaxMarks] = {};
  Trail trails_[kNumWheels] = {};
  std::uint32_t num_marks_ = 0;
  [[maybe_unused]] std::uint32_t unused_ = 0;  // in place of padding
};

}  // namespace PLYO_ENVS::car_racing
