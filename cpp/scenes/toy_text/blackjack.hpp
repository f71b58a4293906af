// The dealer's open card and the player's sum on green felt, laid out as in gymnasium 1.4.0.
#pragma once

#include <cstdint>

#include "envs/toy_text/blackjack.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace PLYO_ENVS {

struct BlackjackScene {
  static constexpr render::Size size(const Blackjack::Params&) { return {kWidth, 376}; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const Blackjack::State& s, const Blackjack::Params&) {
    canvas.clear({196, 216, 158});
    constexpr Text kDealer = "DEALER:";
    write(canvas, kDealer, 40, 32);
    write(canvas, scenes::NumberText(s.shown), 40 + width(kDealer) + 12, 32);
    draw_open_card(canvas, s, 96, 72);
    draw_back(canvas, 208, 72);

    write(canvas, "PLAYER", 40, 208);
    const scenes::NumberText sum(Blackjack::best_sum(s.player_sum, s.player_has_ace));
    write(canvas, sum, centered(sum, 60), 248, 60);
    if (Blackjack::has_usable_ace(s.player_sum, s.player_has_ace)) {
      constexpr Text kUsableAce = "USABLE ACE";
      write(canvas, kUsableAce, centered(kUsableAce, kLetter), 328);
    }
  }

 private:
  // pixels
  static constexpr int kWidth = 384, kCell = 4;
  static constexpr double kLetter = 5 * kCell, kCardWidth = 80, kCardHeight = 112;

  static constexpr double width(Text text, double height = kLetter) {
    return render::text_width(text, height, render::Font::k3x5);
  }
  // The left edge of a text in the middle, on a whole cell.
  static constexpr double centered(Text text, double height) {
    return plyo::math::floor((kWidth - width(text, height)) / 2 / kCell) * kCell;
  }
  template <class Canvas>
  static constexpr void write(Canvas& canvas, Text text, double x, double y, double height = kLetter,
                              render::Color color = scenes::kInk) {
    canvas.text(text, x, y, height, render::Align::kLeft, color, render::Font::k3x5);
  }

  // A card with a border, without the cells of the corners.
  template <class Canvas>
  static constexpr void draw_card(Canvas& canvas, double x, double y, render::Color face) {
    constexpr render::Color kBorder{0x96, 0x98, 0xa0};
    canvas.rect(x + kCell, y, kCardWidth - 2 * kCell, kCardHeight, kBorder);
    canvas.rect(x, y + kCell, kCardWidth, kCardHeight - 2 * kCell, kBorder);
    canvas.rect(x + kCell, y + kCell, kCardWidth - 2 * kCell, kCardHeight - 2 * kCell, face);
  }

  template <class Canvas>
  static constexpr void draw_open_card(Canvas& canvas, const Blackjack::State& s, double x, double y) {
    constexpr int kSuitWidth = 8, kSuitHeight = 7;
    constexpr const char* kSuitCells[4] = {// clubs
                                           "..aaaa.."
                                           "..aaaa.."
                                           "aa.aa.aa"
                                           "aaaaaaaa"
                                           "aa.aa.aa"
                                           "...aa..."
                                           "..aaaa..",
                                           // diamonds
                                           "...aa..."
                                           "..aaaa.."
                                           ".aaaaaa."
                                           "aaaaaaaa"
                                           ".aaaaaa."
                                           "..aaaa.."
                                           "...aa...",
                                           // hearts
                                           ".aa..aa."
                                           "aaaaaaaa"
                                           "aaaaaaaa"
                                           "aaaaaaaa"
                                           ".aaaaaa."
                                           "..aaaa.."
                                           "...aa...",
                                           // spades
                                           "...aa..."
                                           "..aaaa.."
                                           ".aaaaaa."
                                           "aaaaaaaa"
                                           "aaaaaaaa"
                                           ".a.aa.a."
                                           "..aaaa.."};
    draw_card(canvas, x, y, {0xfd, 0xfd, 0xfb});
    const bool red = s.suit == 1 || s.suit == 2;
    const render::Color color = red ? render::Color{0xbe, 0x50, 0x4a} : scenes::kInk;
    const Text rank =
        s.shown == 10 ? Blackjack::kFaces[s.face] : Blackjack::kValues[s.shown == 0 ? 0 : s.shown - 1];
    write(canvas, rank, x + 2 * kCell, y + 2 * kCell, kLetter, color);
    canvas.cells({kSuitWidth, kSuitHeight, kSuitCells[s.suit], &color}, x + 6 * kCell, y + 11 * kCell, kCell);
  }

  template <class Canvas>
  static constexpr void draw_back(Canvas& canvas, double x, double y) {
    constexpr render::Color kBack{0xc8, 0x74, 0x6a}, kFrame{0xb0, 0x5e, 0x56};
    constexpr double kInset = 3 * kCell, kInner = 4 * kCell;
    draw_card(canvas, x, y, kBack);
    canvas.rect(x + kInset, y + kInset, kCardWidth - 2 * kInset, kCardHeight - 2 * kInset, kFrame);
    canvas.rect(x + kInner, y + kInner, kCardWidth - 2 * kInner, kCardHeight - 2 * kInner, kBack);
  }
};

}  // namespace PLYO_ENVS
