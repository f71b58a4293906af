"""Sequences of any length of elements of a space."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_seed
from plyo.spaces._batching import batch_space
from plyo.spaces._composite import items_of, sample_part, sampling_argument, seed_with_parts, stack_elements
from plyo.spaces.space import Space

#: Lengths are drawn from the geometric distribution with this probability, whose mean is 4.
_STOP_PROBABILITY = 0.25


class Sequence(Space[tuple[Any, ...] | Any]):
    """Tuples, or stacks, of any number of elements of one space.

    Attributes:
        feature_space: The space of the items.
        stack: Whether elements are batches as :func:`concatenate` makes them, not
            tuples.
        stacked_feature_space: The space of a batch of one item; only there if ``stack`` is true.

    Example:
        >>> Sequence(Box(0, 1))
        Sequence(Box(0.0, 1.0, (1,), float32), stack=False)
    """

    feature_space: Space[Any]
    stack: bool
    stacked_feature_space: Space[Any]

    def __init__(
        self, space: Space[Any], seed: int | np.random.Generator | None = None, stack: bool = False
    ) -> None:
        """Makes the space of sequences of elements of ``space``.

        Args:
            space: The space of the items, which is used as it is, not copied.
            seed: A seed for the sampler of the lengths and, drawn from it, for that of ``space``. A
                generator does not seed ``space``.
            stack: Whether the items are put together as a batch.

        Raises:
            TypeError: ``space`` is not a space.
            plyo.error.Error: ``seed`` is negative.
        """
        if not isinstance(space, Space):
            raise TypeError(
                f"Expects the feature space to be instance of a gym Space, actual type: {type(space)}"
            )
        self.feature_space = space
        self.stack = stack
        if stack:
            self.stacked_feature_space = batch_space(space, 1)
        super().__init__(None, None, seed)

    def seed(self, seed: int | tuple[int, Any] | list[Any] | None = None) -> tuple[Any, ...]:
        """Restarts the sampler of the lengths and that of the items.

        Args:
            seed: ``None`` takes entropy from the system for both. An integer seeds the sampler of the
                lengths, which draws the other's seed. A tuple or list has both.

        Returns:
            The seeds for the lengths and for the items; they can be given back as ``seed``.

        Raises:
            ValueError: There are not two seeds.
            TypeError: ``seed`` is of another type.
            plyo.error.Error: A seed is negative or not an integer.
        """
        if isinstance(seed, (tuple, list)):
            if len(seed) != 2:
                raise ValueError(
                    "Expects the seed to have two elements for the Sequence and feature space, "
                    f"actual length: {len(seed)}"
                )
        elif not (seed is None or is_seed(seed)):
            raise TypeError(f"Expected None, int, tuple of ints, actual type: {type(seed)}")
        return seed_with_parts(self, (self.feature_space,), seed)

    @property
    def is_np_flattenable(self) -> Literal[False]:
        """Always false: the length varies."""
        return False

    def sample(
        self,
        mask: tuple[int | NDArray[np.integer[Any]] | None, Any] | None = None,
        probability: tuple[int | NDArray[np.integer[Any]] | None, Any] | None = None,
    ) -> tuple[Any, ...] | Any:
        """Draws a length, by default at least 1 and geometrically distributed, and that many items.

        Args:
            mask: The length, and the mask with which all items are drawn, or ``None``. The length is
                ``None`` to draw it, an integer, or an integer array of lengths of which one is
                drawn.
            probability: The same with the probabilities of the items.

        Returns:
            A tuple of items, or the stack of them.

        Raises:
            ValueError: Both arguments were given, or a stack would be empty.
            TypeError: The length is something else.
            AssertionError: A length is negative, or the feature space refuses its argument.
        """
        if mask is None and probability is None:
            length = self.np_random.geometric(_STOP_PROBABILITY)
            items = tuple([self.feature_space.sample() for _ in range(length)])
        else:
            name, given = sampling_argument(mask, probability)
            length = self.generate_sample_length(given[0], name)
            items = tuple([sample_part(self.feature_space, name, given[1]) for _ in range(length)])
        return stack_elements(self.feature_space, items) if self.stack else items

    def generate_sample_length(
        self, length_mask: int | np.integer[Any] | NDArray[np.integer[Any]] | None, mask_type: str | None
    ) -> Any:
        """Draws the length of a sample.

        Args:
            length_mask: The length, an array of lengths of which one is drawn, or ``None`` for the
                geometric distribution.
            mask_type: ``"mask"`` or ``"probability"``, for the texts of errors.

        Returns:
            The length, an integer.

        Raises:
            TypeError: ``length_mask`` is something else.
            AssertionError: A length is negative, or the array has not one dimension or no integer
                dtype.
        """
        if length_mask is None:
            return self.np_random.geometric(_STOP_PROBABILITY)
        if np.issubdtype(type(length_mask), np.integer):
            assert length_mask >= 0, (
                f"Expects the length mask of `{mask_type}` to be greater than or equal to zero, "
                f"actual value: {length_mask}"
            )
            return length_mask
        if not isinstance(length_mask, np.ndarray):
            raise TypeError(
                f"Expects the type of length_mask of `{mask_type}` to be an integer or a np.ndarray, "
                f"actual type: {type(length_mask)}"
            )
        assert length_mask.ndim == 1, (
            f"Expects the shape of the length mask of `{mask_type}` to be 1-dimensional, "
            f"actual shape: {length_mask.shape}"
        )
        assert np.all(length_mask >= 0), (
            f"Expects all values in the length_mask of `{mask_type}` to be greater than or equal to zero, "
            f"actual values: {length_mask}"
        )
        assert np.issubdtype(length_mask.dtype, np.integer), (
            f"Expects the length mask array of `{mask_type}` to have dtype of np.integer, "
            f"actual type: {length_mask.dtype}"
        )
        return self.np_random.choice(length_mask)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a tuple, or a stack, of elements of the feature space."""
        if not self.stack:
            return isinstance(x, tuple) and all(self.feature_space.contains(item) for item in x)
        items = items_of(self.stacked_feature_space, x)
        return items is not None and all(self.feature_space.contains(item) for item in items)

    def __repr__(self) -> str:
        """The constructor call that makes the space."""
        return f"Sequence({self.feature_space}, stack={self.stack})"

    def to_jsonable(self, sample_n: Iterable[tuple[Any, ...] | Any]) -> list[Any] | Any:
        """Converts elements with the feature space, or its batch if they are stacks."""
        if self.stack:
            return self.stacked_feature_space.to_jsonable(sample_n)
        return [self.feature_space.to_jsonable(sample) for sample in sample_n]

    def from_jsonable(self, sample_n: list[Any]) -> list[tuple[Any, ...] | Any]:
        """Converts the result of :meth:`to_jsonable` back to elements."""
        if self.stack:
            return self.stacked_feature_space.from_jsonable(sample_n)
        return [tuple(self.feature_space.from_jsonable(sample)) for sample in sample_n]

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` has an equal feature space and stacks where this one does."""
        return (
            isinstance(other, Sequence)
            and self.feature_space == other.feature_space
            and self.stack == other.stack
        )
