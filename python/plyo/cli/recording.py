"""Episodes for videos, under a policy or at random."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import plyo
from plyo import policies
from plyo._registry.specs import EnvSpec
from plyo.basics.canvases import check_size
from plyo.cli.interrupts import wish_to_end
from plyo.policies import Policy
from plyo.replay import Replay
from plyo.replay.films import film
from plyo.train.acting import Actor
from plyo.train.evaluation import MAX_STEPS, play_replays
from plyo.train.python_tasks import is_native
from plyo.wrappers import RecordEpisodes

#: Ends of names of videos.
ENDINGS = (".mp4", ".gif", ".png", ".apng")


def to_size(text: str) -> tuple[int, int]:
    """The height and the width of ``"400x600"``, or a user error."""
    match = re.fullmatch(r"(\d{1,9})[xX×](\d{1,9})", text.strip())
    if match is None:
        raise typer.BadParameter(
            f"--size must be the height and the width in pixels, such as 400x600; got {text!r}"
        )
    try:
        return check_size((int(match[1]), int(match[2])))
    except ValueError as e:
        raise typer.BadParameter(f"--{e}") from e


def check_video(option: str, path: Path, spec: EnvSpec) -> None:
    """A user error unless a task can be drawn into a video of this name."""
    if path.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"{option} {path} must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    env = plyo.make(spec)
    modes = env.metadata.get("render_modes") or ()
    env.close()
    if "rgb_array" not in modes:
        raise typer.BadParameter(f"{spec.id} has no pictures: its render modes are {list(modes)}")


def play_episodes(spec: EnvSpec, policy: Policy | None, seed: int, episodes: int) -> list[Replay]:
    """Plays whole episodes and returns them as replays.

    Args:
        spec: The task.
        policy: The policy; None for random actions.
        seed: The seed of the first episode; the others have the next seeds.
        episodes: The number of episodes.

    Raises:
        ValueError: The policy does not fit the task.
    """
    actor = policies.Random(seed) if policy is None else policy
    if is_native(spec):
        return play_replays(spec, actor, seed, episodes)
    with plyo.make(spec) as env:
        return _play_in_python(env, actor, seed, episodes)


def film_with_bar(
    console: Console,
    replays: Sequence[Replay],
    path: Path,
    *,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
    style: str | None = None,
) -> tuple[str, int, bool]:
    """Writes a video, with a bar on a terminal; after Ctrl-C it ends with the pictures so far.

    Args:
        console: The output.
        replays: The episodes.
        path: The file, as :func:`plyo.replay.films.film` takes it, which also says what is raised.
        fps: As there.
        size: As there.
        style: As there.

    Returns:
        The path, the number of frames, and whether these are all.
    """
    total = sum(len(replay) + 1 for replay in replays)
    columns = (BarColumn(20), TextColumn("{task.completed}/{task.total} frames"), TimeRemainingColumn())
    written = 0
    with (
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
        wish_to_end() as wish,
    ):
        bar = progress.add_task("", total=total)

        def go_on() -> bool:
            nonlocal written
            written += 1
            progress.update(bar, completed=written)
            return not wish.is_there

        saved = film(replays, path, fps=fps, size=size, style=style, on_frame=go_on)
    return saved, written, written == total


def _play_in_python(env: Any, policy: Policy, seed: int, episodes: int) -> list[Replay]:
    """Episodes of an environment in Python."""
    recorder = RecordEpisodes(env, keep=episodes)
    actor = Actor(policy, recorder.observation_space, recorder.action_space)
    first = np.zeros(1, np.intp)
    for episode in range(episodes):
        observation, _ = recorder.reset(seed=seed + episode)
        for _ in range(MAX_STEPS):
            (action,) = actor.act([observation], first)
            observation, _, terminated, truncated, _ = recorder.step(action)
            if terminated or truncated:
                break
        else:
            recorder.end_episode()
    recorder.close()
    return list(recorder.episodes)
