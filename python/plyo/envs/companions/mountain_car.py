"""The keys for playing MountainCar."""

from __future__ import annotations

from typing import Any

__all__: list[str] = []

_RIGHT, _LEFT = 1073741903, 1073741904  # pygame.K_RIGHT and pygame.K_LEFT, without pygame


def get_keys_to_action(self: Any) -> dict[tuple[int, ...], int]:
    """The actions by the codes of pygame's keys: the arrows push, none or both leave the car alone."""
    return {(): 1, (_LEFT,): 0, (_RIGHT,): 2, (_RIGHT, _LEFT): 1}


MEMBERS = {"get_keys_to_action": get_keys_to_action}
