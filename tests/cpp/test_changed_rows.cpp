// render/changed_rows.hpp: pictures of all widths.
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "check.hpp"
#include "render/changed_rows.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

}  // namespace

PLYO_TEST(changed_rows_are_marked_and_copied) {
  std::mt19937 draw(2);
  for (std::size_t width = 1; width < 40; ++width) {
    Bytes picture(5 * width);
    for (auto& byte : picture) byte = static_cast<std::uint8_t>(draw() & 255U);
    std::copy_n(picture.begin(), width, picture.begin() + static_cast<std::ptrdiff_t>(width));
    const plyo::render::SeenPictures alone{picture.data(), nullptr, 5, width};
    Bytes marks(256), expected(256);
    for (const std::uint8_t value : picture) expected[value] = 1;
    CHECK(plyo::render::mark_values(alone, marks.data(), nullptr));
    CHECK(marks == expected);
    CHECK(!plyo::render::mark_values(alone, marks.data(), nullptr));
    marks[picture.back()] = 0;
    CHECK(plyo::render::mark_values(alone, marks.data(), nullptr));
    CHECK(marks == expected);

    // only what differs from the picture before is looked at
    Bytes next = picture, changed(5), differing(5);
    const plyo::render::SeenPictures both{next.data(), picture.data(), 5, width};
    CHECK(!plyo::render::mark_values(both, marks.data(), changed.data()));
    CHECK(changed == differing);
    for (const std::size_t y : {std::size_t{1}, std::size_t{4}}) {
      next[y * width + draw() % width] ^= 255U;
      differing[y] = 1;
    }
    for (const std::uint8_t value : next) expected[value] = 1;
    const bool has_new = marks != expected;
    CHECK(plyo::render::mark_values(both, marks.data(), changed.data()) == has_new);
    CHECK(marks == expected);
    CHECK(changed == differing);
    plyo::render::copy_rows(next.data(), 5, width, changed.data(), picture.data());
    CHECK(picture == next);
  }
}
