// Two links that hang from a joint, and the line to be reached, as gymnasium 1.4.0 draws them.
#pragma once

#include "envs/classic_control/acrobot.hpp"
#include "render/canvas.hpp"

namespace PLYO_ENVS {

struct AcrobotScene {
  static constexpr render::Size size(const Acrobot::Params&) { return {500, 500}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Acrobot::State& s, const Acrobot::Params&) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    constexpr double kGoal = kCenter + Acrobot::kGoalHeight * kScale;
    canvas.line({0, kGoal}, {500, kGoal}, 1, render::kBlack);

    // angles of the links from the x axis
    const double first = s.theta1 - plyo::math::kHalfPi;
    const render::Affine upper = render::placement(first, kCenter, kCenter);
    const render::Point elbow = upper({Acrobot::kLength1 * kScale, 0});
    draw_link(canvas, upper, {kCenter, kCenter});
    draw_link(canvas, render::placement(first + s.theta2, elbow.x, elbow.y), elbow);
  }

 private:
  // pixels
  static constexpr double kScale = 500 / 4.4;  // a metre
  static constexpr double kCenter = 250;
  static constexpr double kLength = Acrobot::kLength1 * kScale, kHalfWidth = 0.1 * kScale;

  // A link along the x axis of `place`, and the joint where it begins.
  template <class Canvas>
  static constexpr void draw_link(Canvas& canvas, const render::Affine& place, render::Point joint) {
    constexpr render::Point kLink[4] = {
        {0, -kHalfWidth}, {0, kHalfWidth}, {kLength, kHalfWidth}, {kLength, -kHalfWidth}};
    canvas.push(place);
    canvas.polygon(kLink, 4, {0, 204, 204});
    canvas.pop();
    canvas.circle(joint, kHalfWidth, {204, 204, 0});
  }
};

}  // namespace PLYO_ENVS
