"""Batches of spaces and of their elements: the functions, with their defaults for all types of spaces.

Each type of space has its implementations in ``_batch_spaces.py`` and ``_batch_values.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as _PySequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import CustomSpaceError
from plyo.spaces._dispatch import space_dispatch
from plyo.spaces.space import Space


def no_space(function: str, space: object) -> TypeError:
    """The error of a function of this name for an argument that is not a space."""
    return TypeError(
        f"The space provided to `{function}` is not a plyo Space instance, type: {type(space)}, {space}"
    )


@space_dispatch("plyo.vector.utils.space_utils")
def batch_space(space: Space[Any], n: int = 1) -> Space[Any]:
    """The space of ``n`` elements of a space, stacked along a new first axis where they are arrays.

    Its sampler starts from a copy of the given space's generator and is independent afterwards.
    Implementations for spaces of your own can be added with ``@batch_space.register(MySpace)``.

    Args:
        space: The space of a single element.
        n: The number of elements in the batch.

    Returns:
        A :class:`~plyo.spaces.MultiDiscrete` for a discrete space, a :class:`~plyo.spaces.Box` for
        other arrays, a dictionary or tuple of batches for a dictionary or tuple, and for anything
        else a tuple of ``n`` copies with seeds drawn from a copy of the space's generator.

    Raises:
        TypeError: ``space`` is not a space.

    Example:
        >>> batch_space(Dict({"position": Box(0, 1, (3,)), "color": Discrete(4)}), n=2)
        Dict('color': MultiDiscrete([4 4]), 'position': Box(0.0, 1.0, (2, 3), float32))
    """
    raise no_space("batch_space", space)


@space_dispatch("plyo.vector.utils.space_utils")
def batch_differing_spaces(spaces: _PySequence[Space[Any]]) -> Space[Any]:
    """The space of batches with one element of each of several spaces of the same type.

    Its sampler starts from a copy of the first space's generator. Implementations for spaces of your
    own, which take a list of spaces, can be added with ``@batch_differing_spaces.register(MySpace)``.

    Args:
        spaces: The spaces, which can differ in bounds and counts, but not in shape.

    Returns:
        A space of the same kind as that of :func:`batch_space`.

    Raises:
        ValueError: There are no spaces, or their dtypes, shapes or keys differ.
        TypeError: Their types differ, or nothing is registered for their type.

    Example:
        >>> batch_differing_spaces([Discrete(3), Discrete(5), Discrete(4)])
        MultiDiscrete([3 5 4])
    """
    if len(spaces) == 0:
        raise ValueError("Expects a non-empty list of spaces")
    kind = type(spaces[0])
    if not all(isinstance(space, kind) for space in spaces):
        raise TypeError(
            f"Expects all spaces to be of the same type, actual types: {[type(space) for space in spaces]}"
        )
    if kind not in batch_differing_spaces.registry:
        raise TypeError(
            "Requires the Space type to have a registered `batch_differing_space`, "
            f"current list: {batch_differing_spaces.registry}"
        )
    return batch_differing_spaces.dispatch(kind)(spaces)


@space_dispatch("plyo.vector.utils.space_utils")
def iterate(space: Space[Any], items: Any) -> Iterator[Any]:
    """Iterates over the elements of a batch.

    Implementations for spaces of your own can be added with ``@iterate.register(MySpace)``.

    Args:
        space: The space of the batch, as :func:`batch_space` returns it.
        items: An element of it.

    Returns:
        An iterator; the arrays that it yields are views of those of the batch.

    Raises:
        TypeError: ``space`` is not a space, or a discrete one, or ``items`` cannot be iterated over.
        plyo.error.CustomSpaceError: Nothing is registered for this type of space.

    Example:
        >>> list(iterate(MultiDiscrete([3, 3]), np.array([2, 0])))
        [np.int64(2), np.int64(0)]
    """
    if isinstance(space, Space):
        raise CustomSpaceError(
            f"Space of type `{type(space)}` doesn't have an registered `iterate` function. "
            f"Register `{type(space)}` for `iterate` to support it."
        )
    raise no_space("iterate", space)


@space_dispatch("plyo.vector.utils.space_utils")
def concatenate(space: Space[Any], items: Iterable[Any], out: Any) -> Any:
    """Joins elements of a space to a batch.

    Implementations for spaces of your own can be added with ``@concatenate.register(MySpace)``.

    Args:
        space: The space of a single element.
        items: The elements.
        out: The arrays for the batch, as :func:`create_empty_array` makes them.

    Returns:
        The batch. Its arrays are those of ``out``; its tuples and dictionaries are new. Elements that
        are no arrays are put in a tuple.

    Raises:
        TypeError: ``space`` is not a space.
        ValueError: There are no elements, or they or ``out`` have other shapes than the space.

    Example:
        >>> concatenate(Discrete(3), [2, 0], out=np.zeros(2, np.int64))
        array([2, 0])
    """
    raise no_space("concatenate", space)


@space_dispatch("plyo.vector.utils.space_utils")
def create_empty_array(space: Space[Any], n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros) -> Any:
    """Makes the arrays that :func:`concatenate` writes a batch to.

    Implementations for spaces of your own can be added with ``@create_empty_array.register(MySpace)``.

    Args:
        space: The space of a single element.
        n: The number of elements in the batch.
        fn: The function that makes an array of a shape and a ``dtype``, such as ``np.zeros`` or ``np.empty``.

    Returns:
        An array of shape ``(n, *space.shape)`` and of the space's dtype, and tuples and dictionaries
        of such. A tuple of ``n`` elements, the shortest possible, for other spaces. ``None`` for
        types of spaces that nothing is registered for. Zeros need not be elements of the space.

    Raises:
        TypeError: ``space`` is not a space.

    Example:
        >>> create_empty_array(Dict({"position": Box(0, 1, (2,)), "color": Discrete(4)}), n=1)
        {'color': array([0]), 'position': array([[0., 0.]], dtype=float32)}
    """
    raise no_space("create_empty_array", space)
