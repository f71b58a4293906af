"""The actions of the joystick: their keys, and the one that a direction and the button stand for."""

from __future__ import annotations

from plyo.envs.atari.facts import ACTIONS

_KEYS = {"UP": "w", "DOWN": "s", "LEFT": "a", "RIGHT": "d", "FIRE": " "}


def keys_of(action: str) -> tuple[str, ...]:
    """The keys that are pressed for an action: w, a, s and d for the directions, space for FIRE, e for none.

    Args:
        action: Its name in :data:`~plyo.envs.atari.facts.ACTIONS`.
    """
    # of a diagonal the vertical part is named first
    return tuple(key for part, key in _KEYS.items() if part in action) or ("e",)


def action_of(left_center_right: int, down_center_up: int, fire: bool) -> int:
    """The number of an action.

    Args:
        left_center_right: -1 for left, 1 for right, else 0.
        down_center_up: -1 for down, 1 for up, else 0.
        fire: Whether the button is pressed.

    Raises:
        LookupError: A direction is none of these.
    """
    if left_center_right not in (-1, 0, 1) or down_center_up not in (-1, 0, 1):
        raise LookupError(
            f"a direction must be -1, 0 or 1, got left_center_right={left_center_right!r} and "
            f"down_center_up={down_center_up!r}"
        )
    vertical = ("", "UP", "DOWN")[down_center_up]
    horizontal = ("", "RIGHT", "LEFT")[left_center_right]
    return ACTIONS.index(f"{vertical}{horizontal}{'FIRE' if fire else ''}" or "NOOP")
