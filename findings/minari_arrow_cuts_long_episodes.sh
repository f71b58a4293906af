#!/usr/bin/env bash
# minari 0.5.4 with pyarrow 26.0.1: an episode of more than 32,767 steps is handed out in pieces, each as an episode of its own.
#
# Minari stores a data set as HDF5, Arrow or Parquet, by choice. The latter two are read in batches of 32,768 rows at most, and
# each batch is taken for one episode, numbered by the list of those asked for. So the episodes after a long one are pieces of
# it, the transition between two pieces is lost, and as many true episodes are missing at the end; a long one that is asked for
# alone is its first piece, which has no flag of an end. The files are complete, the counts of steps and episodes are right, and
# nothing is raised. An Atari game without frame skip may last 108,000 steps.
#
# Observations count the steps, from 1,000,000 on in the second episode and from 2,000,000 on in the third.
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

LENGTHS = (40_000, 10, 20)


def episode(number, steps):
    counts = 1_000_000 * number + np.arange(steps + 1, dtype=np.float32)
    flags = [False] * (steps - 1)
    return EpisodeBuffer(
        id=number,
        observations=list(counts[:, None]),
        actions=[0] * steps,
        rewards=[1.0] * steps,
        terminations=[*flags, True],
        truncations=[*flags, False],
    )


def show(episode):
    return f"{len(episode)} steps from {episode.observations[0, 0]:.0f}{'' if episode.terminations[-1:].any() else ' without an end'}"


for storage in ("hdf5", "arrow", "parquet"):
    data = minari.create_dataset_from_buffers(
        f"{storage}-v0",
        [episode(number, steps) for number, steps in enumerate(LENGTHS)],
        observation_space=gym.spaces.Box(0, 1e7, (1,), np.float32),
        action_space=gym.spaces.Discrete(2),
        data_format=storage,
    )
    print(f"{storage}: {data.total_episodes} episodes, {data.total_steps} steps")
    print("  iterated:", "; ".join(map(show, data)))
    print("  one by one:", "; ".join(show(data[number]) for number in range(3)))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
hdf5: 3 episodes, 40030 steps
  iterated: 40000 steps from 0; 10 steps from 1000000; 20 steps from 2000000
  one by one: 40000 steps from 0; 10 steps from 1000000; 20 steps from 2000000
arrow: 3 episodes, 40030 steps
  iterated: 32767 steps from 0 without an end; 7232 steps from 32768; 10 steps from 1000000
  one by one: 32767 steps from 0 without an end; 10 steps from 1000000; 20 steps from 2000000
parquet: 3 episodes, 40030 steps
  iterated: 32767 steps from 0 without an end; 7232 steps from 32768; 10 steps from 1000000
  one by one: 32767 steps from 0 without an end; 10 steps from 1000000; 20 steps from 2000000
END
