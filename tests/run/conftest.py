"""The fixture of programs that run under ``plyo run``."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Run, runner_in


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes a program and runs it: by ``plyo run`` unless ``plain``."""
    return runner_in(tmp_path)
