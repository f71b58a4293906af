"""Checks of pictures and frame rates, for :mod:`plyo.utils.passive_env_checker`."""

from __future__ import annotations

from typing import Any

import numpy as np

from plyo import logger


def is_number(value: object) -> bool:
    """Whether a value is an integer or a float of Python or NumPy; a bool is not."""
    return np.issubdtype(type(value), np.integer) or np.issubdtype(type(value), np.floating)


def check_render_return(render_mode: str, render_return: Any) -> None:
    """Warns if a picture does not fit the render mode."""
    kind = type(render_return)
    if render_mode == "human":
        if render_return is not None:
            logger.warn(f"Human rendering should return `None`, got {kind}")
    elif render_mode == "rgb_array":
        if not isinstance(render_return, np.ndarray):
            logger.warn(f"RGB-array rendering should return a numpy array, got {kind}")
            return
        prefix = "RGB-array rendering should return a numpy array"
        if render_return.dtype != np.uint8:
            logger.warn(f"{prefix} with dtype uint8, got {render_return.dtype}")
        if render_return.ndim != 3:
            logger.warn(f"{prefix} with three axes, got {render_return.ndim}")
        elif render_return.shape[2] != 3:
            logger.warn(f"{prefix} in which the last axis has three dimensions, got {render_return.shape[2]}")
    elif render_mode == "depth_array":
        if not isinstance(render_return, np.ndarray):
            logger.warn(f"Depth-array rendering should return a numpy array, got {kind}")
        elif render_return.ndim != 2:
            logger.warn(
                f"Depth-array rendering should return a numpy array with two axes, got {render_return.ndim}"
            )
    elif render_mode in ("ansi", "ascii"):
        if not isinstance(render_return, str):
            logger.warn(f"ANSI/ASCII rendering should produce a string, got {kind}")
    elif render_mode.endswith("_list"):
        if not isinstance(render_return, list):
            logger.warn(f"Render mode `{render_mode}` should produce a list, got {kind}")
            return
        for picture in render_return:
            check_render_return(render_mode.removesuffix("_list"), picture)


def check_render_fps(render_fps: Any) -> None:
    """Checks the frame rate of an environment that can be rendered."""
    if render_fps is None:
        logger.warn(
            "No render fps was declared in the environment (env.metadata['render_fps'] is None or not "
            "defined), rendering may occur at inconsistent fps."
        )
    elif not is_number(render_fps):
        logger.warn(
            "Expects the `env.metadata['render_fps']` to be an integer or a float, "
            f"actual type: {type(render_fps)}"
        )
    else:
        assert render_fps > 0, (
            f"Expects the `env.metadata['render_fps']` to be greater than zero, actual value: {render_fps}"
        )
