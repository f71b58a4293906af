// Reading digits from pictures: a test for networks that read pictures. Reference: gym 0.18.3
// MemorizeDigits-v0. Differences: the digits' shapes are Plyo's own.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct MemorizeDigits {
  static constexpr std::int32_t kHeight = 24, kWidth = 32, kDigitSize = 6;  // pixels

  struct State {
    std::int32_t digit;             // the digit in the picture
    std::int32_t digit_x, digit_y;  // its middle, the same all through an episode
    std::int32_t step_n;            // the reset's own included
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::uint8_t[kHeight][kWidth][3];

  // the range of a digit's middle
  static constexpr std::int64_t kLeft = 6, kRight = 24, kTop = 4, kBottom = 16;
  static constexpr std::int32_t kSafeSteps = 20;  // before an episode can end
  static constexpr Text kDigits[10][kDigitSize] = {
      {"######", "##  ##", "##  ##", "##  ##", "##  ##", "######"},
      {"  ##  ", " ###  ", "  ##  ", "  ##  ", "  ##  ", "######"},
      {"##### ", "    ##", "  ### ", " ##   ", "##    ", "######"},
      {"##### ", "    ##", " #### ", "    ##", "    ##", "##### "},
      {"   ## ", "  ### ", " # ## ", "######", "   ## ", "   ## "},
      {"######", "##    ", "##### ", "    ##", "    ##", "##### "},
      {"  ##  ", " ##   ", "##    ", "##### ", "##  ##", "##### "},
      {"######", "    ##", "   ## ", "  ##  ", "  ##  ", "  ##  "},
      {" #### ", "##  ##", " #### ", "##  ##", "##  ##", " #### "},
      {" #####", "##  ##", " #####", "    ##", "   ## ", "  ##  "}};

  static constexpr EnvInfo info{.summary = "Name the digits that pictures show, one after another.",
                                .source = "OpenAI Gym 0.18.3 MemorizeDigits",
                                .variants = variants(Variant{"MemorizeDigits-v0", kNoTimeLimit, 20}),
                                .observation = box<std::uint8_t[kHeight][kWidth][3]>({"picture", "", 0, 255}),
                                .action = named("the digit that is shown", discrete(10)),
                                .reward_type = RewardType::kInt,
                                .render_fps = 60};

  static constexpr std::int32_t draw_digit(Rng& rng) {
    return static_cast<std::int32_t>(rng.integers(0, 10));
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.digit_x = static_cast<std::int32_t>(rng.integers(kLeft, kRight));
    s.digit_y = static_cast<std::int32_t>(rng.integers(kTop, kBottom));
    s.digit = draw_digit(rng);
    s.step_n = 1;
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params&) {
    const bool right = action == s.digit;
    s.step_n += s.step_n <= kSafeSteps ? 1 : 0;
    const bool over = s.step_n > kSafeSteps && rng.integers(0, 5) == 0;
    s.digit = draw_digit(rng);
    return {right ? 1.0 : -1.0, over};
  }

  // The first pixel of a digit from its middle; a lane before its first reset has it in the corner.
  static constexpr std::int32_t begin(std::int32_t middle) {
    return middle < kDigitSize / 2 ? 0 : middle - kDigitSize / 2;
  }

  static constexpr bool is_state(const State& s, const Params&) {
    return (s.digit >= 0) & (s.digit <= 9) & (s.digit_x >= 0) & (s.digit_x <= kWidth - kDigitSize / 2) &
           (s.digit_y >= 0) & (s.digit_y <= kHeight - kDigitSize / 2) & (s.step_n >= 0);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    for (auto& row : out) {
      for (auto& pixel : row) {
        for (std::uint8_t& value : pixel) value = 0;
      }
    }
    const std::int32_t top = begin(s.digit_y), left = begin(s.digit_x);
    for (std::int32_t y = 0; y < kDigitSize; ++y) {
      for (std::int32_t x = 0; x < kDigitSize; ++x) {
        for (std::int32_t c = 0; c < 3; ++c) {
          out[top + y][left + x][c] = kPictures.pixels[s.digit][y][x][c];
        }
      }
    }
  }

  // The digits as pixels.
  struct Pictures {
    std::uint8_t pixels[10][kDigitSize][kDigitSize][3];
  };
  static const Pictures kPictures;
  static constexpr Pictures make_pictures() {
    Pictures made{};
    for (std::int32_t digit = 0; digit < 10; ++digit) {
      for (std::int32_t y = 0; y < kDigitSize; ++y) {
        for (std::int32_t x = 0; x < kDigitSize; ++x) {
          const bool ink = kDigits[digit][y][static_cast<std::size_t>(x)] == '#';
          for (std::uint8_t& value : made.pixels[digit][y][x]) value = ink ? 255 : 0;
        }
      }
    }
    return made;
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.digit}; }>(
            "digit", "the digit that is shown"),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.digit_x}; }>(
            "digit_x", "column of its middle"),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.digit_y}; }>(
            "digit_y", "row of its middle"),
        attribute<Params, State, [](const Params&) { return false; }>(
            "use_random_colors", "always False: what Gym has to make the task harder is left out"));
  }
};

inline constexpr MemorizeDigits::Pictures MemorizeDigits::kPictures = MemorizeDigits::make_pictures();

}  // namespace PLYO_ENVS
