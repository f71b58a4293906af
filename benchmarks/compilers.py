"""The kernels that Clang makes beside those of GCC: nanoseconds per lane-step, the two taking turns.

Builds the library and ``kernels.cpp`` with each compiler (minutes), or uses the folders of an earlier run. Prints, for
each task and instruction set, the least times of the step kernel and of the observe kernel, and Clang's time over
GCC's; then the rows where Clang takes more than 1.15 of GCC's time, and those where GCC takes more than 1.5 of Clang's.

    python benchmarks/compilers.py --gcc-build build/gcc --clang-build build/clang
    python benchmarks/compilers.py --clang clang++-19 --rounds 9
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ("step_ns", "observe_ns")
SECONDS = "0.002"  # of a measurement
SLOWEST_CLANG, SLOWEST_GCC = 1.15, 1.5

Key = tuple[str, str, str]  # task, instruction set, kernel


def build(compiler: str, folder: Path) -> Path:
    """Builds the program of kernels, unless it is there; returns it."""
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    options = [
        f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_BUILD_TYPE=Release",
        "-DPLYO_BUILD_BENCHMARKS=ON",
    ]
    if not (folder / "CMakeCache.txt").exists():
        run(["cmake", "-S", str(ROOT), "-B", str(folder), *generator, *options])
    run(["cmake", "--build", str(folder), "--parallel", str(os.cpu_count() or 1), "--target", "kernels"])
    return folder / "benchmarks" / "kernels"


def run(command: list[str]) -> str:
    """What a command prints; its errors end the program."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def measure(program: Path, times: dict[Key, float]) -> str:
    """Runs a program once, keeps the least times, and returns its compiler."""
    report = json.loads(run([str(program), SECONDS, "3"]))
    for row in report["kernels"]:
        if row["isa"] == "reference":
            continue
        for kernel in KERNELS:
            key = (row["task"], row["isa"], kernel.removesuffix("_ns"))
            times[key] = min(times.get(key, float("inf")), row[kernel])
    return str(report["compiler"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gcc", default="g++", help="the compiler (default: %(default)s)")
    parser.add_argument("--clang", default="clang++", help="the other compiler (default: %(default)s)")
    parser.add_argument("--gcc-build", type=Path, default=ROOT / "build" / "kernels-gcc", metavar="FOLDER")
    parser.add_argument(
        "--clang-build", type=Path, default=ROOT / "build" / "kernels-clang", metavar="FOLDER"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: %(default)s)")
    args = parser.parse_args()
    programs = [build(args.gcc, args.gcc_build), build(args.clang, args.clang_build)]
    times: list[dict[Key, float]] = [{}, {}]
    names = ["", ""]
    for _ in range(args.rounds):
        for i, program in enumerate(programs):
            names[i] = measure(program, times[i])
    ratios = {key: times[1][key] / gcc for key, gcc in times[0].items()}
    print(f"{'task':26} {'set':9} {'kernel':8} {names[0]:>12} {names[1]:>12}  Clang / GCC")
    for key, ratio in ratios.items():
        task, isa, kernel = key
        print(f"{task:26} {isa:9} {kernel:8} {times[0][key]:12.2f} {times[1][key]:12.2f} {ratio:12.2f}")
    slow = [key for key, ratio in ratios.items() if ratio > SLOWEST_CLANG]
    behind = [key for key, ratio in ratios.items() if ratio < 1 / SLOWEST_GCC]
    print(f"\nClang above {SLOWEST_CLANG} of GCC's time: {len(slow)} of {len(ratios)}")
    for key in sorted(slow, key=lambda key: -ratios[key]):
        print(f"  {ratios[key]:6.2f}  {' '.join(key)}")
    print(f"GCC above {SLOWEST_GCC} of Clang's time: {len(behind)} of {len(ratios)}")
    for key in sorted(behind, key=lambda key: ratios[key]):
        print(f"  {1 / ratios[key]:6.2f}  {' '.join(key)}")


if __name__ == "__main__":
    main()
