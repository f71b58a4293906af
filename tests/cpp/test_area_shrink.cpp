// render/area_shrink.hpp: means of areas, of any sizes, and nothing written or read behind an end.
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "check.hpp"
#include "render/area_shrink.hpp"

namespace {

using plyo::render::AreaShrink;
using plyo::render::ShrinkSizes;
using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::mt19937& draw, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(draw() & 255U);
  return bytes;
}

}  // namespace

PLYO_TEST(area_shrink_of_whole_ratios) {
  const Bytes picture = {0, 10, 20, 30,  //
                         4, 10, 21, 30};
  Bytes out(2);
  AreaShrink({2, 4, 1, 2, 1}).shrink({picture.data(), nullptr, nullptr}, out.data());
  CHECK(out == (Bytes{6, 25}));  // 24 / 4 and 101 / 4
  out.resize(4);
  AreaShrink({2, 4, 1, 4, 1}).shrink({picture.data(), nullptr, nullptr}, out.data());
  CHECK(out == (Bytes{2, 10, 20, 30}));  // 20.5 to even
}

PLYO_TEST(area_shrink_of_flat_pictures_of_all_sizes) {
  std::mt19937 draw(1);
  for (int round = 0; round < 300; ++round) {
    const std::size_t height = 1 + draw() % 40, width = 1 + draw() % 40, channels = round % 2 == 0 ? 1 : 3;
    const ShrinkSizes sizes{height, width, 1 + draw() % height, 1 + draw() % width, channels};
    const AreaShrink shrink(sizes);
    const std::size_t out_size = sizes.out_height * sizes.out_width * channels;
    const Bytes flat(height * width * channels, 201);
    Bytes out(out_size);
    shrink.shrink({flat.data(), nullptr, nullptr}, out.data());
    CHECK(out == Bytes(out_size, 201));

    // a palette, and the greater of two pictures: as of the values themselves
    const Bytes palette = random_bytes(draw, 256 * channels);
    const Bytes first = random_bytes(draw, height * width), second = random_bytes(draw, height * width);
    Bytes values;
    for (std::size_t i = 0; i < first.size(); ++i) {
      for (std::size_t c = 0; c < channels; ++c) {
        values.push_back(std::max(palette[first[i] * channels + c], palette[second[i] * channels + c]));
      }
    }
    Bytes expected(out_size);
    shrink.shrink({values.data(), nullptr, nullptr}, expected.data());
    shrink.shrink({first.data(), second.data(), palette.data()}, out.data());
    CHECK(out == expected);
  }
}

PLYO_TEST(area_shrink_marks_values) {
  std::mt19937 draw(2);
  for (std::size_t width = 1; width < 40; ++width) {
    Bytes picture = random_bytes(draw, 5 * width);
    std::copy_n(picture.begin(), width, picture.begin() + static_cast<std::ptrdiff_t>(width));
    Bytes marks(256), expected(256);
    for (const std::uint8_t value : picture) expected[value] = 1;
    CHECK(plyo::render::mark_values(picture.data(), 5, width, marks.data()));
    CHECK(marks == expected);
    CHECK(!plyo::render::mark_values(picture.data(), 5, width, marks.data()));
    marks[picture.back()] = 0;
    CHECK(plyo::render::mark_values(picture.data(), 5, width, marks.data()));
    CHECK(marks == expected);
  }
}
