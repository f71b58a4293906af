"""``plyo record``: a video of episodes, under a saved policy or at random."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from plyo.cli.common import check_writable, choose_seed, find_task, load_policy, print_facts, user_errors
from plyo.cli.recording import SizeOption, StyleOption, check_video, play_episodes, to_size
from plyo.replay.films import film


def record(
    task: Annotated[str, typer.Argument(metavar="ID", help="A task, such as CartPole-v1.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="VIDEO.mp4", help="The video: .mp4, .gif, or .png for an animated PNG."
        ),
    ],
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="A saved policy; random actions without it.", show_default=False
        ),
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes, one after the other.")] = 1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Makes the video repeatable; a new one by default.", show_default=False),
    ] = None,
    size: SizeOption = None,
    fps: Annotated[
        float | None, typer.Option(help="Frames per second; the task's own by default.", show_default=False)
    ] = None,
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
    actor = None if policy is None else load_policy(policy)
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
