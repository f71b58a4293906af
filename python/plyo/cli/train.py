"""``plyo train``: learns a task, by Q-learning, augmented random search, the cross-entropy method or PPO."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from plyo.cli.common import check_plot, check_writable, choose_seed, find_task, user_errors
from plyo.cli.options import SeedOption, TaskArgument, ThreadsOption
from plyo.cli.recording import check_video
from plyo.cli.train_network import network_lessons
from plyo.cli.train_ppo import check_torch, ppo_lessons
from plyo.cli.train_seeds import run_seeds
from plyo.cli.train_table import table_lessons
from plyo.cli.training import Course, Files
from plyo.train import RandomSearchConfig, TabularConfig, TrainConfig
from plyo.train.methods import Method, choose_method
from plyo.train.python_tasks import is_native

_DEFAULTS = TrainConfig()
_ARS_DEFAULTS = RandomSearchConfig()
_TABLE_DEFAULTS = TabularConfig()

#: The options of each method, beside those of all.
_OPTIONS = {
    Method.CEM: (
        "population",
        "episodes_per_candidate",
        "generations",
        "hidden",
        "activation",
        "elite_fraction",
        "initial_std",
        "std_smoothing",
    ),
    Method.ARS: (
        "directions",
        "top_directions",
        "step_size",
        "noise",
        "episodes_per_candidate",
        "generations",
        "survival_bonus",
    ),
    Method.PPO: ("steps", "discount", "hidden", "learning_rate", "num_envs", "rollout_steps"),
    Method.Q_LEARNING: ("steps", "discount"),
}
_LEARNERS = {
    Method.CEM: "a network",
    Method.ARS: "augmented random search",
    Method.PPO: "proximal policy optimisation",
    Method.Q_LEARNING: "a table",
}

_TO_CEM, _TO_ARS, _TO_TABLE = "Cross-entropy method", "Augmented random search", "Q-learning of a table"
_TO_PPO, _TO_BOTH = "Proximal policy optimisation", "Q-learning of a table, and proximal policy optimisation"


def train(
    context: typer.Context,
    task: TaskArgument,
    algo: Annotated[
        Method | None,
        typer.Option(
            help="The method; by default, the one that suits the spaces of the task.", show_default=False
        ),
    ] = None,
    seed: SeedOption = None,
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            help="Train so many times, with this seed and the following ones; the best policy is saved, and --plot "
            "draws their mean and spread.",
        ),
    ] = 1,
    generations: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="cem, ars: the budget; training ends earlier once the task is solved. "
            f"By default {_DEFAULTS.generations} for cem and {_ARS_DEFAULTS.generations} for ars.",
            show_default=False,
        ),
    ] = None,
    episodes_per_candidate: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="cem, ars: episodes that rank a candidate. "
            f"By default {_DEFAULTS.episodes_per_candidate} for cem and "
            f"{_ARS_DEFAULTS.episodes_per_candidate} for ars.",
            show_default=False,
        ),
    ] = None,
    population: Annotated[
        int, typer.Option(metavar="N", min=2, help="Candidates in a generation.", rich_help_panel=_TO_CEM)
    ] = _DEFAULTS.population,
    hidden: Annotated[
        str | None,
        typer.Option(
            metavar="SIZES",
            help="cem, ppo: sizes of the hidden layers, such as 32,32; 'none' for a linear policy. "
            f"By default {','.join(map(str, _DEFAULTS.hidden))} for cem and 64,64 for ppo.",
            show_default=False,
        ),
    ] = None,
    activation: Annotated[
        str,
        typer.Option(metavar="SIZES", help="tanh or relu, after each hidden layer.", rich_help_panel=_TO_CEM),
    ] = _DEFAULTS.activation,
    elite_fraction: Annotated[
        float,
        typer.Option(
            metavar="X",
            help="The share of candidates that the next generation is fitted to.",
            rich_help_panel=_TO_CEM,
        ),
    ] = _DEFAULTS.elite_fraction,
    initial_std: Annotated[
        float,
        typer.Option(
            metavar="X",
            help="Standard deviation of the parameters in the first generation.",
            rich_help_panel=_TO_CEM,
        ),
    ] = _DEFAULTS.initial_std,
    std_smoothing: Annotated[
        float,
        typer.Option(
            metavar="X",
            help="The share of the old standard deviations that a generation keeps.",
            rich_help_panel=_TO_CEM,
        ),
    ] = _DEFAULTS.std_smoothing,
    directions: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Directions in a generation, each tried forwards and backwards.",
            rich_help_panel=_TO_ARS,
        ),
    ] = _ARS_DEFAULTS.directions,
    top_directions: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="The best directions, along which a generation moves.",
            rich_help_panel=_TO_ARS,
        ),
    ] = _ARS_DEFAULTS.top_directions,
    step_size: Annotated[
        float, typer.Option(metavar="X", help="The length of a move.", rich_help_panel=_TO_ARS)
    ] = _ARS_DEFAULTS.step_size,
    noise: Annotated[
        float,
        typer.Option(
            metavar="X", help="The distance at which directions are tried.", rich_help_panel=_TO_ARS
        ),
    ] = _ARS_DEFAULTS.noise,
    survival_bonus: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Subtracted from every reward in the search; by default the healthy_reward of a task that also "
            "rewards moving forwards, else 0.",
            show_default=False,
            rich_help_panel=_TO_ARS,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help=f"The budget in environment steps. By default {_TABLE_DEFAULTS.steps} for q-learning and 1000000 for "
            "ppo.",
            show_default=False,
            rich_help_panel=_TO_BOTH,
        ),
    ] = None,
    discount: Annotated[
        float,
        typer.Option(metavar="X", help="What a reward counts one step later.", rich_help_panel=_TO_BOTH),
    ] = _TABLE_DEFAULTS.discount,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="The rate at first; it falls to 0. By default 0.0025.",
            show_default=False,
            rich_help_panel=_TO_PPO,
        ),
    ] = None,
    num_envs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Environments. By default 64.",
            show_default=False,
            rich_help_panel=_TO_PPO,
        ),
    ] = None,
    rollout_steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Steps of each environment from one update to the next. By default 64.",
            show_default=False,
            rich_help_panel=_TO_PPO,
        ),
    ] = None,
    threads: ThreadsOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="POLICY.npz",
            help="Where the policy is saved; by default ID.npz, or ID-2.npz where that is taken, and so on.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of an older policy.")] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write every report into progress.csv in this folder, and for TensorBoard where it is installed.",
            show_default=False,
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
    """Learns a task and saves the policy, by one of four methods.

    q-learning: a table, where observations are integers.

    ars: a linear policy by augmented random search V2 (Mania, Guy & Recht
    2018), where actions and observations are vectors, the latter of float64
    numbers, as in MuJoCo's tasks.

    cem: a network by the cross-entropy method (Rubinstein 1999; Szita &
    Lőrincz 2006), for all others.

    ppo: a network by proximal policy optimisation (Schulman et al. 2017), which
    needs torch. It is examples/ppo.py, the file to start from for a loop of
    your own. No task is learnt by it unless --algo ppo asks for it.

    Training by ars or cem ends when the mean return over 100 fresh episodes
    reaches the task's threshold, training by ppo when that of the last 100
    episodes does. A table uses its whole budget; the task is
    solved at the threshold, or within 2 % of the optimum if it has a model.
    Exit codes: 0 if the task is solved or has nothing to compare with, 1 if it
    is not solved within the budget, with one of the --seeds too, 130 after
    Ctrl-C.
    """
    spec = find_task(task)
    with user_errors(ValueError, RuntimeError):
        method = choose_method(spec) if algo is None else algo
    _check_options(context, spec.id, method)
    if method in (Method.PPO, Method.Q_LEARNING) and not is_native(spec):
        raise typer.BadParameter(
            f"--algo {method.value} learns native tasks, and {spec.id} is stepped in Python: --algo cem learns it"
        )
    if method is Method.PPO:
        check_torch()
    path = _choose_file(spec.id, output, force)
    check_writable("--output", path)
    if plot is not None:
        check_plot(plot)
    if video is not None:
        check_writable("--video", video, replaced=True)
        check_video("--video", video, spec)
    course = Course(spec, method, Files(path, plot, video, log))
    first = choose_seed(seed)
    shared: dict[str, Any] = {"seed": first, "num_threads": threads}
    if method is Method.PPO:
        with user_errors(ValueError):
            sizes = None if hidden is None else ",".join(map(str, _to_sizes(hidden))) or "none"
        chosen = {
            "total_steps": steps,
            "gamma": discount,
            "hidden": sizes,
            "learning_rate": learning_rate,
            "num_envs": num_envs,
            "num_steps": rollout_steps,
        }
        lessons = ppo_lessons(
            spec, {name: value for name, value in chosen.items() if value is not None}, threads
        )
    elif method is Method.Q_LEARNING:
        if steps is not None:
            shared["steps"] = steps
        with user_errors(ValueError):
            lessons = table_lessons(spec, TabularConfig(discount=discount, **shared))
    else:
        if generations is not None:
            shared["generations"] = generations
        if episodes_per_candidate is not None:
            shared["episodes_per_candidate"] = episodes_per_candidate
        with user_errors(ValueError, RuntimeError):
            if method is Method.ARS:
                config: TrainConfig | RandomSearchConfig = RandomSearchConfig(
                    directions=directions,
                    top_directions=top_directions,
                    step_size=step_size,
                    noise=noise,
                    survival_bonus=survival_bonus,
                    **shared,
                )
            else:
                config = TrainConfig(
                    population=population,
                    hidden=_DEFAULTS.hidden if hidden is None else _to_sizes(hidden),
                    activation=activation,
                    elite_fraction=elite_fraction,
                    initial_std=initial_std,
                    std_smoothing=std_smoothing,
                    **shared,
                )
        lessons = network_lessons(spec, config)
    if seeds == 1:
        course.run(lessons, first)
    else:
        run_seeds(course, lessons, range(first, first + seeds))


def _choose_file(task: str, output: Path | None, force: bool) -> Path:
    """The file of the policy: an older one is only replaced if that is asked for."""
    if output is not None:
        if os.path.isfile(output) and not force:  # noqa: PTH113 - this is false for impossible names
            raise typer.BadParameter(f"--output {output} exists already: give another name, or --force")
        return output
    stem = task.replace("/", "-")
    names = (f"{stem}.npz" if i == 1 else f"{stem}-{i}.npz" for i in count(1))
    return next(path for path in map(Path, names) if force or not os.path.lexists(path))


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


def _check_options(context: typer.Context, task: str, method: Method) -> None:
    """A user error for an option of other methods only."""
    for name in {name for options in _OPTIONS.values() for name in options} - set(_OPTIONS[method]):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"--{name.replace('_', '-')} does not apply: {task} is learnt by {_LEARNERS[method]}"
            )
