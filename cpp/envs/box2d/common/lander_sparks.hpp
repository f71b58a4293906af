// The sparks that a lander's engines throw out, for pictures: those that can still be seen, as they began.
// Reference: gymnasium 1.4.0 LunarLander, which has them as bodies in its world when it draws.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../core/environment.hpp"
#include "../../../physics2d/math.hpp"

namespace PLYO_ENVS::lunar_lander {

inline constexpr auto kSparkRadius = static_cast<float>(2 / 30.0);  // m

struct Spark {
  physics2d::Vec2 place;     // m
  physics2d::Vec2 velocity;  // m/s
  float power = 0;           // of the engine, at most 1: 0 if it did not fire
};

enum class Engine : std::uint8_t { kMain, kSide };

class Sparks {
 public:
  // A spark loses 0.15 of its power, which is at most 1, in a step, and is seen while something is left of it.
  static constexpr double kFading = 0.15;
  static constexpr std::uint32_t kSteps = 6;

  // The engines rest in the step that begins, until they fire.
  void begin_step() {
    newest_ = newest_ + 1 < kSteps ? newest_ + 1 : 0;
    for (Spark& spark : sparks_[newest_]) spark.power = 0;
  }

  void fire(Engine engine, const physics2d::Vec2& place, const physics2d::Vec2& impulse, double power) {
    // kg; the density makes Gymnasium's sparks quick enough
    constexpr float kArea = physics2d::kPi * kSparkRadius * kSparkRadius;
    constexpr float kInverseMass[kEngines] = {1.0F / (3.5F * kArea), 1.0F / (0.7F * kArea)};
    const auto e = static_cast<std::size_t>(engine);
    sparks_[newest_][e] = {place, kInverseMass[e] * impulse, static_cast<float>(power)};
  }

  // Calls `visit(spark, age)` from the oldest to the youngest, which is one step old.
  template <class Visit>
  void each(Visit visit) const {
    for (std::uint32_t age = kSteps; age > 0; --age) {
      for (const Spark& spark : sparks_[(newest_ + kSteps + 1 - age) % kSteps]) {
        if (spark.power > 0) visit(spark, age);
      }
    }
  }

  // Whether these are sparks, if the bytes come from anywhere.
  bool is_legal() const {
    bool legal = newest_ < kSteps;
    for (const auto& both : sparks_) {
      for (const Spark& spark : both) {
        legal = legal && physics2d::is_finite(spark.place) && physics2d::is_finite(spark.velocity) &&
                spark.power >= 0 && spark.power <= 1;
      }
    }
    return legal;
  }

 private:
  static constexpr std::size_t kEngines = 2;

  Spark sparks_[kSteps][kEngines];
  std::uint32_t newest_ = 0;  // the row of the last step
};

}  // namespace PLYO_ENVS::lunar_lander
