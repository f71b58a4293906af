"""MemorizeDigits: pictures of digits, to be named."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from plain_models import assert_same_episodes

import plyo


def shown(picture: Any, env: Any) -> Any:
    """The part of a picture that the digit takes."""
    y, x = env.unwrapped.digit_y, env.unwrapped.digit_x
    return picture[y - 3 : y + 3, x - 3 : x + 3]


@cache
def digits() -> dict[int, Any]:
    """The shapes of the digits."""
    env = plyo.make("MemorizeDigits-v0")
    shapes: dict[int, Any] = {}
    picture, _ = env.reset(seed=0)
    while len(shapes) < 10:
        shapes[env.unwrapped.digit] = shown(picture, env)
        picture, _, terminated, _, _ = env.step(0)
        if terminated:
            picture, _ = env.reset()
    return shapes


def test_rules() -> None:
    """24×32×3, Discrete(10), reward +1 if action == shown digit else -1, done with prob 1/5 after 20 steps; fixed
    position per episode: x in [6, 24), y in [4, 16). The end is drawn before the next digit."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        return rng.integers(10, size=count).tolist()

    assert_same_episodes("MemorizeDigits-v0", actions, 120)


def test_digits_can_be_told_apart() -> None:
    shapes = digits()
    assert {s.shape for s in shapes.values()} == {(6, 6, 3)}
    assert len({s.tobytes() for s in shapes.values()}) == 10
    for shape in shapes.values():
        assert set(np.unique(shape).tolist()) == {0, 255}
        assert (shape == shape[:, :, :1]).all()


def test_who_can_read_earns_the_maximum() -> None:
    env = plyo.make("MemorizeDigits-v0")
    names = {shape.tobytes(): digit for digit, shape in digits().items()}
    lengths = []
    for seed in range(200):
        picture, _ = env.reset(seed=seed)
        total, length, terminated = 0, 0, False
        while not terminated:
            picture, reward, terminated, _, _ = env.step(names[shown(picture, env).tobytes()])
            total, length = total + reward, length + 1
        assert total == length >= 20
        lengths.append(length)
    # 19 safe steps and five more on average: the threshold of 20 asks for nearly all
    assert 23 < np.mean(lengths) < 25
