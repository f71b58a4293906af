"""Programs that run under ``plyo run``."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import plyo

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def runner_in(folder: Path) -> Run:
    """A function that writes a program into a folder and runs it: by ``plyo run`` unless ``plain``."""

    def call(
        code: str,
        *args: str,
        options: tuple[str, ...] = (),
        plain: bool = False,
        expected: int = 0,
        interpreter: tuple[str, ...] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        script = folder / "program.py"
        script.write_text(textwrap.dedent(code))
        # the package under test, from a source tree too
        own = str(Path(plyo.__file__).parents[1])
        paths = [p for p in (variables.pop("PYTHONPATH", ""), own) if p]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **variables}
        command = [] if plain else ["-m", "plyo.run", *options]
        done = subprocess.run(
            [sys.executable, *interpreter, *command, str(script), *args],
            capture_output=True, text=True, check=False, env=env, cwd=folder, timeout=120,
        )  # fmt: skip
        assert done.returncode == expected, done.stderr
        return done

    return call
