// Betting on a coin that is known to be biased (Haghani & Dewey 2016). Reference: gym 0.18.3
// KellyCoinflip-v0. Differences: the wealth is observed as float32.
#pragma once

#include "../../core/environment.hpp"
#include "shared/coin_bet.hpp"

namespace PLYO_ENVS {

struct KellyCoinflip {
  struct State {
    double wealth;  // dollars
    double rounds;  // left
  };
  struct Params {
    double initial_wealth = 25.0;  // dollars
    double edge = 0.6;
    double max_wealth = 250.0;  // dollars
    std::int64_t max_rounds = 300;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  struct Observation {
    float wealth[1];
    std::int64_t rounds;
  };

  static constexpr double kGreatestWealth = 2e7;
  static constexpr std::int64_t kMostRounds = 1'000'000'000;

  static constexpr EnvInfo info{
      .summary = "Bet on a biased coin without going broke; the reward is the wealth at the end.",
      .source =
          "Haghani & Dewey (2016), \"Rational decision-making under uncertainty\"; OpenAI Gym 0.18.3 "
          "KellyCoinflip",
      .variants = variants(Variant{"KellyCoinflip-v0", kNoTimeLimit, 246.61}),
      .observation =
          tuple(named("wealth", box({{"wealth", "dollars", 0, 250}})), named("rounds left", discrete(301))),
      .action = CoinBet::bets(250),
      .params =
          fields(live(field<&Params::initial_wealth>("initial_wealth", "dollars")),
                 live(field<&Params::edge>("edge", "probability that the coin falls as the player bets")),
                 field<&Params::max_wealth>("max_wealth", "dollars; to reach them ends the episode"),
                 field<&Params::max_rounds>("max_rounds", "rounds after which the episode ends"))};

  static constexpr Text check(const Params& params) {
    if (!(params.max_wealth >= 1 && params.max_wealth <= kGreatestWealth)) {
      return "max_wealth must be from 1 to 20000000 dollars, got {max_wealth}";
    }
    if (!(params.initial_wealth >= CoinBet::kRuin && params.initial_wealth <= params.max_wealth)) {
      return "initial_wealth must be from 0.01 to max_wealth, got {initial_wealth}";
    }
    if (!(params.edge >= 0 && params.edge <= 1)) return "edge must be from 0 to 1, got {edge}";
    if (params.max_rounds < 1 || params.max_rounds > kMostRounds) {
      return "max_rounds must be from 1 to 1000000000, got {max_rounds}";
    }
    return "";
  }

  static constexpr SpaceInfo observation_space(const Params& params) {
    return tuple(named("wealth", box({{"wealth", "dollars", 0, params.max_wealth}})),
                 named("rounds left", discrete(static_cast<std::size_t>(params.max_rounds) + 1)));
  }
  static constexpr SpaceInfo action_space(const Params& params) { return CoinBet::bets(params.max_wealth); }

  static constexpr void reset(State& s, Rng&, const Params& params, const ResetOptions&) {
    s = {params.initial_wealth, static_cast<double>(params.max_rounds)};
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    s.rounds = math::max(s.rounds - 1, 0.0);
    CoinBet::toss(s.wealth, action, params.edge, params.max_wealth, rng);
    return CoinBet::outcome(s.wealth, params.max_wealth, s.rounds);
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    return (s.wealth >= 0) & (s.wealth <= params.max_wealth) & (s.rounds >= 0) &
           (s.rounds <= static_cast<double>(params.max_rounds));
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out.wealth[0] = static_cast<float>(s.wealth);
    out.rounds = static_cast<std::int64_t>(s.rounds);
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params&, const State& s) { return s.wealth; }>("wealth", "dollars"),
        attribute<Params, State,
                  [](const Params&, const State& s) { return static_cast<std::int64_t>(s.rounds); }>(
            "rounds", "rounds left"),
        attribute<Params, State, [](const Params& p) { return p.max_wealth; }>(
            "max_wealth", "dollars; to reach them ends the episode"),
        attribute<Params, State, [](const Params& p) { return p.max_rounds; }>(
            "max_rounds", "rounds after which the episode ends"));
  }
};

}  // namespace PLYO_ENVS
