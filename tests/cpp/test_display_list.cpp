// render/display_list.hpp and render/svg.hpp: a list draws the recorded picture, and text that browsers
// read.
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "pictures.hpp"
#include "render/display_list.hpp"
#include "render/svg.hpp"

namespace {

using namespace plyo::testing;  // NOLINT(google-build-using-namespace)

// The levels of a picture drawn directly, and from its list.
template <class Draw>
std::pair<std::vector<std::uint8_t>, std::vector<std::uint8_t>> both(Size size, Size surface, Style style,
                                                                     Draw&& draw) {
  Picture direct(size.width, size.height), replayed(size.width, size.height);
  Raster canvas(direct.frame(), surface, style, scratch());
  draw(canvas);
  DisplayList list(surface, style);
  draw(list);
  Raster other(replayed.frame(), surface, style, scratch());
  CHECK(play(list.bytes(), other) == nullptr);
  return {direct.levels(), replayed.levels()};
}

std::size_t count(const std::string& text, const std::string& piece) {
  std::size_t found = 0;
  for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++found;
  return found;
}

}  // namespace

PLYO_TEST(display_list_replays_the_same_picture) {
  // the scene's coordinates are multiples of 1/8, except for the corners of turned shapes
  for (const Size size : {Size{400, 340}, Size{84, 84}, Size{1000, 850}}) {
    const auto [direct, replayed] = both(size, kSceneSize, Style::kGym, [](auto& c) { draw_scene(c); });
    CHECK(direct == replayed);
  }
  // in style smooth those are up to 1/16 pixel off
  const auto [direct, replayed] =
      both({400, 340}, kSceneSize, Style::kSmooth, [](auto& canvas) { draw_scene(canvas); });
  int largest = 0;
  for (std::size_t i = 0; i < direct.size(); ++i) {
    largest = std::max(largest, std::abs(int{direct[i]} - int{replayed[i]}));
  }
  CHECK(largest <= 255 / 8);
}

PLYO_TEST(display_list_keeps_cut_shapes_as_they_are) {
  // positions that style gym cuts to pixels are unchanged by 1/8 pixels
  std::mt19937 draw(5);
  std::uniform_real_distribution<double> place(-20, 120);
  for (int round = 0; round < 50; ++round) {
    Point p[8];
    for (Point& point : p) point = {place(draw), place(draw)};
    const auto [direct, replayed] = both({100, 100}, {100, 100}, Style::kGym, [&](auto& canvas) {
      canvas.clear(kWhite);
      canvas.y_up(round % 2 == 0);
      canvas.push(placement(p[7].x, p[7].y / 10, 3));
      canvas.polygon(p, 5, {1, 100, 200}, 200);
      canvas.line(p[5], p[6], 1, kBlack);
      canvas.circle(p[0], std::abs(p[1].x) / 5, {200, 0, 0});
      canvas.pop();
      canvas.circle(p[2], 4.9999, {0, 200, 0});
    });
    CHECK(direct == replayed);
  }
}

PLYO_TEST(display_list_is_small_and_starts_again) {
  DisplayList list({600, 400});
  CHECK_EQ(list.bytes().size(), std::size_t{7});
  const Point cart[] = {{275, 85}, {275, 115}, {325, 115}, {325, 85}};
  list.clear(kWhite);
  list.polygon(cart, 4, kBlack);
  list.polygon(cart, 4, kBlack);
  list.circle({300, 100}, 5, kBlack);
  list.line({0, 100}, {600, 100}, 1, kBlack);
  CHECK_EQ(list.bytes().size(), std::size_t{80});
  list.restart({50, 60}, Style::kSmooth);
  ListReader reader(list.bytes());
  ListHeader header;
  CHECK(read_header(reader, header) == nullptr);
  CHECK(header.size == (Size{50, 60}));
  CHECK(header.style == Style::kSmooth);
  CHECK_EQ(reader.byte(), 0);
  CHECK(reader.at_end());
}

PLYO_TEST(display_list_as_svg_is_one_element) {
  for (const Style style : {Style::kGym, Style::kSmooth}) {
    DisplayList list(kSceneSize, style);
    draw_scene(list);
    const std::string svg = to_svg(list.bytes(), 320, "a <b> & \"c\"\n");
    CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 340\" width=\"320\""));
    CHECK(svg.ends_with("</svg>"));
    CHECK(svg.find("<title>a &lt;b&gt; &amp; &quot;c&quot; </title>") != std::string::npos);
    // every tag is closed and every quote has its other one
    CHECK_EQ(count(svg, "<"), count(svg, ">"));
    CHECK_EQ(count(svg, "<svg"), count(svg, "</svg>"));
    CHECK_EQ(count(svg, "<svg"), std::size_t{2});
    CHECK_EQ(count(svg, "/>") + 2 * (count(svg, "<svg") + 1), count(svg, "<"));
    CHECK_EQ(count(svg, "\"") % 2, std::size_t{0});
    CHECK_EQ(count(svg, "id="), std::size_t{0});
    CHECK_EQ(count(svg, "nan") + count(svg, "inf"), std::size_t{0});
    CHECK(svg.size() < 20000);
  }
}

PLYO_TEST(display_list_as_svg_forgets_what_was_cleared) {
  DisplayList list({20, 10});
  list.circle({5, 5}, 3, kBlack);
  list.clip(1, 2, 3, 4);
  list.clear({1, 2, 3});
  list.rect(0.125, 0, 2, 2, kBlack, 51);
  const std::string svg = to_svg(list.bytes());
  CHECK_EQ(
      svg,
      std::string(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 20 10\" width=\"20\" "
          "role=\"img\" style=\"max-width:100%\" stroke-miterlimit=\"2\"><rect width=\"20\" height=\"10\" "
          "fill=\"#010203\" shape-rendering=\"crispEdges\"/><svg x=\"1\" y=\"2\" width=\"3\" "
          "height=\"4\" viewBox=\"1 2 3 4\"><rect x=\"0.125\" width=\"2\" height=\"2\" "
          "fill=\"#000000\" opacity=\"0.2\" shape-rendering=\"crispEdges\"/></svg></svg>"));
  const std::vector<std::uint8_t> garbage = {1, 0, 1, 0, 1, 0, 99};
  CHECK_THROWS(to_svg(garbage), std::invalid_argument);
}

PLYO_TEST(display_list_images_become_png) {
  const std::uint8_t pixel[] = {255, 0, 0};
  const std::string png = to_png(pixel, 1, 1);
  // the file as another encoder's stored blocks give it
  const unsigned char expected[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0, 0,    13,
                                    'I',  'H', 'D', 'R', 0,    0,    0,    1,    0,    0, 0,    1,
                                    8,    2,   0,   0,   0,    0x90, 0x77, 0x53, 0xde, 0, 0,    0,
                                    15,   'I', 'D', 'A', 'T',  0x78, 0x01, 1,    4,    0, 0xfb, 0xff,
                                    0,    255, 0,   0,   0x03, 0x01, 0x01, 0x00};
  CHECK(png.compare(0, sizeof(expected), std::string(expected, expected + sizeof(expected))) == 0);
  CHECK(png.ends_with(std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12)));
}
