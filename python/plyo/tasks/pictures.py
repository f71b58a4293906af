"""The arguments about pictures that single environments and batches of native tasks share."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo import error
from plyo.basics.canvases import MAX_SIDE, check_size
from plyo.basics.integers import check_integer, is_integer

#: The defaults of ``observation="pixels"``: size is (height, width).
PIXEL_DEFAULTS: dict[str, Any] = {"size": (84, 84), "gray": True, "stack": 4, "channels": "first"}

_STYLES = ("gym", "smooth")
_MAX_STACK = 64
#: The greatest width of a grid without a given size, in pixels.
_GRID_WIDTH = 1280


def check_style(render_style: str) -> str:
    """The name of a drawing style, checked.

    Raises:
        ValueError: It is neither ``"gym"`` nor ``"smooth"``.
    """
    if render_style not in _STYLES:
        raise ValueError(f"render_style must be 'gym' or 'smooth', got {render_style!r}")
    return render_style


def check_mode(env: Any, mode: str | None) -> None:
    """Raises unless an environment or batch supports a render mode.

    Raises:
        NotImplementedError: It cannot.
    """
    modes = env.metadata["render_modes"]
    if mode not in ("rgb_array", "ansi", "state_pixels") or mode not in modes:
        raise NotImplementedError(
            f"{type(env).__name__} does not render {mode!r} by itself; its render modes are {modes}, and "
            "make() adds windows and lists"
        )


def observed_pictures(env: Any) -> npt.NDArray[np.uint8]:
    """What the environments of a task that observes pictures observe now, whatever their last step returned.

    Args:
        env: A single environment or a batch.

    Returns:
        A fresh uint8 array of shape ``(n, height, width, 3)``.

    Raises:
        NotImplementedError: The pictures that it observes are others, by ``observation="pixels"``.
        plyo.error.ResetNeeded: An environment was never reset.
    """
    if env._arguments["observation"] != "state":
        raise NotImplementedError(
            "render_mode='state_pixels' renders the task's own observation; with observation='pixels' step() "
            "returns the pictures"
        )
    pictures: npt.NDArray[np.uint8] = env._engine.observe()
    for lane in range(len(pictures)):
        if env._engine.elapsed_steps(lane) is None:
            raise error.ResetNeeded(
                f"Cannot render before calling reset(): environment {lane} has not been reset"
            )
    return pictures


def to_pixels(observation: str, render_style: str, **given: Any) -> dict[str, Any] | None:
    """The engine's argument for observed pictures: None without them.

    Args:
        observation: ``"state"`` or ``"pixels"``.
        render_style: ``"gym"`` or ``"smooth"``.
        **given: ``size``, ``gray``, ``stack`` and ``channels``, each None for its default.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: A value is out of its range, or given although the state is observed.
    """
    check_style(render_style)
    if observation not in ("state", "pixels"):
        raise ValueError(f"observation must be 'state' or 'pixels', got {observation!r}")
    chosen = {name: value for name, value in given.items() if value is not None}
    if observation == "state":
        for name, value in chosen.items():
            raise ValueError(f"{name}={value!r} is for observation='pixels', this is observation='state'")
        return None
    pixels = PIXEL_DEFAULTS | chosen
    pixels["size"] = check_size(pixels["size"])
    if not isinstance(pixels["gray"], bool):
        raise TypeError(f"gray must be True or False, got {pixels['gray']!r}")
    if pixels["channels"] not in ("first", "last"):
        raise ValueError(f"channels must be 'first' or 'last', got {pixels['channels']!r}")
    pixels["stack"] = check_integer("stack", pixels["stack"], 1, _MAX_STACK)
    return pixels | {"style": render_style}


def stack_bytes(pixels: dict[str, Any] | None) -> int:
    """The picture arguments that an environment keeps, from the result of :func:`to_pixels`."""
    if pixels is None or pixels["stack"] == 1:
        return 0
    height, width = pixels["size"]
    return int(height * width * pixels["stack"] * (1 if pixels["gray"] else 3))


def to_ids(ids: Iterable[int] | None, num_envs: int) -> list[int]:
    """The environments to draw; None for all.

    Raises:
        TypeError: They are not integers.
        ValueError: The list is empty.
        IndexError: There is no such environment.
    """
    if ids is None:
        return list(range(num_envs))
    return check_lanes("ids", ids, num_envs)


def check_lanes(name: str, lanes: Any, num_envs: int) -> list[int]:
    """The numbers of some environments, checked.

    Args:
        name: The name in errors.
        lanes: The numbers.
        num_envs: The size of the batch.

    Raises:
        TypeError: They are not integers.
        ValueError: The list is empty.
        IndexError: There is no such environment.
    """
    given = list(lanes) if isinstance(lanes, Iterable) else None
    if given is None or not all(map(is_integer, given)):
        is_mask = given is not None and all(isinstance(lane, bool | np.bool_) for lane in given)
        advice = ": of a mask, numpy.flatnonzero(mask) are the numbers" if is_mask and given else ""
        raise TypeError(f"{name} must be a list of environments by number, got {lanes!r}{advice}")
    chosen = [int(lane) for lane in given]
    if not chosen:
        raise ValueError(f"{name} must name at least one environment, got none")
    for lane in chosen:
        if not 0 <= lane < num_envs:
            raise IndexError(
                f"environment {lane} is out of range: the batch has environments 0 to {num_envs - 1}"
            )
    return chosen


def grid_layout(
    number: int, columns: int | None, size: Any, gap: int, own_size: tuple[int, int]
) -> tuple[int, tuple[int, int], int]:
    """The columns, the size of a picture and the gap of a grid of so many pictures.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: A value is out of its range, or the whole picture would be too large.
    """
    wide = isqrt(number - 1) + 1 if columns is None else check_integer("columns", columns, 1, MAX_SIDE)
    wide = min(wide, number)
    space = check_integer("gap", gap, 0, MAX_SIDE)
    if size is None:
        # as large as the task's own picture, or as fits
        shrunk = min(1.0, (_GRID_WIDTH / wide) / own_size[1])
        height, width = (max(1, round(side * shrunk)) for side in own_size)
    else:
        height, width = check_size(size)
    for side, count in ((height, ceil(number / wide)), (width, wide)):
        if count * (side + space) - space > MAX_SIDE:
            raise ValueError(
                f"a grid of {number} pictures of {height} x {width} pixels in {wide} columns is more than "
                f"{MAX_SIDE} pixels high or wide; ask for a smaller size or fewer environments"
            )
    return wide, (height, width), space
