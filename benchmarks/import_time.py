"""What ``import plyo`` costs beside ``import numpy`` and ``import gymnasium``.

Every import runs in a process of its own; the modules take turns, so that a change of the machine's load meets all of
them. Prints the median processor time and wall time in milliseconds, and how often Plyo's is NumPy's.

    python benchmarks/import_time.py --repeats 31
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

MODULES = ("numpy", "plyo", "gymnasium")

CHILD = """
import json, time
wall, processor = time.perf_counter(), time.process_time()
import {module}
print(json.dumps([time.process_time() - processor, time.perf_counter() - wall]))
"""


def measure(module: str) -> tuple[float, float]:
    """The processor time and the wall time of one import, in seconds."""
    command = [sys.executable, "-c", CHILD.format(module=module)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    processor, wall = json.loads(output.splitlines()[-1])
    return processor, wall


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=21, help="processes a module")
    repeats = parser.parse_args().repeats

    for module in MODULES:
        measure(module)  # compiles what is not compiled yet, and warms the file cache
    times: dict[str, list[tuple[float, float]]] = {module: [] for module in MODULES}
    for _ in range(repeats):
        for module in MODULES:
            times[module].append(measure(module))

    medians = {module: tuple(map(statistics.median, zip(*times[module], strict=True))) for module in MODULES}
    print(f"{'':10} {'processor':>10} {'wall':>10}   milliseconds, medians of {repeats}")
    for module, (processor, wall) in medians.items():
        print(f"{module:10} {1e3 * processor:10.1f} {1e3 * wall:10.1f}")
    ratios = [ours / numpys for ours, numpys in zip(medians["plyo"], medians["numpy"], strict=True)]
    print(f"{'ratio':10} {ratios[0]:10.2f} {ratios[1]:10.2f}   plyo / numpy")


if __name__ == "__main__":
    main()
