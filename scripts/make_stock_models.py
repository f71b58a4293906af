"""Writes tests/cpp/stock_models.txt: Gymnasium's models as packs of vector lanes have them, for the tests in C++.

    python scripts/make_stock_models.py           writes it, from the installed MuJoCo and Gymnasium
    python scripts/make_stock_models.py --check   fails if the committed one differs

A line is a name and its numbers; a line "model" begins the next model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np

from plyo.mujoco.dialects import DIALECTS, find_dialect
from plyo.mujoco.lane_constants import lane_arrays, lane_numbers

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "tests/cpp/stock_models.txt"
ASSETS = Path(gymnasium.__file__).parent / "envs/mujoco/assets"
DIALECT = "4.0"
NAMES = (
    *("half_cheetah", "hopper", "walker2d", "walker2d_v5", "ant"),
    *("swimmer", "inverted_pendulum", "inverted_double_pendulum", "reacher"),
)
#: What only the bindings read: the places of a state, and the numbers that a lane may have of its own.
UNREAD = ("state_", "num_", "sources")


def lines() -> Iterator[str]:
    """The lines of the file."""
    for name in NAMES:
        model = mujoco.MjModel.from_xml_path(str(ASSETS / f"{name}.xml"))
        yield f"model {name}"
        parts: dict[str, Any] = {**lane_numbers(model, DIALECTS[DIALECT]), **lane_arrays(model)}
        for part, value in parts.items():
            if not part.startswith(UNREAD):
                numbers = np.asarray(value, np.float64).ravel().tolist()
                yield " ".join([part, *(repr(number).removesuffix(".0") for number in numbers)])


def main() -> int:
    """Writes the file, or compares it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    if find_dialect() != DIALECT:
        print(f"the file is of MuJoCo {DIALECT}, whose compiler makes the models' numbers")
        return 1
    text = "".join(f"{line}\n" for line in lines())
    if not arguments.check:
        PATH.write_text(text, encoding="utf-8")
    elif PATH.read_text(encoding="utf-8") != text:
        print(f"{PATH.relative_to(ROOT)} differs; write it with python scripts/make_stock_models.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
