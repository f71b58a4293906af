"""The figures that Plyo wants to show, from the results of a run."""

from __future__ import annotations

from typing import Any

from plyo.bench import Case, Report

BATCH = 4096
LARGE = 65536
PEERS = ("envpool", "gymnasium-sync", "gymnasium-vector")
ENVPOOL_FACTORS = {
    "CartPole-v1": 100,
    "MountainCar-v0": 100,
    "MountainCarContinuous-v0": 80,
    "Pendulum-v1": 80,
    "Acrobot-v1": 30,
}

Row = dict[str, Any]


def make_figures(results: dict[str, Any]) -> list[Row]:
    """One row a figure: its name, the value, the floor or ceiling, and whether it holds."""
    report = Report.from_dict(results)
    return [
        *_against_peers(report),
        *_rollouts(report),
        *_singles(report),
        *_slowest(report),
        *_scaling(results),
        *_million(results),
        *_instruction_sets(results),
    ]


def _at_least(what: str, value: float, wanted: float, detail: str = "") -> Row:
    return {
        "what": what,
        "value": value,
        "wanted": f">= {wanted}",
        "holds": value >= wanted,
        "detail": detail,
    }


def _below(what: str, value: float, wanted: float) -> Row:
    return {"what": what, "value": value, "wanted": f"< {wanted}", "holds": value < wanted, "detail": ""}


def _ratios(report: Report, case: Case, peer: str, scenario: str = "step") -> list[float]:
    """The ratio of Plyo's step rate to another rate, or nothing if one is missing."""
    own, other = report.rate(case, "plyo"), report.rate(case, peer, scenario)
    return [own / other] if own and other else []


def _against_peers(report: Report) -> list[Row]:
    rows = []
    for task, factor in ENVPOOL_FACTORS.items():
        case = Case(task, BATCH)
        for ratio in _ratios(report, case, "envpool"):
            rows.append(_at_least(f"{task}: step over EnvPool, N={BATCH}, 1 thread", ratio, factor))
        for ratio in _ratios(report, case, "gymnasium-vector"):
            rows.append(_at_least(f"{task}: step over Gymnasium's vector env, N={BATCH}, 1 thread", ratio, 8))
        for ratio in _ratios(report, case, "handwritten"):
            rows.append(
                _at_least(f"{task}: step over the hand-written loop, N={BATCH}, 1 thread", ratio, 0.5)
            )
    return rows


def _rollouts(report: Report) -> list[Row]:
    rows = []
    for task in ENVPOOL_FACTORS:
        for ratio in _ratios(report, Case(task, BATCH), "plyo", "rollout"):
            what = f"{task}: Random rollout, all recorded, over step, N={BATCH}, 1 thread"
            rows.append(_at_least(what, 1 / ratio, 1))
    return rows


def _singles(report: Report) -> list[Row]:
    rows = []
    for task in ENVPOOL_FACTORS:
        case = Case(task)
        own, other = (report.rate(case, peer, "single") for peer in ("plyo", "gymnasium"))
        if own and other:
            rows.append(_at_least(f"{task}: make() over Gymnasium's, step and reset", own / other, 8))
    return rows


def _slowest(report: Report) -> list[Row]:
    """The case in which Plyo is closest to the fastest peer."""
    ratios = [
        (ratio, f"{case.task}, N={case.num_envs}, {case.num_threads} threads, {peer}")
        for case in dict.fromkeys(m.case for m in report.measurements)
        for peer in PEERS
        for ratio in _ratios(report, case, peer)
    ]
    if not ratios:
        return []
    ratio, where = min(ratios)
    return [_at_least("all cases: least step over the fastest peer", ratio, 1, where)]


def _scaling(results: dict[str, Any]) -> list[Row]:
    return [
        _at_least(f"{s['task']}: 2 threads over 1, N={s['num_envs']}, {s['scenario']}", s["ratio"], 1.7)
        for s in results["scaling"]
    ]


def _million(results: dict[str, Any]) -> list[Row]:
    large = results["million"]
    if large is None:
        return []
    return [
        _below(f"make_vec of {large['num_envs']} CartPoles, seconds", large["make_seconds"], 1),
        _below(
            f"make_vec and reset of {large['num_envs']} CartPoles, seconds",
            large["make_and_reset_seconds"],
            1,
        ),
        _below("bytes a lane of them, observations included", large["bytes_a_lane"], 300),
    ]


def _instruction_sets(results: dict[str, Any]) -> list[Row]:
    rates = results["instruction_sets"]
    if "avx2" not in rates or "avx512" not in rates:
        return []
    return [
        _at_least(
            f"{task}: AVX2 over AVX-512, step, N={BATCH}", rate["step"] / rates["avx512"][task]["step"], 0.6
        )
        for task, rate in rates["avx2"].items()
    ]


def format_figures(rows: list[Row]) -> str:
    """The rows as text."""
    width = max((len(row["what"]) for row in rows), default=0)
    return "\n".join(
        f"{'ok    ' if row['holds'] else 'MISSED'}  {row['what']:{width}}  {row['value']:9.3g}  "
        f"{row['wanted']}  {row['detail']}".rstrip()
        for row in rows
    )
