"""Runs all benchmarks and writes results.json and plots to benchmarks/results/<machine>/. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import plyo
from figures import format_figures, make_figures
from handwritten import TASKS, Handwritten, gives_same_results
from kernel_plot import plot_kernels
from plyo.bench import (
    Case,
    Report,
    Settings,
    batch_contestants,
    describe_machine,
    measure_case,
    single_contestants,
    task_ids,
)
from plyo.bench.contestants.native import PlyoRollout, PlyoStep
from plyo.bench.plots import plot_rates
from plyo.bench.race import race

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SIZES = [1, 4, 16, 64, 256, 1024, 4096, 65536]
THREADS = [1, 2]
MILLION = 1_000_000


def main() -> int:
    args = parse_arguments()
    settings = Settings(args.seconds, args.rounds)
    start = perf_counter()

    def say(text: str) -> None:
        print(f"[{perf_counter() - start:5.0f} s] {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="plyo-bench-") as temporary:
        build = args.build_dir or Path(temporary)
        say("building the C++ programs")
        build_programs(build)
        programs = build / "benchmarks"
        Handwritten.load(next(programs.glob("*plyo_handwritten*")))
        same = {task: gives_same_results(task) for task in TASKS}
        say(f"hand-written loop gives Plyo's results: {same}")
        say("kernels of each instruction set")
        seconds, rounds = str(args.seconds / 5), str(args.rounds)
        kernels = run_json([str(programs / "kernels"), seconds, rounds])
        loops = run_json([str(programs / "handwritten"), seconds, rounds])

        machine = describe_machine(ROOT)
        report = Report(replace(machine, compiler=kernels["compiler"]), args.seconds, args.rounds)
        for task in args.tasks:
            for num_envs, threads in product(args.sizes, THREADS):
                say(f"{task}, N={num_envs}, {threads} threads")
                contestants = [*batch_contestants(), Handwritten]
                report.add(*measure_case(Case(task, num_envs, threads), contestants, settings))
            say(f"{task}, make()")
            report.add(*measure_case(Case(task), single_contestants(), settings))

    say("two threads over one")
    scaling = [row for task in args.tasks for row in measure_scaling(task, max(args.sizes), settings)]
    say("instruction sets")
    instruction_sets = measure_instruction_sets(args.tasks, args.sizes, settings)
    say(f"{args.million} CartPoles")
    million = measure_million(args.million)

    results = {
        **report.to_dict(),
        "scaling": scaling,
        "instruction_sets": instruction_sets,
        "million": million,
        "kernels": kernels,
        "handwritten": loops,
        "handwritten_gives_same_results": same,
    }
    results["figures"] = make_figures(results)
    folder = args.output / machine.name
    write(folder, report, results)
    say(f"written to {folder}")
    print(format_figures(results["figures"]))
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run of a minute; its numbers mean nothing"
    )
    parser.add_argument("--seconds", type=float, default=0.1, help="the length of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contestant and case")
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="the folder of the machine's folder"
    )
    parser.add_argument(
        "--build-dir", type=Path, help="build there and keep it; a temporary folder by default"
    )
    parser.add_argument("--tasks", nargs="+", metavar="ID", help="only these tasks; all by default")
    args = parser.parse_args()
    args.sizes, args.million = SIZES, MILLION
    if args.quick:
        args.seconds, args.rounds, args.sizes = 0.005, 2, [1, 4096]
    args.tasks = args.tasks or (["CartPole-v1", "Pendulum-v1"] if args.quick else task_ids())
    return args


def build_programs(build: Path) -> None:
    """Builds kernels, handwritten and its library in release mode."""
    if shutil.which("cmake") is None:
        sys.exit("benchmarks/run.py needs cmake and a C++20 compiler: pip install cmake ninja")
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DPLYO_BUILD_BENCHMARKS=ON", "-DPLYO_BUILD_TESTS=OFF"]
    run_quietly(["cmake", "-S", str(ROOT), "-B", str(build), *generator, *options])
    targets = ["kernels", "handwritten", "plyo_handwritten"]
    jobs = str(os.cpu_count() or 1)
    run_quietly(["cmake", "--build", str(build), "--parallel", jobs, "--target", *targets])


def run_quietly(command: list[str]) -> None:
    """Runs a command; prints its output only if it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout}")


def run_json(command: list[str], **variables: str) -> dict[str, Any]:
    """Runs a command and reads the JSON that it prints."""
    path = os.pathsep.join([str(Path(plyo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep), **variables}
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    return json.loads(result.stdout)


def measure_scaling(task: str, num_envs: int, settings: Settings) -> list[dict[str, Any]]:
    """Two threads against one in the same race."""
    rows = []
    for contestant in (PlyoStep, PlyoRollout):
        entrants = [contestant(Case(task, num_envs, threads)) for threads in (1, 2)]
        try:
            one, two = (statistics.median(rates) for rates in race(entrants, settings))
        finally:
            for entrant in entrants:
                entrant.close()
        rows.append(
            {
                "task": task,
                "num_envs": num_envs,
                "scenario": contestant.scenario.value,
                "one": one,
                "two": two,
                "ratio": two / one,
            }
        )
    return rows


def measure_instruction_sets(tasks: list[str], sizes: list[int], settings: Settings) -> dict[str, Any]:
    """Plyo's rates with each instruction set forced: processes that take turns, the median of three each."""
    num_envs = 4096 if 4096 in sizes else max(sizes)
    arguments = [str(settings.seconds), "2", str(num_envs), *tasks]
    seen: dict[str, list[dict[str, Any]]] = {isa: [] for isa in plyo._native.supported_isas()}
    for _ in range(min(3, settings.rounds)):
        for isa, runs in seen.items():
            runs.append(
                run_json([sys.executable, str(HERE / "worker.py"), "rates", *arguments], PLYO_ISA=isa)
            )
    return {
        isa: {
            task: {
                scenario: statistics.median(run["rates"][task][scenario] for run in runs)
                for scenario in ("step", "rollout")
            }
            for task in tasks
        }
        for isa, runs in seen.items()
    }


def measure_million(num_envs: int) -> dict[str, Any] | None:
    """Time and memory of a large batch; the median time of three processes. None where there is no /proc."""
    if not Path("/proc/self/statm").exists():
        return None
    runs = [run_json([sys.executable, str(HERE / "worker.py"), "million", str(num_envs)]) for _ in range(3)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def write(folder: Path, report: Report, results: dict[str, Any]) -> None:
    """Writes the JSON and the plots."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for threads in THREADS:
        plot_rates(report, folder / f"rates-{threads}-thread{'' if threads == 1 else 's'}.png", [threads])
    title = f"kernels on one tile of {results['kernels']['lanes']} lanes, {report.machine.cpu}, one core"
    plot_kernels(results["kernels"], title, folder / "kernels.png")


if __name__ == "__main__":
    sys.exit(main())
