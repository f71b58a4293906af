// Betting on a coin of unknown bias, for an unknown time, up to an unknown wealth.
// Reference: gym 0.18.3 KellyCoinflipGeneralized-v0 with clip_distributions, which keeps its spaces from
// changing. Differences: the three draws are made by inversion, with other random numbers than NumPy's; alpha
// and beta of the bias are integers; the wealth is observed as float32.
#pragma once

#include "../../core/distributions.hpp"
#include "../../core/environment.hpp"
#include "shared/coin_bet.hpp"

namespace PLYO_ENVS {

struct KellyCoinflipGeneralized {
  struct State {
    double edge, max_wealth, max_rounds;  // drawn: a probability, dollars, a count
    double wealth, max_ever_wealth;       // dollars
    double rounds_elapsed, wins;
  };
  struct Params {
    double initial_wealth = 25.0;  // dollars
    std::int64_t edge_prior_alpha = 7;
    std::int64_t edge_prior_beta = 3;
    double max_wealth_alpha = 5.0;
    double max_wealth_m = 200.0;  // dollars
    double max_rounds_mean = 300.0;
    double max_rounds_sd = 25.0;
    bool count_losses = false;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  struct Observation {
    float wealth[1];
    std::int64_t rounds_elapsed, wins, losses;
    float max_ever_wealth[1];
  };

  // The share of either distribution that is kept: values above are drawn again.
  static constexpr double kKeptWealths = 0.85, kKeptRounds = 0.99;
  static constexpr double kGreatestWealth = 2e7, kMostRounds = 1e9;

  static constexpr EnvInfo info{
      .summary = "Bet on a coin of unknown bias for an unknown number of rounds and up to an unknown wealth.",
      .source =
          "Haghani & Dewey (2016), \"Rational decision-making under uncertainty\"; OpenAI Gym 0.18.3 "
          "KellyCoinflipGeneralized",
      .variants = variants(Variant{"KellyCoinflipGeneralized-v0"}),
      .observation = tuple(named("wealth", box({{"wealth", "dollars", 0, 2834}})),
                           named("rounds elapsed", discrete(359)), named("rounds won", discrete(359)),
                           named("rounds lost", discrete(359)),
                           named("greatest wealth so far", box({{"wealth", "dollars", 0, 2834}}))),
      .action = CoinBet::bets(2834),
      .params = fields(
          live(field<&Params::initial_wealth>("initial_wealth", "dollars")),
          live(field<&Params::edge_prior_alpha>(
              "edge_prior_alpha", "of the Beta distribution of the probability to win, an integer")),
          live(field<&Params::edge_prior_beta>("edge_prior_beta", "the same")),
          field<&Params::max_wealth_alpha>("max_wealth_alpha",
                                           "shape of the generalised Pareto distribution of the wealth that "
                                           "ends the episode; its upper 15 % are drawn again"),
          field<&Params::max_wealth_m>("max_wealth_m", "its least value, dollars"),
          field<&Params::max_rounds_mean>(
              "max_rounds_mean",
              "mean of the normal distribution of the rounds; its upper 1 % are drawn again"),
          field<&Params::max_rounds_sd>("max_rounds_sd", "its standard deviation"),
          field<&Params::count_losses>("count_losses",
                                       "whether a lost round counts as lost; in Gym it counts as won"))};

  // The upper bounds of all draws.
  static constexpr double wealth_bound(const Params& params) {
    return math::round_even(pareto_quantile(kKeptWealths, params.max_wealth_alpha, params.max_wealth_m));
  }
  static constexpr double rounds_bound(const Params& params) {
    return math::round_even(params.max_rounds_mean + params.max_rounds_sd * normal_quantile(kKeptRounds));
  }

  static constexpr Text check(const Params& params) {
    if (!(params.max_wealth_m >= 1 && params.max_wealth_m <= kGreatestWealth)) {
      return "max_wealth_m must be from 1 to 20000000 dollars, got {max_wealth_m}";
    }
    if (!(params.initial_wealth >= CoinBet::kRuin && params.initial_wealth <= params.max_wealth_m)) {
      return "initial_wealth must be from 0.01 to max_wealth_m, got {initial_wealth}";
    }
    if (!(params.max_wealth_alpha > 0 && wealth_bound(params) <= kGreatestWealth)) {
      return "max_wealth_alpha must be positive and give 20000000 dollars at most, got {max_wealth_alpha}";
    }
    if (params.edge_prior_alpha < 1 || params.edge_prior_alpha > kMostBetaDraws) {
      return "edge_prior_alpha must be from 1 to 64, got {edge_prior_alpha}";
    }
    if (params.edge_prior_beta < 1 || params.edge_prior_alpha + params.edge_prior_beta - 1 > kMostBetaDraws) {
      return "edge_prior_beta must be at least 1 and at most 65 less edge_prior_alpha, got {edge_prior_beta}";
    }
    if (!(params.max_rounds_mean >= 1)) return "max_rounds_mean must be at least 1, got {max_rounds_mean}";
    if (!(params.max_rounds_sd >= 0 && rounds_bound(params) <= kMostRounds)) {
      return "max_rounds_sd must be at least 0 and give 1000000000 rounds at most, got {max_rounds_sd}";
    }
    return "";
  }

  static constexpr SpaceInfo observation_space(const Params& params) {
    const SpaceInfo wealth = box({{"wealth", "dollars", 0, wealth_bound(params)}});
    const SpaceInfo count = discrete(static_cast<std::size_t>(rounds_bound(params)) + 1);
    return tuple(named("wealth", wealth), named("rounds elapsed", count), named("rounds won", count),
                 named("rounds lost", count), named("greatest wealth so far", wealth));
  }
  static constexpr SpaceInfo action_space(const Params& params) {
    return CoinBet::bets(wealth_bound(params));
  }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
    s.edge = draw_beta(params.edge_prior_alpha, params.edge_prior_beta, rng);
    // uniform below the share that is kept: the same as repeating draws until one is kept
    const double part = kKeptWealths * rng.next_double();
    s.max_wealth = math::round_even(pareto_quantile(part, params.max_wealth_alpha, params.max_wealth_m));
    const double most = rounds_bound(params);
    do {
      s.max_rounds = math::round_even(draw_normal(params.max_rounds_mean, params.max_rounds_sd, rng));
    } while ((s.max_rounds < 1) | (s.max_rounds > most));
    s.wealth = s.max_ever_wealth = params.initial_wealth;
    s.rounds_elapsed = s.wins = 0;
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const bool won = CoinBet::toss(s.wealth, action, s.edge, s.max_wealth, rng);
    // past the end of an episode the count stays within its space
    const bool plays = s.rounds_elapsed < s.max_rounds;
    s.rounds_elapsed += plays ? 1.0 : 0.0;
    s.wins += choose(plays & (won | !params.count_losses), 1.0, 0.0);
    s.max_ever_wealth = math::max(s.wealth, s.max_ever_wealth);
    return CoinBet::outcome(s.wealth, s.max_wealth, s.max_rounds - s.rounds_elapsed);
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    const bool drawn = (s.edge >= 0) & (s.edge <= 1) & (s.max_wealth >= 0) &
                       (s.max_wealth <= wealth_bound(params)) & (s.max_rounds >= 0) &
                       (s.max_rounds <= rounds_bound(params));
    return drawn & (s.wealth >= 0) & (s.wealth <= s.max_ever_wealth) &
           (s.max_ever_wealth <= wealth_bound(params)) & (s.rounds_elapsed >= 0) &
           (s.rounds_elapsed <= s.max_rounds) & (s.wins >= 0) & (s.wins <= s.rounds_elapsed);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out.wealth[0] = static_cast<float>(s.wealth);
    out.rounds_elapsed = static_cast<std::int64_t>(s.rounds_elapsed);
    out.wins = static_cast<std::int64_t>(s.wins);
    out.losses = static_cast<std::int64_t>(s.rounds_elapsed - s.wins);
    out.max_ever_wealth[0] = static_cast<float>(s.max_ever_wealth);
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        attribute<Params, State, [](const Params&, const State& s) { return s.edge; }>(
            "edge", "the probability to win of this episode"),
        attribute<Params, State, [](const Params&, const State& s) { return s.max_wealth; }>(
            "max_wealth", "dollars; to reach them ends this episode"),
        attribute<Params, State,
                  [](const Params&, const State& s) { return static_cast<std::int64_t>(s.max_rounds); }>(
            "max_rounds", "rounds after which this episode ends"),
        attribute<Params, State,
                  [](const Params&, const State& s) {
                    return static_cast<std::int64_t>(s.max_rounds - s.rounds_elapsed);
                  }>("rounds", "rounds left"),
        attribute<Params, State, [](const Params&, const State& s) { return s.wealth; }>("wealth", "dollars"),
        attribute<Params, State, [](const Params& p) { return p.max_wealth_alpha; }>(
            "max_wealth_alpha", "shape of the distribution of max_wealth"),
        attribute<Params, State, [](const Params& p) { return p.max_wealth_m; }>("max_wealth_m",
                                                                                 "its least value, dollars"),
        attribute<Params, State, [](const Params& p) { return p.max_rounds_mean; }>(
            "max_rounds_mean", "mean of the distribution of max_rounds"),
        attribute<Params, State, [](const Params& p) { return p.max_rounds_sd; }>("max_rounds_sd",
                                                                                  "its standard deviation"));
  }
};

}  // namespace PLYO_ENVS
