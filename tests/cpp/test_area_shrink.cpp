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

ShrinkSizes random_sizes(std::mt19937& draw, std::size_t most_width, std::size_t channels) {
  const std::size_t height = 1 + draw() % 40, width = 1 + draw() % most_width;
  return {height, width, 1 + draw() % height, 1 + draw() % width, channels};
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
    const ShrinkSizes sizes = random_sizes(draw, 40, round % 2 == 0 ? 1 : 3);
    const std::size_t height = sizes.height, width = sizes.width, channels = sizes.channels;
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

PLYO_TEST(area_shrink_copies_what_has_not_changed) {
  std::mt19937 draw(3);
  for (int round = 0; round < 300; ++round) {
    const ShrinkSizes sizes = random_sizes(draw, 20, round % 2 == 0 ? 1 : 3);
    const std::size_t height = sizes.height, width = sizes.width, channels = sizes.channels;
    const AreaShrink shrink(sizes);
    const std::size_t out_size = sizes.out_height * sizes.out_width * channels;
    Bytes picture = random_bytes(draw, height * width * channels);
    Bytes old(out_size), expected(out_size), out(out_size), changed(height);
    shrink.shrink({picture.data(), nullptr, nullptr}, old.data());
    for (std::size_t y = 0; y < height; ++y) {
      if (draw() % 8 != 0) continue;
      picture[y * width * channels] ^= 255U;
      changed[y] = 1;
    }
    shrink.shrink({picture.data(), nullptr, nullptr}, expected.data());
    shrink.shrink({picture.data(), nullptr, nullptr}, out.data(), {changed.data(), old.data()});
    CHECK(out == expected);
    shrink.shrink({picture.data(), nullptr, nullptr}, old.data(), {changed.data(), old.data()});
    CHECK(old == expected);
    // nothing has changed: nothing is read
    shrink.shrink({nullptr, nullptr, nullptr}, out.data(), {Bytes(height).data(), old.data()});
    CHECK(out == expected);
  }
}

PLYO_TEST(area_shrink_makes_stacks) {
  std::mt19937 draw(4);
  const AreaShrink shrink({5, 4, 2, 2, 1});
  for (std::size_t size = 1; size < 5; ++size) {
    Bytes rings(2 * size * 4), stacks(2 * size * 4), pictures(2 * 20), before;
    std::vector<Bytes> shrunk(size, Bytes(2 * 4));  // of each step, of both lanes
    for (std::size_t step = 0; step < 12; ++step) {
      if (step % 4 == 0) pictures = random_bytes(draw, 2 * 20);
      pictures[draw() % pictures.size()] ^= 255U;
      shrunk.emplace_back(2 * 4);
      for (std::size_t lane = 0; lane < 2; ++lane) {
        shrink.shrink({pictures.data() + lane * 20, nullptr, nullptr}, shrunk.back().data() + lane * 4);
        plyo::render::ShrinkStacks all;
        all.pictures = pictures.data();
        all.before = step == 0 ? nullptr : before.data();
        all.rings = rings.data();
        all.stacks = stacks.data();
        all.size = size;
        all.newest = step % size;
        plyo::render::shrink_stack(shrink, all, lane);
        for (std::size_t age = 0; age < size; ++age) {
          const Bytes& picture = shrunk[shrunk.size() - size + age];
          CHECK(std::equal(picture.begin() + static_cast<std::ptrdiff_t>(lane * 4),
                           picture.begin() + static_cast<std::ptrdiff_t>(lane * 4 + 4),
                           stacks.begin() + static_cast<std::ptrdiff_t>((lane * size + age) * 4)));
        }
      }
      before = pictures;
    }
  }
}
