"""``plyo train``: learns a task, a table by Q-learning or a network by the cross-entropy method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from plyo._registry.specs import EnvSpec
from plyo.cli.common import check_writable, choose_seed, find_task, user_errors
from plyo.cli.recording import check_video
from plyo.cli.train_network import train_network
from plyo.cli.train_table import train_table
from plyo.cli.training import Files
from plyo.train import TabularConfig, TrainConfig
from plyo.train.curve import has_matplotlib, picture_formats
from plyo.train.tabular import learns_by_table

_DEFAULTS = TrainConfig()
_TABLE_DEFAULTS = TabularConfig()

#: Options of one method only.
_FOR_NETWORKS = (
    "population",
    "episodes_per_candidate",
    "generations",
    "hidden",
    "activation",
    "elite_fraction",
    "initial_std",
    "std_smoothing",
)
_FOR_TABLES = ("steps", "discount")


def train(
    context: typer.Context,
    task: Annotated[str, typer.Argument(metavar="ID", help="A task, such as CartPole-v1.")],
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Makes the policy repeatable; a new one by default.", show_default=False),
    ] = None,
    population: Annotated[
        int, typer.Option(min=2, help="Candidates in a generation.")
    ] = _DEFAULTS.population,
    episodes_per_candidate: Annotated[
        int, typer.Option(min=1, help="Episodes that rank a candidate.")
    ] = _DEFAULTS.episodes_per_candidate,
    generations: Annotated[
        int, typer.Option(min=1, help="The budget; training ends earlier once the task is solved.")
    ] = _DEFAULTS.generations,
    hidden: Annotated[
        str, typer.Option(help="Sizes of the hidden layers, such as 32,32; 'none' for a linear policy.")
    ] = ",".join(map(str, _DEFAULTS.hidden)),
    activation: Annotated[
        str, typer.Option(help="tanh or relu, after each hidden layer.")
    ] = _DEFAULTS.activation,
    elite_fraction: Annotated[
        float, typer.Option(help="The share of candidates that the next generation is fitted to.")
    ] = _DEFAULTS.elite_fraction,
    initial_std: Annotated[
        float, typer.Option(help="Standard deviation of the parameters in the first generation.")
    ] = _DEFAULTS.initial_std,
    std_smoothing: Annotated[
        float, typer.Option(help="The share of the old standard deviations that a generation keeps.")
    ] = _DEFAULTS.std_smoothing,
    steps: Annotated[
        int, typer.Option(min=1, help="For tables: the budget in environment steps.")
    ] = _TABLE_DEFAULTS.steps,
    discount: Annotated[
        float, typer.Option(help="For tables: what a reward counts one step later.")
    ] = _TABLE_DEFAULTS.discount,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Threads; as many as there are by default. The policy does not depend on them.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="POLICY.npz", help="Where the policy is saved; ID.npz by default.", show_default=False
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="CURVE.png", help="Draw the learning curve into this picture.", show_default=False
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="VIDEO.mp4",
            help="Record an episode under what was learnt: .mp4, .gif or .png.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Learns a task: Q-learning of a table where observations are integers, else a network by the cross-entropy method.

    Training of a network ends when its mean return over 100 fresh episodes reaches the task's threshold. A table uses
    its whole budget; the task is solved at the threshold, or within 2 % of the optimum if it has a model. The policy is
    saved. Exit codes: 0 if the task is solved or has nothing to compare with, 1 if it is not solved within the budget,
    130 after Ctrl-C.
    """
    spec = find_task(task)
    with user_errors(ValueError, RuntimeError):
        by_table = learns_by_table(spec)
    _check_method(context, spec, by_table)
    path = Path(f"{spec.id.replace('/', '-')}.npz") if output is None else output
    check_writable("--output", path)
    if plot is not None:
        _check_plot(plot)
    if video is not None:
        check_writable("--video", video, replaced=True)
        check_video("--video", video, spec)
    files = Files(path, plot, video)
    if by_table:
        with user_errors(ValueError):
            table_config = TabularConfig(
                seed=choose_seed(seed), steps=steps, discount=discount, num_threads=threads
            )
        train_table(spec, table_config, files)
        return
    with user_errors(ValueError, RuntimeError):
        config = TrainConfig(
            seed=choose_seed(seed),
            population=population,
            episodes_per_candidate=episodes_per_candidate,
            generations=generations,
            hidden=_to_sizes(hidden),
            activation=activation,
            elite_fraction=elite_fraction,
            initial_std=initial_std,
            std_smoothing=std_smoothing,
            num_threads=threads,
        )
    train_network(spec, config, files)


def _to_sizes(text: str) -> tuple[int, ...]:
    """Sizes of layers separated by commas; empty for ``"none"``."""
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"--hidden must be 'none' or sizes separated by commas, such as 32,32; got {text!r}"
        ) from None


def _check_method(context: typer.Context, spec: EnvSpec, by_table: bool) -> None:
    """A user error for an option of the other method."""
    method, other = ("table", _FOR_NETWORKS) if by_table else ("network", _FOR_TABLES)
    for name in other:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"--{name.replace('_', '-')} does not apply: {spec.id} is learnt by a {method}"
            )


def _check_plot(plot: Path) -> None:
    """A user error unless the curve can be drawn there."""
    if not has_matplotlib():
        raise typer.BadParameter('--plot needs matplotlib, which is not installed: pip install "plyo[plot]"')
    check_writable("--plot", plot)
    ending = plot.suffix.removeprefix(".").lower()
    if ending not in picture_formats():
        raise typer.BadParameter(
            f"--plot {plot} has no ending of a picture; these are: {', '.join(picture_formats())}"
        )
