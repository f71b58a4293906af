"""The spaces of a game; ale-py need not be installed for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from plyo.envs.atari.facts import WIDTH, facts_of
from plyo.spaces import Box, Dict, Discrete, Space

#: The bytes of sound of a frame.
SOUND_SIZE = 512
#: The bytes of the memory of the machine.
RAM_SIZE = 128


def actions_of(game: str, is_full: bool) -> tuple[int, ...]:
    """The actions of a game by their places in its space, as numbers of the emulator.

    Args:
        game: The game.
        is_full: Whether those that do nothing in it belong to them.
    """
    facts = facts_of(game)
    return facts.all_actions if is_full else facts.own_actions


def make_action_space(game: str, is_full: bool = False, is_continuous: bool = False) -> Space[Any]:
    """The action space: a choice, or (radius, angle in radians, fire) of a joystick."""
    if not is_continuous:
        return Discrete(len(actions_of(game, is_full)))
    low, high = np.array([[0, -np.pi, 0], [1, np.pi, 1]], dtype=np.float32)
    return Box(low, high, dtype=np.float32)


def make_observation_space(game: str, obs_type: str = "rgb", has_sound: bool = False) -> Space[Any]:
    """The observation space: a screen or the memory, uint8, with the sound of the last frame if asked for."""
    height = facts_of(game).height
    shapes = {"ram": (RAM_SIZE,), "grayscale": (height, WIDTH), "rgb": (height, WIDTH, 3)}
    image = Box(0, 255, shape=shapes[obs_type], dtype=np.uint8)
    if not has_sound:
        return image
    return Dict(image=image, sound=Box(0, 255, shape=(SOUND_SIZE,), dtype=np.uint8))
