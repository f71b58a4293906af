#include "render/svg.hpp"

#include <algorithm>
#include <stdexcept>

#include "render/display_list.hpp"
#include "render/glyphs.hpp"
#include "render/svg_writer.hpp"

namespace plyo::render {

namespace {

// The canvas that `play` draws on: y runs down, and only boxes are transformed.
class SvgCanvas {
 public:
  SvgCanvas(Size size, Style style) : size_(size), style_(style) {}

  std::string finish() {
    unclip();
    return out_.take();
  }

  Style style() const { return style_; }
  Size size() const { return size_; }
  void y_up(bool) {}
  void push(const Affine& map) { map_ = map; }
  void pop() { map_ = {}; }

  void clip(double x, double y, double width, double height);
  void unclip();
  void clear(Color color);
  void rect(double x, double y, double width, double height, Color color, int alpha = 255);
  void polygon(const Point* points, int n, Color color, int alpha = 255);
  void outline(const Point* points, int n, double width, Color color, bool closed);
  void line(Point from, Point to, double width, Color color);
  void circle(Point center, double radius, Color color, int alpha = 255);
  void arc(Point center, double radius, double from, double to, double width, Color color);
  void cells(const CellArt& art, double x, double y, double cell_size);
  void text(Text text, double x, double y, double height, Align align, Color color, Font font = Font::k5x7);
  void image(const std::uint8_t* pixels, int columns, int rows, double x, double y, double width,
             double height, Filter filter);

 private:
  bool gym() const { return style_ == Style::kGym; }
  // Squares of the cells for which `ink` holds, runs of them as one rectangle, in one path of a colour.
  template <class Ink>
  void runs(int columns, int rows, Color color, Ink&& ink);

  Size size_;
  Style style_;
  Affine map_;
  std::string clip_;  // the tag that began the clip, if there is one
  SvgWriter out_;
};
static_assert(Canvas<SvgCanvas>);

void SvgCanvas::clip(double x, double y, double width, double height) {
  unclip();
  SvgWriter tag;
  tag.raw("<svg");
  tag.attribute("x", x);
  tag.attribute("y", y);
  tag.attribute("width", width);
  tag.attribute("height", height);
  tag.raw(" viewBox=\"");
  tag.numbers({x, y, width, height});
  tag.raw("\">");
  clip_ = tag.take();
  out_.raw(clip_);
}

void SvgCanvas::unclip() {
  if (!clip_.empty()) out_.raw("</svg>");
  clip_.clear();
}

void SvgCanvas::clear(Color color) {
  // earlier drawings are covered; a clip continues
  out_.clear();
  rect(0, 0, size_.width, size_.height, color);
  out_.raw(clip_);
}

void SvgCanvas::rect(double x, double y, double width, double height, Color color, int alpha) {
  const double left = math::min(x, x + width);
  const double top = math::min(y, y + height);
  out_.raw("<rect");
  if (left != 0) out_.attribute("x", left);
  if (top != 0) out_.attribute("y", top);
  out_.attribute("width", math::abs(width));
  out_.attribute("height", math::abs(height));
  out_.color("fill", color);
  out_.opacity(alpha);
  out_.raw(" shape-rendering=\"crispEdges\"/>");
}

void SvgCanvas::polygon(const Point* points, int n, Color color, int alpha) {
  out_.raw("<path");
  out_.path(points, n, 0, true);
  out_.color("fill", color);
  // grown by half a pixel
  if (gym()) out_.color("stroke", color);
  out_.opacity(alpha);
  out_.raw("/>");
}

void SvgCanvas::outline(const Point* points, int n, double width, Color color, bool closed) {
  out_.raw("<path");
  out_.path(points, n, gym() ? 0.5 : 0, closed);
  out_.stroke(width, color);
  out_.raw("/>");
}

void SvgCanvas::line(Point from, Point to, double width, Color color) {
  const Point ends[2] = {from, to};
  out_.raw("<path");
  out_.path(ends, 2, 0, false);
  out_.stroke(width, color);
  // half a pixel more at both ends
  if (gym() && width <= 1) out_.raw(" stroke-linecap=\"square\"");
  out_.raw("/>");
}

void SvgCanvas::circle(Point center, double radius, Color color, int alpha) {
  out_.raw("<circle");
  out_.attribute("cx", center.x);
  out_.attribute("cy", center.y);
  out_.attribute("r", gym() ? radius + 0.5 : radius);
  out_.color("fill", color);
  out_.opacity(alpha);
  out_.raw("/>");
}

void SvgCanvas::arc(Point center, double radius, double from, double to, double width, Color color) {
  const double sweep = to - from;
  if (math::abs(sweep) > math::kTwoPi - 1e-3) {
    out_.raw("<circle");
    out_.attribute("cx", center.x);
    out_.attribute("cy", center.y);
    out_.attribute("r", radius);
  } else {
    const math::SinCos start = math::sincos(from);
    const math::SinCos end = math::sincos(to);
    out_.raw("<path d=\"M");
    out_.numbers({center.x + radius * start.cos, center.y + radius * start.sin});
    out_.raw("A");
    out_.numbers({radius, radius, 0, math::abs(sweep) > math::kPi ? 1.0 : 0.0, sweep > 0 ? 1.0 : 0.0,
                  center.x + radius * end.cos, center.y + radius * end.sin});
    out_.raw("\"");
  }
  out_.stroke(width, color);
  out_.raw("/>");
}

template <class Ink>
void SvgCanvas::runs(int columns, int rows, Color color, Ink&& ink) {
  out_.raw("<path");
  out_.matrix(map_);
  out_.color("fill", color);
  out_.raw(" shape-rendering=\"crispEdges\" d=\"");
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      if (!ink(column, row)) continue;
      int end = column + 1;
      while (end < columns && ink(end, row)) ++end;
      out_.raw("M");
      out_.numbers({static_cast<double>(column), static_cast<double>(row)});
      out_.raw("h");
      out_.numbers({static_cast<double>(end - column)});
      out_.raw("v1h");
      out_.numbers({static_cast<double>(column - end)});
      out_.raw("z");
      column = end;
    }
  }
  out_.raw("\"/>");
}

void SvgCanvas::cells(const CellArt& art, double, double, double) {
  const char* end = art.cells + std::ptrdiff_t{art.width} * art.height;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    if (std::find(art.cells, end, letter) == end) continue;
    runs(art.width, art.height, art.palette[letter - 'a'],
         [&](int column, int row) { return art.cells[row * art.width + column] == letter; });
  }
}

void SvgCanvas::text(Text text, double, double, double, Align, Color color, Font font) {
  const int advance = glyph_columns(font) + 1;
  runs(advance * static_cast<int>(text.size()), glyph_rows(font), color, [&](int column, int row) {
    return column % advance < advance - 1 &&
           glyph_ink(font, text[static_cast<std::size_t>(column / advance)], column % advance, row);
  });
}

void SvgCanvas::image(const std::uint8_t* pixels, int columns, int rows, double, double, double, double,
                      Filter filter) {
  if (columns == 0 || rows == 0) return;
  out_.raw("<image");
  out_.matrix(map_);
  out_.attribute("width", columns);
  out_.attribute("height", rows);
  // the mean over a pixel's area is flat where an image is enlarged
  const bool enlarged = math::abs(map_.xx + map_.xy) >= 1;
  if (filter == Filter::kNearest || enlarged) out_.raw(" style=\"image-rendering:pixelated\"");
  out_.raw(" href=\"data:image/png;base64,");
  out_.base64(to_png(pixels, columns, rows));
  out_.raw("\"/>");
}

}  // namespace

std::string to_svg(std::span<const std::uint8_t> display_list, int width, std::string_view title) {
  ListReader reader(display_list);
  ListHeader header;
  const char* wrong = read_header(reader, header);
  SvgCanvas canvas(header.size, header.style);
  if (wrong == nullptr) wrong = play(display_list, canvas);
  if (wrong != nullptr) throw std::invalid_argument(wrong);
  SvgWriter out;
  out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"");
  const double surface_width = header.size.width;
  out.numbers({0, 0, surface_width, static_cast<double>(header.size.height)});
  out.raw("\"");
  out.attribute("width", width > 0 ? width : surface_width);
  out.raw(" role=\"img\" style=\"max-width:100%\" stroke-miterlimit=\"2\">");
  if (!title.empty()) {
    out.raw("<title>");
    out.escaped(title);
    out.raw("</title>");
  }
  out.raw(canvas.finish());
  out.raw("</svg>");
  return out.take();
}

}  // namespace plyo::render
