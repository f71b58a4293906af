"""The tables of ``plyo bench``."""

from __future__ import annotations

from plyo.bench import Case, Report
from plyo.cli.common import format_count

__all__ = ["NUMBERS", "Table", "format_rate", "format_ratio", "long_table", "single_table", "wide_table"]

# Columns of the table: heading, peer, scenario.
_OURS = (
    ("step", "plyo", "step"),
    ("step out=", "plyo", "step_out"),
    ("rollout", "plyo", "rollout"),
    ("bare", "plyo", "rollout_bare"),
)
_PEERS = (
    ("EnvPool", "envpool", "step"),
    ("Gymn. sync", "gymnasium-sync", "step"),
    ("Gymn. vector", "gymnasium-vector", "step"),
)
#: The columns that are aligned to the right.
NUMBERS = (
    "N",
    "threads",
    *(heading for heading, *_ in _OURS),
    *(heading for heading, *_ in _PEERS),
    "rate",
    "×",
)

#: Headings and rows.
Table = tuple[list[str], list[list[str]]]


def _peers_of(report: Report, cases: list[Case]) -> list[tuple[str, str, str]]:
    """The peers that took part."""
    present = {(m.peer, m.scenario) for m in report.measurements if m.case in cases}
    return [column for column in _PEERS if column[1:] in present]


def wide_table(report: Report, cases: list[Case]) -> Table:
    """A row a case, and a column a contestant."""
    peers = _peers_of(report, cases)
    headings = ["N", "threads", *(heading for heading, *_ in _OURS)]
    for heading, *_ in peers:
        headings += [heading, "×"]
    rows = []
    for case in cases:
        own = report.rate(case, "plyo")
        row = [str(case.num_envs), str(case.num_threads)]
        row += [format_rate(report.rate(case, peer, scenario)) for _, peer, scenario in _OURS]
        for _, peer, scenario in peers:
            rate = report.rate(case, peer, scenario)
            row += [format_rate(rate), format_ratio(own, rate)]
        rows.append(row)
    return headings, rows


def long_table(report: Report, cases: list[Case]) -> Table:
    """A row a contestant, for narrow terminals."""
    rows = []
    for case in cases:
        own = report.rate(case, "plyo")
        label = [str(case.num_envs), str(case.num_threads)]
        for heading, peer, scenario in (*_OURS, *_peers_of(report, cases)):
            rate = report.rate(case, peer, scenario)
            ratio = format_ratio(own, rate) if peer != "plyo" else ""
            rows.append([*label, heading, format_rate(rate), ratio])
            label = ["", ""]
    return ["N", "threads", "", "rate", "×"], rows


def single_table(report: Report, cases: list[Case]) -> Table:
    """Rates of `make`, a loop of step and reset."""
    rows = []
    for case in cases:
        own, other = (report.rate(case, peer, "single") for peer in ("plyo", "gymnasium"))
        rows.append([case.task, format_rate(own), format_rate(other), format_ratio(own, other)])
    return ["", "Plyo", "Gymnasium", "×"], rows


def format_rate(rate: float | None) -> str:
    """A rate with three digits and a prefix: ``145 M``; a dash for None."""
    return "-" if rate is None else format_count(rate)


def format_ratio(rate: float | None, other: float | None) -> str:
    """The quotient of two rates: ``135``; a dash if one is missing."""
    if rate is None or other is None:
        return "-"
    ratio = rate / other
    return f"{ratio:.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}"
