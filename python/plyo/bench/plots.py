"""Plots of reports. They need matplotlib: ``pip install matplotlib``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plyo.bench.contestant import Case
from plyo.bench.report import Report

# Contestants in the order of the legend: (peer, scenario), label, colour, line style.
_SERIES = (
    ("plyo", "rollout_bare", "Plyo rollout, nothing recorded", "#0b3d91", ":"),
    ("plyo", "rollout", "Plyo rollout", "#0b3d91", "--"),
    ("plyo", "step_out", "Plyo step, out=", "#3f7fe0", ":"),
    ("plyo", "step", "Plyo step", "#0b3d91", "-"),
    ("handwritten", "step", "hand-written C++ loop", "#444444", "-."),
    ("gymnasium-vector", "step", "Gymnasium CartPoleVectorEnv", "#2e8b57", "-"),
    ("envpool", "step", "EnvPool", "#d1495b", "-"),
    ("gymnasium-sync", "step", "Gymnasium SyncVectorEnv", "#e09f3e", "-"),
)
_MOST_COLUMNS = 3
#: The colour of Plyo's bars.
_OWN = "#0b3d91"


def plot_rates(report: Report, path: Path, threads: list[int] | None = None) -> None:
    """Draws the rates over the batch size, one panel for each task and number of threads.

    Args:
        report: The report.
        path: The file; its suffix names the format.
        threads: Only these numbers of threads.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = sorted(
        {
            (m.case.task, m.case.num_threads)
            for m in report.measurements
            if m.scenario != "single" and (threads is None or m.case.num_threads in threads)
        }
    )
    columns = max(1, min(_MOST_COLUMNS, len(panels)))
    rows = max(1, -(-len(panels) // columns))
    legend_columns = columns + 1
    legend_inches = 0.2 + 0.17 * -(-len(_SERIES) // legend_columns)
    figure = Figure(figsize=(4.6 * columns, 3.6 * rows + legend_inches))
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, report, *panel)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for row in grid:
        row[0].set_ylabel("agent steps per second")
    _draw_legend(figure, grid, legend_columns)
    machine = report.machine
    figure.suptitle(f"{machine.cpu}, {machine.cores} cores, {machine.instruction_set}, Plyo {machine.plyo}")
    figure.tight_layout(rect=(0, legend_inches / figure.get_figheight(), 1, 1))
    figure.savefig(path, dpi=120)


def plot_bars(report: Report, path: Path) -> None:
    """Draws a bar a contestant for each task, at the largest batch, with the rates beside the bars.

    Args:
        report: The report; that of several numbers of threads gives a panel for each.
        path: The file; its suffix names the format.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    batches = [m for m in report.measurements if m.scenario != "single"]
    largest = max((m.case.num_envs for m in batches), default=1)
    panels = list(dict.fromkeys((m.case.task, m.case.num_threads) for m in batches)) or [("", 1)]
    columns = min(_MOST_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns + 1, 2.6 * rows + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (task, num_threads) in zip(grid.flat, panels, strict=False):
        bars = [
            (label, m.steps_per_second, colour)
            for peer, scenario, label, colour, _ in _SERIES
            for m in batches
            if (m.peer, m.scenario, m.case) == (peer, scenario, Case(task, largest, num_threads))
        ]
        _draw_bars(axes, bars)
        threads = "" if num_threads == 1 else f", {num_threads} threads"
        axes.set_title(f"{task}{threads}", loc="left", fontsize=10)
    machine = report.machine
    figure.suptitle(
        f"agent steps per second (logarithmic), {largest} environments: {machine.cpu}, {machine.instruction_set}, "
        f"Plyo {machine.plyo}",
        fontsize=9,
    )
    figure.savefig(path, dpi=120)


def _draw_bars(axes: Any, bars: list[tuple[str, float, str]]) -> None:
    """Bars on a logarithmic axis, the first one on top, each with its rate."""
    axes.set_xscale("log")
    for place, (label, rate, colour) in enumerate(bars):
        own = label.startswith("Plyo")
        axes.barh(-place, rate, color=_OWN if own else colour, height=0.7, alpha=1 if own else 0.75)
        axes.annotate(
            _short(rate), (rate, -place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks([-place for place in range(len(bars))], [label for label, *_ in bars], fontsize=8)
    axes.tick_params(left=False)
    axes.set_xticks([])
    axes.minorticks_off()
    if bars:
        rates = [rate for _, rate, _ in bars]
        axes.set_xlim(min(rates) / 4, 6 * max(rates))
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _short(rate: float) -> str:
    """A rate with three digits: ``145 M``."""
    for factor, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if rate >= factor:
            return f"{rate / factor:.3g}{unit}"
    return f"{rate:.3g}"


def _draw_panel(axes: Any, report: Report, task: str, num_threads: int) -> None:
    for peer, scenario, label, colour, style in _SERIES:
        points = sorted(
            (m.case.num_envs, m.steps_per_second, m.lowest, m.highest)
            for m in report.measurements
            if (m.peer, m.scenario) == (peer, scenario)
            and (m.case.task, m.case.num_threads) == (task, num_threads)
        )
        if not points:
            continue
        sizes, rates, lowest, highest = zip(*points, strict=True)
        axes.plot(sizes, rates, style, color=colour, label=label, marker="o", markersize=3)
        axes.fill_between(sizes, lowest, highest, color=colour, alpha=0.12, linewidth=0)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_title(f"{task}, {num_threads} thread{'' if num_threads == 1 else 's'}", fontsize=10)
    axes.set_xlabel("environments")
    axes.grid(True, which="major", alpha=0.3)


def _draw_legend(figure: Any, grid: Any, columns: int) -> None:
    handles: dict[str, Any] = {}
    for axes in grid.flat:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=columns, fontsize=8)
