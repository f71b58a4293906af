#!/usr/bin/env bash
# cpprb 11.0.0: a full buffer that is saved and loaded overwrites its newest transitions first, and a next_of leads to the oldest.
#
# save_transitions and load_transitions write and read the rows of a ring without the place of its next row. While the ring is not
# full that is right. Of a full ring the place is wrong: the loaded buffer begins at row 0, which in general is in the midst of its
# newest transitions, so new ones replace those first, and the oldest stay longest. With next_of, which keeps each observation
# once, the newest transition comes back with the oldest observation as its next one, its reward and `done` unchanged. safe=False
# keeps that one right, until the loaded buffer goes on: then the oldest transition's neighbour gets a next observation that is
# not its own. So training that is resumed from a file learns steps that never happened, without an error.
#
# Here a ring of 5 takes 7 transitions from t to t + 1, and two more after it was loaded.
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet cpprb==11.0.0 numpy==2.4.6
WORK=$work "$work/venv/bin/python" -W ignore - > "$work/seen" <<'END'
import os

from cpprb import ReplayBuffer

FIELDS = {"obs": {}, "rew": {}, "done": {}}
FILE = os.path.join(os.environ["WORK"], "saved.npz")


def make(next_of):
    return ReplayBuffer(5, FIELDS, next_of="obs") if next_of else ReplayBuffer(5, {**FIELDS, "next_obs": {}})


def add(buffer, steps):
    for t in steps:
        buffer.add(obs=t, rew=0.0, next_obs=t + 1, done=0.0)


def show(name, buffer):
    rows = buffer.get_all_transitions()
    pairs = sorted(zip(rows["obs"].ravel().astype(int).tolist(), rows["next_obs"].ravel().astype(int).tolist()))
    print(f"{name}:", *(f"{first}>{then}" + ("" if then == first + 1 else "!") for first, then in pairs))


for next_of in (False, True):
    for safe in (True, False):
        for length in (4, 7):
            kept = make(next_of)
            add(kept, range(length))
            kept.save_transitions(FILE, safe=safe)
            loaded = make(next_of)
            loaded.load_transitions(FILE)
            print(f"next_of {next_of}, safe {safe}, {length} transitions")
            show("  kept  ", kept)
            show("  loaded", loaded)
            for buffer in (kept, loaded):
                add(buffer, range(length, length + 2))
            show("  kept, and two more  ", kept)
            show("  loaded, and two more", loaded)
END
cat "$work/seen"
diff "$work/seen" - <<'END'
next_of False, safe True, 4 transitions
  kept  : 0>1 1>2 2>3 3>4
  loaded: 0>1 1>2 2>3 3>4
  kept, and two more  : 1>2 2>3 3>4 4>5 5>6
  loaded, and two more: 1>2 2>3 3>4 4>5 5>6
next_of False, safe True, 7 transitions
  kept  : 2>3 3>4 4>5 5>6 6>7
  loaded: 2>3 3>4 4>5 5>6 6>7
  kept, and two more  : 4>5 5>6 6>7 7>8 8>9
  loaded, and two more: 2>3 3>4 4>5 7>8 8>9
next_of False, safe False, 4 transitions
  kept  : 0>1 1>2 2>3 3>4
  loaded: 0>1 1>2 2>3 3>4
  kept, and two more  : 1>2 2>3 3>4 4>5 5>6
  loaded, and two more: 1>2 2>3 3>4 4>5 5>6
next_of False, safe False, 7 transitions
  kept  : 2>3 3>4 4>5 5>6 6>7
  loaded: 2>3 3>4 4>5 5>6 6>7
  kept, and two more  : 4>5 5>6 6>7 7>8 8>9
  loaded, and two more: 2>3 3>4 4>5 7>8 8>9
next_of True, safe True, 4 transitions
  kept  : 0>1 1>2 2>3 3>4
  loaded: 0>1 1>2 2>3 3>4
  kept, and two more  : 1>2 2>3 3>4 4>5 5>6
  loaded, and two more: 1>2 2>3 3>4 4>5 5>6
next_of True, safe True, 7 transitions
  kept  : 2>3 3>4 4>5 5>6 6>7
  loaded: 2>3 3>4 4>5 5>6 6>2!
  kept, and two more  : 4>5 5>6 6>7 7>8 8>9
  loaded, and two more: 2>3 3>4 4>7! 7>8 8>9
next_of True, safe False, 4 transitions
  kept  : 0>1 1>2 2>3 3>4
  loaded: 0>1 1>2 2>3 3>4
  kept, and two more  : 1>2 2>3 3>4 4>5 5>6
  loaded, and two more: 1>2 2>3 3>4 4>5 5>6
next_of True, safe False, 7 transitions
  kept  : 2>3 3>4 4>5 5>6 6>7
  loaded: 2>3 3>4 4>5 5>6 6>7
  kept, and two more  : 4>5 5>6 6>7 7>8 8>9
  loaded, and two more: 2>3 3>4 4>7! 7>8 8>9
END
