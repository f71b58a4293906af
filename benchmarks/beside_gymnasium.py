"""Measures Plyo's Python parts beside Gymnasium's: spaces, wrapped steps, worker processes, imports, pictures.

    python benchmarks/beside_gymnasium.py       writes benchmarks/results/<machine>/beside_gymnasium.md

Each program can be run by itself too; this one keeps their output, with the machine and the versions.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from plyo.bench import describe_machine

HERE = Path(__file__).resolve().parent
PROGRAMS = ("spaces.py", "wrapped_step.py", "async_vector.py", "import_time.py", "pictures.py")


def run(program: str) -> str:
    """The output of a program."""
    done = subprocess.run([sys.executable, HERE / program], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.rstrip()


def main() -> None:
    """Measures, and writes the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="the folder of the machine's folder"
    )
    arguments = parser.parse_args()

    machine = describe_machine(HERE.parent)
    parts = [
        "# Beside Gymnasium",
        f"{machine.cpu} ({machine.name}), Python {machine.python}, NumPy {machine.numpy}, "
        f"gymnasium {machine.peers['gymnasium']}; Plyo {machine.plyo} at {machine.commit}, {machine.date} UTC.",
    ]
    for program in PROGRAMS:
        print(f"{program} ...", flush=True)
        parts += [f"## `{program}`", f"```\n{run(program)}\n```"]
    page = arguments.output / machine.name / "beside_gymnasium.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n\n".join(parts) + "\n")
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
