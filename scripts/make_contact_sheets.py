"""Draws docs/pictures/: every drawable task in two states, beside Gymnasium's picture of it if there is one.

    python scripts/make_contact_sheets.py [FOLDER]

The columns are Gymnasium's picture, Plyo's, Plyo's with ``render_style="smooth"``, and one of 84 x 84 pixels. Each row
says after how many steps it was drawn.
Needs gymnasium, pygame-ce and Pillow, which the extra ``test`` has.
"""

from __future__ import annotations

import itertools
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import plyo
from plyo.tasks.descriptions import native_tasks

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
COLUMNS = ("Gymnasium", "Plyo", 'render_style="smooth"', "84 x 84")
STEPS = (3, 17)  # the steps before either state
SEED = 3
GAP, LINE, INK, PAPER = 12, 30, (40, 40, 40), (235, 235, 235)
WIDTH = 360  # of the pictures; larger ones are shrunk
MARGIN = 84  # on the left, for the number of steps
FONT, SMALL_FONT = ImageFont.load_default(20), ImageFont.load_default(15)

Picture = npt.NDArray[np.uint8]


def in_state(env: Any, num_steps: int) -> Any:
    """An environment after some steps, the same for both packages."""
    env.reset(seed=SEED)
    env.action_space.seed(SEED)
    for _ in range(num_steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
    return env


def upstream(task_id: str, num_steps: int) -> Picture | None:
    """Gymnasium's picture, if it has the task."""
    import gymnasium

    if task_id not in gymnasium.registry:
        return None
    picture: Picture = in_state(gymnasium.make(task_id, render_mode="rgb_array"), num_steps).render()
    return picture


def row(task_id: str, num_steps: int) -> list[Picture | None]:
    """The pictures of one state."""
    ours = in_state(plyo.make(task_id, render_mode="rgb_array"), num_steps)
    smooth = in_state(plyo.make(task_id, render_mode="rgb_array", render_style="smooth"), num_steps)
    pictures = [upstream(task_id, num_steps), ours.render(), smooth.render(), ours.render(size=(84, 84))]
    return [None if picture is None else shrunk(picture) for picture in pictures]


def shrunk(picture: Picture) -> Picture:
    """A picture that is at most so wide as a column."""
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture
    size = (WIDTH, round(height * WIDTH / width))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def sheet(task_ids: list[str]) -> Image.Image:
    """The pictures of some tasks, a line of text above each task's."""
    lines: list[tuple[str, list[list[Picture | None]]]] = [
        (task_id, [row(task_id, num_steps) for num_steps in STEPS]) for task_id in task_ids
    ]
    rows = [pictures for _, both in lines for pictures in both]
    widths = [max(0 if p is None else p.shape[1] for p in column) for column in zip(*rows, strict=True)]
    # a family without a counterpart lacks its column
    lefts = list(itertools.accumulate([MARGIN, *(w + GAP if w else 0 for w in widths)]))
    heights = [max(p.shape[0] for p in pictures if p is not None) for pictures in rows]
    height = sum(heights) + GAP * (len(rows) + 1) + LINE * (len(lines) + 1)
    paper = Image.new("RGB", (lefts[-1], height), PAPER)
    pen = ImageDraw.Draw(paper)
    for left, width, name in zip(lefts, widths, COLUMNS, strict=False):
        if width:
            pen.text((left, 6), name, INK, font=SMALL_FONT)
    top = LINE
    for task_id, both in lines:
        pen.text((GAP, top), task_id, INK, font=FONT)
        top += LINE
        for num_steps, pictures in zip(STEPS, both, strict=True):
            pen.text((GAP, top), f"{num_steps} steps", INK, font=SMALL_FONT)
            for left, picture in zip(lefts, pictures, strict=False):
                if picture is not None:
                    paper.paste(Image.fromarray(picture), (left, top))
            top += max(p.shape[0] for p in pictures if p is not None) + GAP
    return paper


def main() -> None:
    """Writes one picture a family."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(exist_ok=True)
    families: dict[str, list[str]] = {}
    for task in native_tasks().values():
        if "rgb_array" in task["render_modes"] and not task["needs"]:
            families.setdefault(task["family"], []).append(task["variants"][-1]["id"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for family, task_ids in sorted(families.items()):
            path = folder / f"{family}.png"
            sheet(task_ids).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
            print(f"{path}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
