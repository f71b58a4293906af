// The canvases of this build as tables of functions, for the scenes of modules.
#include "render/display_list.hpp"
#include "render/raster.hpp"
#include "task_library.hpp"

namespace plyo {
namespace {

using render::Affine, render::Align, render::CellArt, render::Color, render::Filter, render::Font,
    render::Point;

template <class Canvas>
Canvas& on(void* canvas) {
  return *static_cast<Canvas*>(canvas);
}

template <class Canvas>
constexpr CanvasTable make_calls() {
  return {.style = [](const void* canvas) { return static_cast<const Canvas*>(canvas)->style(); },
          .size = [](const void* canvas) { return static_cast<const Canvas*>(canvas)->size(); },
          .y_up = [](void* canvas, bool up) { on<Canvas>(canvas).y_up(up); },
          .push = [](void* canvas, const Affine* map) { on<Canvas>(canvas).push(*map); },
          .pop = [](void* canvas) { on<Canvas>(canvas).pop(); },
          .clip = [](void* canvas, double x, double y, double width,
                     double height) { on<Canvas>(canvas).clip(x, y, width, height); },
          .unclip = [](void* canvas) { on<Canvas>(canvas).unclip(); },
          .clear = [](void* canvas, const Color* color) { on<Canvas>(canvas).clear(*color); },
          .rect = [](void* canvas, double x, double y, double width, double height, const Color* color,
                     int alpha) { on<Canvas>(canvas).rect(x, y, width, height, *color, alpha); },
          .polygon = [](void* canvas, const Point* points, int n, const Color* color,
                        int alpha) { on<Canvas>(canvas).polygon(points, n, *color, alpha); },
          .outline = [](void* canvas, const Point* points, int n, double width, const Color* color,
                        bool closed) { on<Canvas>(canvas).outline(points, n, width, *color, closed); },
          .line = [](void* canvas, const Point* from, const Point* to, double width,
                     const Color* color) { on<Canvas>(canvas).line(*from, *to, width, *color); },
          .circle = [](void* canvas, const Point* center, double radius, const Color* color,
                       int alpha) { on<Canvas>(canvas).circle(*center, radius, *color, alpha); },
          .arc = [](void* canvas, const Point* center, double radius, double from, double to, double width,
                    const Color* color) { on<Canvas>(canvas).arc(*center, radius, from, to, width, *color); },
          .cells = [](void* canvas, const CellArt* art, double x, double y,
                      double cell_size) { on<Canvas>(canvas).cells(*art, x, y, cell_size); },
          .text = [](void* canvas, const Text* text, double x, double y, double height, Align align,
                     const Color* color,
                     Font font) { on<Canvas>(canvas).text(*text, x, y, height, align, *color, font); },
          .image =
              [](void* canvas, const std::uint8_t* pixels, int columns, int rows, double x, double y,
                 double width, double height, Filter filter) {
                on<Canvas>(canvas).image(pixels, columns, rows, x, y, width, height, filter);
              }};
}

}  // namespace

const CanvasTable kRasterCalls = make_calls<render::Raster>();
const CanvasTable kListCalls = make_calls<render::DisplayList>();

}  // namespace plyo
