"""Strings over a set of characters."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.spaces._accelerate import accelerate
from plyo.spaces.space import Space, check_only_one

alphanumeric: frozenset[str] = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@accelerate
class Text(Space[str]):
    """Strings of a bounded length whose characters come from a given set.

    Attributes:
        min_length: The smallest number of characters.
        max_length: The largest number of characters.

    Example:
        >>> Text(8, min_length=2, charset="01")
        Text(2, 8, charset=01)
    """

    min_length: int
    max_length: int

    def __init__(
        self,
        max_length: int,
        *,
        min_length: int = 1,
        charset: frozenset[str] | str = alphanumeric,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Makes the space from the two lengths and the characters.

        Args:
            max_length: The largest number of characters.
            min_length: The smallest number of characters, not negative.
            charset: The characters. A set is sorted; of anything else the order is kept, which masks
                and flattening follow, and repetitions are dropped.
            seed: A seed or a generator for the sampler.

        Raises:
            TypeError: A length is not an integer.
            ValueError: A length is negative, the lengths are the wrong way round, an element of
                ``charset`` is not a single character, or there is none for a text that needs one.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if not is_integer(min_length):
            raise TypeError(f"Expects the min_length to be an integer, actual type: {type(min_length)}")
        if not is_integer(max_length):
            raise TypeError(f"Expects the max_length to be an integer, actual type: {type(max_length)}")
        if min_length < 0:
            raise ValueError(f"Minimum text length must be non-negative, actual value: {min_length}")
        if min_length > max_length:
            raise ValueError(
                "The min_length must be less than or equal to the max_length, "
                f"min_length: {min_length}, max_length: {max_length}"
            )
        self.min_length = int(min_length)
        self.max_length = int(max_length)

        # The order of a set changes from process to process, that of its sorted characters does not.
        is_set = isinstance(charset, (set, frozenset))
        characters = tuple(sorted(charset) if is_set else dict.fromkeys(charset))
        if invalid := [char for char in characters if len(char) != 1]:
            raise ValueError(
                f"Expects all charset elements to be a single character, actual invalid elements: {invalid}"
            )
        if not characters and min_length > 0:
            raise ValueError(
                f"The charset must have a character where the min_length is {min_length}, got none"
            )
        self._char_set = frozenset(characters)
        self._char_list = characters
        self._char_index: dict[str, np.int32] = {char: np.int32(i) for i, char in enumerate(characters)}
        self._char_str = "".join(sorted(characters))
        super().__init__(dtype=str, seed=seed)

    def sample(
        self,
        mask: tuple[int | None, NDArray[np.int8] | None] | None = None,
        probability: tuple[int | None, NDArray[np.float64] | None] | None = None,
    ) -> str:
        """Draws an element: its length, then its characters, both uniformly by default.

        Args:
            mask: The length, or ``None`` to draw it, and an int8 array with 1 for each character
                that may be drawn and 0 for the others, or ``None`` for all characters. If no
                character may be drawn, the empty string is returned.
            probability: The length likewise, and a float64 array that sums to 1: how likely each
                character is, or ``None`` for all alike.

        Returns:
            A string.

        Raises:
            ValueError: Both arguments were given, or no character may be drawn and the empty string
                is not an element.
            AssertionError: An argument has another type, dtype, shape or range.
        """
        check_only_one(mask, probability)
        length: int | np.integer[Any] | None = None
        weights: NDArray[Any] | None = None
        if mask is not None:
            length, weights = self._check_weights(mask, np.dtype(np.int8), "mask")
            if weights is not None:
                weights = _normalised(weights)
        elif probability is not None:
            length, weights = self._check_weights(probability, np.dtype(np.float64), "probability")
            if weights is not None:
                _check_probability(weights)

        if length is None:
            length = self.np_random.integers(self.min_length, self.max_length + 1)
        if weights is None:
            weights = np.ones(len(self.character_list)) / len(self.character_list)
        if np.all(weights == 0):
            if self.min_length == 0:
                return ""
            raise ValueError(
                f"Trying to sample with a minimum length > 0 (actual minimum length={self.min_length}) "
                "but the character mask is all zero meaning that no character could be sampled."
            )
        # Places in the list are drawn, as an array of characters would lose "\0".
        drawn = self.np_random.choice(len(self.character_list), size=length, p=weights)
        return "".join([self.character_list[i] for i in drawn])

    def _check_weights(
        self, given: tuple[int | None, NDArray[Any] | None], dtype: np.dtype[Any], name: str
    ) -> tuple[int | None, NDArray[Any] | None]:
        """Asserts the form of a mask or of probabilities and takes it apart."""
        assert isinstance(given, tuple), (
            f"Expects the `{name}` type to be a tuple, actual type: {type(given)}"
        )
        assert len(given) == 2, f"Expects the `{name}` length to be two, actual length: {len(given)}"
        length, weights = given
        if length is not None:
            assert is_integer(length), (
                f"Expects the Text sample length to be an integer, actual type: {type(length)}"
            )
            assert self.min_length <= length <= self.max_length, (
                f"Expects the Text sample length be between {self.min_length} and {self.max_length}, "
                f"actual length: {length}"
            )
        if weights is not None:
            assert isinstance(weights, np.ndarray), (
                f"Expects the Text sample `{name}` to be an np.ndarray, actual type: {type(weights)}"
            )
            assert weights.dtype == dtype, (
                f"Expects the Text sample `{name}` to be type {dtype.type}, actual dtype: {weights.dtype}"
            )
            shape = (len(self.character_set),)
            assert weights.shape == shape, (
                f"expects the Text sample `{name}` to be {shape}, actual shape: {weights.shape}"
            )
        return length, weights

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a string of an allowed length of allowed characters."""
        if not isinstance(x, str) or not self.min_length <= len(x) <= self.max_length:
            return False
        return all(char in self.character_set for char in x)

    def __repr__(self) -> str:
        """The lengths and the characters, sorted."""
        return f"Text({self.min_length}, {self.max_length}, charset={self.characters})"

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` is a text space of the same lengths and characters in the same order.

        The order counts, as characters are flattened to their places in it.
        """
        return (
            isinstance(other, Text)
            and self.min_length == other.min_length
            and self.max_length == other.max_length
            and self.character_list == other.character_list
        )

    @property
    def character_set(self) -> frozenset[str]:
        """The characters as a set."""
        return self._char_set

    @property
    def character_list(self) -> tuple[str, ...]:
        """The characters in the order that masks and flattening follow."""
        return self._char_list

    def character_index(self, char: str) -> np.int32:
        """The place of a character in :attr:`character_list`.

        Raises:
            KeyError: ``char`` is not one of the characters.
        """
        return self._char_index[char]

    @property
    def characters(self) -> str:
        """The characters as one sorted string."""
        return self._char_str

    @property
    def is_np_flattenable(self) -> Literal[True]:
        """Always true: the places of its characters, padded to ``max_length``."""
        return True


def _normalised(mask: NDArray[Any]) -> NDArray[Any]:
    """Equal probabilities for the characters of a mask; the mask itself if it is empty."""
    assert np.all((mask == 0) | (mask == 1)), f"Expects all mask values to 0 or 1, actual values: {mask}"
    allowed = np.sum(mask)
    return mask / allowed if allowed > 0 else mask


def _check_probability(probability: NDArray[Any]) -> None:
    assert np.all((probability >= 0) & (probability <= 1)), (
        f"Expects all probability mask values to be within 0 and 1, actual values: {probability}"
    )
    total = np.sum(probability)
    assert np.isclose(total, 1), f"Expects the sum of the probability mask to be 1, actual sum: {total}"
