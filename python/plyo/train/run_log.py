"""What the training loops of ``examples/`` leave behind: lines, TensorBoard's file, the curve, the policy, a video."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from typing_extensions import Self

from plyo import error
from plyo._registry.lookup import find_spec
from plyo.basics.install import is_installed
from plyo.policies import Policy
from plyo.train.about import origin
from plyo.train.curve import draw_returns
from plyo.train.evaluation import FRESH_EPISODES, fresh_seed, play_replays
from plyo.train.event_file import EventFile, has_tensorboard

Settings = TypeVar("Settings")


def parse_settings(
    settings: type[Settings], description: str | None, arguments: Sequence[str] | None = None
) -> Settings:
    """Reads a dataclass from the command line: an option for each field, of the type of its default.

    Args:
        settings: The dataclass; every field has a default.
        description: The text of ``--help``.
        arguments: The arguments, None for those of the program.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for field in fields(settings):  # type: ignore[arg-type]  # it is a dataclass
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            metavar=type(field.default).__name__.upper(),
            help=f"by default {field.default!r}",
        )
    return settings(**vars(parser.parse_args(arguments)))


def target_of(task: str, target_return: float) -> float:
    """The mean return that ends a training: nan stands for the threshold of the task, infinite if it has none."""
    if not math.isnan(target_return):
        return target_return
    threshold = find_spec(task).reward_threshold
    return math.inf if threshold is None else threshold


class RunLog:
    """The record of one training, in a folder of its own.

    A line is printed for each report. ``curve.png`` needs matplotlib, TensorBoard's file needs ``tensorboard``, the
    video needs an ffmpeg (``pip install imageio-ffmpeg``); without one of these a line says so, and the training goes
    on.

    Args:
        task: The id of a native task.
        method: The name of the method, for the folder's name.
        seed: The seed of the training.
        settings: All settings, for TensorBoard.
        folder: The folder; None for ``runs/TASK-METHOD-SEED-TIME``.
    """

    def __init__(
        self, task: str, method: str, seed: int, settings: Mapping[str, Any], folder: str | Path | None = None
    ) -> None:
        self.spec = find_spec(task)
        name = f"{task.replace('/', '-')}-{method}-{seed}-{time.strftime('%Y%m%d-%H%M%S')}"
        self.folder = Path("runs", name) if folder is None else Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._title, self._seed = f"{task}, {method}, seed {seed}", seed
        self._history: list[tuple[int, float]] = []
        self._method, self._env_steps = method, 0
        self._events = EventFile(self.folder) if has_tensorboard() else None
        if self._events is None:
            print("nothing is logged to TensorBoard: run `pip install tensorboard`")
        else:
            self._events.add_settings(settings)

    def __enter__(self) -> Self:
        """Supports ``with``, which closes TensorBoard's file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes TensorBoard's file."""
        if self._events is not None:
            self._events.close()

    def add(
        self,
        env_steps: int,
        mean_return: float,
        seconds: Mapping[str, float],
        scalars: Mapping[str, float] | None = None,
    ) -> None:
        """Adds a report.

        Args:
            env_steps: The environment steps so far.
            mean_return: The mean return of recent episodes, nan before the first.
            seconds: The time of each part of the loop so far.
            scalars: More numbers, for TensorBoard.
        """
        total = sum(seconds.values())
        parts = "  ".join(
            f"{part} {env_steps / max(spent, 1e-9):,.0f} ({spent / max(total, 1e-9):.0%})"
            for part, spent in seconds.items()
        )
        print(
            f"{env_steps:>9} steps  return {mean_return:8.2f}  steps/s {env_steps / max(total, 1e-9):,.0f}: {parts}",
            flush=True,
        )
        if not math.isnan(mean_return):
            self._history.append((env_steps, mean_return))
        self._env_steps = env_steps
        if self._events is not None:
            numbers = {"return": mean_return, "steps_per_second/all": env_steps / max(total, 1e-9)}
            numbers |= {f"steps_per_second/{part}": env_steps / max(s, 1e-9) for part, s in seconds.items()}
            numbers |= {f"losses/{key}": value for key, value in (scalars or {}).items()}
            for key, value in numbers.items():
                self._events.add_scalar(key, value, env_steps)

    def finish(self, policy: Any) -> float:
        """Saves the policy, draws the curve, and plays 100 fresh episodes, the best of which becomes a video.

        Args:
            policy: A native policy with a ``save``.

        Returns:
            The mean return of these episodes.
        """
        self._save(policy, math.nan)
        self._draw()
        mean = self._play(policy)
        self._save(policy, mean)
        print(f"everything is in {self.folder}", flush=True)
        return mean

    def _save(self, policy: Any, mean: float) -> None:
        policy.about = origin(self.spec, self._method, self._seed, mean, self._env_steps)
        policy.save(self.folder / "policy.npz")

    def _draw(self) -> None:
        if not is_installed("matplotlib"):
            print("no curve.png: it needs matplotlib, run `pip install matplotlib`")
            return
        steps, returns = [s for s, _ in self._history], [r for _, r in self._history]
        draw_returns(steps, returns, self._title, self.spec.reward_threshold, self.folder / "curve.png")

    def _play(self, policy: Policy) -> float:
        seed = fresh_seed(np.random.default_rng(self._seed))
        replays = play_replays(self.spec, policy, seed, FRESH_EPISODES)
        returns = [replay.episode_return for replay in replays]
        best = replays[int(np.argmax(returns))]
        mean = float(np.mean(returns))
        print(f"mean return {mean:.2f} of {FRESH_EPISODES} fresh episodes, the best {best.episode_return:g}")
        best.save(self.folder / "best.npz")
        try:
            best.save(self.folder / "best.mp4")
        except (NotImplementedError, error.Error, OSError) as e:
            print(f"no video: {e}")
        return mean
