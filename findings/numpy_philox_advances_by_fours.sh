#!/usr/bin/env bash
# NumPy 2.4.6: Philox.advance(n) skips four numbers for each of n, and more in the middle of a block.
#
# advance is documented alike for PCG64, PCG64DXSM and Philox: the number of draws to advance, as if they had been made. For the
# first two advance(n) skips n numbers of random(). Philox makes four 64-bit numbers a block, and counts blocks: advance(1) skips
# four. What is left of the block in use is dropped as well, so one to four numbers drawn before an advance(1) lead to the
# same place, and only in front of a block of its own is it a multiple of four numbers that is skipped. A program that gives each
# of its workers a part of one stream by advance(length) leaves three quarters of it out; one that goes back to a step
# of a run by advance(draws) lands elsewhere, without an error. Neither unit can be undone: advance takes back whole blocks only.
#
# Printed are the numbers skipped by advance(k) after some draws: the place of the next number, less the numbers drawn.
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "numpy==2.4.6"
"$work/venv/bin/python" - > "$work/seen" <<'END'
from numpy.random import PCG64, PCG64DXSM, Generator, Philox

for kind in (PCG64, PCG64DXSM, Philox):
    stream = Generator(kind(1)).random(60).tolist()
    for k in (1, 3):
        skipped = []
        for drawn in range(9):
            generator = Generator(kind(1))
            generator.random(drawn)
            generator.bit_generator.advance(k)
            skipped.append(stream.index(generator.random()) - drawn)
        print(f"{kind.__name__}: after 0 to 8 numbers, advance({k}) skips", *skipped)
generator = Generator(Philox(1))
first = generator.random(6).tolist()
generator.bit_generator.advance(2**256 - 1)
print("Philox: six numbers drawn, one step back, the next is number", first.index(generator.random()))
generator = Generator(PCG64(1))
first = generator.random(6).tolist()
generator.bit_generator.advance(2**128 - 1)
print("PCG64: six numbers drawn, one step back, the next is number", first.index(generator.random()))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
PCG64: after 0 to 8 numbers, advance(1) skips 1 1 1 1 1 1 1 1 1
PCG64: after 0 to 8 numbers, advance(3) skips 3 3 3 3 3 3 3 3 3
PCG64DXSM: after 0 to 8 numbers, advance(1) skips 1 1 1 1 1 1 1 1 1
PCG64DXSM: after 0 to 8 numbers, advance(3) skips 3 3 3 3 3 3 3 3 3
Philox: after 0 to 8 numbers, advance(1) skips 4 7 6 5 4 7 6 5 4
Philox: after 0 to 8 numbers, advance(3) skips 12 15 14 13 12 15 14 13 12
Philox: six numbers drawn, one step back, the next is number 4
PCG64: six numbers drawn, one step back, the next is number 5
END
