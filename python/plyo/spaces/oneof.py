"""Direct sums of spaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from plyo.basics.integers import is_seed
from plyo.spaces._composite import check_parts, sample_part, sampling_argument, seed_with_parts
from plyo.spaces.space import Space

_T_co = TypeVar("_T_co", covariant=True)


class OneOf(Space[tuple[int, _T_co]], Generic[_T_co]):
    """An element of one of several spaces, together with the index of that space.

    Attributes:
        spaces: The spaces to choose from.

    Example:
        >>> OneOf((Discrete(2), Box(-1, 1, shape=(2,))))
        OneOf(Discrete(2), Box(-1.0, 1.0, (2,), float32))
    """

    spaces: tuple[Space[_T_co], ...]

    def __init__(self, spaces: Iterable[Space[_T_co]], seed: int | np.random.Generator | None = None) -> None:
        """Makes the sum of some spaces.

        Args:
            spaces: The spaces, at least one, which are used as they are, not copied.
            seed: A seed for the sampler and, drawn from it, for those of the parts. A generator
                seeds none of the parts.

        Raises:
            TypeError: ``spaces`` cannot be iterated over, or one of them is not a space.
            ValueError: There are no spaces.
            plyo.error.Error: ``seed`` is negative.
        """
        if not isinstance(spaces, Iterable):
            raise TypeError(f"{spaces} is not an iterable")
        self.spaces = tuple(spaces)
        if not self.spaces:
            raise ValueError("Empty `OneOf` spaces are not supported.")
        check_parts(self.spaces)
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Whether all the parts can be flattened to arrays."""
        return all(space.is_np_flattenable for space in self.spaces)

    def seed(self, seed: int | Sequence[Any] | None = None) -> tuple[Any, ...]:
        """Restarts the sampler of the space and those of all parts.

        Args:
            seed: ``None`` takes entropy from the system for each. An integer seeds the space itself,
                which draws a seed for each part. A tuple or list has the seed of the space, then
                that of each part.

        Returns:
            The seed of the space, then those of the parts; they can be given back as ``seed``.

        Raises:
            ValueError: The number of seeds is not one more than that of the parts.
            TypeError: ``seed`` is of another type.
            plyo.error.Error: A seed is negative or not an integer.
        """
        if isinstance(seed, (tuple, list)):
            if len(seed) != len(self.spaces) + 1:
                raise ValueError(
                    "Expects that the subspaces of seeds equals the number of subspaces + 1. "
                    f"Actual length of seeds: {len(seed)}, length of subspaces: {len(self.spaces)}"
                )
        elif not (seed is None or is_seed(seed)):
            raise TypeError(f"Expected None, int, or tuple of ints, actual type: {type(seed)}")
        return seed_with_parts(self, self.spaces, seed)

    def sample(
        self, mask: tuple[Any | None, ...] | None = None, probability: tuple[Any | None, ...] | None = None
    ) -> tuple[int, _T_co]:
        """Chooses a part, all equally likely, and draws an element of it.

        Args:
            mask: A tuple with the mask, or ``None``, for each part; that of the chosen one is used.
            probability: A tuple with the probabilities, or ``None``, for each part, likewise.

        Returns:
            The index of the part, an int64, and its element.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument is not a tuple or has another length, or the part refuses its own.
        """
        index: Any = self.np_random.integers(0, len(self.spaces), dtype=np.int64)
        space = self.spaces[index]
        if mask is None and probability is None:
            return index, space.sample()

        name, given = sampling_argument(mask, probability)
        assert isinstance(given, tuple), f"Expected type of `{name}` is tuple, actual type: {type(given)}"
        assert len(given) == len(self.spaces), (
            f"Expected length of `{name}` is {len(self.spaces)}, actual length: {len(given)}"
        )
        return index, sample_part(space, name, given[index])

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a pair of an index (``int`` or int64) and an element of that part."""
        return (
            isinstance(x, tuple)
            and len(x) == 2
            and isinstance(x[0], (np.int64, int))
            and bool(0 <= x[0] < len(self.spaces))
            and self.spaces[x[0]].contains(x[1])
        )

    def __repr__(self) -> str:
        """The parts, as ``OneOf(Discrete(2), Discrete(3))``."""
        return f"OneOf({', '.join(map(str, self.spaces))})"

    def to_jsonable(self, sample_n: Iterable[tuple[int, Any]]) -> list[list[Any]]:
        """Converts elements to pairs of an index and a converted element of that part."""
        return [[int(index), self.spaces[index].to_jsonable([part])[0]] for index, part in sample_n]

    def from_jsonable(self, sample_n: list[list[Any]]) -> list[tuple[Any, ...]]:
        """Converts pairs of an index and a converted element of that part to elements."""
        return [(np.int64(index), self.spaces[index].from_jsonable([part])[0]) for index, part in sample_n]

    def __getitem__(self, index: int) -> Space[_T_co]:
        """The part at an index."""
        return self.spaces[index]

    def __len__(self) -> int:
        """The number of parts."""
        return len(self.spaces)

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` is a sum of equal parts."""
        return isinstance(other, OneOf) and self.spaces == other.spaces
