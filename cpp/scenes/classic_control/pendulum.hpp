// A rod that turns about a pin, and an arrow for the torque, as gymnasium 1.4.0 draws them.
#pragma once

#include "envs/classic_control/pendulum.hpp"
#include "render/canvas.hpp"

namespace PLYO_ENVS {

struct PendulumScene {
  static constexpr render::Size size(const Pendulum::Params&) { return {500, 500}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Pendulum::State& s, const Pendulum::Params&) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);

    // the rod and its round ends
    constexpr render::Color kRod{204, 77, 77};
    constexpr double kLength = 1.0 * kScale, kHalfWidth = 0.1 * kScale;
    constexpr render::Point kBar[4] = {
        {0, -kHalfWidth}, {0, kHalfWidth}, {kLength, kHalfWidth}, {kLength, -kHalfWidth}};
    canvas.push(render::placement(s.theta + plyo::math::kHalfPi, kCenter, kCenter));
    canvas.polygon(kBar, 4, kRod);
    canvas.circle({0, 0}, kHalfWidth, kRod);
    canvas.circle({kLength, 0}, kHalfWidth, kRod);
    canvas.pop();

    draw_torque(canvas, s.torque);
    canvas.circle({kCenter, kCenter}, 0.05 * kScale, render::kBlack);
  }

 private:
  // pixels
  static constexpr double kScale = 500 / 4.4;  // a metre
  static constexpr double kCenter = 250;

  // Three quarters of a ring with an arrowhead, counter-clockwise for a positive torque in N m and as large
  // as the torque. It is drawn on a sheet of 329 x 312 units that is brought to a square; (173, 155.7) is its
  // ring's middle.
  template <class Canvas>
  static constexpr void draw_torque(Canvas& canvas, double torque) {
    constexpr double kWidth = 329, kHeight = 312, kRingX = 173, kRingY = 155.7, kRadius = 151.5,
                     kStroke = 9.9;
    constexpr render::Point kHead[4] = {{21.5, 119}, {44.5, 168}, {22, 151.5}, {0.5, 168}};
    const double exact = kScale * plyo::math::abs(torque) / 2;
    const bool whole = canvas.style() == render::Style::kGym;
    const double side = whole ? plyo::math::floor(exact) : exact;
    if (side <= 0) return;

    // an odd square in whole pixels is not in the middle
    const double half = whole ? plyo::math::floor(side / 2) : side / 2;
    const double mirrored = torque > 0 ? -1 : 1;
    const double left = kCenter - half + (torque > 0 ? side : 0), top = kCenter - half + side;
    canvas.push({mirrored * side / kWidth, 0, left, 0, -side / kHeight, top});
    canvas.arc({kRingX, kRingY}, kRadius, -plyo::math::kHalfPi, plyo::math::kPi, kStroke, render::kBlack);
    canvas.polygon(kHead, 4, render::kBlack);
    canvas.pop();
  }
};

}  // namespace PLYO_ENVS
