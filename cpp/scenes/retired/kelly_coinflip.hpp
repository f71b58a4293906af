// A coin, the wealth and the remaining rounds.
#pragma once

#include "envs/retired/kelly_coinflip.hpp"
#include "render/canvas.hpp"
#include "scenes/number_text.hpp"
#include "scenes/retired/shared/coin_table.hpp"

namespace PLYO_ENVS {

struct KellyCoinflipScene {
  static constexpr render::Size size(const KellyCoinflip::Params&) { return scenes::coin_table::kSize; }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const KellyCoinflip::State& s,
                             const KellyCoinflip::Params& params) {
    namespace table = scenes::coin_table;
    table::draw_table(canvas, scenes::NumberText().real(100 * params.edge, 0).text("%"));
    table::draw_bar(canvas, 56, "WEALTH", table::dollars(s.wealth, params.max_wealth),
                    s.wealth / params.max_wealth, scenes::kGreen);
    const scenes::NumberText rounds = scenes::NumberText().real(s.rounds, 0);
    const double share = s.rounds / static_cast<double>(params.max_rounds);
    table::draw_bar(canvas, 124, "ROUNDS LEFT", rounds, share, scenes::kBlue);
  }
};

}  // namespace PLYO_ENVS
