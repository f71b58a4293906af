#!/usr/bin/env bash
# NumPy 2.4.6: two PCG64 generators that will give the same numbers for ever can have unequal states.
#
# A 64-bit word serves two 32-bit draws; its second half waits in `uinteger`, and `has_uint32` says whether it waits. Once
# that half is used, `has_uint32` is 0 again, but `uinteger` keeps the old value. A generator that reached the same place by
# one 64-bit draw has 0 there. So comparing `bit_generator.state`, as a test of "the same stream" does, answers False for
# streams that are equal; `uinteger` has to be left out where `has_uint32` is 0.
#
# Output seen: the four lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "numpy==2.4.6"
"$work/venv/bin/python" - > "$work/seen" <<'END'
import numpy as np

halves, whole = np.random.default_rng(1), np.random.default_rng(1)
halves.integers(5, dtype=np.uint32)
halves.integers(5, dtype=np.uint32)
whole.random()
a, b = halves.bit_generator.state, whole.bit_generator.state
print("same position:", a["state"] == b["state"], a["has_uint32"], b["has_uint32"])
print("equal states:", a == b)
print("uinteger:", a["uinteger"] != 0, b["uinteger"])
print("same numbers:", bool((halves.random(1000) == whole.random(1000)).all()))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
same position: True 0 0
equal states: False
uinteger: True 0
same numbers: True
END
