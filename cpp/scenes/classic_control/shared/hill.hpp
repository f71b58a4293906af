// A car on wheels in a valley with a flag on the hill, as gymnasium 1.4.0 draws both of its mountain cars.
#pragma once

#include <array>
#include <cstddef>

#include "render/canvas.hpp"

namespace plyo::scenes {

template <class Env>
struct HillScene {
  using Params = typename Env::Params;

  static constexpr render::Size size(const Params&) { return {600, 400}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const typename Env::State& s, const Params& params) {
    canvas.clear(render::kWhite);
    canvas.y_up(true);
    draw_track(canvas, params);
    draw_car(canvas, s.position, params);

    const auto [x, y] = track_at(params.goal_position, params);
    const render::Point cloth[3] = {{x, y + 50}, {x, y + 40}, {x + 25, y + 45}};
    canvas.line({x, y}, {x, y + 50}, 1, render::kBlack);
    canvas.polygon(cloth, 3, {204, 204, 0});
  }

 private:
  static constexpr int kPoints = 100;

  // Where the track is at a position in metres, in pixels from the bottom left.
  static constexpr render::Point track_at(double position, const Params& params) {
    const double scale = 600 / (params.max_position - params.min_position);         // pixels a metre
    const double height = 0.45 * math::sin(Env::kHillFrequency * position) + 0.55;  // m
    return {(position - params.min_position) * scale, height * scale};
  }

  using Track = std::array<render::Point, kPoints>;
  static constexpr Track track_of(const Params& params) {
    Track points{};
    for (int i = 0; i < kPoints; ++i) {
      const double length = params.max_position - params.min_position;
      points[static_cast<std::size_t>(i)] =
          track_at(params.min_position + length * i / (kPoints - 1), params);
    }
    return points;
  }
  static constexpr Track kTrack = track_of(Params{});

  // In pieces, whose narrow bounds are drawn faster than the whole's.
  template <class Canvas>
  static constexpr void draw_track(Canvas& canvas, const Params& params) {
    constexpr int kPiece = 9;
    const bool usual = params.min_position == Env::kMinPosition && params.max_position == Env::kMaxPosition;
    const Track track = usual ? kTrack : track_of(params);
    for (std::size_t i = 0; i + 1 < kPoints; i += kPiece) {
      canvas.outline(&track[i], kPiece + 1, 1, render::kBlack, false);
    }
  }

  // The reference turns the car by the cosine that the slope is proportional to, as if that were an angle.
  template <class Canvas>
  static constexpr void draw_car(Canvas& canvas, double position, const Params& params) {
    constexpr double kClearance = 10;  // pixels above the track
    constexpr render::Point kBody[4] = {{-20, 0}, {-20, 20}, {20, 20}, {20, 0}};
    const render::Point ground = track_at(position, params);
    const render::Affine place =
        render::placement(math::cos(Env::kHillFrequency * position), ground.x, ground.y + kClearance);
    canvas.push(place);
    canvas.polygon(kBody, 4, render::kBlack);
    canvas.pop();
    for (const double wheel : {10.0, -10.0}) canvas.circle(place({wheel, 0}), 8, {128, 128, 128});
  }
};

}  // namespace plyo::scenes
