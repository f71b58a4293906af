"""CubeCrash: a falling cube, a hole in a wall, and pictures of them."""

from __future__ import annotations

import numpy as np
import pytest
from plain_models import assert_same_episodes

import plyo

IDS = ("CubeCrash-v0", "CubeCrashSparse-v0", "CubeCrashScreenBecomesBlack-v0")


@pytest.mark.parametrize("task_id", IDS)
def test_rules(task_id: str) -> None:
    """40×32×3 uint8, Discrete(3) nothing/left/right, falls 1 a step, hole width 8, shaped reward 0.01 · (Δdistance),
    -1 crash, +1 through; reset draws randint(3, 29), randint(3, 6), randint(8, 24), then an internal step(0)."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        # one side more often than the other, so that cubes meet the walls and the hole too
        return rng.choice(3, count, p=[0.4, *([0.15, 0.45] if rng.random() < 0.5 else [0.4, 0.2])]).tolist()

    assert_same_episodes(task_id, actions, 110)


@pytest.mark.parametrize("task_id", IDS[:2])
def test_who_steers_by_the_picture_goes_through(task_id: str) -> None:
    env = plyo.make(task_id)
    for seed in range(200):
        picture, _ = env.reset(seed=seed)
        hole = np.flatnonzero(picture[39, :, 0] == 0).mean()
        start = last = env.unwrapped.cube_x
        total, terminated = 0.0, False
        while not terminated:
            green = (picture[:35, :, 1] > 0) & (picture[:35, :, 0] == 0)
            last = np.flatnonzero(green.any(axis=0)).mean() if green.any() else last
            action = 0 if last == hole else 1 if last > hole else 2
            picture, reward, terminated, _, _ = env.step(action)
            total += reward
        assert reward == 1
        shaped = 0.01 * abs(start - hole) if task_id == IDS[0] else 0
        assert total == pytest.approx(1 + shaped)


def test_a_black_screen_can_be_remembered() -> None:
    env = plyo.make(IDS[2])
    for seed in range(50):
        pictures, total, terminated = [env.reset(seed=seed)[0]], 0, False
        while not terminated:
            ahead = env.unwrapped.hole_x - env.unwrapped.cube_x
            picture, reward, terminated, _, _ = env.step(0 if ahead == 0 else 1 if ahead < 0 else 2)
            pictures.append(picture)
            total += reward
        assert total == 1
        assert [bool(p.any()) for p in pictures] == [True] * 4 + [False] * (len(pictures) - 4)


def test_steps_past_the_end_stay_within_the_picture() -> None:
    envs = plyo.make_vec("CubeCrash-v0", 3, autoreset_mode="disabled")
    envs.reset(seed=0)
    for action in (1, 2):
        env = plyo.make("CubeCrash-v0").unwrapped
        env.reset(seed=0)
        for _ in range(200):
            observation = env.step(action)[0]
        assert observation.shape == (40, 32, 3)
        assert not (observation[:35] > 0).any()
