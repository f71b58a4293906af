// A car on wheels in a valley with a flag on the hill, as gymnasium 1.4.0 draws both of its mountain cars.
#pragma once

#include <array>
#include <cstddef>

#include "render/canvas.hpp"

namespace plyo::scenes {

template <class Env>
struct HillScene {
  static constexpr render::Size size(const typename Env::Params&) { return {600, 400}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const typename Env::State& s, const typename Env::Params&) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    draw_track(canvas);
    draw_car(canvas, s.position);

    const auto [x, y] = track_at(Env::kGoalPosition);
    const render::Point cloth[3] = {{x, y + 50}, {x, y + 40}, {x + 25, y + 45}};
    canvas.line({x, y}, {x, y + 50}, 1, render::kBlack);
    canvas.polygon(cloth, 3, {204, 204, 0});
  }

 private:
  static constexpr double kScale = 600 / (Env::kMaxPosition - Env::kMinPosition);  // pixels a metre
  static constexpr int kPoints = 100;

  // Where the track is at a position in metres, in pixels from the bottom left.
  static constexpr render::Point track_at(double position) {
    const double height = 0.45 * math::sin(Env::kHillFrequency * position) + 0.55;  // m
    return {(position - Env::kMinPosition) * kScale, height * kScale};
  }

  static constexpr std::array<render::Point, kPoints> kTrack = [] {
    std::array<render::Point, kPoints> points{};
    for (int i = 0; i < kPoints; ++i) {
      const double length = Env::kMaxPosition - Env::kMinPosition;
      points[static_cast<std::size_t>(i)] = track_at(Env::kMinPosition + length * i / (kPoints - 1));
    }
    return points;
  }();

  // In pieces, whose narrow bounds are drawn faster than the whole's.
  template <class Canvas>
  static constexpr void draw_track(Canvas& canvas) {
    constexpr int kPiece = 9;
    for (std::size_t i = 0; i + 1 < kPoints; i += kPiece) {
      canvas.outline(&kTrack[i], kPiece + 1, 1, render::kBlack, false);
    }
  }

  // The reference turns the car by the cosine that the slope is proportional to, as if that were an angle.
  template <class Canvas>
  static constexpr void draw_car(Canvas& canvas, double position) {
    constexpr double kClearance = 10;  // pixels above the track
    constexpr render::Point kBody[4] = {{-20, 0}, {-20, 20}, {20, 20}, {20, 0}};
    const render::Point ground = track_at(position);
    const render::Affine place =
        render::placement(math::cos(Env::kHillFrequency * position), ground.x, ground.y + kClearance);
    canvas.push(place);
    canvas.polygon(kBody, 4, render::kBlack);
    canvas.pop();
    for (const double wheel : {10.0, -10.0}) canvas.circle(place({wheel, 0}), 8, {128, 128, 128});
  }
};

}  // namespace plyo::scenes
