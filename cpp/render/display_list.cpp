#include "render/display_list.hpp"

#include <algorithm>

#include "render/coverage.hpp"
#include "render/glyphs.hpp"

namespace plyo::render {

namespace {

// The nearest multiple of 1/8 that an entry can hold.
int eighths(double value, double low, double high) {
  return static_cast<int>(math::floor(math::clip(value * 8 + 0.5, low, high)));
}

bool finite(const Placement& placed) { return is_finite(placed.low) && is_finite(placed.high); }

}  // namespace

void DisplayList::restart(Size surface, Style style) {
  surface_ = surface;
  style_ = style;
  transforms_ = Transforms(surface);
  bytes_.clear();
  byte(kListVersion);
  byte(style == Style::kGym ? 0 : 1);
  word(std::clamp(surface.width, 0, 65535));
  word(std::clamp(surface.height, 0, 65535));
  close();
}

void DisplayList::word(int value) {
  byte(value & 255);
  byte((value >> 8) & 255);
}

void DisplayList::color(Color value) {
  byte(value.red);
  byte(value.green);
  byte(value.blue);
}

void DisplayList::length(double value) { word(value > 0 ? eighths(value, 0, 65535) : 0); }

void DisplayList::point(Point p) {
  word(eighths(p.x, -32760, 32760));
  word(eighths(p.y, -32760, 32760));
}

void DisplayList::box(const Placement& placed) {
  point(placed.low);
  point(placed.high);
}

void DisplayList::turn(const Placement& placed) {
  byte((placed.transposed ? 1 : 0) + (placed.mirrored_x ? 2 : 0) + (placed.mirrored_y ? 4 : 0));
}

void DisplayList::clip(double x, double y, double width, double height) {
  const Placement placed = place(transforms_, x, transforms_.up() ? y + height : y, width, height);
  open(ListOp::kClip);
  // a shape without a position is invisible
  box(finite(placed) ? placed : Placement{{0, 0}, {0, 0}});
  close();
}

void DisplayList::unclip() {
  open(ListOp::kUnclip);
  close();
}

void DisplayList::clear(Color ink) {
  open(ListOp::kClear);
  color(ink);
  close();
}

void DisplayList::rect(double x, double y, double width, double height, Color ink, int alpha) {
  const Point corners[4] = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
  Point placed[4];
  for (int i = 0; i < 4; ++i) {
    placed[i] = transforms_.down(transforms_.on_surface(corners[i]));
    if (!is_finite(placed[i])) return;
  }
  if (!is_upright(placed)) return polygon(corners, 4, ink, alpha);
  open(ListOp::kRect);
  color(ink);
  byte(std::clamp(alpha, 0, 255));
  point(placed[0]);
  point(placed[2]);
  close();
}

void DisplayList::polygon(const Point* points, int n, Color ink, int alpha) {
  n = std::min(n, kMaxPoints);
  if (n <= 0) return;
  Point placed[kMaxPoints];
  for (int i = 0; i < n; ++i) {
    placed[i] = transforms_.on_surface(points[i]);
    if (!is_finite(placed[i])) return;
    placed[i] = transforms_.down(style_ == Style::kGym ? cut(placed[i]) : placed[i]);
  }
  open(ListOp::kPolygon);
  color(ink);
  byte(std::clamp(alpha, 0, 255));
  byte(n - 1);
  for (int i = 0; i < n; ++i) point(placed[i]);
  close();
}

void DisplayList::outline(const Point* points, int n, double width, Color ink, bool closed) {
  n = std::min(n, kMaxPoints);
  if (n < 2 || !is_finite(width)) return;
  // in style gym an integer is the middle of a pixel, for both directions of y
  const double shift = style_ == Style::kGym ? 0.5 : 0.0;
  Point placed[kMaxPoints];
  for (int i = 0; i < n; ++i) {
    const Point p = transforms_.on_surface(points[i]);
    if (!is_finite(p)) return;
    const Point q = transforms_.down({p.x + shift, p.y + shift});
    placed[i] = {q.x - shift, q.y - shift};
  }
  open(ListOp::kOutline);
  color(ink);
  byte(closed ? 1 : 0);
  length(width * transforms_.scale());
  byte(n - 1);
  for (int i = 0; i < n; ++i) point(placed[i]);
  close();
}

void DisplayList::line(Point from, Point to, double width, Color ink) {
  Point ends[2] = {transforms_.on_surface(from), transforms_.on_surface(to)};
  if (!is_finite(ends[0]) || !is_finite(ends[1]) || !is_finite(width)) return;
  for (Point& end : ends) end = transforms_.down(style_ == Style::kGym ? cut(end) : end);
  open(ListOp::kLine);
  color(ink);
  length(width * transforms_.scale());
  point(ends[0]);
  point(ends[1]);
  close();
}

void DisplayList::circle(Point center, double radius, Color ink, int alpha) {
  const Point middle = transforms_.on_surface(center);
  if (!is_finite(middle) || !(radius >= 0)) return;
  const double scaled = radius * transforms_.scale();
  const bool gym = style_ == Style::kGym;
  open(ListOp::kCircle);
  color(ink);
  byte(std::clamp(alpha, 0, 255));
  point(transforms_.down(gym ? cut(middle) : middle));
  length(gym ? math::trunc(scaled) : scaled);
  close();
}

void DisplayList::arc(Point center, double radius, double from, double to, double width, Color ink) {
  const Point middle = transforms_.on_surface(center);
  if (!is_finite(middle) || !is_finite(radius) || !is_finite(width) || !is_finite(to - from)) return;
  // the transform turns the angles, and turns them around if it mirrors
  Point right = transforms_.turned({1, 0});
  Point along = transforms_.turned({0, 1});
  if (transforms_.up()) {
    right.y = -right.y;
    along.y = -along.y;
  }
  const double sense = right.x * along.y - right.y * along.x < 0 ? -1 : 1;
  const double start = (math::atan2(right.y, right.x) + sense * from) / math::kTwoPi;
  const double sweep = sense * math::clip((to - from) / math::kTwoPi, -1.0, 1.0);
  const double scale = transforms_.scale();
  if (!is_finite(start)) return;
  open(ListOp::kArc);
  color(ink);
  point(transforms_.down(middle));
  length(radius * scale);
  length(width * scale);
  word(static_cast<int>(math::round_even((start - math::floor(start)) * 65536)) & 65535);
  word(static_cast<int>(math::round_even(sweep * 16384)));
  close();
}

void DisplayList::cells(const CellArt& art, double x, double y, double cell_size) {
  if (art.width <= 0 || art.height <= 0 || art.width > 255 || art.height > 255 || !(cell_size > 0)) return;
  const Placement placed = place(transforms_, x, y, art.width * cell_size, art.height * cell_size);
  if (!finite(placed)) return;
  const int size = art.width * art.height;
  const auto cell = [&](int i) {
    const char letter = art.cells[i];
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 1 : 0;
  };
  int colors = 0;
  for (int i = 0; i < size; ++i) colors = std::max(colors, cell(i));
  open(ListOp::kCells);
  box(placed);
  turn(placed);
  byte(art.width);
  byte(art.height);
  byte(colors);
  for (int i = 0; i < colors; ++i) color(art.palette[i]);
  for (int i = 0; i < size;) {
    int run = 1;
    while (run < 8 && i + run < size && cell(i + run) == cell(i)) ++run;
    byte((run - 1) << 5 | cell(i));
    i += run;
  }
  close();
}

void DisplayList::text(Text text, double x, double y, double height, Align align, Color ink, Font font) {
  text = text.substr(0, kMaxText);
  if (text.empty() || !(height > 0)) return;
  const double width = text_width(text, height, font);
  const double left = align == Align::kLeft ? x : align == Align::kCenter ? x - 0.5 * width : x - width;
  const Placement placed = place(transforms_, left, y, width, height);
  if (!finite(placed)) return;
  open(ListOp::kText);
  color(ink);
  byte(font == Font::k3x5 ? 0 : 1);
  box(placed);
  turn(placed);
  word(static_cast<int>(text.size()));
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  close();
}

void DisplayList::image(const std::uint8_t* pixels, int columns, int rows, double x, double y, double width,
                        double height, Filter filter) {
  if (columns <= 0 || rows <= 0 || columns > kMaxImage || rows > kMaxImage) return;
  if (!(width > 0) || !(height > 0)) return;
  const Placement placed = place(transforms_, x, y, width, height);
  if (!finite(placed)) return;
  open(ListOp::kImage);
  box(placed);
  turn(placed);
  byte(filter == Filter::kNearest ? 0 : 1);
  word(columns);
  word(rows);
  bytes_.insert(bytes_.end(), pixels, pixels + std::ptrdiff_t{3} * columns * rows);
  close();
}

const char* read_header(ListReader& reader, ListHeader& header) {
  const int version = reader.byte();
  const int style = reader.byte();
  header.size.width = reader.word();
  header.size.height = reader.word();
  if (reader.failed()) return "the display list is shorter than its header";
  if (version != kListVersion) return "the display list has another version than 1";
  if (style > 1) return "the display list has an unknown style";
  header.style = style == 0 ? Style::kGym : Style::kSmooth;
  return nullptr;
}

Affine turned_box(Point low, Point high, int turn, double columns, double rows) {
  const bool transposed = (turn & 1) != 0;
  // the directions of the source that run to the right and down on the surface
  const double across = (high.x - low.x) / (transposed ? rows : columns);
  const double along = (high.y - low.y) / (transposed ? columns : rows);
  const bool left = (turn & 2) != 0;
  const bool up = (turn & 4) != 0;
  const double x = left ? -across : across;
  const double y = up ? -along : along;
  const double x0 = left ? high.x : low.x;
  const double y0 = up ? high.y : low.y;
  return transposed ? Affine{0, x, x0, y, 0, y0} : Affine{x, 0, x0, 0, y, y0};
}

}  // namespace plyo::render
