"""Functions of the spaces that are made of other spaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from plyo.basics.integers import is_seed
from plyo.spaces._batching import concatenate, create_empty_array, iterate
from plyo.spaces.space import Space, check_only_one

_LARGEST_SEED = np.iinfo(np.int32).max


def check_parts(parts: Iterable[object]) -> None:
    """Raises ``TypeError`` if one of the parts of a space is not a space."""
    for part in parts:
        if not isinstance(part, Space):
            raise TypeError(f"{part} does not inherit from `plyo.Space`. Actual Type: {type(part)}")


def part_seeds(space: Space[Any], count: int) -> list[int]:
    """Draws the seeds of ``count`` parts of a space from the generator of the space."""
    seeds: list[int] = space.np_random.integers(_LARGEST_SEED, size=count).tolist()
    return seeds


def seed_with_parts(
    space: Space[Any], parts: Sequence[Space[Any]], seed: int | Sequence[Any] | None
) -> tuple[Any, ...]:
    """Restarts the sampler of a space and those of its parts.

    Args:
        space: The space, whose own sampler is that of the base class.
        parts: Its parts.
        seed: ``None``, an integer from which the seeds of the parts are drawn, or a seed for the
            space and one for each of the parts.

    Returns:
        The seed of the space, then those of the parts.
    """
    if seed is None:
        seed = (None,) * (1 + len(parts))
    elif is_seed(seed):
        Space.seed(space, seed)
        seed = (seed, *part_seeds(space, len(parts)))
    # Seeded once more, so that an integer and its tuple of seeds lead to the same samples.
    own = Space.seed(space, seed[0])
    return own, *(part.seed(part_seed) for part, part_seed in zip(parts, seed[1:], strict=True))


def sampling_argument(mask: Any, probability: Any) -> tuple[str, Any]:
    """The name and the value of the given one of two arguments of ``sample``.

    Args:
        mask: The argument of this name.
        probability: The argument of this name.

    Returns:
        ``("mask", mask)`` or ``("probability", probability)``.

    Raises:
        ValueError: Both were given.
    """
    check_only_one(mask, probability)
    return ("mask", mask) if probability is None else ("probability", probability)


def sample_part(part: Space[Any], name: str, argument: Any) -> Any:
    """Draws an element of a part, with the argument called ``name`` unless that is ``None``."""
    return part.sample() if argument is None else part.sample(**{name: argument})


def items_of(batch_space: Any, batch: Any) -> list[Any] | None:
    """The elements of a batch, ``None`` if it is not a batch."""
    try:
        return list(iterate(batch_space, batch))
    except Exception:  # of any kind: an object that cannot be iterated over is not a batch
        return None


def stack_elements(space: Space[Any], elements: Iterable[Any]) -> Any:
    """Joins elements of a space in the form of a batch."""
    elements = list(elements)
    out = create_empty_array(space, n=len(elements))
    return concatenate(space, elements, out)
