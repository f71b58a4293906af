"""The bar chart of nanoseconds per kernel and instruction set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLOURS = {"reference": "#999999", "baseline": "#e09f3e", "avx2": "#3f7fe0", "avx512": "#0b3d91"}


def plot_kernels(kernels: dict[str, Any], title: str, path: Path) -> None:
    """Draws step + observe of every task and build, with a mark for the time of a step alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = kernels["kernels"]
    tasks = list(dict.fromkeys(row["id"] for row in rows))
    isas = [isa for isa in _COLOURS if any(row["isa"] == isa for row in rows)]
    figure = Figure(figsize=(2.1 * len(tasks) + 1.5, 4.6))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    width = 0.8 / len(isas)
    for i, isa in enumerate(isas):
        values = {row["id"]: row["step_observe_ns"] for row in rows if row["isa"] == isa}
        positions = [t + (i - (len(isas) - 1) / 2) * width for t in range(len(tasks))]
        bars = axes.bar(
            positions, [values[task] for task in tasks], width * 0.92, color=_COLOURS[isa], label=isa
        )
        axes.bar_label(bars, fmt="%.3g", fontsize=7, padding=1)
    axes.set_yscale("log")
    axes.set_xticks(range(len(tasks)), tasks)
    axes.set_ylabel("ns per lane-step, step and observe")
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=8)
    axes.grid(True, axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
