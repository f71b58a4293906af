"""The learning curve as a picture. Needs matplotlib: ``pip install "plyo[plot]"``."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from plyo.train.trainer import Progress


def has_matplotlib() -> bool:
    """Whether curves can be drawn."""
    return importlib.util.find_spec("matplotlib") is not None


def picture_formats() -> list[str]:
    """The file name endings that curves can be saved under, such as ``"png"``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return sorted(FigureCanvasAgg.filetypes)


def draw_curve(history: Sequence[Progress], title: str, threshold: float | None, path: Path) -> None:
    """Draws mean returns over environment steps.

    Args:
        history: The generations.
        title: Above the picture.
        threshold: The return at which the task counts as solved, drawn as a line; None for none.
        path: The picture's file; its ending is one of :func:`picture_formats`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    steps = [progress.env_steps for progress in history]
    axes.plot(steps, [p.population_best for p in history], ":", color="tab:green", label="best candidate")
    axes.plot(steps, [p.population_mean for p in history], "--", color="tab:gray", label="all candidates")
    axes.plot(
        steps,
        [p.mean_return for p in history],
        "o-",
        color="tab:blue",
        ms=3,
        label="policy, 100 fresh episodes",
    )
    if threshold is not None:
        axes.axhline(threshold, color="tab:red", linewidth=1, label=f"threshold {threshold:g}")
    axes.set(title=title, xlabel="environment steps", ylabel="mean return")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)
