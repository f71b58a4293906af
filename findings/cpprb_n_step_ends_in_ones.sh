#!/usr/bin/env bash
# cpprb 11.0.0: with n steps, the last transitions of an episode lead to an observation of ones.
#
# ReplayBuffer(..., Nstep=...) holds transitions back until n of them are there. on_episode_end() stores those that still wait,
# n - 1 an episode, with the rewards that there are. Their next observation should be the last one of the episode, but it is an
# array of ones, which nobody has put in, while rewards and `done` are right. Where the episode was terminated, `done` hides it.
# Where a time limit has cut it off, `done` is 0 and a learner bootstraps from the value of that array. Here, an observation
# tells its step and has two numbers; the second episode counts from 100. A buffer without Nstep is right.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet cpprb==11.0.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import numpy as np
from cpprb import ReplayBuffer


def store(steps, **arguments):
    fields = {"obs": {"shape": 2}, "rew": {}, "next_obs": {"shape": 2}, "done": {}}
    buffer = ReplayBuffer(32, fields, **arguments)
    for first in (0, 100):
        for t in range(first, first + 5):
            buffer.add(obs=np.full(2, t), rew=1.0, next_obs=np.full(2, t + 1), done=0.0)
        buffer.on_episode_end()
    rows = buffer.get_all_transitions()
    for name in ("obs", "rew", "next_obs", "done"):
        print(f"{steps}: {name}", [float(row[0]) if len(set(row)) == 1 else row for row in rows[name]])


store("1 step")
for n in (2, 3):
    store(f"{n} steps", Nstep={"size": n, "gamma": 0.5, "rew": "rew", "next": "next_obs"})
END
cat "$work/seen"
diff "$work/seen" - <<'END'
1 step: obs [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 102.0, 103.0, 104.0]
1 step: rew [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
1 step: next_obs [1.0, 2.0, 3.0, 4.0, 5.0, 101.0, 102.0, 103.0, 104.0, 105.0]
1 step: done [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
2 steps: obs [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 102.0, 103.0, 104.0]
2 steps: rew [1.5, 1.5, 1.5, 1.5, 1.0, 1.5, 1.5, 1.5, 1.5, 1.0]
2 steps: next_obs [2.0, 3.0, 4.0, 5.0, 1.0, 102.0, 103.0, 104.0, 105.0, 1.0]
2 steps: done [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
3 steps: obs [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 102.0, 103.0, 104.0]
3 steps: rew [1.75, 1.75, 1.75, 1.5, 1.0, 1.75, 1.75, 1.75, 1.5, 1.0]
3 steps: next_obs [3.0, 4.0, 5.0, 1.0, 1.0, 103.0, 104.0, 105.0, 1.0, 1.0]
3 steps: done [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
END
