"""Keys for tasks that define none themselves."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import typer

from plyo.spaces import Box, Discrete, Tuple
from plyo.tasks.descriptions import description_of
from plyo.tasks.task_env import NativeEnv

#: A combination of keys that are held down together; keys are characters or "left", "right", "up", "down".
Keys = frozenset[str]

#: The keys of a direction.
_DIRECTIONS = {"left": "a", "right": "d", "up": "w", "down": "s"}
#: Words for directions in the names of actions.
_WORDS = {
    "left": "left",
    "west": "left",
    "back": "left",
    "right": "right",
    "east": "right",
    "forward": "right",
    "up": "up",
    "north": "up",
    "down": "down",
    "south": "down",
}
#: The arrows by the codes of pygame 2.
_ARROWS = {1073741903: "right", 1073741904: "left", 1073741905: "down", 1073741906: "up"}
_MOST_DIGITS = 10
_MOST_AXES = 2


class KeyMap:
    """The keys of a task.

    Attributes:
        actions: The action of each combination of keys.
        idle: The action while no key is held down; None for a task that waits for a key.
        help: The meaning of the keys, in one line.
    """

    def __init__(self, actions: dict[Keys, Any], idle: Any, help: str) -> None:
        self.actions, self.idle, self.help = actions, idle, help

    def of_key(self, key: str) -> Any:
        """The action of a single key, the idle one for a space without its own; None for no action."""
        return self.actions.get(frozenset([key]), self.idle if key == " " else None)


class DigitMap(KeyMap):
    """The keys of a Tuple of choices: a digit for each, one after the other; any other key begins anew."""

    def __init__(self, starts: list[int], sizes: list[int], help: str) -> None:
        super().__init__({}, None, help)
        self._starts, self._sizes = starts, sizes
        self._typed: list[int] = []

    def of_key(self, key: str) -> Any:
        """The action that a digit completes; None before that."""
        place = len(self._typed)
        if len(key) != 1 or key not in "0123456789"[: self._sizes[place]]:
            self._typed = []
            return None
        self._typed.append(self._starts[place] + int(key))
        if place + 1 < len(self._sizes):
            return None
        action, self._typed = tuple(self._typed), []
        return action


def has_own_keys(env: Any) -> bool:
    """Whether an environment says which keys it is played with; native tasks have more keys than they say."""
    return env.has_wrapper_attr("get_keys_to_action") and not isinstance(env.unwrapped, NativeEnv)


def find_keys(env: Any, task: str) -> KeyMap:
    """The keys of an environment.

    Raises:
        typer.BadParameter: The environment cannot be played with keys.
    """
    if has_own_keys(env):
        own = env.get_wrapper_attr("get_keys_to_action")()
        return _keys_of_joystick(env, own) if _has_joystick(env) else _own_keys(own)
    space = env.action_space
    if isinstance(space, Discrete) and space.n <= _MOST_DIGITS:
        return _keys_of_choices(space, _action_names(env, int(space.n)))
    if isinstance(space, Box) and len(space.shape) == 1 and 1 <= space.shape[0] <= _MOST_AXES:
        return _keys_of_axes(space)
    if isinstance(space, Tuple) and space.spaces:
        parts = [part for part in space.spaces if isinstance(part, Discrete) and part.n <= _MOST_DIGITS]
        if len(parts) == len(space.spaces):
            return _digits_of_parts(env, parts)
    raise typer.BadParameter(
        f"{task} cannot be played with keys: its actions are {space}; there are keys for a Discrete of at most "
        f"{_MOST_DIGITS} actions, for a Tuple of these, for a Box of one or two numbers, and where the environment has "
        "get_keys_to_action"
    )


def _has_joystick(env: Any) -> bool:
    """Whether an environment has the actions of a joystick and a button, as a game of Atari."""
    return (
        env.has_wrapper_attr("get_action_meanings")
        and "NOOP" in env.get_wrapper_attr("get_action_meanings")()
    )


def _keys_of_joystick(env: Any, own: dict[Any, Any]) -> KeyMap:
    """The keys of a joystick: those of the environment, and the arrows for the directions; without a key nothing."""
    arrows = {letter: direction for direction, letter in _DIRECTIONS.items()}
    names = env.get_wrapper_attr("get_action_meanings")()
    actions, texts = {}, []
    for keys, action in own.items():
        actions[frozenset(keys)] = actions[frozenset(arrows.get(key, key) for key in keys)] = action
        if len(keys) == 1:
            key = {" ": "space"}.get(keys[0], keys[0])
            texts.append(f"{'/'.join([key, *filter(None, [arrows.get(key)])])}: {names[action]}")
    return KeyMap(actions, names.index("NOOP"), "  ".join(texts))


def _own_keys(own: dict[Any, Any]) -> KeyMap:
    """The keys that an environment defines; the empty combination is the action for no key."""
    actions, idle, texts = {}, None, []
    for keys, action in own.items():
        names = [
            _ARROWS.get(key, "") or chr(key) if isinstance(key, int) else key
            for key in ((keys,) if isinstance(keys, int) else keys)
        ]
        if not names:
            idle = action
            continue
        actions[frozenset(names)] = action
        texts.append(f"{'+'.join(names)}: {action}")
    return KeyMap(actions, idle, "  ".join(texts))


def _action_names(env: Any, number: int) -> list[str]:
    """The names of the actions; empty strings for a task without names."""
    names: list[str] = []
    if isinstance(env.unwrapped, NativeEnv):
        names = description_of(env.unwrapped.task)["action"]["names"]
    return names if len(names) == number else [""] * number


def _keys_of_choices(space: Discrete, names: list[str]) -> KeyMap:
    """Digits for all actions, and arrows and letters for those whose names are directions."""
    actions: dict[Keys, Any] = {}
    idle = None
    texts = []
    directions = _directions(names)
    for i, name in enumerate(names):
        action = int(space.start) + i
        keys = [str(i)]
        direction = directions.get(i)
        if direction is not None:
            keys += [_DIRECTIONS[direction], direction]
        elif idle is None and re.match(r"(do not|do nothing|no)\b", name):
            idle = action
        for key in keys:
            actions[frozenset([key])] = action
        texts.append("/".join(keys) + (f": {name}" if name else f": action {action}"))
    if idle is not None:
        texts.append("space: as without a key")
    return KeyMap(actions, idle, "  ".join(texts))


def _digits_of_parts(env: Any, parts: list[Discrete]) -> DigitMap:
    """A digit for each part, and the meaning."""
    described: list[Any] = [{"name": "", "names": []}] * len(parts)
    if isinstance(env.unwrapped, NativeEnv):
        described = description_of(env.unwrapped.task)["action"]["parts"]
    texts = []
    for i, (part, facts) in enumerate(zip(parts, described, strict=True)):
        names = [f"{digit} {name}" for digit, name in enumerate(facts["names"])]
        choices = ", ".join(names) or f"0 to {part.n - 1}"
        texts.append(f"{facts['name'] or f'part {i}'} ({choices})")
    help = f"{len(parts)} digits: {', then '.join(texts)}"
    return DigitMap([int(part.start) for part in parts], [int(part.n) for part in parts], help)


def _directions(names: list[str]) -> dict[int, str]:
    """The actions that are directions, by number; two actions without names, and three torques, in their order."""
    found: dict[int, str] = {}
    for i, name in enumerate(names):
        words = [_WORDS[word] for word in re.findall(r"[a-z]+", name.lower()) if word in _WORDS]
        # "pick up" is not a direction
        if words and not name.startswith("pick") and words[0] not in found.values():
            found[i] = words[0]
    if not found and (
        (len(names) == 3 and "torque" in names[0]) or (len(names) in (2, 3) and not any(names))
    ):
        return {0: "left", len(names) - 1: "right"}
    return found


def _keys_of_axes(space: Box) -> KeyMap:
    """Left and right for the first number, down and up for the second; without keys the value nearest to 0."""
    low = np.where(np.isfinite(space.low), space.low, -1).astype(space.dtype)
    high = np.where(np.isfinite(space.high), space.high, 1).astype(space.dtype)
    idle = np.zeros(space.shape).clip(space.low, space.high).astype(space.dtype)
    axes = [("left", "right"), ("down", "up")][: space.shape[0]]
    actions: dict[Keys, Any] = {}
    for choice in product((0, 1, 2), repeat=len(axes)):  # of each axis: nothing, low, high
        pressed = [(axis, which) for axis, which in enumerate(choice) if which]
        if not pressed:
            continue
        action = idle.copy()
        for axis, which in pressed:
            action[axis] = (low, high)[which - 1][axis]
        names = [axes[axis][which - 1] for axis, which in pressed]
        for keys in product(*((name, _DIRECTIONS[name]) for name in names)):
            actions[frozenset(keys)] = action
    texts = [
        f"{_DIRECTIONS[name]}/{name}: {value:g}"
        for axis, pair in enumerate(axes)
        for name, value in zip(pair, (low[axis], high[axis]), strict=True)
    ]
    return KeyMap(actions, idle, "  ".join([*texts, "space: as without a key"]))
