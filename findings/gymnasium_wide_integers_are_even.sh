#!/usr/bin/env bash
# gymnasium 1.4.0 with numpy 2.4.6: samples of wide integers are even, and a Box of all 64-bit integers has one sample.
#
# Box and MultiDiscrete draw integers as floor of a float of 53 bits, Discrete draws them as integers. So beyond 2**54 Box and
# MultiDiscrete never sample an odd number, while Discrete(2**62) does in half of its draws: flags in the low bits of a word, or
# the squares of a bitboard, are never set in random play. Over the whole range of int64 or uint64 a Box always samples its
# lowest number: the upper bound plus one has overflowed, which raises ValueError for other lower bounds (known for int64), but
# here makes both bounds equal. The dtype is right and contains() is True, so nothing shows. 8, 16 and 32 bits are right.
#
# Printed are the distinct and the odd ones of 1000 samples. Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium==1.4.0" "numpy==2.4.6"
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> /dev/null <<'END'
import numpy as np
from gymnasium.spaces import Box, Discrete, MultiDiscrete


def show(name, space, samples):
    values = np.ravel(samples).tolist()
    contained = "in the space" if all(space.contains(sample) for sample in samples) else "outside"
    print(f"{name}: {len(set(values))} distinct, {sum(value % 2 for value in values)} odd, {contained}")


for bits in (53, 54, 55, 62):
    space = Discrete(2**bits, seed=1)
    show(f"Discrete(2**{bits})", space, [space.sample() for _ in range(1000)])
    space = MultiDiscrete([2**bits] * 1000, seed=1)
    show(f"MultiDiscrete([2**{bits}])", space, [space.sample()])
    space = Box(0, 2**bits - 1, (1000,), np.int64, seed=1)
    show(f"Box(0, 2**{bits} - 1)", space, [space.sample()])
for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint32, np.uint64):
    space = Box(np.iinfo(dtype).min, np.iinfo(dtype).max, (1000,), dtype, seed=1)
    show(f"Box of every {np.dtype(dtype)}", space, [space.sample()])
END
cat "$work/seen"
diff "$work/seen" - <<'END'
Discrete(2**53): 1000 distinct, 492 odd, in the space
MultiDiscrete([2**53]): 1000 distinct, 492 odd, in the space
Box(0, 2**53 - 1): 1000 distinct, 492 odd, in the space
Discrete(2**54): 1000 distinct, 500 odd, in the space
MultiDiscrete([2**54]): 1000 distinct, 0 odd, in the space
Box(0, 2**54 - 1): 1000 distinct, 0 odd, in the space
Discrete(2**55): 1000 distinct, 497 odd, in the space
MultiDiscrete([2**55]): 1000 distinct, 0 odd, in the space
Box(0, 2**55 - 1): 1000 distinct, 0 odd, in the space
Discrete(2**62): 1000 distinct, 487 odd, in the space
MultiDiscrete([2**62]): 1000 distinct, 0 odd, in the space
Box(0, 2**62 - 1): 1000 distinct, 0 odd, in the space
Box of every int8: 252 distinct, 497 odd, in the space
Box of every int16: 991 distinct, 495 odd, in the space
Box of every int32: 1000 distinct, 479 odd, in the space
Box of every int64: 1 distinct, 0 odd, in the space
Box of every uint32: 1000 distinct, 479 odd, in the space
Box of every uint64: 1 distinct, 0 odd, in the space
END
