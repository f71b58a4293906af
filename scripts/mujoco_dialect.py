"""Says which dialect of plyo.mujoco.dialects the installed libmujoco speaks, or where it parts from each.

    python scripts/mujoco_dialect.py                          the models of Gymnasium that vector lanes can step
    python scripts/mujoco_dialect.py robot.xml --seeds 40     another model, more trials

For a new release of MuJoCo: install it, run this with each instruction set (PLYO_ISA; a build with PLYO_KERNELS=all has
them), and where it speaks a dialect, add the printed line to BUILDS. Where it does not, the first differing quantity
says which stage of a step has changed; its changelog and the disassembly of that stage say how. The order goes into
`Dialect` of cpp/physics3d/model.hpp.

It ends with 1 if no dialect fits.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from pathlib import Path
from typing import Any

from plyo._native import isa
from plyo.mujoco.acceleration import find_difference, make_lanes
from plyo.mujoco.assets import asset_path
from plyo.mujoco.dialects import DIALECTS
from plyo.mujoco.eligibility import find_refusal
from plyo.mujoco.host import load_model, wrap_model
from plyo.mujoco.library import library_path, mujoco_version

#: Gymnasium's, of tasks that are stepped in packs.
MODELS = (
    *("half_cheetah.xml", "hopper.xml", "walker2d.xml", "walker2d_v5.xml", "ant.xml"),
    *("swimmer.xml", "inverted_pendulum.xml", "inverted_double_pendulum.xml", "reacher.xml"),
)


def differences(model: Any, dialect: str, seeds: int) -> str:
    """The first difference of packs in a dialect; empty without any."""
    lanes, native = make_lanes(model, dialect), wrap_model(model, 1)
    for seed in range(seeds):
        difference = find_difference(model, lanes, native, seed)
        if difference:
            return f"{difference} (seed {seed})"
    return ""


def main() -> int:
    """Compares all models in all dialects."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help="files of models; those of Gymnasium without any")
    parser.add_argument("--seeds", type=int, default=10, help="trials of so many seeds, 2400 substeps each")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    path = library_path()
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    print(f"MuJoCo {mujoco_version()}, {path.name}, lanes of {isa()}")
    fits = dict.fromkeys(DIALECTS, True)
    for name in arguments.models or MODELS:
        file = name if Path(name).exists() else asset_path(name, "mujoco")[0]
        model = load_model(file)
        refusal = find_refusal(model)
        if refusal is not None:
            print(f"  {Path(file).name}: not for vector lanes, {refusal}")
            continue
        for dialect in DIALECTS:
            difference = differences(model, dialect, arguments.seeds)
            fits[dialect] &= not difference
            print(f"  {Path(file).name} in {dialect}: {difference or 'no bit differs'}")
    spoken = [dialect for dialect, fit in fits.items() if fit]
    if not spoken:
        print("It speaks no dialect that is known.")
        return 1
    print(f'    "{mujoco_version()}": Build({len(content)}, "{digest}", "{spoken[-1]}"),')
    return 0


if __name__ == "__main__":
    sys.exit(main())
