"""The time of ``import plyo`` beside ``import numpy`` and ``import gymnasium``, and the time of a first step.

Every program runs in a process of its own; they take turns, so that a change of the machine's load meets all of them.
Bytecode is cached, as in an installed package. Prints the median processor time and wall time in milliseconds, and the
ratio of Plyo's import to NumPy's.

    python benchmarks/import_time.py --repeats 31
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

FIRST_STEP = "; env = {0}.make('CartPole-v1'); env.reset(seed=0); env.step(0)"
PROGRAMS = {f"import {name}": f"import {name}" for name in ("numpy", "plyo", "gymnasium")} | {
    f"{name}, first step": f"import {name}{FIRST_STEP.format(name)}" for name in ("plyo", "gymnasium")
}

CHILD = """
import json, time
wall, processor = time.perf_counter(), time.process_time()
{program}
print(json.dumps([time.process_time() - processor, time.perf_counter() - wall]))
"""


def measure(program: str, cache: str) -> tuple[float, float]:
    """The processor time and the wall time of a program after the interpreter's start, in seconds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    command = [sys.executable, "-c", CHILD.format(program=program)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    processor, wall = json.loads(done.stdout.splitlines()[-1])
    return processor, wall


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=21, help="processes a program")
    repeats = parser.parse_args().repeats

    times: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as cache:
        for program in PROGRAMS.values():
            measure(program, cache)  # compiles the missing bytecode
        for _ in range(repeats):
            for name, program in PROGRAMS.items():
                times[name].append(measure(program, cache))

    medians = {name: tuple(map(statistics.median, zip(*times[name], strict=True))) for name in PROGRAMS}
    print(f"{'':24} {'processor':>10} {'wall':>10}   milliseconds, medians of {repeats}")
    for name, (processor, wall) in medians.items():
        print(f"{name:24} {1e3 * processor:10.1f} {1e3 * wall:10.1f}")
    pairs = zip(medians["import plyo"], medians["import numpy"], strict=True)
    ratios = [ours / numpys for ours, numpys in pairs]
    print(f"{'import plyo / numpy':24} {ratios[0]:10.2f} {ratios[1]:10.2f}")


if __name__ == "__main__":
    main()
