#!/usr/bin/env bash
# gymnasium-robotics 1.4.2 with mujoco 3.11.0: rewards of batches of goals are wrong for HandManipulatePen.
#
# compute_reward takes one pair of goals or a batch of them, as hindsight replay needs. The Pen ignores the rotation about its own
# axis: `euler_a[2] = euler_b[2]` sets the third angle of one goal, but the third row of a batch. So a batch of one or two goals
# raises IndexError; in a larger one the third goal is always reached in rotation, and the others must match in all three angles:
# of 200 goals that differ in that angle alone, single calls reward all, the batch next to none.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium==1.4.0" "gymnasium-robotics==1.4.2" "mujoco==3.11.0" "numpy==2.4.6"
"$work/venv/bin/python" - > "$work/seen" 2> /dev/null <<'END'
import gymnasium
import gymnasium_robotics
import numpy as np
from gymnasium_robotics.utils import rotations

gymnasium.register_envs(gymnasium_robotics)
env = gymnasium.make("HandManipulatePen-v1").unwrapped
env.reset(seed=0)
rng = np.random.default_rng(0)
euler = rng.uniform(-0.5, 0.5, (200, 3))
turned = euler.copy()
turned[:, 2] += 0.8
position = np.zeros((200, 3))
desired, achieved = (np.concatenate([position, rotations.euler2quat(angles)], axis=1) for angles in (euler, turned))
single = np.array([env.compute_reward(a, d, {}) for a, d in zip(achieved, desired)])
batch = env.compute_reward(achieved, desired, {})
print("rewards of 0: single calls", int((single == 0).sum()), "batch", int((batch == 0).sum()))
print("the third of the batch:", float(batch[2]))
try:
    env.compute_reward(achieved[:2], desired[:2], {})
except IndexError as e:
    print("a batch of two:", type(e).__name__, e)
END
cat "$work/seen"
diff "$work/seen" - <<'END'
rewards of 0: single calls 200 batch 1
the third of the batch: 0.0
a batch of two: IndexError index 2 is out of bounds for axis 0 with size 2
END
