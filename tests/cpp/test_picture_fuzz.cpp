// Pictures from numbers that no task should have: nothing is written outside a frame, and sanitizers stay
// silent.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "pictures.hpp"
#include "render/display_list.hpp"
#include "render/svg.hpp"

namespace {

using namespace plyo::testing;  // NOLINT(google-build-using-namespace)
using Layout = Picture::Layout;

// Draws random shapes with random numbers, one in `strange` of them beyond reason.
class Fuzzer {
 public:
  explicit Fuzzer(unsigned seed, int strange) : draw_(seed), strange_(strange) {}

  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(draw_); }

  double number() {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kStrange[] = {kNan,    kInfinity, -kInfinity, 1e300,   -1e300,     1e-300,
                                   0.0,     -0.0,      1e9,        -1e9,    2147483648, 0x1p21,
                                   -0x1p21, 4096,      0x1p53 + 1, -32768.5};
    if (strange_ > 0 && integer(0, strange_) == 0) return kStrange[integer(0, 15)];
    return std::uniform_real_distribution<double>(-40, 140)(draw_);
  }
  Point point() {
    const double x = number();
    return {x, number()};
  }
  Color color() {
    const auto level = [&] { return static_cast<std::uint8_t>(integer(0, 255)); };
    const std::uint8_t red = level();
    const std::uint8_t green = level();
    return {red, green, level()};
  }

  template <class C>
  void shape(C& canvas) {
    Point points[64];
    const int n = integer(0, 64);
    for (int i = 0; i < n; ++i) points[i] = point();
    const double a = number(), b = number(), c = number(), d = number();
    const Color ink = color();
    switch (integer(0, 14)) {
      case 0:
        return canvas.rect(a, b, c, d, ink, integer(-10, 300));
      case 1:
        return canvas.polygon(points, n, ink, integer(-10, 300));
      case 2:
        return canvas.outline(points, n, a, ink, integer(0, 1) == 0);
      case 3:
        return canvas.line({a, b}, {c, d}, number(), ink);
      case 4:
        return canvas.circle({a, b}, c, ink, integer(-10, 300));
      case 5:
        return canvas.arc({a, b}, c, d, number(), number(), ink);
      case 6:
        return canvas.cells(kRobot, a, b, c / 10);
      case 7:
        return canvas.text("fuzz \x80\x01~", a, b, c, static_cast<Align>(integer(0, 2)), ink,
                           static_cast<Font>(integer(0, 1)));
      case 8:
        return canvas.image(kFourPixels, integer(-1, 2), 2, a, b, c, d, static_cast<Filter>(integer(0, 1)));
      case 9:
        return canvas.push({a / 50, b / 50, c, d / 50, number() / 50, number()});
      case 10:
        return canvas.push(placement(a, b, c));
      case 11:
        return canvas.pop();
      case 12:
        return canvas.clip(a, b, c, d);
      case 13:
        return canvas.unclip();
      default:
        return canvas.y_up(integer(0, 1) == 0);
    }
  }

 private:
  std::mt19937 draw_;
  int strange_;
};

}  // namespace

PLYO_TEST(picture_fuzz_stays_inside_the_frame) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    Fuzzer fuzzer(seed, static_cast<int>(seed % 3) * 6);
    const auto layout = static_cast<Layout>(fuzzer.integer(0, 3));
    Picture picture(fuzzer.integer(1, 100), fuzzer.integer(1, 100), layout);
    const Size surface =
        seed % 2 == 0 ? Size{100, 100} : Size{fuzzer.integer(-1, 2000), fuzzer.integer(0, 2000)};
    Raster canvas(picture.frame(), surface, static_cast<Style>(fuzzer.integer(0, 1)), scratch());
    canvas.clear(kWhite);
    for (int i = 0; i < 60; ++i) fuzzer.shape(canvas);
    CHECK(picture.guarded());
  }
  // and leaves the scratch as it found it
  CHECK(std::all_of(std::begin(scratch().cells), std::end(scratch().cells),
                    [](auto cell) { return cell == 0; }));
  CHECK(std::all_of(std::begin(scratch().touched), std::end(scratch().touched),
                    [](auto word) { return word == 0; }));
}

PLYO_TEST(picture_fuzz_skips_shapes_without_a_place) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {kNan, kInfinity, -kInfinity}) {
    for (const Style style : {Style::kGym, Style::kSmooth}) {
      Picture picture(20, 20);
      Raster canvas(picture.frame(), {20, 20}, style, scratch());
      const Point points[] = {{1, 1}, {bad, 10}, {10, 10}};
      canvas.rect(bad, 0, 10, 10, kBlack);
      canvas.rect(0, 0, bad, 10, kBlack);
      canvas.polygon(points, 3, kBlack);
      canvas.polygon(points, 0, kBlack);
      canvas.polygon(points, -5, kBlack);
      canvas.outline(points, 3, 1, kBlack, true);
      canvas.line({0, 0}, {10, bad}, 1, kBlack);
      canvas.line({0, 0}, {10, 10}, bad, kBlack);
      canvas.circle({bad, 5}, 5, kBlack);
      canvas.circle({5, 5}, kNan, kBlack);
      canvas.circle({5, 5}, -1, kBlack);
      canvas.arc({5, 5}, 5, 0, bad, 1, kBlack);
      canvas.cells(kRobot, bad, 0, 1);
      canvas.cells(kRobot, 0, 0, -1);
      canvas.text("text", 0, bad, 7, Align::kLeft, kBlack);
      canvas.text("text", 0, 0, 0, Align::kLeft, kBlack);
      canvas.image(kFourPixels, 2, 2, 0, 0, bad, 5, Filter::kArea);
      CHECK_EQ(picture.ink(), 0.0);
    }
  }
}

PLYO_TEST(picture_fuzz_display_lists_replay) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Fuzzer fuzzer(seed, static_cast<int>(seed % 3) * 6);
    const auto style = static_cast<Style>(seed % 2);
    DisplayList list({100, 100}, style);
    for (int i = 0; i < 60; ++i) fuzzer.shape(list);
    Picture picture(64, 48);
    Raster canvas(picture.frame(), list.size(), style, scratch());
    const char* wrong = play(list.bytes(), canvas);
    CHECK_EQ(std::string(wrong == nullptr ? "" : wrong), std::string());
    CHECK(picture.guarded());
    CHECK(!to_svg(list.bytes()).empty());
  }
}

PLYO_TEST(picture_fuzz_broken_display_lists_are_refused) {
  DisplayList list(kSceneSize);
  draw_scene(list);
  const std::vector<std::uint8_t> bytes(list.bytes().begin(), list.bytes().end());
  Picture picture(64, 48);
  const auto replay = [&](const std::vector<std::uint8_t>& changed) {
    Raster canvas(picture.frame(), kSceneSize, Style::kGym, scratch());
    return play(changed, canvas);
  };
  CHECK(replay(bytes) == nullptr);
  // every beginning of it
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(replay({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}) != nullptr);
  }
  std::vector<std::uint8_t> longer = bytes;
  longer.push_back(0);
  CHECK(replay(longer) != nullptr);
  // changed bytes: a message or a picture, and never more
  std::mt19937 draw(3);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint8_t> changed = bytes;
    for (int i = 0; i < 1 + round % 4; ++i)
      changed[draw() % changed.size()] = static_cast<std::uint8_t>(draw());
    refused += replay(changed) != nullptr ? 1 : 0;
  }
  CHECK(refused > 500);
  CHECK(picture.guarded());
}
