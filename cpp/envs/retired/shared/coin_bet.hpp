// The base of the tasks of betting on a biased coin.
#pragma once

#include "../../../core/choose.hpp"
#include "../../../core/environment.hpp"

namespace PLYO_ENVS {

struct CoinBet {
  static constexpr double kRuin = 0.01;  // dollars; less ends an episode
  static constexpr double kPennies = 100;

  // Bets pennies, at most the whole wealth, on one toss of the coin. Returns whether the bet was won.
  static constexpr bool toss(double& wealth, std::int32_t pennies, double edge, double max_wealth, Rng& rng) {
    const double bet = math::min(pennies / kPennies, wealth);
    const bool won = rng.next_double() < edge;
    wealth = math::min(max_wealth, wealth + choose(won, bet, -bet));
    return won;
  }

  // The reward of a step: the wealth at the end, nothing before it.
  static constexpr Step outcome(double wealth, double max_wealth, double rounds) {
    const bool over = (wealth < kRuin) | (wealth == max_wealth) | (rounds == 0);
    Step step{};
    step.reward = choose(over, wealth, 0.0);
    step.terminated = choose(over, 1.0, 0.0);
    return step;
  }

  // One action a penny of the greatest wealth.
  static constexpr SpaceInfo bets(double max_wealth) {
    return named("bet, in pennies", discrete(static_cast<std::size_t>(max_wealth * kPennies)));
  }
};

}  // namespace PLYO_ENVS
