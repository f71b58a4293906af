// A rocket above its pad on the moon, as gymnasium 1.4.0 draws it after every step.
#pragma once

#include "envs/box2d/lunar_lander.hpp"
#include "render/canvas.hpp"
#include "shared/bodies.hpp"
#include "shared/spark_flight.hpp"

namespace PLYO_ENVS {

struct LunarLanderScene {
  static constexpr render::Size size(const LunarLander::Params&) { return {600, 400}; }

  template <class Canvas>
  static void draw(Canvas& canvas, const LunarLander::State& s, const LunarLander::Params&) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    draw_sky(canvas, s);
    draw_sparks(canvas, s);
    const auto& plan = LunarLander::Scene::blueprint();
    constexpr render::Color kFill{128, 102, 230}, kLine{77, 77, 128};
    for (std::uint32_t i = 0; i < LunarLander::Scene::kFixtures; ++i) {
      const physics2d::FixturePlan& fixture = plan.fixtures[i];
      plyo::scenes::draw_body(canvas, fixture.shape, s.world.bodies[fixture.body].transform, kScale, kFill,
                              kLine);
    }
    draw_flags(canvas);
  }

 private:
  static constexpr double kScale = 30;  // pixels a metre

  // Black above the hills.
  template <class Canvas>
  static void draw_sky(Canvas& canvas, const LunarLander::State& s) {
    constexpr std::size_t kHills = LunarLander::kHills;
    constexpr double kWidth = 600, kHeight = 400;
    render::Point sky[kHills + 2];
    for (std::size_t i = 0; i < kHills; ++i) {
      sky[i] = {kWidth / (kHills - 1) * static_cast<double>(i), s.hills[i] * kScale};
    }
    sky[kHills] = {kWidth, kHeight};
    sky[kHills + 1] = {0, kHeight};
    canvas.polygon(sky, kHills + 2, render::kBlack);
  }

  template <class Canvas>
  static void draw_sparks(Canvas& canvas, const LunarLander::State& s) {
    bool is_seen = false;  // what has faded is taken away, but not before what is older
    s.sparks.each([&](const lunar_lander::Spark& spark, std::uint32_t age) {
      auto left = static_cast<double>(spark.power);
      for (std::uint32_t i = 0; i < age; ++i) left -= lunar_lander::Sparks::kFading;
      is_seen = is_seen || left >= 0;
      if (!is_seen) return;
      lunar_lander::SparkFlight flight(spark);
      for (std::uint32_t i = 0; i < age; ++i) flight.step(s.world.ground, LunarLander::rules(s));
      const auto red = static_cast<std::uint8_t>(math::max(0.2, 0.15 + left) * 255);
      const auto other = static_cast<std::uint8_t>(math::max(0.2, 0.5 * left) * 255);
      const physics2d::Vec2 at = static_cast<float>(kScale) * flight.place();
      draw_dot(canvas, {static_cast<double>(at.x), static_cast<double>(at.y)}, {red, other, other});
    });
  }

  // A disc with a radius of two pixels; the twelve pixels that pygame gives it.
  template <class Canvas>
  static void draw_dot(Canvas& canvas, render::Point center, render::Color color) {
    if (canvas.style() == render::Style::kSmooth) return canvas.circle(center, 2, color);
    const double x = math::trunc(center.x), y = math::trunc(center.y);
    canvas.rect(x - 1, y - 2, 2, 4, color);
    canvas.rect(x - 2, y - 1, 4, 2, color);
  }

  template <class Canvas>
  static void draw_flags(Canvas& canvas) {
    constexpr double kGround = 100, kTop = kGround + 50;
    for (const double x : {240.0, 360.0}) {
      const render::Point cloth[3] = {{x, kTop}, {x, kTop - 10}, {x + 25, kTop - 5}};
      canvas.line({x, kGround}, {x, kTop}, 1, render::kWhite);
      canvas.polygon(cloth, 3, {204, 204, 0});
    }
  }
};

}  // namespace PLYO_ENVS
