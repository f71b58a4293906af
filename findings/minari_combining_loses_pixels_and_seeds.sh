#!/usr/bin/env bash
# minari 0.5.4: combining data sets that were stored without loss stores their frames as JPEG, and forgets all seeds.
#
# Minari stores frames as JPEG unless a data set is made with jpeg_encoding=False. combine_datasets makes the combined one with
# the default, whatever its parts have, so exact frames are exact no more: here those of red and blue stripes, one pixel wide.
# And episodes are copied by what a reader gets of them, which has neither the seed nor the options of their reset, although
# Minari draws a seed for each episode on its own account and keeps it, so that the episode can be replayed. The method
# add_to_dataset of a collector copies likewise (read in its source). Nothing warns. HDF5, Arrow and Parquet are alike in it.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "minari[hdf5,arrow]==0.5.4" "gymnasium==1.4.0" "numpy==2.4.6" "h5py==3.16.0" "pyarrow==26.0.1" "pillow==13.0.0"
MINARI_DATASETS_PATH=$work "$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import gymnasium as gym
import minari
import numpy as np
from minari.data_collector.episode_buffer import EpisodeBuffer

STRIPES = np.zeros((64, 64, 3), np.uint8)
STRIPES[:, ::2, 0] = STRIPES[:, 1::2, 2] = 255


def make(name, storage, seed):
    episode = EpisodeBuffer(
        id=0,
        seed=seed,
        options={"level": 3},
        observations=[STRIPES, STRIPES],
        actions=[0],
        rewards=[1.0],
        terminations=[True],
        truncations=[False],
    )
    return minari.create_dataset_from_buffers(
        f"{storage}/{name}-v0",
        [episode],
        observation_space=gym.spaces.Box(0, 255, STRIPES.shape, np.uint8),
        action_space=gym.spaces.Discrete(2),
        data_format=storage,
        jpeg_encoding=False,
    )


def show(what, data):
    kept = list(data.storage.get_episode_metadata(data.episode_indices))
    seeds = [episode.get("seed") for episode in kept]
    levels = [int(episode["options"]["level"]) if "options" in episode else None for episode in kept]
    equal = int((data[0].observations == STRIPES).all(-1).sum())
    print(f"  {what}: JPEG {data.storage.jpeg_encoding}, {equal} of 8192 pixels equal, seeds {seeds}, levels {levels}")


for storage in ("hdf5", "arrow", "parquet"):
    print(storage)
    parts = [make(name, storage, seed) for name, seed in (("a", 7), ("b", 8))]
    show("part", parts[0])
    show("part", parts[1])
    show("combined", minari.combine_datasets(parts, f"{storage}/c-v0"))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
hdf5
  part: JPEG False, 8192 of 8192 pixels equal, seeds [7], levels [3]
  part: JPEG False, 8192 of 8192 pixels equal, seeds [8], levels [3]
  combined: JPEG True, 0 of 8192 pixels equal, seeds [None, None], levels [None, None]
arrow
  part: JPEG False, 8192 of 8192 pixels equal, seeds [7], levels [3]
  part: JPEG False, 8192 of 8192 pixels equal, seeds [8], levels [3]
  combined: JPEG True, 0 of 8192 pixels equal, seeds [None, None], levels [None, None]
parquet
  part: JPEG False, 8192 of 8192 pixels equal, seeds [7], levels [3]
  part: JPEG False, 8192 of 8192 pixels equal, seeds [8], levels [3]
  combined: JPEG True, 0 of 8192 pixels equal, seeds [None, None], levels [None, None]
END
