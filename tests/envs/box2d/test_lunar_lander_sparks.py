"""The sparks of a lander's engines in its pictures, beside those that Gymnasium draws after every step."""

from __future__ import annotations

import copy
import os
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from box2d_parity import needs_reference_platform, random_pilot
from gymnasium.envs.box2d import lunar_lander as theirs

import plyo

pytest.importorskip("pygame")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

DISCRETE, CONTINUOUS = "LunarLander-v3", "LunarLanderContinuous-v3"
Picture = npt.NDArray[np.uint8]


def spark_pixels(picture: Picture) -> npt.NDArray[np.bool_]:
    """Which pixels show a spark: nothing else in a picture is red."""
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return (green == blue) & (red > green + 5)


def pilot_of(task_id: str, kind: str, seed: int) -> Any:
    if kind == "heuristic":
        return lambda env, observation, _: theirs.heuristic(env, observation)
    return random_pilot(gymnasium.make(task_id).action_space, seed, hold=1 if kind == "random" else 12)


def pairs_of_an_episode(task_id: str, kind: str, seed: int, **kwargs: Any) -> list[tuple[Picture, Picture]]:
    """Our pictures and Gymnasium's, after every step of an episode with the same bits."""
    ours = plyo.make(task_id, math="reference", render_mode="rgb_array", **kwargs)
    other = gymnasium.make(task_id, render_mode="rgb_array", disable_env_checker=True, **kwargs)
    pilot = pilot_of(task_id, kind, seed)
    ours.reset(seed=seed)
    observation, _ = other.reset(seed=seed)
    pairs = []
    for step in range(400):
        action = np.asarray(pilot(other.unwrapped, observation, step), other.action_space.dtype)
        action = int(action) if task_id == DISCRETE else action
        observation, _, terminated, _, _ = other.step(action)
        seen = ours.step(action)[0]
        assert seen.tobytes() == observation.tobytes(), step
        pairs.append((ours.render(), other.render()))
        if terminated:
            break
    other.close()
    return pairs


@needs_reference_platform
@pytest.mark.parametrize(
    ("task_id", "kind", "kwargs"),
    [
        (DISCRETE, "random", {}),
        (DISCRETE, "heuristic", {"enable_wind": True}),
        (DISCRETE, "held", {"gravity": -2.0}),
        (CONTINUOUS, "random", {}),
        (CONTINUOUS, "heuristic", {}),
    ],
)
def test_sparks_are_gymnasiums(task_id: str, kind: str, kwargs: dict[str, Any]) -> None:
    count = mine = equal = 0
    for seed in range(2):
        for ours, other in pairs_of_an_episode(task_id, kind, seed, **kwargs):
            expected, drawn = spark_pixels(other), spark_pixels(ours)
            count += expected.sum()
            mine += drawn.sum()
            equal += (expected & drawn & (ours == other).all(axis=-1)).sum()
    assert count > 4000
    # a spark that has bounced may be some millimetres off, of which 33 are a pixel
    assert equal > 0.995 * count
    assert abs(mine - count) < 0.005 * count


def burning(**kwargs: Any) -> Any:
    """An environment whose engines have fired in the last steps."""
    env = plyo.make(CONTINUOUS, render_mode="rgb_array", **kwargs)
    env.reset(seed=3)
    for step in range(40):
        env.step(np.array([0.6 * (-1) ** (step // 2), (-1) ** step], np.float32))
    assert spark_pixels(env.render()).sum() > 24
    return env


def test_sparks_age_by_steps_and_not_by_pictures() -> None:
    often, seldom = (plyo.make(DISCRETE, render_mode="rgb_array") for _ in range(2))
    often.reset(seed=1)
    seldom.reset(seed=1)
    for step in range(30):
        often.step(step % 4)
        seldom.step(step % 4)
        often.render()
        often.render()
    assert often.render().tobytes() == seldom.render().tobytes()


def test_sparks_fade_in_six_steps() -> None:
    env = plyo.make(DISCRETE, render_mode="rgb_array")
    env.reset(seed=1)
    assert not spark_pixels(env.render()).any()
    env.step(2)
    seen = []
    for _ in range(8):
        picture = env.render()
        seen.append(picture[spark_pixels(picture)])
        env.step(0)
    # the power of the engine, less 0.15 of the greatest a step
    left = [1 - 0.15 * age for age in range(1, 7)]
    expected = [[int(255 * max(0.2, part)) for part in (0.15 + x, x / 2, x / 2)] for x in left]
    assert [len(pixels) for pixels in seen] == [12] * 6 + [0] * 2
    for pixels, color in zip(seen, expected, strict=False):
        assert np.abs(pixels.astype(int) - color).max() <= 1  # 0.15 is no binary fraction


def test_a_snapshot_in_flight_has_the_same_picture() -> None:
    env = burning()
    copies = [copy.deepcopy(env), plyo.make(CONTINUOUS, render_mode="rgb_array")]
    copies[1].set_state(env.get_state())
    for step in range(8):
        pictures = [each.render().tobytes() for each in (env, *copies)]
        assert pictures == pictures[:1] * 3, step
        for each in (env, *copies):
            each.step(np.array([-1 + 0.3 * step, 0.6], np.float32))


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_a_new_episode_has_no_sparks(mode: str) -> None:
    envs = plyo.make_vec(DISCRETE, 3, autoreset_mode=mode, max_episode_steps=20)
    envs.reset(seed=0)
    for _ in range(20 if mode == "same_step" else 21):
        before = envs.render(ids=range(3))
        envs.step(np.full(3, 2))
    assert all(spark_pixels(picture).any() for picture in before)
    assert not any(spark_pixels(picture).any() for picture in envs.render(ids=range(3)))


def test_small_and_smooth_pictures_show_sparks() -> None:
    def redness(env: Any, size: tuple[int, int] | None) -> int:
        red, green, blue = np.moveaxis(env.render(size=size).astype(int), -1, 0)
        return int(np.minimum(red - green, red - blue).max())

    for style in ("gym", "smooth"):
        env = burning(render_style=style)
        for size in (None, (84, 84)):
            assert redness(env, size) > 10, (style, size)
        for _ in range(6):
            env.step(np.zeros(2, np.float32))
        for size in (None, (84, 84)):
            assert redness(env, size) == 0, (style, size)


def test_what_is_no_spark_is_refused() -> None:
    env = burning()
    engine = env.unwrapped._engine
    words = bytes(engine.state_words(0))
    # the end of a state: 12 sparks (place, velocity, power), their newest row, 6 numbers, 12 doubles
    newest = len(words) - 12 * 8 - 6 * 4 - 4
    spark = newest - 12 * 20
    engine.set_state_words(0, words)
    for offset, number in (
        (spark, np.float32(np.nan)),
        (spark + 12, np.float32(np.inf)),
        (spark + 16, np.float32(1.5)),
        (spark + 16, np.float32(-1)),
        (newest, np.uint32(6)),
    ):
        edited = bytearray(words)
        edited[offset : offset + 4] = number.tobytes()
        with pytest.raises(ValueError, match="LunarLander"):
            engine.set_state_words(0, bytes(edited))
    assert bytes(engine.state_words(0)) == words
