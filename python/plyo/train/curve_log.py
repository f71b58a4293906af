"""A training on the disk while it goes on: ``progress.csv``, ``settings.json``, and TensorBoard's file."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from plyo.train.event_file import EventFile, has_tensorboard

__all__ = ["CurveLog"]


class CurveLog:
    """Writes every report of a training at once, so that nothing is lost when the training is interrupted.

    Args:
        folder: The folder of the files; it is made. Older files of these names are replaced.
        settings: What the training was told, for ``settings.json``; plain values.

    Attributes:
        folder: The folder.
        has_tensorboard: Whether there is a file for TensorBoard too, which needs the package tensorboard.

    Raises:
        OSError: The folder or a file in it cannot be written.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(settings), indent=1, default=str)
        (folder / "settings.json").write_text(text + "\n", encoding="utf-8")
        self._file = (folder / "progress.csv").open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._names: list[str] = []
        self.has_tensorboard = has_tensorboard()
        self._events = EventFile(folder) if self.has_tensorboard else None
        if self._events is not None:
            self._events.add_settings(settings)

    def __enter__(self) -> Self:
        """Supports ``with``, which completes the files."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the files."""
        self.close()

    def add(self, report: Any) -> None:
        """Adds a report, a dataclass of numbers with ``env_steps``."""
        numbers = _numbers(asdict(report))
        if not self._names:
            self._names = list(numbers)
            self._rows.writerow(self._names)
        self._rows.writerow([numbers.get(name, "") for name in self._names])
        self._file.flush()
        if self._events is not None:
            for name, number in numbers.items():
                if name != "env_steps":
                    self._events.add_scalar(name, number, int(numbers["env_steps"]))

    def close(self) -> None:
        """Completes the files; a second call changes nothing."""
        self._file.close()
        if self._events is not None:
            self._events.close()
            self._events = None


def _numbers(values: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The numbers of a report, those of its parts under ``part/name``."""
    numbers: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            numbers |= _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, (int, float)):
            numbers[prefix + name] = value
    return numbers
