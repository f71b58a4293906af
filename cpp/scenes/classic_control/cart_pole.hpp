// A pole on a cart on a track, as gymnasium 1.4.0 draws it.
#pragma once

#include "envs/classic_control/cart_pole.hpp"
#include "render/canvas.hpp"

namespace PLYO_ENVS {

struct CartPoleScene {
  static constexpr render::Size size(const CartPole::Params&) { return {600, 400}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const CartPole::State& s, const CartPole::Params& params) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    const double scale = 600 / (2 * params.x_threshold);  // pixels a metre
    const double x = kCenter + scale * s.x;

    // the cart, its middle on the track
    constexpr render::Point kCart[4] = {{-25, -15}, {-25, 15}, {25, 15}, {25, -15}};
    canvas.push(render::translation(x, kTrack));
    canvas.polygon(kCart, 4, render::kBlack);
    canvas.pop();

    // the pole, which leans to the right where the angle is positive, and its axle
    const double top = scale * (2 * params.length) - kHalfPole;
    const render::Point pole[4] = {
        {-kHalfPole, -kHalfPole}, {-kHalfPole, top}, {kHalfPole, top}, {kHalfPole, -kHalfPole}};
    canvas.push(render::placement(-s.theta, x, kAxle));
    canvas.polygon(pole, 4, {202, 152, 101});
    canvas.pop();
    canvas.circle({x, kAxle}, 5, {129, 132, 203});

    canvas.line({0, kTrack}, {600, kTrack}, 1, render::kBlack);
  }

 private:
  // pixels
  static constexpr double kCenter = 300, kTrack = 100, kAxle = 107.5, kHalfPole = 5;
};

}  // namespace PLYO_ENVS
