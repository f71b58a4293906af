// A car on its track, seen from above, as gymnasium 1.4.0 draws it at 600 x 400 pixels: the window of which the
// observation is a smaller picture.
#pragma once

#include "envs/box2d/car_racing.hpp"
#include "render/canvas.hpp"

namespace PLYO_ENVS {

struct CarRacingScene {
  static constexpr render::Size size(const CarRacing::Params&) { return {600, 400}; }

  template <class Canvas>
  static void draw(Canvas& canvas, const CarRacing::State& s, const CarRacing::Params&) {
    canvas.clear(render::kBlack);
    canvas.push(render::scaling(600 / car_racing::kWindowWidth, 400 / car_racing::kWindowHeight));
    canvas.y_up(true);
    Sink<Canvas> sink{canvas};
    const car_racing::View view(s);
    car_racing::add_field(sink, view, s, render::Paintwork::kAntialiased);
    car_racing::add_road(sink, view, s, render::Paintwork::kAntialiased);
    draw_skids(canvas, view, s);
    car_racing::add_car(sink, view, s);
    canvas.y_up(false);
    canvas.rect(0, car_racing::kWindowHeight - car_racing::kPanelHeight, car_racing::kWindowWidth,
                car_racing::kPanelHeight, render::kBlack);
    car_racing::add_panel(sink, s);
    canvas.pop();
  }

 private:
  template <class Canvas>
  static void draw_skids(Canvas& canvas, const car_racing::View& view, const CarRacing::State& s) {
    constexpr render::Color kMud{102, 102, 0};
    s.skids.each([&](const car_racing::SkidMark& mark) {
      render::Point points[car_racing::SkidMark::kMaxPoints];
      for (std::uint32_t i = 0; i < mark.count; ++i) {
        points[i] = view({static_cast<double>(mark.points[i].x), static_cast<double>(mark.points[i].y)});
      }
      canvas.outline(points, static_cast<int>(mark.count), 2, mark.on_grass != 0 ? kMud : render::kBlack,
                     false);
    });
  }

  template <class Canvas>
  struct Sink {
    Canvas& canvas;
    void add(const render::Point* points, int count, render::Color color, render::Paintwork) const {
      canvas.polygon(points, count, color);
    }
  };
};

}  // namespace PLYO_ENVS
