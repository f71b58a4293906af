#!/usr/bin/env bash
# torchrl 0.14.1: FrameSkipTransform steps on after the end of an episode, and loses the end.
#
# Two ways to repeat each action four times, FrameSkipTransform(4) and GymWrapper(..., frame_skip=4), should be the same.
# The argument stops when the environment is done. The transform always takes its four steps, adds up all four rewards, and
# returns the flags of the last step alone. A task that ends after step 7 (its `terminated` is True in that step only, as
# steps after the end are nobody's concern) has no end at all then. Where the flags stay, as in Gymnasium's own tasks, the reward
# is wrong: MountainCar under a limit of 6 gives -8 in two skips instead of -6. Lanes of a vector environment that resets itself
# are worse: the first lane, which ends every 7 steps, begins again in the middle of a skip, and its end is seen only where
# it falls on the last step of one, while the second, which ends every 8, is right.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torchrl==0.14.1 tensordict==0.14.3 torch==2.13.0 gymnasium==1.4.0 numpy==2.4.6
RL_LOGGING_LEVEL=ERROR "$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torchrl.envs import FrameSkipTransform, GymWrapper, TransformedEnv


class Count(gym.Env):
    observation_space = gym.spaces.Box(0, 99, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def __init__(self, end):
        self.end = end

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.full(1, self.steps, np.float32), 1.0, self.steps == self.end, False, {}


def transform(env):
    return TransformedEnv(GymWrapper(env), FrameSkipTransform(4))


def argument(env):
    return GymWrapper(env, frame_skip=4)


def show(name, env, **arguments):
    steps = env.rollout(5, **arguments)["next"]
    for key in ("observation", "reward", "done"):
        print(f"{name}: {key}", steps[key][..., 0].int().tolist())


for way in (transform, argument):
    for end in (8, 7):
        show(f"{way.__name__}, end after {end}", way(Count(end)))
for way in (transform, argument):
    rewards = way(gym.make("MountainCar-v0", max_episode_steps=6)).rollout(5)["next", "reward"]
    print(f"{way.__name__}, MountainCar with a limit of 6: reward", rewards[:, 0].tolist())
lanes = SyncVectorEnv([lambda: Count(7), lambda: Count(8)], autoreset_mode=AutoresetMode.SAME_STEP)
show("transform, lanes with ends after 7 and 8", transform(lanes), break_when_any_done=False)
END
cat "$work/seen"
diff "$work/seen" - <<'END'
transform, end after 8: observation [4, 8]
transform, end after 8: reward [4, 4]
transform, end after 8: done [0, 1]
transform, end after 7: observation [4, 8, 12, 16, 20]
transform, end after 7: reward [4, 4, 4, 4, 4]
transform, end after 7: done [0, 0, 0, 0, 0]
argument, end after 8: observation [4, 8]
argument, end after 8: reward [4, 4]
argument, end after 8: done [0, 1]
argument, end after 7: observation [4, 7]
argument, end after 7: reward [4, 3]
argument, end after 7: done [0, 1]
transform, MountainCar with a limit of 6: reward [-4.0, -4.0]
argument, MountainCar with a limit of 6: reward [-4.0, -2.0]
transform, lanes with ends after 7 and 8: observation [[4, 1, 5, 2, 6], [4, 8, 4, 8, 4]]
transform, lanes with ends after 7 and 8: reward [[4, 4, 4, 4, 4], [4, 4, 4, 4, 4]]
transform, lanes with ends after 7 and 8: done [[0, 0, 0, 0, 0], [0, 1, 0, 1, 0]]
END
