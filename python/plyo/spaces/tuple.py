"""Cartesian products of spaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np

from plyo.basics.integers import is_seed
from plyo.spaces._accelerate import accelerate
from plyo.spaces._composite import check_parts, part_seeds, sample_part, sampling_argument
from plyo.spaces.space import Space

_T_co = TypeVar("_T_co", covariant=True)


@accelerate
class Tuple(Space[tuple[_T_co, ...]], Sequence[Space[_T_co]], Generic[_T_co]):
    """Tuples with one element of each of several spaces.

    The space is itself a sequence of its parts.

    Attributes:
        spaces: The spaces of the elements, in order.

    Example:
        >>> Tuple((Discrete(2), Box(-1, 1, shape=(2,))))
        Tuple(Discrete(2), Box(-1.0, 1.0, (2,), float32))
    """

    spaces: tuple[Space[_T_co], ...]

    def __init__(self, spaces: Iterable[Space[_T_co]], seed: int | np.random.Generator | None = None) -> None:
        """Makes the product of some spaces.

        Args:
            spaces: The spaces, which are used as they are, not copied.
            seed: A seed for the sampler and, drawn from it, for those of the parts. A generator
                seeds none of the parts.

        Raises:
            TypeError: One of ``spaces`` is not a space.
            plyo.error.Error: ``seed`` is negative.
        """
        self.spaces = tuple(spaces)
        check_parts(self.spaces)
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Whether all the parts can be flattened to arrays."""
        return all(space.is_np_flattenable for space in self.spaces)

    def seed(self, seed: int | Sequence[Any] | None = None) -> tuple[Any, ...]:
        """Restarts the samplers of all parts.

        Args:
            seed: ``None`` takes entropy from the system for each part. An integer seeds the space
                itself, which draws a seed for each part. A tuple or list has the seed of each part.

        Returns:
            The seeds of the parts, which can be given back as ``seed``.

        Raises:
            ValueError: The number of seeds is not that of the parts.
            TypeError: ``seed`` is of another type.
            plyo.error.Error: A seed is negative or not an integer.
        """
        if seed is None:
            return tuple(space.seed(None) for space in self.spaces)
        if is_seed(seed):
            super().seed(seed)
            seed = part_seeds(self, len(self.spaces))
        elif not isinstance(seed, (tuple, list)):
            raise TypeError(f"Expected seed type: list, tuple, int or None, actual type: {type(seed)}")
        elif len(seed) != len(self.spaces):
            raise ValueError(
                "Expects that the subspaces of seeds equals the number of subspaces. "
                f"Actual length of seeds: {len(seed)}, length of subspaces: {len(self.spaces)}"
            )
        return tuple(space.seed(part) for space, part in zip(self.spaces, seed, strict=True))

    def sample(
        self, mask: tuple[Any | None, ...] | None = None, probability: tuple[Any | None, ...] | None = None
    ) -> tuple[_T_co, ...]:
        """Draws an element of each part, in order, each with the sampler of its own.

        Args:
            mask: A tuple with the mask, or ``None``, for each part.
            probability: A tuple with the probabilities, or ``None``, for each part.

        Returns:
            The elements.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument is not a tuple or has another length, or a part refuses its own.
        """
        if mask is None and probability is None:
            return tuple([space.sample() for space in self.spaces])

        name, given = sampling_argument(mask, probability)
        assert isinstance(given, tuple), f"Expected type of `{name}` to be tuple, actual type: {type(given)}"
        assert len(given) == len(self.spaces), (
            f"Expected length of `{name}` to be {len(self.spaces)}, actual length: {len(given)}"
        )
        parts = zip(self.spaces, given, strict=True)
        return tuple([sample_part(space, name, part) for space, part in parts])

    def contains(self, x: Any) -> bool:
        """Whether ``x`` has one element of each part.

        Args:
            x: A tuple; lists and arrays are taken as tuples of their items.

        Returns:
            Whether it is an element.
        """
        if isinstance(x, list) or (isinstance(x, np.ndarray) and x.ndim > 0):
            x = tuple(x)
        if not isinstance(x, tuple) or len(x) != len(self.spaces):
            return False
        return all(space.contains(part) for space, part in zip(self.spaces, x, strict=True))

    def __repr__(self) -> str:
        """The parts, as ``Tuple(Discrete(2), Discrete(3))``."""
        return f"Tuple({', '.join(map(str, self.spaces))})"

    def to_jsonable(self, sample_n: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Converts elements to a list that has a list of elements for each part."""
        samples = list(sample_n)
        return [space.to_jsonable([sample[i] for sample in samples]) for i, space in enumerate(self.spaces)]

    def from_jsonable(self, sample_n: list[list[Any]]) -> list[tuple[Any, ...]]:
        """Converts a list of elements for each part to a list of elements of the space."""
        parts = [space.from_jsonable(sample_n[i]) for i, space in enumerate(self.spaces)]
        return list(zip(*parts, strict=True))

    @overload
    def __getitem__(self, index: int) -> Space[_T_co]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Space[_T_co], ...]: ...
    def __getitem__(self, index: int | slice) -> Space[_T_co] | tuple[Space[_T_co], ...]:
        """The part at an index, or a tuple of the parts in a slice."""
        return self.spaces[index]

    def __len__(self) -> int:
        """The number of parts."""
        return len(self.spaces)

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` is a tuple space of equal parts."""
        return isinstance(other, Tuple) and self.spaces == other.spaces
