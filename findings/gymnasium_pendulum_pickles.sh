#!/usr/bin/env bash
# gymnasium 1.4.0 with mujoco 4.0.0: pickles and deep copies of two pendulums lose keyword arguments.
#
# Environments of MuJoCo are pickled by the arguments that their class hands to EzPickle. InvertedPendulum-v5 hands over neither
# reset_noise_scale nor its camera, InvertedDoublePendulum-v5 hands its reset_noise_scale over in the place of the camera and
# leaves healthy_reward out. A copy of an environment (a worker process, copy.deepcopy) is then another task: here, with twice
# the reward. The other MuJoCo tasks keep every argument.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium[mujoco]==1.4.0" "mujoco==4.0.0"
"$work/venv/bin/python" - > "$work/seen" 2> /dev/null <<'END'
import copy
import pickle

import gymnasium

tasks = {
    "InvertedPendulum-v5": {"reset_noise_scale": 0.12},
    "InvertedDoublePendulum-v5": {"healthy_reward": 5.0, "reset_noise_scale": 0.3},
    "Hopper-v5": {"healthy_reward": 5.0, "reset_noise_scale": 0.3},
}
for task, kwargs in tasks.items():
    env = gymnasium.make(task, **kwargs)
    for clone in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        print(task, *(f"{name} {value} -> {getattr(clone.unwrapped, '_' + name)}" for name, value in kwargs.items()))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
InvertedPendulum-v5 reset_noise_scale 0.12 -> 0.01
InvertedPendulum-v5 reset_noise_scale 0.12 -> 0.01
InvertedDoublePendulum-v5 healthy_reward 5.0 -> 10.0 reset_noise_scale 0.3 -> 0.1
InvertedDoublePendulum-v5 healthy_reward 5.0 -> 10.0 reset_noise_scale 0.3 -> 0.1
Hopper-v5 healthy_reward 5.0 -> 5.0 reset_noise_scale 0.3 -> 0.3
Hopper-v5 healthy_reward 5.0 -> 5.0 reset_noise_scale 0.3 -> 0.3
END
