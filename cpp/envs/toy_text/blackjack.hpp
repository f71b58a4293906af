// Blackjack against a dealer with an endless deck (Sutton & Barto 2018, example 5.1).
// Reference: gymnasium 1.4.0 Blackjack-v1. Differences: none.
#pragma once

#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct Blackjack {
  // Aces count 1 in a sum.
  struct State {
    std::int32_t player_sum, player_has_ace, player_cards;
    std::int32_t dealer_sum, dealer_has_ace, dealer_cards;
    std::int32_t shown;       // the dealer's open card, 1 to 10
    std::int32_t suit, face;  // of the open card, for pictures
  };
  struct Params {
    bool natural = false;
    bool sab = false;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  struct Observation {
    std::int64_t sum, shown, usable_ace;
  };

  static constexpr Text kSuits[4] = {"C", "D", "H", "S"};
  static constexpr Text kFaces[3] = {"J", "Q", "K"};
  static constexpr Text kValues[10] = {"A", "2", "3", "4", "5", "6", "7", "8", "9", "J"};

  static constexpr EnvInfo info{
      .summary = "Come closer to a sum of 21 than the dealer without going over it.",
      .source = "Sutton & Barto (2018), example 5.1; gymnasium 1.4.0 Blackjack",
      .variants = variants(Variant{"Blackjack-v1", kNoTimeLimit, kNoThreshold,
                                   presets(preset("sab", true), preset("natural", false))}),
      .observation =
          tuple(named("the player's sum", discrete(32)), named("the dealer's open card", discrete(11)),
                named("whether an ace counts 11", discrete(2))),
      .action = discrete({"stick", "hit"}),
      .params =
          fields(live(field<&Params::natural>("natural", "whether a win with an ace and a ten pays 1.5")),
                 live(field<&Params::sab>("sab",
                                          "the rules of Sutton & Barto, where an ace and a ten win at once; "
                                          "natural does not count then"))),
      .render_fps = 4};

  static constexpr std::int32_t draw_card(Rng& rng) {
    const auto card = static_cast<std::int32_t>(rng.integers(0, 13)) + 1;
    return card < 10 ? card : 10;
  }
  static constexpr bool has_usable_ace(std::int32_t sum, std::int32_t has_ace) {
    return (has_ace != 0) & (sum + 10 <= 21);
  }
  static constexpr std::int32_t best_sum(std::int32_t sum, std::int32_t has_ace) {
    return has_usable_ace(sum, has_ace) ? sum + 10 : sum;
  }
  // 0 for a bust.
  static constexpr std::int32_t score(std::int32_t sum, std::int32_t has_ace) {
    const std::int32_t best = best_sum(sum, has_ace);
    return best > 21 ? 0 : best;
  }
  static constexpr bool is_natural(std::int32_t sum, std::int32_t has_ace, std::int32_t cards) {
    return (cards == 2) & (has_ace != 0) & (sum == 11);
  }

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.shown = draw_card(rng);
    const std::int32_t hidden = draw_card(rng);
    const std::int32_t first = draw_card(rng), second = draw_card(rng);
    s.dealer_sum = s.shown + hidden;
    s.dealer_has_ace = ((s.shown == 1) | (hidden == 1)) ? 1 : 0;
    s.player_sum = first + second;
    s.player_has_ace = ((first == 1) | (second == 1)) ? 1 : 0;
    s.dealer_cards = s.player_cards = 2;
    s.suit = static_cast<std::int32_t>(rng.integers(0, 4));
    s.face = s.shown == 10 ? static_cast<std::int32_t>(rng.integers(0, 3)) : 0;
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    if (action == 1) {
      const std::int32_t card = draw_card(rng);
      s.player_sum += card;
      s.player_has_ace |= card == 1 ? 1 : 0;
      s.player_cards += 1;
      const bool bust = best_sum(s.player_sum, s.player_has_ace) > 21;
      return {bust ? -1.0 : 0.0, bust};
    }
    while (best_sum(s.dealer_sum, s.dealer_has_ace) < 17) {
      const std::int32_t card = draw_card(rng);
      s.dealer_sum += card;
      s.dealer_has_ace |= card == 1 ? 1 : 0;
      s.dealer_cards += 1;
    }
    const std::int32_t player = score(s.player_sum, s.player_has_ace);
    const std::int32_t dealer = score(s.dealer_sum, s.dealer_has_ace);
    const double reward = (player > dealer ? 1.0 : 0.0) - (player < dealer ? 1.0 : 0.0);
    const bool natural = is_natural(s.player_sum, s.player_has_ace, s.player_cards);
    const bool dealer_natural = is_natural(s.dealer_sum, s.dealer_has_ace, s.dealer_cards);
    if (params.sab && natural && !dealer_natural) return {1.0, true};
    if (!params.sab && params.natural && natural && reward == 1.0) return {1.5, true};
    return {reward, true};
  }

  static constexpr bool is_state(const State& s, const Params&) {
    constexpr std::int32_t kMany = 1 << 30;  // a player may go on hitting after the end
    const auto within = [](std::int32_t value, std::int32_t last) { return value >= 0 && value <= last; };
    return within(s.player_sum, kMany) && within(s.player_has_ace, 1) && within(s.player_cards, kMany) &&
           within(s.dealer_sum, 26) && within(s.dealer_has_ace, 1) && within(s.dealer_cards, kMany) &&
           within(s.shown, 10) && within(s.suit, 3) && within(s.face, 2);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out.sum = best_sum(s.player_sum, s.player_has_ace);
    out.shown = s.shown;
    out.usable_ace = has_usable_ace(s.player_sum, s.player_has_ace) ? 1 : 0;
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params&, const State& s) { return kSuits[s.suit]; }>(
            "dealer_top_card_suit", "C, D, H or S"),
        attribute<Params, State, [](const Params&, const State& s) {
          return s.shown == 10 ? kFaces[s.face] : kValues[s.shown == 0 ? 0 : s.shown - 1];
        }>("dealer_top_card_value_str", "A, 2 to 9, J, Q or K"));
  }
};

}  // namespace PLYO_ENVS
