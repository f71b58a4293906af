"""The kernels that Clang makes beside those of GCC: nanoseconds per lane-step, the two taking turns.

Builds the library and ``kernels.cpp`` with each compiler (minutes), or uses the folders of an earlier run. The programs
take turns task by task; of each step kernel and each observe kernel the least time counts.

    python benchmarks/compilers.py       writes benchmarks/results/<machine>/compilers.md
    python benchmarks/compilers.py --gcc-build build/gcc --clang-build build/clang --tasks CubeCrash --print
    python benchmarks/compilers.py --clang clang++-19 --rounds 15
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plyo.bench import describe_machine

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ("step_ns", "observe_ns")
SECONDS = "0.002"  # of a measurement
SLOWEST_CLANG, SLOWEST_GCC = 1.15, 1.5

Key = tuple[str, str, str]  # task, instruction set, kernel
Times = dict[Key, float]


def main() -> None:
    """Builds, measures, and writes the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gcc", default="g++", help="the compiler (default: %(default)s)")
    parser.add_argument("--clang", default="clang++", help="the other compiler (default: %(default)s)")
    parser.add_argument("--gcc-build", type=Path, default=ROOT / "build" / "kernels-gcc", metavar="FOLDER")
    parser.add_argument(
        "--clang-build", type=Path, default=ROOT / "build" / "kernels-clang", metavar="FOLDER"
    )
    parser.add_argument("--rounds", type=int, default=9, help="turns of each (default: %(default)s)")
    parser.add_argument("--tasks", nargs="+", metavar="TASK", help="only these tasks; all by default")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    args = parser.parse_args()

    programs = [build(args.gcc, args.gcc_build), build(args.clang, args.clang_build)]
    reports = [run_kernels(program, "0.00001", "1") for program in programs]
    names = [str(report["compiler"]) for report in reports]
    known = list(dict.fromkeys(str(row["task"]) for row in reports[0]["kernels"]))
    unknown = sorted(set(args.tasks or ()) - set(known))
    if unknown:
        parser.error(f"no task {', '.join(unknown)}; there are {', '.join(known)}")
    times: list[Times] = [{}, {}]
    for task in args.tasks or known:
        for _ in range(args.rounds):
            for program, least in zip(programs, times, strict=True):
                measure(program, task, least)

    page = make_page(names, times, args.rounds)
    if args.print:
        print(page)
        return
    path = ROOT / "benchmarks" / "results" / describe_machine(ROOT).name / "compilers.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page + "\n", encoding="utf-8")
    print(f"wrote {path}")


def build(compiler: str, folder: Path) -> Path:
    """Builds the program of kernels, or what has changed of it; returns it."""
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


def run_kernels(program: Path, *arguments: str) -> dict[str, Any]:
    """The report of one run."""
    report: dict[str, Any] = json.loads(run([str(program), *arguments]))
    return report


def measure(program: Path, task: str, least: Times) -> None:
    """Runs a program for one task, and keeps the least times."""
    for row in run_kernels(program, SECONDS, "3", task)["kernels"]:
        if row["isa"] == "reference":
            continue
        for kernel in KERNELS:
            key = (task, row["isa"], kernel.removesuffix("_ns"))
            least[key] = min(least.get(key, float("inf")), row[kernel])


def make_page(names: list[str], times: list[Times], rounds: int) -> str:
    """The results as Markdown."""
    machine = describe_machine(ROOT)
    gcc, clang = times
    ratios = {key: clang[key] / gcc[key] for key in gcc}
    slow = [key for key in ratios if ratios[key] > SLOWEST_CLANG]
    behind = [key for key in ratios if ratios[key] < 1 / SLOWEST_GCC]
    lines = [
        "# Kernels of two compilers",
        "",
        f"{machine.cpu} ({machine.name}); Plyo {machine.plyo} at {machine.commit}, {machine.date} UTC.",
        "",
        f"Nanoseconds a lane-step on one tile in the first-level cache: the least of {rounds} turns of each program. "
        "`python benchmarks/compilers.py`",
        "",
        f"- {names[1]} takes more than {SLOWEST_CLANG} of the time of {names[0]}: {listed(slow)}.",
        f"- {names[0]} takes more than {SLOWEST_GCC} of the time of {names[1]}: {listed(behind)}.",
        "",
        f"| task | kernel | instruction set | {names[0]} | {names[1]} | ratio |",
        "|---|---|---|---:|---:|---:|",
    ]
    for key, ratio in ratios.items():
        task, isa, kernel = key
        lines.append(f"| {task} | {kernel} | {isa} | {gcc[key]:.2f} | {clang[key]:.2f} | {ratio:.2f} |")
    return "\n".join(lines)


def listed(keys: Iterable[Key]) -> str:
    """Kernels in a sentence."""
    return ", ".join(f"{task} {kernel} ({isa})" for task, isa, kernel in keys) or "none"


if __name__ == "__main__":
    main()
