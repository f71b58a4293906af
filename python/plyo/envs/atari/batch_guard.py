"""Checks that only batches need, beside those of :mod:`plyo.envs.atari.guard`; the library is called after them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import RunningGames, plain_actions
from plyo.basics.integers import check_integer, is_integer
from plyo.envs.atari import guard

#: The most frames of an episode: the library counts them in 31 bits, and one further.
MAX_FRAMES = guard.MOST - 1

_FLAGS = (
    "full_action_space",
    "continuous",
    "grayscale",
    "maxpool",
    "life_loss_info",
    "reward_clipping",
    "use_fire_reset",
)
_COUNTS = ("img_height", "img_width", "stack_num", "noop_max", "num_threads", "thread_affinity_offset")


def check_choice(name: str, value: Any, legal: Sequence[Any]) -> None:
    """Raises ValueError for a value that is not among the legal ones; a number is not taken for True or False."""
    if not any(type(value) is type(each) and value == each for each in legal):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, legal))}, got {value!r:.80}")


def check_values(game: str, values: dict[str, Any]) -> None:
    """Checks the arguments of a batch by their names in ``batch_options.DEFAULTS``; numbers become Python's.

    Raises:
        TypeError, ValueError, plyo.error.Error: A value is of the wrong type or out of its range.
    """
    for name in _FLAGS:
        values[name] = guard.check_flag(name, values[name])
    for name in _COUNTS:
        values[name] = guard.check_count(name, values[name])
    if values["num_workers"] is not None:
        values["num_workers"] = guard.check_count("num_workers", values["num_workers"])
    frames = values["max_num_frames_per_episode"]
    values["max_num_frames_per_episode"] = check_integer("max_num_frames_per_episode", frames, 1, MAX_FRAMES)
    if values["max_episode_steps"] is not None:
        steps = values["max_episode_steps"]
        values["max_episode_steps"] = check_integer("max_episode_steps", steps, 1, MAX_FRAMES, " or None")
    values["frameskip"] = _check_frameskip(values["frameskip"])
    for name in ("repeat_action_probability", "continuous_action_threshold"):
        values[name] = guard.check_fraction(name, values[name])
    if isinstance(values["episodic_life"], np.bool_):
        values["episodic_life"] = bool(values["episodic_life"])
    check_choice("episodic_life", values["episodic_life"], (False, True, "continue"))
    check_choice("engine", values["engine"], (None, "threads", "lanes"))
    check_choice("parity", values["parity"], (None, "gymnasium"))
    if values["render_mode"] == "human":
        raise ValueError(
            "render_mode='human': a batch opens no windows. Take render_mode='rgb_array' and show the pictures of "
            "envs.render(), or play one game in a window: plyo.make(id, render_mode='human')"
        )
    check_choice("render_mode", values["render_mode"], (None, "rgb_array"))
    if values["obs_type"] is not None:
        guard.check_obs_type(values["obs_type"])
    values["mode"] = guard.check_mode(game, values["mode"])
    values["difficulty"] = guard.check_difficulty(game, values["difficulty"])
    if values["fire_after_life_loss"] is not None:
        name = "fire_after_life_loss"
        values[name] = guard.check_flag(name, values[name])


def _check_frameskip(value: Any) -> int | tuple[int, int]:
    """The frames of a step; a list, which JSON makes of a tuple, is one too."""
    frameskip = guard.check_frameskip(tuple(value) if isinstance(value, list) else value)
    if isinstance(frameskip, int):
        return guard.check_count("frameskip", frameskip)
    guard.check_count("frameskip", frameskip[1] - 1)
    return frameskip


def check_batch_size(batch_size: Any, num_envs: int) -> None:
    """Raises for a size of partial batches: all environments of a batch step together."""
    if check_integer("batch_size", batch_size, 0, num_envs) not in (0, num_envs):
        raise ValueError(
            f"batch_size must be 0 or num_envs={num_envs}, got {batch_size}: all environments step together in step(). "
            'For some of them there is step_lanes(actions, ids) with engine="lanes", and send() and recv() have '
            "plyo.adapters.envpool"
        )


def check_screen_size(value: Any) -> tuple[Any, Any]:
    """The width and height of ``screen_size``, one integer or a pair of them, in Gymnasium's order."""
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return value[0], value[1]
    if is_integer(value):
        return value, value
    raise TypeError(f"screen_size must be an integer or (width, height), got {value!r:.80}")


def check_seeds(seed: Any, lanes: Sequence[int], num_envs: int, is_native: bool) -> list[int | None]:
    """The seeds of the environments that a reset begins anew: ``seed + i`` for environment i.

    Args:
        seed: An integer, a list or array of one for each environment of the batch, or None.
        lanes: The environments that are reset.
        num_envs: The number of environments of the batch.
        is_native: Whether the library itself gets them.

    Raises:
        plyo.error.Error: A seed is negative or no integer.
        ValueError: There are more or fewer seeds than environments, or one is too great.
    """
    if seed is None:
        return [None] * len(lanes)
    if isinstance(seed, np.ndarray) and seed.ndim == 1:
        seed = seed.tolist()
    if isinstance(seed, (list, tuple)):
        if len(seed) != num_envs:
            raise ValueError(
                f"a list of seeds must have one for each of the {num_envs} environments, got {len(seed)}"
            )
        every = list(seed)
    else:
        guard.seed_words(seed)
        every = [int(seed) + lane for lane in range(num_envs)]
    chosen: list[int | None] = [None] * num_envs
    for lane in lanes:
        if every[lane] is not None:
            guard.seed_words(every[lane], lane)
            chosen[lane] = int(every[lane])
    if is_native:
        guard.check_native_seeds(chosen)
    return [chosen[lane] for lane in lanes]


def draw_seed() -> int:
    """A seed from the operating system."""
    return secrets.randbelow(guard.MOST + 1)


def check_discrete(actions: Any, num_envs: int, count: int, games: RunningGames) -> list[int]:
    """The discrete actions of a batch as a list; those of environments that are to be reset do not count."""
    numbers: list[int] | None = plain_actions(actions, num_envs, count)
    if numbers is not None:
        return numbers
    array = np.asarray(actions)
    if games.has_ended and array.shape == (num_envs,) and array.dtype.kind in "iu":
        actions = np.where(games.ended, 0, array)
    return guard.check_actions(actions, num_envs, count)


def check_continuous(actions: Any, num_envs: int, ignored: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The continuous actions of a batch; those of ``ignored`` environments do not count and become 0."""
    array = np.asarray(actions)
    if ignored.any() and array.shape == (num_envs, 3) and array.dtype.kind in "fiu":
        array = np.where(ignored[:, None], 0, array)
    return guard.check_motions(array, num_envs)


def check_reset_options(options: Any) -> None:
    """Raises for options of a reset other than the mask; TypeError if they are no dictionary."""
    guard.check_options(options)
    if options is None:
        return
    others = [key for key in options if key != "reset_mask"]
    if others:
        raise ValueError(
            f"options of an Atari batch have 'reset_mask' only, got {', '.join(map(repr, others))}"
        )
