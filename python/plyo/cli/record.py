"""``plyo record``: a video of episodes, under a saved policy or at random."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from plyo.cli.common import check_writable, choose_seed, find_task, load_policy, print_facts, user_errors
from plyo.cli.options import (
    FpsOption,
    PolicyOption,
    SeedOption,
    SizeOption,
    StyleOption,
    TaskArgument,
)
from plyo.cli.recording import check_video, play_episodes, to_size
from plyo.replay.films import film


def record(
    task: TaskArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="VIDEO.mp4", help="The video: .mp4, .gif, or .png for an animated PNG."
        ),
    ],
    policy: PolicyOption = None,
    episodes: Annotated[int, typer.Option(min=1, metavar="N", help="Episodes, one after the other.")] = 1,
    seed: SeedOption = None,
    size: SizeOption = None,
    fps: FpsOption = None,
    style: StyleOption = None,
) -> None:
    """Records episodes into a video, and prints their returns.

    An episode of a task without a time limit is recorded for 1000 steps. Without ffmpeg an animated PNG is written in
    place of an MP4 file.
    """
    spec = find_task(task)
    pixels = None if size is None else to_size(size)
    check_writable("--output", output, replaced=True)
    chosen_seed = choose_seed(seed)
    actor = None if policy is None else load_policy(policy, spec)
    with user_errors(
        ValueError, TypeError, NotImplementedError, OverflowError, MemoryError, RuntimeError, OSError
    ):
        check_video("--output", output, spec)
        replays = play_episodes(spec, actor, chosen_seed, episodes)
        path = film(replays, output, fps=fps, size=pixels, style=style)
    who = "random actions" if policy is None else str(policy)
    facts = [(spec.id, f"{who}, seed {chosen_seed}")]
    for i, replay in enumerate(replays):
        ended = "" if replay.ending.terminated or replay.ending.truncated else ", not ended"
        facts.append((f"episode {i}", f"return {replay.episode_return:g}, {len(replay)} steps{ended}"))
    frames = sum(len(replay) + 1 for replay in replays)
    shown = Path(path) if Path(path).suffix != output.suffix else output
    print_facts(Console(), [*facts, ("video", f"{shown}, {frames} frames")])
