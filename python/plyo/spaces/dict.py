"""Cartesian products of named spaces."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from plyo.basics.integers import is_seed
from plyo.spaces._accelerate import accelerate
from plyo.spaces._composite import part_seeds, sample_part, sampling_argument
from plyo.spaces.space import Space

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _T_co = TypeVar("_T_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    _T_co = TypeVar("_T_co", covariant=True)


@accelerate
class Dict(Space[dict[str, Any]], Mapping[str, Space[_T_co]], Generic[_T_co]):
    """Dictionaries with one element of each of several spaces, by name.

    The space is itself a mapping, from the names to its parts.

    Attributes:
        spaces: The spaces by their keys, in the order in which they are sampled and flattened.
        sort_keys: Whether the keys of a plain mapping were to be sorted.

    Example:
        >>> Dict({"position": Box(-1, 1, shape=(2,)), "color": Discrete(3)})
        Dict('color': Discrete(3), 'position': Box(-1.0, 1.0, (2,), float32))
    """

    spaces: dict[str, Space[_T_co]]
    sort_keys: bool

    def __init__(
        self,
        spaces: Mapping[str, Space[_T_co]] | Sequence[tuple[str, Space[_T_co]]] | None = None,
        seed: dict[str, Any] | int | np.random.Generator | None = None,
        *,
        sort_keys: bool = True,
        **spaces_kwargs: Space[_T_co],
    ) -> None:
        """Makes the product of some named spaces.

        Args:
            spaces: The spaces by their keys, which are used as they are, not copied. The keys of a
                mapping are sorted if they can be compared; an ``OrderedDict`` and a sequence of
                pairs keep their order.
            seed: A seed for the sampler and, drawn from it, for the samplers of the parts, or a dictionary
                with the seed of each part. A generator seeds none of the parts.
            sort_keys: False keeps the order of a mapping.
            **spaces_kwargs: More spaces, put after the others in the order given.

        Raises:
            TypeError: ``spaces`` is of another type, or one of its items is not a space.
            ValueError: A key was given twice.
            plyo.error.Error: ``seed`` is negative.
        """
        self.sort_keys = sort_keys
        self.spaces = _ordered(spaces, sort_keys)
        for key, space in spaces_kwargs.items():
            if key in self.spaces:
                raise ValueError(f"Dict space keyword '{key}' already exists in the spaces dictionary.")
            self.spaces[key] = space
        for key, space in self.spaces.items():
            if not isinstance(space, Space):
                raise TypeError(f"Dict space element is not an instance of Space: key='{key}', space={space}")
        # The base class hands anything but a generator to `seed`, which takes dictionaries here.
        super().__init__(None, None, seed)  # type: ignore[arg-type]

    @property
    def is_np_flattenable(self) -> bool:
        """Whether all the parts can be flattened to arrays."""
        return all(space.is_np_flattenable for space in self.spaces.values())

    def seed(self, seed: int | dict[str, Any] | None = None) -> dict[str, Any]:
        """Restarts the samplers of all parts.

        Args:
            seed: ``None`` takes entropy from the system for each part. An integer seeds the space
                itself, which draws a seed for each part. A dictionary has the seed of each part.

        Returns:
            The seeds of the parts, which can be given back as ``seed``.

        Raises:
            ValueError: The keys of ``seed`` are not those of the space.
            TypeError: ``seed`` is of another type.
            plyo.error.Error: A seed is negative or not an integer.
        """
        if seed is None:
            return {key: space.seed(None) for key, space in self.spaces.items()}
        if is_seed(seed):
            super().seed(seed)
            seed = dict(zip(self.spaces, part_seeds(self, len(self.spaces)), strict=True))
        elif not isinstance(seed, dict):
            raise TypeError(f"Expected seed type: dict, int or None, actual type: {type(seed)}")
        elif seed.keys() != self.spaces.keys():
            raise ValueError(
                f"The seed keys: {seed.keys()} are not identical to space keys: {self.spaces.keys()}"
            )
        return {key: self.spaces[key].seed(part) for key, part in seed.items()}

    def sample(
        self, mask: dict[str, Any] | None = None, probability: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Draws an element of each part, in order, each with the sampler of its own.

        Args:
            mask: A dictionary with the mask, or ``None``, for each part.
            probability: A dictionary with the probabilities, or ``None``, for each part.

        Returns:
            The elements by the keys of the space.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument is not a dictionary or has other keys, or a part refuses its own.
        """
        if mask is None and probability is None:
            return {key: space.sample() for key, space in self.spaces.items()}

        name, given = sampling_argument(mask, probability)
        kind = "mask" if name == "mask" else "probability mask"
        assert isinstance(given, dict), f"Expected sample {kind} to be a dict, actual type: {type(given)}"
        assert given.keys() == self.spaces.keys(), (
            f"Expected sample {kind} keys to be same as space keys, "
            f"mask keys: {given.keys()}, space keys: {self.spaces.keys()}"
        )
        return {key: sample_part(space, name, given[key]) for key, space in self.spaces.items()}

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a dictionary with one element of each part and no other key."""
        if not isinstance(x, dict) or x.keys() != self.spaces.keys():
            return False
        return all(x[key] in space for key, space in self.spaces.items())

    def __getitem__(self, key: str) -> Space[_T_co]:
        """The part of that name."""
        return self.spaces[key]

    def keys(self) -> KeysView[str]:
        """The names of the parts, in order."""
        return KeysView(self.spaces)

    def __setitem__(self, key: str, value: Space[Any]) -> None:
        """Replaces a part, or adds one at the end.

        Raises:
            TypeError: ``value`` is not a space.
        """
        if not isinstance(value, Space):
            raise TypeError(
                f"Trying to set {key} to Dict space with value that is not a plyo space, "
                f"actual type: {type(value)}"
            )
        self.spaces[key] = value

    def __iter__(self) -> Iterator[str]:
        """Iterates over the names of the parts."""
        yield from self.spaces

    def __len__(self) -> int:
        """The number of parts."""
        return len(self.spaces)

    def __repr__(self) -> str:
        """The parts, as ``Dict('a': Discrete(2), 'b': Discrete(3))``."""
        return f"Dict({', '.join(f'{key!r}: {space}' for key, space in self.spaces.items())})"

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` is a dictionary space of equal parts in the same order.

        The order counts, as elements are flattened and sampled in it.
        """
        return (
            isinstance(other, Dict)
            and self.spaces == other.spaces
            and list(self.spaces) == list(other.spaces)
        )

    def to_jsonable(self, sample_n: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
        """Converts elements to a dictionary that has a list of elements for each part."""
        samples = list(sample_n)
        return {
            key: space.to_jsonable([sample[key] for sample in samples]) for key, space in self.spaces.items()
        }

    def from_jsonable(self, sample_n: dict[str, list[Any]]) -> list[dict[str, Any]]:  # type: ignore[override]
        """Converts a dictionary with a list of elements for each part to a list of elements."""
        parts = {
            key: space.from_jsonable(sample_n[key if key in sample_n else _json_key(key)])
            for key, space in self.spaces.items()
        }
        count = len(next(iter(parts.values()), ()))
        return [{key: values[n] for key, values in parts.items()} for n in range(count)]


def _ordered(
    spaces: Mapping[str, Space[_T_co]] | Sequence[tuple[str, Space[_T_co]]] | None, sort_keys: bool
) -> dict[str, Space[_T_co]]:
    """The given spaces in the order of the space."""
    if spaces is None:
        return {}
    if isinstance(spaces, Mapping) and sort_keys and not isinstance(spaces, OrderedDict):
        try:
            return dict(sorted(spaces.items()))
        except TypeError:  # the keys cannot be compared: they stay as they are
            return dict(spaces.items())
    if isinstance(spaces, Mapping):
        return dict(spaces.items())
    if isinstance(spaces, Sequence):
        return dict(spaces)
    raise TypeError(
        f"Unexpected Dict space input, expecting dict, OrderedDict or Sequence, actual type: {type(spaces)}"
    )


def _json_key(key: Any) -> Any:
    """What JSON makes of a key of a dictionary: a text, of numbers, truth values and None too."""
    import json  # few need it, and loading it takes a while

    try:
        return next(iter(json.loads(json.dumps({key: 0}))))
    except TypeError:  # JSON has no such keys
        return key
