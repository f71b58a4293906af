"""``plyo show``: one picture of a task, in a file or in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from plyo.cli.common import check_writable, choose_seed, find_task, user_errors
from plyo.cli.options import SeedOption, SizeOption, StyleOption, TaskArgument
from plyo.cli.recording import to_size
from plyo.cli.sight import Sight
from plyo.cli.terminal import shows_pictures, terminal_size, to_lines
from plyo.video.apng import encode_png


def show(
    task: TaskArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PICTURE.png",
            help="Where the picture is saved; in the terminal by default.",
            show_default=False,
        ),
    ] = None,
    size: SizeOption = None,
    seed: SeedOption = None,
    steps: Annotated[
        int, typer.Option(min=0, metavar="N", help="Random steps before the picture is taken.")
    ] = 0,
    style: StyleOption = None,
) -> None:
    """Shows one picture of a task, or its text if it has no pictures."""
    spec = find_task(task)
    pixels = None if size is None else to_size(size)
    if output is not None:
        check_writable("--output", output)
        if output.suffix.lower() != ".png":
            raise typer.BadParameter(f"--output {output} must end in .png")
    with user_errors(ValueError, TypeError, NotImplementedError, RuntimeError, OSError):
        sight = Sight(spec, style)
        if not sight.has_pictures and (output is not None or pixels is not None):
            raise typer.BadParameter(f"{spec.id} has no pictures, only texts: leave --output and --size out")
        if sight.has_pictures and output is None and not shows_pictures(sys.stdout):
            raise typer.BadParameter(
                "there is no terminal to show the picture in; name a file: --output PICTURE.png"
            )
        _take_steps(sight, choose_seed(seed), steps)
        if output is not None:
            output.write_bytes(encode_png(sight.picture(pixels)))
            typer.echo(f"picture: {output}")
        elif sight.has_pictures:
            columns, rows = terminal_size()
            if pixels is not None:
                rows, columns = min(rows, -(-pixels[0] // 2)), min(columns, pixels[1])
            typer.echo("\n".join(to_lines(sight.fitted(columns, rows - 1 or 1))))
        else:
            typer.echo(sight.text())
        sight.env.close()


def _take_steps(sight: Sight, seed: int, steps: int) -> None:
    """Begins an episode and takes random steps; a new episode follows each end."""
    env = sight.env
    env.reset(seed=seed)
    env.action_space.seed(seed)
    ended = False
    for _ in range(steps):
        if ended:
            env.reset()
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        ended = terminated or truncated
