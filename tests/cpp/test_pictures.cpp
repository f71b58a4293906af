// engine/: lanes drawn into frames of any strides by any number of threads, and pictures as observations.
#include <cstring>
#include <numeric>

#include "batches.hpp"
#include "engine/frame_stack.hpp"
#include "render/frame.hpp"
#include "rollout/rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

using Pixels = std::vector<std::uint8_t>;

EngineConfig small_pixels(std::size_t num_envs, int stack, bool gray, bool channels_first) {
  EngineConfig config{.task = &task_named("CartPole"), .num_envs = num_envs};
  config.pixels = PixelConfig{
      .size = {18, 14}, .gray = gray, .stack = stack, .channels_first = channels_first, .style = {}};
  return config;
}

std::vector<std::size_t> first_lanes(std::size_t count) {
  std::vector<std::size_t> lanes(count);
  std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  return lanes;
}

// The pictures of all lanes, without gaps.
Pixels draw_all(const Engine& engine, render::Size size) {
  const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(size.width * size.height);
  Pixels pixels(bytes * engine.num_envs());
  engine.draw(first_lanes(engine.num_envs()), render::Style::kGym, [&](std::size_t i) {
    return render::interleaved_frame(pixels.data() + i * bytes, size.width, size.height);
  });
  return pixels;
}

// ---- the stack ----

PLYO_TEST(pictures_stack_keeps_the_last_in_order) {
  for (const bool channels_first : {true, false}) {
    const FrameStack frames(
        {.size = {3, 2}, .gray = true, .stack = 4, .channels_first = channels_first, .style = {}});
    std::vector<std::byte> memory(frames.memory_bytes());
    const auto paint = [](const render::Frame& frame, std::uint8_t level) {
      std::memset(frame.pixels, level, 6);
    };
    paint(frames.begin(memory.data()), 1);
    frames.fill(memory.data());
    Pixels seen(24);
    const auto at = [&](std::size_t k, std::size_t pixel) {
      return int{channels_first ? seen[6 * k + pixel] : seen[4 * pixel + k]};
    };
    for (int newest = 1; newest < 12; ++newest) {
      CHECK(frames.is_memory(memory.data()));
      frames.write(memory.data(), seen.data());
      for (int k = 0; k < 4; ++k) {
        const int expected = std::max(1, newest - 3 + k);
        CHECK_EQ(at(static_cast<std::size_t>(k), 0), expected);
        CHECK_EQ(at(static_cast<std::size_t>(k), 5), expected);
      }
      paint(frames.push(memory.data()), static_cast<std::uint8_t>(newest + 1));
    }
    memory[0] = std::byte{4};
    CHECK(!frames.is_memory(memory.data()));
  }
}

PLYO_TEST(pictures_stack_refuses_bad_sizes) {
  const auto refuses = [](const PixelConfig& config) {
    try {
      const FrameStack frames(config);
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  CHECK(refuses({.size = {0, 4}}));
  CHECK(refuses({.size = {4, -1}}));
  CHECK(refuses({.size = {4, FrameStack::kMaxSide + 1}}));
  CHECK(refuses({.stack = 0}));
  CHECK(refuses({.stack = FrameStack::kMaxStack + 1}));
  CHECK(!refuses({}));
}

// ---- drawing ----

PLYO_TEST(pictures_of_any_threads_and_strides_are_the_same) {
  constexpr render::Size kSize{61, 37};
  Pixels expected;
  for (const int threads : {1, 2, 5}) {
    Batch batch({.task = &task_named("CartPole"), .num_envs = 33, .num_threads = threads});
    batch.reset(3);
    const std::vector<std::byte> before = batch.engine.save({});
    const Pixels pixels = draw_all(batch.engine, kSize);
    CHECK(before == batch.engine.save({}));
    if (threads == 1) expected = pixels;
    CHECK(pixels == expected);

    // upside down, in planes, with room around
    constexpr std::size_t kRow = 70, kPlane = kRow * 40, kLane = 3 * kPlane;
    Pixels room(kLane * 33, 9);
    batch.engine.draw(first_lanes(33), render::Style::kGym, [&](std::size_t i) {
      return render::Frame{room.data() + i * kLane + 36 * kRow,
                           kSize.width,
                           kSize.height,
                           -std::ptrdiff_t{kRow},
                           1,
                           std::ptrdiff_t{kPlane},
                           3};
    });
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < 33; ++i) {
      for (std::size_t k = 0; k < kLane; ++k) {
        const std::size_t plane = k / kPlane, row = k % kPlane / kRow, x = k % kRow;
        const bool inside = row < 37 && x < 61;
        const std::uint8_t level =
            inside ? expected[((i * 37 + (36 - row)) * 61 + x) * 3 + plane] : std::uint8_t{9};
        wrong += room[i * kLane + k] != level ? 1 : 0;
      }
    }
    CHECK_EQ(wrong, std::size_t{0});
  }
}

PLYO_TEST(pictures_need_a_reset) {
  Batch batch({.task = &task_named("CartPole"), .num_envs = 3});
  batch.reset(base_seed(0), {1, 0, 1});
  std::string what;
  try {
    draw_all(batch.engine, {5, 5});
  } catch (const ResetNeeded& e) {
    what = e.what();
  }
  CHECK(what.find("environment 1") != std::string::npos);
}

// ---- observations ----

PLYO_TEST(pictures_observed_are_those_drawn) {
  Rng rng = seeded_rng(4);
  for (const bool gray : {true, false}) {
    for (const bool channels_first : {true, false}) {
      Batch batch(small_pixels(11, 3, gray, channels_first));
      const std::size_t channels = gray ? 1 : 3, deep = 3 * channels;
      CHECK_EQ(batch.engine.observation_sizes().total, 18 * 14 * deep);
      batch.reset(8);
      for (int t = 0; t < 30; ++t) {
        const Bytes actions = random_actions(batch.engine.action_space(), 11, rng);
        batch.step(leaves_of(actions, batch.engine.action_sizes(), 11));
        const Pixels pixels = draw_all(batch.engine, {18, 14});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < 11 * 18 * 14; ++i) {
          const std::uint8_t* const rgb = pixels.data() + 3 * i;
          const std::size_t lane = i / (18 * 14), pixel = i % (18 * 14);
          for (std::size_t c = 0; c < channels; ++c) {
            const std::size_t channel = 2 * channels + c;  // of the newest picture
            const std::size_t place = channels_first ? channel * 18 * 14 + pixel : pixel * deep + channel;
            const auto seen = static_cast<std::uint8_t>(batch.observations[lane * deep * 18 * 14 + place]);
            wrong += seen != (gray ? render::gray_of(rgb[0], rgb[1], rgb[2]) : rgb[c]) ? 1 : 0;
          }
        }
        CHECK_EQ(wrong, std::size_t{0});
      }
    }
  }
}

PLYO_TEST(pictures_observed_by_rollouts_are_those_of_steps) {
  Batch stepped(small_pixels(37, 4, true, true)), rolled(small_pixels(37, 4, true, true));
  stepped.reset(2);
  rolled.reset(2);
  Bytes last = make_block(rolled.engine.observation_sizes(), 37);
  RandomPolicy policy(SeedWords{6});
  RolloutRequest request;
  request.num_steps = 60;
  TrajectoryArrays& arrays = request.arrays;
  Bytes actions = make_block(rolled.engine.action_sizes(), 37 * 60);
  arrays.actions = leaves_of(actions, rolled.engine.action_sizes(), 37 * 60);
  arrays.last_observations = leaves_of(last, rolled.engine.observation_sizes(), 37);
  rollout(rolled.engine, policy, request);
  for (std::size_t t = 0; t < 60; ++t) {
    stepped.step(leaves_of(part_of(actions, stepped.engine.action_sizes(), 37 * 60, t * 37, 37),
                           stepped.engine.action_sizes(), 37));
  }
  CHECK(stepped.observations == last);
  CHECK(stepped.engine.save({}) == rolled.engine.save({}));
}

PLYO_TEST(pictures_display_list_is_of_the_lane) {
  Batch batch({.task = &task_named("CartPole"), .num_envs = 2});
  batch.reset(5);
  const auto first = batch.engine.display_list(0, render::Style::kSmooth);
  CHECK(first.size() > 20 && first.size() < 200);
  CHECK(first == batch.engine.display_list(0, render::Style::kSmooth));
  CHECK(first != batch.engine.display_list(1, render::Style::kSmooth));
}

}  // namespace
