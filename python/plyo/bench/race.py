"""Measuring contestants in turn."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from plyo.bench.contestant import Case, Contestant
from plyo.bench.report import Measurement, Skipped


@dataclass(frozen=True)
class Settings:
    """The length of a measurement.

    Attributes:
        seconds: About the duration of one measurement.
        rounds: The measurements of each contestant. A contestant whose call takes longer than ``seconds`` gets fewer,
            at least one, so that it takes no more time than the others.
    """

    seconds: float = 0.2
    rounds: int = 5


@dataclass
class _Plan:
    """A contestant in a race: calls a round, rounds, and the rates so far."""

    contestant: Contestant
    calls: int
    rounds: int
    rates: list[float]


def measure_case(
    case: Case, contestants: Iterable[type[Contestant]], settings: Settings
) -> tuple[list[Measurement], list[Skipped]]:
    """Measures contestants in turn.

    Args:
        case: The case.
        contestants: The contestants. Those with an objection, and peers that fail to begin, are skipped.
        settings: The length of the measurement.

    Returns:
        The measurements, and the skipped contestants with reasons.
    """
    skipped: list[Skipped] = []
    entrants: list[Contestant] = []
    try:
        for contestant in contestants:
            entrant = _enter(contestant, case, skipped)
            if entrant is not None:
                entrants.append(entrant)
        rates = race(entrants, settings)
    finally:
        for entrant in entrants:
            entrant.close()
    return [_summary(case, entrant, seen) for entrant, seen in zip(entrants, rates, strict=True)], skipped


def race(entrants: Sequence[Contestant], settings: Settings) -> list[list[float]]:
    """Steps per second of each contestant in each round: one measurement of every one, then the next round."""
    plans = [_calibrate(entrant, settings) for entrant in entrants]
    for number in range(settings.rounds):
        for plan in plans:
            if number < plan.rounds:
                seconds = _time(plan.contestant, plan.calls)
                plan.rates.append(plan.contestant.steps_per_call * plan.calls / seconds)
    return [plan.rates for plan in plans]


def _enter(contestant: type[Contestant], case: Case, skipped: list[Skipped]) -> Contestant | None:
    """Makes a contestant, or notes the reason why it cannot take part."""
    reason = contestant.objection(case)
    if reason is None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peers warn of their own spaces
                return contestant(case)
        except Exception as e:
            if contestant.package == "plyo":
                raise
            reason = f"failed to begin: {type(e).__name__}: {e}"
    skipped.append(Skipped(case, contestant.peer, contestant.scenario.value, reason))
    return None


def _calibrate(entrant: Contestant, settings: Settings) -> _Plan:
    """Warms up, and finds the number of calls that last about ``settings.seconds``."""
    calls = 1
    _time(entrant, calls)
    seconds = _time(entrant, calls)
    while seconds < settings.seconds / 4:
        calls *= 2
        seconds = _time(entrant, calls)
    per_call = seconds / calls
    rounds = min(settings.rounds, max(1, int(settings.rounds * settings.seconds / per_call)))
    return _Plan(entrant, max(1, round(settings.seconds / per_call)), rounds, [])


def _time(entrant: Contestant, calls: int) -> float:
    start = perf_counter()
    entrant.run(calls)
    return max(perf_counter() - start, 1e-9)


def _summary(case: Case, entrant: Contestant, rates: list[float]) -> Measurement:
    return Measurement(
        case=case,
        peer=entrant.peer,
        scenario=entrant.scenario.value,
        steps_per_second=statistics.median(rates),
        lowest=min(rates),
        highest=max(rates),
        rounds=len(rates),
    )
