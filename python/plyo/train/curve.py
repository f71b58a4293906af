"""The learning curve as a picture. Needs matplotlib: ``pip install matplotlib``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plyo.train.evaluation import FRESH_EPISODES
from plyo.train.tabular import REPORT_EPISODES, TabularProgress
from plyo.train.trainer import Progress

#: The colours: the policy itself, what it was chosen from, and the lines that it is to reach.
_POLICY, _OTHERS, _SOLVED, _OPTIMUM = "#1f4e9c", "#9aa5b1", "#c4452f", "#2f855a"


@dataclass(frozen=True)
class Curve:
    """Returns over environment steps.

    Attributes:
        label: Its name.
        returns: The returns.
        low: The lower end of a band around it, or None.
        high: The upper end.
        is_policy: Whether it is that of the policy itself.
    """

    label: str
    returns: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    is_policy: bool = True


#: A name, a height and a colour.
Line = tuple[str, float, str]
#: The most reports whose points are marked.
_MOST_MARKERS = 40


def draw_curve(history: Sequence[Progress], title: str, threshold: float | None, path: Path) -> None:
    """Draws the mean returns of generations over environment steps.

    Args:
        history: The generations.
        title: The title of the picture.
        threshold: The return at which the task counts as solved, drawn as a line; or None.
        path: The picture's file; its ending is that of a format of matplotlib's.
    """
    means = [p.population_mean for p in history]
    curves = [
        Curve(
            "candidates, mean to best", means, means, [p.population_best for p in history], is_policy=False
        ),
        Curve(f"policy, {FRESH_EPISODES} fresh episodes", [p.mean_return for p in history]),
    ]
    _draw([p.env_steps for p in history], curves, _solved_at(threshold), title, path)


def draw_table_curve(
    history: Sequence[TabularProgress], title: str, optimum: float | None, threshold: float | None, path: Path
) -> None:
    """Draws the mean returns of rounds over environment steps; arguments as above, and the optimum as a line."""
    curves = [
        Curve("while learning", [p.learning_return for p in history], is_policy=False),
        Curve(f"policy, {REPORT_EPISODES} fresh episodes", [p.mean_return for p in history]),
    ]
    lines = _solved_at(threshold)
    if optimum is not None:
        lines.append((f"optimum {optimum:.4g}", optimum, _OPTIMUM))
    _draw([p.env_steps for p in history], curves, lines, title, path)


def draw_returns(
    steps: list[int], returns: list[float], title: str, threshold: float | None, path: Path
) -> None:
    """Draws the mean returns of recent episodes over environment steps; arguments as above."""
    _draw(steps, [Curve("while learning", returns)], _solved_at(threshold), title, path)


def draw_seeds(
    curves: Sequence[tuple[Sequence[int], Sequence[float]]], title: str, threshold: float | None, path: Path
) -> None:
    """Draws the mean of several trainings over environment steps, and the band from the least to the greatest.

    A training that has ended, as it was solved, keeps its last return, and one that has not reported yet its first.

    Args:
        curves: The environment steps, which rise, and the mean returns of each training; at least one point each.
        title: The title of the picture.
        threshold: As above.
        path: As above.
    """
    steps = sorted({step for curve_steps, _ in curves for step in curve_steps})
    returns = np.array([np.interp(steps, *curve) for curve in curves]).reshape(len(curves), len(steps))
    mean = returns.mean(axis=0) if len(curves) else []
    drawn = [Curve(f"policy, mean of {len(curves)} seeds", mean)]
    if len(curves) > 1:
        low, high = returns.min(axis=0), returns.max(axis=0)
        drawn.insert(0, Curve("least to greatest", mean, low, high, is_policy=False))
    _draw(steps, drawn, _solved_at(threshold), title, path)


def _solved_at(threshold: float | None) -> list[Line]:
    return [] if threshold is None else [(f"solved at {threshold:g}", threshold, _SOLVED)]


def _draw(
    steps: Sequence[int], curves: Sequence[Curve], lines: Sequence[Line], title: str, path: Path
) -> None:
    """A picture of curves from 0 steps on, and of horizontal lines with their names."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    unit, name = _unit(max(steps, default=1))
    places = [step / unit for step in steps]
    marker = "o" if len(steps) <= _MOST_MARKERS else ""
    for curve in curves:
        color = _POLICY if curve.is_policy else _OTHERS
        if curve.low is not None and curve.high is not None:
            axes.fill_between(
                places, curve.low, curve.high, color=color, alpha=0.3, linewidth=0, label=curve.label
            )
        else:
            axes.plot(
                places,
                curve.returns,
                color=color,
                linewidth=1.6,
                label=curve.label,
                marker=marker,
                markersize=3,
            )
    axes.set_xlim(0, 1.02 * max(places, default=1))
    for label, height, color in lines:
        axes.axhline(height, color=color, linewidth=1, linestyle="--")
        axes.annotate(
            label, (0.01, height), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
            color=color, fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8},
        )  # fmt: skip
    axes.margins(y=0.08)
    axes.set(xlabel=f"environment steps{name}", ylabel="mean return")
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False, fontsize=8, loc="best")
    figure.savefig(path, dpi=150)


def _unit(steps: int) -> tuple[int, str]:
    """The unit of an axis up to so many steps, and its name."""
    for unit, name in ((1_000_000, ", millions"), (1_000, ", thousands")):
        if steps >= unit:
            return unit, name
    return 1, ""
