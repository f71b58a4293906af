// render/shrunk_surface: the pictures that pygame paints and shrinks. tests/envs/box2d compares them with pygame's own.
#include <cstdint>
#include <limits>
#include <memory>

#include "check.hpp"
#include "render/shrink_table.hpp"
#include "render/shrunk_surface.hpp"

namespace {

using namespace plyo::render;

constexpr int kSide = ShrunkSurface::kSide;
constexpr Color kGreen{102, 204, 230};

struct Painter {
  std::unique_ptr<ShrunkSurface> surface = std::make_unique<ShrunkSurface>();
  ShrunkSurface::Picture picture = {};

  explicit Painter(bool flipped, int first = 0, int last = kSide) { surface->begin(flipped, first, last); }
  void rectangle(double left, double top, double right, double bottom, Color color,
                 Paintwork paintwork = Paintwork::kFilled) {
    const Point points[4] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    surface->add(points, 4, color, paintwork);
  }
  void paint() { surface->paint(picture); }
  bool is(int row, int column, int red, int green, int blue) const {
    const std::uint8_t* const at = picture[row][column];
    return at[0] == red && at[1] == green && at[2] == blue;
  }
};

// Cells cover all pixels, and each pixel is shared out whole.
PLYO_TEST(shrunk_surface_table) {
  constexpr ShrinkTable<1000, 96> kTable;
  CHECK_EQ(kTable.shared[96], 999);
  for (int cell = 0; cell + 1 < 96; ++cell) {
    CHECK(kTable.shared[cell] < kTable.shared[cell + 1]);
    CHECK_EQ(kTable.part[cell] + kTable.rest[cell + 1], 1 << 14);
  }
  for (int x = 0; x < 1000; ++x) {
    const int cell = kTable.cell_of[x];
    CHECK(kTable.shared[cell] < x && x <= kTable.shared[cell + 1]);
  }
}

// The integer arithmetic loses two levels of a plain colour.
PLYO_TEST(shrunk_surface_plain_color) {
  for (const Paintwork paintwork : {Paintwork::kDraw, Paintwork::kFilled, Paintwork::kAntialiased}) {
    Painter painter(true);
    painter.rectangle(-5000, -5000, 5000, 5000, kGreen, paintwork);
    painter.paint();
    for (int row = 0; row < kSide; ++row) {
      for (int column = 0; column < kSide; ++column) CHECK(painter.is(row, column, 100, 202, 228));
    }
  }
}

PLYO_TEST(shrunk_surface_without_polygons_is_black) {
  Painter painter(false);
  painter.picture[3][4][1] = 9;
  painter.paint();
  CHECK(painter.is(3, 4, 0, 0, 0) && painter.is(95, 95, 0, 0, 0));
}

PLYO_TEST(shrunk_surface_later_polygons_cover) {
  Painter painter(false);
  painter.rectangle(0, 0, 999, 399, kWhite);
  painter.rectangle(0, 0, 499, 799, kGreen);
  painter.paint();
  CHECK(painter.is(10, 80, 253, 253, 253));
  CHECK(painter.is(10, 10, 100, 202, 228) && painter.is(80, 10, 100, 202, 228));
  CHECK(painter.is(80, 80, 0, 0, 0));
}

// y from the bottom edge, or from the top edge.
PLYO_TEST(shrunk_surface_flipped) {
  Painter down(false), up(true);
  for (Painter* painter : {&down, &up}) {
    painter->rectangle(0, 100, 999, 199, kWhite);
    painter->paint();
  }
  for (int column = 0; column < kSide; ++column) {
    CHECK(down.is(15, column, 253, 253, 253) && down.is(80, column, 0, 0, 0));
    CHECK(up.is(80, column, 253, 253, 253) && up.is(15, column, 0, 0, 0));
  }
}

// More polygons in a row than fit in a byte: those that the last one covers change nothing.
PLYO_TEST(shrunk_surface_many_polygons) {
  Painter few(false), many(false);
  for (int i = 0; i < 300; ++i)
    many.rectangle(i, 3.0 * (i % 200), i + 40, 700, kWhite, Paintwork::kAntialiased);
  for (Painter* painter : {&few, &many}) {
    painter->rectangle(-20, -20, 1020, 820, kGreen, Paintwork::kAntialiased);
    const Point points[3] = {{100, 100}, {700, 300}, {300, 600}};
    painter->surface->add(points, 3, {255, 0, 0}, Paintwork::kAntialiased);
    painter->paint();
  }
  bool same = true;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      for (int i = 0; i < 3; ++i) same &= few.picture[row][column][i] == many.picture[row][column][i];
    }
  }
  CHECK(same);
  CHECK(few.is(40, 35, 253, 0, 0));
}

// Rows need no others of their part of the picture.
PLYO_TEST(shrunk_surface_parts) {
  Painter whole(true), upper(true, 0, 84), lower(true, 84, kSide);
  for (Painter* painter : {&whole, &upper, &lower}) {
    painter->rectangle(-20, -20, 1020, 820, kGreen, Paintwork::kAntialiased);
    const Point points[3] = {{100, 10}, {900, 300}, {300, 790}};
    painter->surface->add(points, 3, {255, 0, 0}, Paintwork::kAntialiased);
    painter->paint();
  }
  for (int row = 0; row < kSide; ++row) {
    const Painter& part = row < 84 ? upper : lower;
    for (int column = 0; column < kSide; ++column) {
      const std::uint8_t* const at = whole.picture[row][column];
      CHECK(part.is(row, column, at[0], at[1], at[2]));
    }
  }
}

// Plain cells are not summed: what they add to a picture is known for every level.
PLYO_TEST(shrunk_surface_plain_cells) {
  auto colors = std::make_unique<CellColors>();
  for (int level = 0; level < 256; ++level) {
    colors->begin();
    const auto gray = static_cast<std::uint8_t>(level);
    const std::uint8_t index = colors->index_of({gray, 0, 255});
    std::uint16_t plain[4];
    colors->plain(index).store(plain);
    for (int cell = 0; cell < kSide; ++cell) {
      std::uint16_t sum[4];
      (Quad16::load(colors->sums(index)[cell]) + Quad16::load(colors->sums(index)[cell] + 4)).store(sum);
      for (int i = 0; i < 4; ++i) CHECK_EQ(sum[i] * kAcross.kScale >> 16, plain[i]);
    }
  }
}

// Any coordinate, and lines that end outside.
PLYO_TEST(shrunk_surface_far_points) {
  Painter painter(true);
  const double far = 1e300, nan = std::numeric_limits<double>::quiet_NaN();
  const Point wild[4] = {{-far, 3}, {nan, far}, {far, -far}, {500, 400}};
  for (const Paintwork paintwork : {Paintwork::kDraw, Paintwork::kFilled, Paintwork::kAntialiased}) {
    painter.surface->add(wild, 4, kWhite, paintwork);
    painter.rectangle(-1, -1, 1000, 800, kGreen, paintwork);
    painter.rectangle(999, 799, 999, 799, kWhite, paintwork);
  }
  painter.paint();
  CHECK(painter.is(50, 50, 100, 202, 228));
}

// Random polygons of every kind, one picture after the other: the pixels that painting them one by one gave.
PLYO_TEST(shrunk_surface_random_polygons) {
  Painter painter(true);
  std::uint64_t state = 1, digest = 0xCBF29CE484222325U;
  const auto draw = [&](std::uint32_t count) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state >> 40) % count;
  };
  for (int frame = 0; frame < 40; ++frame) {
    painter.surface->begin(frame % 2 == 0, 0, kSide);
    const std::uint32_t num_polygons = draw(60), spread = frame % 3 == 0 ? 2000 : 150;
    for (std::uint32_t i = 0; i < num_polygons; ++i) {
      Point points[ShrunkSurface::kMaxPoints];
      const int count = static_cast<int>(3 + draw(6));
      const double left = draw(1100), low = draw(900);
      for (int k = 0; k < count; ++k) {
        points[k] = {left + draw(spread) - spread / 2.0, low + draw(spread) - spread / 2.0};
      }
      const auto level = [&] { return static_cast<std::uint8_t>(60 * draw(5)); };
      const std::uint8_t gray = level();
      painter.surface->add(points, count, {gray, 9, level()}, static_cast<Paintwork>(draw(3)));
    }
    painter.paint();
    for (const auto& row : painter.picture) {
      for (const auto& pixel : row) {
        for (const std::uint8_t value : pixel) digest = (digest ^ value) * 0x100000001B3U;
      }
    }
  }
  CHECK_EQ(digest, 7117972548080722987U);
}

}  // namespace
