// The canvas of a scene in a shared object: calls through a table of functions that the host fills in, as the
// canvases themselves are the host's.
#pragma once

#include <cstdint>

#include "../render/canvas.hpp"

namespace plyo {

// The functions of render::Canvas for one kind of canvas. What differs in size between standard libraries is
// passed by address.
struct CanvasTable {
  render::Style (*style)(const void* canvas);
  render::Size (*size)(const void* canvas);
  void (*y_up)(void* canvas, bool on);
  void (*push)(void* canvas, const render::Affine* map);
  void (*pop)(void* canvas);
  void (*clip)(void* canvas, double x, double y, double width, double height);
  void (*unclip)(void* canvas);
  void (*clear)(void* canvas, const render::Color* color);
  void (*rect)(void* canvas, double x, double y, double width, double height, const render::Color* color,
               int alpha);
  void (*polygon)(void* canvas, const render::Point* points, int n, const render::Color* color, int alpha);
  void (*outline)(void* canvas, const render::Point* points, int n, double width, const render::Color* color,
                  bool closed);
  void (*line)(void* canvas, const render::Point* from, const render::Point* to, double width,
               const render::Color* color);
  void (*circle)(void* canvas, const render::Point* center, double radius, const render::Color* color,
                 int alpha);
  void (*arc)(void* canvas, const render::Point* center, double radius, double from, double to, double width,
              const render::Color* color);
  void (*cells)(void* canvas, const render::CellArt* art, double x, double y, double cell_size);
  void (*text)(void* canvas, const Text* text, double x, double y, double height, render::Align align,
               const render::Color* color, render::Font font);
  void (*image)(void* canvas, const std::uint8_t* pixels, int columns, int rows, double x, double y,
                double width, double height, render::Filter filter);
};

// A canvas of the host's.
class ModuleCanvas {
 public:
  ModuleCanvas(const CanvasTable& calls, void* canvas) : calls_(calls), canvas_(canvas) {}

  render::Style style() const { return calls_.style(canvas_); }
  render::Size size() const { return calls_.size(canvas_); }
  void y_up(bool on) { calls_.y_up(canvas_, on); }
  void push(const render::Affine& map) { calls_.push(canvas_, &map); }
  void pop() { calls_.pop(canvas_); }
  void clip(double x, double y, double width, double height) { calls_.clip(canvas_, x, y, width, height); }
  void unclip() { calls_.unclip(canvas_); }
  void clear(render::Color color) { calls_.clear(canvas_, &color); }
  void rect(double x, double y, double width, double height, render::Color color, int alpha = 255) {
    calls_.rect(canvas_, x, y, width, height, &color, alpha);
  }
  void polygon(const render::Point* points, int n, render::Color color, int alpha = 255) {
    calls_.polygon(canvas_, points, n, &color, alpha);
  }
  void outline(const render::Point* points, int n, double width, render::Color color, bool closed) {
    calls_.outline(canvas_, points, n, width, &color, closed);
  }
  void line(render::Point from, render::Point to, double width, render::Color color) {
    calls_.line(canvas_, &from, &to, width, &color);
  }
  void circle(render::Point center, double radius, render::Color color, int alpha = 255) {
    calls_.circle(canvas_, &center, radius, &color, alpha);
  }
  void arc(render::Point center, double radius, double from, double to, double width, render::Color color) {
    calls_.arc(canvas_, &center, radius, from, to, width, &color);
  }
  void cells(const render::CellArt& art, double x, double y, double cell_size) {
    calls_.cells(canvas_, &art, x, y, cell_size);
  }
  void text(Text text, double x, double y, double height, render::Align align, render::Color color,
            render::Font font = render::Font::k5x7) {
    calls_.text(canvas_, &text, x, y, height, align, &color, font);
  }
  void image(const std::uint8_t* pixels, int columns, int rows, double x, double y, double width,
             double height, render::Filter filter) {
    calls_.image(canvas_, pixels, columns, rows, x, y, width, height, filter);
  }

 private:
  const CanvasTable& calls_;
  void* canvas_;
};
static_assert(render::Canvas<ModuleCanvas>);

}  // namespace plyo
