// render/raster.hpp: pixel art, glyphs and images.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "pictures.hpp"

namespace {

using namespace plyo::testing;  // NOLINT(google-build-using-namespace)

constexpr Color kInk[] = {{0, 0, 0}, {255, 0, 0}};

Raster raster(Picture& picture) {
  return Raster(picture.frame(), {picture.frame().width, picture.frame().height}, Style::kGym, scratch());
}

}  // namespace

PLYO_TEST(cells_are_exact_at_whole_sizes) {
  static constexpr CellArt art = cell_art<3>(
      "a.b"
      "ba.",
      kInk);
  Picture picture(20, 10);
  raster(picture).cells(art, 2, 1, 4);
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 20; ++x) {
      const int column = x >= 2 ? (x - 2) / 4 : -1;
      const int row = y >= 1 ? (y - 1) / 4 : -1;
      const bool inside = column >= 0 && column < 3 && row >= 0 && row < 2;
      const char cell = inside ? art.cells[row * 3 + column] : '.';
      CHECK_EQ(int{picture.at(x, y, 0)}, cell == 'a' ? 0 : 255);
      CHECK_EQ(int{picture.at(x, y, 1)}, cell == '.' ? 255 : 0);
    }
  }
}

PLYO_TEST(cells_have_no_seams_at_any_size) {
  static constexpr CellArt art = cell_art<4>("aaaaaaaaaaaa", kInk);
  for (const double size : {0.3, 0.77, 1.0, 1.5, 3.7, 9.99}) {
    Picture picture(60, 60);
    raster(picture).cells(art, 3.3, 4.6, size);
    // as much ink as one rectangle, and none missing inside it
    CHECK_NEAR(picture.ink(), 12 * size * size, 0.02 * (1 + size) + 0.05);
    for (int y = 5; y + 1 < 4.6 + 3 * size; ++y) {
      for (int x = 4; x + 1 < 3.3 + 4 * size; ++x) CHECK_EQ(int{picture.at(x, y)}, 0);
    }
  }
}

PLYO_TEST(cells_follow_mirrors_and_quarter_turns) {
  // the robot, drawn cell by cell through the same transform
  for (const Affine& map :
       {Affine{1, 0, 20, 0, 1, 20}, Affine{-1, 0, 20, 0, 1, 20}, Affine{1, 0, 20, 0, -1, 20},
        Affine{0, 1, 20, 1, 0, 20}, Affine{0, -1, 20, 1, 0, 20}, Affine{0, -2, 20, -1, 0, 25},
        rotation(plyo::math::kHalfPi) * translation(12, -20)}) {
    for (const bool up : {false, true}) {
      Picture art(40, 40), single(40, 40);
      Raster canvas = raster(art);
      Raster other = raster(single);
      canvas.y_up(up);
      other.y_up(up);
      canvas.push(map);
      other.push(map);
      canvas.cells(kRobot, 1, 0, 1);
      for (int row = 0; row < kRobot.height; ++row) {
        for (int column = 0; column < kRobot.width; ++column) {
          const char cell = kRobot.cells[row * kRobot.width + column];
          if (cell != '.') other.rect(1 + column, up ? -row - 1 : row, 1, 1, kPalette[cell - 'a']);
        }
      }
      CHECK(art.levels() == single.levels());
    }
  }
}

PLYO_TEST(cells_of_text_stand_where_they_are_aligned) {
  for (const Font font : {Font::k3x5, Font::k5x7}) {
    const double rows = font == Font::k3x5 ? 5 : 7;
    // an underscore is the bottom row of a glyph, from its first to its last column
    const double width = font == Font::k3x5 ? 3 : 5;
    const double left[] = {20, 20 - width, 20 - 2 * width};
    const Align aligns[] = {Align::kLeft, Align::kCenter, Align::kRight};
    for (int i = 0; i < 3; ++i) {
      Picture picture(40, 20);
      raster(picture).text("_", 20, 1, 2 * rows, aligns[i], kBlack, font);
      CHECK_NEAR(picture.ink(), 4 * width, 1e-9);
      CHECK_EQ(int{picture.at(static_cast<int>(left[i]), static_cast<int>(2 * rows))}, 0);
    }
    // upright from either end of the surface
    Picture down(60, 20), up(60, 20);
    raster(down).text("Fy7", 4, 3, 2 * rows, Align::kLeft, kBlack, font);
    Raster canvas = raster(up);
    canvas.y_up(true);
    canvas.text("Fy7", 4, 17, 2 * rows, Align::kLeft, kBlack, font);
    CHECK(down.levels() == up.levels());
    CHECK(down.ink() > 20);
    CHECK_NEAR(text_width("Fy7", 2 * rows, font), 2 * (3 * width + 2), 1e-12);
  }
  // a space has no ink; a character without a glyph is a box
  Picture blank(40, 20);
  raster(blank).text("  ", 0, 0, 14, Align::kLeft, kBlack);
  CHECK_EQ(blank.ink(), 0.0);
  raster(blank).text("\xff", 0, 0, 7, Align::kLeft, kBlack);
  CHECK_NEAR(blank.ink(), 20.0, 1e-9);
  // every glyph but the space differs from the box and from nothing
  for (const Font font : {Font::k3x5, Font::k5x7}) {
    Picture box(10, 10);
    raster(box).text("\x01", 0, 0, font == Font::k3x5 ? 5 : 7, Align::kLeft, kBlack, font);
    for (char letter = '!'; letter <= '~'; ++letter) {
      Picture glyph(10, 10);
      raster(glyph).text({&letter, 1}, 0, 0, font == Font::k3x5 ? 5 : 7, Align::kLeft, kBlack, font);
      CHECK(glyph.ink() > 0.5);
      CHECK(font == Font::k3x5 || glyph.levels() != box.levels());
    }
  }
}

PLYO_TEST(cells_of_images_are_copied_enlarged_and_averaged) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 12 * 8 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 + i / 5));
  const auto pixel = [&](int x, int y, int channel) {
    return pixels.begin() + std::ptrdiff_t{3} * (12 * y + x) + channel;
  };
  for (const Filter filter : {Filter::kNearest, Filter::kArea}) {
    Picture same(12, 8);
    raster(same).image(pixels.data(), 12, 8, 0, 0, 12, 8, filter);
    CHECK(same.levels() == pixels);
    Picture twice(24, 16);
    raster(twice).image(pixels.data(), 12, 8, 0, 0, 24, 16, filter);
    bool equal = true;
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 24; ++x) equal &= twice.at(x, y, 1) == *pixel(x / 2, y / 2, 1);
    }
    CHECK(equal);
  }
  // a third of the size: the mean of nine
  Picture small(4, 2);
  raster(small).image(pixels.data(), 12, 6, 0, 0, 4, 2, Filter::kArea);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 4; ++x) {
      double sum = 0;
      for (int i = 0; i < 9; ++i) sum += *pixel(3 * x + i % 3, 3 * y + i / 3, 0);
      CHECK_NEAR(int{small.at(x, y)}, sum / 9, 1.0);
    }
  }
  // a flat image stays flat at any size
  const std::vector<std::uint8_t> flat(std::size_t{3} * 50 * 50, 77);
  for (int size = 1; size < 120; size += 7) {
    Picture picture(size, size);
    raster(picture).image(flat.data(), 50, 50, 0, 0, size, size, Filter::kArea);
    for (const std::uint8_t level : picture.levels()) CHECK_EQ(int{level}, 77);
  }
}
