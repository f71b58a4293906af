"""Infos of environments merged into those of a batch, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OBJECT = np.dtype(object)
_INT, _FLOAT, _BOOL = np.dtype(int), np.dtype(float), np.dtype(bool)
#: The dtypes of types of which every value has a place there.
_SCALARS: dict[Any, np.dtype[Any]] = {float: _FLOAT, bool: _BOOL}
_SCALARS |= {np.dtype(char).type: np.dtype(char) for char in "bBhHiIlLefd"}
_LEAST, _LARGEST = np.iinfo(int).min, np.iinfo(int).max


def add_info(vector_infos: dict[str, Any], env_info: dict[str, Any], env_num: int, num_envs: int) -> None:
    """Adds the info of one environment to that of its batch; see :meth:`plyo.vector.VectorEnv._add_info`.

    Args:
        vector_infos: The infos of the batch; changed.
        env_info: The info of the environment.
        env_num: The number of the environment.
        num_envs: The number of environments.
    """
    for key, value in env_info.items():
        mask_key = f"_{key}"
        if mask_key[1:2] == "_" and isinstance(key, str) and (key[1:] in env_info or key[1:] in vector_infos):
            continue  # the mask of another key has this name
        held = vector_infos.get(key)
        if held is None:
            if vector_infos.pop(f"_{mask_key}", None) is not None:
                del vector_infos[mask_key]  # a value so far; the mask needs its name
            held = _begin(key, value, env_num, num_envs)
            mask: Any = np.zeros(num_envs, dtype=np.bool_)
        else:
            mask = vector_infos.get(mask_key)
            if mask is None:
                mask = np.zeros(num_envs, dtype=np.bool_)
            elif _fits(held, value):
                held[env_num] = value
                mask[env_num] = True
                continue
            held = _put(held, mask, value, env_num)
        mask[env_num] = True
        vector_infos[key], vector_infos[mask_key] = held, mask


def _fits(held: Any, value: Any) -> bool:
    """Whether a value can be assigned as it is: a quick answer for the usual types."""
    if type(held) is dict:
        return False
    dtype, kind = held.dtype, type(value)
    if held.ndim == 1:
        if kind is int and dtype is _INT:
            return bool(_LEAST <= value <= _LARGEST)
        return dtype is _OBJECT or dtype is _SCALARS.get(kind)
    return kind is np.ndarray and dtype is value.dtype and bool(held.shape[1:] == value.shape)


def _begin(key: str, value: Any, env_num: int, num_envs: int) -> Any:
    """The container for a key, after its first value."""
    if isinstance(value, dict) and key != "final_obs":
        infos: dict[str, Any] = {}
        add_info(infos, value, env_num, num_envs)
        return infos
    form = None if key == "final_obs" else _form_of(value)
    if form is None:
        array = np.full(num_envs, None, dtype=object)
    else:
        dtype, shape = form
        array = np.zeros((num_envs, *shape), dtype=dtype)
    array[env_num] = value
    return array


def _put(held: Any, mask: NDArray[np.bool_], value: Any, env_num: int) -> Any:
    """The container for a key after one more value: the same object, or another if the value does not fit."""
    if isinstance(held, dict):
        if isinstance(value, dict):
            add_info(held, value, env_num, len(mask))
            return held
        held = _to_objects(split_infos(held, len(mask)), mask)
    elif held.dtype != _OBJECT or held.ndim != 1:
        form = _form_of(value)
        if form is None or form[1] != held.shape[1:]:
            held = _to_objects(held, mask)
        elif form[0] != held.dtype:
            held = _promote(held, mask, value, form[0])
    held[env_num] = value
    return held


def _form_of(value: Any) -> tuple[np.dtype[Any], tuple[int, ...]] | None:
    """The dtype and shape of a value that goes into an array of its kind; None for one that is kept as an object."""
    kind = type(value)
    if kind is float:
        return _FLOAT, ()
    if kind is bool:
        return _BOOL, ()
    if kind is int:
        return (_INT, ()) if _LEAST <= value <= _LARGEST else None
    if isinstance(value, np.number):
        return value.dtype, ()
    if isinstance(value, np.ndarray) and (value.dtype != _OBJECT or value.ndim):
        return value.dtype, value.shape
    return None


def _promote(held: NDArray[Any], mask: NDArray[np.bool_], value: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array for the values so far and one of another dtype that changes neither; of objects if no other does."""
    numeric = {held.dtype.kind, dtype.kind} <= set("biufc")
    if not numeric and not (held.dtype.kind == dtype.kind and dtype.kind in "US"):
        return _to_objects(held, mask)
    common = np.result_type(held.dtype, dtype)
    if not (_keeps(common, held) and _keeps(common, np.asarray(value))):
        return _to_objects(held, mask)
    return held.astype(common)


def _keeps(common: np.dtype[Any], values: NDArray[Any]) -> bool:
    """Whether values are the same in a dtype that they are promoted to: large integers may not be among floats."""
    if values.dtype.kind not in "iu" or common.kind in "iu":
        return True
    return bool(np.all(values.astype(common).astype(object) == values.astype(object)))


def _to_objects(held: Any, mask: NDArray[np.bool_]) -> NDArray[Any]:
    """An array of the values so far as objects, None for environments without a value."""
    objects = np.full(len(mask), None, dtype=object)
    for env_num in np.flatnonzero(mask).tolist():
        value = held[env_num]
        if isinstance(value, np.ndarray):
            value = value.copy()
        elif isinstance(value, np.generic) and value.dtype in (_INT, _FLOAT, _BOOL):
            value = value.item()
        objects[env_num] = value
    return objects


def split_infos(vector_infos: dict[str, Any], num_envs: int) -> list[dict[str, Any]]:
    """The info of each environment, from those of the batch.

    Args:
        vector_infos: Arrays over the batch, or dictionaries of these. A mask ``"_k"`` says which environments have a
            ``"k"``; without it all have.
        num_envs: The number of environments.

    Raises:
        AssertionError: An array does not have one value for each environment.
    """
    infos: list[dict[str, Any]] = [{} for _ in range(num_envs)]
    for key, value in vector_infos.items():
        mask = vector_infos.get(f"_{key}")
        if mask is None and isinstance(key, str) and key[:1] == "_":
            continue  # a mask itself
        if isinstance(value, dict):
            value = split_infos(value, num_envs)
        else:
            assert isinstance(value, np.ndarray)
        _check_length(value, num_envs)
        owners: Iterable[int] = range(num_envs)
        if mask is not None:
            _check_length(mask, num_envs)
            owners = np.flatnonzero(mask).tolist()
        for env_num in owners:
            infos[env_num][key] = value[env_num]
    return infos


def _check_length(values: Any, num_envs: int) -> None:
    assert len(values) == num_envs, (
        f"Expects {values} to have length equal to the num-envs ({num_envs}), actual length is {len(values)}"
    )
