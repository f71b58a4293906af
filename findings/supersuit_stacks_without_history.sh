#!/usr/bin/env bash
# SuperSuit 3.11.0 with gymnasium 1.4.0: pictures stacked along the first axis have no history, and all stacks are one array.
#
# frame_stack_v1 and v2 stack along the last axis, or with stack_dim=0 along the first, as PyTorch's convolutions want it. For
# pictures without channels (what color_reduction_v0 makes) the latter shifts the frames and then writes the newest one over all
# places but the last: a stack of four is three times the same frame and one of zeros, whose place nothing ever fills. Its
# shape is right, so an agent trains, without seeing anything move. Vectors, and pictures that have an axis of channels, are
# stacked as they should be.
#
# Whatever the shape, each step returns the same array, written anew. An observation that is kept until after the next step, as
# replay buffers and loops over (observation, next observation) do, has become the next one, although the environment itself
# returns a new array each time.
#
# The environment counts, so that each frame tells its step.
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet supersuit==3.11.0 pettingzoo==1.27.0 gymnasium==1.4.0 numpy==2.4.6 tinyscaler==1.2.8
"$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import gymnasium as gym
import numpy as np
import supersuit


class Counter(gym.Env):
    action_space = gym.spaces.Discrete(2)

    def __init__(self, shape):
        self.observation_space = gym.spaces.Box(0, 255, shape, np.uint8)

    def observation(self):
        return np.full(self.observation_space.shape, self.count, np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 1
        return self.observation(), {}

    def step(self, action):
        self.count += 1
        return self.observation(), 0.0, False, False, {}


for stack in (supersuit.frame_stack_v1, supersuit.frame_stack_v2):
    for shape, axis in (((8, 8), -1), ((8, 8), 0), ((1, 8, 8), 0), ((1,), -1)):
        env = stack(Counter(shape), 4, stack_dim=axis)
        env.reset()
        for _ in range(5):
            observation = env.step(0)[0]
        frames = np.moveaxis(observation, axis, 0).reshape(4, -1)[:, 0].tolist()
        following = env.step(0)[0]
        print(f"{stack.__name__}, {shape} along {axis}: {observation.shape}, frames {frames},", end=" ")
        print("then equal to the next" if (observation == following).all() else "then unequal to the next")
END
cat "$work/seen"
diff "$work/seen" - <<'END'
frame_stack_v1, (8, 8) along -1: (8, 8, 4), frames [3, 4, 5, 6], then equal to the next
frame_stack_v1, (8, 8) along 0: (4, 8, 8), frames [6, 6, 6, 0], then equal to the next
frame_stack_v1, (1, 8, 8) along 0: (4, 8, 8), frames [3, 4, 5, 6], then equal to the next
frame_stack_v1, (1,) along -1: (4,), frames [3, 4, 5, 6], then equal to the next
frame_stack_v2, (8, 8) along -1: (8, 8, 4), frames [3, 4, 5, 6], then equal to the next
frame_stack_v2, (8, 8) along 0: (4, 8, 8), frames [6, 6, 6, 0], then equal to the next
frame_stack_v2, (1, 8, 8) along 0: (4, 8, 8), frames [3, 4, 5, 6], then equal to the next
frame_stack_v2, (1,) along -1: (4,), frames [3, 4, 5, 6], then equal to the next
END
