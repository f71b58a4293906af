#!/usr/bin/env bash
# Gymnasium 1.4.0: when an episode ends inside a skip, MaxAndSkipObservation returns an observation of the past.
#
# The wrapper keeps the last two observations of a skip in a buffer, which it fills only in the last two steps of one and
# never clears. If the episode ends before, the step returns what an earlier step has left there, its own observation is
# lost, and reward and flags are those of the end. After a reset the buffer is as it was: an episode that ends in its
# first skip shows the end of another one, and the first of all shows zeros. Where a time limit inside the wrapper has
# truncated the episode, a learner bootstraps from that observation. Limits that are a multiple of the skip hide it.
#
# The environment counts down, so that its observation tells the step: -5 is that after five steps.
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium==1.4.0" "numpy==2.4.6"
"$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import gymnasium as gym
import numpy as np
from gymnasium.wrappers import MaxAndSkipObservation, TimeLimit


class Countdown(gym.Env):
    observation_space = gym.spaces.Box(-100, 100, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.full(1, -self.steps, np.float32), 1.0, False, False, {}


def episode(env):
    env.reset(seed=0)
    steps, ended = [], False
    while not ended:
        observation, reward, terminated, truncated, _ = env.step(0)
        ended = terminated or truncated
        steps.append(f"{observation[0]:g} (the step: {-env.unwrapped.steps}), reward {reward:g}")
    return "; ".join(steps)


for limit in (8, 7, 6, 5):
    print(f"limit {limit}: {episode(MaxAndSkipObservation(TimeLimit(Countdown(), limit), 4))}")
short = MaxAndSkipObservation(TimeLimit(Countdown(), 2), 4)
print(f"limit 2, first episode: {episode(short)}")
short.env._max_episode_steps = 8
episode(short)
short.env._max_episode_steps = 2
print(f"limit 2, after an episode of 8: {episode(short)}")
END
cat "$work/seen"
diff "$work/seen" - <<'END'
limit 8: -3 (the step: -4), reward 4; -7 (the step: -8), reward 4
limit 7: -3 (the step: -4), reward 4; -4 (the step: -7), reward 3
limit 6: -3 (the step: -4), reward 4; -3 (the step: -6), reward 2
limit 5: -3 (the step: -4), reward 4; -3 (the step: -5), reward 1
limit 2, first episode: 0 (the step: -2), reward 2
limit 2, after an episode of 8: -7 (the step: -2), reward 2
END
