"""Observations in memory that processes share."""

from __future__ import annotations

import math
import multiprocessing as mp
from array import typecodes
from collections.abc import Mapping
from ctypes import c_bool, c_uint8
from functools import singledispatch
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plyo.error import CustomSpaceError
from plyo.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Space,
    Text,
    Tuple,
    flatten,
)

__all__ = ["create_shared_memory", "read_from_shared_memory", "write_to_shared_memory"]

#: A `multiprocessing.Array` for a space of numbers, a tuple or dictionary of such arrays for a nested space.
SharedMemory: TypeAlias = Any

_Numbers: TypeAlias = Box[Any] | Discrete[Any] | MultiDiscrete[Any] | MultiBinary
_INT32 = np.dtype(np.int32)
_INT64 = np.dtype(np.int64)


def _refuse(function: str, space: Any) -> NoReturn:
    """Raises for a space without an implementation."""
    if isinstance(space, Space):
        raise CustomSpaceError(
            f"Space of type `{type(space)}` doesn't have an registered `{function}` function. "
            f"Register `{type(space)}` for `{function}` to support it."
        )
    raise TypeError(
        f"The space provided to `{function}` is not a plyo Space instance, type: {type(space)}, {space}"
    )


def _view(memory: SharedMemory, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The memory as a flat array."""
    return np.frombuffer(memory.get_obj(), dtype=dtype)


def _size(space: _Numbers) -> int:
    """The number of numbers in an element."""
    return math.prod(space.shape or ())


# Creating


@singledispatch
def create_shared_memory(space: Space[Any], n: int = 1, ctx: Any = mp) -> SharedMemory:
    """Makes memory for one element of a space from each of ``n`` processes.

    Implementations for spaces of your own can be added with ``@create_shared_memory.register(MySpace)``, and likewise
    for :func:`read_from_shared_memory` and :func:`write_to_shared_memory`.

    Args:
        space: The space of a single element.
        n: The number of elements.
        ctx: The module ``multiprocessing`` or one of its contexts, which makes the arrays.

    Returns:
        Zeros: a ``multiprocessing.Array``, a tuple or dictionary of these for nested spaces.

    Raises:
        TypeError: ``space`` is not a space, or its elements have no fixed size.
        plyo.error.CustomSpaceError: Nothing is registered for this type of space.
    """
    _refuse("create_shared_memory", space)


@create_shared_memory.register(Box)
@create_shared_memory.register(Discrete)
@create_shared_memory.register(MultiDiscrete)
@create_shared_memory.register(MultiBinary)
def _create_numbers(space: _Numbers, n: int = 1, ctx: Any = mp) -> SharedMemory:
    dtype = np.dtype(space.dtype)
    size = n * _size(space)
    if dtype.char == "?":
        return ctx.Array(c_bool, size)
    if dtype.char in typecodes:
        return ctx.Array(dtype.char, size)
    # a type that the module `array` does not know, such as float16
    return ctx.Array(c_uint8, size * dtype.itemsize)


@create_shared_memory.register(Tuple)
def _create_tuple(space: Tuple[Any], n: int = 1, ctx: Any = mp) -> SharedMemory:
    return tuple(create_shared_memory(subspace, n=n, ctx=ctx) for subspace in space.spaces)


@create_shared_memory.register(Dict)
def _create_dict(space: Dict, n: int = 1, ctx: Any = mp) -> SharedMemory:
    return {key: create_shared_memory(subspace, n=n, ctx=ctx) for key, subspace in space.spaces.items()}


@create_shared_memory.register(Text)
def _create_text(space: Text, n: int = 1, ctx: Any = mp) -> SharedMemory:
    return ctx.Array(_INT32.char, n * space.max_length)


@create_shared_memory.register(OneOf)
def _create_one_of(space: OneOf[Any], n: int = 1, ctx: Any = mp) -> SharedMemory:
    memories = (create_shared_memory(subspace, n=n, ctx=ctx) for subspace in space.spaces)
    return (ctx.Array(_INT64.char, n), *memories)


@create_shared_memory.register(Graph)
@create_shared_memory.register(Sequence)
def _create_dynamic(space: Graph | Sequence, n: int = 1, ctx: Any = mp) -> SharedMemory:
    raise TypeError(
        f"As {space} has a dynamic shape so its not possible to make a static shared memory. "
        "For `AsyncVectorEnv`, disable `shared_memory`."
    )


# Reading


@singledispatch
def read_from_shared_memory(space: Space[Any], shared_memory: SharedMemory, n: int = 1) -> Any:
    """The batch of elements in shared memory.

    Args:
        space: The space of a single element.
        shared_memory: The memory from :func:`create_shared_memory`.
        n: The number of elements.

    Returns:
        Arrays of shape ``(n, ...)`` that share the memory, nested as the space is; for texts and ``OneOf`` spaces
        tuples of the ``n`` elements as they are now.

    Raises:
        TypeError: ``space`` is not a space.
        plyo.error.CustomSpaceError: Nothing is registered for this type of space.
    """
    _refuse("read_from_shared_memory", space)


@read_from_shared_memory.register(Box)
@read_from_shared_memory.register(Discrete)
@read_from_shared_memory.register(MultiDiscrete)
@read_from_shared_memory.register(MultiBinary)
def _read_numbers(space: _Numbers, shared_memory: SharedMemory, n: int = 1) -> NDArray[Any]:
    return _view(shared_memory, np.dtype(space.dtype)).reshape((n, *(space.shape or ())))


@read_from_shared_memory.register(Tuple)
def _read_tuple(space: Tuple[Any], shared_memory: SharedMemory, n: int = 1) -> tuple[Any, ...]:
    return tuple(
        read_from_shared_memory(subspace, memory, n=n)
        for memory, subspace in zip(shared_memory, space.spaces, strict=True)
    )


@read_from_shared_memory.register(Dict)
def _read_dict(space: Dict, shared_memory: SharedMemory, n: int = 1) -> dict[str, Any]:
    return {
        key: read_from_shared_memory(subspace, shared_memory[key], n=n)
        for key, subspace in space.spaces.items()
    }


@read_from_shared_memory.register(Text)
def _read_text(space: Text, shared_memory: SharedMemory, n: int = 1) -> tuple[str, ...]:
    # a number beyond the last character fills up short texts
    characters = [*space.character_list, ""]
    rows = _view(shared_memory, _INT32).reshape((n, space.max_length)).tolist()
    return tuple("".join([characters[number] for number in row]) for row in rows)


@read_from_shared_memory.register(OneOf)
def _read_one_of(space: OneOf[Any], shared_memory: SharedMemory, n: int = 1) -> tuple[Any, ...]:
    chosen = _view(shared_memory[0], _INT64)
    batches = [
        read_from_shared_memory(subspace, memory, n=n)
        for memory, subspace in zip(shared_memory[1:], space.spaces, strict=True)
    ]
    return tuple((which, batches[which][i]) for i, which in enumerate(chosen))


# Writing


@singledispatch
def write_to_shared_memory(space: Space[Any], index: int, value: Any, shared_memory: SharedMemory) -> None:
    """Puts one element into shared memory.

    Args:
        space: The space of the element.
        index: Its place in the batch, from 0.
        value: The element.
        shared_memory: The memory from :func:`create_shared_memory`.

    Raises:
        TypeError: ``space`` is not a space.
        plyo.error.CustomSpaceError: Nothing is registered for this type of space.
    """
    _refuse("write_to_shared_memory", space)


@write_to_shared_memory.register(Box)
@write_to_shared_memory.register(Discrete)
@write_to_shared_memory.register(MultiDiscrete)
@write_to_shared_memory.register(MultiBinary)
def _write_numbers(space: _Numbers, index: int, value: Any, shared_memory: SharedMemory) -> None:
    dtype = np.dtype(space.dtype)
    size = _size(space)
    place = _view(shared_memory, dtype)[index * size : (index + 1) * size]
    np.copyto(place, np.asarray(value, dtype=dtype).ravel())


@write_to_shared_memory.register(Tuple)
def _write_tuple(
    space: Tuple[Any], index: int, values: tuple[Any, ...], shared_memory: tuple[SharedMemory, ...]
) -> None:
    for value, memory, subspace in zip(values, shared_memory, space.spaces, strict=True):
        write_to_shared_memory(subspace, index, value, memory)


@write_to_shared_memory.register(Dict)
def _write_dict(
    space: Dict, index: int, values: Mapping[str, Any], shared_memory: Mapping[str, SharedMemory]
) -> None:
    for key, subspace in space.spaces.items():
        write_to_shared_memory(subspace, index, values[key], shared_memory[key])


@write_to_shared_memory.register(Text)
def _write_text(space: Text, index: int, value: str, shared_memory: SharedMemory) -> None:
    size = space.max_length
    np.copyto(_view(shared_memory, _INT32)[index * size : (index + 1) * size], flatten(space, value))


@write_to_shared_memory.register(OneOf)
def _write_one_of(
    space: OneOf[Any], index: int, value: tuple[int, Any], shared_memory: tuple[SharedMemory, ...]
) -> None:
    which, element = value
    np.copyto(_view(shared_memory[0], _INT64)[index : index + 1], which)
    # the memory of the other subspaces keeps its contents
    write_to_shared_memory(space.spaces[which], index, element, shared_memory[1 + which])
