"""Episodes for videos, under a policy or at random."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

import plyo
from plyo import policies
from plyo._registry.specs import EnvSpec
from plyo.basics.canvases import check_size
from plyo.policies import Policy
from plyo.replay import Replay
from plyo.tasks.task_env import NativeEnv
from plyo.train.evaluation import MAX_STEPS, play_replays
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
        policy: The policy, for native tasks; None for random actions.
        seed: The seed of the first episode; the others have the next seeds.
        episodes: The number of episodes.

    Raises:
        ValueError: The policy does not fit the task.
    """
    env = plyo.make(spec)
    native = isinstance(env.unwrapped, NativeEnv)
    if native and not spec.additional_wrappers:
        env.close()
        return play_replays(spec, policies.Random(seed) if policy is None else policy, seed, episodes)
    if policy is not None:
        env.close()
        raise ValueError(f"{spec.id} is no native task, and policies act in those only: leave --policy out")
    return _play_randomly(env, seed, episodes)


def _play_randomly(env: Any, seed: int, episodes: int) -> list[Replay]:
    """Episodes of an environment in Python under random actions."""
    recorder = RecordEpisodes(env, keep=episodes)
    recorder.action_space.seed(seed)
    for episode in range(episodes):
        recorder.reset(seed=seed + episode)
        for _ in range(MAX_STEPS):
            *_, terminated, truncated, _ = recorder.step(recorder.action_space.sample())
            if terminated or truncated:
                break
        else:
            recorder.end_episode()
    recorder.close()
    return list(recorder.episodes)
