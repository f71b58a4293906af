#!/usr/bin/env bash
# stable-baselines3 2.9.2: check_env closes an environment in the middle, then resets and steps it.
#
# With skip_render_check=False (the default is True, unlike in Gymnasium's check of the same name) the check of pictures
# calls close(), and the check for NaN and infinity comes after it: it resets the closed environment and steps it. An
# environment that refuses to be used after close() fails the check, with its own error and not one of the checker's;
# Gymnasium's own pass, as their close() only shuts a window. So close() has to leave reset() possible.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "stable-baselines3==2.9.2" "gymnasium==1.3.0"
"$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import gymnasium
import numpy as np
import stable_baselines3
from stable_baselines3.common.env_checker import check_env

calls = []


class Door(gymnasium.Env):
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    render_mode = "rgb_array"
    observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        calls.append("reset")
        return np.zeros(2, np.float32), {}

    def step(self, action):
        calls.append("step")
        return np.zeros(2, np.float32), 0.0, False, False, {}

    def render(self):
        calls.append("render")
        return np.zeros((4, 4, 3), np.uint8)

    def close(self):
        calls.append("close")


print("stable-baselines3", stable_baselines3.__version__)
for arguments in ({}, {"skip_render_check": False}):
    calls.clear()
    check_env(Door(), **arguments)
    print(arguments, *(call for i, call in enumerate(calls) if calls[i - 1 : i] != [call]))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
stable-baselines3 2.9.2
{} reset step reset step
{'skip_render_check': False} reset step render close reset step
END
