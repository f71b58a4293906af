#!/usr/bin/env bash
# minari 0.5.4 with h5py 3.16.0: observations whose names have a slash cannot be stored in the default format.
#
# A Dict space may have any names, and those of dm_control's composer have a slash in them ("walker/joints_pos"). In HDF5 a slash
# divides groups. So the collector steps through a whole episode of such a task, and the first attempt to store it raises KeyError
# with half of the name: what was collected is lost, and nothing says that the name is to blame. The same data in Arrow and
# Parquet come back whole. {"arm", "arm/pos"} raises TypeError for a data set that exists already; {"pos", "/pos"} is one name
# to HDF5, and raises KeyError for an episode. A dot or a colon in the place of the slash does no harm.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "minari[hdf5,arrow]==0.5.4" "gymnasium==1.4.0" "numpy==2.4.6" "h5py==3.16.0" "pyarrow==26.0.1" "pillow==13.0.0" "jax==0.10.2"
MINARI_DATASETS_PATH=$work "$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
import gymnasium as gym
import minari
import numpy as np


class Count(gym.Env):
    action_space = gym.spaces.Discrete(2)

    def __init__(self, names):
        self.observation_space = gym.spaces.Dict({name: gym.spaces.Box(0, 99, (1,), np.float32) for name in names})

    def observation(self):
        return {name: np.full(1, 10 * i + self.steps, np.float32) for i, name in enumerate(self.observation_space)}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.observation(), {}

    def step(self, action):
        self.steps += 1
        return self.observation(), 0.0, self.steps == 3, False, {}


for number, names in enumerate((["walker/pos", "walker/vel"], ["arm", "arm/pos"], ["pos", "/pos"], ["arm.pos", "arm:vel"])):
    for data_format in ("hdf5", "arrow", "parquet"):
        env = minari.DataCollector(Count(names), data_format=data_format)
        env.reset(seed=0)
        try:
            for _ in range(3):
                env.step(0)
            env.create_dataset(f"{data_format}/n{number}-v0")
            stored = minari.load_dataset(f"{data_format}/n{number}-v0")[0].observations
            seen = {name: stored[name].ravel().tolist() for name in names}
        except (KeyError, TypeError) as e:
            seen = f"{type(e).__name__}: {e}"
        print(data_format, names, seen)
END
cat "$work/seen"
diff "$work/seen" - <<'END'
hdf5 ['walker/pos', 'walker/vel'] KeyError: 'walker'
arrow ['walker/pos', 'walker/vel'] {'walker/pos': [0.0, 1.0, 2.0, 3.0], 'walker/vel': [10.0, 11.0, 12.0, 13.0]}
parquet ['walker/pos', 'walker/vel'] {'walker/pos': [0.0, 1.0, 2.0, 3.0], 'walker/vel': [10.0, 11.0, 12.0, 13.0]}
hdf5 ['arm', 'arm/pos'] TypeError: Incompatible object (Dataset) already exists
arrow ['arm', 'arm/pos'] {'arm': [0.0, 1.0, 2.0, 3.0], 'arm/pos': [10.0, 11.0, 12.0, 13.0]}
parquet ['arm', 'arm/pos'] {'arm': [0.0, 1.0, 2.0, 3.0], 'arm/pos': [10.0, 11.0, 12.0, 13.0]}
hdf5 ['pos', '/pos'] KeyError: "Unable to synchronously open object (object 'episode_1' doesn't exist)"
arrow ['pos', '/pos'] {'pos': [10.0, 11.0, 12.0, 13.0], '/pos': [0.0, 1.0, 2.0, 3.0]}
parquet ['pos', '/pos'] {'pos': [10.0, 11.0, 12.0, 13.0], '/pos': [0.0, 1.0, 2.0, 3.0]}
hdf5 ['arm.pos', 'arm:vel'] {'arm.pos': [0.0, 1.0, 2.0, 3.0], 'arm:vel': [10.0, 11.0, 12.0, 13.0]}
arrow ['arm.pos', 'arm:vel'] {'arm.pos': [0.0, 1.0, 2.0, 3.0], 'arm:vel': [10.0, 11.0, 12.0, 13.0]}
parquet ['arm.pos', 'arm:vel'] {'arm.pos': [0.0, 1.0, 2.0, 3.0], 'arm:vel': [10.0, 11.0, 12.0, 13.0]}
END
