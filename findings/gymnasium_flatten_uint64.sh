#!/usr/bin/env bash
# gymnasium 1.4.0 with numpy 2.4.6: an element of a MultiDiscrete of dtype uint64 cannot be flattened.
#
# `MultiDiscrete(..., dtype=np.uint64)` is a legal space: it samples, contains and has a flattened space. `flatten` of its own
# sample raises IndexError all the same: the offsets are int64, the sum of int64 and uint64 is float64 in NumPy, and an array
# cannot be indexed by floats. Every other integer dtype works, uint32 included.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium==1.4.0" "numpy==2.4.6"
"$work/venv/bin/python" - > "$work/seen" 2> /dev/null <<'END'
import numpy as np
from gymnasium.spaces import MultiDiscrete, flatten, flatten_space

for dtype in (np.int8, np.int64, np.uint8, np.uint32, np.uint64):
    space = MultiDiscrete([3, 4], dtype=dtype, seed=1)
    element = space.sample()
    assert space.contains(element) and flatten_space(space).shape == (7,)
    try:
        print(np.dtype(dtype).name, "ones:", int(flatten(space, element).sum()))
    except IndexError as e:
        print(np.dtype(dtype).name, "IndexError:", e)
END
cat "$work/seen"
diff "$work/seen" - <<'END'
int8 ones: 2
int64 ones: 2
uint8 ones: 2
uint32 ones: 2
uint64 IndexError: arrays used as indices must be of integer (or boolean) type
END
