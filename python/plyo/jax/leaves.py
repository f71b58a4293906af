"""The arrays of a space, as a compiled program takes and returns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Leaf:
    """One array of a space or an info.

    Attributes:
        name: The name in errors.
        dtype: The element type of the engine.
        shape: The shape of one environment's array.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def result(self, num_envs: int) -> jax.ShapeDtypeStruct:
        """The array of a batch, of 32 bits where JAX has no 64."""
        return jax.ShapeDtypeStruct((num_envs, *self.shape), jax.dtypes.canonicalize_dtype(self.dtype))

    def convert(self, values: Any, num_envs: int) -> jax.Array:
        """An argument of a call.

        Raises:
            TypeError: The type of the elements does not fit.
            ValueError: The shape does not.
        """
        array = jnp.asarray(values)
        real = jnp.issubdtype(self.dtype, np.floating)
        fits = jnp.issubdtype(array.dtype, np.integer) or array.dtype == bool
        if not fits and not (real and jnp.issubdtype(array.dtype, np.floating)):
            wanted = "real numbers" if real else "integers"
            raise TypeError(f"{self.name} must be {wanted}, got an array of {array.dtype}")
        shape = (num_envs, *self.shape)
        if array.shape != shape:
            raise ValueError(
                f"{self.name} must have the shape {shape}, one row an environment, got {array.shape}"
            )
        return array.astype(jax.dtypes.canonicalize_dtype(self.dtype))


class Tree:
    """The leaves of a space, and how observations and actions hold them.

    Args:
        noun: What the space is of, for errors.
        description: The space, as the engine describes it.
    """

    def __init__(self, noun: str, description: Mapping[str, Any]) -> None:
        self._noun = noun
        self._kind: str = description["kind"]
        parts: Sequence[Mapping[str, Any]] = description.get("parts", (description,))
        self._keys: list[Any] = [part["name"] if self._kind == "dict" else k for k, part in enumerate(parts)]
        self.leaves = [
            _to_leaf(f"{noun}[{key!r}]" if self.has_parts else noun, part)
            for key, part in zip(self._keys, parts, strict=True)
        ]

    @property
    def has_parts(self) -> bool:
        """Whether this is a Tuple or a Dict."""
        return self._kind in ("tuple", "dict")

    def flatten(self, values: Any) -> list[Any]:
        """The arrays of an observation or an action.

        Raises:
            TypeError: The parts are not those of the space.
        """
        if not self.has_parts:
            return [values]
        wanted = dict if self._kind == "dict" else (tuple, list)
        keys = set(values) if isinstance(values, dict) else set(range(len(values)))
        if not isinstance(values, wanted) or keys != set(self._keys):
            what = f"a dict with the keys {sorted(self._keys)}" if self._kind == "dict" else "a tuple"
            raise TypeError(f"{self._noun} must be {what} of {len(self._keys)} arrays, got {values!r}")
        return [values[key] for key in self._keys]

    def unflatten(self, arrays: Sequence[jax.Array]) -> Any:
        """The observation or action of these arrays."""
        if self._kind == "dict":
            return dict(sorted(zip(self._keys, arrays, strict=True)))
        return tuple(arrays) if self._kind == "tuple" else arrays[0]


def _to_leaf(name: str, part: Mapping[str, Any]) -> Leaf:
    is_discrete = part["kind"] == "discrete"
    shape = () if is_discrete else tuple(part.get("shape") or (part["size"],))
    return Leaf(name, np.dtype(part["dtype"]), shape)


def info_leaves(infos: Sequence[Mapping[str, Any]]) -> dict[str, Leaf]:
    """The arrays of the info, by name."""
    return {info["name"]: Leaf(info["name"], np.dtype(info["dtype"]), tuple(info["shape"])) for info in infos}


def to_seeds(seed: Any) -> jax.Array | npt.NDArray[Any]:
    """A seed or one for each environment, as integers of 32 or 64 bits.

    Raises:
        TypeError: It is no integer.
        ValueError: It is negative, or has more bits than JAX's integers.
    """
    if isinstance(seed, jax.Array):
        if not jnp.issubdtype(seed.dtype, np.integer):
            raise TypeError(f"seed must be an integer or integers, got an array of {seed.dtype}")
        wide = seed.dtype.itemsize >= 4
        return seed if wide else seed.astype(np.int32)
    given = np.asarray(seed, dtype=object)
    if any(isinstance(one, (bool, np.bool_)) or not hasattr(one, "__index__") for one in given.flat):
        raise TypeError(f"seed must be an integer or integers, got {seed!r}")
    dtype = jax.dtypes.canonicalize_dtype(np.uint64)
    most = int(np.iinfo(dtype).max)
    for one in given.flat:
        if not 0 <= int(one) <= most:
            raise ValueError(f"inside JAX a seed is an integer from 0 to {most}, got {one}")
    return given.astype(dtype)
