// render/raster.hpp: the covered pixels, the written bytes, and the same result everywhere.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "pictures.hpp"

namespace {

using namespace plyo::testing;  // NOLINT(google-build-using-namespace)
using Layout = Picture::Layout;
namespace math = plyo::math;

Raster raster(Picture& picture, Style style = Style::kSmooth) {
  return Raster(picture.frame(), {picture.frame().width, picture.frame().height}, style, scratch());
}

std::vector<std::uint8_t> scene(int width, int height, Style style, Layout layout) {
  Picture picture(width, height, layout);
  Raster canvas(picture.frame(), kSceneSize, style, scratch());
  draw_scene(canvas);
  CHECK(picture.guarded());
  return picture.levels();
}

double polygon_area(const std::vector<Point>& points) {
  double twice = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& a = points[i];
    const Point& b = points[(i + 1) % points.size()];
    twice += a.x * b.y - a.y * b.x;
  }
  return std::abs(twice) / 2;
}

}  // namespace

PLYO_TEST(render_rectangles_are_exact) {
  for (const Style style : {Style::kGym, Style::kSmooth}) {
    Picture picture(20, 10);
    raster(picture, style).rect(3, 2, 5, 4, kBlack);
    for (int y = 0; y < 10; ++y) {
      for (int x = 0; x < 20; ++x) {
        const bool inside = x >= 3 && x < 8 && y >= 2 && y < 6;
        CHECK_EQ(int{picture.at(x, y)}, inside ? 0 : 255);
      }
    }
    // a quarter of the corner pixels, half of those along the sides
    Picture cut_up(20, 10);
    raster(cut_up, style).rect(3.5, 2.5, 5, 4, kBlack);
    CHECK_NEAR(int{cut_up.at(3, 2)}, 255 * 3 / 4, 1);
    CHECK_NEAR(int{cut_up.at(5, 2)}, 255 / 2, 1);
    CHECK_NEAR(int{cut_up.at(8, 4)}, 255 / 2, 1);
    CHECK_EQ(int{cut_up.at(4, 3)}, 0);
    CHECK_NEAR(cut_up.ink(), 20.0, 0.05);
    // inside one pixel, and from the other corner
    Picture dot(3, 3);
    raster(dot, style).rect(1.75, 1.75, -0.5, -0.5, kBlack);
    CHECK_NEAR(dot.ink(), 0.25, 0.003);
  }
}

PLYO_TEST(render_mixes_by_alpha) {
  Picture picture(4, 1);
  Raster canvas = raster(picture);
  canvas.rect(0, 0, 1, 1, {255, 0, 0}, 255);
  canvas.rect(1, 0, 1, 1, {255, 0, 0}, 128);
  canvas.rect(2, 0, 1, 1, {255, 0, 0}, 0);
  canvas.rect(3, 0, 1, 1, {255, 0, 0}, -7);
  CHECK_EQ(int{picture.at(0, 0, 1)}, 0);
  CHECK_NEAR(int{picture.at(1, 0, 1)}, 127, 1);
  CHECK_EQ(int{picture.at(2, 0, 1)}, 255);
  CHECK_EQ(int{picture.at(3, 0, 1)}, 255);
}

PLYO_TEST(render_polygons_cover_their_area) {
  std::mt19937 draw(1);
  std::uniform_real_distribution<double> place(5, 95);
  for (int round = 0; round < 200; ++round) {
    // corners around a centre, so that no edge crosses another
    const int n = 3 + round % 9;
    std::vector<Point> points;
    const double radius = 5 + round % 40;
    for (int i = 0; i < n; ++i) {
      const double angle = 2 * math::kPi * i / n;
      const double r = radius * (0.3 + 0.7 * (place(draw) / 95));
      points.push_back({50 + r * math::cos(angle), 50 + r * math::sin(angle)});
    }
    if (round % 2 == 1) std::reverse(points.begin(), points.end());
    Picture picture(100, 100);
    raster(picture).polygon(points.data(), n, kBlack);
    CHECK_NEAR(picture.ink(), polygon_area(points), 0.6);
  }
}

PLYO_TEST(render_fills_what_is_wound_around_twice_once) {
  // a pentagram: its middle is wound around twice
  Picture picture(100, 100);
  const Point star[] = {{50, 10}, {75, 85}, {10, 40}, {90, 40}, {25, 85}};
  raster(picture).polygon(star, 5, kBlack);
  CHECK_EQ(int{picture.at(50, 50)}, 0);
  CHECK_EQ(int{picture.at(50, 30)}, 0);
  CHECK_EQ(int{picture.at(50, 80)}, 255);
}

PLYO_TEST(render_circles_have_the_ink_of_circles) {
  for (const double radius : {0.75, 1.0, 2.5, 5.0, 11.0, 11.75, 40.0, 120.0}) {
    Picture smooth(300, 300);
    raster(smooth).circle({150.25, 149.5}, radius, kBlack);
    CHECK_NEAR(smooth.ink(), math::kPi * radius * radius, 0.1 + radius * 0.02);
    // gfxdraw's circles have the ink of half a pixel more
    Picture gym(300, 300);
    raster(gym, Style::kGym).circle({150.9, 149.2}, radius, kBlack);
    const double grown = std::floor(radius) + 0.5;
    CHECK_NEAR(gym.ink(), math::kPi * grown * grown, 0.1 + radius * 0.02);
  }
}

PLYO_TEST(render_style_gym_cuts_to_pixels_and_includes_both_ends) {
  // gfxdraw covers 7 x 5 pixels between corners that are 6 and 4 apart
  const Point corners[] = {{3.9, 2.2}, {9.1, 2.9}, {9.7, 6.5}, {3.0, 6.0}};
  Picture picture(20, 10);
  raster(picture, Style::kGym).polygon(corners, 4, kBlack);
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 20; ++x) {
      const bool inside = x >= 3 && x <= 9 && y >= 2 && y <= 6;
      CHECK_EQ(int{picture.at(x, y)}, inside ? 0 : 255);
    }
  }
  // one corner is a pixel; two are a line
  Picture dot(5, 5);
  raster(dot, Style::kGym).polygon(corners, 1, kBlack);
  CHECK_NEAR(dot.ink(), 1.0, 1e-9);
  // one row of pixels, ends included, counted from the bottom
  Picture line(20, 10);
  Raster canvas = raster(line, Style::kGym);
  canvas.y_up(true);
  canvas.line({2, 3}, {8, 3}, 1, kBlack);
  CHECK_NEAR(line.ink(), 7.0, 1e-9);
  CHECK_EQ(int{line.at(2, 6)}, 0);
  CHECK_EQ(int{line.at(8, 6)}, 0);
}

PLYO_TEST(render_lines_are_never_thinner_than_a_pixel) {
  for (const Style style : {Style::kGym, Style::kSmooth}) {
    Picture picture(84, 84);
    Raster canvas(picture.frame(), {600, 400}, style, scratch());
    canvas.line({0, 200}, {600, 200}, 1, kBlack);
    CHECK_NEAR(picture.ink(), 84.0, 1.0);
    Picture steep(84, 84);
    Raster other(steep.frame(), {600, 400}, style, scratch());
    const Point points[] = {{300, 0}, {300, 200}, {300, 400}};
    other.outline(points, 3, 0.1, kBlack, false);
    CHECK_NEAR(steep.ink(), 84.0, 1.5);
    // a width that is more than a pixel scales with the axis that it lies along
    Picture wide(60, 80);
    Raster third(wide.frame(), {600, 400}, style, scratch());
    third.line({-10, 200}, {610, 200}, 50, kBlack);
    CHECK_NEAR(wide.ink(), 60.0 * 10, 1.0);
  }
}

PLYO_TEST(render_outlines_have_mitred_corners_and_no_gaps) {
  const Point corners[] = {{10, 10}, {40, 10}, {40, 30}, {10, 30}};
  Picture picture(60, 40);
  raster(picture).outline(corners, 4, 4, kBlack, true);
  CHECK_NEAR(picture.ink(), 34.0 * 24 - 26.0 * 16, 0.01);
  // a polyline of many points along a circle has the ink of its ring; it is drawn in several parts
  std::vector<Point> points;
  for (int i = 0; i < kMaxPoints; ++i) {
    const double angle = 2 * math::kPi * i / kMaxPoints;
    points.push_back({100 + 60 * math::cos(angle), 100 + 60 * math::sin(angle)});
  }
  Picture ring(200, 200);
  raster(ring).outline(points.data(), kMaxPoints, 6, kBlack, true);
  CHECK_NEAR(ring.ink(), 2 * math::kPi * 60 * 6, 10.0);
  Picture arc(200, 200);
  raster(arc).arc({100, 100}, 60, 1, 1 + math::kPi, 6, kBlack);
  CHECK_NEAR(arc.ink(), math::kPi * 60 * 6, 1.0);
}

PLYO_TEST(render_clips_to_a_rectangle) {
  Picture picture(30, 30);
  Raster canvas = raster(picture);
  canvas.clip(5, 6, 10, 4);
  canvas.circle({10, 10}, 30, kBlack);
  canvas.rect(-100, -100, 300, 300, kBlack);
  canvas.cells(kRobot, 0, 0, 8);
  canvas.text("PLYO", 0, 0, 30, Align::kLeft, kBlack);
  canvas.image(kFourPixels, 2, 2, 0, 0, 30, 30, Filter::kNearest);
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 30; ++x) {
      const bool inside = x >= 5 && x < 15 && y >= 6 && y < 10;
      CHECK(inside || picture.at(x, y) == 255);
    }
  }
  canvas.unclip();
  canvas.rect(0, 0, 30, 30, kBlack);
  CHECK_NEAR(picture.ink(), 900.0, 1e-9);
  // from the bottom, and with nothing in it
  Picture other(30, 30);
  Raster up = raster(other);
  up.y_up(true);
  up.clip(0, 0, 30, 10);
  up.rect(0, 0, 30, 30, kBlack);
  CHECK_NEAR(other.ink(), 300.0, 1e-9);
  CHECK_EQ(int{other.at(0, 29)}, 0);
  up.clip(0, 50, 30, 10);
  up.rect(0, 0, 30, 50, kBlack);
  CHECK_NEAR(other.ink(), 300.0, 1e-9);
}

PLYO_TEST(render_transforms_stack) {
  const Point unit[] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  Picture pushed(40, 40), direct(40, 40);
  Raster canvas = raster(pushed);
  canvas.push(translation(10, 5));
  canvas.push(scaling(4, 8));
  canvas.polygon(unit, 4, kBlack);
  canvas.pop();
  canvas.rect(10, 10, 2, 2, kBlack);
  canvas.pop();
  canvas.pop();  // without effect
  canvas.rect(0, 0, 1, 1, kBlack);
  Raster other = raster(direct);
  other.rect(10, 5, 4, 8, kBlack);
  other.rect(20, 15, 2, 2, kBlack);
  other.rect(0, 0, 1, 1, kBlack);
  CHECK(pushed.levels() == direct.levels());
  // a turned rectangle keeps its area, and a quarter turn gives a rectangle again
  Picture turned(40, 40), upright(40, 40);
  Raster third = raster(turned);
  third.push(placement(0.6, 20, 20));
  third.rect(-5, -5, 10, 10, kBlack);
  CHECK_NEAR(turned.ink(), 100.0, 0.2);
  Raster fourth = raster(upright, Style::kGym);
  fourth.push(placement(math::kHalfPi, 20, 20));
  fourth.rect(0, 0, 10, 5, kBlack);
  CHECK_NEAR(upright.ink(), 50.0, 1e-9);
  CHECK_EQ(int{upright.at(15, 20)}, 0);
  // a push too deep has no effect, and can be popped
  Picture deep(40, 40);
  Raster fifth = raster(deep);
  for (int i = 0; i < kMaxDepth + 5; ++i) fifth.push(translation(1, 0));
  fifth.rect(0, 0, 1, 1, kBlack);
  CHECK_EQ(int{deep.at(kMaxDepth, 0)}, 0);
  for (int i = 0; i < kMaxDepth + 5; ++i) fifth.pop();
  fifth.rect(0, 5, 1, 1, kBlack);
  CHECK_EQ(int{deep.at(0, 5)}, 0);
}

PLYO_TEST(render_every_layout_has_the_same_levels) {
  for (const Style style : {Style::kGym, Style::kSmooth}) {
    for (const Size size : {Size{400, 340}, Size{84, 84}, Size{37, 91}, Size{1, 1}, Size{600, 2}}) {
      const std::vector<std::uint8_t> packed = scene(size.width, size.height, style, Layout::kPacked);
      CHECK(scene(size.width, size.height, style, Layout::kStrided) == packed);
      CHECK(scene(size.width, size.height, style, Layout::kPlanar) == packed);
      // GrayscaleObservation: the sum in double from red to blue, cut to an integer
      std::vector<std::uint8_t> gray;
      for (std::size_t i = 0; i < packed.size(); i += 3) {
        gray.push_back(
            static_cast<std::uint8_t>(packed[i] * 0.2125 + packed[i + 1] * 0.7154 + packed[i + 2] * 0.0721));
      }
      CHECK(scene(size.width, size.height, style, Layout::kGray) == gray);
    }
  }
}

// Drawing is integer arithmetic after the coordinates: these hashes hold for every compiler and machine. A
// change of them is a change of observations.
PLYO_TEST(render_pictures_are_the_same_everywhere) {
  struct Golden {
    Size size;
    Style style;
    std::uint64_t hash;
  };
  const Golden goldens[] = {
      {{400, 340}, Style::kGym, 0x99741fdc1cfb8ef1},    {{84, 84}, Style::kGym, 0x221997cf31bfdd17},
      {{96, 64}, Style::kGym, 0x3948ba442ac9edba},      {{1000, 850}, Style::kGym, 0xc16e22e5c2d2e594},
      {{400, 340}, Style::kSmooth, 0x4d831c9fd30f9e3e}, {{84, 84}, Style::kSmooth, 0x12cb6aa0e2a485d},
      {{33, 77}, Style::kSmooth, 0xa008bff573dbb3a3},
  };
  for (const Golden& golden : goldens) {
    const std::uint64_t hash =
        hash_of(scene(golden.size.width, golden.size.height, golden.style, Layout::kPacked));
    if (hash != golden.hash) {
      std::cerr << golden.size.width << " x " << golden.size.height
                << (golden.style == Style::kGym ? " gym" : " smooth") << ": 0x" << std::hex << hash
                << std::dec << "\n";
    }
    CHECK(hash == golden.hash);
  }
}

PLYO_TEST(render_draws_nothing_on_nothing) {
  for (const Size size : {Size{0, 0}, Size{0, 5}, Size{5, 0}, Size{-3, 4}, Size{4, -3}}) {
    for (const int channels : {1, 3}) {
      std::uint8_t guard[16] = {};
      Frame frame = interleaved_frame(guard, size.width, size.height);
      frame.channels = channels;
      Raster canvas(frame, kSceneSize, Style::kGym, scratch());
      draw_scene(canvas);
      CHECK(std::all_of(guard, guard + 16, [](std::uint8_t level) { return level == 0; }));
    }
    // a surface without extent
    Picture picture(8, 8);
    Raster canvas(picture.frame(), size, Style::kSmooth, scratch());
    draw_scene(canvas);
    CHECK(picture.guarded());
  }
}

PLYO_TEST(render_tiles_do_not_show) {
  // wider and taller than the scratch
  for (const Size size : {Size{9001, 5}, Size{5, 2001}, Size{700, 500}}) {
    Picture picture(size.width, size.height);
    const double w = size.width, h = size.height;
    const Point diamond[] = {{w / 2, 0}, {w, h / 2}, {w / 2, h}, {0, h / 2}};
    raster(picture).polygon(diamond, 4, kBlack);
    CHECK_NEAR(picture.ink(), w * h / 2, (w + h) * 0.004);
    Picture all(size.width, size.height);
    const Point far_out[] = {{-1e7, -1e7}, {1e7, -1e7}, {1e7, 1e7}, {-1e7, 1e7}};
    raster(all).polygon(far_out, 4, kBlack);
    CHECK_NEAR(all.ink(), w * h, 1e-6);
  }
  // row by row gives the same bytes as at once
  Picture whole(120, 90), rows(120, 90);
  const Point points[] = {{3.3, 5.1}, {110.7, 40.2}, {60.1, 88.8}, {-20, 60}};
  raster(whole).polygon(points, 4, kBlack);
  Raster canvas = raster(rows);
  for (int y = 0; y < 90; ++y) {
    canvas.clip(0, y, 120, 1);
    canvas.polygon(points, 4, kBlack);
  }
  CHECK(whole.levels() == rows.levels());
}
