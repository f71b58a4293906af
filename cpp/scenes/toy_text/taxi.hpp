// A town with four stands, a taxi and its passenger, laid out as in gymnasium 1.4.0. After picking up or
// dropping off the taxi faces south: only the last action is known, and a picture remembers nothing.
#pragma once

#include <array>
#include <cstdint>

#include "envs/toy_text/taxi.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"

namespace PLYO_ENVS {

struct TaxiScene {
  static constexpr render::Size size(const Taxi::Params&) { return {536, 456}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Taxi::State& s, const Taxi::Params&) {
    const Taxi::Parts parts = Taxi::decode(s.s);
    draw_town(canvas);
    canvas.cells(kHouse, 403, 36, kCell);
    draw_destination(canvas, corner(Taxi::kStands[parts.destination]));
    if (parts.passenger < Taxi::kInTaxi) {
      const render::Point waits = corner(Taxi::kStands[parts.passenger]);
      canvas.cells({4, 6, kPassenger, &scenes::kInk}, waits.x + 35, waits.y + 19, kCell);
    }
    draw_taxi(canvas, corner(parts.row * Taxi::kSize + parts.column), s.last_action,
              parts.passenger == Taxi::kInTaxi);
  }

 private:
  // pixels
  static constexpr double kCell = 4;
  static constexpr double kLeft = 48, kTop = 128, kPitchX = 88, kPitchY = 56;
  static constexpr double kPadWidth = 80, kPadHeight = 48;

  static constexpr render::Point corner(std::int32_t place) {
    const std::int32_t row = place / Taxi::kSize, column = place % Taxi::kSize;
    return {kLeft + kPitchX * column, kTop + kPitchY * row};
  }

  template <class Canvas>
  static constexpr void draw_town(Canvas& canvas) {
    constexpr render::Color kStreet{0xe9, 0xe7, 0xe1}, kLine{0xd4, 0xd2, 0xca};
    constexpr double kWidth = Taxi::kSize * kPitchX, kHeight = Taxi::kSize * kPitchY;
    canvas.clear(scenes::kPaper);
    canvas.rect(kLeft, kTop, kWidth, kHeight, kStreet);
    for (int i = 0; i <= Taxi::kSize; ++i) {
      // the last lines end where the frame begins
      const double back = i == Taxi::kSize ? kCell : 0;
      canvas.rect(kLeft + i * kPitchX - back, kTop, kCell, kHeight, kLine);
      canvas.rect(kLeft, kTop + i * kPitchY - back, kWidth, kCell, kLine);
    }
    draw_pads(canvas);
    // walls between streets, and the frame, whose bars cross at the corners
    canvas.rect(220, 132, 8, 108, scenes::kInk);
    canvas.rect(132, 300, 8, 108, scenes::kInk);
    canvas.rect(308, 300, 8, 108, scenes::kInk);
    for (const double y : {116.0, 408.0}) canvas.rect(36, y, 464, 8, scenes::kInk);
    for (const double x : {36.0, 488.0}) canvas.rect(x, 116, 8, 304, scenes::kInk);
  }

  template <class Canvas>
  static constexpr void draw_pads(Canvas& canvas) {
    constexpr Text kNames[4] = {"R", "G", "Y", "B"};
    constexpr render::Color kColors[4] = {scenes::kRed, scenes::kGreen, scenes::kYellow, scenes::kBlue};
    for (int i = 0; i < 4; ++i) {
      const render::Point at = corner(Taxi::kStands[i]);
      canvas.rect(at.x + 4, at.y + 4, kPadWidth, kPadHeight, kColors[i]);
      canvas.text(kNames[i], at.x + 36, at.y + 16, 5 * kCell, render::Align::kLeft, render::kWhite,
                  render::Font::k3x5);
    }
  }

  // A frame on a pad.
  template <class Canvas>
  static constexpr void draw_destination(Canvas& canvas, render::Point at) {
    constexpr double kBar = 8;
    const double x = at.x + 4, y = at.y + 4;
    for (const double down : {0.0, kPadHeight - kBar}) {
      canvas.rect(x, y + down, kPadWidth, kBar, scenes::kInk);
    }
    for (const double right : {0.0, kPadWidth - kBar}) {
      canvas.rect(x + right, y, kBar, kPadHeight, scenes::kInk);
    }
  }

  template <class Canvas>
  static constexpr void draw_taxi(Canvas& canvas, render::Point at, std::int32_t last_action, bool taken) {
    const render::Color colors[4] = {scenes::kInk, taken ? scenes::kGreen : scenes::kYellow, scenes::kGlass,
                                     scenes::kRed};
    if (last_action == 2 || last_action == 3) {
      const char* const cells = last_action == 2 ? kEast : kWest.data();
      canvas.cells({14, 9, cells, colors}, at.x + 15, at.y + 9, kCell);
    } else {
      const char* const cells = last_action == 1 ? kNorth : kSouth.data();
      canvas.cells({9, 14, cells, colors}, at.x + 25, at.y, kCell);
    }
  }

  static constexpr char kPassenger[] =
      ".aa."
      ".aa."
      "aaaa"
      ".aa."
      ".aa."
      "a..a";

  // a: outline, b: body, c: glass, d: lamp
  static constexpr char kEast[] =
      "......dd......"
      "...aaaaaaa...."
      "..accabcca...."
      ".aaccabccaa..."
      "abbbbbbbbbbaaa"
      "abababababbbba"
      "abbbbbbbbbbbba"
      "aaaaaaaaaaaaaa"
      "..aaa....aaa..";
  static constexpr auto kWest = scenes::mirrored<14>(kEast);
  static constexpr char kNorth[] =
      "..aaaaa.."
      ".acbbbca."
      "aabbbbbaa"
      "aabbbbbaa"
      ".abcccba."
      ".accccca."
      ".abbbbba."
      ".abdddba."
      ".abbbbba."
      ".abbbbba."
      "aabcccbaa"
      "aabbbbbaa"
      ".adbbbda."
      "..aaaaa..";
  static constexpr auto kSouth = scenes::flipped<9>(kNorth);

  // a: outline, b: roof, c: wall, d: glass, e: door
  static constexpr render::Color kHouseColors[5] = {
      scenes::kInk, scenes::kRed, {0xcd, 0xa6, 0x5e}, scenes::kGlass, {0x7a, 0x56, 0x3a}};
  static constexpr render::CellArt kHouse = render::cell_art<20>(
      ".........aa........."
      ".......aabbaa......."
      ".....aabbbbbbaa....."
      "...aabbbbbbbbbbaa..."
      ".aabbbbbbbbbbbbbbaa."
      "abbbbbbbbbbbbbbbbbba"
      "aaaaaaaaaaaaaaaaaaaa"
      ".acccccccccccccccca."
      ".accaaaaccccaaaacca."
      ".accaddaccccaddacca."
      ".accaddaccccaddacca."
      ".accaaaaccccaaaacca."
      ".acccccccccccccccca."
      ".accaaaaccccaaaacca."
      ".accaddaccccaddacca."
      ".accaddaccccaddacca."
      ".accaaaaccccaaaacca."
      ".acccccaaaaaaccccca."
      ".acccccaeeeeaccccca."
      ".acccccaeeeeaccccca."
      ".acccccaeebeaccccca."
      ".acccccaeeeeaccccca."
      ".acccccaeeeeaccccca."
      "aaaaaaaaaaaaaaaaaaaa",
      kHouseColors);
};

}  // namespace PLYO_ENVS
