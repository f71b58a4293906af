"""Programs that run under ``plyo run``."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import plyo

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes a program and runs it: by ``plyo run`` unless ``plain``."""

    def call(
        code: str,
        *args: str,
        options: tuple[str, ...] = (),
        plain: bool = False,
        expected: int = 0,
        interpreter: tuple[str, ...] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(code))
        # the package under test, from a source tree too
        own = str(Path(plyo.__file__).parents[1])
        paths = [p for p in (variables.pop("PYTHONPATH", ""), own) if p]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **variables}
        command = [] if plain else ["-m", "plyo.run", *options]
        done = subprocess.run(
            [sys.executable, *interpreter, *command, str(script), *args],
            capture_output=True, text=True, check=False, env=env, cwd=tmp_path, timeout=120,
        )  # fmt: skip
        assert done.returncode == expected, done.stderr
        return done

    return call
