"""Measuring step rates, for ``plyo bench`` and for ``benchmarks/``.

A *case* is a task, a batch size and a number of threads. Its *contestants*, Plyo's ways of stepping and the
installed peers, are measured in turn in one process: a round of all of them, then the next round, so that a
disturbance of the machine affects all of them.

A rate counts agent steps per second: the environments of the batch times the calls. With Gymnasium's next-step
autoreset the step after the end of an episode is its reset; it counts as a step for all contestants.
"""

from plyo.bench.contestant import Case, Contestant, Scenario, task_ids
from plyo.bench.contestants import batch_contestants, single_contestants
from plyo.bench.machine import Machine, describe_machine
from plyo.bench.race import Settings, measure_case
from plyo.bench.report import Measurement, Report, Skipped

__all__ = [
    "Case",
    "Contestant",
    "Machine",
    "Measurement",
    "Report",
    "Scenario",
    "Settings",
    "Skipped",
    "batch_contestants",
    "describe_machine",
    "measure_case",
    "single_contestants",
    "task_ids",
]
