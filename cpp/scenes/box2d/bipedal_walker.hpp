// A walker on its ground, as gymnasium 1.4.0 draws it, without the ray that blinks there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "envs/box2d/bipedal_walker.hpp"
#include "render/canvas.hpp"
#include "shared/bodies.hpp"

namespace PLYO_ENVS {

struct BipedalWalkerScene {
  static constexpr render::Size size(const BipedalWalker::Params&) { return {kWidth, kHeight}; }

  template <class Canvas>
  static void draw(Canvas& canvas, const BipedalWalker::State& s, const BipedalWalker::Params&) {
    const walker::Terrain& terrain = s.world.ground.terrain;
    const double scroll = static_cast<double>(s.world.bodies[walker::kHull].transform.p.x) - kWide / 5;
    canvas.clear({215, 215, 255});
    canvas.y_up(true);
    canvas.push(render::translation(-scroll * kScale, 0));
    draw_clouds(canvas, s, scroll);
    draw_ground(canvas, terrain, scroll);
    for (std::uint32_t i = 0; i < terrain.num_boxes; ++i) {
      plyo::scenes::draw_body(canvas, terrain.boxes[i], {}, kPixels, render::kWhite, {153, 153, 153});
    }
    draw_walker(canvas, s);
    draw_flag(canvas);
    canvas.pop();
  }

 private:
  static constexpr int kWidth = 600, kHeight = 400;
  static constexpr double kScale = walker::kScale;  // pixels a metre
  static constexpr double kWide = kWidth / kScale;  // m, of the picture

  static constexpr auto kPixels = static_cast<float>(kScale);

  // Ten pentagons that move half as fast as the ground.
  template <class Canvas>
  static void draw_clouds(Canvas& canvas, const BipedalWalker::State& s, double scroll) {
    constexpr int kClouds = 10, kCorners = 5;
    Rng rng = BipedalWalker::cloud_stream(s);
    const double puff = 5 * walker::kStep;
    for (int i = 0; i < kClouds; ++i) {
      const double x = rng.uniform(0, walker::kLength) * walker::kStep;
      render::Point cloud[kCorners];
      for (int k = 0; k < kCorners; ++k) {
        const auto [sine, cosine] = math::sincos(3.14 * 2 * k / kCorners);
        const double right = x + 15 * walker::kStep * sine + rng.uniform(0, puff);
        const double up = kHeight / kScale * 3 / 4 + 5 * walker::kStep * cosine + rng.uniform(0, puff);
        cloud[k] = {(right + scroll / 2) * kScale, up * kScale};
      }
      canvas.polygon(cloud, kCorners, render::kWhite);
    }
  }

  // The ground down to the lower border, and its edges in two greens by turns.
  template <class Canvas>
  static void draw_ground(Canvas& canvas, const walker::Terrain& terrain, double scroll) {
    constexpr std::size_t kMost = 64;  // more than there are in the picture
    const std::size_t first = walker::point_left_of(static_cast<float>(scroll) - 1);
    render::Point points[kMost + 2];
    std::size_t count = 0;
    for (std::size_t i = first; i < walker::kPoints && count < kMost; ++i) {
      const physics2d::Vec2& point = terrain.points[i];
      points[count++] = {static_cast<double>(point.x) * kScale, static_cast<double>(point.y) * kScale};
      if (static_cast<double>(point.x) > scroll + kWide + 1) break;
    }
    if (count < 2) return;
    points[count] = {points[count - 1].x, 0};
    points[count + 1] = {points[0].x, 0};
    canvas.polygon(points, static_cast<int>(count) + 2, {102, 153, 76});
    for (std::size_t i = 0; i + 1 < count; ++i) {
      canvas.outline(points + i, 2, 1, {76, static_cast<std::uint8_t>((first + i) % 2 == 0 ? 255 : 204), 76},
                     false);
    }
  }

  template <class Canvas>
  static void draw_walker(Canvas& canvas, const BipedalWalker::State& s) {
    constexpr render::Color kFill[3] = {{127, 51, 229}, {178, 101, 152}, {128, 51, 102}};
    constexpr render::Color kLine[3] = {{76, 76, 127}, {127, 76, 101}, {77, 26, 51}};
    // the legs, then the hull before them
    for (const std::uint32_t body : {1U, 2U, 3U, 4U, 0U}) {
      const std::uint32_t part = (body + 1) / 2;  // the hull, the first leg, the second
      plyo::scenes::draw_body(canvas, walker::Scene::blueprint().fixtures[body].shape,
                              s.world.bodies[body].transform, kPixels, kFill[part], kLine[part]);
    }
  }

  template <class Canvas>
  static void draw_flag(Canvas& canvas) {
    constexpr double kX = 42, kFoot = 100, kTop = 150;
    constexpr render::Point kCloth[3] = {{kX, kTop}, {kX, kTop - 10}, {kX + 25, kTop - 5}};
    constexpr render::Point kPole[2] = {{kX, kFoot}, {kX, kTop}};
    canvas.outline(kPole, 2, 1, render::kBlack, false);
    canvas.polygon(kCloth, 3, {230, 51, 0});
    canvas.outline(kCloth, 3, 1, render::kBlack, true);
  }
};

}  // namespace PLYO_ENVS
