"""Makes an environment of one's own where there is no compiler, as in a container for Python: from a wheel to training.

    pip wheel --no-deps --wheel-dir dist .
    python scripts/try_own_task_without_compiler.py dist/plyo-*.whl [--keep FOLDER]

Installs the wheel with its extra `compile` into a fresh virtual environment, whose programs are the only ones on PATH,
then runs `plyo new`, `plyo check` and `plyo train`, and prints the seconds of each. Where mounts can be made (as root,
on Linux), the system's C and C++ headers and compilers are hidden from these commands as well.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from try_contributing import run

#: Where compilers and their headers are, beside PATH.
PLACES = ("/usr/include", "/usr/local/include", "/usr/lib/gcc", *map(str, Path("/usr/lib").glob("llvm*")))
COMPILERS = ("g++", "gcc", "c++", "cc", "clang++", "clang", "zig", "ld")
CLONE_NEWNS = 0x20000


def hide() -> list[str]:
    """Puts empty folders over the places above, for this process and its children only; those that it has hidden."""
    mount = shutil.which("mount")
    # mounts of its own: os.unshare needs Python 3.12
    if mount is None or ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        return []
    if subprocess.run([mount, "--make-rprivate", "/"], capture_output=True).returncode != 0:
        return []
    there = [place for place in PLACES if Path(place).is_dir()]
    for place in there:
        subprocess.run([mount, "-t", "tmpfs", "none", place], check=True)
    return there


class Trial:
    """Commands in a folder, and the seconds that they took.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "venv" / "bin"
        self.seconds: dict[str, float] = {}
        # a home of its own has no cache yet
        home = folder / "home"
        home.mkdir(parents=True)
        cleared = dict.fromkeys(("PLYO_CXX", "CXX", "CC", "PLYO_CACHE_DIR", "XDG_CACHE_HOME"), "")
        self.variables = {**cleared, "PATH": str(self.programs), "HOME": str(home)}

    def run(self, name: str, *command: str, at_home: bool = True) -> str:
        """Runs a program of the virtual environment; its output."""
        variables = self.variables if at_home else {"PATH": str(self.programs)}
        started = time.monotonic()
        said = run(self.programs / command[0], *command[1:], cwd=self.folder, **variables)
        self.seconds[name] = time.monotonic() - started
        return said


def expect(said: str, *parts: str) -> None:
    """Fails unless all parts are in the output of a command."""
    missing = [part for part in parts if part not in said]
    if missing:
        raise SystemExit(f"the last command should have said {missing}")


def try_in(folder: Path, wheel: Path) -> None:
    """Goes from a wheel to a trained agent in an empty folder."""
    trial = Trial(folder)
    there = [name for name in COMPILERS if shutil.which(name, path=str(trial.programs))]
    if there:
        raise SystemExit(f"PATH has compilers: {there}")
    print("hidden beside it:", ", ".join(hide()) or "nothing, as no mounts can be made here")
    venv.create(folder / "venv", with_pip=True)
    pip = ("pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:")
    # pip reads its settings in the home of the user
    trial.run("install the wheel", *pip, str(wheel), at_home=False)
    trial.run("install ziglang", *pip, f"plyo[compile] @ {wheel.as_uri()}", at_home=False)
    trial.run("plyo new", "plyo", "new", "point_mass", "--scene")
    said = trial.run("plyo check", "plyo", "check", "point_mass.hpp")
    expect(said, "compiled by ziglang", "both builds give the same bits", "vectorised: yes")
    trial.run("plyo train", "plyo", "train", "point_mass.hpp", "--seed", "1", "--output", "agent.npz")
    said = trial.run(
        "plyo rollout", "plyo", "rollout", "point_mass.hpp", "--policy", "agent.npz", "--seed", "0"
    )
    load = "import time, plyo; s = time.perf_counter(); plyo.compile('point_mass.hpp'); print(time.perf_counter() - s)"
    again = trial.run("plyo.compile again", "python", "-c", load)
    for name, seconds in trial.seconds.items():
        print(f"{name:20} {seconds:6.1f} s")
    print(f"{'of which the call':20} {1e3 * float(again):6.1f} ms")


def main() -> None:
    """Tries it in a temporary folder, or in a folder to keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the wheel of Plyo to install")
    parser.add_argument("--keep", type=Path, help="an empty or new folder to work in, which is kept")
    options = parser.parse_args()
    wheel = options.wheel.resolve(strict=True)
    if options.keep is not None:
        try_in(options.keep.resolve(), wheel)
    else:
        with tempfile.TemporaryDirectory(prefix="plyo-no-compiler-") as folder:
            try_in(Path(folder), wheel)
    print("no compiler was needed but that of PyPI")


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)  # not a folder in which a `plyo` would shadow the installed one
    sys.exit(main())
