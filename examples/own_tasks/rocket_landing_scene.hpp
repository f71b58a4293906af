// The rocket over its pad, with the flame of its engine; a bar shows the fuel.
#pragma once

#include <plyo/scene.hpp>

#include "rocket_landing.hpp"

struct RocketLandingScene {
  static constexpr double kScale = 4.0, kGround = 20.0;  // pixels a metre, pixels

  static constexpr render::Size size(const RocketLanding::Params&) { return {480, 520}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const RocketLanding::State& s,
                             const RocketLanding::Params& params) {
    canvas.clear({16, 24, 48});
    canvas.y_up(true);
    canvas.rect(0, 0, 480, kGround, {84, 72, 60});
    canvas.rect(240 - kScale * RocketLanding::kPad, kGround - 6, 2 * kScale * RocketLanding::kPad, 6,
                {200, 200, 200});
    canvas.rect(10, 500, 120 * s.fuel / params.fuel, 8, {98, 168, 98});

    canvas.push(render::placement(s.angle, 240 + kScale * s.x, kGround + kScale * s.y));
    canvas.push(render::rotation(s.steering));
    const double flame = -8 - 36 * s.throttle;
    const render::Point fire[] = {{-4, 0}, {4, 0}, {0, flame}};
    if (s.throttle > 0) canvas.polygon(fire, 3, {255, 180, 60});
    canvas.pop();
    const render::Point body[] = {{-5, 2}, {5, 2}, {5, 44}, {0, 54}, {-5, 44}};
    canvas.polygon(body, 5, {230, 230, 235});
    const render::Point legs[] = {{-12, 0}, {-5, 14}, {5, 14}, {12, 0}};
    canvas.outline(legs, 4, 2, {160, 160, 170}, false);
    canvas.pop();
  }
};
