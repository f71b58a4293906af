"""The learning curve as a picture. Needs matplotlib: ``pip install matplotlib``."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from plyo.train.tabular import REPORT_EPISODES, TabularProgress
from plyo.train.trainer import Progress

#: A label, a style, a colour and the returns.
Curve = tuple[str, str, str, list[float]]


def has_matplotlib() -> bool:
    """Whether curves can be drawn."""
    return importlib.util.find_spec("matplotlib") is not None


def picture_formats() -> list[str]:
    """The file name endings that curves can be saved under, such as ``"png"``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return sorted(FigureCanvasAgg.filetypes)


def draw_curve(history: Sequence[Progress], title: str, threshold: float | None, path: Path) -> None:
    """Draws the mean returns of generations over environment steps.

    Args:
        history: The generations.
        title: The title of the picture.
        threshold: The return at which the task counts as solved, drawn as a line; or None.
        path: The picture's file; its ending is one of :func:`picture_formats`.
    """
    curves: list[Curve] = [
        ("best candidate", ":", "tab:green", [p.population_best for p in history]),
        ("all candidates", "--", "tab:gray", [p.population_mean for p in history]),
        ("policy, 100 fresh episodes", "o-", "tab:blue", [p.mean_return for p in history]),
    ]
    lines = [] if threshold is None else [(f"threshold {threshold:g}", threshold)]
    _draw([p.env_steps for p in history], curves, lines, title, path)


def draw_table_curve(
    history: Sequence[TabularProgress], title: str, optimum: float | None, threshold: float | None, path: Path
) -> None:
    """Draws the mean returns of rounds over environment steps; arguments as above, and the optimum as a line."""
    curves: list[Curve] = [
        ("while learning", "--", "tab:gray", [p.learning_return for p in history]),
        (
            f"policy, {REPORT_EPISODES} fresh episodes",
            "o-",
            "tab:blue",
            [p.mean_return for p in history],
        ),
    ]
    lines = [] if threshold is None else [(f"threshold {threshold:g}", threshold)]
    if optimum is not None:
        lines.append((f"optimum {optimum:.4g}", optimum))
    _draw([p.env_steps for p in history], curves, lines, title, path)


def draw_returns(
    steps: list[int], returns: list[float], title: str, threshold: float | None, path: Path
) -> None:
    """Draws the mean returns of recent episodes over environment steps; arguments as above."""
    lines = [] if threshold is None else [(f"threshold {threshold:g}", threshold)]
    _draw(steps, [("while learning", "o-", "tab:blue", returns)], lines, title, path)


def _draw(
    steps: list[int], curves: list[Curve], lines: list[tuple[str, float]], title: str, path: Path
) -> None:
    """A picture of curves and horizontal lines."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for label, style, color, returns in curves:
        axes.plot(steps, returns, style, color=color, ms=3, label=label)
    for (label, height), color in zip(lines, ("tab:red", "tab:green"), strict=False):
        axes.axhline(height, color=color, linewidth=1, label=label)
    axes.set(title=title, xlabel="environment steps", ylabel="mean return")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)
