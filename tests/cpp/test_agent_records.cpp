// rollout/agent_records.hpp: what a rollout records for training, with threads and without, piece by piece.
#include <cmath>
#include <vector>

#include "batches.hpp"
#include "rollout/network_policy.hpp"
#include "rollout/rollout.hpp"
#include "rollout/staged_rollout.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

constexpr std::size_t kLanes = 300, kSteps = 45;

NetworkConfig actor_and_critic(bool has_value = true) {
  Rng rng = seeded_rng(7);
  const auto layer = [&rng](std::size_t inputs, std::size_t outputs) {
    DenseLayer made{.num_inputs = inputs, .num_outputs = outputs, .weights = {}, .bias = {}};
    for (std::size_t i = 0; i < inputs * outputs; ++i) {
      made.weights.push_back(static_cast<float>(rng.uniform(-1, 1)));
    }
    made.bias.assign(outputs, 0.1F);
    return made;
  };
  NetworkConfig config;
  config.trunk = {layer(4, 12)};
  config.layers = {layer(12, 2)};
  if (has_value) config.value = {layer(12, 5), layer(5, 1)};
  config.head = Head::kCategorical;
  config.seed = SeedWords{3};
  return config;
}

struct Notes {
  std::vector<float> values = std::vector<float>(kSteps * kLanes), log_probs = values, entropies = values,
                     advantages = values, returns = values, last_values = std::vector<float>(kLanes);
  Flags valid = Flags(kSteps * kLanes), terminated = valid, truncated = valid;

  RolloutRequest request() {
    return {.num_steps = kSteps,
            .arrays = {.terminated = terminated.data(), .truncated = truncated.data()},
            .agent = {.values = values.data(),
                      .log_probs = log_probs.data(),
                      .entropies = entropies.data(),
                      .advantages = advantages.data(),
                      .returns = returns.data(),
                      .valid = valid.data(),
                      .last_values = last_values.data()}};
  }
  bool operator==(const Notes&) const = default;
};

EngineConfig poles(AutoresetMode mode, int threads) {
  return {.task = &task_named("CartPole"),
          .num_envs = kLanes,
          .autoreset_mode = mode,
          .max_episode_steps = 20,
          .num_threads = threads};
}

}  // namespace

PLYO_TEST(agent_records_are_the_same_for_any_number_of_threads) {
  for (const AutoresetMode mode :
       {AutoresetMode::kNextStep, AutoresetMode::kSameStep, AutoresetMode::kDisabled}) {
    Notes alone, shared;
    for (const int threads : {1, 4}) {
      Batch batch(poles(mode, threads));
      batch.reset(5);
      NetworkPolicy policy(actor_and_critic());
      rollout(batch.engine, policy, (threads == 1 ? alone : shared).request());
    }
    CHECK(alone == shared);
    std::size_t skipped = 0;
    for (std::size_t i = 0; i < kSteps * kLanes; ++i) {
      CHECK_EQ(alone.returns[i], alone.advantages[i] + alone.values[i]);
      CHECK(alone.log_probs[i] < 0 && alone.entropies[i] > 0);
      skipped += alone.valid[i] == 0 ? 1 : 0;
      if (alone.valid[i] == 0) CHECK_EQ(alone.advantages[i], 0.0F);
    }
    CHECK_EQ(skipped > 0, mode != AutoresetMode::kSameStep);
  }
}

PLYO_TEST(agent_records_that_a_policy_has_not_are_refused) {
  Batch batch(poles(AutoresetMode::kNextStep, 1));
  batch.reset(5);
  const Bytes before = batch.save();
  NetworkPolicy without(actor_and_critic(false));
  RandomPolicy random(SeedWords{1});
  NetworkConfig certain = actor_and_critic();
  certain.head = Head::kArgmax;
  NetworkPolicy draws_nothing(certain);
  std::vector<float> numbers(kSteps * kLanes);
  const auto refused = [&](Policy& policy, const AgentArrays& agent, const char* part) {
    const std::string said = text_of<std::invalid_argument>(
        [&] { rollout(batch.engine, policy, {.num_steps = kSteps, .arrays = {}, .agent = agent}); });
    CHECK(contains(said, part));
    CHECK(batch.save() == before);
    CHECK(policy.streams().empty());
  };
  refused(without, {.values = numbers.data()}, "no value network");
  refused(without, {.returns = numbers.data()}, "no value network");
  refused(random, {.last_values = numbers.data()}, "no value network");
  refused(draws_nothing, {.log_probs = numbers.data()}, "draws no actions");
  refused(draws_nothing, {.entropies = numbers.data()}, "'entropies' are those of");
  refused(without, {.raw_actions = numbers.data()}, "for a Box");
}

PLYO_TEST(agent_records_of_staged_rollouts_are_those_of_rollouts) {
  for (const AutoresetMode mode :
       {AutoresetMode::kNextStep, AutoresetMode::kSameStep, AutoresetMode::kDisabled}) {
    Notes bare, staged;
    {
      Batch batch(poles(mode, 1));
      batch.reset(5);
      NetworkPolicy policy(actor_and_critic());
      rollout(batch.engine, policy, bare.request());
    }
    Batch batch(poles(mode, 4));
    batch.reset(5);
    NetworkPolicy policy(actor_and_critic());
    StageChain chain;
    staged_rollout(batch.engine, chain, {batch.engine.observation_sizes()}, policy, PolicyBatch(batch.engine),
                   staged.request(), 0);
    CHECK(bare == staged);
  }
}
