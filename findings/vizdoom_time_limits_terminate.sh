#!/usr/bin/env bash
# ViZDoom 1.3.2 with gymnasium 1.4.0: an episode that runs out of time is terminated too, and its last observation is black.
#
# The environments have a treat_episode_timeout_as_truncation, which is on by default, so a learner that bootstraps unless
# `terminated` should see (False, True) at a time limit. It sees (True, True), and takes the limit for a death. Nor is there
# anything to bootstrap from: the last observation is zeros, its pictures and its variables, as after a death, while that of
# the step before is a picture of the game. The reward of the last step is right.
#
# In VizdoomBasic nothing is done until the limit of 300 tics; in VizdoomDefendCenter the player is killed before its limit.
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet vizdoom==1.3.2 gymnasium==1.4.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
import inspect

import gymnasium
from vizdoom import gymnasium_wrapper  # registers the tasks


for task in ("VizdoomBasic-v1", "VizdoomDefendCenter-v1"):
    env = gymnasium.make(task, frame_skip=4)
    default = inspect.signature(env.unwrapped.__init__).parameters["treat_episode_timeout_as_truncation"].default
    observation, _ = env.reset(seed=0)
    ended = False
    while not ended:
        before = observation
        observation, reward, terminated, truncated, _ = env.step(0)
        ended = terminated or truncated
    timeout = env.unwrapped.game.is_episode_timeout_reached()
    print(f"{task}: timeouts truncate {default}; out of time {timeout}; terminated {terminated}, truncated {truncated}")
    print("  the screen is", *("lit" if seen["screen"].any() else "black" for seen in (before, observation)), "before and at the end,", end=" ")
    print("the game variables", before["gamevariables"].tolist(), observation["gamevariables"].tolist())
    env.close()
END
cat "$work/seen"
diff "$work/seen" - <<'END'
VizdoomBasic-v1: timeouts truncate True; out of time True; terminated True, truncated True
  the screen is lit black before and at the end, the game variables [50.0] [0.0]
VizdoomDefendCenter-v1: timeouts truncate True; out of time False; terminated True, truncated False
  the screen is lit black before and at the end, the game variables [26.0, 36.0] [0.0, 0.0]
END
