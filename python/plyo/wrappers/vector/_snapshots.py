"""Snapshots of wrapped batches: the batch's own, and what each wrapper remembers.

The bytes are a magic word, the length of a table, the table as JSON, and the arrays that it names, one after the other.
Loading checks the table against the wrappers that there are; nothing of it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.tasks.pictures import check_lanes

_MAGIC = b"PLYOWRAP"
_LENGTH = 8
#: The dtypes of what wrappers remember.
_DTYPES = ("bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64")


def save(wrapper: Any, lanes: Iterable[int] | None) -> bytes:
    """The snapshot of a wrapper and all inside."""
    chosen = None if lanes is None else check_lanes("lanes", lanes, wrapper.num_envs)
    inner: bytes = wrapper.env.get_state(chosen)
    rows = wrapper._lane_memory()
    if chosen:
        rows = {name: array[chosen] for name, array in rows.items()}
    shared = wrapper._shared_memory()
    table = {
        "wrapper": type(wrapper).__name__,
        "inner": len(inner),
        "lanes": [_describe(name, array) for name, array in rows.items()],
        "shared": [_describe(name, array) for name, array in shared.items()],
    }
    head = json.dumps(table).encode()
    arrays = [np.ascontiguousarray(array).tobytes() for array in (*rows.values(), *shared.values())]
    return b"".join([_MAGIC, len(head).to_bytes(_LENGTH, "little"), head, *arrays, inner])


def _describe(name: str, array: NDArray[Any]) -> list[Any]:
    return [name, array.dtype.name, list(array.shape)]


def load(wrapper: Any, state: bytes, lanes: Iterable[int] | None) -> None:
    """Restores the snapshot of a wrapper and all inside; an error leaves everything as it was."""
    if not isinstance(state, bytes):
        raise TypeError(f"set_state: a state is bytes, got {type(state)}")
    chosen = None if lanes is None else check_lanes("lanes", lanes, wrapper.num_envs)
    table, rows, shared, inner = _read(state, wrapper)
    places = np.arange(wrapper.num_envs) if not chosen else np.array(chosen, dtype=np.intp)
    for name, array in rows.items():
        if len(array) not in (1, len(places)):
            raise ValueError(
                f"set_state: the state holds {len(array)} environments in {table['wrapper']}.{name}, {len(places)} "
                "are to be set; it must hold as many, or one for all"
            )
    # the batch checks what it gets before it changes
    wrapper.env.set_state(inner, chosen)
    memory = wrapper._lane_memory()
    for name, array in rows.items():
        memory[name][places] = array
    wrapper._begin_again(places)
    if not chosen:
        wrapper._set_shared_memory(shared)


def _read(
    state: bytes, wrapper: Any
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], dict[str, NDArray[Any]], bytes]:
    """The table, the arrays and the inner snapshot, checked against the wrapper."""
    name = type(wrapper).__name__
    if not state.startswith(_MAGIC):
        raise ValueError(f"set_state: these bytes do not come from get_state of a batch in {name}")
    begin = len(_MAGIC) + _LENGTH
    end = begin + int.from_bytes(state[len(_MAGIC) : begin], "little")
    try:
        table = json.loads(state[begin:end])
        kinds = {part: [_to_entry(entry) for entry in table[part]] for part in ("lanes", "shared")}
        inner_bytes = table["inner"]
        wrapped = table["wrapper"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"set_state: the table of the state of {name} is damaged") from None
    if wrapped != name:
        raise ValueError(f"set_state: the state is one of {wrapped!r:.60}, this wrapper is {name}")
    expected = {"lanes": wrapper._lane_memory(), "shared": wrapper._shared_memory()}
    arrays: dict[str, dict[str, NDArray[Any]]] = {"lanes": {}, "shared": {}}
    for part, entries in kinds.items():
        if [entry[0] for entry in entries] != list(expected[part]):
            raise ValueError(
                f"set_state: the state holds other arrays than {name} has: {[e[0] for e in entries]}"
            )
        for key, dtype, shape in entries:
            present = expected[part][key]
            free = 1 if part == "lanes" or key.endswith("_queue") else 0
            is_narrow = dtype != present.dtype and not (part == "shared" and dtype.kind == present.dtype.kind)
            if is_narrow or shape[free:] != present.shape[free:] or len(shape) != present.ndim:
                raise ValueError(
                    f"set_state: {key} is {dtype} of shape {shape} in the state and {present.dtype} of shape "
                    f"{present.shape} in this {name}"
                )
            count = int(np.prod(shape, dtype=object))
            if end + count * dtype.itemsize > len(state):
                raise ValueError(f"set_state: the state of {name} ends too early")
            array = np.frombuffer(state, np.uint8 if dtype.kind == "b" else dtype, count, end).reshape(shape)
            arrays[part][key] = array != 0 if dtype.kind == "b" else array.copy()
            end += count * dtype.itemsize
    inner = state[end:]
    if len(inner) != inner_bytes:
        raise ValueError(
            f"set_state: the state of {name} says {inner_bytes!r:.40} bytes of the batch inside and holds {len(inner)}"
        )
    return table, arrays["lanes"], arrays["shared"], inner


def _to_entry(entry: Any) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
    """The name, dtype and shape of an array of the table."""
    name, dtype, shape = entry
    if dtype not in _DTYPES or not all(type(size) is int and 0 <= size < 2**48 for size in shape):
        raise ValueError(entry)
    return name, np.dtype(dtype), tuple(shape)
