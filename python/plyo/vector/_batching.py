"""Functions that batches of single environments share: spaces and modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plyo.core import Env
from plyo.spaces import Space
from plyo.vector.utils import batch_differing_spaces, batch_space
from plyo.vector.vector_env import AutoresetMode

ObservationMode = str | tuple[Space[Any], Space[Any]]


def to_autoreset_mode(mode: str | AutoresetMode) -> AutoresetMode:
    """The mode of this value or name (``"SameStep"`` or ``"same_step"``), or of Gymnasium's enum.

    Raises:
        ValueError: There is no such mode.
    """
    value = getattr(mode, "value", mode)
    for known in AutoresetMode:
        if value in (known.value, known.name.lower()):
            return known
    return AutoresetMode(mode)  # raises that there is no such mode


def check_autoreset_mode(mode: str | AutoresetMode) -> AutoresetMode:
    """As :func:`to_autoreset_mode`, with an error that lists the modes; that one has Gymnasium's words.

    Raises:
        ValueError: There is no such mode.
    """
    try:
        return to_autoreset_mode(mode)
    except ValueError:
        raise ValueError(
            f"autoreset_mode must be 'next_step', 'same_step' or 'disabled', got {mode!r}"
        ) from None


def choose_observation_spaces(
    mode: ObservationMode, first: Space[Any], all_spaces: Callable[[], Sequence[Space[Any]]], num_envs: int
) -> tuple[Space[Any], Space[Any]]:
    """The observation space of the batch, and that of a single environment.

    Args:
        mode: ``"same"``, ``"different"`` or the pair itself.
        first: The observation space of the first environment.
        all_spaces: Returns those of all environments.
        num_envs: The number of environments.

    Raises:
        TypeError: The pair does not consist of spaces.
        ValueError: There is no such mode.
    """
    if isinstance(mode, tuple) and len(mode) == 2:
        if not isinstance(mode[0], Space) or not isinstance(mode[1], Space):
            raise TypeError(
                "Expected both elements of observation_mode to be Spaces, "
                f"got {type(mode[0])} and {type(mode[1])}"
            )
        return mode
    if mode == "same":
        return batch_space(first, num_envs), first
    if mode == "different":
        differing = all_spaces()
        return batch_differing_spaces(list(differing)), differing[0]
    raise ValueError(
        "Invalid `observation_mode`, expected: 'same' or 'different' or tuple of single and batch "
        f"observation space, actual got {mode}"
    )


def spread_values(values: Any, num_envs: int) -> Sequence[Any]:
    """The value of an attribute for every environment: a list or tuple has one for each.

    Raises:
        ValueError: There are more or fewer values than environments.
    """
    if not isinstance(values, (list, tuple)):
        return [values] * num_envs
    if len(values) != num_envs:
        raise ValueError(
            "Values must be a list or tuple with length equal to the number of environments. "
            f"Got `{len(values)}` values for {num_envs} environments."
        )
    return values


def batch_metadata(env: Env[Any, Any], mode: AutoresetMode) -> dict[str, Any]:
    """A copy of the metadata of an environment that names the mode too."""
    return {**env.metadata, "autoreset_mode": mode}
