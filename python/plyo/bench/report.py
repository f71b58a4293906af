"""Results, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from plyo.bench.contestant import Case
from plyo.bench.machine import Machine

#: The version of the JSON format; a reader refuses others.
FORMAT = 1


@dataclass(frozen=True)
class Measurement:
    """One contestant's rate in one case.

    Attributes:
        case: The case.
        peer: The contestant.
        scenario: Its way of stepping, a value of :class:`plyo.bench.Scenario`.
        steps_per_second: Agent steps per second, the median of the rounds.
        lowest: The lowest of the rounds.
        highest: The highest of the rounds.
        rounds: The number of rounds.
    """

    case: Case
    peer: str
    scenario: str
    steps_per_second: float
    lowest: float
    highest: float
    rounds: int

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Measurement:
        """The measurement from the result of ``dataclasses.asdict``."""
        return cls(**{**values, "case": Case(**values["case"])})


@dataclass(frozen=True)
class Skipped:
    """A contestant that took no part in a case, and the reason."""

    case: Case
    peer: str
    scenario: str
    reason: str

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Skipped:
        """The entry from the result of ``dataclasses.asdict``."""
        return cls(**{**values, "case": Case(**values["case"])})


@dataclass
class Report:
    """All results of a run.

    Attributes:
        machine: The machine and the software of the measurement.
        seconds: The length of one measurement.
        rounds: The measurements of each contestant and case.
        measurements: The rates.
        skipped: The contestants that took no part.
    """

    machine: Machine
    seconds: float
    rounds: int
    measurements: list[Measurement] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, measurements: Iterable[Measurement], skipped: Iterable[Skipped]) -> None:
        """Appends the results of a case."""
        self.measurements.extend(measurements)
        self.skipped.extend(skipped)

    def rate(self, case: Case, peer: str, scenario: str = "step") -> float | None:
        """The rate of a contestant in steps per second, None if it was not measured."""
        for m in self.measurements:
            if (m.case, m.peer, m.scenario) == (case, peer, scenario):
                return m.steps_per_second
        return None

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dictionaries."""
        return {"format": FORMAT, **asdict(self)}

    def to_json(self) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), indent=1) + "\n"

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Report:
        """The report from the result of :meth:`to_dict`. Other keys are ignored.

        Raises:
            ValueError: The report is of another format.
        """
        if values.get("format") != FORMAT:
            raise ValueError(
                f"a benchmark report of format {FORMAT} was expected, got {values.get('format')!r}"
            )
        return cls(
            machine=Machine(**values["machine"]),
            seconds=values["seconds"],
            rounds=values["rounds"],
            measurements=[Measurement.from_dict(m) for m in values["measurements"]],
            skipped=[Skipped.from_dict(s) for s in values["skipped"]],
        )

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report from the result of :meth:`to_json`.

        Raises:
            ValueError: The text is not a report, or a report of another format.
        """
        return cls.from_dict(json.loads(text))
