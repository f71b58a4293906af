"""What ``plyo check`` finds out about a header."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plyo.compile import compilers
from plyo.compile.building import Kind, build, compile_with
from plyo.compile.headers import get_include
from plyo.compile.sources import Source, body_of, strip_comments
from plyo.error import CompileError

#: One number beside several constants.
_EQUALS = re.compile(r"\((\w+) == [\w:]+\) \| \(\1 == [\w:]+\)")
_BRANCH = re.compile(r"\|\||&&|\bif\s*\(|\bfor\s*\(|\bwhile\s*\(|\bswitch\s*\(")


@dataclass(frozen=True)
class Report:
    """What was found out about one task.

    Attributes:
        name: The struct.
        seconds: How long the compiler took, for the optimised build.
        compiler: The compiler.
        nanoseconds: The time of a lane-step in a batch of 4096 on one thread.
        ended: The episodes that ended in 10⁵ random steps.
        vectorised: Whether the loop over lanes became vector code; None if the compiler does not tell.
        hint: What stops it.
        problem: What is wrong; ``""`` if nothing is.
    """

    name: str
    seconds: float
    compiler: str
    nanoseconds: float = 0.0
    ended: int = 0
    vectorised: bool | None = None
    hint: str = ""
    problem: str = ""


def check(source: Source, *, compiler: str | None = None, time_limit: float = 60.0) -> list[Report]:
    """Compiles each task of a source twice, runs both in a process of its own, and compares.

    Args:
        source: The source.
        compiler: The compiler, None for the usual one.
        time_limit: The seconds that the steps of one task may take.

    Raises:
        CompileError: The source does not compile.
    """
    reports = []
    for name in source.names:
        one = replace(source, names=(name,))
        built = build(one, Kind(), compiler=compiler)
        build(one, Kind(faults=True), compiler=compiler)
        report = Report(name, built.module.seconds, built.module.compiler)
        report = _run(report, built.source, time_limit)
        reports.append(_look_at_loop(report, one, compiler) if not report.problem else report)
    return reports


def _run(report: Report, source: Source, time_limit: float) -> Report:
    """The same with what the trial found."""
    debug, problem = _try(source, ["debug"], time_limit)
    if problem:
        return replace(report, problem=problem)
    optimised, problem = _try(source, ["optimised"], time_limit)
    if problem:
        return replace(report, problem=f"the optimised build: {problem}")
    first, second = debug["debug"], optimised["optimised"]
    if first["complaint"]:
        problem = first["complaint"]
    elif first["hash"] != second["hash"]:
        problem = (
            "the optimised build gives other bits than the debug build: something is undefined, such as a member "
            "that is read before it is set"
        )
    return replace(report, nanoseconds=optimised["nanoseconds"], ended=second["ended"], problem=problem)


def _try(source: Source, builds: list[str], time_limit: float) -> tuple[dict[str, Any], str]:
    """Runs the trial of some builds; its result, or what went wrong."""
    asked = json.dumps({"source": source.to_json(), "builds": builds})
    command = [sys.executable, "-X", "faulthandler", "-m", "plyo.compile.trial"]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=time_limit)
    except subprocess.TimeoutExpired:
        return {}, f"10⁵ steps did not end within {time_limit:g} s: a loop in the task may have no end"
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return {}, f"the process was ended by {name}: an index outside its array, or a division by zero"
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or ["it says nothing"]
        return {}, re.sub(r"^[\w.]*(Error|Exception): ", "", last[0])
    return json.loads(done.stdout.splitlines()[-1]), ""


def _look_at_loop(report: Report, source: Source, asked: str | None) -> Report:
    """The same with whether the loop over lanes is vector code, as the compiler says."""
    compiler = compilers.find_compiler(asked)
    path, line = _place_of_loop()
    gcc = compiler.kind == "gcc"
    said = compile_with(source, compiler, ["-fopt-info-vec-optimized"] if gcc else ["-Rpass=loop-vectorize"])
    if re.search(rf"{path}:{line}:\d+: (optimized|remark): (loop vectorized|vectorized loop)", said):
        return replace(report, vectorised=True)
    more = ["-fopt-info-vec-missed"] if gcc else ["-Rpass-analysis=loop-vectorize"]
    said = compile_with(source, compiler, more)
    own = re.escape(f"{source.stem}.hpp")
    told = rf"{own}:(\d+):\d+: (?:missed|remark): (?:not vectorized: |loop not vectorized: )?(.*)"
    lines = _lines_of_step(source.text)
    for line, reason in re.findall(told, said):
        if int(line) in lines:  # loops of other functions do not stop that of steps
            reason = re.sub(r" \[-R.*", "", reason)
            return replace(report, vectorised=False, hint=f"{source.origin}:{line}: {reason}")
    return replace(report, vectorised=False, hint=guess_reason(source))


def _place_of_loop() -> tuple[str, int]:
    """The file and the line of the loop that steps lanes."""
    lines = (Path(get_include()) / "kernels" / "batch_kernels.hpp").read_text(encoding="utf-8").splitlines()
    is_inside = False
    for number, line in enumerate(lines, 1):
        is_inside |= "static void step_block(" in line
        if is_inside and line.lstrip().startswith("for ("):
            return "batch_kernels\\.hpp", number
    raise CompileError("kernels/batch_kernels.hpp has no loop over lanes")


def _lines_of_step(text: str) -> list[int]:
    """The numbers of the lines of a step, and of the functions that it calls."""
    code = strip_comments(text)
    bodies: dict[str, list[tuple[int, str]]] = {}
    for match in re.finditer(r"\b(?!if\b|for\b|while\b|switch\b)(\w+)\s*\([^;{}]*\)\s*\{", code):
        first = code.count("\n", 0, match.start()) + 1
        body = code[match.start() : match.end()] + body_of(code, match.end())
        bodies.setdefault(match[1], []).append((first, body))
    found: set[str] = set()
    lines: list[int] = []
    names = ["step"]
    while names:
        name = names.pop()
        for first, body in bodies.get(name, []) if name not in found else []:
            lines += range(first, first + body.count("\n") + 1)
            names += re.findall(r"\b(\w+)\s*\(", body)
        found.add(name)
    return lines


def guess_reason(source: Source) -> str:
    """What usually stops the vectoriser, at the first line of a step, or of a function that it calls, that has it."""
    code = strip_comments(source.text).splitlines()
    lines = [(number, code[number - 1]) for number in _lines_of_step(source.text)]
    for number, line in lines:
        match = _BRANCH.search(line)
        if match:
            what = match[0].rstrip("( ")
            return f"{source.origin}:{number}: `{what}` is a branch: write `cond ? a : b`, `&` and `|`"
    for number, line in lines:
        match = _EQUALS.search(line)
        if match:
            why = "GCC looks this up in a table of bits: compare by `<=` and `>=`"
            return f"{source.origin}:{number}: `{match[0]}`: {why}"
    return "a step that draws random numbers, or calls a function with a branch, is stepped lane by lane"


def describe(report: Report) -> list[str]:
    """The lines that tell people about a report."""
    lines = [f"{report.name}: compiled by {report.compiler} in {report.seconds:.2f} s"]
    if report.problem:
        return [*lines, f"  wrong: {report.problem}"]
    lines.append("  10⁵ random steps: both builds give the same bits, and observations are in their space")
    lines.append(f"  episodes that ended on the way: {report.ended}")
    lines.append(f"  {report.nanoseconds:.1f} ns a step and environment, 4096 environments on one thread")
    if report.vectorised:
        lines.append("  vectorised: yes")
    else:
        lines.append(f"  vectorised: no; {report.hint}")
    return lines
