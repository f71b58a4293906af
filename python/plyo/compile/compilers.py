"""The compilers of this machine, and the flags that make each of them give the same bits."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from plyo.basics.install import pip_install
from plyo.error import CompileError

#: The oldest versions that compile the headers.
_OLDEST = {"gcc": 12, "clang": 16, "zig": 16}
#: Seconds that a compiler may take.
TIME_LIMIT = 120.0

_SAME = (
    *("-std=c++20", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti", "-w"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
)
_OWN = {
    "gcc": (
        *("-pipe", "-fno-gnu-unique", "-fno-tree-slp-vectorize", "-fno-tree-pre", "-fno-thread-jumps"),
        "-fno-version-loops-for-strides",
        "-fira-region=one",  # allots registers to a whole function at once: Acrobot's in a tenth to a fifth less time
        *("-fno-diagnostics-show-caret", "-fdiagnostics-color=never"),
    ),
    "clang": (
        *("-fno-slp-vectorize", "-fconstexpr-steps=100000000", "-fno-caret-diagnostics"),
        *("-fno-color-diagnostics", "-mllvm", "-inline-threshold=100000"),
    ),
}
_FAULTS = (
    "-fsanitize=undefined,float-cast-overflow",
    "-fno-sanitize-trap=all",
    "-fasynchronous-unwind-tables",
)
# what a build on one machine must not take from its user's other work
_FOREIGN = (
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
)


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler.

    Attributes:
        command: The program and its first arguments.
        kind: ``"gcc"``, ``"clang"`` or ``"zig"``.
        version: Its version, as it says.
    """

    command: tuple[str, ...]
    kind: str
    version: str

    def __str__(self) -> str:
        return f"{ {'gcc': 'g++', 'clang': 'clang++', 'zig': 'ziglang'}[self.kind] } {self.version}"

    def flags(self, *, isa: str, reference: bool, faults: bool, any_params: bool = False) -> list[str]:
        """What decides about the bits and the speed of a module."""
        own = _OWN["gcc" if self.kind == "gcc" else "clang"]
        flags = ["-O1" if faults else "-O3", *_SAME, *own]
        if self.kind != "gcc" and isa == "avx512":
            flags.append("-mprefer-vector-width=512")
        if self.kind == "zig":
            flags += ["-fno-sanitize=all", *_zig_target()]
        if faults:
            flags += [
                "-g",
                *(f for f in _FAULTS if self.kind != "gcc" or "trap" not in f),
                "-DPLYO_FIND_FAULTS",
            ]
        if reference:
            flags.append("-DPLYO_REFERENCE_MATH")
        elif not faults:
            flags.append(f"-DPLYO_ONE_ISA=k{isa.capitalize()}")
            flags += [] if any_params else ["-DPLYO_USUAL_PARAMS"]
        return flags

    def commands(self, source: str, module: str, flags: list[str], reference: bool) -> list[list[str]]:
        """The command lines that make a module of a source; zig needs two, as it builds a C++ library for one."""
        link = ["-shared", "-nostdlib", *(["-lm"] if reference else [])]
        if self.kind == "zig":
            part = f"{module}.o"
            return [
                [*self.command, *flags, "-c", source, "-o", part],
                [*self.command, *_zig_target(), *link, part, "-o", module],
            ]
        return [[*self.command, *flags, source, *link, "-Wl,-z,relro,-z,now", "-o", module]]


def _zig_target() -> list[str]:
    import platform

    return ["-mcpu=x86_64"] if platform.machine() in ("x86_64", "AMD64") else ["-mcpu=baseline"]


def environment(work: Path, cache: Path) -> dict[str, str]:
    """The environment of a compiler: temporary files beside its work, messages in English."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    zig = str(cache / "zig")
    own = {"LC_ALL": "C", "TMPDIR": str(work), "ZIG_GLOBAL_CACHE_DIR": zig, "ZIG_LOCAL_CACHE_DIR": zig}
    return {**kept, **own}


def run(command: list[str], env: dict[str, str], folder: Path) -> tuple[int, str]:
    """Runs a compiler in a group of its own, without input; it ends with this call, however that ends.

    Returns:
        Its exit code, and all that it said.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=env,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise CompileError(
            f"the compiler took more than {TIME_LIMIT:g} s and was ended: {command[0]}"
        ) from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return process.returncode, said.decode("utf-8", "replace")


def find_compiler(asked: str | None = None) -> Compiler:
    """The compiler to use.

    Args:
        asked: The one that the user names, None for the best of this machine.

    Raises:
        CompileError: There is none, or the one that was asked for cannot compile tasks.
    """
    for wish, what in ((asked, "compiler="), (os.environ.get("PLYO_CXX"), "PLYO_CXX=")):
        if wish:
            return _checked(wish, f"{what}{wish}")
    unfit = []
    for name in _usual_names():
        try:
            return _checked(name, name)
        except CompileError as error:
            if "is not there" not in str(error):
                unfit.append(str(error))
    seen = f" ({'; '.join(unfit)})" if unfit else ""
    raise CompileError(
        f"a C++ compiler is needed to compile a task, and this machine has none{seen}:\n"
        "install one of the system's, such as `apt install g++`, "
        f"or one from PyPI that works by itself: `{pip_install('compile')}`"
    )


def _usual_names() -> list[str]:
    """The compilers that are tried where none is asked for, the best first."""
    names = [os.environ.get("CXX") or "", "g++", *(f"g++-{v}" for v in range(16, 11, -1)), "clang++"]
    names += [*(f"clang++-{v}" for v in range(23, 15, -1)), "ziglang"]
    return [name for name in names if name]


def choice_of_today() -> str:
    """What stands for the compiler that this machine takes by itself, without running it; ``""`` if there is none.

    It changes when ``PLYO_CXX`` or ``CXX`` names another one, when a better one is installed, and when it is upgraded.
    """
    asked = os.environ.get("PLYO_CXX")
    commands = (_command(name) for name in ([asked] if asked else _usual_names()))
    command = next((command for command in commands if command is not None), None)
    return "" if command is None else " ".join([*command, _stamp_of(command[0])])


def programs_called(compiler: str) -> dict[str, str]:
    """What this process knows as a compiler of a name and version, as in ``"g++ 12.2.0"``, and what it is like."""
    return {found.command[0]: _stamp_of(found.command[0]) for found in _found if str(found) == compiler}


def are_as_before(programs: dict[str, str]) -> bool:
    """Whether such programs have not been replaced; they may be gone."""
    return all(_stamp_of(program) in ("", stamp) for program, stamp in programs.items())


def _stamp_of(program: str) -> str:
    """What changes when a program is replaced: where its file is, its size and its time; ``""`` if it is not there."""
    try:
        path = Path(program).resolve(strict=True)
        about = path.stat()
    except OSError:
        return ""
    return f"{path} {about.st_size} {about.st_mtime_ns}"


#: The compilers that were found in this process.
_found: set[Compiler] = set()


@cache
def _checked(name: str, what: str) -> Compiler:
    """The compiler of a name."""
    command = _command(name)
    if command is None:
        raise CompileError(f"{what} is not there: no such program")
    try:
        done = subprocess.run(
            [*command, "-dM", "-E", "-x", "c++", os.devnull],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompileError(f"{what} does not run: {error}") from None
    macros = dict(re.findall(r"^#define (\w+) (.*)$", done.stdout, re.MULTILINE))
    if done.returncode or "__GNUC__" not in macros:
        raise CompileError(f"{what} is no C++ compiler that Plyo knows: it needs g++, clang++ or ziglang")
    kind = "gcc" if "__clang__" not in macros else "zig" if "zig" in Path(command[0]).name else "clang"
    first = "__GNUC__" if kind == "gcc" else "__clang_major__"
    rest = ("__GNUC_MINOR__", "__GNUC_PATCHLEVEL__") if kind == "gcc" else ("__clang_minor__",)
    version = ".".join(macros[name] for name in (first, *rest))
    if int(macros[first]) < _OLDEST[kind]:
        name = "g++" if kind == "gcc" else "clang++"
        raise CompileError(f"{what} is {name} {version}, which is too old: {name} {_OLDEST[kind]} or later")
    compiler = Compiler(tuple(command), kind, version)
    _found.add(compiler)
    return compiler


def _command(name: str) -> list[str] | None:
    """The program of a name with its arguments, None if there is none."""
    if name == "ziglang":
        spec = importlib.util.find_spec("ziglang")
        if spec is None or spec.origin is None:
            return None
        return [str(Path(spec.origin).parent / "zig"), "c++"]
    words = shlex.split(name)
    program = shutil.which(words[0]) if words else None
    return None if program is None else [program, *words[1:]]
