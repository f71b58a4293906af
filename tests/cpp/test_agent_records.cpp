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

// The same over a GRU of three units.
NetworkConfig recurrent() {
  NetworkConfig config = actor_and_critic();
  const auto layer = [](std::size_t inputs, std::size_t outputs, float step) {
    DenseLayer made{.num_inputs = inputs, .num_outputs = outputs, .weights = {}, .bias = {}};
    for (std::size_t i = 0; i < inputs * outputs; ++i) {
      made.weights.push_back(step * static_cast<float>(i % 5) - 2 * step);
    }
    made.bias.assign(outputs, 0.1F);
    return made;
  };
  config.gru_inputs = {layer(12, 9, 0.3F)};
  config.gru_states = {layer(3, 9, 0.4F)};
  config.initial_hidden = {0.5F, -0.25F, 0.125F};
  config.layers = {layer(3, 2, 0.7F)};
  config.value = {layer(3, 1, 0.6F)};
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

PLYO_TEST(agent_records_of_a_recurrent_policy_are_the_same_for_any_number_of_threads_and_pieces) {
  for (const AutoresetMode mode : {AutoresetMode::kNextStep, AutoresetMode::kSameStep}) {
    Notes alone, shared;
    std::vector<float> hidden[2], first(3 * kLanes), last(3 * kLanes);
    for (const int threads : {1, 4}) {
      Batch batch(poles(mode, threads));
      batch.reset(5);
      NetworkPolicy policy(recurrent());
      RolloutRequest request = (threads == 1 ? alone : shared).request();
      request.agent.hidden = first.data();
      request.agent.hidden_shape = policy.hidden_shape();
      rollout(batch.engine, policy, request);
      for (std::size_t i = 0; i < 3 * kLanes; ++i) CHECK_EQ(first[i], recurrent().initial_hidden[i % 3]);
      hidden[threads == 1 ? 0 : 1] = policy.memory().hidden;
    }
    CHECK(alone == shared);
    CHECK(hidden[0] == hidden[1]);
    Batch batch(poles(mode, 4));
    batch.reset(5);
    NetworkPolicy policy(recurrent());
    for (std::size_t t = 0; t < kSteps; ++t) rollout(batch.engine, policy, {.num_steps = 1, .arrays = {}});
    CHECK(policy.memory().hidden == hidden[0]);
    CHECK_EQ(text_of<std::invalid_argument>([&] {
               rollout(
                   batch.engine, policy,
                   {.num_steps = 1, .arrays = {}, .agent = {.hidden = last.data(), .hidden_shape = {2, 3}}});
             }),
             "there is room for hidden states of 2 layers of 3 units, the policy has 1 of 3");
    NetworkConfig wider = recurrent();
    wider.gru_states.push_back(wider.gru_states[0]);
    wider.gru_inputs.push_back(wider.gru_states[0]);
    wider.initial_hidden.clear();
    CHECK_THROWS(policy.set_config(wider), std::invalid_argument);
    CHECK(policy.memory().hidden == hidden[0]);
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
