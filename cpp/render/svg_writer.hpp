// Pieces of SVG text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "render/canvas.hpp"

namespace plyo::render {

class SvgWriter {
 public:
  std::string take() { return std::move(text_); }
  void clear() { text_.clear(); }

  void raw(std::string_view piece) { text_ += piece; }
  // Numbers with at most four decimals, as few as possible, and spaces between them.
  void numbers(std::initializer_list<double> values);
  // name="value", with a space before it.
  void attribute(std::string_view name, double value);
  void color(std::string_view name, Color value);
  void opacity(int alpha);
  void matrix(const Affine& map);
  // d="M..." through points, shifted along both axes.
  void path(const Point* points, int n, double shift, bool closed);
  // A line of a width and nothing inside; no line is thinner than a pixel.
  void stroke(double width, Color value);
  void base64(std::string_view bytes);
  // Text between tags: no markup, and no control characters, which XML does not have.
  void escaped(std::string_view text);

 private:
  void number(double value);

  std::string text_;
};

}  // namespace plyo::render
