"""Checks of the arguments of ``reset`` that all batches share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import array_view
from plyo.error import Error


def spread_seeds(
    seed: int | Sequence[int | None] | npt.NDArray[np.integer[Any]] | None, num_envs: int
) -> Sequence[int | None]:
    """The seed of every environment: ``seed + i`` for an integer. NumPy's integers become Python's.

    Raises:
        ValueError: There are more or fewer seeds than environments.
        plyo.error.Error: An array of seeds does not hold integers, or has several dimensions.
    """
    if isinstance(seed, np.ndarray):
        if seed.dtype.kind not in "iuO":
            raise Error(
                f"Seeds in an array must be integers, actual dtype: {seed.dtype}. "
                "Pass an array of integers, a list, one integer or None."
            )
        if seed.ndim > 1:
            raise Error(f"Seeds in an array must have one dimension, actual shape: {seed.shape}.")
        seed = seed.tolist()
    if seed is None:
        return [None] * num_envs
    if isinstance(seed, (int, np.integer)):
        return [int(seed) + i for i in range(num_envs)]
    if len(seed) != num_envs:
        raise ValueError(
            "If seeds are passed as a list the length must match "
            f"num_envs={num_envs} but got length={len(seed)}."
        )
    return [int(each) if isinstance(each, np.integer) else each for each in seed]


def split_mask(
    options: Mapping[str, Any] | None, num_envs: int
) -> tuple[npt.NDArray[np.bool_] | None, dict[str, Any] | None]:
    """Takes the reset mask out of a copy of the options; those given stay as they are.

    Returns:
        The mask, bool of shape ``(num_envs,)`` or None; the options for the environments.

    Raises:
        TypeError, ValueError: The mask is not such an array.
    """
    if options is None or "reset_mask" not in options:
        return None, options  # type: ignore[return-value]
    rest = {key: value for key, value in options.items() if key != "reset_mask"}
    mask = to_mask(options["reset_mask"])
    check_mask(mask, num_envs)
    return mask, rest


def lanes_to_reset(options: Mapping[str, Any] | None, num_envs: int) -> npt.NDArray[np.bool_]:
    """Whether a reset with these options begins an episode, for each environment: all of them without a mask.

    Raises:
        TypeError, ValueError: The mask is not a bool array of shape ``(num_envs,)`` with a True in it.
    """
    mask, _ = split_mask(options, num_envs)
    return np.ones(num_envs, dtype=np.bool_) if mask is None else mask


def to_mask(mask: Any) -> Any:
    """A mask of another library (torch, JAX) as a NumPy array on the same memory; anything else as it is.

    Raises:
        TypeError: It is on another device.
    """
    if isinstance(mask, np.ndarray) or not hasattr(mask, "__dlpack__"):
        return mask
    try:
        view = array_view(mask)
    except TypeError as e:
        raise TypeError(f"`options['reset_mask']` must be a numpy array, {e}") from None
    return mask if view is None else view


def check_mask(mask: Any, num_envs: int) -> None:
    """Raises for a value that is not a mask, in Gymnasium's words."""
    if not isinstance(mask, np.ndarray):
        raise TypeError(f"`options['reset_mask']` must be a numpy array, got {type(mask)}")
    if mask.shape != (num_envs,):
        raise ValueError(f"`options['reset_mask']` must have shape `({num_envs},)`, got {mask.shape}")
    if mask.dtype != np.bool_:
        raise TypeError(f"`options['reset_mask']` must have `dtype=np.bool_`, got {mask.dtype}")
    if not mask.any():
        raise ValueError(
            "`options['reset_mask']` must contain a boolean array with at least one True value, got "
            f"reset_mask={mask}"
        )
