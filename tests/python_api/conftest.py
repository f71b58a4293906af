"""Commands that run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from plyo.cli import main


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def plyo_command(capsys, monkeypatch, tmp_path) -> Callable[..., Outcome]:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "GITHUB_ACTIONS", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str) -> Outcome:
        with pytest.raises(SystemExit) as exit_info:
            main(args)
        captured = capsys.readouterr()
        assert "\x1b" not in captured.out + captured.err, "control codes outside a terminal"
        return Outcome(exit_info.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def user_error(plyo_command) -> Callable[..., None]:
    """Runs a command that ends with one line on stderr, in which these parts are, and exit code 2."""

    def run(args: list[str], *parts: str) -> None:
        outcome = plyo_command(*args)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
        assert outcome.err.startswith("plyo: error: ")
        for part in parts:
            assert part in outcome.err

    return run


@pytest.fixture
def terminal(monkeypatch) -> Callable[[int], None]:
    """Makes output that of a terminal with these columns, without colours."""

    def set_columns(columns: int) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda console: True))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("rich.console.Console._detect_color_system", lambda console: None)

    return set_columns
