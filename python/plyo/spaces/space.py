"""The base class of all spaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from plyo.basics import seeding
from plyo.spaces._accelerate import accelerate

_T_co = TypeVar("_T_co", covariant=True)

MaskNDArray: TypeAlias = npt.NDArray[np.int8]


def check_only_one(mask: object, probability: object) -> None:
    """Raises ``ValueError`` if both arguments of ``sample`` were given."""
    if mask is not None and probability is not None:
        raise ValueError(
            "Only one of `mask` or `probability` can be provided, "
            f"actual values: mask={mask}, probability={probability}"
        )


@accelerate
class Space(Generic[_T_co]):
    """A set of values with a shape, a dtype, a membership test and a random sampler.

    Subclass it for a space of your own: implement :meth:`sample`, :meth:`contains` and
    :attr:`is_np_flattenable`.

    Attributes:
        dtype: The dtype of the elements, ``None`` where they are not arrays.
    """

    dtype: np.dtype[Any] | None
    _shape: tuple[int, ...] | None
    _np_random: np.random.Generator | None

    def __init__(
        self,
        shape: Sequence[int] | None = None,
        dtype: npt.DTypeLike | None = None,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Sets the attributes of all spaces.

        Args:
            shape: The shape of an element, ``None`` where elements are not arrays.
            dtype: The dtype of an element, ``None`` where elements are not arrays.
            seed: A seed for the sampler, or a generator that it is to use. By default the sampler
                is seeded from the system's entropy when it is first used.

        Raises:
            plyo.error.Error: ``seed`` is negative or neither an integer nor a generator.
        """
        self._shape = None if shape is None else tuple(shape)
        self.dtype = None if dtype is None else np.dtype(dtype)
        self._np_random = None
        if isinstance(seed, np.random.Generator):
            self._np_random = seed
        elif seed is not None:
            self.seed(seed)

    @property
    def np_random(self) -> np.random.Generator:
        """The generator that :meth:`sample` draws from, made at its first use."""
        if self._np_random is None:
            self.seed()
        # The `seed` of a subclass need not set the generator of the space itself.
        if self._np_random is None:
            self._np_random, _ = seeding.np_random()
        return self._np_random

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of an element, ``None`` where elements are not arrays."""
        return self._shape

    @property
    def is_np_flattenable(self) -> bool:
        """Whether an element can be flattened to an array of a fixed size."""
        raise NotImplementedError

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> _T_co:
        """Draws an element at random.

        Args:
            mask: The elements that may be drawn; the form depends on the space.
            probability: The probability of each element; the form depends on the space. Not together
                with ``mask``.

        Returns:
            An element of the space.
        """
        raise NotImplementedError

    def seed(self, seed: int | None = None) -> int | Any:
        """Restarts the sampler.

        Args:
            seed: The seed; ``None`` takes entropy from the system. Composite spaces accept more.

        Returns:
            The seed in use; composite spaces return one for each part.

        Raises:
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        self._np_random, used_seed = seeding.np_random(seed)
        return used_seed

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is an element of the space; the same as ``x in space``."""
        raise NotImplementedError

    def __contains__(self, x: Any) -> bool:
        """Whether ``x`` is an element of the space."""
        return self.contains(x)

    def __setstate__(self, state: Iterable[tuple[str, Any]] | Mapping[str, Any]) -> None:
        """Restores a pickled space, those of early releases of Gym included.

        Args:
            state: The attributes; it is not changed.
        """
        state = dict(state)
        # Early releases pickled these two attributes under public names.
        for public in ("shape", "np_random"):
            if public in state:
                state[f"_{public}"] = state.pop(public)
        self.__dict__.update(state)

    def to_jsonable(self, sample_n: Iterable[Any]) -> list[Any] | Any:
        """Converts elements of the space to values that :mod:`json` can write."""
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[Any]:
        """Converts values read by :mod:`json` back to elements of the space."""
        return sample_n
