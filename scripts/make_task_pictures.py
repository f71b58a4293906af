"""Draws the pictures that move: one for the page of each task, and the grid of many tasks of the README.

    python scripts/make_task_pictures.py                 all of them, into docs/pictures/
    python scripts/make_task_pictures.py CartPole grid   those of some tasks, or the grid
    python scripts/make_task_pictures.py --no-mujoco     all but those that MuJoCo draws

The tasks are played by short rules, by exact solutions of tables, or by a planner that tries copies of the present.
Needs Pillow; the tasks of MuJoCo need an OpenGL (MUJOCO_GL=egl) and the extras `mujoco` and `robotics`.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import plyo
from make_task_pages import picture_of
from plyo.envs.companions.bipedal_walker import BipedalWalkerHeuristics
from plyo.tasks.descriptions import native_tasks

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
Picture = npt.NDArray[np.uint8]
#: What chooses the action of the first environment of a batch, given the batch and its last observation.
Player = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Clip:
    """How a task is filmed."""

    play: Player
    every: int = 1  # steps from one picture to the next
    ms: int = 400  # that a picture is shown
    frames: int = 20
    seed: int = 0
    options: dict[str, Any] | None = None
    task_id: str = ""  # in place of the last id of the task


def balance(envs: Any, x: Any) -> Any:
    """Pushes to where the pole falls; the cart swings about the middle."""
    return int(x[2] + 0.3 * x[3] + 0.02 * x[0] + 0.05 * x[1] > 0)


def along(envs: Any, x: Any) -> Any:
    """Drives on in the direction of travel."""
    return 2 if x[1] >= 0 else 0


def throttle(envs: Any, x: Any) -> Any:
    """The same with a throttle."""
    return [1.0 if x[1] >= 0 else -1.0]


def land(envs: Any, x: Any) -> int:
    """Leans towards the pad, and sinks with the distance from it."""
    turn = 0.5 * (np.clip(0.5 * x[0] + x[2], -0.4, 0.4) - x[4]) - x[5]
    lift = 0.5 * (0.55 * abs(x[0]) - x[1] - x[3])
    if x[6] or x[7]:
        turn, lift = 0.0, -0.5 * x[3]
    if lift > abs(turn) and lift > 0.05:
        return 2
    return 3 if turn < -0.05 else int(turn > 0.05)


def walk() -> Player:
    """Gymnasium's controller, which swings one leg while the other carries."""
    walker = BipedalWalkerHeuristics()
    return lambda envs, x: walker.step_heuristic(x).astype(np.float32)


def follow_road(envs: Any, x: Any) -> Any:
    """Steers to where the road ahead, which is grey, is in the picture."""
    red, green = x[50].astype(float)[:, 0], x[50].astype(float)[:, 1]
    road = np.flatnonzero(abs(red - green) < 12)
    aside = road.mean() - 47.5 if road.size else 0.0
    return np.array([np.clip(0.03 * aside, -1, 1), 0.12 if abs(aside) < 12 else 0.0, 0.0], np.float32)


def swing_up(envs: Any, x: Any) -> Any:
    """Adds energy until the pendulum is near the top, then holds it there."""
    angle, speed = float(np.arctan2(x[1], x[0])), float(x[2])
    if abs(angle) < 0.5:
        return [np.clip(-16 * angle - 3 * speed, -2, 2)]
    lacking = 10.0 - (speed**2 / 6 + 5 * np.cos(angle)) - 5
    return [2.0 * np.sign(lacking * speed) if speed else 2.0]


def pump(envs: Any, x: Any) -> Any:
    """Turns the joint with the swing of the upper link."""
    return 2 if x[4] < 0 else 0


def solved(task_id: str) -> Player:
    """The exact solution of a task with a table."""
    env = plyo.make(task_id)
    policy = plyo.tabular.value_iteration(plyo.tabular.transitions(env), gamma=0.99).policy
    return lambda envs, state: int(policy[state])


def dealer(envs: Any, hand: Any) -> Any:
    """Takes cards up to 16."""
    return int(hand[0] < 17)


def bisect() -> Player:
    """Halves the interval that the number must be in."""
    bounds = [-1000.0, 1000.0]

    def play(envs: Any, told: Any) -> Any:
        middle = (bounds[0] + bounds[1]) / 2
        if told == 0:
            bounds[:] = [-1000.0, 1000.0]
        elif told == 1:
            bounds[0] = middle
        elif told == 3:
            bounds[1] = middle
        return [(bounds[0] + bounds[1]) / 2]

    return play


def fifth(envs: Any, x: Any) -> Any:
    """Bets a fifth of the wealth, as Kelly has it for a coin of 60 %."""
    return (
        [float(x[0][0]) / 5] if isinstance(envs.single_action_space, plyo.spaces.Box) else int(20 * x[0][0])
    )


def planner(horizon: int, futures: int = 4096) -> Player:
    """Tries random futures on copies of the environment and takes the first action of the best."""
    rng = np.random.default_rng(0)

    def play(envs: Any, observation: Any) -> Any:
        copies = envs.fork([0], copies=futures)
        policy = plyo.policies.Random(seed=int(rng.integers(2**31)))
        record = ["actions", "rewards", "terminated", "truncated"]
        t = copies.rollout(policy, horizon, record=record)
        ended = np.maximum.accumulate(t.terminated | t.truncated, axis=0)
        before = np.vstack([np.zeros((1, futures), bool), ended[:-1]])
        best = int((t.rewards * ~before * 0.98 ** np.arange(horizon)[:, None]).sum(axis=0).argmax())
        if isinstance(t.actions, tuple):
            return tuple(int(part[0, best]) for part in t.actions)
        return t.actions[0, best]

    return play


def clips() -> dict[str, Clip]:
    """How the tasks are filmed that are drawn without MuJoCo, by name."""
    return {
        "CartPole": Clip(balance, 4, 80, 50, options={"low": -0.15, "high": 0.15}, seed=4),
        "MountainCar": Clip(along, 3, 80, 50),
        "MountainCarContinuous": Clip(throttle, 2, 80, 50),
        "Pendulum": Clip(swing_up, 2, 80, 50, seed=10),
        "Acrobot": Clip(pump, 2, 80, 60),
        "LunarLander": Clip(land, 4, 80, 60, seed=3, task_id="LunarLander-v3"),
        "BipedalWalker": Clip(walk(), 3, 80, 60, seed=1, task_id="BipedalWalker-v3"),
        "CarRacing": Clip(follow_road, 5, 80, 50, seed=1),
        "FrozenLake": Clip(solved("FrozenLake8x8-v1"), frames=40, seed=3),
        "CliffWalking": Clip(solved("CliffWalking-v1"), frames=16, task_id="CliffWalking-v1"),
        "Taxi": Clip(solved("Taxi-v4"), frames=32),
        "Blackjack": Clip(dealer, ms=700, frames=16, seed=2),
        "Copy": Clip(planner(3), frames=20),
        "DuplicatedInput": Clip(planner(5), frames=20),
        "RepeatCopy": Clip(planner(6), frames=24),
        "Reverse": Clip(planner(9), frames=24),
        "ReversedAddition": Clip(planner(6), frames=24),
        "CubeCrash": Clip(planner(30), 2, 80, 50, task_id="CubeCrash-v0"),
        "MemorizeDigits": Clip(planner(1, 256), ms=700, frames=12),
        "NChain": Clip(planner(8), frames=20),
        "Roulette": Clip(planner(1, 1), ms=700, frames=14),
        "GuessingGame": Clip(bisect(), ms=500, frames=20),
        "HotterColder": Clip(bisect(), ms=500, frames=20),
        "KellyCoinflip": Clip(fifth, ms=300, frames=30),
        "KellyCoinflipGeneralized": Clip(fifth, ms=300, frames=30),
    }


def film(task_id: str, clip: Clip, width: int) -> Iterator[Picture]:
    """The pictures of a task while it is played."""
    envs = plyo.make_vec(task_id, 1, render_mode="rgb_array", render_style="smooth")
    observation, _ = envs.reset(seed=clip.seed, options=clip.options)
    height, full = envs.render()[0].shape[:2]
    size = (round(height * width / full), width)
    for count in itertools.count():
        if count % clip.every == 0:
            yield envs.render(size=size)[0]
        first = tuple(part[0] for part in observation) if isinstance(observation, tuple) else observation[0]
        action = clip.play(envs, first)
        lanes = (
            tuple(np.array([part]) for part in action) if isinstance(action, tuple) else np.array([action])
        )
        observation, *_ = envs.step(lanes)


def film_mujoco(task_id: str, width: int) -> Iterator[Picture]:
    """The pictures of a task of MuJoCo under smooth random actions."""
    env = plyo.make(task_id, render_mode="rgb_array", width=width, height=width * 3 // 4)
    env.reset(seed=0)
    rng, action = np.random.default_rng(0), np.zeros(env.action_space.shape)
    high = env.action_space.high
    try:
        while True:
            yield env.render()
            for _ in range(2):
                action = 0.8 * action + 0.5 * high * rng.normal(size=action.shape)
                *_, terminated, truncated, _ = env.step(
                    np.clip(action, -high, high).astype(env.action_space.dtype)
                )
                if terminated or truncated:
                    env.reset()
    finally:
        env.close()


def save(pictures: list[Picture], path: Path, ms: int, lossless: bool = True) -> None:
    """Writes an animated WebP or GIF that repeats; flat colours are small without losses."""
    first, *others = (Image.fromarray(picture) for picture in pictures)
    options: dict[str, Any] = {"quality": 60, "method": 6, "lossless": lossless, "minimize_size": True}
    if path.suffix == ".gif":
        palette = Image.fromarray(np.concatenate(pictures[:: max(1, len(pictures) // 8)]))
        palette = palette.quantize(255, dither=Image.Dither.NONE)
        first, *others = (p.quantize(palette=palette, dither=Image.Dither.NONE) for p in (first, *others))
        options = {"optimize": True, "disposal": 1}
    path.parent.mkdir(parents=True, exist_ok=True)
    first.save(path, save_all=True, append_images=others, duration=ms, loop=0, **options)
    print(f"{path}: {path.stat().st_size // 1024} KiB")


#: The tasks of the grid, row by row.
GRID = (
    ("CartPole", "Pendulum", "Acrobot", "MountainCar", "CubeCrash"),
    ("FrozenLake", "Taxi", "CliffWalking", "Blackjack", "MemorizeDigits"),
    ("Copy", "ReversedAddition", "Roulette", "KellyCoinflip", "NChain"),
)
TILE, CAPTION, GAP = (168, 126), 16, 8
INK, PAPER, FIELD = (90, 90, 90), (255, 255, 255), (246, 246, 244)
GRID_MS, GRID_FRAMES = 100, 70


def tile(picture: Picture) -> Image.Image:
    """A picture in a field of the grid."""
    field = Image.new("RGB", TILE, FIELD)
    image = Image.fromarray(picture)
    image.thumbnail(TILE, Image.Resampling.LANCZOS)
    field.paste(image, ((TILE[0] - image.width) // 2, (TILE[1] - image.height) // 2))
    return field


def grid(ids: dict[str, str]) -> list[Picture]:
    """The pictures of many tasks side by side, each with its id."""
    made = clips()
    width, height = TILE[0] + GAP, TILE[1] + CAPTION + GAP
    paper = Image.new("RGB", (width * len(GRID[0]) + GAP, height * len(GRID) + GAP), PAPER)
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(11)
    films = {}
    for row, names in enumerate(GRID):
        for column, name in enumerate(names):
            left, top = GAP + column * width, GAP + row * height
            pen.text((left, top + TILE[1] + 1), ids[name], INK, font=font)
            # one picture of a film may stand for several of the grid
            repeats = max(1, round(made[name].ms / GRID_MS))
            films[left, top] = (film(ids[name], made[name], 2 * TILE[0]), repeats)
    pictures = []
    for count in range(GRID_FRAMES):
        for corner, (source, repeats) in films.items():
            if count % repeats == 0:
                paper.paste(tile(next(source)), corner)
        pictures.append(np.asarray(paper).copy())
    return pictures


def main() -> None:
    """Draws what the arguments name."""
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    made = clips()
    tasks = {str(task["name"]): task for task in native_tasks().values()}
    ids = {name: str(tasks[name]["variants"][-1]["id"]) for name in tasks}
    ids |= {name: clip.task_id for name, clip in made.items() if clip.task_id}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not names or "grid" in names:
            save(grid(ids), FOLDER / "tasks.gif", GRID_MS)
        for name, task in tasks.items():
            path = picture_of(task)
            if path is None or (names and name not in names):
                continue
            if name in made:
                clip = made[name]
                save(list(itertools.islice(film(ids[name], clip, 360), clip.frames)), path, clip.ms)
            elif "--no-mujoco" not in sys.argv:
                save(list(itertools.islice(film_mujoco(ids[name], 240), 30)), path, 80, lossless=False)


if __name__ == "__main__":
    main()
