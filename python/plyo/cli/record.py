"""``plyo record``: a video of episodes, under a saved policy or at random."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from plyo.cli.common import (
    INTERRUPTED,
    check_writable,
    choose_seed,
    find_task,
    load_policy,
    name_policy,
    print_facts,
    print_line,
    user_errors,
)
from plyo.cli.options import (
    FpsOption,
    PolicyOption,
    SeedOption,
    SizeOption,
    StyleOption,
    TaskArgument,
)
from plyo.cli.recording import check_video, film_with_bar, play_episodes, to_size


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
    place of an MP4 file. After Ctrl-C the video ends with the pictures so far; after a second one there is none.
    """
    spec = find_task(task)
    pixels = None if size is None else to_size(size)
    check_writable("--output", output, replaced=True)
    chosen_seed = choose_seed(seed)
    actor = None if policy is None else load_policy(policy, spec)
    console = Console()
    with user_errors(
        ValueError, TypeError, NotImplementedError, OverflowError, MemoryError, RuntimeError, OSError
    ):
        check_video("--output", output, spec)
        number = f"{episodes} episode{'s' if episodes > 1 else ''}"
        print_line(console, f"{spec.id}: {number}, {name_policy(policy, actor)}, seed {chosen_seed}")
        try:
            with console.status("playing") if console.is_terminal else nullcontext():
                replays = play_episodes(spec, actor, chosen_seed, episodes)
        except KeyboardInterrupt:
            console.print("interrupted before the first picture: there is no video")
            raise typer.Exit(INTERRUPTED) from None
        path, frames, finished = film_with_bar(console, replays, output, fps=fps, size=pixels, style=style)
    facts = []
    before = 0  # the frames of earlier episodes
    for i, replay in enumerate(replays):
        if before >= frames:
            break  # the video does not come to this one
        before += len(replay) + 1
        ended = "" if replay.ending.terminated or replay.ending.truncated else ", not ended"
        facts.append((f"episode {i}", f"return {replay.episode_return:g}, {len(replay)} steps{ended}"))
    shown = Path(path) if Path(path).suffix != output.suffix else output
    total = sum(len(replay) + 1 for replay in replays)
    part = "" if finished else f" of {total}"
    print_facts(console, [*facts, ("video", f"{shown}, {frames}{part} frames")])
    if not finished:
        console.print("interrupted: the video ends early")
        raise typer.Exit(INTERRUPTED)
