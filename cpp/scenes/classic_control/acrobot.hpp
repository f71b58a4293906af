// Two links that hang from a joint, and the line to be reached, as gymnasium 1.4.0 draws them.
#pragma once

#include "envs/classic_control/acrobot.hpp"
#include "render/canvas.hpp"

namespace PLYO_ENVS {

struct AcrobotScene {
  static constexpr render::Size size(const Acrobot::Params&) { return {500, 500}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Acrobot::State& s, const Acrobot::Params& params) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    const double scale = 500 / (2 * (params.LINK_LENGTH_1 + params.LINK_LENGTH_2 + 0.2));  // pixels a metre
    const double goal = kCenter + Acrobot::kGoalHeight * scale;
    const double reach = 2.2 * scale;
    canvas.line({kCenter - reach, goal}, {kCenter + reach, goal}, 1, render::kBlack);

    // angles of the links from the x axis
    const double first = s.theta1 - plyo::math::kHalfPi;
    const render::Affine upper = render::placement(first, kCenter, kCenter);
    const double length1 = params.LINK_LENGTH_1 * scale, length2 = params.LINK_LENGTH_2 * scale;
    const render::Point elbow = upper({length1, 0});
    draw_link(canvas, upper, {kCenter, kCenter}, length1, 0.1 * scale);
    draw_link(canvas, render::placement(first + s.theta2, elbow.x, elbow.y), elbow, length2, 0.1 * scale);
  }

 private:
  static constexpr double kCenter = 250;  // pixels

  // A link along the x axis of `place`, and the joint where it begins.
  template <class Canvas>
  static constexpr void draw_link(Canvas& canvas, const render::Affine& place, render::Point joint,
                                  double length, double half_width) {
    const render::Point link[4] = {
        {0, -half_width}, {0, half_width}, {length, half_width}, {length, -half_width}};
    canvas.push(place);
    canvas.polygon(link, 4, {0, 204, 204});
    canvas.pop();
    canvas.circle(joint, half_width, {204, 204, 0});
  }
};

}  // namespace PLYO_ENVS
