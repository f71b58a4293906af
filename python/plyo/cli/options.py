"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import plyo

__all__ = [
    "FpsOption",
    "PolicyOption",
    "SeedOption",
    "SizeOption",
    "StyleOption",
    "TaskArgument",
    "ThreadsOption",
]


def complete_task(incomplete: str) -> list[str]:
    """The registered ids that begin so, for the completion of shells."""
    return [env_id for env_id in sorted(plyo.registry) if env_id.startswith(incomplete)]


TaskArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A task, such as CartPole-v1, or module:My-v0 for one of your own.",
        autocompletion=complete_task,
    ),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE.npz", help="A saved policy; random actions without it.", show_default=False),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Makes the result repeatable; a new one by default.", show_default=False
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Threads; as many as there are by default. The result does not depend on them.",
        show_default=False,
    ),
]
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
    typer.Option(
        metavar="gym|smooth",
        help="gym copies Gymnasium's pixels, smooth draws motion between whole pixels.",
        show_default=False,
    ),
]
FpsOption = Annotated[
    float | None,
    typer.Option(metavar="X", help="Frames per second; the task's own by default.", show_default=False),
]
