// Tasks whose observation is a picture: that picture, each pixel a square.
#pragma once

#include "render/canvas.hpp"

namespace plyo::scenes {

template <class Env>
struct ObservedPictureScene {
  static constexpr int kPixel = 10;  // the side of such a square, in pixels of the picture

  static constexpr render::Size size(const typename Env::Params&) {
    return {Env::kWidth * kPixel, Env::kHeight * kPixel};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const typename Env::State& s,
                             const typename Env::Params& params) {
    typename Env::Observation seen{};
    Env::observe(s, params, seen);
    const auto [width, height] = size(params);
    canvas.clear(render::kBlack);
    canvas.image(&seen[0][0][0], Env::kWidth, Env::kHeight, 0, 0, width, height, render::Filter::kNearest);
  }
};

}  // namespace plyo::scenes
