// A rocket above its pad on the moon, as gymnasium 1.4.0 draws it; flames follow from the power of the engines in the
// last step, where the reference lets particles fly about.
#pragma once

#include "envs/box2d/lunar_lander.hpp"
#include "render/canvas.hpp"
#include "shared/bodies.hpp"

namespace PLYO_ENVS {

struct LunarLanderScene {
  static constexpr render::Size size(const LunarLander::Params&) { return {600, 400}; }

  template <class Canvas>
  static void draw(Canvas& canvas, const LunarLander::State& s, const LunarLander::Params&) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    draw_sky(canvas, s);
    draw_flames(canvas, s);
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

  // Sparks that have left an engine at `nozzle`, one a step: `way` is that of a step in metres. They fade.
  template <class Canvas>
  static void draw_sparks(Canvas& canvas, double power, render::Point nozzle, render::Point way) {
    constexpr double kFade = 0.15;  // of the power, a step
    constexpr int kSparks = 6;
    for (int i = kSparks; i > 0; --i) {
      const double left = power - kFade * i;
      if (left < 0) continue;
      const auto red = static_cast<std::uint8_t>(math::max(0.2, 0.15 + left) * 255);
      const auto other = static_cast<std::uint8_t>(math::max(0.2, 0.5 * left) * 255);
      canvas.circle({(nozzle.x + i * way.x) * kScale, (nozzle.y + i * way.y) * kScale}, 2,
                    {red, other, other});
    }
  }

  template <class Canvas>
  static void draw_flames(Canvas& canvas, const LunarLander::State& s) {
    constexpr double kMainSpeed = 0.71, kSideSpeed = 0.49;  // m in a step, at full power
    const physics2d::Transform& at = s.world.bodies[0].transform;
    const auto x = static_cast<double>(at.p.x), y = static_cast<double>(at.p.y);
    const auto sin = static_cast<double>(at.q.s), cos = static_cast<double>(at.q.c);
    if (s.main_power > 0) {
      const double down = 4 / 30.0, way = kMainSpeed * s.main_power;
      draw_sparks(canvas, s.main_power, {x + sin * down, y - cos * down}, {sin * way, -cos * way});
    }
    if (s.side_power > 0) {
      const double side_x = -cos * s.side_direction, side_y = -sin * s.side_direction;
      const double away = 12 / 30.0, way = kSideSpeed * s.side_power;
      // 17 and 14 are the reference's
      draw_sparks(canvas, s.side_power,
                  {x + side_x * away - sin * 17 / 30.0, y + side_y * away + cos * 14 / 30.0},
                  {side_x * way, side_y * way});
    }
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
