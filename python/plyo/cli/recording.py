"""Episodes for videos, under a policy or at random, and the options of commands that draw."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import plyo
from plyo import policies
from plyo._registry.specs import EnvSpec
from plyo.basics.canvases import check_size
from plyo.policies import Policy
from plyo.replay import Ending, Replay
from plyo.tasks.task_env import NativeEnv
from plyo.vector.task_batch import NativeVectorEnv
from plyo.wrappers import RecordEpisodes

#: Options of commands that draw.
SizeOption = Annotated[
    str | None,
    typer.Option(
        metavar="HxW",
        help="Height and width in pixels, such as 400x600; the task's own by default.",
        show_default=False,
    ),
]
StyleOption = Annotated[
    str | None,
    typer.Option(help="gym, or smooth for shapes between whole pixels.", show_default=False),
]
#: Ends of names of videos.
ENDINGS = (".mp4", ".gif", ".png", ".apng")
#: The steps of a recorded episode without a time limit.
MAX_STEPS = 1000
#: The steps of a rollout; after each rollout the ends of episodes are checked.
_CHUNK = 256


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
        return _roll_out(spec, policies.Random(seed) if policy is None else policy, seed, episodes)
    if policy is not None:
        env.close()
        raise ValueError(f"{spec.id} is no native task, and policies act in those only: leave --policy out")
    return _play_randomly(env, seed, episodes)


def _roll_out(spec: EnvSpec, policy: Policy, seed: int, episodes: int) -> list[Replay]:
    """Episodes of a native task, all at once."""
    envs = plyo.make_vec(spec, episodes, vectorization_mode="native", autoreset_mode="disabled")
    assert isinstance(envs, NativeVectorEnv)
    envs.reset(seed=seed)
    limit = spec.max_episode_steps or MAX_STEPS
    chunks: list[Any] = []
    lengths = np.full(episodes, limit)
    endings: list[Ending | None] = [None] * episodes
    taken = 0
    while taken < limit and None in endings:
        part = envs.rollout(
            policy, min(_CHUNK, limit - taken), record=["actions", "episodes", "terminated", "truncated"]
        )
        chunks.append(part.actions)
        assert part.episode_times is not None
        assert part.episode_lanes is not None
        assert part.episode_returns is not None
        assert part.terminated is not None
        assert part.truncated is not None
        for time, lane, total in zip(
            part.episode_times, part.episode_lanes, part.episode_returns, strict=True
        ):
            lengths[lane] = taken + time + 1
            flags = bool(part.terminated[time, lane]), bool(part.truncated[time, lane])
            endings[lane] = Ending(float(total), *flags)
        taken += min(_CHUNK, limit - taken)
    return [
        Replay(spec, seed + lane, _actions(chunks, lane, int(lengths[lane])), recorded=endings[lane])
        for lane in range(episodes)
    ]


def _actions(chunks: list[Any], lane: int, length: int) -> list[Any]:
    """The actions of a lane in consecutive rollouts."""
    if isinstance(chunks[0], tuple):
        parts = [
            np.concatenate([chunk[i][:, lane] for chunk in chunks])[:length] for i in range(len(chunks[0]))
        ]
        return list(zip(*parts, strict=True))
    return list(np.concatenate([chunk[:, lane] for chunk in chunks])[:length])


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
