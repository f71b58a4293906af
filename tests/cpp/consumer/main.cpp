// Steps a thousand cart-poles with random actions and prints how long their episodes last.
#include <cstdint>
#include <iostream>
#include <vector>

#include "engine/engine.hpp"
#include "rollout/rollout.hpp"

int main() {
  constexpr std::size_t kLanes = 1000, kSteps = 500;
  plyo::Engine engine(
      {.task = plyo::Registry::shared().find("CartPole"), .num_envs = kLanes, .max_episode_steps = 500});
  std::vector<float> observations(kLanes * 4);
  engine.reset({.base = plyo::SeedWords{7}, .each = {}}, nullptr, {}, observations.data());

  // one step by hand, the rest in one call
  const std::vector<std::int64_t> actions(kLanes, 1);
  std::vector<double> rewards(kLanes);
  std::vector<std::uint8_t> terminated(kLanes), truncated(kLanes);
  engine.step(actions.data(), {.observations = observations.data(),
                               .rewards = rewards.data(),
                               .terminated = terminated.data(),
                               .truncated = truncated.data()});
  plyo::RandomPolicy policy(plyo::SeedWords{1});
  const plyo::EndedEpisodes ended =
      plyo::rollout(engine, policy, {.num_steps = kSteps, .arrays = {}, .record_episodes = true});

  double total = 0;
  for (const std::int64_t length : ended.lengths) total += static_cast<double>(length);
  const double mean = total / static_cast<double>(ended.lengths.size());
  std::cout << ended.lengths.size() << " episodes of " << mean << " steps on average\n";
  return rewards[0] == 1.0 && mean > 15 && mean < 30 ? 0 : 1;
}
