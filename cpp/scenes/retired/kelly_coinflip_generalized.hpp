// A coin, the wealth and the rounds so far. The bias, which the player cannot know, is not shown.
#pragma once

#include "envs/retired/kelly_coinflip_generalized.hpp"
#include "render/canvas.hpp"
#include "scenes/number_text.hpp"
#include "scenes/retired/shared/coin_table.hpp"

namespace PLYO_ENVS {

struct KellyCoinflipGeneralizedScene {
  static constexpr render::Size size(const KellyCoinflipGeneralized::Params&) {
    return scenes::coin_table::kSize;
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const KellyCoinflipGeneralized::State& s,
                             const KellyCoinflipGeneralized::Params&) {
    namespace table = scenes::coin_table;
    table::draw_table(canvas, "?");
    table::draw_bar(canvas, 22, "WEALTH", table::dollars(s.wealth, s.max_ever_wealth),
                    share_of(s.wealth, s.max_ever_wealth), scenes::kGreen);
    const double losses = s.rounds_elapsed - s.wins;
    table::draw_bar(canvas, 88, "ROUNDS WON", scenes::NumberText().real(s.wins, 0),
                    share_of(s.wins, s.rounds_elapsed), scenes::kBlue);
    table::draw_bar(canvas, 154, "ROUNDS LOST", scenes::NumberText().real(losses, 0),
                    share_of(losses, s.rounds_elapsed), scenes::kRed);
  }

 private:
  static constexpr double share_of(double part, double whole) { return whole > 0 ? part / whole : 0; }
};

}  // namespace PLYO_ENVS
